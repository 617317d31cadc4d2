"""How is what was explored asked again? As a file of parameters, and the lines that run it."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from rareearth_research.datasets.disk import said, write_file
from rareearth_research.errors import SpecificationError, shown
from rareearth_research.reports.parameters import check_parameters
from rareearth_research.reports.studies import find_study

STUDY = "event_study"


def write_study(name: str, parameters: Mapping[str, Any]) -> str:
    """Write ``explored/NAME.yaml`` and return the shell lines that run the study from here.

    Raises
    ------
    SpecificationError
        If the name holds more than letters, digits, ``-`` and ``_``; if a file of that name holds
        something else; if the study would refuse the parameters.
    """
    if not re.fullmatch(r"[\w-]{1,100}", name):
        raise SpecificationError(
            f"the study cannot be named {shown(name)}; use letters, digits, - and _ only"
        )
    check_parameters(STUDY, parameters)
    path = Path("explored", f"{name}.yaml")
    text = yaml.safe_dump(
        dict(parameters), sort_keys=False, allow_unicode=True, width=1000, default_flow_style=None
    )
    if path.exists() and path.read_text(encoding="utf-8") != text:
        raise SpecificationError(f"there is a {path} with other parameters; choose another name")
    with said("the study cannot be written"):
        write_file(path, text.encode())
    notebook = shlex.quote(os.path.relpath(find_study(STUDY).path))
    executed = path.with_suffix(".ipynb")
    return f"rareearth report {STUDY} -f {path}\npapermill {notebook} {executed} -f {path}"
