# Written by scripts/public_names.py.

from .root import app as app
from .start import main as main
