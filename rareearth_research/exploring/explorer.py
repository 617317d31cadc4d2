"""What does the answer depend on? The choices of `event_study` as widgets, its answer beside them.

What is shown is what `event_study` returns for the parameters that the widgets stand for: notebook
02 and a report call the same function, so a study written down here says what was seen here.
"""

from __future__ import annotations

import asyncio
import inspect
import json
from functools import lru_cache
from typing import Any

import pandas as pd

from rareearth_research.arguments import check_keywords
from rareearth_research.datasets import load_events
from rareearth_research.errors import RareEarthError, SpecificationError
from rareearth_research.exploring import shown
from rareearth_research.exploring.controls import (
    FILTERS,
    WIDE,
    event_options,
    make_controls,
    read_controls,
)
from rareearth_research.exploring.shown import CHECKED, PARTS
from rareearth_research.exploring.written import write_study
from rareearth_research.studies.events import EventsStudy, event_study

WAIT = 0.2  # seconds without a change after which the answer is asked for
CHOOSING = ("actors", "directions", "materials", "since")  # events, where none is named
DEFAULTS = {name: p.default for name, p in inspect.signature(event_study).parameters.items()}


def explore(**parameters: Any) -> Explorer:
    """Explore event studies in JupyterLab: widgets for every choice, the answer beside them.

    Parameters
    ----------
    **parameters : object
        Of `studies.event_study`, to begin with; events by name (``event_ids``).

    Returns
    -------
    Explorer
        Shown as its widgets where it ends a cell.

    Raises
    ------
    SpecificationError
        If ipywidgets is not installed, and as `studies.event_study`.
    """
    return Explorer(parameters)


class Explorer:
    """Choices of an event study as widgets, and its answer beside them.

    Attributes
    ----------
    controls : dict of str to Widget
        By parameter of `event_study`; ``search, actor, material, direction, since`` choose which
        events are listed to be picked.
    parameters : dict
        Of `event_study`, as the widgets stand.
    answer : EventsStudy or None
        None where there is none: `shown` then says why.
    shown : dict of str to Widget
        ``finding``, ``path`` and the parts in tabs, as HTML.
    """

    def __init__(self, parameters: dict[str, Any]) -> None:
        try:
            import ipywidgets as widgets
        except ImportError as error:
            raise SpecificationError(
                "exploring needs ipywidgets: pip install 'rareearth_research[explore]'"
            ) from error
        check_keywords(event_study, parameters, "explore", skip=("checks",))
        first = event_study(**parameters, checks=False)
        chosen = {**first.parameters, "event_ids": list(first.events["event_id"])}
        chosen |= {name: DEFAULTS[name] for name in CHOOSING}
        self._start = json.loads(json.dumps(chosen))  # lists for tuples
        listed = pd.concat([load_events(), first.events])
        self._events = listed.drop_duplicates("event_id", ignore_index=True)
        self.controls = make_controls(self._start, self._events)
        self.answer: EventsStudy | None = None
        self._answered = lru_cache(maxsize=32)(_answer)
        self.shown = {part: widgets.HTML() for part in ("status", "finding", "path", *PARTS)}
        self._tabs = widgets.Tab([self.shown[part] for part in PARTS], titles=[*PARTS])
        self._name = widgets.Text("my_study", description="Name", **WIDE)
        self._button = widgets.Button(
            description="Write this as a study", icon="save", layout={"width": "auto"}
        )
        self._written = widgets.HTML()
        self._waiting: asyncio.TimerHandle | None = None
        for name, control in self.controls.items():
            control.observe(self._list_events if name in FILTERS else self._soon, "value")
        for part in self.shown.values():
            part.add_class("rer-answer")
        self._tabs.observe(self._fill, "selected_index")
        self._button.on_click(self._write)
        left = [*self.controls.values(), self._name, self._button, self._written]
        right = [self.shown["status"], self.shown["finding"], self.shown["path"]]
        columns = [
            widgets.VBox(left, layout={"width": "30em", "flex": "0 0 auto"}),
            widgets.VBox(right, layout={"flex": "1 1 0", "min_width": "0", "margin": "0 1em"}),
        ]
        style = widgets.HTML(shown.STYLE)
        self._box = widgets.VBox([style, widgets.HBox(columns), self._tabs])
        self._show(first)

    @property
    def parameters(self) -> dict[str, Any]:
        """Parameters of `event_study`, as the widgets stand."""
        chosen = read_controls(self.controls)
        return self._start | chosen | ({"group": DEFAULTS["group"]} if chosen["securities"] else {})

    def update(self) -> None:
        """Ask `event_study`, and show its answer, or in its place why there is none."""
        try:
            self._show(self._ask(checks=False))
        except RareEarthError as error:
            self._show(None, str(error))

    def _show(self, answer: EventsStudy | None, why: str = "") -> None:
        self.answer = answer
        parts = {"status": "", "finding": shown.message(why), "path": ""}
        if answer is not None:
            parts = {part: getattr(shown, part)(answer) for part in parts}
        for part, text in parts.items():  # all of them at once
            self.shown[part].value = text
        self._written.value = ""
        self._fill()

    def _repr_mimebundle_(self, **options: Any) -> Any:
        return self._box._repr_mimebundle_(**options)

    def _soon(self, _: Any) -> None:
        """Update once the widgets rest; at once where nothing else could come meanwhile."""
        self.shown["status"].value = "computing …"
        if self._waiting is not None:
            self._waiting.cancel()
        try:
            self._waiting = asyncio.get_running_loop().call_later(WAIT, self.update)
        except RuntimeError:
            self.update()

    def _ask(self, *, checks: bool) -> EventsStudy:
        return self._answered(json.dumps(self.parameters), checks)

    def _fill(self, _: Any = None) -> None:
        """Draw the part that is looked at, and leave the others empty."""
        for place, (part, draw) in enumerate(PARTS.items()):
            if place != self._tabs.selected_index or self.answer is None:
                self.shown[part].value = ""
                continue
            answer = self._ask(checks=True) if part in CHECKED else self.answer
            self.shown[part].value = draw(answer)

    def _list_events(self, _: Any) -> None:
        """List what the filters leave, beside what is picked already."""
        events, picks = self.controls["event_ids"], self.controls["event_ids"].value
        asked = {name: self.controls[name].value.strip() or None for name in FILTERS}
        try:
            found = load_events(**{FILTERS[name]: value for name, value in asked.items()})
        except RareEarthError as error:
            self.shown["status"].value = shown.message(str(error))
            return
        listed = self._events[self._events["event_id"].isin([*found["event_id"], *picks])]
        events.unobserve(self._soon, "value")  # new options drop the picks, which are to stay
        events.options, events.value = event_options(listed), picks
        events.observe(self._soon, "value")
        self.shown["status"].value = f"{len(found)} events found"

    def _write(self, _: Any) -> None:
        try:
            lines = write_study(self._name.value.strip(), self.parameters)
            self._written.value = shown.lines(lines)
        except RareEarthError as error:
            self._written.value = shown.message(str(error))


def _answer(parameters: str, checks: bool) -> EventsStudy:
    """Return the answer for parameters as JSON, which an explorer asks for once."""
    return event_study(**json.loads(parameters), checks=checks)
