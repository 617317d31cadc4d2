"""How a card says itself: the mark, the clock, earlier events, and what stands against them."""

from __future__ import annotations

import shlex

import numpy as np
import pandas as pd

from rareearth_research.datasets import load_securities
from rareearth_research.errors import listed
from rareearth_research.eventstudy.results.sentences import over
from rareearth_research.numerals import counted, interval, numeral, per_cent
from rareearth_research.studies.cards.asked import Asked
from rareearth_research.studies.cards.marks import COVERAGE, LEVEL, MEMORY, REFRESH
from rareearth_research.studies.composition import ACTORS, NOUNS
from rareearth_research.timing import EXCHANGES, sessions_of

SAMPLE = "sample"  # the row of a table that is no security
STALE = 5  # sessions without a price before the announcement that are worth a word
NAMED = 6
SIDES = {1: "rose", -1: "fell", 0: "moved"}


def day(date: pd.Timestamp) -> str:
    """Return ``"9 October 2025"``."""
    return f"{date.day} {date:%B %Y}"


def at_local(instant: pd.Timestamp, mic: str) -> str:
    """Return ``"Thu 9 Oct 15:00 (07:00 UTC)"``, the UTC day only where it is another one."""
    local = instant.tz_convert(EXCHANGES[mic].timezone)
    other = "" if local.date() == instant.date() else f"{instant:%a} "
    return f"{local:%a} {local.day} {local:%b %H:%M} ({other}{instant:%H:%M} UTC)"


