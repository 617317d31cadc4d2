"""An executed notebook as one readable page: prose, findings, figures, tables; code on request.

The page needs nothing but itself: no script, font or style from elsewhere, and its figures inside.
It can be mailed, archived and printed.
"""

from __future__ import annotations

import functools
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import jinja2
    from nbformat import NotebookNode

__all__ = ["templates", "to_html"]

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
    figures = _Counter()
    cells = [
        _markdown_cell(cell) if cell.cell_type == "markdown" else _code_cell(cell, figures, record)
        for cell in notebook.cells
        if cell.cell_type in ("markdown", "code") and cell.source.strip()
    ]
    page = templates().get_template("report.html.j2")
    return page.render(cells=cells, run=record, highlight_css=_highlight_css())


@functools.cache
def templates() -> jinja2.Environment:
    """Return the environment of the page templates; everything not marked safe is escaped."""
    import jinja2

    loader = jinja2.FileSystemLoader(Path(__file__).parent / "templates")
    return jinja2.Environment(loader=loader, autoescape=True, trim_blocks=True, lstrip_blocks=True)  # nosec


class _Counter:
    count = 0

    def next(self) -> int:
        self.count += 1
        return self.count


def _markdown_cell(cell: NotebookNode) -> dict[str, Any]:
    return {"kind": "prose", "html": _markdown(cell.source)}


def _code_cell(cell: NotebookNode, figures: _Counter, record: dict[str, Any]) -> dict[str, Any]:
    tags = cell.metadata.get("tags", [])
    labels = {"parameters": "Default parameters", "injected-parameters": "Parameters of this run"}
    return {
        "kind": "code",
        "label": next((labels[tag] for tag in tags if tag in labels), "Code"),
        "open": "injected-parameters" in tags,
        "code": _highlight(cell.source),
        "outputs": [_output(output, figures, record) for output in cell.outputs],
    }


def _output(output: NotebookNode, figures: _Counter, record: dict[str, Any]) -> dict[str, Any]:
    if output.output_type == "stream":
        return {"kind": f"stream {output.name}", "html": _text(output.text)}
    if output.output_type == "error":
        return {"kind": "error", "html": _text("\n".join(output.traceback))}
    form = next((form for form in _FORMS if form in output.data), None)
    content = "".join(output.data[form]) if form else ""
    note = output.metadata.get("rareearth", {})
    if form is None:
        return {"kind": "empty", "html": ""}
    if form in ("image/png", "image/jpeg"):
        alt = f"Figure {figures.next()} of {record['title']}"
        content = re.sub(r"\s", "", content)
        return {
            "kind": "figure",
            "html": f'<img alt="{_escape(alt)}" src="data:{form};base64,{content}">',
        }
    if form == "image/svg+xml":
        figures.next()
        return {"kind": "figure", "html": content[content.find("<svg") :]}
    if form == "text/markdown":
        kind = next((k for k in ("result", "parameters", "study") if k in note), "prose")
        return {"kind": kind, "html": _markdown(content)}
    if form == "text/html":
        return {"kind": "html", "html": content}
    return {"kind": "text", "html": _text(content)}


def _markdown(source: str) -> str:
    from nbconvert.filters.markdown_mistune import markdown2html_mistune

    html = markdown2html_mistune(source)
    return html.replace("<table>", '<div class="wide"><table>').replace(
        "</table>", "</table></div>"
    )


def _text(content: str) -> str:
    from nbconvert.filters.ansi import strip_ansi

    return f"<pre>{_escape(strip_ansi(content).rstrip())}</pre>"


def _escape(text: str) -> str:
    import html

    return html.escape(text)


def _highlight(source: str) -> str:
    from pygments import highlight
    from pygments.formatters.html import HtmlFormatter
    from pygments.lexers.python import PythonLexer

    return highlight(source, PythonLexer(), HtmlFormatter(style="friendly"))


def _highlight_css() -> str:
    from pygments.formatters.html import HtmlFormatter

    return HtmlFormatter(style="friendly").get_style_defs(".highlight")
