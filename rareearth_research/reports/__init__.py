"""Run notebooks as studies and turn them into pages a person can read.

Names are loaded on first use: a notebook that only wants `header` must not pay for papermill.
"""

from rareearth_research.lazy import lazy

__getattr__, __dir__, __all__ = lazy(
    __name__,
    {
        "checking": ("RunCheck", "check_run"),
        "runs.comparing": ("RunComparison", "compare_runs", "write_comparison"),
        "page.notebook": ("footer", "header", "report_result", "save_table"),
        "parameters": ("Parameter", "check_parameters", "read_parameters"),
        "runs.records": ("find_run",),
        "runner": ("StudyRun", "run_study"),
        "studies": ("Study", "find_study", "list_studies"),
        "sweeps.results": ("Sweep",),
        "sweeps.running": ("sweep",),
        "runs.site": ("write_site",),
        ".eventstudy.sizes.designs": (
            "load_ported_table",
            "load_power_table",
            "load_size_table",
        ),
    },
)
