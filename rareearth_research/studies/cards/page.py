"""A saved card as one page: readable on a telephone, whole without any network.

It is made from the saved values alone, so the same card gives the same page.
"""

from __future__ import annotations

from html import escape
from typing import Any

import numpy as np
import pandas as pd

from rareearth_research.studies.cards.around import PHASES, STANDING
from rareearth_research.studies.cards.asked import Asked
from rareearth_research.studies.cards.files import frame_of
from rareearth_research.studies.cards.words import (
    SAMPLE,
    at_local,
    beyond,
    change,
    command,
    day,
    lasting,
    window_words,
)

__all__ = ["page_of"]

NOT_SHOWN = (
    "Not shown: that the announcement caused a move, that every company moved, or that nothing "
    "happened."
)
SHOWN = 8  # earlier events on the page; all of them are in the file
POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
STYLE = """
:root { --ink: #1d2428; --soft: #5b6770; --line: #dfe3e6; --finding: #f0f6f4; --edge: #2f7d6b; }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 52rem; padding: 1rem 1.1rem 3rem; color: var(--ink);
  font: 16.5px/1.55 system-ui, "Segoe UI", Roboto, "Noto Sans", "DejaVu Sans", sans-serif; }
h1 { font-size: 1.65rem; line-height: 1.2; margin: 0.4em 0 0.3em; text-wrap: balance; }
h2 { font-size: 1.15rem; margin: 1.9em 0 0.5em; }
p { margin: 0.6em 0; }
.soft, .soft td { color: var(--soft); }
.small { font-size: 0.85rem; color: var(--soft); }
.finding { background: var(--finding); border-left: 4px solid var(--edge); padding: 0.6rem 0.9rem; }
.waiting { border-left: 4px solid #d8a200; background: #fdf8e8; padding: 0.6rem 0.9rem; }
table { border-collapse: collapse; width: 100%; font-size: 0.88rem; line-height: 1.35;
  font-variant-numeric: tabular-nums; }
th, td { text-align: left; padding: 0.35em 0.7em 0.35em 0; border-bottom: 1px solid var(--line);
  vertical-align: top; }
th { font-weight: 600; border-bottom-color: #9aa5ab; vertical-align: bottom; }
.n { text-align: right; }
td.n, td.w { white-space: nowrap; }
@media (max-width: 34rem) { body { padding: 0.6rem 0.8rem 2rem; font-size: 15.5px; }
  table { font-size: 0.8rem; } td, th { padding-right: 0.45em; } td.w { white-space: normal; } }
td:last-child, th:last-child { padding-right: 0; }
tr.first td { font-weight: 600; }
small { color: var(--soft); font-size: 0.92em; }
code { font-size: 0.82em; overflow-wrap: anywhere; }
li { margin: 0.35em 0; }
"""


def page_of(card: dict[str, Any], after: dict[str, Any] | None = None) -> str:
    """Return the page of a card, and of what came after it.

    Parameters
    ----------
    card : dict
        As `AnnouncementCard.record` gives it.
    after : dict, optional
        As `AnnouncementOutcome.record` gives it.
    """
    asked = Asked.of_record(card["specification"])
    frames = {name: frame_of(name, card[name]) for name in ("table", "sessions", "earlier")}
    made = pd.Timestamp(card["made"])
    parts = [f"<h1>{escape(asked.title)}</h1>", f'<p class="soft">{escape(_when(asked))}</p>']
    if after is not None:
        parts += _after(after)
        parts.append("<h2>What the card said before</h2>")
    parts.append(f'<p class="finding">{_text(card["finding"])}</p>')
    if after is None:
        parts += ["<h2>What would be unusual</h2>", _marks(frames["table"], asked)]
    parts += [
        "<h2>First sessions</h2>",
        _sessions(frames["sessions"], made if after is None else None),
        "<h2>Measures on these materials</h2>",
        _measures(card["measures"], asked),
        "<h2>Earlier events like this</h2>",
        _earlier(frames["earlier"]),
        "<h2>Other news of the days</h2>",
        _news(card["news"], asked),
        "<h2>What this leaves open</h2>",
        _list(card["limits"]),
        f"<p>{NOT_SHOWN}</p>",
        "<h2>How it is done</h2>",
        f"<p>{escape(card['how'])}</p>",
        "<p>Run again after the close, the same line completes this page:</p>",
        f"<p><code>{escape(command(asked))}</code></p>",
        f'<p class="small">Card of {escape(_utc(made))}. {escape(_data(asked, card["hash"]))}</p>',
    ]
    return (
        '<!doctype html>\n<html lang="en">\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(asked.title)}</title>\n<style>{STYLE}</style>\n"
        + "\n".join(parts)
        + "\n</html>\n"
    )


