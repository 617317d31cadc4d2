# Written by scripts/public_names.py.

from .bundle import bundle_run as bundle_run
from .citation import Citation as Citation
from .citation import cite as cite
from .comparison import Comparison as Comparison
from .comparison import compare as compare
from .stored import load_result as load_result
from .stored import save_result as save_result
