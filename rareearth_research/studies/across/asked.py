"""Which announcements, securities and groups were asked for, and what can be measured of them?"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pandas as pd

from rareearth_research.datasets import load_events, load_groups, load_securities
from rareearth_research.errors import SpecificationError, did_you_mean, few, shown
from rareearth_research.studies.across.order import PRODUCERS
from rareearth_research.studies.composition import ROLES
from rareearth_research.studies.planned.measure import Measured, events_of, fit_pairs
from rareearth_research.studies.planned.pairs import pairs_of
from rareearth_research.studies.planned.plan import Plan
from rareearth_research.studies.sample import choose_securities, names_or_all

PLANNED = "planned"
DIRECTIONS = ("tightening", "easing")
GROUPS = (
    *PRODUCERS, "magnet_makers", "users_cars", "users_defence", "users_chips",
)  # fmt: skip
FEWEST = 2  # securities of an announcement


def directed_events(plan: Plan, event_ids: Sequence[str] | str) -> pd.DataFrame:
    ids = names_or_all("event_ids", event_ids)
    ids = ids or [event for name in DIRECTIONS for event in events_of(plan, name)]
    events = load_events(event_ids=ids)
    other = events[~events["direction"].isin(DIRECTIONS)]
    if len(other):
        names = few([f"{row.event_id} ({row.direction})" for row in other.itertuples()])
        raise SpecificationError(
            f"event_ids: this study compares tightening with easing; {names} is neither: leave it "
            "out, or give your own events a column direction"
        )
    return events


def planned_securities(plan: Plan, group: str, securities: Sequence[str] | str) -> pd.DataFrame:
    tickers = names_or_all("securities", securities)
    if group == PLANNED:
        return load_securities(tickers or plan.group("producers_outside_china"))
    return choose_securities(tickers, group, default=PLANNED)


def members_of(plan: Plan, groups: list[str], own: bool) -> dict[str, tuple[str, list[str]]]:
    """Return the title and the tickers of each group."""
    titles = load_groups()["title"]
    members: dict[str, tuple[str, list[str]]] = {}
    for name in groups or GROUPS:
        if name in PRODUCERS:
            title, group, places = PRODUCERS[name]
            exchange = load_securities(plan.group(group))["exchange"]
            members[name] = title, list(exchange.index[exchange.isin(places)])
        elif name in titles:
            one, several = ROLES.get(name, (titles[name], titles[name]))
            title = several or f"{one}s"
            members[name] = title[:1].lower() + title[1:], list(load_securities(group=name).index)
        else:
            known = [*PRODUCERS, *titles.index]
            raise SpecificationError(
                f"groups: {shown(name)} is no group{did_you_mean(name, known)}; the groups are "
                f"{', '.join(known)}"
            )
    if own:
        members["yours"] = "yours", list(load_securities(group="yours").index)
    return members


def measured_groups(
    plan: Plan,
    events: pd.DataFrame,
    members: Mapping[str, tuple[str, list[str]]],
    options: Mapping[str, Any],
) -> tuple[dict[str, Measured], list[str]]:
    """Measure each group, and say which could not be."""
    measured, missing = {}, []
    for name, (title, tickers) in members.items():
        paired, apart = pairs_of(plan, list(events["event_id"]), tickers, matched=True)
        try:
            least = min(FEWEST, len(tickers))
            measured[name] = fit_pairs(plan, paired, apart, minimum=least, **options)
        except SpecificationError as error:
            missing.append(f"{title} ({str(error).partition(';')[0]})")
    if not measured:
        raise SpecificationError(f"no group can be measured around these events: {missing[0]}")
    return measured, missing


def untouched(study: Callable[..., Any], asked: Mapping[str, Any]) -> bool:
    """Say whether a study was asked as its defaults are, which is as planned."""
    defaults = inspect.signature(study).parameters
    return all(_plain(value) == _plain(defaults[name].default) for name, value in asked.items())


def _plain(value: Any) -> Any:
    """Return one name or none as a list, so that all ways to write them are equal."""
    if isinstance(value, Sequence) and not isinstance(value, str):
        return list(value)
    return [] if value is None or value == "" or value == {} else [value]
