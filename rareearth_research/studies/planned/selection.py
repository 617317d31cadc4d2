"""Which events do the plan's rules choose out of a table of events? No price is read.

The lists of the plan are frozen; here the rules that made them are applied again, so that anyone
can see whether the tables of today still give them, and which row makes the difference.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import pandas as pd

from rareearth_research.arrays import Bools
from rareearth_research.datasets import load_materials
from rareearth_research.studies.planned.plan import Plan
from rareearth_research.timing import map_sessions
from rareearth_research.timing.exchanges import sessions_of

CORE = ("core_cn_ree", "core_cn_other")
STATED = (*CORE, "talks", "dispute")
OPPOSITE = {"tightening": ("easing",), "easing": ("tightening", "threat")}
EVER = ("1900-01-01", "2100-01-01")
NEAR = 1  # sessions of New York within which news is news of the same days
VARIANTS: Mapping[str, Mapping[str, Any]] = {  # one rule changed at a time
    "with_anticipated": {"anticipated": ("no", "partly", "yes")},
    "unanticipated_only": {"anticipated": ("no",)},
    "with_disputed": {"event_status": ("occurred", "reported_disputed")},
    "high_confidence": {"confidence": ("high",)},
    "rare_earths_only": {"rare_earths": True},
    "with_notes_only": {"fact_verification": None},
    "opposite_news_kept": {"opposite": False},
    "link_5": {"link": 5},
    "link_20": {"link": 20},
    "measures_only": {"tier": CORE},
    "broad": {
        "anticipated": ("no", "partly", "yes"),
        "event_status": ("occurred", "reported_disputed"),
        "target_scope_not": (),
    },
}
ELSEWHERE: Mapping[str, tuple[str, Mapping[str, Any]]] = {  # samples outside the questions
    "wto_disputes": (
        "easing",
        {"tier": ("dispute",), "instrument_type": ("dispute",), "actor": None,
         "target_scope_not": ()},
    ),
    "threats": (
        "threat",
        {"tier": ("core_cn_ree",), "opposite": False, "usable_default": (True,)}
        | dict.fromkeys(
            ("event_status", "confidence", "fact_verification", "actor", "instrument_type",
             "target_scope_not", "anticipated", "material_class_not")
        ),
    ),
}  # fmt: skip
RULES = (  # column of events, rule, whether its value must be in the rule's list
    ("date_precision", "date_precision", True),
    ("usable_default", "usable_default", True),
    ("event_status", "event_status", True),
    ("confidence", "confidence", True),
    ("fact_verification", "fact_verification", True),
    ("actor", "actor", True),
    ("instrument_type", "instrument_type", True),
    ("target_scope", "target_scope_not", False),
    ("anticipated", "anticipated", True),
    ("material_class", "material_class_not", False),
)
BROAD = {
    "tightening": ("tariff", "tax", "enforcement", "entity_list"),
    "easing": ("tariff", "entity_list"),
}


@dataclass(frozen=True)
class Selection:
    """What the rules choose.

    Attributes
    ----------
    clusters : tuple of tuple of str
        Events by cluster, in order of time; the first stands for its cluster.
    excluded : mapping
        Every other event of the direction and tier, with what kept it out.
    """

    clusters: tuple[tuple[str, ...], ...]
    excluded: Mapping[str, str]


def apply_rules(plan: Plan, events: pd.DataFrame, sample: str) -> Selection:
    """Choose the events of a sample, ``"tightening"`` or ``"easing"``, or of a variant of one.

    Parameters
    ----------
    plan : Plan
    events : DataFrame
        As `load_events` gives them.
    sample : str
        A name of the plan's blocks ``clusters`` or ``variants``, such as ``"easing_link_20"``.
    """
    direction, _, variant = sample.partition("_")
    direction, changed = ELSEWHERE.get(sample, (direction, VARIANTS.get(variant, {})))
    rules = plan["event_rules"]
    asked = {**rules["common"], **rules.get(direction, {}), "rare_earths": False, "opposite": True}
    asked |= {"link": rules["clusters"]["link_sessions"], **changed}
    if variant == "broad":
        asked["instrument_type"] = [*asked["instrument_type"], *BROAD[direction]]
    placed = placed_events(events, asked["date"])
    base = events[(events["direction"] == direction) & events["tier"].isin(asked["tier"])]
    excluded = {str(row.event_id): "; ".join(_against(row, asked)) for row in base.itertuples()}
    kept = [event_id for event_id, why in excluded.items() if not why]
    if asked["opposite"]:
        for event_id in kept:
            met = _met(placed, placed.loc[event_id], OPPOSITE[direction])
            excluded[event_id] = f"opposite news within one session: {','.join(met)}" * bool(met)
        kept = [event_id for event_id in kept if not excluded[event_id]]
    chosen = placed[placed["event_id"].isin(kept)].sort_values(
        ["announced_latest", "announced_earliest"]
    )
    return Selection(
        _linked(chosen["position"], asked["link"]),
        {event_id: why for event_id, why in excluded.items() if why},
    )


def differences(plan: Plan, events: pd.DataFrame) -> pd.DataFrame:
    """Return where the rules, applied to a table of events, no longer give the plan's lists.

    Returns
    -------
    DataFrame
        ``sample, planned, today``: clusters (their events separated by blanks) that only one of
        the two holds; no row where both agree.
    """
    frozen: dict[str, Iterable[Sequence[str]]] = {
        name: [[c["event_id"], *c["followers"]] for c in plan["clusters"][name]]
        for name in OPPOSITE
    }
    frozen |= plan["variants"]["frozen"]
    rows = []
    for sample, lists in frozen.items():
        planned = [" ".join(ids) for ids in lists]
        today = [" ".join(ids) for ids in apply_rules(plan, events, sample).clusters]
        rows += [(sample, ids, "") for ids in planned if ids not in today]
        rows += [(sample, "", ids) for ids in today if ids not in planned]
    return pd.DataFrame(rows, columns=["sample", "planned", "today"])


def placed_events(events: pd.DataFrame, dates: Sequence[Any]) -> pd.DataFrame:
    """Return the events known to the day between two dates, by id, with `position`: their session
    in New York, counted.
    """
    first, last = map(pd.Timestamp, dates)
    dated = events[
        (events["date_precision"] == "day")
        & events["announced_latest"].notna()
        & events["date"].between(first, last)
    ]
    found = dated.set_index("event_id", drop=False)
    return found.assign(position=positions(dated, "XNYS"))


def positions(events: pd.DataFrame, exchange: str) -> pd.Series:
    """Return the event session on an exchange, counted, by event."""
    session = map_sessions(events, exchange).set_index("event_id")["session"]
    counted = np.searchsorted(sessions_of(exchange).dates, session.to_numpy())
    return pd.Series(counted, session.index)


def flagged_by(
    placed: pd.DataFrame, event_id: str, window: tuple[int, int] = (-NEAR, NEAR)
) -> list[str]:
    """Return other listed news in a window, but for Chinese measures of the same direction."""
    event = placed.loc[event_id]
    near = (placed["position"] - event["position"]).between(*window)
    same = placed["tier"].isin(CORE) & (placed["direction"] == event["direction"])
    return [i for i in placed.index[near & ~same] if i != event_id]


def rare_earths(event: Any) -> bool:
    """Say whether a measure is about rare earths."""
    classes = event.material_class.split(";")
    return any(name.startswith("ree") for name in classes) or bool(_elements() & symbols(event))


def related(one: Any, other: Any) -> bool:
    """Say whether two measures are about the same minerals."""
    shared = symbols(one) & symbols(other)
    return (rare_earths(one) and rare_earths(other)) or bool(shared)


def symbols(row: Any) -> set[str]:
    """Return the materials of an event or a security."""
    return set(row.materials.split(";")) - {""}


@cache
def _elements() -> frozenset[str]:
    materials = load_materials()
    return frozenset(materials.loc[materials["is_rare_earth"], "symbol"])


def _against(event: Any, asked: Mapping[str, Any]) -> list[str]:
    """Return what speaks against an event, in the order of the plan's list."""
    first, last = map(pd.Timestamp, asked["date"])
    found = []
    for name, column, wanted in RULES:
        listed, value = asked[column], getattr(event, name)
        if name == "actor" and listed is not None:
            listed = [value] if "CN" in value.split(";") or value == "media" else []
        if listed is not None and (value in listed) != wanted:
            said = str(value).lower() if isinstance(value, bool) else value
            told = f"{name} not '{listed[0]}'" if name == "fact_verification" else f"{name}={said}"
            found.append(told)
    if asked["rare_earths"] and not rare_earths(event):
        found.append("no rare earth")
    if not first <= event.date <= last:
        found.append(f"outside {first:%Y-%m-%d}..{last:%Y-%m-%d}")
    return found


def _met(placed: pd.DataFrame, event: Any, directions: Sequence[str]) -> list[str]:
    """Return the opposite news on related materials within a session of an event."""
    near: Bools = (
        placed["direction"].isin(directions)
        & placed["tier"].isin(STATED)
        & placed["confidence"].isin(["high", "medium"])
        & ((placed["position"] - event["position"]).abs() <= NEAR)
    ).to_numpy()
    return [str(row.event_id) for row in placed[near].itertuples() if related(row, event)]


def _linked(position: pd.Series, link: int) -> tuple[tuple[str, ...], ...]:
    """Chain events not more than `link` sessions apart."""
    number = (position.diff() > link).cumsum()
    return tuple(tuple(part.index) for _, part in position.groupby(number, sort=True))