def lasting(span: pd.Timedelta) -> str:
    """Return ``"2 d 3 h"``, ``"4 h 30 min"`` or ``"12 min"``, rounded down."""
    minutes = int(abs(span).total_seconds() // 60)
    days, hours = divmod(minutes // 60, 24)
    if days:
        return f"{days} d {hours} h"
    return f"{hours} h {minutes % 60} min" if hours else f"{minutes} min"


def span(asked: Asked) -> str:
    """Return ``"in sessions 0 to +1"``."""
    return over(str(list(asked.window)))


def beyond(row: pd.Series | dict) -> str:
    """Return a row's marks: ``"−4.1 % or +4.3 %"``."""
    marks = [row[side] for side in ("fall", "rise") if np.isfinite(row[side])]
    return " or ".join(map(change, marks)) or "not known"


def change(move: float, *, sign: bool = True) -> str:
    """Return a log move as the change of a price: ``"+4.3 %"``; a dash if it is not known."""
    return per_cent(float(np.expm1(move)), sign=sign)


def card_finding(
    asked: Asked,
    who: str,
    marks: pd.DataFrame,
    sessions: pd.DataFrame,
    earlier: pd.DataFrame,
    now: pd.Timestamp,
) -> str:
    """Say the mark of the sample, when it can first be passed, and what earlier events did."""
    row = marks.iloc[0]
    often = f"1 session in {1 / LEVEL:.0f}"
    sizes = [abs(np.expm1(row[side])) for side in ("fall", "rise") if np.isfinite(row[side])]
    if sizes:
        size = per_cent(max(sizes), sign=False)
        if len(sizes) == 2:
            size = f"{per_cent(min(sizes), sign=False)} down or {size} up"
        found = (
            f"It would be unusual ({often}) if {who} {SIDES[asked.side]} on average more than "
            f"{size} against their stock markets {span(asked)}."
        )
    else:
        found = f"What would be unusual for {who} is not known: too few ordinary sessions."
    return " ".join(filter(None, [found, _first_close(sessions, now), _range(asked, earlier)]))


def _first_close(sessions: pd.DataFrame, now: pd.Timestamp) -> str:
    own = sessions[sessions["securities"] > 0]
    open_ = own[own["closes"] > now]
    if open_.empty:
        return "All first sessions have closed."
    row = open_.iloc[0]
    return (
        f"The {'first' if len(open_) == len(own) else 'next'} close of a first session is "
        f"{row['city']}'s: {at_local(row['closes'], row['exchange'])}, in "
        f"{lasting(row['closes'] - now)}."
    )


def _range(asked: Asked, earlier: pd.DataFrame) -> str:
    moves = earlier["move"].dropna()
    events = _alike(asked, len(moves))
    if moves.empty:
        return f"The list holds {events} with prices of these shares."
    if len(moves) == 1:
        return f"At {events} the same shares moved {change(moves.min())}."
    low, high = np.expm1([moves.min(), moves.max()])
    middle = change(float(moves.median()))
    return f"At {events} the same shares moved {interval(low, high)} (median {middle})."


def _alike(asked: Asked, count: int) -> str:
    """Return how many earlier events there are, and by what they were chosen."""
    who = ACTORS.get(asked.actor, "")
    noun = NOUNS.get(asked.direction, "event")
    by = [counted(count, f"earlier {who}{noun}")]
    by += [f"by {asked.actor}"] if asked.actor and not who else []
    by += [f"of direction {asked.direction}"] if asked.direction == "neutral" else []
    by += [f"of kind {asked.instrument.replace('_', ' ')}"] if asked.instrument else []
    by += [f"on {' or '.join(asked.materials)}"] if asked.materials else []
    return " ".join(by)


def card_limits(
    asked: Asked, marks: pd.DataFrame, sessions: pd.DataFrame, earlier: pd.DataFrame
) -> list[str]:
    """Say what a card leaves open."""
    before = (
        "Earlier events count with whatever else fell on their sessions, over the shares that had "
        "prices then."
    ) * bool(earlier["move"].notna().any())
    cut = f"Everything known after {day(asked.until)} is left out." * asked.cut
    of_prices = _hour(asked, sessions), _old_prices(asked, marks), _unmarked(asked, marks)
    of_moves = _side(asked), _why(len(marks) - 1), before, _blank(asked), cut
    return [*filter(None, (*of_prices, *of_moves))]


def _why(count: int) -> str:
    why = (
        "A move beyond a mark says that the days were unusual, not why: other news of the same "
        "days counts in full."
    )
    several = f" Beyond its own mark a single share is no surprise where {numeral(count)} are"
    return why + f"{several} looked at." * (count > 1)


def _hour(asked: Asked, sessions: pd.DataFrame) -> str:
    """Say what an announcement known only within bounds costs."""
    own = sessions[sessions["securities"] > 0]
    two = own[own["session"] != own["session_earliest"]]
    if two.empty and not asked.day_only:
        return ""
    span = lasting(asked.latest - asked.earliest + pd.Timedelta(minutes=1))
    known = "Only the day is known" if asked.day_only else "The hour is known within bounds"
    words = f"{known}: an interval of {span} ({asked.timezone})."
    if len(two):
        places = [
            f"{row['city']} ({day(row['session_earliest'])} or {day(row['session'])})"
            for row in two.to_dict("records")
        ]
        words += (
            f" The first session is open in {listed(places)}: the later one is counted, and a "
            "reaction before it is missed. Give the hour, with its zone."
        )
    return words


def _old_prices(asked: Asked, marks: pd.DataFrame) -> str:
    places = []
    for mic, end in marks.iloc[1:].groupby("exchange")["last"].max().items():
        dates = sessions_of(str(mic)).dates
        last, today = np.searchsorted(dates, np.array([end, asked.day], dtype="datetime64[ns]"))
        if today - last > STALE:
            places.append(f"{EXCHANGES[str(mic)].city} on {day(end)}")
    if not places:
        return ""
    return (
        f"Prices end in {listed(places)}: marks there rest on how volatile shares were then, "
        f"not on the day before. Bring them up to date before a card is made: {REFRESH}"
    )


def _unmarked(asked: Asked, marks: pd.DataFrame) -> str:
    left = [name for name in asked.securities if name not in marks.index]
    bare = marks.index[marks[["fall", "rise"]].isna().all(axis=1) & (marks.index != SAMPLE)]
    names = load_securities()["name"]
    words = []
    if left:
        many = listed(names[name] for name in left[:NAMED])
        words.append(f"Left out for want of returns in the estimation window: {many}.")
    if len(bare):
        many = listed(names[name] for name in bare[:NAMED])
        words.append(f"Without a mark of their own, for too short a history: {many}.")
    return " ".join(words)


def _side(asked: Asked) -> str:
    return (
        f"The direction is said to be {asked.direction}, so only one side counts as unusual; users "
        "of the material may move the other way. Direction unknown looks both ways."
    ) * bool(asked.side)


def _blank(asked: Asked) -> str:
    """Say how many related securities no material is recorded of."""
    if asked.group or not asked.materials:
        return ""
    table = load_securities()
    groups = table.loc[list(asked.securities), "groups"].str.split(";").explode()
    near = table["groups"].str.split(";").map(lambda own: not set(own).isdisjoint(groups))
    blank = int((near & (table["materials"] == "") & (table["kind"] == "equity")).sum())
    return (
        f"Of {blank} further securities of these groups the table records no material; choose by "
        "group to study them too."
    ) * bool(blank)


def how(asked: Asked) -> str:
    """Write down how marks are made, in one paragraph."""
    return (
        f"Mean over securities of the cumulative abnormal return {span(asked)} "
        "(session 0: the first whose close is after the latest instant of the announcement; market "
        "model on each exchange's own index, estimated on sessions −260 to −11). The same is "
        "measured on every other session up to the day before, each exchange at its own distance, "
        f"where {COVERAGE:.0%} of the securities have a value and no listed event falls into the "
        f"window. Each is divided by the root mean square of the {MEMORY} moves known before it; "
        f"the mark is what 1 session in {1 / LEVEL:.0f} exceeds, times the root mean square before "
        "the announcement."
    ).replace("80%", "80 %")


def command(asked: Asked) -> str:
    """Return the line of the shell that makes, and later completes, the card."""
    ends = [end.isoformat().replace("+00:00", "Z") for end in (asked.earliest, asked.latest)]
    at = str(asked.day.date()) if asked.day_only else "/".join(dict.fromkeys(ends))
    options = {
        "--at": at,
        "--materials": ",".join(asked.materials),
        "--direction": asked.direction if asked.direction != "unknown" else "",
        "--actor": asked.actor if asked.actor != "CN" else "",
        "--instrument": asked.instrument,
        "--group": asked.group,
        "--securities": ",".join(asked.named),
        "--window": asked.window if asked.window != (0, 1) else "",
        "--until": str(asked.until.date()) if asked.cut else "",
    }
    given = {k: v if isinstance(v, tuple) else (v,) for k, v in options.items() if v}
    words = [str(word) for name, values in given.items() for word in (name, *values)]
    return shlex.join(["rareearth", "today", asked.title, *words])
