"""Write docs/events.md, or with --check say whether it is current: events that pages link to.

Each has the day, what it is and the pages it rests on, so that no sentence about policy stands
without its sources.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

import pandas as pd

import rareearth_research as rer

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "events.md"
HEAD = """\
# Events that these pages speak of

*Written by `scripts/events_page.py` from the tables `policy_events` and \
`policy_event_sources`; study [`01_policy_timeline`](../notebooks/01_policy_timeline.ipynb) lists \
every event, and `rer.load_event_sources("cn-2025-10-no61-no62")` gives the sources of one. Behind \
each source stands how far it was read.*
"""


def told() -> dict[str, str]:
    """Return the text of the README, of each page and of each notebook's cells of words."""
    pages = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
    texts = {page.name: page.read_text(encoding="utf-8") for page in pages if page != PAGE}
    for file in sorted((ROOT / "notebooks").glob("[0-9]*.ipynb")):
        cells = json.loads(file.read_text(encoding="utf-8"))["cells"]
        words = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown"]
        texts[file.name] = "\n\n".join(words)
    return texts


def named() -> set[str]:
    """Return the events that pages link to, or that notebooks name."""
    links = {e for text in told().values() for e in re.findall(r"events\.md#([\w-]+)", text)}
    books = " ".join(text for name, text in told().items() if name.endswith(".ipynb"))
    return links | ({*re.findall(r"[\w-]+", books)} & {*rer.load_events()["event_id"]})


def page(ids: set[str]) -> str:
    """Return the page for these events, in the order of their dates."""
    events = rer.load_events(event_ids=sorted(ids)).sort_values(["date", "event_id"])
    parts = [HEAD]
    for event in events.itertuples():
        sources = rer.load_event_sources(event.event_id)
        lines = [f"- {_source(row)}" for row in sources.itertuples()]
        number = f" {event.instrument_no}." if re.search(r"\d", event.instrument_no) else ""
        about = f"{_day(event)}. {event.name}.{number}"
        parts.append("\n".join([f"## {event.event_id}\n", f"{about}\n", *lines, ""]))
    return "\n".join(parts)


def _day(event: Any) -> str:
    day = f"{event.date.day} {event.date:%B %Y}"
    start = event.effective_date
    if pd.isna(start) or start == event.date:
        return day
    return f"{day}, in effect from {start.day} {start:%B %Y}"


def _source(row: Any) -> str:
    title = row.title or "Page"
    return f"{f'[{title}]({row.url})' if row.url else title} ({row.status})"


def main() -> None:
    found = page(named())
    if sys.argv[1:] != ["--check"]:
        PAGE.write_text(found, encoding="utf-8")
    elif found != PAGE.read_text(encoding="utf-8"):
        raise SystemExit("docs/events.md is not current: run `python scripts/events_page.py`.")


if __name__ == "__main__":
    main()
