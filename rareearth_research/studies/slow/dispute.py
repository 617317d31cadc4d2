"""Did prices become less predictable after a dispute began? A published design on open data.

Proelss, Schweizer and Seiler (2018) ask it of rare earths around the WTO case of 2012. Open prices
of rare earths begin after it, so it is asked of every series at hand that spans the event, and of
metals of which the case is not.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from rareearth_research.arrays import Floats
from rareearth_research.datasets import load_pink_sheet
from rareearth_research.dynamics.belief import rank
from rareearth_research.dynamics.breaks.result import Breaks
from rareearth_research.dynamics.variance.ratio import variance_ratio
from rareearth_research.errors import listed
from rareearth_research.numerals import counted, numeral, p_said
from rareearth_research.studies.slow.judged import others_found

STEPS = 2  # months whose changes together are compared with those of one
LEAST, MOST = 18, 60  # months on either side
NEAR = 6  # months around the event in which a break counts as being at it
PAPER = "proelss_schweizer_seiler_2018"
FOUND_FROM = 1.96 + 0.84  # standard errors


@dataclass(frozen=True)
class Dispute:
    """Result of `dispute`.

    Attributes
    ----------
    table : DataFrame
        A row per series: ``series, months_before, months_after, ratio_before, ratio_after, change,
        lower, upper, p_value`` (rank of the change among metals outside the case)``, detectable,
        break_near, why`` (it could not be asked).
    published : DataFrame
        What others found, and what is found here.
    words : str
    """

    table: pd.DataFrame
    published: pd.DataFrame
    words: str


def dispute(
    changes: Mapping[str, pd.Series], breaks: Mapping[str, Breaks], event: pd.Series
) -> Dispute:
    """Compare the variance ratio of monthly changes before and after an event.

    Parameters
    ----------
    changes : mapping of str to Series
        Monthly changes of logs, by name.
    breaks : mapping of str to Breaks
        Of the same.
    event : Series
        As `load_events` gives it.

    Notes
    -----
    VR(2), with Lo and MacKinlay's (1988) standard errors on either side. Metals of the Pink Sheet
    over the same months are the placebo: how far does the change lie from their mean change?
    """
    others = load_pink_sheet().pivot(index="month", columns="commodity", values="price")
    outside = pd.DataFrame(np.log(others)).diff().iloc[1:]
    rows = [_row(name, one, breaks[name], outside, event) for name, one in changes.items()]
    table = pd.DataFrame(rows)
    words = _words(table, event)
    papers = others_found(*[PAPER] * (event["tier"] == "dispute"))
    return Dispute(table, papers.assign(**{"why differ": _why(table), "our number": words}), words)


def _row(
    name: str, changes: pd.Series, breaks: Breaks, outside: pd.DataFrame, event: pd.Series
) -> dict[str, object]:
    month = event["date"].to_period("M").to_timestamp()
    before, after = changes[changes.index < month][-MOST:], changes[changes.index >= month][:MOST]
    row: dict[str, object] = {
        "series": name, "months_before": len(before), "months_after": len(after), "why": "",
    }  # fmt: skip
    if min(len(before), len(after)) < LEAST:
        short = f"{LEAST} months on either side are needed"
        return row | {"why": f"{short}; it begins {changes.index[0]:%B %Y}"}
    sides = [variance_ratio(side.to_numpy(), STEPS) for side in (before, after)]
    change = sides[1][0] - sides[0][0]
    error = float(np.hypot(sides[0][1], sides[1][1]))
    same = outside.loc[before.index[0] : after.index[-1]].dropna(axis=1)
    same = same.drop(columns=name, errors="ignore")
    moved = _changes(same, month)
    usual = float(moved.mean()) if len(moved) else float("nan")
    near = pd.DatetimeIndex(breaks.breaks["date"]) - month
    return row | {
        "ratio_before": sides[0][0],
        "ratio_after": sides[1][0],
        "change": change,
        "lower": change - 1.96 * error,
        "upper": change + 1.96 * error,
        "p_value": float(rank(np.abs(moved - usual), abs(change - usual))),
        "others_change": usual,
        "others": len(moved),
        "detectable": FOUND_FROM * error,
        "break_near": bool((np.abs(near.days) <= NEAR * 31).any()),
    }


def _changes(others: pd.DataFrame, month: pd.Timestamp) -> Floats:
    """Return the change of the variance ratio of each metal outside the case."""
    after = others.index >= month
    return np.array([
        variance_ratio(one[after], STEPS)[0] - variance_ratio(one[~after], STEPS)[0]
        for one in others.to_numpy().T
    ])  # fmt: skip


def _words(table: pd.DataFrame, event: pd.Series) -> str:
    day = f"{event['date'].day} {event['date']:%B %Y}"
    asked = table[table["why"] == ""]
    if asked.empty:
        return f"No series at hand has prices for {LEAST} months on either side of {day}."
    said = listed(
        f"{row['series']} from {row['ratio_before']:.2f} to {row['ratio_after']:.2f} (change "
        f"{row['change']:+z.2f}, 95 % interval {row['lower']:+z.2f} to {row['upper']:+z.2f}; "
        f"{row['others']:.0f} metals outside the case {row['others_change']:+z.2f} on average, "
        f"{p_said(row['p_value'])} among them)"
        for row in asked.to_dict("records")
    )  # fmt: skip
    broke = int(asked["break_near"].sum())
    told = (asked["upper"] < 0).any() or (asked["lower"] > 0).any()
    ends = (asked["detectable"].min(), asked["detectable"].max())
    sizes = " to ".join(dict.fromkeys(f"{end:.2f}" for end in ends))
    verdict = "unsettled, as it is one case" if told else "this study cannot tell"
    fell = int((asked["change"] < 0).sum())
    return (
        f"Of {counted(len(asked), 'series', 'series')} {_many(broke)} had a break within {NEAR} "
        f"months of {day}, and {_many(fell)} a lower variance ratio (over {STEPS} months) after "
        f"it: {said}: {verdict}. A change of {sizes} would be found four times in five."
    ).replace("-", "−")


def _many(number: int) -> str:
    return numeral(number) if number else "none"


def _why(table: pd.DataFrame) -> str:
    left = [f"{row['series']} ({row['why'].rpartition('; ')[2]})"
            for row in table[table["why"] != ""].to_dict("records")]  # fmt: skip
    late = f" Not asked for lack of months: {listed(left)}." if left else ""
    return (
        "Theirs are prices of rare earths, which are sold and not open; of the minerals in the "
        "case open prices by month reach back far enough for molybdenum alone. Monthly averages "
        f"are smoother than quotations, which lifts every ratio above one.{late}"
    )
