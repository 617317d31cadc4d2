"""Public names are documented in one dialect: NumPy's, with types that match the signature."""

from __future__ import annotations

import dataclasses
import importlib
import inspect
import re
from typing import Any

import pytest

PACKAGES = (
    "",
    ".datasets",
    ".timing",
    ".eventstudy",
    ".dynamics",
    ".plots",
    ".studies",
    ".reports",
)


def public() -> dict[str, Any]:
    """All public functions and classes, by where they are defined."""
    found = {}
    for package in PACKAGES:
        module = importlib.import_module(f"rareearth_research{package}")
        for name in module.__all__:
            thing = getattr(module, name)
            if inspect.isfunction(thing) or inspect.isclass(thing):
                found[f"{thing.__module__}.{thing.__qualname__}"] = thing
    return found


PUBLIC = public()
FUNCTIONS = {name: thing for name, thing in PUBLIC.items() if inspect.isfunction(thing)}
CLASSES = {name: thing for name, thing in PUBLIC.items() if inspect.isclass(thing)}
RECORDS = {name: thing for name, thing in CLASSES.items() if dataclasses.is_dataclass(thing)}
MADE = {
    name: thing
    for name, thing in CLASSES.items()
    if name not in RECORDS and not issubclass(thing, Exception)
}


def section(thing: Any, name: str) -> str:
    """The text of one section of a docstring; empty if there is none."""
    text = inspect.getdoc(thing) or ""
    found = re.search(rf"^{name}\n-+\n(.*?)(?=\n\n?[A-Z]\w*( \w+)?\n---|\Z)", text, re.M | re.S)
    return found[1] if found else ""


def entries(text: str) -> dict[str, str]:
    """Names and types of a section's entries."""
    found = {}
    for line in text.splitlines():
        if line and not line.startswith(" "):
            names, _, kind = line.partition(" : ")
            found |= dict.fromkeys(names.replace("*", "").split(", "), kind)
    return found


def asked(thing: Any) -> dict[str, inspect.Parameter]:
    return dict(inspect.signature(thing).parameters)


@pytest.mark.parametrize("name", [*FUNCTIONS, *MADE])
def test_every_parameter_is_documented_by_its_name_and_a_type(name: str) -> None:
    documented = entries(section(PUBLIC[name], "Parameters"))
    assert list(documented) == list(asked(PUBLIC[name]))
    assert all(documented.values())


@pytest.mark.parametrize("name", [*FUNCTIONS, *MADE])
def test_what_may_be_left_out_is_said_to_be_optional_and_defaults_are_true(name: str) -> None:
    documented = entries(section(PUBLIC[name], "Parameters"))
    for parameter, kind in documented.items():
        default = asked(PUBLIC[name])[parameter].default
        said = re.search(r"default (.+)$", kind)
        assert default is not None or "optional" in kind, parameter
        assert said is None or said[1].strip('"') == str(default), parameter


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_says_what_it_returns_and_raises(name: str) -> None:
    function = FUNCTIONS[name]
    returns = inspect.signature(function).return_annotation
    assert section(function, "Returns") or returns in ("None", None)
    raised = set(re.findall(r"raise (\w+Error)\(", inspect.getsource(function)))
    assert raised <= set(re.findall(r"\w+Error", section(function, "Raises")))


@pytest.mark.parametrize("name", RECORDS)
def test_every_field_of_a_record_is_documented_with_a_type(name: str) -> None:
    documented: dict[str, str] = {}
    for base in RECORDS[name].__mro__:
        documented |= entries(section(base, "Attributes"))
    assert {field.name for field in dataclasses.fields(RECORDS[name])} <= documented.keys()
    assert all(documented.values())


@pytest.mark.parametrize("name", CLASSES)
def test_every_public_method_says_what_it_does(name: str) -> None:
    members = {key: value for key, value in vars(CLASSES[name]).items() if key[0] != "_"}
    described = {key: inspect.getdoc(value) for key, value in members.items() if callable(value)}
    assert all(described.values()), described
