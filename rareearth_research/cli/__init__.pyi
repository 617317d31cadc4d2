# Written by scripts/public_names.py.

from .__main__ import main as main
from .root import app as app
