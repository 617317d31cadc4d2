"""One function per study: its data, fits, tables and finding, whoever asks.

Notebook, report, sweep and README call the same function, so that one question has one answer.
Each is named as its notebook, takes the notebook's parameters and has its defaults.
"""

from __future__ import annotations

import importlib
from typing import Any

_HOMES = {
    "ArticleStudy": "article",
    "origin_article": "article",
    "TimelineStudy": "timeline",
    "policy_timeline": "timeline",
    "EventsStudy": "events",
    "event_study": "events",
    "AnticipationStudy": "run_up",
    "anticipation": "run_up",
    "RobustnessStudy": "choices",
    "robustness": "choices",
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
