"""A study of files of one's own: while it runs they stand before everything that ships.

Where they are given and nothing else was chosen, the study is about them: events of `events_file`,
securities of `prices_file`. A choice equal to the default asks for nothing, as in a report.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec, TypeVar

import pandas as pd

from rareearth_research.datasets.own.layers import files_of, layers
from rareearth_research.datasets.own.overlay import GROUP, shares_of
from rareearth_research.datasets.reading.words import is_market
from rareearth_research.errors import SpecificationError, few, shown
from rareearth_research.studies.sample import names_or_all

P = ParamSpec("P")
T = TypeVar("T")


def reads_files(study: Callable[P, T]) -> Callable[P, T]:
    """Let `study` read the files that its ``events_file`` and ``prices_file`` name."""
    signature = inspect.signature(study)
    defaults = {name: parameter.default for name, parameter in signature.parameters.items()}

    @wraps(study)
    def run(*args: P.args, **kwargs: P.kwargs) -> T:
        given = signature.bind(*args, **kwargs)
        given.apply_defaults()
        asked = given.arguments
        with files_of(asked):
            asked |= about_files(asked, defaults)
            return study(*given.args, **given.kwargs)

    return run


def about_files(asked: dict[str, Any], defaults: dict[str, Any]) -> dict[str, Any]:
    """Return what the choices that were left at their defaults stand for beside files."""
    files = layers()[:1]

    def left(name: str) -> bool:
        return name in defaults and untouched(asked[name], defaults[name])

    chosen: dict[str, Any] = {}
    if asked["events_file"] and left("event_ids"):
        chosen["event_ids"] = [] if files[0].events is None else [*files[0].events["event_id"]]
    shares = shares_of(files[0]) if asked["prices_file"] else []
    if asked["prices_file"] and left("group"):
        if not names_or_all("securities", asked.get("securities", ())):
            if not shares:
                raise SpecificationError(
                    f"prices_file holds no security to study beside {few(files[0].columns)}, which "
                    f"{'are' if len(files[0].columns) > 1 else 'is'} to measure against by symbol; "
                    f"add one, or name what is studied, securities={files[0].columns[:1]}"
                )
            chosen["group"] = GROUP
        if left("benchmarks"):
            chosen["benchmarks"] = ["local"]
    if asked["prices_file"] and files[0].prices is not None:
        if left("series"):
            chosen["series"] = files[0].columns
        if left("unit"):
            chosen["unit"] = shares or files[0].columns
    if asked["events_file"] and left("event_id"):
        chosen["event_id"] = _only_event(files[0].events)
    return chosen


def crossed(events: pd.DataFrame, securities: pd.DataFrame) -> pd.DataFrame:
    """Return the events with every security named, where one is a market and was chosen by name."""
    if len(securities) < 2 or not any(map(is_market, securities.index)):
        return events
    return events.merge(pd.DataFrame({"security": securities.index}), how="cross")


def untouched(value: Any, default: Any) -> bool:
    """Say whether a choice is the default, as a tuple or as a list of a notebook."""
    if isinstance(default, tuple) and isinstance(value, list):
        return value == list(default)
    return isinstance(value, type(default)) and bool(value == default)


def _only_event(events: pd.DataFrame | None) -> str:
    ids = [] if events is None else [*map(str, events["event_id"])]
    if len(ids) != 1:
        raise SpecificationError(
            f"events_file holds {len(ids)} events, and the study is of one; name it with event_id"
            + (f", such as {shown(ids[0])}" if ids else "")
        )
    return ids[0]
