"""Which exchange answered first? Sessions by place, and who could react before all others."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from rareearth_research.datasets import load_securities
from rareearth_research.errors import SpecificationError
from rareearth_research.numerals import counted, interval, numeral, per_cent
from rareearth_research.studies.planned.contrasts import over_dates
from rareearth_research.studies.planned.measure import fit_pairs
from rareearth_research.studies.planned.pairs import pairs_of
from rareearth_research.studies.planned.plan import Plan
from rareearth_research.timing import EXCHANGES, event_clock

PRODUCERS = {  # of the plan, by place of listing
    "producers_new_york": ("producers in New York", "producers_outside_china", ("XNYS",)),
    "producers_sydney": ("producers in Sydney", "producers_outside_china", ("XASX",)),
    "producers_china": ("producers in China", "producers_china", ("XSHG", "XSHE")),
}
DATES = 3  # announcements of a mean with an interval
LEVEL = 0.05


def steps_of(
    plan: Plan,
    events: pd.DataFrame,
    members: Mapping[str, tuple[str, list[str]]],
    options: Mapping[str, Any],
) -> pd.DataFrame:
    """Return the mean abnormal return of producers on sessions −1, 0 and +1, by event and place."""
    parts = []
    for name in [name for name in members if name in PRODUCERS or name == "yours"]:
        paired, apart = pairs_of(plan, list(events["event_id"]), members[name][1], matched=True)
        try:
            found = fit_pairs(plan, paired, apart, windows=[(-1, 1)], **options)
        except SpecificationError:
            continue
        abnormal = found.result.abnormal
        exchange = load_securities(list(abnormal["security"].unique()))["exchange"]
        city = abnormal["security"].map(exchange).map(lambda mic: EXCHANGES[mic].city)
        city = city.replace("Shenzhen", "Shanghai")  # one clock
        by = ["event_id", city.rename("city"), "relative_session"]
        grouped = abnormal.groupby(by)["abnormal_return"]
        parts.append(grouped.agg(effect="mean", n="size").reset_index())
    if not parts:
        return pd.DataFrame(columns=["event_id", "city", "relative_session", "effect", "n"])
    return pd.concat(parts, ignore_index=True)


def means_of(steps: pd.DataFrame) -> pd.DataFrame:
    """Return the mean over announcements of each place and session, with its interval."""
    rows = []
    for (city, session), part in steps.groupby(["city", "relative_session"]):
        means = part["effect"].to_numpy()
        row = {
            "city": city,
            "session": session,
            "announcements": len(means),
            "effect": means.mean(),
        }
        rows.append(row | (over_dates(means)._asdict() if len(means) >= DATES else {}))
    return pd.DataFrame(rows)


def first_to_react(events: pd.DataFrame, steps: pd.DataFrame) -> pd.DataFrame:
    """Return who could react first, and what producers there did in that session."""
    cities = {mic: EXCHANGES[mic].city for mic in ("XSHG", "XASX", "XNYS")}
    day = steps[steps["relative_session"] == 0].set_index(["event_id", "city"])
    rows = []
    for _, event in events.iterrows():
        if pd.isna(event.get("announced_latest")):
            continue
        clock = event_clock(event.to_dict(), list(cities))
        if not clock["order_certain"].all():
            continue
        for row in clock.to_dict("records"):
            key = event["event_id"], row["city"]
            known = key in day.index
            rows.append(
                {
                    "event_id": event["event_id"],
                    "name": event["name"],
                    **{c: row[c] for c in ("exchange", "city", "order", "hours_after")},
                    "n": int(day.loc[key, "n"]) if known else 0,
                    "effect": float(day.loc[key, "effect"]) if known else np.nan,
                }
            )
    columns = ["event_id", "name", "exchange", "city", "order", "hours_after", "n", "effect"]
    return pd.DataFrame(rows, columns=columns)


def first_words(clock: pd.DataFrame) -> str:
    """Say which exchange could react first, and what it did against the later ones."""
    if clock.empty:
        return ""
    total = clock["event_id"].nunique()
    first = clock[clock["order"] == 1]
    counts = first["city"].value_counts()
    who = ", ".join(f"{city} {numeral(n)}" for city, n in counts.items())
    who += ", ties at each" if counts.sum() > total else ""
    gap = gaps_of(clock)
    begin = (
        f"Which exchange could react first is certain for {numeral(total)} of the announcements "
        f"({who})"
    )
    if len(gap) < DATES:
        return f"{begin}; producers on the first and on a later one were measured too seldom."
    found = over_dates(gap.to_numpy())
    low, high, seen = np.expm1([found.lower, found.upper, found.detectable])
    tells = f"the {'first' if low > 0 else 'later'} answered more."
    if low < 0 < high:
        tells = (
            "this study cannot tell which answered more. It would miss a difference of "
            f"{per_cent(seen, sign=False)} in about two cases of ten, smaller ones more often."
        )
    did = per_cent(float(np.expm1(gap.mean())))
    return (
        f"{begin}; over {counted(len(gap), 'announcement')} with producers on the first and on a "
        f"later exchange, those on the first did {did} against those on later ones in session 0 "
        f"(95 % interval {interval(low, high)}): {tells}"
    )


def gaps_of(clock: pd.DataFrame) -> pd.Series:
    """Return what producers did on the first exchange less those on later ones, by event."""
    known = clock.dropna(subset=["effect"])
    ahead = known[known["order"] == 1].groupby("event_id")["effect"].mean()
    later = known[known["order"] > 1].groupby("event_id")["effect"].mean()
    return (ahead - later).dropna()


def gap_judged(gap: pd.Series) -> dict[str, Any]:
    """Judge the differences between the first and later exchanges for `compare`."""
    found = over_dates(gap.to_numpy())
    verdict = "moved" if found.p_value <= LEVEL else "cannot_tell"
    columns = ("effect", "lower", "upper", "p_value")
    numbers = {column: getattr(found, column) for column in columns}
    return {"clusters": len(gap), "pairs": len(gap), **numbers, "verdict": verdict}
