"""An executed notebook as one readable page: prose, findings, figures, tables; code on request.

The page needs nothing but itself: no script, font or style from elsewhere, and its figures inside.
It can be mailed, archived and printed. What the notebook brings as markup is cleaned; pictures
stand as pictures, so that nothing inside them can run.
"""

from __future__ import annotations

import base64
import functools
import itertools
import json
import re
from collections.abc import Iterator, Mapping
from html import escape, unescape
from typing import TYPE_CHECKING, Any

from rareearth_research.numerals import tied
from rareearth_research.pages import SHARED, policy
from rareearth_research.reports.page.downloads import FORMS
from rareearth_research.reports.page.order import reading_order
from rareearth_research.reports.page.sanitize import clean_html

if TYPE_CHECKING:
    import jinja2
    from nbformat import NotebookNode

PHONE = "screen and (max-width: 48rem)"  # as in report.css
HEADING = re.compile(r"<h([23])\b[^>]*>(.*?)</h\1>", re.S)

# What a browser can show, best first; the rest of an output's forms are left out.
_FORMS = ("text/html", "image/svg+xml", "image/png", "image/jpeg", "text/markdown", "text/plain")


def to_html(
    notebook: NotebookNode, record: dict[str, Any], narrow: Mapping[str, str] | None = None
) -> str:
    """Return the page of an executed notebook.

    Parameters
    ----------
    notebook : NotebookNode
        With outputs.
    record : dict
        The run as in `run.json`: title, parameters, versions, times.
    narrow : mapping, optional
        Pictures as they are drawn for a phone, by the name that the output of each notes: SVG.
    """
    figures = itertools.count(1)
    kept = [
        cell
        for cell in notebook.cells
        if cell.cell_type in ("markdown", "code") and cell.source.strip()
    ]
    # pictures are numbered as they are saved
    shown = [_cell(cell, figures, record, narrow or {}) for cell in kept]
    cells = [shown[i] for i in reading_order(kept)]
    contents = _contents(cells)
    if record.get("sources"):
        contents.append(("2", "terms", "Data and their terms"))
    style = asset("style.css", "table.css", "report.css")
    theme, script = asset("theme.js"), _script()
    page = templates().get_template("report.html.j2")
    saved = [(name[:-4], _files(record, "tables", name[:-4])) for name in record["tables"]]
    return page.render(
        cells=cells,
        saved=saved,
        contents=contents,
        run=record,
        style=style,
        theme=theme,
        script=script,
        policy=policy(style, theme, script),
    )


def markdown_to_html(source: str) -> str:
    """Return Markdown as clean HTML, tables in a box of their own that can scroll."""
    from nbconvert.filters.markdown_mistune import markdown2html_mistune

    html = clean_html(markdown2html_mistune(source))
    return _boxed(re.sub(r'<a class="anchor-link".*?</a>', "", html))


