"""Do a study's parameter values name things that exist? Asked before a kernel starts.

A parameter's name, or its ending, tells what it holds: `event_ids` are events, `control_group` is a
group, `windows` are pairs of session offsets. Other names are only checked for type and limits.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, NamedTuple

from rareearth_research.days import read_day, read_span
from rareearth_research.errors import SpecificationError, did_you_mean, shown
from rareearth_research.reports.reading.limits import is_pair

LONGEST = 1000  # sessions, about four years: what is longer is a slip of the keyboard


def read_meaning(name: str, value: Any, defaults: Mapping[str, Any] | None = None) -> Any:
    """Return `value` of parameter `name` with its names as they are listed, or raise.

    Parameters
    ----------
    name, value
        Of the parameter. Names of the data are known in any case, and materials by symbol or word:
        ``dysprosium`` is ``Dy``.
    defaults : mapping, optional
        What the notebook holds, by name: what it holds itself may be given.

    Raises
    ------
    SpecificationError
        Naming the parameter, the value at fault and the nearest ones.
    """
    defaults = defaults or {}
    if value is None or value == [] or (name in defaults and value == defaults[name]):
        return value
    if name in _WINDOWS and not isinstance(value, int):  # `before` is also a number of periods
        for pair in _once(name, value) if name == "windows" else [value]:
            _check_pair(name, pair)
    elif name in _SPANS or name in _DATES or name.endswith(("_date", "_dates")):
        read = read_span if name in _SPANS else read_day
        for item in _items(value):
            read(item, f"parameter {name!r}:", SpecificationError)
    elif (kind := _kind(name)) is not None:
        held = {item: item for item in _items(defaults.get(name)) if isinstance(item, str)}
        listed = partial(_listed, name, kind, {**kind.listing(), **held})
        if isinstance(value, dict):
            return {key: listed(item) for key, item in value.items()}
        return _once(name, [*map(listed, value)]) if isinstance(value, list) else listed(value)
    return value


def check_together(values: Mapping[str, Any]) -> None:
    """Raise unless `estimation` lies apart from `windows`, and the filters leave an event.

    Values of other forms than ours are not compared. Prices of one's own must be of securities
    whose exchange is known, but for studies of `series`, which ask for no session.
    """
    from rareearth_research.eventstudy.inputs.checks import check_estimation, check_windows
    from rareearth_research.studies.sample import choose_events

    estimation, windows = values.get("estimation"), values.get("windows", [values.get("window")])
    ours = isinstance(windows, list) and windows and all(map(is_pair, windows))
    if ours and is_pair(estimation):
        check_windows(windows, check_estimation(estimation))
    filters = {name: values[name] for name in _FILTERS if values.get(name)}
    if filters and not values.get("event_ids"):
        choose_events([], **filters, suggested="event_ids" in values)
    if values.get("prices_file") and "series" not in values:
        _tickers()


def give_way(defaults: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the defaults to be emptied so that no parameter of `given` is without effect.

    A filter that was asked for empties a list of names that was not. A value equal to the default
    asks for nothing: the line that runs a study again names every parameter.

    Parameters
    ----------
    defaults, given : mapping
        Values by parameter name: of the notebook, and what was asked for.

    Raises
    ------
    SpecificationError
        If a parameter was asked for that another one makes idle, as `IDLE` says.
    """
    asked = {name for name, value in given.items() if value != defaults.get(name)}
    emptied: dict[str, Any] = {}
    for row in IDLE:
        idle = [name for name in row.names if name in asked]
        value = given.get(row.beside, defaults.get(row.beside))
        if not idle or row.beside not in defaults or not row.where(value):
            continue
        if row.beside in given or not row.yields:
            raise WithoutEffect(idle[0], row.beside, value)
        emptied[row.beside] = []
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
    return sorted({*kind.listing().values()}) if kind else []


class _Kind(NamedTuple):
    """What a parameter may name: in words, each name and what it stands for, and where to look."""

    what: str
    listing: Callable[[], Mapping[str, str]]
    see: str


def _kind(name: str) -> _Kind | None:
    """Return what is known of `name`, or of what it ends in: `control_group` is a group."""
    endings = (known for known in _KNOWN if name == known or name.endswith(f"_{known}"))
    return _KNOWN[longest] if (longest := max(endings, key=len, default="")) else None


def _listed(name: str, kind: _Kind, known: Mapping[str, str], item: Any) -> str:
    """Return the listed name that `item` is, in any case, or raise with the nearest ones."""
    if isinstance(item, str):
        alike = {known[one] for one in known if one.casefold() == item.strip().casefold()}
        if item in known or len(alike) == 1:
            return known.get(item) or alike.pop()
    raise SpecificationError(
        f"parameter {name!r}: there is no {kind.what} {shown(item)}{did_you_mean(item, known)}. "
        f"See `{kind.see}`"
    )


