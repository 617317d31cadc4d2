"""How does an answer look beside its choices? As HTML, one function for each part."""

from __future__ import annotations

import html
from base64 import b64encode
from collections.abc import Callable
from io import BytesIO
from typing import TYPE_CHECKING

from rareearth_research.eventstudy.results.sentences import SHOWN
from rareearth_research.studies.events import EventsStudy
from rareearth_research.summary import table_html

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

VERDICT = ["window", "verdict", "caar", "lower", "upper", "detectable", "test", "p_value"]
STYLE = """<style>
.rer-answer .widget-html-content { line-height: 1.4; min-width: 0; overflow-x: auto; }
.rer-answer th, .rer-answer td { padding: 2px 8px; text-align: left; vertical-align: top; }
.rer-answer th, .rer-answer td:not(:last-child) { white-space: nowrap; }
.rer-answer img { max-width: 100%; }
.rer-answer .pairs { max-height: 400px; overflow: auto; }
</style>"""


def finding(answer: EventsStudy) -> str:
    """Return the finding and the verdict on each window."""
    verdict = answer.verdict.assign(verdict=answer.verdict["verdict"].map(SHOWN))
    return f"<p><b>{html.escape(answer.finding)}</b></p>{_table(verdict[VERDICT])}"


def path(answer: EventsStudy) -> str:
    """Return the picture of the average path."""
    title = answer.news.title if answer.news.dropped else answer.verdict["title"].iloc[0]
    return _picture(answer.plot(title=title), answer.finding)


def message(words: str) -> str:
    """Return what stands in the place of an answer that there is none of."""
    return f"<p role='alert'>No answer: {html.escape(words)}</p>"


def lines(words: str) -> str:
    """Return lines for a shell."""
    return f"<pre style='white-space:pre-wrap'>{html.escape(words)}</pre>"


def status(answer: EventsStudy) -> str:
    """Return how much of what was asked for could be studied."""
    counts = answer.result.attrition["status"].value_counts()
    return f"{counts.get('kept', 0)} of {counts.sum()} event–security pairs kept"


def _tests(answer: EventsStudy) -> str:
    return _table(answer.table.assign(valid=answer.table["valid"].map({True: "yes", False: "no"})))


def _attrition(answer: EventsStudy) -> str:
    pairs = _table(answer.result.attrition)
    every = f"<details><summary>every pair</summary><div class='pairs'>{pairs}</div></details>"
    return _table(answer.ledger) + every


def _placebo(answer: EventsStudy) -> str:
    figure = answer.plot_placebo()
    summary = answer.placebo.summary()
    picture = _picture(figure, summary.headline) if figure is not None else ""
    return picture + _table(summary.table)


def _samples(answer: EventsStudy) -> str:
    parts = answer.samples.summary()
    return f"<p>{html.escape(parts.headline)}</p>{_table(parts.table)}{_table(answer.extremes())}"


def _limits(answer: EventsStudy) -> str:
    return f"<ul>{''.join(f'<li>{html.escape(sentence)}</li>' for sentence in answer.limits)}</ul>"


# drawn only when looked at; the last two need the study with its checks
PARTS: dict[str, Callable[[EventsStudy], str]] = {
    "Tests": _tests,
    "Attrition": _attrition,
    "Placebo": _placebo,
    "Samples": _samples,
    "Limits": _limits,
}
CHECKED = ("Samples", "Limits")


def _table(frame: pd.DataFrame) -> str:
    return table_html(frame, index=False, float_format="{:.4g}".format)


def _picture(figure: Figure, words: str) -> str:
    import matplotlib.pyplot as plt

    content = BytesIO()
    figure.savefig(content, format="png", dpi=110)
    plt.close(figure)
    source = b64encode(content.getvalue()).decode()
    words = html.escape(words, quote=True)
    return f'<img alt="{words}" src="data:image/png;base64,{source}">'
