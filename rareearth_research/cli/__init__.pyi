# Written by scripts/public_names.py.

from .root import app as app
from .root import main as main
