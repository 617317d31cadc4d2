# Written by scripts/public_names.py.

from .article import ArticleStudy as ArticleStudy
from .article import origin_article as origin_article
from .cards.card import AnnouncementCard as AnnouncementCard
from .cards.card import announcement_card as announcement_card
from .cards.card import open_card as open_card
from .cards.outcome import AnnouncementOutcome as AnnouncementOutcome
from .choices import RobustnessStudy as RobustnessStudy
from .choices import robustness as robustness
from .events import EventsStudy as EventsStudy
from .events import event_study as event_study
from .planned.headline import PlannedStudy as PlannedStudy
from .planned.headline import planned_questions as planned_questions
from .run_up import AnticipationStudy as AnticipationStudy
from .run_up import anticipation as anticipation
from .side_by_side.moved import DidItMove as DidItMove
from .side_by_side.moved import did_it_move as did_it_move
from .swings import PriceDynamicsStudy as PriceDynamicsStudy
from .swings import price_dynamics as price_dynamics
from .symmetry import SymmetryStudy as SymmetryStudy
from .symmetry import tightening_and_easing as tightening_and_easing
from .timeline import TimelineStudy as TimelineStudy
from .timeline import policy_timeline as policy_timeline
from .tonnage import TradeStudy as TradeStudy
from .tonnage import trade_response as trade_response
from .without import CounterfactualStudy as CounterfactualStudy
from .without import counterfactual as counterfactual