@functools.cache
def templates() -> jinja2.Environment:
    """Return the environment of the page templates; everything not marked safe is escaped."""
    import jinja2

    loader = jinja2.FileSystemLoader(SHARED)
    environment = jinja2.Environment(
        loader=loader, autoescape=True, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters["as_json"] = functools.partial(json.dumps, ensure_ascii=False)
    environment.filters["tied"] = tied
    return environment


def asset(*names: str) -> str:
    """Return files of the templates' folder, one after the other."""
    return "\n".join((SHARED / name).read_text(encoding="utf-8").strip() for name in names)


def _script() -> str:
    """Return the script of a page: folding of code, columns of words, tables to sort and search."""
    return asset("report.js").replace("/* table.js */", asset("table.js"))


def _contents(cells: list[dict[str, Any]]) -> list[tuple[str, ...]]:
    """Return level, id and text of every heading, numbering the ids so that each is there once."""
    found: list[tuple[str, ...]] = []

    def numbered(heading: re.Match[str]) -> str:
        level, inner = heading.groups()
        found.append((level, f"part-{len(found) + 1}", unescape(re.sub("<[^>]+>", "", inner))))
        return f'<h{level} id="part-{len(found)}">{inner}</h{level}>'

    for part in (part for cell in cells for part in (cell, *cell.get("outputs", ()))):
        if "html" in part:
            part["html"] = HEADING.sub(numbered, part["html"])
    return found


def _boxed(html: str) -> str:
    """Put each table in a box of its own, which can scroll and be reached by the keyboard.

    Long names may break after an underscore.
    """
    box = r'<div class="wide" tabindex="0" role="group" aria-label="table">\1</div>'
    html = re.sub(r"(?<=>)[^<>]*(?=</t[hd]>)", lambda cell: cell[0].replace("_", "_<wbr>"), html)
    return re.sub(r"(<table\b.*?</table>)", box, html, flags=re.S)


def _cell(
    cell: NotebookNode, figures: Iterator[int], record: dict[str, Any], narrow: Mapping[str, str]
) -> dict[str, Any]:
    if cell.cell_type == "markdown":
        return {"kind": "prose", "html": markdown_to_html(cell.source)}
    tags = cell.metadata.get("tags", [])
    labels = {"parameters": "Default parameters", "injected-parameters": "Parameters of this run"}
    return {
        "kind": "code",
        "label": next((labels[tag] for tag in tags if tag in labels), "Code"),
        "open": "injected-parameters" in tags,
        "folded": "folded" in tags and bool(cell.outputs),
        "code": _highlight(cell.source),
        "outputs": [_output(output, figures, record, narrow) for output in cell.outputs],
    }


def _output(
    output: NotebookNode, figures: Iterator[int], record: dict[str, Any], narrow: Mapping[str, str]
) -> dict[str, Any]:
    if output.output_type == "stream":
        return {"kind": f"stream {output.name}", "html": _text(output.text)}
    if output.output_type == "error":
        first = f"{output.ename}: {output.evalue}\n"  # what it says, then where it came from
        return {"kind": "error", "html": _text("\n".join([first, *output.traceback]))}
    form = next((form for form in _FORMS if form in output.data), None)
    content = "".join(output.data[form]) if form else ""
    note = output.metadata.get("rareearth") or {}
    number = next(figures) if {"image/png", "image/svg+xml"} & set(output.data) else 0
    if form is None:
        return {"kind": "empty", "html": ""}
    if form.startswith("image/"):
        said = output.metadata.get("image/png") or {}
        alt = said.get("alt") or f"Figure {number} of {record['title']}"
        picture = _picture(form, content, str(alt), said.get("width"))
        if drawn := narrow.get(str(said.get("narrow"))):
            source = f'<source media="{PHONE}" srcset="{_data("image/svg+xml", drawn)}">'
            picture = f"<picture>{source}{picture}</picture>"
        files = _files(record, "figures", f"figure-{number:02d}")
        if said.get("press") in record.get("press", ()):
            files.append((f"press/{said['press']}", "press kit"))
        return {"kind": "figure", "html": picture, "files": files}
    if form == "text/markdown":
        kind = next((k for k in ("result", "parameters", "study") if k in note), "prose")
        return {"kind": kind, "html": tied(markdown_to_html(content))}
    if form == "text/html":
        said = output.metadata.get("text/html") or {}
        files = _files(record, "tables", said.get("table"))
        return {"kind": "html", "html": tied(_boxed(clean_html(content))), "files": files}
    return {"kind": "text", "html": _text(content)}


def _files(record: dict[str, Any], folder: str, stem: object) -> list[tuple[str, str]]:
    """Return address and form of each file that the run saved of a table or picture."""
    names = [*record[folder], *(record.get("downloads", []) if folder == "tables" else [])]
    known = {f"{stem}.{suffix}": form for suffix, form in FORMS.items()}
    return [(f"{folder}/{name}", form) for name, form in known.items() if name in names]


def _picture(form: str, content: str, alt: str, width: object) -> str:
    size = f' width="{width}"' if isinstance(width, int) else ""
    return f'<img alt="{escape(alt)}"{size} src="{_data(form, content)}">'


def _data(form: str, content: str) -> str:
    if form == "image/svg+xml":
        content = base64.b64encode(content.encode()).decode()
    return f"data:{form};base64,{re.sub(r'[^A-Za-z0-9+/=]', '', content)}"


def _text(content: str) -> str:
    from nbconvert.filters.ansi import strip_ansi

    return f"<pre>{escape(strip_ansi(content).rstrip())}</pre>"


def _highlight(source: str) -> str:
    from pygments import highlight
    from pygments.formatters.html import HtmlFormatter
    from pygments.lexers.python import PythonLexer

    return highlight(source, PythonLexer(), HtmlFormatter())
