"""Do a study's parameter values name things that exist? Asked before a kernel starts.

A parameter's name tells what it holds: `event_ids` are events, `benchmark` is a security, `windows`
are pairs of session offsets. Names that are not listed here are only checked for their type.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import pandas as pd

from rareearth_research.errors import SpecificationError, did_you_mean

__all__ = ["check_meaning", "known_values"]


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
    elif name in _KNOWN:
        what, listing, command = _KNOWN[name]
        known = listing()
        for item in _items(value):
            if item not in known:
                raise SpecificationError(
                    f"parameter {name!r}: there is no {what} {item!r}"
                    f"{did_you_mean(item, known)}. See `{command}`"
                )


def known_values(name: str) -> list[str]:
    """Return what parameter `name` may hold, or an empty list where that is not a fixed set."""
    return sorted(_KNOWN[name][1]()) if name in _KNOWN else []


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

    return set(load_events()["actor"])


def _materials() -> set[str]:
    from rareearth_research.datasets import load_events

    return {m for cell in load_events()["materials"].dropna() for m in str(cell).split(";")}


def _exchanges() -> set[str]:
    from rareearth_research.timing import EXCHANGES

    return set(EXCHANGES)


_Listing = Callable[[], set[str]]
_EVENT: tuple[str, _Listing, str] = ("event", _event_ids, "rareearth events")
_TICKER: tuple[str, _Listing, str] = ("ticker", _tickers, "rer.load_securities()")
_GROUP: tuple[str, _Listing, str] = ("group", _groups, "rer.load_groups()")
_EXCHANGE: tuple[str, _Listing, str] = ("exchange", _exchanges, "rer.timing.EXCHANGES")
_ACTOR: tuple[str, _Listing, str] = ("actor", _actors, "rareearth events")
_MATERIAL: tuple[str, _Listing, str] = ("material", _materials, "rer.load_materials()")
_KNOWN: dict[str, tuple[str, _Listing, str]] = {
    "event_id": _EVENT, "event_ids": _EVENT,
    "security": _TICKER, "securities": _TICKER, "ticker": _TICKER, "tickers": _TICKER,
    "unit": _TICKER, "donors": _TICKER,
    "benchmark": ("benchmark", _benchmarks, "rer.load_securities(group='benchmarks')"),
    "group": _GROUP, "groups": _GROUP,
    "exchange": _EXCHANGE, "exchanges": _EXCHANGE,
    "actor": _ACTOR, "actors": _ACTOR,
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


def _check_date(name: str, value: Any) -> None:
    try:
        missing = pd.isna(pd.Timestamp(value))
    except (ValueError, TypeError):
        missing = True
    if missing:
        raise SpecificationError(
            f"parameter {name!r}: {value!r} is not a date; write it as 2025-10-09"
        )
