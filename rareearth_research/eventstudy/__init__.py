"""Event studies: expected returns, abnormal returns, and tests that survive a shared event date.

Names load on first use, so that importing the package stays fast.
"""

from __future__ import annotations

import importlib
from typing import Any

_HOMES = {
    "EventStudy": "study",
    "EventStudyResults": "results",
    "leave_one_out": "leave_out",
    "PlaceboResult": "placebos",
    "placebo": "placebos",
    "TimingCurve": "timing_set",
    "timing_curve": "timing_set",
    "AnticipationResult": "run_up",
    "anticipation": "run_up",
    "compare_dates": "date_choices",
    "CrossSection": "regression",
    "cross_section": "regression",
    "adjust": "families",
    "SpecificationCurve": "specification_results",
    "specification_curve": "specifications",
    "ActivityResult": "activity",
    "abnormal_volume": "activity",
    "abnormal_volatility": "activity_volatility",
}

__all__ = list(_HOMES)


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
