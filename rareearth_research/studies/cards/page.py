"""A saved card as one page: readable on a telephone, whole without any network.

It is made from the saved values alone, so the same card gives the same page.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

from rareearth_research.numerals import tied
from rareearth_research.pages import SHARED, policy
from rareearth_research.studies.cards import words
from rareearth_research.studies.cards.around import PHASES, STANDING
from rareearth_research.studies.cards.asked import Asked
from rareearth_research.studies.cards.files import TABLES, frame_of

TIMES = ("as_of", "saved", "now")
SHOWN = 8  # earlier events on the page; all of them are in the file
FILTERS = {
    "at_local": words.at_local,
    "beyond": words.beyond,
    "change": words.change,
    "day": words.day,
    "lasting": words.lasting,
    "short": lambda date: f"{date:%a} {date.day} {date:%b}",
    "stamp": lambda instant: f"{words.day(instant)}, {instant:%H:%M} UTC",
    "tied": tied,
}


def page_of(card: dict[str, Any], after: dict[str, Any] | None = None) -> str:
    """Return the page of a card, and of what came after it.

    Parameters
    ----------
    card : dict
        As `AnnouncementCard.record` gives it.
    after : dict, optional
        As `AnnouncementOutcome.record` gives it.
    """
    import jinja2

    own = Path(__file__).parent / "templates"
    style = "\n".join(path.read_text("utf-8") for path in (SHARED / "style.css", own / "card.css"))
    script = (SHARED / "theme.js").read_text("utf-8")
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(own),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    environment.filters |= FILTERS
    asked = Asked.of_record(card["specification"])
    return environment.get_template("card.html.j2").render(
        asked=asked,
        card=_read(card),
        after=after and _read(after),
        place=asked.timezone.rpartition("/")[2].replace("_", " "),
        clock=lambda zone: " to ".join(
            dict.fromkeys(f"{x.tz_convert(zone):%H:%M}" for x in (asked.earliest, asked.latest))
        ),
        command=words.command(asked),
        most=SHOWN,
        policy=policy(style, script),
        style=style,
        script=script,
        phases=PHASES,
        span=words.span(asked),
        standing=STANDING,
    )


def _read(record: dict[str, Any]) -> dict[str, Any]:
    """Return a record with the days, instants and numbers of its tables read."""
    read = {name: frame_of(name, record[name]) for name in TABLES if name in record}
    rows = {name: frame.reset_index().to_dict("records") for name, frame in read.items()}
    instants = {name: pd.Timestamp(record[name]) for name in TIMES if name in record}
    return record | rows | instants