def _column(loader: str, column: str) -> dict[str, str]:
    """Return the names in a column of the table that `loader` serves."""
    from rareearth_research import datasets

    cells = getattr(datasets, loader)().reset_index()[column].dropna()
    return {name: name for cell in cells for name in cell.split(";") if name}


def _materials() -> dict[str, str]:
    from rareearth_research.datasets.loaders.materials import spoken

    return spoken(_column("load_events", "materials"))


def _exchanges() -> dict[str, str]:
    from rareearth_research.timing import EXCHANGES

    return {name: name for mic, one in EXCHANGES.items() for name in (mic, *one.names)}


def _series() -> dict[str, str]:
    from rareearth_research.datasets import list_series

    return {**_tickers(), **{name: name for name in list_series().index}}


_events, _tickers = partial(_column, "load_events"), partial(_column, "load_securities", "ticker")
_groups = partial(_column, "load_groups", "group")
_KINDS = {
    ("event_id", "event_ids", "marked"): _Kind(
        "event", partial(_events, "event_id"), "rareearth events"
    ),
    ("security", "securities", "ticker", "tickers", "unit", "controls"): _Kind(
        "ticker", _tickers, "rer.load_securities()"
    ),
    ("donors",): _Kind("ticker or group", lambda: _groups() | _tickers(), "rer.load_groups()"),
    ("benchmark", "benchmarks"): _Kind(
        "benchmark",
        lambda: _tickers() | {"local": "local"},
        "rer.load_securities(group='benchmarks')",
    ),
    ("series", "drawn"): _Kind("series", _series, "rer.list_series()"),
    ("group", "groups"): _Kind("group", _groups, "rer.load_groups()"),
    ("exchange", "exchanges"): _Kind("exchange", _exchanges, "rer.timing.EXCHANGES"),
    ("actor", "actors"): _Kind("actor", partial(_events, "actor"), "rareearth events"),
    ("direction", "directions"): _Kind(
        "direction", partial(_events, "direction"), "rareearth events"
    ),
    ("material", "materials"): _Kind("material", _materials, "rer.load_materials()"),
}
_KNOWN = {name: kind for names, kind in _KINDS.items() for name in names}
_WINDOWS = ("windows", "window", "before", "estimation")
_SPANS = ("since", "until")  # a month or a year is read as its first and last day
_DATES = ("date", "dates", "start", "end")
_FILTERS = ("actors", "directions", "materials", "since")
_ALONE = ("raw", "mean", "synthetic", "synthetic_market")  # models that compare with no benchmark


class Idle(NamedTuple):
    """The parameters `names` have no effect where the value of `beside` is such.

    `yields` says that `beside` chooses the same by name, so that its default, a list of names,
    gives way to them.
    """

    names: tuple[str, ...]
    beside: str
    where: Callable[[Any], bool]
    yields: bool = True


IDLE = (
    Idle(
        ("actors", "actor", "directions", "direction", "materials", "material", "since", "until"),
        "event_ids",
        bool,
    ),
    Idle(("group", "groups"), "securities", bool),
    Idle(("group", "groups"), "tickers", bool),
    Idle(("benchmark",), "model", lambda model: model in _ALONE, yields=False),
    Idle(
        ("benchmarks",),
        "models",
        lambda models: bool(models) and all(model in _ALONE for model in _items(models)),
        yields=False,
    ),
)


def idle_beside(chosen: str) -> list[str]:
    """Return what has no effect beside names that `chosen` holds: filters beside `event_ids`."""
    return [name for row in IDLE if row.yields and row.beside == chosen for name in row.names]


def _items(value: Any) -> list[Any]:
    """Return what a list holds; anything else stands for itself."""
    return value if isinstance(value, list) else [value]


def _once(name: str, items: list[Any]) -> list[Any]:
    for at, item in enumerate(items):
        if item in items[:at]:
            raise SpecificationError(f"parameter {name!r} has {shown(item)} twice; name it once")
    return items


def _check_pair(name: str, pair: Any) -> None:
    if not is_pair(pair) or pair[0] > pair[1]:
        raise SpecificationError(
            f"parameter {name!r}: {shown(pair)} is not a window; give two whole numbers, "
            "first <= last, such as [-1, 1]"
        )
    if max(abs(pair[0]), abs(pair[1])) > LONGEST:
        raise SpecificationError(
            f"parameter {name!r}: {shown(pair)} reaches more than {LONGEST:,} sessions from the "
            "event"
        )
