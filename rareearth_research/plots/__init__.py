"""Pictures of results: one function per picture, drawn from results and never computing them."""

from __future__ import annotations

import importlib
from typing import Any

_HOMES = {
    "plots.study": ("plot_caar", "plot_car", "plot_paths"),
    "plots.clock": ("plot_event_clock",),
    "plots.timeline": ("plot_timeline",),
    "plots.placebo": ("plot_placebo",),
    "plots.robustness": ("plot_power_curves", "plot_size_table", "plot_specification_curve"),
    "plots.timing": ("plot_anticipation", "plot_timing_curve"),
    "plots._style": ("PALETTE", "figure", "finish"),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}
__all__ = list(_HOME_OF)


def __getattr__(name: str) -> Any:
    if name not in _HOME_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"rareearth_research.{_HOME_OF[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
