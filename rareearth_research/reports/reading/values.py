"""Read a value by the type of its parameter: what was typed means what the parameter can hold.

``ON`` is a ticker where text is asked for and a truth value where one is; ``010`` is ten, as in
YAML 1.2. Values that a program gives are held to the type as they are.
"""

from __future__ import annotations

import math
import re
import types
from collections.abc import Callable, Iterable
from typing import Any, Literal, Union, get_args, get_origin

from rareearth_research.errors import shown
from rareearth_research.reports.reading.typed import Quoted, Typed, read_flow

_NOTHING = ("null", "none", "~", "")
_TRUE, _FALSE = ("true", "yes", "on"), ("false", "no", "off")
_WHOLE = re.compile(r"[-+]?\d{1,30}", re.ASCII)
_OTHER_BASE = re.compile(r"0o[0-7]{1,30}|0x[0-9a-fA-F]{1,30}", re.ASCII)
_NUMBER = re.compile(r"[-+]?(\.\d{1,40}|\d{1,40}(\.\d{0,40})?)([eE][-+]?\d{1,3})?", re.ASCII)


class Misfit(Exception):
    """The value is not of the type: `reason` says why, `at` where in a list."""

    def __init__(self, reason: str, at: str = "") -> None:
        super().__init__(reason)
        self.reason, self.at = reason, at


def fit(value: Any, type_: Any) -> Any:
    """Return `value` as the type says, made of what JSON can carry.

    Parameters
    ----------
    value : Any
        A `Typed` word, text, number, truth value, None, list or dict of such.
    type_ : Any
        From `read_type`. Where it is a list, one value stands for a list of one, a comma separates
        several, and a semicolon lists of them: ``-1,1;0,5``.

    Raises
    ------
    Misfit
        If there is no such reading.
    """
    origin, inner = get_origin(type_) or type_, get_args(type_)
    if origin is Any:
        return _anything(value)
    if origin in (Union, types.UnionType):
        return _one_of(value, inner)
    if origin is Literal:
        return _choice(value, inner)
    if origin in (list, tuple):
        return _several(value, origin, inner)
    if origin is dict:
        return _mapping(value, inner)
    return _SCALARS[origin](value)


def _whole(value: Any) -> int:
    if isinstance(value, str):
        text = value.strip()
        if _WHOLE.fullmatch(text):
            value = int(text)
        elif _OTHER_BASE.fullmatch(text):
            value = int(text, 0)
        elif "e" in text.lower() and _NUMBER.fullmatch(text) and float(text).is_integer():
            value = int(float(text))  # 1e3
    if not isinstance(value, int) or isinstance(value, bool):
        raise Misfit("a whole number is asked for")
    if abs(value) >= 2**63:
        raise Misfit("a whole number of at most 18 digits is asked for")
    return value


def _number(value: Any) -> float:
    if isinstance(value, str) and _NUMBER.fullmatch(value.strip()):
        value = float(value)
    if isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value):
        return value
    raise Misfit("a finite number is asked for, such as 0.05")


def _truth(value: Any) -> bool:
    word = value.strip().lower() if isinstance(value, str) else value
    if word is True or word in _TRUE:
        return True
    if word is False or word in _FALSE:
        return False
    raise Misfit("true or false is asked for")


def _text(value: Any) -> str:
    if isinstance(value, str):
        return str(value)
    hint = f"; write '{value}' in quotes" if type(value) in (int, float) else ""
    raise Misfit(f"text is asked for{hint}")


def _nothing(value: Any) -> None:
    if value is None or (isinstance(value, str) and value.strip().lower() in _NOTHING):
        return
    raise Misfit("null is asked for")


_SCALARS: dict[Any, Callable[[Any], Any]] = {
    int: _whole, float: _number, bool: _truth, str: _text, None: _nothing, type(None): _nothing,
}  # fmt: skip


def _choice(value: Any, choices: tuple[Any, ...]) -> Any:
    for choice in choices:
        if value == choice and isinstance(value, bool) == isinstance(choice, bool):
            return choice
    for choice in choices:
        if isinstance(value, str) and not isinstance(choice, str):
            try:
                if _SCALARS[type(choice)](value) == choice:
                    return choice
            except Misfit:
                continue
    raise Misfit("it is one of: " + ", ".join(map(str, choices)))


