"""Public names stay what they are, whichever module is imported first."""

from __future__ import annotations

import subprocess
import sys

LOADED_LATE = """
import importlib, pkgutil, types
import rareearth_research as rer
homes = [rer, *(getattr(rer, name) for name in rer._SUBPACKAGES)]
first = {(home.__name__, name): getattr(home, name) for home in homes for name in home.__all__}
for module in pkgutil.walk_packages(rer.__path__, rer.__name__ + "."):
    if not module.name.endswith("__main__"):
        importlib.import_module(module.name)
for (home, name), value in first.items():
    again = getattr(importlib.import_module(home), name)
    assert again is value, f"{home}.{name} is {again!r} once its module is imported"
"""


def test_public_names_stay_themselves_once_every_module_is_imported() -> None:
    subprocess.run([sys.executable, "-c", LOADED_LATE], check=True)
