# Written by scripts/public_names.py.

from .comparison import Comparison as Comparison
from .comparison import compare as compare
from .stored import load_result as load_result
from .stored import save_result as save_result
