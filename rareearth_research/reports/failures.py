"""A run that failed has a page too: what failed, with which parameters, and how to try again."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rareearth_research.errors import RareEarthError
from rareearth_research.reports.records import RECORD, read_record
from rareearth_research.reports.site import FAILED, card, put_page

__all__ = ["keep_failure"]


def keep_failure(
    home: Path, record: Mapping[str, Any], error: RareEarthError, notebook: Path
) -> Path:
    """Write record and page of a failed run into the folder `home`; return the page.

    `notebook`, as far as it came, is moved there if it came to be.
    """
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir(parents=True)
    files = {"html": f"{home.name}.html", "notebook": notebook.name}
    if notebook.is_file():
        os.replace(notebook, home / notebook.name)
    said = {"result": str(error), "results": [], "verdict": FAILED, "sentence": str(error)}
    made: dict[str, Any] = {"figures": [], "tables": [], "picture": None, "files": files}
    text = json.dumps({**record, **said, **made}, indent=2, ensure_ascii=False, allow_nan=False)
    (home / RECORD).write_text(text + "\n", encoding="utf-8")
    earlier = home.parents[1] / home.name / RECORD
    run = card(read_record(home), home)
    return put_page(home / files["html"], "failed.html.j2", run=run, earlier=earlier.is_file())
