"""`rareearth today`: what would be unusual after an announcement, and after the close what came."""

from __future__ import annotations

import re
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from rareearth_research.cli.events import Day, Names, split_values
from rareearth_research.cli.output import Format, asked_for, console, emit, print_json, show_error
from rareearth_research.cli.workspace import Out, reports_of
from rareearth_research.errors import RareEarthError, SpecificationError
from rareearth_research.reports.reading.texts import quoted

if TYPE_CHECKING:
    import pandas as pd

    from rareearth_research.studies import AnnouncementCard, AnnouncementOutcome
    from rareearth_research.studies.cards.asked import Asked

STEP = 30.0  # seconds between two looks at the clock


def today(
    title: Annotated[str, typer.Argument(help="What was announced, in words.")],
    at: Annotated[
        str, typer.Option(help="When, with its zone: 2026-11-26T09:00+08:00; FIRST/LAST; or a day.")
    ],
    materials: Annotated[
        Names, typer.Option("--material", "--materials", help="Symbol or name: Dy, terbium.")
    ] = None,
    direction: Annotated[
        str, typer.Option(help="tightening, easing, threat, neutral; unknown looks both ways.")
    ] = "unknown",
    actor: Annotated[str, typer.Option(help="Whose announcement: CN, US, …")] = "CN",
    instrument: Annotated[str, typer.Option(help="licence, ban, quota, …; any by default.")] = "",
    group: Annotated[str, typer.Option(help="Securities by group, not by material.")] = "",
    securities: Annotated[Names, typer.Option(help="Securities by ticker.")] = None,
    window: Annotated[tuple[int, int], typer.Option(help="First and last session.")] = (0, 1),
    until: Annotated[Day, typer.Option(help="Leave out all that became known later.")] = None,
    now: Annotated[Day, typer.Option(help="Take this for the time it is.")] = None,
    wait: Annotated[bool, typer.Option("--wait", help="Wait for the last close.")] = False,
    refresh: Annotated[
        bool, typer.Option("--refresh", help="Fetch newer prices first; else nothing is sent.")
    ] = False,
    out: Out = None,
    form: Annotated[Format, typer.Option("--format", help="How to print.")] = Format.table,
) -> None:
    """Say before the close which move would be unusual; run again after it, what came.

    The first run makes a card and saves it. The same line run again measures by that card, which no
    later run changes, and says which markets and prices are still to come.
    """
    if wait and now is not None:
        raise SpecificationError("--wait goes by the clock; leave out --now, or --wait")
    from rareearth_research.studies import announcement_card, open_card
    from rareearth_research.studies.cards.asked import ask

    given: dict[str, Any] = {
        "materials": split_values(materials) or (),
        "direction": direction,
        "actor": actor,
        "instrument": instrument,
        "group": group,
        "securities": split_values(securities) or (),
        "window": window,
        "until": until,
    }
    with asked_for():
        asked = ask(title, at, **given)
    folder = reports_of(out) / f"today-{asked.day.date()}-{_slug(asked.title)}"
    again = (folder / "card.json").is_file()
    if refresh:
        _refresh()
    if again:
        card = open_card(folder)
        _check_same(card.asked, asked, folder)
    else:
        with asked_for():
            card = announcement_card(title, at, now=now, **given)
        page = card.save(folder)
        _print(card, None, page, form if not wait else Format.table)
    if wait:
        _wait(card.sessions)
        if refresh:
            _refresh()
    if again or wait:
        outcome = card.after(now)
        _print(card, outcome, card.save(folder, outcome), form)


def _slug(title: str) -> str:
    return re.sub(r"\W+", "-", title.casefold())[:40].strip("-_") or "announcement"


def _check_same(saved: Asked, asked: Asked, folder: Path) -> None:
    """Refuse what was not asked for in the words of the card that is there."""
    was, now = saved.record(), asked.record()
    changed = [name for name in was if name != "securities" and was[name] != now[name]]
    if changed:
        raise SpecificationError(
            f"{quoted(folder)} holds a card with another {' and '.join(changed)}, which is kept; "
            "repeat its line (it stands at the end of its page), or choose another --out"
        )


def _wait(sessions: pd.DataFrame) -> None:
    """Sleep until the last session of the window has closed on every exchange of the sample."""
    import pandas as pd

    ends = sessions.loc[sessions["securities"] > 0, "ends"]
    if ends.isna().any():
        raise SpecificationError("--wait: an exchange has not published the sessions of the window")
    left = (ends.max() - pd.Timestamp.now("UTC")).total_seconds()
    if left > 0:
        console.print(
            f"Waiting for the last close, {ends.max():%a %d %b %H:%M} UTC (Ctrl-C ends it)."
        )
    while left > 0:
        time.sleep(min(left, STEP))
        left = (ends.max() - pd.Timestamp.now("UTC")).total_seconds()


def _refresh() -> None:
    """Fetch newer prices; where that fails, go on with those that are there."""
    from rareearth_research.datasets.refreshing.refresh import refresh

    try:
        console.print(str(refresh("yahoo")), markup=False, soft_wrap=True)
    except RareEarthError as error:
        show_error(error, "No newer prices; going on with those that are there")


def _print(
    card: AnnouncementCard, after: AnnouncementOutcome | None, page: Path, form: Format
) -> None:
    from rareearth_research.studies.cards.words import beyond, change

    if form is Format.json:
        print_json(card.record() | ({"after": after.record()} if after else {}))
        return
    found = after or card
    console.print(f"{card.asked.title}\n", style="bold", markup=False)
    console.print(f"{found.finding}\n", markup=False)
    rows = [
        {"": row["name"]}
        | ({"move": change(row["move"])} if after else {})
        | {"unusual beyond": beyond(row)}
        for row in found.table.to_dict("records")
    ]
    emit(rows, Format.table)
    console.print()
    for line in ([after.waiting] if after and after.waiting else []) + [*found.limits]:
        console.print(f"• {line}", markup=False)
    console.print(f"\n{page}", markup=False, soft_wrap=True)
