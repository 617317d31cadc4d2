"""How large, how long, how many? Read from the comment beside a parameter, where a reader sees it.

``from A to B`` bounds every number of the value, ``at least N events`` says how many it names (of
one window, how many rows it covers), and ``empty: all`` that a list may name none. Each stands
between semicolons.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from rareearth_research.arguments import is_number, is_whole
from rareearth_research.errors import shown

_NUMBER = r"(-?\d+(?:\.\d+)?)"
_RANGE = re.compile(rf"(?:^|; )from {_NUMBER} to {_NUMBER}(?= *(?:;|$))")
_FEWEST = re.compile(r"(?:^|; )at least (\d+ \w+)(?= *(?:;|$))")


@dataclass(frozen=True)
class Limits:
    """What keeps a value in bounds, as written; empty where nothing does.

    Attributes
    ----------
    span : (str, str) or None
        First and last number.
    fewest : str
        How many it holds at least, and of what: ``"2 events"``.
    none : bool
        Whether it may hold nothing all the same.
    """

    span: tuple[str, str] | None = None
    fewest: str = ""
    none: bool = False

    def breach(self, value: Any, one_window: bool) -> str:
        """Say what of `value` is out of bounds, or return an empty text."""
        if self.span is not None:
            least, most = map(float, self.span)
            for number in _numbers(value):
                if not least <= number <= most:
                    itself = "it" if number is value else shown(number)
                    return f"{itself} is not from {self.span[0]} to {self.span[1]}"
        if isinstance(value, list) and not (self.none and not value):
            held = value[1] - value[0] + 1 if one_window and is_pair(value) else len(value)
            if held < int((self.fewest or "0").split()[0]):
                return f"it needs at least {self.fewest} and holds {held or 'none'}"
        return ""


NO_LIMITS = Limits()


def read_limits(text: str, default: Any) -> Limits:
    """Return the limits that the comment `text` beside a parameter of this `default` states.

    A list of names that is not empty may not become so, unless the comment says what that means.
    """
    span, fewest = _RANGE.search(text), _FEWEST.search(text)
    none = bool(re.search(r"\bempty\b", text))
    named = "1 item" if isinstance(default, list) and default and not none else ""
    return Limits((span[1], span[2]) if span else None, fewest[1] if fewest else named, none)


def is_pair(value: Any) -> bool:
    """Return whether `value` is a list of two whole numbers, as a window is."""
    return isinstance(value, list) and len(value) == 2 and all(map(is_whole, value))


def _numbers(value: Any) -> Iterator[float]:
    """Yield every number in a value, however deep in lists it stands."""
    for item in value if isinstance(value, list) else [value]:
        if isinstance(item, list):
            yield from _numbers(item)
        elif is_number(item):
            yield item
