"""Event studies: expected returns, abnormal returns, and tests that survive a shared event date.

Names load on first use, so that importing the package stays fast.
"""

from __future__ import annotations

import importlib
from typing import Any

_HOMES = {
    "EventStudy": "study",
    "EventStudyResults": "results.results",
    "leave_one_out": "results.leave_one_out",
    "PlaceboResult": "chance.placebo",
    "placebo": "chance.placebo",
    "TimingCurve": "questions.timing_curve",
    "timing_curve": "questions.timing_curve",
    "AnticipationResult": "questions.anticipation",
    "anticipation": "questions.anticipation",
    "compare_dates": "questions.compare_dates",
    "CrossSection": "questions.cross_section",
    "cross_section": "questions.cross_section",
    "adjust": "statistics.multiple",
    "SpecificationCurve": "questions.specification_results",
    "specification_curve": "questions.specification_curve",
    "ActivityResult": "questions.volume",
    "abnormal_volume": "questions.volume",
    "abnormal_volatility": "questions.volatility",
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
