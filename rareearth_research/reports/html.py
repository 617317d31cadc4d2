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
from collections.abc import Iterator
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rareearth_research.numerals import tied
from rareearth_research.reports.sanitize import clean_html, policy

if TYPE_CHECKING:
    import jinja2
    from nbformat import NotebookNode

__all__ = ["markdown_to_html", "templates", "to_html"]

TEMPLATES = Path(__file__).parent / "templates"

# What a browser can show, best first; the rest of an output's forms are left out.
_FORMS = ("text/html", "image/svg+xml", "image/png", "image/jpeg", "text/markdown", "text/plain")


def to_html(notebook: NotebookNode, record: dict[str, Any]) -> str:
    """Return the page of an executed notebook.

    Parameters
    ----------
    notebook : NotebookNode
        With outputs.
    record : dict
        The run as in `run.json`: title, parameters, versions, times.
    """
    figures = itertools.count(1)
    cells = [
        _cell(cell, figures, record)
        for cell in notebook.cells
        if cell.cell_type in ("markdown", "code") and cell.source.strip()
    ]
    page, script = templates().get_template("report.html.j2"), _script()
    return page.render(
        cells=cells,
        run=record,
        highlight_css=_highlight_css(),
        script=script,
        policy=policy(script),
    )


def markdown_to_html(source: str) -> str:
    """Return Markdown as clean HTML, tables in a box of their own that can scroll."""
    from nbconvert.filters.markdown_mistune import markdown2html_mistune

    html = clean_html(markdown2html_mistune(source))
    return html.replace("<table>", '<div class="wide"><table>').replace(
        "</table>", "</table></div>"
    )


@functools.cache
def templates() -> jinja2.Environment:
    """Return the environment of the page templates; everything not marked safe is escaped."""
    import jinja2

    loader = jinja2.FileSystemLoader(TEMPLATES)
    environment = jinja2.Environment(
        loader=loader, autoescape=True, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters["as_json"] = functools.partial(json.dumps, ensure_ascii=False)
    environment.filters["tied"] = tied
    return environment


@functools.cache
def _script() -> str:
    """Return the one script of a page: folding of code, columns of words, tables to search."""
    table = (TEMPLATES / "table.js").read_text(encoding="utf-8").strip()
    report = (TEMPLATES / "report.js").read_text(encoding="utf-8")
    return report.replace("/* table.js */", table)


def _cell(cell: NotebookNode, figures: Iterator[int], record: dict[str, Any]) -> dict[str, Any]:
    if cell.cell_type == "markdown":
        return {"kind": "prose", "html": markdown_to_html(cell.source)}
    tags = cell.metadata.get("tags", [])
    labels = {"parameters": "Default parameters", "injected-parameters": "Parameters of this run"}
    return {
        "kind": "code",
        "label": next((labels[tag] for tag in tags if tag in labels), "Code"),
        "open": "injected-parameters" in tags,
        "code": _highlight(cell.source),
        "outputs": [_output(output, figures, record) for output in cell.outputs],
    }


def _output(output: NotebookNode, figures: Iterator[int], record: dict[str, Any]) -> dict[str, Any]:
    if output.output_type == "stream":
        return {"kind": f"stream {output.name}", "html": _text(output.text)}
    if output.output_type == "error":
        return {"kind": "error", "html": _text("\n".join(output.traceback))}
    form = next((form for form in _FORMS if form in output.data), None)
    content = "".join(output.data[form]) if form else ""
    note = output.metadata.get("rareearth") or {}
    if form is None:
        return {"kind": "empty", "html": ""}
    if form.startswith("image/"):
        alt = f"Figure {next(figures)} of {record['title']}"
        return {"kind": "figure", "html": _picture(form, content, alt)}
    if form == "text/markdown":
        kind = next((k for k in ("result", "parameters", "study") if k in note), "prose")
        return {"kind": kind, "html": tied(markdown_to_html(content))}
    if form == "text/html":
        return {"kind": "html", "html": tied(clean_html(content))}
    return {"kind": "text", "html": _text(content)}


def _picture(form: str, content: str, alt: str) -> str:
    if form == "image/svg+xml":
        content = base64.b64encode(content.encode()).decode()
    content = re.sub(r"[^A-Za-z0-9+/=]", "", content)
    return f'<img alt="{escape(alt)}" src="data:{form};base64,{content}">'


def _text(content: str) -> str:
    from nbconvert.filters.ansi import strip_ansi

    return f"<pre>{escape(strip_ansi(content).rstrip())}</pre>"


def _highlight(source: str) -> str:
    from pygments import highlight
    from pygments.formatters.html import HtmlFormatter
    from pygments.lexers.python import PythonLexer

    return highlight(source, PythonLexer(), HtmlFormatter(style="friendly"))


def _highlight_css() -> str:
    from pygments.formatters.html import HtmlFormatter

    return HtmlFormatter(style="friendly").get_style_defs(".highlight")
