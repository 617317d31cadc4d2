"""One page that leads to every report in a folder: what each study asked, found and drew."""

from __future__ import annotations

import datetime as dt
import itertools
import os
from collections.abc import Mapping
from contextlib import suppress
from operator import itemgetter
from pathlib import Path
from typing import Any
from urllib.parse import quote

from rareearth_research.datasets.disk import write_file
from rareearth_research.errors import SpecificationError
from rareearth_research.reports.place import cannot_write
from rareearth_research.reports.reading.texts import quoted
from rareearth_research.reports.runs.records import folder_of, read_runs

FAILED = "failed"  # folder of runs that failed, and their verdict


def write_site(out: str | Path = "reports") -> Path:
    """Write ``index.html`` over all runs found in `out`, failed ones too; return its path.

    Parameters
    ----------
    out : str or Path
        A folder of reports made by `run_study`.

    Returns
    -------
    Path

    Raises
    ------
    SpecificationError
        If the folder holds no run.
    DataError
        If a ``run.json`` in it is damaged.
    RareEarthError
        If the page cannot be written.
    """
    from rareearth_research.datasets.own.description import describe, workspaces

    folder = folder_of(out)
    runs, failed = read_runs(folder), read_runs(folder / FAILED)
    if not (runs or failed):
        raise SpecificationError(
            f"there is no report in {quoted(folder)}; make one: rareearth report"
        )
    every = [*runs, *failed]
    versions = sorted({f"rareearth_research {run['rareearth_research']}" for run in every})
    data = sorted({f"data {run['data_hash']}" for run in every})
    runs.sort(key=lambda run: (run["study"], len(run["changed"]), run["name"]))
    studies = itertools.groupby((card(run, folder) for run in runs), key=itemgetter("study"))
    return put_page(
        folder / "index.html",
        "index.html.j2",
        title=next((describe(folder).title for folder in workspaces()), ""),
        studies=[[*group] for _, group in studies],
        failed=[card(run, folder) for run in failed],
        runs=len(runs),
        versions=" · ".join([*versions, *data]),
        same=len(data) == 1,
    )


def card(run: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    """Return a record with what a page in `folder` shows of it: addresses, question, day."""
    notebook = run["files"]["notebook"]
    left = run["verdict"] != FAILED or (run["path"] / notebook).is_file()
    home = quote(Path(os.path.relpath(run["path"], folder)).as_posix())
    home = home if home.startswith(".") else f"./{home}"
    return {
        **run,
        "folder": run["path"].name,
        "home": home,
        "page": f"{home}/{quote(run['files']['html'])}",
        # a run that failed may have ended before there was one
        "notebook_file": f"{home}/{quote(notebook)}" * left,
        "picture_file": run["picture"] and f"{home}/figures/{quote(run['picture']['file'])}",
        "question_html": _inline(run["question"]),
        "day": _day(run["started"]),
    }


def put_page(path: Path, template: str, **content: Any) -> Path:
    """Write a page over runs, in the look of all pages, to `path` in one step; return `path`."""
    from rareearth_research.pages import policy
    from rareearth_research.reports.page.html import asset, templates

    style, script = asset("style.css", "index.css"), asset("theme.js")
    content |= {"style": style, "script": script, "policy": policy(style, script)}
    text = templates().get_template(template).render(content)
    try:
        write_file(path, text.encode())
    except OSError as error:
        raise cannot_write(path, error) from error
    return path


def _day(started: str) -> str:
    with suppress(ValueError):
        return f"{dt.date.fromisoformat(started[:10]):%-d %B %Y}"
    return started[:10]


def _inline(text: str) -> str:
    """Return one paragraph of Markdown as HTML without its surrounding ``<p>``."""
    from rareearth_research.reports.page.html import markdown_to_html

    return markdown_to_html(text).strip().removeprefix("<p>").removesuffix("</p>")
