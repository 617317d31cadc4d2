"""Loaders of the clean tables. Names are imported when first used, so importing stays cheap."""

from rareearth_research.lazy import lazy

__getattr__, __dir__, __all__ = lazy(
    __name__,
    {
        "catalog": ("data_dir", "data_hash", "read"),
        "citing": ("cite",),
        "loaders.securities": ("load_groups", "load_securities"),
        "loaders.prices": ("load_price_flags", "load_prices", "load_returns", "load_volumes"),
        "loaders.events": ("load_events", "load_event_sources", "load_firm_news"),
        "loaders.measure_status": ("load_entity_lists", "load_measure_codes", "load_measures",
                                   "measures"),
        "loaders.materials": ("load_materials",),
        "calendars": ("load_calendar_corrections",),
        "loaders.commodities": ("load_factors", "load_vix", "load_gpr", "load_usdcny",
                                "load_metal_spot", "load_imf_pcps", "load_pink_sheet"),
        "loaders.trade": ("load_usgs", "load_bgs", "load_trade", "load_trade_reconciliation",
                          "load_graphite_trade"),
        "loaders.dated_series": ("load_indicators", "load_indicator_series", "list_series",
                                 "load_series"),
        "loaders.article": ("load_article_claims", "load_literature", "check_article_claims"),
        "reading.events": ("read_events",),
        "reading.files": ("read_prices", "read_returns"),
    },
)  # fmt: skip
