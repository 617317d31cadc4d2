"""What event studies cannot see: slow adjustment, level shifts, variance, tonnage, counterfactuals.

Beside `eventstudy`, which neither imports. Every method ships with the check that says whether to
believe it.
"""

from rareearth_research.lazy import lazy

__getattr__, __dir__, __all__ = lazy(
    __name__,
    {
        "abroad": ("Premium", "premium"),
        "belief": ("load_coverage_table",),
        "leads": ("LeadLag", "lead_lag"),
        "projection.project": ("local_projection",),
        "projection.results": ("LocalProjection",),
        "segments.interrupt": ("interrupted",),
        "segments.results": ("InterruptedSeries",),
        "variance.measure": ("brown_forsythe", "volatility"),
        "variance.results": ("Nervousness",),
        "structural.impact": ("state_space_impact",),
        "structural.result": ("StateSpaceImpact",),
        "synthetic.control": ("synthetic_control",),
        "synthetic.differences": ("SyntheticDid", "synthetic_did"),
        "synthetic.result": ("SyntheticControl",),
        "breaks.result": ("Breaks",),
        "breaks.nearest": ("PolicyDistance", "nearest_policy"),
        "breaks.search": ("find_breaks",),
    },
)
