"""Do a study's parameter values name things that exist? Asked before a kernel starts.

A parameter's name, or its ending, tells what it holds: `event_ids` are events, `control_group` is a
group, `windows` are pairs of session offsets. Other names are only checked for their type.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, NamedTuple

from rareearth_research.arguments import check_whole
from rareearth_research.days import read_day, read_span
from rareearth_research.errors import SpecificationError, did_you_mean, shown

__all__ = ["IDLE", "WithoutEffect", "check_meaning", "check_together", "give_way", "known_values"]

LONGEST = 1000  # sessions, about four years: what is longer is a slip of the keyboard


def check_meaning(name: str, value: Any, defaults: Mapping[str, Any] | None = None) -> None:
    """Raise if `value` of parameter `name` names something that does not exist, or nothing.

    Parameters
    ----------
    name, value
        Of the parameter.
    defaults : mapping, optional
        What the notebook holds, by name. What it holds itself may be given, and an empty list of
        names where it has filters that choose instead.

    Raises
    ------
    SpecificationError
        Naming the parameter, the value at fault and the nearest ones.
    """
    defaults = defaults or {}
    left_to_filters = value == [] and not defaults.keys().isdisjoint(IDLE.get(name, ()))
    if value is None or left_to_filters or (name in defaults and value == defaults[name]):
        return
    if name in ("windows", "window", "estimation"):
        pairs = _items(value) if name == "windows" else [value]
        for at, pair in enumerate(pairs):
            _check_pair(name, pair)
            if pair in pairs[:at]:
                raise SpecificationError(
                    f"parameter {name!r} has {shown(pair)} twice; name it once"
                )
    elif name in _SPANS or name in _DATES or name.endswith(("_date", "_dates")):
        read = read_span if name in _SPANS else read_day
        for item in _items(value):
            read(item, f"parameter {name!r}:", SpecificationError)
    elif name in _COUNTS:
        for item in _items(value):
            check_whole(f"parameter {name!r}", item, *_COUNTS[name])
    elif (kind := _kind(name)) is not None:
        known = kind.listing()
        for item in _items(value):
            if not isinstance(item, str) or item not in known:
                raise SpecificationError(
                    f"parameter {name!r}: there is no {kind.what} {shown(item)}"
                    f"{did_you_mean(item, known)}. See `{kind.see}`"
                )


def check_together(values: Mapping[str, Any]) -> None:
    """Raise unless `estimation` lies apart from the event `windows`, each of them given once.

    Values of other forms than ours are not compared. Prices of one's own must be of securities
    whose exchange is known.
    """
    from rareearth_research.eventstudy.inputs.checks import check_estimation, check_windows

    estimation, windows = values.get("estimation"), values.get("windows", [values.get("window")])
    ours = isinstance(windows, list) and windows and all(map(_is_pair, windows))
    if ours and _is_pair(estimation):
        check_windows(windows, check_estimation(estimation))
    if values.get("prices_file"):
        _tickers()


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
    for names, filters in IDLE.items():
        chosen = [name for name in filters if name in asked]
        if not chosen or not isinstance(defaults.get(names), list):
            continue
        if given.get(names):
            raise WithoutEffect(chosen[0], names, given[names])
        if names not in given and defaults[names]:
            emptied[names] = []
    model = {**defaults, **given}.get("model")
    if "benchmark" in asked and model in _ALONE:
        raise WithoutEffect("benchmark", "model", model)
    return emptied


class WithoutEffect(SpecificationError):
    """The parameter `name` is made idle by another."""

    def __init__(self, name: str, beside: str, value: Any) -> None:
        self.name = name
        super().__init__(
            f"parameter {name!r} has no effect beside {beside}={shown(value)}; "
            "leave one of the two out"
        )


def known_values(name: str) -> list[str]:
    """Return what parameter `name` may hold, or an empty list where that is not a fixed set."""
    kind = _kind(name)
    return sorted(kind.listing()) if kind else []


class _Kind(NamedTuple):
    """What a parameter may name: in words, where the names are listed, and where to look."""

    what: str
    listing: Callable[[], set[str]]
    see: str


def _kind(name: str) -> _Kind | None:
    """Return what is known of `name`, or of what it ends in: `control_group` is a group."""
    endings = (known for known in _KNOWN if name == known or name.endswith(f"_{known}"))
    return _KNOWN[longest] if (longest := max(endings, key=len, default="")) else None


def _column(loader: str, column: str) -> set[str]:
    """Return the names in a column of the table that `loader` serves."""
    from rareearth_research import datasets

    cells = getattr(datasets, loader)().reset_index()[column].dropna()
    return {name for cell in cells for name in cell.split(";") if name}


def _exchanges() -> set[str]:
    from rareearth_research.timing import EXCHANGES

    return {name for mic, exchange in EXCHANGES.items() for name in (mic, *exchange.names)}


_events, _tickers = partial(_column, "load_events"), partial(_column, "load_securities", "ticker")
_KINDS = {
    ("event_id", "event_ids"): _Kind("event", partial(_events, "event_id"), "rareearth events"),
    ("security", "securities", "ticker", "tickers", "unit", "donors"): _Kind(
        "ticker", _tickers, "rer.load_securities()"
    ),
    ("benchmark", "benchmarks"): _Kind(
        "benchmark", lambda: {*_tickers(), "local"}, "rer.load_securities(group='benchmarks')"
    ),
    ("group", "groups"): _Kind(
        "group", partial(_column, "load_groups", "group"), "rer.load_groups()"
    ),
    ("exchange", "exchanges"): _Kind("exchange", _exchanges, "rer.timing.EXCHANGES"),
    ("actor", "actors"): _Kind("actor", partial(_events, "actor"), "rareearth events"),
    ("direction", "directions"): _Kind(
        "direction", partial(_events, "direction"), "rareearth events"
    ),
    ("material", "materials"): _Kind(
        "material", partial(_events, "materials"), "rer.load_materials()"
    ),
}
_KNOWN = {name: kind for names, kind in _KINDS.items() for name in names}
_SPANS = ("since", "until")  # a month or a year is read as its first and last day
_DATES = ("date", "dates", "start", "end")
_COUNTS = {"leads": (1, 250), "lags": (0, 250), "sessions": (0, LONGEST), "seed": (0, 2**32)}
_ALONE = ("raw", "mean", "synthetic", "synthetic_market")  # models that compare with no benchmark
# what is chosen by name makes a choice by features idle
IDLE: dict[str, tuple[str, ...]] = {
    "event_ids": ("actors", "actor", "directions", "direction", "materials", "material",
                  "since", "until"),
    "securities": ("group", "groups"),
    "tickers": ("group", "groups"),
}  # fmt: skip


def _items(value: Any) -> list[Any]:
    """Return what a list or mapping holds; an empty one stands for itself."""
    held = [*value.values()] if isinstance(value, dict) else value
    return held if isinstance(held, list) and held else [value]


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