def _when(asked: Asked) -> str:
    zone = asked.timezone.rpartition("/")[2].replace("_", " ")
    if asked.day_only:
        return f"Announced on {day(asked.day)} ({zone}), hour unknown"
    local = [end.tz_convert(asked.timezone) for end in (asked.earliest, asked.latest)]
    hours = " to ".join(dict.fromkeys(f"{end:%H:%M}" for end in local))
    utc = " to ".join(dict.fromkeys(f"{end:%H:%M}" for end in (asked.earliest, asked.latest)))
    return f"Announced on {day(asked.day)}, {hours} in {zone} ({utc} UTC)"


def _data(asked: Asked, digest: str) -> str:
    return f"Prices and events of the marks up to {day(asked.until)}, hash {digest}."


def _utc(instant: pd.Timestamp) -> str:
    return f"{day(instant)}, {instant:%H:%M} UTC"


def _after(after: dict[str, Any]) -> list[str]:
    sessions, table = frame_of("sessions", after["sessions"]), frame_of("table", after["table"])
    rows = [[row["city"], row["state"]] for row in sessions.to_dict("records")]
    waiting = [f'<p class="waiting">{_text(after["waiting"])}</p>'] if after["waiting"] else []
    return [
        f"<h2>What came, as of {escape(_utc(pd.Timestamp(after['now'])))}</h2>",
        f'<p class="finding">{_text(after["finding"])}</p>',
        *waiting,
        _table(["Market", "State"], rows),
        "<h2>Each security beside its mark</h2>",
        _moves(table),
        _list(after["limits"]),
    ]


def _moves(table: pd.DataFrame) -> str:
    rows = []
    for ticker, row in table.iterrows():
        moves = [change(row[name]) for name in ("move", "raw", "market")]
        told = "unusual" if row["unusual"] else "" if np.isfinite(row["move"]) else "not in yet"
        cells = [_who(ticker, row["name"]), (moves[0], told), beyond(row), *moves[1:]]
        rows.append(cells)
    heads = ["", "Against its market", "Unusual beyond", "Own", "Market"]
    return _table(heads, rows, numbers=(1, 2, 3, 4), first=True)


def _marks(table: pd.DataFrame, asked: Asked) -> str:
    rows = [
        [
            _who(ticker, row["name"]),
            beyond(row),
            change(row["detectable"], sign=False),
            f"{row['sessions']:,}",
        ]
        for ticker, row in table.iterrows()
    ]
    heads = ["", f"Unusual on {window_words(asked.window)}, beyond", "Seen 4 in 5", "Sessions"]
    note = (
        "<p class='small'>Moves against the own market, compounded. Seen 4 in 5: a shift of this "
        "size would pass the mark on four of five ordinary sessions. Sessions: those that the mark "
        "rests on.</p>"
    )
    return _table(heads, rows, numbers=(1, 2, 3), first=True) + note


