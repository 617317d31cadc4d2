"""Do a study's parameter values name things that exist? Asked before a kernel starts.

A parameter's name, or its ending, tells what it holds: `event_ids` are events, `control_group` is a
group, `windows` are pairs of session offsets. Other names are only checked for their type.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import pandas as pd

from rareearth_research.errors import SpecificationError, did_you_mean

__all__ = ["check_meaning", "check_together", "known_values"]

_Listing = Callable[[], set[str]]
LONGEST = 1000  # sessions, about four years: what is longer is a slip of the keyboard


def check_meaning(name: str, value: Any) -> None:
    """Raise if `value` of parameter `name` names something that does not exist.

    Raises
    ------
    SpecificationError
        Naming the parameter, the value at fault and the nearest ones.
    """
    if value is None or value in ("", []):
        return
    if name in ("windows", "window", "estimation"):
        pairs = value if name == "windows" else [value]
        for pair in pairs:
            _check_pair(name, pair)
    elif name in _DATES or name.endswith("_date"):
        for item in _items(value):
            _check_date(name, item)
    elif (kind := _kind(name)) is not None:
        what, listing, command = kind
        known = listing()
        for item in _items(value):
            if item not in known:
                raise SpecificationError(
                    f"parameter {name!r}: there is no {what} {item!r}"
                    f"{did_you_mean(item, known)}. See `{command}`"
                )


def check_together(values: Mapping[str, Any]) -> None:
    """Raise unless the `estimation` window ends before each of the event `windows`."""
    from rareearth_research.eventstudy.checks import check_apart

    if estimation := values.get("estimation"):
        for window in values.get("windows") or ():
            check_apart(estimation, window, "parameter 'estimation'")


def known_values(name: str) -> list[str]:
    """Return what parameter `name` may hold, or an empty list where that is not a fixed set."""
    kind = _kind(name)
    return sorted(kind[1]()) if kind else []


def _kind(name: str) -> tuple[str, _Listing, str] | None:
    """Return what is known of `name`, or of what it ends in: `control_group` is a group."""
    endings = (known for known in _KNOWN if name == known or name.endswith(f"_{known}"))
    return _KNOWN[longest] if (longest := max(endings, key=len, default="")) else None


def _event_ids() -> set[str]:
    from rareearth_research.datasets import load_events

    return set(load_events()["event_id"])


def _tickers() -> set[str]:
    from rareearth_research.datasets import load_securities

    return set(load_securities().index)


def _benchmarks() -> set[str]:
    return {*_tickers(), "local"}


def _groups() -> set[str]:
    from rareearth_research.datasets import load_groups

    groups = load_groups()
    return set(groups["group"]) if "group" in groups else set(groups.index)


def _actors() -> set[str]:
    from rareearth_research.datasets import load_events

    return {actor for cell in load_events()["actor"] for actor in str(cell).split(";")}


def _directions() -> set[str]:
    from rareearth_research.datasets import load_events

    return set(load_events()["direction"])


def _materials() -> set[str]:
    from rareearth_research.datasets import load_events

    return {m for cell in load_events()["materials"].dropna() for m in str(cell).split(";")}


def _exchanges() -> set[str]:
    from rareearth_research.timing import EXCHANGES

    return set(EXCHANGES)


_EVENT: tuple[str, _Listing, str] = ("event", _event_ids, "rareearth events")
_TICKER: tuple[str, _Listing, str] = ("ticker", _tickers, "rer.load_securities()")
_GROUP: tuple[str, _Listing, str] = ("group", _groups, "rer.load_groups()")
_EXCHANGE: tuple[str, _Listing, str] = ("exchange", _exchanges, "rer.timing.EXCHANGES")
_ACTOR: tuple[str, _Listing, str] = ("actor", _actors, "rareearth events")
_DIRECTION: tuple[str, _Listing, str] = ("direction", _directions, "rareearth events")
_BENCHMARK: tuple[str, _Listing, str] = (
    "benchmark", _benchmarks, "rer.load_securities(group='benchmarks')"
)  # fmt: skip
_MATERIAL: tuple[str, _Listing, str] = ("material", _materials, "rer.load_materials()")
_KNOWN: dict[str, tuple[str, _Listing, str]] = {
    "event_id": _EVENT, "event_ids": _EVENT,
    "security": _TICKER, "securities": _TICKER, "ticker": _TICKER, "tickers": _TICKER,
    "unit": _TICKER, "donors": _TICKER,
    "benchmark": _BENCHMARK, "benchmarks": _BENCHMARK,
    "group": _GROUP, "groups": _GROUP,
    "exchange": _EXCHANGE, "exchanges": _EXCHANGE,
    "actor": _ACTOR, "actors": _ACTOR,
    "direction": _DIRECTION, "directions": _DIRECTION,
    "material": _MATERIAL, "materials": _MATERIAL,
}  # fmt: skip
_DATES = ("since", "until", "date", "dates", "start", "end")


def _items(value: Any) -> Iterable[Any]:
    return value if isinstance(value, list) else [value]


def _check_pair(name: str, pair: Any) -> None:
    whole = isinstance(pair, list) and len(pair) == 2 and all(type(x) is int for x in pair)
    if not whole or pair[0] > pair[1]:
        raise SpecificationError(
            f"parameter {name!r}: {pair!r} is not a window; give two whole numbers of sessions, "
            "first <= last, such as [-1, 1]"
        )
    if max(abs(pair[0]), abs(pair[1])) > LONGEST:
        raise SpecificationError(
            f"parameter {name!r}: {pair} reaches more than {LONGEST:,} sessions from the event"
        )


def _check_date(name: str, value: Any) -> None:
    try:
        missing = pd.isna(pd.Timestamp(value))
    except (ValueError, TypeError):
        missing = True
    if missing:
        raise SpecificationError(
            f"parameter {name!r}: {value!r} is not a date; write it as 2025-10-09"
        )
