"""What did each announcement bring, how far do they differ, and does the dose matter?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from rareearth_research.eventstudy import adjust
from rareearth_research.labels import label
from rareearth_research.numerals import counted, interval, typeset
from rareearth_research.studies.planned.contrasts import over_dates, quantile
from rareearth_research.studies.planned.measure import Measured
from rareearth_research.studies.planned.rows import commonest_reason
from rareearth_research.studies.planned.selection import rare_earths

FEWEST = 3  # announcements of a dose, and of a mean with a spread
LEVEL = 0.05
HOW = {
    "quota": "quota",
    "licence": "licence",
    "ban": "ban",
    "tech_control": "technology control",
    "regulation": "regulation",
}


def announcements(events: pd.DataFrame, measured: Mapping[str, Measured]) -> pd.DataFrame:
    """Return one row per announcement: its mean, interval, error, doses and other news."""
    about = events.set_index("event_id", drop=False)
    parts = []
    for direction, found in measured.items():
        each = found.each.assign(direction=direction)
        own = about.loc[each["event_id"]]
        parts.append(
            each.assign(
                name=own["name"].map(typeset).to_numpy(),
                date=own["date"].to_numpy(),
                mineral=[
                    "rare earths" if rare_earths(e) else "other minerals" for e in own.itertuples()
                ],
                for_whom=np.where(own["target_scope"] == "all", "everybody", "some countries"),
                how=own["instrument_type"].map(HOW).fillna("another way").to_numpy(),
                other_news=[", ".join(found.other_news[e]) for e in each["event_id"]],
            )
        )
    return pd.concat(parts, ignore_index=True)


def ledger_of(what: str, measured: Mapping[str, Measured]) -> pd.DataFrame:
    """Return every pair of several samples, whose names stand in the first column, `what`."""
    ledgers = {name: found.attrition for name, found in measured.items()}
    return pd.concat(ledgers, names=[what]).reset_index(level=0)


def not_measured(events: pd.DataFrame, measured: Iterable[Measured]) -> str:
    """Name the announcements asked for that no security could be measured around, and why."""
    found = list(measured)
    kept = {event for one in found for event in one.clusters["event_id"]}
    ledger = pd.concat([one.attrition for one in found])
    said = []
    for event in events[~events["event_id"].isin(kept)].to_dict("records"):
        why = label("reason", commonest_reason(ledger, event["event_id"]))
        day = event["date"]
        said.append(f"{typeset(event['name'])}, {day.day} {day:%B %Y} ({why})")
    return f"Asked for and not measured: {'; '.join(said)}." if said else ""


def named_beside(measured: Mapping[str, Measured]) -> str:
    """Say how other news is counted, and how many announcements something more is named beside."""
    said = []
    for name, found in measured.items():
        named = len(found.named_beside)
        if named > sum(map(bool, found.other_news.values())):
            said.append(f"{name} {named} of {len(found.clusters)}")
    return (
        "Other events are those listed in the window, but for Chinese measures of the same "
        "direction. With these and all that the table of events names beside an announcement it "
        f"would be: {'; '.join(said)}."
    ) * bool(said)


def between(direction: str, part: pd.DataFrame) -> dict[str, Any]:
    """Return the mean over announcements whose true effects differ, by statsmodels."""
    from statsmodels.stats.meta_analysis import combine_effects

    known = part[part["error"] > 0]
    row: dict[str, Any] = {"direction": direction, "announcements": len(known)}
    if len(known) < FEWEST:
        return row
    effects, errors = known["effect"].to_numpy(), known["error"].to_numpy()
    found = combine_effects(effects, errors**2, method_re="iterated", use_t=True)
    lower, upper = found.conf_int(alpha=LEVEL, use_t=True)[3]  # Hartung and Knapp's
    error = float(np.hypot(np.sqrt(found.tau2), found.sd_eff_w_re_hksj))
    half = quantile(len(known) - 2) * error
    return row | {
        "mean": found.mean_effect_re,
        "lower": lower,
        "upper": upper,
        "between_announcements_sd": float(np.sqrt(found.tau2)),
        "share_between": max(float(found.i2), 0.0),
        "next_lower": found.mean_effect_re - half,
        "next_upper": found.mean_effect_re + half,
    }


def by_dose(tightenings: pd.DataFrame) -> pd.DataFrame:
    """Return the mean of the tightenings for each kind of measure."""
    rows = []
    for what in ("mineral", "for_whom", "how"):
        for kind, part in tightenings.groupby(what):
            means = part["effect"].to_numpy()
            found = over_dates(means)
            rows.append(
                {
                    "by": what.replace("_", " "),
                    "dose": kind,
                    "announcements": len(means),
                    **found._asdict(),
                }
            )
    doses = pd.DataFrame(rows)
    if len(doses) and doses["p_value"].notna().any():
        doses["bh"] = adjust(doses["p_value"], method="bh")
    return doses


def spread_words(meta: pd.DataFrame) -> str:
    """Say what one further tightening may bring, which the mean does not."""
    row = meta[meta["direction"] == "tightening"]
    if row.empty or not np.isfinite(row.get("next_lower", pd.Series([np.nan])).iloc[0]):
        return ""
    one = row.iloc[0]
    ends = interval(*np.expm1([one["next_lower"], one["next_upper"]])).replace(" to ", " and ")
    return (
        f"Announcements differ: {100 * one['share_between']:.0f} % of the spread between the "
        f"{counted(int(one['announcements']), 'tightening')} is more than noise, and for one "
        f"further tightening 95 % of the expected effects lie between {ends}."
    )
