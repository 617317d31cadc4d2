"""What is done where nothing is said is what each docstring says."""

from __future__ import annotations

import ast
import inspect
import re
from dataclasses import is_dataclass
from importlib import import_module
from pkgutil import walk_packages
from typing import Any

import pytest

from rareearth_research import dynamics, eventstudy, timing
from rareearth_research.summary import Result

FUNCTIONS = {
    name: function
    for package in (timing, dynamics, eventstudy)
    for name in package.__all__
    if inspect.isfunction(function := getattr(package, name)) or inspect.isclass(function)
    if inspect.getdoc(function) and not hasattr(function, "__members__")
}
SAID_IN_PROSE = {
    ("EventStudy", "max_shift"): 10,
    ("confounders", "window"): (-1, 1),
    ("map_sessions", "max_shift"): 10,
    ("overlaps", "sessions"): 3,
    ("size_of", "replications"): 1000,
    ("size_of", "seed"): 20261126,
    ("size_of", "progress"): True,
    ("specification_curve", "estimation"): (-260, -11),
    ("specification_curve", "windows"): ((0, 1), (-1, 1), (0, 5)),
    ("specification_curve", "models"): ("market", "market_adjusted", "mean"),
    ("timing_summary", "sessions"): 2,
}


def defaults(name: str) -> dict[str, Any]:
    given = inspect.signature(FUNCTIONS[name]).parameters.values()
    return {one.name: one.default for one in given if one.default is not inspect.Parameter.empty}


def documented(name: str) -> dict[str, Any]:
    """Read ``name : type, default value`` out of a docstring."""
    doc, found = inspect.getdoc(FUNCTIONS[name]) or "", {}
    for argument in defaults(name):
        entry = re.search(rf"^(?:\w+, )*{argument}(?:, \w+)* : .*?default (.+)$", doc, re.M)
        if entry:
            found[argument] = ast.literal_eval(entry[1])
    return found


@pytest.mark.parametrize("name", FUNCTIONS)
def test_defaults_are_those_of_the_docstring(name: str) -> None:
    said = documented(name)
    assert {argument: defaults(name)[argument] for argument in said} == said


def test_defaults_that_prose_or_nothing_says() -> None:
    assert sum(len(documented(name)) for name in FUNCTIONS) > 50
    assert {place: defaults(place[0])[place[1]] for place in SAID_IN_PROSE} == SAID_IN_PROSE


@pytest.mark.parametrize("package", [timing, dynamics, eventstudy])
def test_what_was_found_cannot_be_changed_and_shows_its_summary(package: Any) -> None:
    seen = 0
    for module in walk_packages(package.__path__, package.__name__ + "."):
        for kind in vars(import_module(module.name)).values():
            if is_dataclass(kind) and kind.__module__ == module.name:
                assert kind.__dataclass_params__.frozen, kind
                assert not (issubclass(kind, Result) and "__repr__" in vars(kind)), kind
                seen += 1
    assert seen > 5
