"""What came after the announcement, by the specification that was fixed before it?"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from rareearth_research.datasets import load_returns, load_securities
from rareearth_research.errors import SpecificationError, listed
from rareearth_research.eventstudy import EventStudyResults, verdict
from rareearth_research.numerals import capital, numeral
from rareearth_research.studies.answer import Notes
from rareearth_research.studies.cards import files
from rareearth_research.studies.cards.asked import Asked
from rareearth_research.studies.cards.marks import COVERAGE, REFRESH, marked, study_of
from rareearth_research.studies.cards.words import (
    SAMPLE,
    at_local,
    beyond,
    change,
    day,
    lasting,
    span,
)
from rareearth_research.studies.composition import sample_name
from rareearth_research.summary import Result, Summary
from rareearth_research.timing import sessions_of


@dataclass(frozen=True, repr=False, kw_only=True)
class AnnouncementOutcome(Result):
    """Result of `AnnouncementCard.after`.

    Attributes
    ----------
    table : DataFrame
        The marks of the card, with ``move`` (cumulative abnormal return; NaN while it is not
        known), ``unusual`` (beyond the mark), and ``raw`` and ``market``, the log returns of the
        security and of its market over the window.
    sessions : DataFrame
        Those of the card with securities, with ``state`` in words and ``known``, how many of the
        securities have their move.
    finding : str
    waiting : str
        What is still to come, and how to get it; empty where nothing is.
    limits : Notes
    now : Timestamp
        Sessions that close later are not used.
    result : EventStudyResults or None
        The study, as far as there are prices.
    verdict : DataFrame or None
        What may be said of it, once enough of the sample is known.
    """

    table: pd.DataFrame
    sessions: pd.DataFrame
    finding: str
    waiting: str
    limits: Notes
    now: pd.Timestamp
    result: EventStudyResults | None
    verdict: pd.DataFrame | None

    @property
    def complete(self) -> bool:
        """Whether nothing is still to come."""
        return not self.waiting

    def record(self) -> dict[str, Any]:
        """Return the outcome as plain values, as it is saved."""
        return {
            "now": self.now.isoformat(),
            "finding": self.finding,
            "waiting": self.waiting,
            "limits": list(self.limits),
            "table": files.rows_of(self.table),
            "sessions": files.rows_of(self.sessions),
        }

    def summary(self) -> Summary:
        """Return what came, each security beside its mark, and what is still to come."""
        shown = self.table[["name", "move", "fall", "rise", "unusual"]]
        return Summary(self.finding, shown, (*filter(None, [self.waiting]), *self.limits))


def came(
    asked: Asked, marks: pd.DataFrame, sessions: pd.DataFrame, digest: str, now: pd.Timestamp
) -> AnnouncementOutcome:
    """Measure what is known at `now` against marks that were fixed before."""
    kept = replace(asked, securities=tuple(marks.index[1:]))
    own = sessions[sessions["securities"] > 0]
    result = _fitted(kept, own, _closed(own, now))
    table = _moved(kept, marks, result)
    own = own.assign(
        known=own["exchange"].map(table["move"].notna().groupby(table["exchange"]).sum())
    )
    own = own.assign(state=[_state(row, now) for row in own.to_dict("records")])
    enough = table["move"].iloc[1:].notna().mean() >= COVERAGE
    if not enough:
        table.loc[SAMPLE, ["move", "raw", "market"]] = np.nan
    table["unusual"] = (table["move"] > table["rise"]) | (table["move"] < table["fall"])
    judged = None
    if enough and result is not None:
        around = f"the announcement of {day(asked.day)}"
        judged = verdict(result, who=sample_name(result), around=around)
    return AnnouncementOutcome(
        table=table,
        sessions=own.reset_index(drop=True),
        finding=_finding(asked, table, judged, result),
        waiting=_waiting(own, now),
        limits=Notes(_limits(asked, table, digest, judged)),
        now=now,
        result=result,
        verdict=judged,
    )


def _closed(own: pd.DataFrame, now: pd.Timestamp) -> pd.Series:
    """Return the last session of the window that each exchange has closed, or the one before it."""
    last = {}
    for row in own.to_dict("records"):
        known = sessions_of(row["exchange"])
        closed = known.dates[: known.closes.searchsorted(now.value, side="right")][-1]
        last[row["exchange"]] = min(pd.Timestamp(closed), row["last"])
    return pd.Series(last)


def _fitted(asked: Asked, own: pd.DataFrame, until: pd.Series) -> EventStudyResults | None:
    """Return the study, or None where no price of a window's last session is there yet."""
    study, names = study_of(asked, until), list(asked.securities)  # its refusals are for the user
    try:
        return study.fit()
    except SpecificationError:
        last = own.set_index("exchange")["last"].reindex(load_securities(names)["exchange"])
        last = last.where(last == until.reindex(last.index))
        returns = load_returns(names)
        if any(
            returns[name].reindex([day]).notna().all()
            for name, day in zip(names, last, strict=True)
        ):
            raise  # it is not prices of theirs that are lacking
        return None


