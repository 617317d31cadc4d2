"""Do markets move when export controls on critical minerals are announced?

Public names are loaded on first use (PEP 562), so that ``import rareearth_research`` stays fast
although statsmodels, seaborn and exchange calendars stand behind some of them.
"""

from rareearth_research.lazy import lazy

__version__ = "0.1.0"

_HOMES = {
    "errors": (
        "DataError",
        "RareEarthError",
        "SourceError",
        "SpecificationError",
        "TimingError",
    ),
    # By its module: `rareearth_research.datasets.catalog` is the module, not the function.
    "datasets.catalog": ("catalog",),
    "datasets": (
        "check_article_claims",
        "cite",
        "data_hash",
        "list_series",
        "load_article_claims",
        "load_bgs",
        "load_calendar_corrections",
        "load_entity_lists",
        "load_event_sources",
        "load_events",
        "load_factors",
        "load_firm_news",
        "load_gpr",
        "load_graphite_trade",
        "load_groups",
        "load_imf_pcps",
        "load_indicator_series",
        "load_indicators",
        "load_materials",
        "load_measure_codes",
        "load_measures",
        "load_metal_spot",
        "load_pink_sheet",
        "load_price_flags",
        "load_prices",
        "load_returns",
        "load_securities",
        "load_series",
        "load_trade",
        "load_trade_reconciliation",
        "load_usdcny",
        "load_usgs",
        "load_vix",
        "load_volumes",
        "measures",
        "read_events",
        "read_prices",
        "read_returns",
    ),
    "timing": (
        "clean_events",
        "event_clock",
        "event_session",
        "map_sessions",
        "overlaps",
    ),
    "dynamics": (
        "brown_forsythe",
        "find_breaks",
        "interrupted",
        "lead_lag",
        "load_coverage_table",
        "local_projection",
        "nearest_policy",
        "premium",
        "state_space_impact",
        "synthetic_control",
        "synthetic_did",
        "volatility",
    ),
    "eventstudy": (
        "EventStudy",
        "EventStudyResults",
        "abnormal_volatility",
        "abnormal_volume",
        "adjust",
        "anticipation",
        "cross_section",
        "flag_returns",
        "leave_one_out",
        "placebo",
        "size_of",
        "specification_curve",
        "split",
        "timing_curve",
        "verdict",
    ),
    "exploring": ("explore",),
    "studies": (
        "announcement_card",
        "did_it_move",
        "open_card",
    ),
    "reports": (
        "footer",
        "header",
        "load_power_table",
        "load_size_table",
        "report_result",
        "run_study",
        "sweep",
    ),
}
_SUBPACKAGES = (
    "datasets", "dynamics", "errors", "eventstudy", "plots", "reports", "studies", "timing",
)  # fmt: skip

__getattr__, __dir__, __all__ = lazy(__name__, _HOMES, *_SUBPACKAGES)
__all__.append("__version__")
