# Written by scripts/public_names.py.

from .breaks.nearest import PolicyDistance as PolicyDistance
from .breaks.nearest import nearest_policy as nearest_policy
from .breaks.result import Breaks as Breaks
from .breaks.search import find_breaks as find_breaks
from .structural.impact import state_space_impact as state_space_impact
from .structural.result import StateSpaceImpact as StateSpaceImpact
from .synthetic.control import synthetic_control as synthetic_control
from .synthetic.differences import SyntheticDid as SyntheticDid
from .synthetic.differences import synthetic_did as synthetic_did
from .synthetic.result import SyntheticControl as SyntheticControl
