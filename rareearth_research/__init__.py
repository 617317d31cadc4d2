"""Do markets move when export controls on critical minerals are announced?

Public names are loaded on first use (PEP 562), so that ``import rareearth_research`` stays fast
although statsmodels, seaborn and exchange calendars stand behind some of them.
"""

from __future__ import annotations

import importlib
from typing import Any

__version__ = "0.1.0"

_HOMES = {
    "rareearth_research.errors": (
        "DataError",
        "RareEarthError",
        "SourceError",
        "SpecificationError",
        "TimingError",
    ),
    # By its module: `rareearth_research.datasets.catalog` is the module, not the function.
    "rareearth_research.datasets.catalog": ("catalog",),
    "rareearth_research.datasets": (
        "check_article_claims",
        "cite",
        "data_hash",
        "load_article_claims",
        "load_bgs",
        "load_event_sources",
        "load_events",
        "load_factors",
        "load_gpr",
        "load_graphite_trade",
        "load_groups",
        "load_imf_pcps",
        "load_indicator_series",
        "load_indicators",
        "load_materials",
        "load_metal_spot",
        "load_pink_sheet",
        "load_price_flags",
        "load_prices",
        "load_returns",
        "load_securities",
        "load_trade",
        "load_trade_reconciliation",
        "load_usdcny",
        "load_usgs",
        "load_vix",
        "load_volumes",
    ),
    "rareearth_research.timing": (
        "clean_events",
        "event_clock",
        "event_session",
        "map_sessions",
        "overlaps",
    ),
    "rareearth_research.eventstudy": (
        "EventStudy",
        "EventStudyResults",
        "abnormal_volatility",
        "abnormal_volume",
        "adjust",
        "anticipation",
        "cross_section",
        "leave_one_out",
        "placebo",
        "specification_curve",
        "timing_curve",
    ),
    "rareearth_research.reports": (
        "footer",
        "header",
        "load_power_table",
        "load_size_table",
        "report_result",
        "run_study",
    ),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}
_SUBPACKAGES = ("datasets", "errors", "eventstudy", "plots", "reports", "studies", "timing")

__all__ = ["__version__", *_SUBPACKAGES, *_HOME_OF]


def __getattr__(name: str) -> Any:
    if name in _HOME_OF:
        value = getattr(importlib.import_module(_HOME_OF[name]), name)
    elif name in _SUBPACKAGES:
        value = importlib.import_module(f"{__name__}.{name}")
    else:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
