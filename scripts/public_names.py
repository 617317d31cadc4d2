"""Write rareearth_research/__init__.pyi, which tells editors and type checkers the lazy names.

Run by `make format`; with ``--check`` it only says whether the file is up to date.
"""

from __future__ import annotations

import sys
from pathlib import Path

from rareearth_research import _HOMES, _SUBPACKAGES

STUB = Path(__file__).resolve().parents[1] / "rareearth_research" / "__init__.pyi"


def stub() -> str:
    """Return the text of the stub: every public name, imported from where it lives."""
    lines = ["# Written by scripts/public_names.py.", ""]
    lines += [f"from rareearth_research import {name} as {name}" for name in _SUBPACKAGES]
    for home, names in sorted(_HOMES.items()):
        lines += [f"from rareearth_research.{home} import {name} as {name}" for name in names]
    return "\n".join([*lines, "", "__version__: str", ""])


def main() -> int:
    """Write the stub, or with ``--check`` return 1 if it is out of date."""
    if "--check" in sys.argv[1:]:
        if STUB.is_file() and STUB.read_text(encoding="utf-8") == stub():
            return 0
        print(f"{STUB.name} is out of date: run python scripts/public_names.py", file=sys.stderr)
        return 1
    STUB.write_text(stub(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
