"""One function per study: its data, fits, tables and finding, whoever asks.

Notebook, report, sweep and README call the same function, so that one question has one answer.
Each is named as its notebook, takes the notebook's parameters and has its defaults.
"""

from rareearth_research.lazy import lazy

__getattr__, __dir__, __all__ = lazy(
    __name__,
    {
        "article": ("ArticleStudy", "origin_article"),
        "timeline": ("TimelineStudy", "policy_timeline"),
        "events": ("EventsStudy", "event_study"),
        "run_up": ("AnticipationStudy", "anticipation"),
        "without": ("CounterfactualStudy", "counterfactual"),
        "swings": ("PriceDynamicsStudy", "price_dynamics"),
        "tonnage": ("TradeStudy", "trade_response"),
        "choices": ("RobustnessStudy", "robustness"),
        "side_by_side.moved": ("DidItMove", "did_it_move"),
        "planned.headline": ("PlannedStudy", "planned_questions"),
        "across.symmetry": ("SymmetryStudy", "tightening_and_easing"),
        "across.spillovers": ("SpilloverStudy", "spillovers"),
        "cards.card": ("AnnouncementCard", "announcement_card", "open_card"),
        "cards.outcome": ("AnnouncementOutcome",),
    },
)
