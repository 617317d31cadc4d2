"""One page that leads to every report in a folder: question, first figure, finding, rerun line."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from rareearth_research.errors import SpecificationError

__all__ = ["read_runs", "write_site"]


def write_site(out: str | Path = "reports") -> Path:
    """Write ``index.html`` over all runs found in `out`; return its path.

    Parameters
    ----------
    out : str or Path
        A folder of reports made by `run_study`.

    Raises
    ------
    SpecificationError
        If the folder holds no run.
    """
    from rareearth_research.reports.html import templates

    folder = Path(out)
    runs = read_runs(folder)
    if not runs:
        raise SpecificationError(f"there is no report in {folder}; make one: rareearth report")
    versions = sorted({f"rareearth_research {r['rareearth_research']}" for r in runs})
    versions += sorted({f"data {r['data_hash']}" for r in runs})
    page = templates().get_template("index.html.j2")
    text = page.render(runs=[_card(run) for run in runs], versions=" · ".join(versions))
    part = folder / "index.html.part"
    part.write_text(text, encoding="utf-8")
    os.replace(part, folder / "index.html")
    return folder / "index.html"


def read_runs(folder: Path) -> list[dict[str, Any]]:
    """Return the `run.json` of every complete run in `folder`, in order of folder name."""
    runs = []
    for path in sorted(folder.glob("[!.]*/run.json")):
        record = json.loads(path.read_text(encoding="utf-8"))
        runs.append({**record, "folder": path.parent.name})
    return runs


def _card(run: dict[str, Any]) -> dict[str, Any]:
    pictures = sorted(
        run["figures"], key=lambda name: (name.split(".")[0], not name.endswith("png"))
    )
    return {
        **run,
        "page": f"{run['folder']}/{run['files']['html']}",
        "picture": f"{run['folder']}/figures/{pictures[0]}" if pictures else "",
        "question_html": _inline(run["question"]),
        "result_html": _inline(run["result"]),
    }


def _inline(text: str) -> str:
    """Return one paragraph of Markdown as HTML without its surrounding ``<p>``."""
    from nbconvert.filters.markdown_mistune import markdown2html_mistune

    html = markdown2html_mistune(text).strip()
    return html.removeprefix("<p>").removesuffix("</p>")
