"""Write environment.yml from pyproject.toml, or with --check say whether it is current.

Every requirement of the package and of all its extras is listed once, under its conda-forge name
where conda-forge carries it at the version asked for, and in the pip section otherwise.
"""

from __future__ import annotations

import re
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
TARGET = ROOT / "environment.yml"
CONDA_NAMES = {"arch": "arch-py"}
PIP_ONLY = {"diff-diff", "exchange-calendars", "frictionless", "import-linter", "nbval", "pandera"}


def requirements() -> dict[str, str]:
    """Return ``{name with extras: specifier}`` of the package and all extras, sorted by name."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    listed = [*project["dependencies"]]
    for extra in project["optional-dependencies"].values():
        listed += extra
    found: dict[str, str] = {}
    for line in listed:
        match = re.fullmatch(r"([A-Za-z0-9._-]+(?:\[[a-z,]+\])?)\s*([^;\s]*)", line)
        if match is None:
            raise SystemExit(f"cannot read the requirement {line!r} in pyproject.toml")
        name, specifier = match.groups()
        if found.setdefault(name, specifier) != specifier:
            raise SystemExit(f"{name} is required twice, as {found[name]} and {specifier}")
    return dict(sorted(found.items()))


def environment() -> str:
    """Return the text of environment.yml."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    conda = [f"python{project['requires-python']}", "pip"]
    pip = ["-e ."]
    for name, specifier in requirements().items():
        base = name.split("[")[0]
        if base in PIP_ONLY:
            pip.append(f"{name}{specifier}")
        else:
            conda.append(f"{CONDA_NAMES.get(base, name)}{specifier}")
    lines = [
        "# The environment of pyproject.toml, all extras and JupyterLab included, for conda users:",
        "#   conda env create --file environment.yml && conda activate rareearth",
        "# Written by scripts/environment_yml.py; a test keeps it equal to pyproject.toml.",
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
            raise SystemExit("environment.yml differs from pyproject.toml: run `make lock`.")
        return
    TARGET.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
