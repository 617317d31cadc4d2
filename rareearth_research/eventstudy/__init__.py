"""Event studies: expected returns, abnormal returns, and tests that survive a shared event date.

Names load on first use, so that importing the package stays fast.
"""

from rareearth_research.lazy import lazy

__getattr__, __dir__, __all__ = lazy(
    __name__,
    {
        "study": ("EventStudy",),
        "results.results": ("EventStudyResults",),
        "inputs.suspects": ("flag_returns",),
        "results.leave_one_out": ("leave_one_out",),
        "chance.placebo": ("PlaceboResult", "placebo"),
        "chance.deciding": ("verdict",),
        "sizes.rejections": ("size_of",),
        "questions.dating.results": ("TimingCurve",),
        "questions.dating.curve": ("timing_curve",),
        "questions.anticipation": ("AnticipationResult", "anticipation"),
        "questions.compare_dates": ("compare_dates",),
        "questions.cross_section": ("CrossSection", "cross_section"),
        "statistics.multiple": ("adjust",),
        "questions.specifications.results": ("SpecificationCurve",),
        "questions.specifications.curve": ("specification_curve",),
        "questions.split": ("Split", "split"),
        "questions.volume": ("ActivityResult", "abnormal_volume"),
        "questions.volatility": ("abnormal_volatility",),
    },
)
