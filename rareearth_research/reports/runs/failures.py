"""A run that failed has a page too: what failed, with which parameters, and how to try again."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rareearth_research.errors import RareEarthError
from rareearth_research.reports.place import put
from rareearth_research.reports.runs.records import RECORD, read_record
from rareearth_research.reports.runs.site import FAILED, card, put_page


def keep_failure(
    home: Path, record: Mapping[str, Any], error: RareEarthError, notebook: Path
) -> Path:
    """Write record and page of a failed run, and put both at `home` in one step; return the page.

    `notebook`, as far as it came, is moved there if it came to be; the folder is made beside it.
    """
    made_in = notebook.with_name(FAILED)
    made_in.mkdir()
    files = {"html": f"{home.name}.html", "notebook": notebook.name}
    if notebook.is_file():
        os.replace(notebook, made_in / notebook.name)
    said = {"result": str(error), "results": [], "verdict": FAILED, "sentence": str(error)}
    made: dict[str, Any] = {"figures": [], "tables": [], "picture": None, "files": files}
    text = json.dumps({**record, **said, **made}, indent=2, ensure_ascii=False, allow_nan=False)
    (made_in / RECORD).write_text(text + "\n", encoding="utf-8")
    earlier = home.parents[1] / home.name / RECORD
    run = card(read_record(made_in), made_in) | {"folder": home.name}
    put_page(made_in / files["html"], "failed.html.j2", run=run, earlier=earlier.is_file())
    home.parent.mkdir(exist_ok=True)
    put(made_in, home)
    return home / files["html"]
