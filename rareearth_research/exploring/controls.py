"""With what can a study be chosen? A widget for each parameter, with the values that there are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, get_args

import pandas as pd

from rareearth_research.choices import Direction, FirmNews, StudyModel, Timing
from rareearth_research.datasets import load_groups, load_securities
from rareearth_research.errors import SpecificationError, shown
from rareearth_research.eventstudy.inputs.choices import MODELS
from rareearth_research.reports.reading.typed import Typed
from rareearth_research.reports.reading.values import Misfit, fit

if TYPE_CHECKING:
    from ipywidgets import Widget

# which events are listed: widget, and argument of `load_events`
FILTERS = {
    "search": "search",
    "actor": "actor",
    "material": "materials",
    "direction": "direction",
    "since": "since",
}
# typed as text: type, example, what it is
TYPED = {
    "securities": (list[str], "MP, LYC.AX", "Tickers, in place of the group"),
    "windows": (list[list[int]], "0,1; -1,5", "In sessions; the first is the headline"),
    "estimation": (list[int], "-260,-11", "Estimation window, in sessions"),
}
ORDER = (*FILTERS, "event_ids", "group", "securities", "windows", "benchmark", "model",
         "estimation", "timing", "firm_news")  # fmt: skip
LATE = {"continuous_update": False}  # once it is typed
WIDE = {"layout": {"width": "auto"}, "style": {"description_width": "6.5em"}}


def make_controls(start: dict[str, Any], events: pd.DataFrame) -> dict[str, Widget]:
    """Return the widgets by name, set to the parameters of a study, to pick from `events`."""
    import ipywidgets as widgets

    benchmarks = load_securities(group="benchmarks")["name"]
    if start["benchmark"] not in ("local", *benchmarks.index):
        benchmarks = pd.concat([benchmarks, load_securities([start["benchmark"]])["name"]])
    menus: dict[str, tuple[str, Any, str]] = {
        "actor": ("Actor", _parts(events["actor"]), "Who announced"),
        "material": ("Material", _parts(events["materials"]), "What the policy concerns"),
        "direction": ("Direction", get_args(Direction), "Of the policy"),
        "group": ("Group", _titled(load_groups()["title"]), "Group of securities"),
        "benchmark": (
            "Benchmark",
            [("each exchange's own index", "local"), *_titled(benchmarks)],
            "What returns are held against",
        ),
        "model": (
            "Model",
            [(MODELS[name].title, name) for name in get_args(StudyModel)],
            "Of expected returns",
        ),
        "timing": ("Timing", get_args(Timing), "Moment of the announcement that gives session 0"),
        "firm_news": ("Firm news", get_args(FirmNews), "Pairs whose firm had news of its own"),
    }
    controls: dict[str, Widget] = {
        "search": widgets.Text(
            description="Search", tooltip="Words of name, summary, number or notes", **WIDE
        ),
        "since": widgets.Text(
            description="Since", placeholder="2023", tooltip="First announced day", **LATE, **WIDE
        ),
        "event_ids": widgets.SelectMultiple(
            options=event_options(events), value=tuple(start["event_ids"]), rows=9,
            description="Events", tooltip="Ctrl or Shift picks several", **WIDE,
        ),
    }  # fmt: skip
    for name, (label, options, tooltip) in menus.items():
        pairs = [("any", "")] if name in FILTERS else []
        pairs += [(option, option) if isinstance(option, str) else option for option in options]
        value = start.get(name, "")
        controls[name] = widgets.Dropdown(
            options=pairs, value=value, description=label, tooltip=tooltip, **WIDE
        )
    for name, (_, example, tooltip) in TYPED.items():
        controls[name] = widgets.Text(
            _typed(start[name]), description=name.capitalize(), placeholder=example,
            tooltip=tooltip, **LATE, **WIDE,
        )  # fmt: skip
    return {name: controls[name] for name in ORDER}


def _titled(titles: pd.Series) -> list[tuple[str, str]]:
    return [(f"{title} ({name})", str(name)) for name, title in titles.items()]


def _parts(column: pd.Series) -> list[str]:
    return sorted({part for cell in column.dropna() for part in cell.split(";")} - {""})


def event_options(events: pd.DataFrame) -> list[tuple[str, str]]:
    """Return events as (label, id), the latest first."""
    latest = events.iloc[::-1]
    return [
        (f"{date:%Y-%m-%d} · {actor} · {name}", event_id)
        for date, actor, name, event_id in zip(
            latest["date"], latest["actor"], latest["name"], latest["event_id"], strict=True
        )
    ]


def read_controls(controls: dict[str, Widget]) -> dict[str, Any]:
    """Return the parameters of `event_study` that the widgets stand for.

    Raises
    ------
    SpecificationError
        If no event is picked, or a text is not what its parameter holds.
    """
    chosen = {name: control.value for name, control in controls.items() if name not in FILTERS}
    chosen["event_ids"] = list(chosen["event_ids"])
    if not chosen["event_ids"]:
        raise SpecificationError("no event is picked; pick one or several in the list of events")
    for name, (kind, example, _) in TYPED.items():
        words = chosen[name].strip()
        try:
            chosen[name] = fit(Typed(words or "[]"), kind)
        except Misfit as error:
            raise SpecificationError(
                f"{name}={shown(words)}: {error.reason}; write it as {example}"
            ) from None
    return chosen


def _typed(value: Any) -> str:
    """Return a list as one types it: ``0,1; -1,5``."""
    if any(isinstance(item, list) for item in value):
        return "; ".join(map(_typed, value))
    return ",".join(map(str, value))
