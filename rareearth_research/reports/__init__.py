"""Run notebooks as studies and turn them into pages a person can read.

Names are loaded on first use: a notebook that only wants `header` must not pay for papermill.
"""

from __future__ import annotations

import importlib
from typing import Any

_HOMES = {
    "notebook": ("footer", "header", "report_result", "save_table"),
    "parameters": ("Parameter", "check_parameters", "read_parameters"),
    "size_tables": ("load_ported_table", "load_power_table", "load_size_table"),
    "runner": ("StudyRun", "run_study"),
    "studies": ("Study", "find_study", "list_studies"),
    "site": ("write_site",),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}

__all__ = list(_HOME_OF)


def __getattr__(name: str) -> Any:
    if name not in _HOME_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(f"{__name__}.{_HOME_OF[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
