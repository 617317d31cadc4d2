"""Write `__init__.pyi` of each package whose names load late, for editors and type checkers.

Run by `make format`; with ``--check`` it only says which of them are out of date.
"""

from __future__ import annotations

import inspect
import sys
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages

import rareearth_research


def stubs() -> dict[Path, str]:
    """Return the text of each stub by its path: public names, imported from where they live."""
    found = {}
    modules = walk_packages(rareearth_research.__path__, "rareearth_research.")
    for name in ["rareearth_research", *(module.name for module in modules if module.ispkg)]:
        package = import_module(name)
        if "__getattr__" in vars(package):
            found[Path(package.__path__[0]) / "__init__.pyi"] = _stub(package)
    return found


def _stub(package: object) -> str:
    known = inspect.getclosurevars(package.__getattr__).nonlocals
    public = (name for name in known["public"] if not name.startswith("__"))
    homes = [(known["home_of"].get(name, ""), name) for name in public]
    homes.sort(key=lambda home: (home[0], not home[1].isupper(), home[1]))  # constants first
    lines = ["# Written by scripts/public_names.py.", ""]
    lines += [f"from .{home} import {name} as {name}" for home, name in homes]
    version = ["", "__version__: str"] if hasattr(package, "__version__") else []
    return "\n".join([*lines, *version, ""])


def main() -> int:
    """Write the stubs, or with ``--check`` return 1 if one is out of date."""
    outdated = [
        (path, text)
        for path, text in stubs().items()
        if not path.is_file() or path.read_text(encoding="utf-8") != text
    ]
    for path, text in outdated:
        if "--check" in sys.argv[1:]:
            print(f"{path} is out of date: run python scripts/public_names.py", file=sys.stderr)
        else:
            path.write_text(text, encoding="utf-8")
    return int("--check" in sys.argv[1:] and bool(outdated))


if __name__ == "__main__":
    sys.exit(main())
