# Written by scripts/public_names.py.

from .explorer import Explorer as Explorer
from .explorer import explore as explore
