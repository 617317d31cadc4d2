"""One page that leads to every report in a folder: question, first figure, finding, rerun line."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any
from urllib.parse import quote

from rareearth_research.errors import DataError, SpecificationError, shown
from rareearth_research.reports.place import cannot_write
from rareearth_research.reports.reading.texts import quoted

__all__ = ["read_runs", "write_site"]

_TEXTS = ("study", "title", "question", "result", "command", "started", "data_hash",
          "rareearth_research")  # fmt: skip
_LISTS = ("figures", "tables", "changed")


def write_site(out: str | Path = "reports") -> Path:
    """Write ``index.html`` over all runs found in `out`; return its path.

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
    from rareearth_research.reports.html import asset, templates
    from rareearth_research.reports.sanitize import policy

    if not isinstance(out, str | os.PathLike) or "\0" in str(out):
        raise SpecificationError(f"out must be the path of a folder of reports; got {shown(out)}")
    folder = Path(out)
    runs = read_runs(folder)
    if not runs:
        raise SpecificationError(
            f"there is no report in {quoted(folder)}; make one: rareearth report"
        )
    versions = sorted({f"rareearth_research {r['rareearth_research']}" for r in runs})
    data = sorted({f"data {r['data_hash']}" for r in runs})
    style, script = asset("style.css", "index.css"), asset("theme.js")
    page = templates().get_template("index.html.j2")
    text = page.render(
        title=next((describe(folder).title for folder in workspaces()), ""),
        runs=[_card(run) for run in runs],
        versions=" · ".join([*versions, *data]),
        same=len(data) == 1,
        style=style,
        script=script,
        policy=policy(style, script),
    )
    part = folder / "index.html.part"
    try:
        part.write_text(text, encoding="utf-8")
        os.replace(part, folder / "index.html")
    except OSError as error:
        raise cannot_write(folder / "index.html", error) from error
    return folder / "index.html"


def read_runs(folder: Path) -> list[dict[str, Any]]:
    """Return the `run.json` of every complete run in `folder`, in order of folder name."""
    runs = []
    for path in sorted(folder.glob("[!.]*/run.json")):
        try:
            record = json.loads(path.read_text(encoding="utf-8"))
            _check_record(record)
        except FileNotFoundError:  # exchanged this moment, and there again in the next
            continue
        except (OSError, ValueError, RecursionError) as error:
            raise DataError(
                f"{quoted(path)} is damaged ({quoted(error, 100)}); run that study again, or "
                "remove its folder"
            ) from error
        runs.append({**record, "folder": path.parent.name})
    return runs


def _check_record(record: Any) -> None:
    if not isinstance(record, dict):
        raise ValueError("no mapping")
    good = {
        **{key: isinstance(record.get(key), str) for key in _TEXTS},
        **{key: _is_names(record.get(key)) for key in _LISTS},
        "parameters": isinstance(record.get("parameters"), dict),
        "files": _is_names([_of(record, "files", key) for key in ("html", "notebook")]),
        "seconds": isinstance(_of(record, "seconds", "total"), int | float),
    }
    missing = [key for key, fine in good.items() if not fine]
    if missing:
        raise ValueError(f"without {', '.join(missing)}")


def _is_names(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


def _of(record: dict[str, Any], key: str, inner: str) -> Any:
    found = record.get(key)
    return found.get(inner) if isinstance(found, dict) else None


def _card(run: dict[str, Any]) -> dict[str, Any]:
    pictures = sorted(
        run["figures"], key=lambda name: (name.split(".")[0], not name.endswith("png"))
    )
    home = f"./{quote(run['folder'])}"
    return {
        **run,
        "changed": [name for name in run["changed"] if name in run["parameters"]],
        "home": home,
        "page": f"{home}/{quote(run['files']['html'])}",
        "notebook": f"{home}/{quote(run['files']['notebook'])}",
        "picture": f"{home}/figures/{quote(pictures[0])}" if pictures else "",
        "question_html": _inline(run["question"]),
    }


def _inline(text: str) -> str:
    """Return one paragraph of Markdown as HTML without its surrounding ``<p>``."""
    from rareearth_research.reports.html import markdown_to_html

    return markdown_to_html(text).strip().removeprefix("<p>").removesuffix("</p>")
