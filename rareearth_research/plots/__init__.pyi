# Written by scripts/public_names.py.

from ._style import PALETTE as PALETTE
from ._style import figure as figure
from ._style import finish as finish
from .breaks import plot_breaks as plot_breaks
from .breaks import plot_nearest_policy as plot_nearest_policy
from .clock import plot_event_clock as plot_event_clock
from .coefficients import plot_cross_section as plot_cross_section
from .counterfactual import plot_estimators as plot_estimators
from .counterfactual import plot_impact as plot_impact
from .counterfactual import plot_synthetic_control as plot_synthetic_control
from .measures import plot_measures as plot_measures
from .placebo import plot_placebo as plot_placebo
from .robustness import plot_specification_curve as plot_specification_curve
from .sizes import plot_power_curves as plot_power_curves
from .sizes import plot_size_table as plot_size_table
from .split import plot_split as plot_split
from .study import plot_caar as plot_caar
from .study import plot_car as plot_car
from .study import plot_paths as plot_paths
from .timeline import plot_timeline as plot_timeline
from .timing import plot_anticipation as plot_anticipation
from .timing import plot_timing_curve as plot_timing_curve
