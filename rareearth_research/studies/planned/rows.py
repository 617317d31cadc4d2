"""What happened around each major measure, market by market? The plan's table of events."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from rareearth_research.arrays import Floats
from rareearth_research.datasets import load_events, load_securities
from rareearth_research.eventstudy.statistics.multiple import adjust, romano_wolf
from rareearth_research.studies.planned.chance import draw_together
from rareearth_research.studies.planned.measure import Measured, fit_pairs
from rareearth_research.studies.planned.pairs import pairs_of
from rareearth_research.studies.planned.plan import Plan
from rareearth_research.studies.planned.selection import flagged_by, placed_events

ADDED = (  # major measures that the plan does not list: exploratory
    "cn-2025-10-no55-58",
    "cn-2025-11-no72-suspension",
    "cn-2026-06-japan-no27-no28",
    "media-2026-09-us-shipments",
)
MARKETS = {  # column of the table: group of the plan, exchange, whether a mineral must match
    "producers in New York": ("producers_outside_china", "XNYS", True),
    "producers in Sydney": ("producers_outside_china", "XASX", True),
    "producers in China": ("producers_china", "", True),
    "users": ("users", "", False),
}


def event_rows(plan: Plan) -> pd.DataFrame:
    """Measure the major measures one by one, in three markets and for users.

    Returns
    -------
    DataFrame
        One row per event and market: ``event_id, name, date, direction, status, verified, group, n,
        effect, lower, upper, kp_p, placebo_p, family_p, detectable, flagged_by, why`` (not
        measured, by the commonest reason) ``, added`` (not of the plan).

    Notes
    -----
    A cell has one date, so nothing here is more than an unusual stretch, and its p-value over dates
    is that of the placebo. Family p-values step down over all cells of the plan (Romano & Wolf
    2016) on placebo p-values in place of statistics, since those of two securities and of twenty
    have no common scale; draws move an announcement to the same session in all markets. With 200 to
    500 other sessions a cell no p-value is below 0.002. Cells that were added are exploratory, and
    corrected among themselves (Benjamini & Hochberg 1995).
    """
    planned = plan["headline_table_rows"]
    events = load_events(event_ids=[*planned, *ADDED]).set_index("event_id", drop=False)
    placed = placed_events(load_events(), plan["event_rules"]["common"]["date"])
    cells: dict[tuple[str, str], Measured] = {}
    rows = []
    for market, (group, exchange, matched) in MARKETS.items():
        listed = load_securities(plan.group(group))["exchange"]
        tickers = listed.index[(listed == exchange) | (not exchange)]
        paired, apart = pairs_of(plan, list(events.index), list(tickers), matched=matched)
        every = fit_pairs(plan, paired, apart, windows=[plan["questions"]["H1"]["window"]])
        for event_id, event in events.iterrows():
            members = every.events == event_id
            if members.any():
                cells[str(event_id), market] = every.part(members)
            rows.append(
                {
                    "event_id": event_id,
                    "name": event["name"],
                    "date": event["date"],
                    "direction": event["direction"],
                    "status": event["event_status"],
                    "verified": event["fact_verification"],
                    "group": market,
                    **_cell(cells.get((str(event_id), market))),
                    "flagged_by": ", ".join(flagged_by(placed, str(event_id))),
                    "why": ""
                    if members.any()
                    else commonest_reason(every.attrition, str(event_id)),
                    "added": event_id in ADDED,
                }
            )
    table = pd.DataFrame(rows).sort_values(["date", "event_id"], kind="stable", ignore_index=True)
    asked = {cell: found for cell, found in cells.items() if cell[0] not in ADDED}
    more = {cell: found for cell, found in cells.items() if cell[0] in ADDED}
    chance = pd.concat([_chance(plan, asked), _chance(plan, more, exploratory=True)])
    chance = chance.reindex(pd.MultiIndex.from_frame(table[["event_id", "group"]]))
    last = ["detectable", "flagged_by", "why", "added"]
    table[chance.columns] = chance.to_numpy()
    return table[[*table.columns.drop([*chance.columns, *last]), *chance.columns, *last]]


def _cell(measured: Measured | None) -> dict[str, float]:
    names = ("effect", "lower", "upper", "kp_p", "detectable")
    if measured is None:
        return {"n": 0} | dict.fromkeys(names, np.nan)
    found = measured.finding
    p = float(found.leading.p_value)
    values = (found.caar, found.lower, found.upper, p, found.detectable)
    return {"n": len(found.car), **dict(zip(names, values, strict=True))}


def commonest_reason(attrition: pd.DataFrame, event_id: str) -> str:
    """Return the commonest reason for which securities of a market could not be measured."""
    reasons = attrition.loc[attrition["event_id"] == event_id, "reason"]
    lost = reasons[reasons != "not_matched"]
    return str((lost if len(lost) else reasons).mode().iloc[0])


def _chance(
    plan: Plan, cells: Mapping[tuple[str, str], Measured], *, exploratory: bool = False
) -> pd.DataFrame:
    """Return the placebo p-value of every cell, and that corrected over all of them."""
    drawn = draw_together(plan, list(cells.values())).statistic
    drawn = np.abs(drawn[np.isfinite(drawn).all(axis=1)])
    p = np.column_stack([_rarity(column) for column in drawn.T])
    family = adjust(p[0], method="bh") if exploratory else romano_wolf(1 - p[0], 1 - p[1:])
    return pd.DataFrame(
        {"placebo_p": p[0], "family_p": np.maximum(family, p[0])}, pd.MultiIndex.from_tuples(cells)
    )


def _rarity(values: Floats) -> Floats:
    """Return the share of sessions, the event among them, with a value as large: placebo p-values.

    The draws of one date repeat its few hundred sessions, each of which counts once.
    """
    sessions = np.unique(values)
    return 1 - np.searchsorted(sessions, values * (1 - 1e-12)) / len(sessions)
