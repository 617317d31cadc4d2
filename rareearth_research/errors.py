"""Errors that say what was wrong, where, and what to do.

Every error raised on purpose derives from `RareEarthError`; a message names the ticker, row,
column or date at fault and the next step. `did_you_mean` keeps the hints alike everywhere, and
`shown` keeps what a message quotes short.
"""

from __future__ import annotations

import difflib
import reprlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager

__all__ = [
    "DataError",
    "RareEarthError",
    "SourceError",
    "SpecificationError",
    "TimingError",
    "about",
    "did_you_mean",
    "few",
    "listed",
    "shown",
    "some",
]


class RareEarthError(Exception):
    """Base of every error this package raises on purpose."""


class DataError(RareEarthError):
    """A table is missing, damaged, or does not hold what was asked of it."""


class TimingError(RareEarthError):
    """An instant, date, zone or calendar cannot be used as given."""


class SpecificationError(RareEarthError):
    """A study, model, test or parameter was asked for in a way that has no meaning."""


class SourceError(RareEarthError):
    """A live upstream failed or sent something that is not its data."""


@contextmanager
def about(what: str) -> Iterator[None]:
    """Let errors of ours begin with what they are about: one series of several, say."""
    try:
        yield
    except RareEarthError as error:
        raise type(error)(f"{what}: {error}") from error


def did_you_mean(name: object, known: Iterable[object], n: int = 3) -> str:
    """Return ``"; nearest: 'a', 'b'"`` for near misses of `name` in `known`, or an empty string.

    Names that begin with all of `name` come first: ids are often typed only in part.
    """
    names = {str(k).casefold(): str(k) for k in known}
    wanted = str(name)[:100].casefold()
    begun = [known for known in names if len(wanted) > 2 and known.startswith(wanted)]
    close = [
        *sorted(begun, key=len),
        *difflib.get_close_matches(wanted, list(names), n=n, cutoff=0.5),
    ]
    nearest = list(dict.fromkeys(close))[:n]
    return "; nearest: " + ", ".join(repr(names[c]) for c in nearest) if nearest else ""


def listed(names: Iterable[object]) -> str:
    """Return names as a sentence lists them: ``"a, b and c"``."""
    *before, last = map(str, names)
    return f"{', '.join(before)} and {last}" if before else last


def some(names: Iterable[object], most: int) -> str:
    """Return the first names and how many more there are: ``"a, b and 7 more"``."""
    every = [*map(str, names)]
    more = f" and {len(every) - most} more" if len(every) > most else ""
    return ", ".join(every[:most]) + more


def few(names: Sequence[str], most: int = 4) -> str:
    """Return names as `listed` does, those beyond the first `most` as a count."""
    more = len(names) - most
    return listed([*names[:most], *([f"{more} more"] if more > 0 else [])])


def shown(value: object, most: int = 80) -> str:
    """Return `value` as a message quotes it: on one line, of at most `most` characters."""
    if hasattr(value, "shape") and getattr(value, "shape", ()) != ():
        return f"a {type(value).__name__} of shape {value.shape}"
    if isinstance(value, str | bytes):
        text = repr(value[: most + 1])
    else:
        try:
            text = _SHORT.repr(value)
        except Exception:  # an object whose own repr fails
            text = f"a {type(value).__name__}"
    text = " ".join(text.split())
    return text if len(text) <= most else f"{text[: most - 1]}…"


_SHORT = reprlib.Repr()
_SHORT.maxother, _SHORT.maxstring = 200, 60
