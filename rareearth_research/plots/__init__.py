"""Pictures of results: one function per picture, drawn from results and never computing them."""

from rareearth_research.lazy import lazy

__getattr__, __dir__, __all__ = lazy(
    __name__,
    {
        "study": ("plot_caar", "plot_car", "plot_paths"),
        "around": ("plot_named", "plot_planned_paths"),
        "breaks": ("plot_breaks", "plot_nearest_policy"),
        "clock": ("plot_event_clock",),
        "counterfactual": ("plot_impact", "plot_synthetic_control"),
        "intervals": ("plot_cross_section", "plot_did_it_move", "plot_estimators", "plot_split"),
        "timeline": ("plot_timeline",),
        "measures": ("plot_measures",),
        "placebo": ("plot_placebo",),
        "responses": (
            "plot_interrupted",
            "plot_lead_lag",
            "plot_local_projection",
            "plot_nervousness",
            "plot_premium",
        ),
        "markets": ("plot_cells", "plot_event_map", "plot_forest_groups", "plot_groups"),
        "planned": (
            "plot_doses",
            "plot_event_forest",
            "plot_needed",
            "plot_over_time",
            "plot_questions",
        ),
        "press": ("press_kit",),
        "published": ("in_per_cent", "in_units", "plot_published"),
        "robustness": ("plot_specification_curve",),
        "sizes": ("plot_power_curves", "plot_size_table"),
        "timing": ("plot_anticipation", "plot_timing_curve"),
        "drawing.style": ("PALETTE", "figure", "finish", "rested"),
    },
)
