# Written by scripts/public_names.py.

