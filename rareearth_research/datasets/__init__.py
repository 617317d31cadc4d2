"""Loaders of the clean tables. Names are imported when first used, so importing stays cheap."""

from __future__ import annotations

import importlib
from typing import Any

# public name -> module of this package that defines it
_WHERE = {
    "cite": "catalog",
    "data_dir": "catalog",
    "data_hash": "catalog",
    "read": "catalog",
    "load_groups": "securities",
    "load_securities": "securities",
    "load_price_flags": "prices",
    "load_prices": "prices",
    "load_returns": "prices",
    "load_volumes": "prices",
    "load_events": "events",
    "load_event_sources": "events",
    "load_materials": "materials",
    "load_indicators": "indicators",
    "load_indicator_series": "indicators",
    "load_factors": "controls",
    "load_vix": "controls",
    "load_gpr": "controls",
    "load_usdcny": "controls",
    "load_metal_spot": "commodities",
    "load_imf_pcps": "commodities",
    "load_pink_sheet": "commodities",
    "load_usgs": "production",
    "load_bgs": "production",
    "load_trade": "trade",
    "load_trade_reconciliation": "trade",
    "load_graphite_trade": "trade",
    "load_article_claims": "article",
    "check_article_claims": "article_checks",
}

__all__ = sorted(_WHERE)


def __getattr__(name: str) -> Any:
    if name not in _WHERE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_WHERE[name]}"), name)


def __dir__() -> list[str]:
    return __all__
