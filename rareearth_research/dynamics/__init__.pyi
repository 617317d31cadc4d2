# Written by scripts/public_names.py.

from .abroad import Premium as Premium
from .abroad import premium as premium
from .belief import load_coverage_table as load_coverage_table
from .breaks.nearest import PolicyDistance as PolicyDistance
from .breaks.nearest import nearest_policy as nearest_policy
from .breaks.result import Breaks as Breaks
from .breaks.search import find_breaks as find_breaks
from .leads import LeadLag as LeadLag
from .leads import lead_lag as lead_lag
from .projection.project import local_projection as local_projection
from .projection.results import LocalProjection as LocalProjection
from .segments.interrupt import interrupted as interrupted
from .segments.results import InterruptedSeries as InterruptedSeries
from .structural.impact import state_space_impact as state_space_impact
from .structural.result import StateSpaceImpact as StateSpaceImpact
from .synthetic.control import synthetic_control as synthetic_control
from .synthetic.differences import SyntheticDid as SyntheticDid
from .synthetic.differences import synthetic_did as synthetic_did
from .synthetic.result import SyntheticControl as SyntheticControl
from .variance.measure import brown_forsythe as brown_forsythe
from .variance.measure import volatility as volatility
from .variance.results import Nervousness as Nervousness
