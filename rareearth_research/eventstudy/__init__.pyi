# Written by scripts/public_names.py.

from .chance.deciding import verdict as verdict
from .chance.placebo import PlaceboResult as PlaceboResult
from .chance.placebo import placebo as placebo
from .inputs.suspects import flag_returns as flag_returns
from .questions.anticipation import AnticipationResult as AnticipationResult
from .questions.anticipation import anticipation as anticipation
from .questions.compare_dates import compare_dates as compare_dates
from .questions.cross_section import CrossSection as CrossSection
from .questions.cross_section import cross_section as cross_section
from .questions.dating.curve import timing_curve as timing_curve
from .questions.dating.results import TimingCurve as TimingCurve
from .questions.specifications.curve import specification_curve as specification_curve
from .questions.specifications.results import SpecificationCurve as SpecificationCurve
from .questions.split import Split as Split
from .questions.split import split as split
from .questions.volatility import abnormal_volatility as abnormal_volatility
from .questions.volume import ActivityResult as ActivityResult
from .questions.volume import abnormal_volume as abnormal_volume
from .results.leave_one_out import leave_one_out as leave_one_out
from .results.results import EventStudyResults as EventStudyResults
from .sizes.rejections import size_of as size_of
from .statistics.multiple import adjust as adjust
from .study import EventStudy as EventStudy
