"""What stands around an announcement: sessions, measures in force, earlier events, other news."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from rareearth_research.datasets import (
    load_events,
    load_firm_news,
    load_measures,
    load_securities,
    measures,
)
from rareearth_research.studies.cards.asked import Asked
from rareearth_research.timing import EXCHANGES, LISTED, map_sessions, sessions_of

STANDING = {"in_force": "in force", "suspended": "suspended", "announced_not_in_force": "announced"}
PHASES = {
    "before_open": "before the open",
    "in_session": "during trading",
    "lunch_break": "during the lunch break",
    "after_close": "after the close of the session before",
    "holiday": "on a closed day",
    "before_open_or_in_session": "before or during trading",
    "ambiguous_session": "before or after a close",
}


def sessions(asked: Asked, measured: Sequence[str]) -> pd.DataFrame:
    """Return the first session of every listed exchange, and of each that the sample trades on.

    Parameters
    ----------
    asked : Asked
    measured : sequence of str
        The securities that have marks.

    Returns
    -------
    DataFrame
        One row per exchange, in order of the close: ``exchange, city, securities`` (that
        have marks) ``, session, session_earliest`` (another one where the hour leaves two)
        ``, phase, opens, closes, last, ends`` (the last session of the window and its close; NaT
        where the exchange has not published it). Instants are UTC.
    """
    own = load_securities(list(measured))["exchange"].value_counts()
    found = map_sessions(asked.event, list(dict.fromkeys([*LISTED, *own.index])))
    rows = []
    for row in found.to_dict("records"):
        mic = row["exchange"]
        known = sessions_of(mic)
        at = int(known.dates.searchsorted(row["session"].to_datetime64()))
        last = at + asked.window[1]
        published = last < len(known.dates)
        rows.append(
            {
                "exchange": mic,
                "city": EXCHANGES[mic].city,
                "securities": int(own.get(mic, 0)),
                **{name: row[name] for name in ("session", "session_earliest", "phase")},
                "opens": pd.Timestamp(int(known.opens[at]), tz="UTC"),
                "closes": pd.Timestamp(int(known.closes[at]), tz="UTC"),
                "last": pd.Timestamp(known.dates[last]) if published else pd.NaT,
                "ends": pd.Timestamp(int(known.closes[last]), tz="UTC") if published else pd.NaT,
            }
        )
    return pd.DataFrame(rows).sort_values(["closes", "exchange"], ignore_index=True)


def in_force(asked: Asked) -> pd.DataFrame:
    """Return the measures on any of the materials that stand on the day (on `until`, if given).

    A later end of a period is not shown: it may have been decided later.
    """
    on = asked.until if asked.cut else asked.day
    found = measures(on)
    known = load_measures()
    if asked.cut:
        decided = known.loc[known["announced"] <= on, ["event_id", "measure", "status", "since"]]
        found = found.merge(decided.drop_duplicates())
    wanted = {*asked.materials}
    held = found["materials"].str.split(";").map(lambda own: not wanted.isdisjoint(own))
    held = held.astype(bool) & found["status"].isin(STANDING)
    columns = ["measure", "actor", "target", "status", "since", "event_id"]
    return found.loc[held, columns].reset_index(drop=True)


def earlier_events(asked: Asked) -> pd.DataFrame:
    """Return the events before `until` that agree with what is known of the announcement."""
    events = load_events(until=asked.until)
    kept = (events["event_status"] == "occurred") & (events["date_precision"] == "day")
    wanted = {
        "actor": {asked.actor} - {""},
        "instrument_type": {asked.instrument} - {""},
        "direction": {asked.direction} - {"unknown"},
        "materials": {*asked.materials},
    }
    for column, values in wanted.items():
        if values:
            own = events[column].str.split(";")
            kept &= own.map(lambda names, some=values: not some.isdisjoint(names)).astype(bool)
    return events[kept].reset_index(drop=True)


def news(asked: Asked, placed: pd.DataFrame) -> pd.DataFrame:
    """Return listed events, and news of the sample's firms, from the first to the last session.

    Parameters
    ----------
    asked : Asked
    placed : DataFrame
        As `sessions` gives it.

    Returns
    -------
    DataFrame
        ``date, what, words, id``: of what is on record, and known by `until` where that was given.
    """
    own = placed[placed["securities"] > 0]
    since = min(own["session_earliest"].min(), asked.day)
    until = max(own["last"].max(), own["session"].max())
    columns = ["date", "what", "words", "id"]
    if asked.cut:
        until = min(until, asked.until)
        if since > until:
            return pd.DataFrame(columns=columns)
    events = load_events(since=since, until=until, precision="day")
    firms = load_firm_news(since=since, until=until)
    firms = firms[firms["security"].isin(asked.securities)]
    names = load_securities()["name"]
    rows = [
        (row["date"], "policy", row["name"], row["event_id"]) for row in events.to_dict("records")
    ]
    rows += [
        (row["date"], names[row["security"]], row["summary"], row["disclosure_id"])
        for row in firms.to_dict("records")
    ]
    return pd.DataFrame(rows, columns=columns).sort_values(["date", "what"], ignore_index=True)
