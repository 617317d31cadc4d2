"""A sweep as one page: what it says, its curve, and every cell with the line that opens it."""

from __future__ import annotations

import base64
import io

from rareearth_research import __version__
from rareearth_research.datasets.disk import said, write_file
from rareearth_research.errors import RareEarthError
from rareearth_research.pages import policy
from rareearth_research.reports.page.downloads import csv_of
from rareearth_research.reports.page.html import asset, templates
from rareearth_research.reports.page.sanitize import clean_html
from rareearth_research.reports.page.tables import interactive_table
from rareearth_research.reports.studies import find_study
from rareearth_research.reports.sweeps.results import Sweep

HIDDEN = ["seconds", "key"]


def write_page(sweep: Sweep) -> None:
    """Write ``index.html``, ``sweep.csv`` and, where there is a curve, ``curve.svg``.

    Raises
    ------
    RareEarthError
        If they cannot be written.
    """
    picture = _picture(sweep)
    studies = dict.fromkeys(cell.study for cell in sweep.cells)
    table = interactive_table(sweep.table.drop(columns=HIDDEN).round(4)).data
    summary = sweep.summary()
    style, theme = asset("style.css", "table.css", "report.css"), asset("theme.js")
    script = f"{asset('table.js')}(document.querySelector('.rer-table'))"
    page = (
        templates()
        .get_template("sweep.html.j2")
        .render(
            title=" · ".join(find_study(name).title for name in studies),
            count=len(sweep.cells),
            headline=summary.headline,
            notes=summary.notes,
            picture=base64.b64encode(picture).decode(),
            table=clean_html(table),
            style=style,
            theme=theme,
            script=script,
            made_with=sweep.cells[0].made_with,
            version=__version__,
            policy=policy(style, theme, script),
        )
    )
    with said("the page of a sweep cannot be written", RareEarthError):
        write_file(sweep.folder / "sweep.csv", csv_of(sweep.table).encode())
        if picture:
            write_file(sweep.folder / "curve.svg", picture)
        write_file(sweep.folder / "index.html", page.encode())


def _picture(sweep: Sweep) -> bytes:
    if sweep.curve is None:
        return b""
    import matplotlib as mpl
    import matplotlib.pyplot as plt

    content = io.BytesIO()
    with mpl.rc_context({"svg.hashsalt": "sweep"}):
        figure = sweep.curve.plot()
        figure.savefig(content, format="svg", metadata={"Date": None})
    plt.close(figure)
    return content.getvalue()