def _sessions(table: pd.DataFrame, now: pd.Timestamp | None) -> str:
    rows = []
    for row in table.to_dict("records"):
        own, mic = int(row["securities"]), row["exchange"]
        first = _day_of(row["session_earliest"])
        two = "" if row["session"] == row["session_earliest"] else f"{first} or "
        away = ""
        if now is not None:
            away = "closed" if row["closes"] <= now else f"in {lasting(row['closes'] - now)}"
        place = (row["city"], f"{own} of the sample" if own else "")
        cells = [place, (f"{two}{_day_of(row['session'])}", PHASES[row["phase"]])]
        close = tuple(at_local(row["closes"], mic).rstrip(")").split(" ("))
        rows.append([*cells, close, *([away] if now is not None else [])])
    heads = ["", "First session; news came", "Its close there"]
    return _table(heads if now is None else [*heads, f"From {now:%H:%M} UTC"], rows)


def _measures(rows: list[dict[str, Any]], asked: Asked) -> str:
    if not rows:
        return "<p>None on record.</p>"
    cells = [
        [
            row["measure"],
            f"{row['actor']} → {row['target']}",
            STANDING[row["status"]],
            day(pd.Timestamp(row["since"])) if row["since"] else "start unknown",
        ]
        for row in rows
    ]
    on = f"<p class='small'>On {day(asked.until if asked.cut else asked.day)}.</p>"
    return _table(["", "By → against", "", "Since"], cells, words=(1, 2, 3)) + on


def _earlier(table: pd.DataFrame) -> str:
    if table.empty:
        return "<p>None in the list.</p>"
    last = table.sort_values("date", ascending=False, kind="stable")
    rows = [
        [day(row["date"]), row["name"], change(row["move"])]
        for row in last[:SHOWN].to_dict("records")
    ]
    more = len(table) - SHOWN
    note = f"<p class='small'>The last {SHOWN} of {len(table)}.</p>" if more > 0 else ""
    return _table(["", "", "Same shares"], rows, numbers=(2,), words=(0,)) + note


def _news(rows: list[dict[str, Any]], asked: Asked) -> str:
    if not rows:
        cut = f" up to {day(asked.until)}" if asked.cut else ""
        return f"<p>None on record{cut} for the days of the window.</p>"
    cells = [[day(pd.Timestamp(row["date"])), row["what"], row["words"]] for row in rows]
    return _table(["", "", ""], cells, words=(0,))


def _who(ticker: object, name: str) -> tuple[str, str]:
    return name, "" if ticker == SAMPLE else str(ticker)


def _day_of(date: pd.Timestamp) -> str:
    return f"{date:%a} {date.day} {date:%b}"


def _list(sentences: list[str]) -> str:
    return f"<ul>{''.join(f'<li>{_text(sentence)}</li>' for sentence in sentences)}</ul>"


def _table(
    heads: list[str],
    rows: list[list[Any]],
    *,
    numbers: tuple[int, ...] = (),
    words: tuple[int, ...] = (),
    first: bool = False,
) -> str:
    """Return a table; a cell of two texts has the second below the first, small.

    `numbers` are columns set to the right, `words` others that are not broken, and `first` sets the
    first row apart.
    """
    named = dict.fromkeys(numbers, ' class="n"') | dict.fromkeys(words, ' class="w"')
    kinds = [named.get(i, "") for i in range(len(heads))]
    top = "".join(f"<th{kind}>{escape(head)}</th>" for kind, head in zip(kinds, heads, strict=True))
    body = []
    for i, row in enumerate(rows):
        cells = "".join(f"<td{k}>{_cell(c)}</td>" for k, c in zip(kinds, row, strict=True))
        body.append(f"<tr{' class=first' if first and i == 0 else ''}>{cells}</tr>")
    head = f"<thead><tr>{top}</tr></thead>" if any(heads) else ""
    return f"<table>{head}<tbody>{''.join(body)}</tbody></table>"


def _cell(value: Any) -> str:
    if isinstance(value, tuple):
        return "<br>".join(
            [_text(value[0]), *(f"<small>{_text(part)}</small>" for part in value[1:] if part)]
        )
    return _text(str(value))


def _text(words: str) -> str:
    """Return words as markup, a number never apart from its per cent."""
    return escape(words).replace(" %", "\u00a0%")