def _moved(asked: Asked, marks: pd.DataFrame, result: EventStudyResults | None) -> pd.DataFrame:
    """Return the marks with the moves that are known."""
    if result is None:
        return marks.assign(move=np.nan, raw=np.nan, market=np.nan)
    move = result.car.set_index("security")["car"]
    rows = result.abnormal
    raw = rows.groupby("security")["return"].sum()
    local = load_securities(list(asked.securities))["benchmark"]
    indices = load_returns(list(local.unique()))
    sums = {
        name: float(indices[local[name]].loc[own["session"]].sum())
        for name, own in rows.groupby("security")
    }
    market = pd.Series(sums)
    table = marks.assign(move=move, raw=raw, market=market)
    table.loc[SAMPLE, ["move", "raw", "market"]] = [move.mean(), raw.mean(), market.mean()]
    return table


def _state(row: dict, now: pd.Timestamp) -> str:
    """Say how far an exchange is, in words."""
    mic = row["exchange"]
    if now < row["closes"]:
        verb, when = ("closes", row["closes"]) if now >= row["opens"] else ("opens", row["opens"])
        return f"{verb} {at_local(when, mic)}, in {lasting(when - now)}"
    if pd.isna(row["ends"]):
        return "its later sessions are not published"
    if now < row["ends"]:
        return (
            f"first session closed; the window ends {at_local(row['ends'], mic)}, in "
            f"{lasting(row['ends'] - now)}"
        )
    return f"closed; prices of {row['known']} of {row['securities']} are in"


def _waiting(own: pd.DataFrame, now: pd.Timestamp) -> str:
    """Say which markets have no close yet, and which prices have not come in."""
    open_ = own[~(own["ends"] <= now)]
    behind = own[(own["ends"] <= now) & (own["known"] < own["securities"])]
    words = []
    if len(open_):
        words.append(f"No last close yet: {listed(open_['city'])}.")
    if len(behind):
        places = [
            f"{row['city']} {row['securities'] - row['known']} of {row['securities']}"
            for row in behind.to_dict("records")
        ]
        words.append(f"Prices not in: {', '.join(places)}. To bring them up to date: {REFRESH}")
    return " ".join(words)


def _finding(
    asked: Asked,
    table: pd.DataFrame,
    judged: pd.DataFrame | None,
    result: EventStudyResults | None,
) -> str:
    """Say what came beside what would have been unusual, other news in the same sentence."""
    row, own = table.iloc[0], table.iloc[1:]
    known, unusual = int(own["move"].notna().sum()), own[own["unusual"]]
    when = span(asked)
    if not known:
        if len(own) == 1:
            return f"{own['name'].iloc[0]} has no price {when} yet."
        return f"{_none(len(own))} securities has a price {when} yet."
    if judged is None or result is None:
        some = f"{numeral(known)} of {numeral(len(own))} securities"
        said = f"{some} have their move {when}, too few for a mean."
    else:
        other = result.diagnostics["confounded"]
        said = "while other listed events fell into the same days, " if other else ""
        fixed = "fixed before" + f" for {numeral(len(own))}" * (known < len(own))
        said += (
            f"{sample_name(result)} moved on average {change(row['move'])} against their stock "
            f"markets {when}: {'' if row['unusual'] else 'not '}unusual (the mark, {fixed}, is "
            f"{beyond(row)})."
        )
    said = capital(said)
    names = [f"{x['name']} ({change(x['move'])})" for x in unusual.to_dict("records")]
    if names:
        said += f" Beyond their own marks: {listed(names)}."
    elif known > 1:
        said += f" {_none(known)} is beyond its own mark."
    return said


def _none(many: int) -> str:
    return "Neither of the two" if many == 2 else f"None of the {numeral(many)}"


def _limits(
    asked: Asked, table: pd.DataFrame, digest: str, judged: pd.DataFrame | None
) -> list[str]:
    again = marked(asked, pd.DataFrame())
    words = []
    move = table["move"].iloc[0]
    if np.isfinite(move) and np.isfinite(again.sample.scale):
        n, many = len(again.sample.units), again.sample.as_unusual(move)
        words.append(
            f"The mark asks whether the mean moved more than usual: of {n:,} earlier sessions, "
            f"each in units of how volatile these shares then were, "
            f"{numeral(many) if many else 'none'} moved as far."
        )
    if judged is not None:
        words.append(
            "The rule of all studies also asks how far securities agree, and counts other sessions "
            f"by that: {judged['words'].iloc[0]}"
        )
    if again.hash != digest:
        words.append(
            f"Figures before the announcement have been revised since (hash {digest}, now "
            f"{again.hash}); the marks are those saved."
        )
    return words
