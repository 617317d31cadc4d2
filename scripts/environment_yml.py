"""Write environment.yml from pyproject.toml and the lock, or with --check say if it is current.

Every requirement of the package and of all its extras is listed once, at the version that the lock
pins for Python 3.11: under its conda-forge name where conda-forge carries it, and in the pip
section otherwise. What these require in turn conda and pip choose.
"""

from __future__ import annotations

import re
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
TARGET = ROOT / "environment.yml"
LOCK = ROOT / "requirements-lab.lock"
PYTHON = "3.11"  # the oldest, for which every pin of the lock has a build on most systems
CONDA_NAMES = {"arch": "arch-py"}
PIP_ONLY = {"diff-diff", "exchange-calendars", "frictionless", "import-linter", "nbval", "pandera"}


def requirements() -> list[str]:
    """Return every requirement of the package and all its extras, with its own extras, sorted."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    listed = [*project["dependencies"]]
    for extra in project["optional-dependencies"].values():
        listed += extra
    found = {re.match(r"[A-Za-z0-9._-]+(\[[a-z,]+\])?", line)[0] for line in listed}
    return sorted(found)


def pins() -> dict[str, str]:
    """Return the version of each package that the lock pins for the Python named here."""
    found: dict[str, str] = {}
    lines = re.findall(r"^([a-z0-9._-]+)==(\S+)(?: ; (.*?))? \\$", LOCK.read_text("utf-8"), re.M)
    for name, version, marker in lines:
        others = re.search(r">= '3\.1[2-9]'|== '3\.1[2-9]|< '3\.11\.\d", marker)
        if not others and found.setdefault(name, version) != version:
            raise SystemExit(f"{name} is pinned twice for Python {PYTHON}: {marker}")
    return found


def environment() -> str:
    """Return the text of environment.yml."""
    conda, pip, locked = [f"python={PYTHON}", "pip"], ["-e ."], pins()
    for name in requirements():
        base = name.split("[")[0]
        if base in PIP_ONLY:
            pip.append(f"{name}=={locked[base]}")
        else:
            conda.append(f"{CONDA_NAMES.get(base, base)}={locked[base]}")
    lines = [
        "# The environment of pyproject.toml, all extras and JupyterLab included, for conda users:",
        "#   conda env create --file environment.yml && conda activate rareearth",
        "# Versions are those of the lock, as far as conda names exist. Written by",
        "# scripts/environment_yml.py and held by a test; not tried with conda itself.",
        "name: rareearth",
        "channels:",
        "  - conda-forge",
        "dependencies:",
        *(f"  - {line}" for line in conda),
        "  - pip:",
        *(f'      - "{line}"' if "[" in line else f"      - {line}" for line in pip),
    ]
    return "\n".join(lines) + "\n"


def main() -> None:
    text = environment()
    if sys.argv[1:] == ["--check"]:
        if not TARGET.is_file() or TARGET.read_text(encoding="utf-8") != text:
            raise SystemExit(
                "environment.yml is not that of pyproject.toml and the lock: run `make lock`."
            )
        return
    TARGET.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
