"""Do a study's parameter values name things that exist? Asked before a kernel starts.

A parameter's name, or its ending, tells what it holds: `event_ids` are events, `control_group` is a
group, `windows` are pairs of session offsets. Other names are only checked for their type.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from rareearth_research.arguments import check_whole
from rareearth_research.days import read_day, read_span
from rareearth_research.errors import SpecificationError, did_you_mean, shown

__all__ = ["check_meaning", "check_together", "give_way", "has_windows", "known_values"]

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
        for pair in _items(value) if name == "windows" else [value]:
            _check_pair(name, pair)
    elif name in _SPANS or name in _DATES or name.endswith(("_date", "_dates")):
        read = read_span if name in _SPANS else read_day
        for item in _items(value):
            read(item, f"parameter {name!r}:", SpecificationError)
    elif name in _COUNTS:
        check_whole(f"parameter {name!r}", value, 0, LONGEST)
    elif (kind := _kind(name)) is not None:
        what, listing, command = kind
        known = listing()
        for item in _items(value):
            if not isinstance(item, str) or item not in known:
                raise SpecificationError(
                    f"parameter {name!r}: there is no {what} {shown(item)}"
                    f"{did_you_mean(item, known)}. See `{command}`"
                )


def has_windows(values: Mapping[str, Any]) -> bool:
    """Return whether `values` hold an `estimation` window and event `windows`, as ours do."""
    windows = values.get("windows")
    return (
        isinstance(windows, list)
        and all(_is_pair(window) for window in windows)
        and _is_pair(values.get("estimation"))
    )


def check_together(values: Mapping[str, Any]) -> None:
    """Raise unless the `estimation` window ends before each of the event `windows`."""
    from rareearth_research.eventstudy.inputs.checks import check_apart

    if estimation := values.get("estimation"):
        for window in values.get("windows") or ():
            check_apart(estimation, window, "parameter 'estimation'")


def give_way(defaults: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the defaults to be emptied so that no parameter of `given` is without effect.

    Named events leave nothing for filters of events to choose, and named securities nothing for a
    group. A filter that was asked for therefore empties a list of names that was not. A value equal
    to the default asks for nothing: the line that runs a study again names every parameter.

    Parameters
    ----------
    defaults, given : mapping
        Values by parameter name: of the notebook, and what was asked for.

    Raises
    ------
    SpecificationError
        If both names and a filter were asked for, or a benchmark for a model that has none.
    """
    asked = {name for name, value in given.items() if value != defaults.get(name)}
    emptied: dict[str, Any] = {}
    for names, filters in _IDLE.items():
        chosen = [name for name in filters if name in asked]
        if not chosen or not isinstance(defaults.get(names), list):
            continue
        if given.get(names):
            raise _without_effect(chosen[0], names, given[names])
        if names not in given and defaults[names]:
            emptied[names] = []
    model = {**defaults, **given}.get("model")
    if "benchmark" in asked and model in _ALONE:
        raise _without_effect("benchmark", "model", model)
    return emptied


def _without_effect(name: str, beside: str, value: Any) -> SpecificationError:
    return SpecificationError(
        f"parameter {name!r} has no effect beside {beside}={shown(value)}; leave one of the two out"
    )


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
_SPANS = ("since", "until")  # a month or a year is read as its first and last day
_DATES = ("date", "dates", "start", "end")
_COUNTS = ("leads", "lags", "sessions")
_ALONE = ("raw", "mean")  # models that compare with no benchmark
# what is chosen by name makes a choice by features idle
_IDLE: dict[str, tuple[str, ...]] = {
    "event_ids": ("actors", "actor", "directions", "direction", "materials", "material",
                  "since", "until"),
    "securities": ("group", "groups"),
    "tickers": ("group", "groups"),
}  # fmt: skip


def _items(value: Any) -> Iterable[Any]:
    return value if isinstance(value, list) else [value]


def _check_pair(name: str, pair: Any) -> None:
    if not _is_pair(pair) or pair[0] > pair[1]:
        raise SpecificationError(
            f"parameter {name!r}: {shown(pair)} is not a window; give two whole numbers of "
            "sessions, first <= last, such as [-1, 1]"
        )
    if max(abs(pair[0]), abs(pair[1])) > LONGEST:
        raise SpecificationError(
            f"parameter {name!r}: {shown(pair)} reaches more than {LONGEST:,} sessions from the "
            "event"
        )


def _is_pair(value: Any) -> bool:
    return isinstance(value, list) and len(value) == 2 and all(type(x) is int for x in value)