def _several(value: Any, kind: Any, inner: tuple[Any, ...]) -> list[Any]:
    endless = kind is list or not inner or inner[-1] is Ellipsis
    first: Any = inner[0] if inner else Any
    items = _items(value, of_lists=endless and (get_origin(first) or first) in (list, tuple))
    if not endless and len(items) != len(inner):
        raise Misfit(f"{len(inner)} values are asked for, and these are {len(items)}")
    kinds = [first] * len(items) if endless else inner
    return [_at(i, given, kinds[i]) for i, given in enumerate(items)]


def _items(value: Any, of_lists: bool) -> list[Any]:
    """Return what a list was meant to hold; `of_lists` says that its items are lists again."""
    if isinstance(value, str):
        items = _split(value, of_lists)
    elif isinstance(value, list):
        items = value
    elif value is None or isinstance(value, dict):
        raise Misfit("a list is asked for")
    else:
        items = [value]
    lone = not any(isinstance(x, list) or (isinstance(x, str) and "," in x) for x in items)
    return [items] if of_lists and items and lone else items  # windows=-1,1 for windows=[[-1, 1]]


def _split(given: str, of_lists: bool) -> list[Any]:
    kind, text = type(given), given.strip()
    if text.startswith("["):
        try:
            found = read_flow(text)
        except ValueError as error:
            raise Misfit(f"the list cannot be read: {error}") from error
        return found if isinstance(found, list) else [found]
    if not text:
        raise Misfit("nothing is given; an empty list is written []")
    if of_lists and ";" in text:
        return [kind(part) for part in text.split(";") if part.strip()]
    parts = [kind(part.strip()) for part in text.removesuffix(",").split(",")]
    if not all(parts):
        raise Misfit("an item between two commas is empty")
    return parts


def _mapping(value: Any, inner: tuple[Any, ...]) -> dict[str, Any]:
    if isinstance(value, str) and value.strip().startswith("{"):
        try:
            value = read_flow(value)
        except ValueError as error:
            raise Misfit(f"the mapping cannot be read: {error}") from error
    if not isinstance(value, dict):
        raise Misfit("a mapping is asked for, such as {name: value}")
    return {str(key): _at(key, item, inner[1] if inner else Any) for key, item in value.items()}


def _at(place: Any, value: Any, type_: Any) -> Any:
    try:
        return fit(value, type_)
    except Misfit as error:
        shown_place = place if isinstance(place, int) else shown(place)
        raise Misfit(error.reason, f"[{shown_place}]{error.at}") from error


def _one_of(value: Any, members: tuple[Any, ...]) -> Any:
    """Return the reading of the first type of a union that fits, most particular first."""
    optional, text = type(None) in members, any(_holds_text(member) for member in members)
    if optional and isinstance(value, str) and value.strip().lower() in _NOTHING:
        if isinstance(value, Typed) or not text:
            return None
        if value.strip() and not isinstance(value, Quoted):
            raise Misfit("it may be text or nothing; for nothing give null (in Python None)")
    reasons = []
    for member in sorted(members, key=lambda member: _rank(member, value)):
        try:
            return fit(value, member)
        except Misfit as error:
            reasons.append((member, error))
    real = [error for member, error in reasons if member not in (None, type(None))]
    raise real[0] if len(real) == 1 else Misfit("it fits none of these types")


def _holds_text(member: Any) -> bool:
    return member in (str, Any) or (
        get_origin(member) is Literal and any(isinstance(c, str) for c in get_args(member))
    )


def _rank(member: Any, value: Any) -> int:
    """Text given by a program is text first; a typed word is a number or list if it looks so."""
    kind = get_origin(member) or member
    if kind in (list, tuple, dict):
        looks = isinstance(value, str) and (value.lstrip()[:1] in ("[", "{") or "," in value)
        return 1 if looks or isinstance(value, list | dict) else 8
    if kind is str and isinstance(value, str) and not isinstance(value, Typed):
        return 2
    order: Iterable[Any] = (Literal, type(None), bool, int, float, str, Any)
    return 3 + next((i for i, known in enumerate(order) if kind is known), 0)


def _anything(value: Any) -> Any:
    """Return a typed word as YAML 1.2 reads it; what is no such word stays text."""
    if isinstance(value, list):
        return [_anything(item) for item in value]
    if isinstance(value, dict):
        return {str(key): _anything(item) for key, item in value.items()}
    if not isinstance(value, Typed):
        return str(value) if isinstance(value, str) else value
    if value.lower() in _NOTHING:
        return None
    if value.lower() in ("true", "false"):
        return value.lower() == "true"
    if value[:1] in ("[", "{"):
        try:
            return _anything(read_flow(value))
        except ValueError:
            return str(value)
    for read in (_whole, _number):
        try:
            return read(value)
        except Misfit:
            continue
    return str(value)
