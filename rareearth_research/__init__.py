"""Do markets move when export controls on critical minerals are announced?

Public names are loaded on first use (PEP 562), so that ``import rareearth_research`` stays fast
although statsmodels, seaborn and exchange calendars stand behind some of them.
"""

from rareearth_research import datasets, dynamics  # which load as late as this package
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
    # All their functions are public here too (`cite` by keeping, which cites more than tables);
    # classes of results come with what gives them.
    "datasets": [name for name in datasets.__all__ if name not in ("cite", "data_dir", "read")],
    "dynamics": [name for name in dynamics.__all__ if name.islower()],
    "timing": (
        "clean_events",
        "event_clock",
        "event_session",
        "map_sessions",
        "overlaps",
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
    "keeping": ("cite", "compare", "load_result", "save_result"),
    "plots": ("press_kit",),
    "reports": (
        "check_run",
        "compare_runs",
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
