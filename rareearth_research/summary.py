"""How does an answer say itself? In a sentence, a small table, and what stands against it.

Every kind of answer is a `Result`: a frozen dataclass with a `table`, a `summary` that is also its
text and its HTML, and in most cases a picture.
"""

from __future__ import annotations

import html
import inspect
import re
import shutil
import sys
import textwrap
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from functools import wraps
from types import MethodType
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar, cast

import numpy as np

from rareearth_research.arguments import check_keywords
from rareearth_research.labels import heading, readable, units
from rareearth_research.numerals import tied

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

P_VALUES = re.compile(r"p|p_.+|.+_p|placebo|holm|bh|romano_wolf")  # columns that hold them
MINUS = re.compile(r"(?<![\w\])])-(?=[\d.])")
SIZES = ("detectable", "detectable_move", "matters", "matters_from", "between_announcements_sd",
         "announcement_sd", "assumed_low", "assumed_high")  # fmt: skip
NO_COUNT = ("year", "seed")  # whole numbers that count nothing
WIDTH = 100  # characters of a line where no narrower terminal is written to


@dataclass(frozen=True, repr=False)
class Summary:
    """A headline sentence, a small table, and lines that say how far to trust them.

    Attributes
    ----------
    headline : str
    table : DataFrame
    notes : tuple of str
    """

    headline: str
    table: pd.DataFrame
    notes: tuple[str, ...] = ()

    @property
    def lines(self) -> str:
        """The headline and the notes, a line each, as they stand."""
        return "\n".join([self.headline, *self.notes])

    def __str__(self) -> str:
        terminal = sys.stdout is not None and sys.stdout.isatty()
        narrow = min(WIDTH, shutil.get_terminal_size().columns) if terminal else None
        width = narrow or WIDTH
        table = self.table.to_string(
            index=False, na_rep="–", float_format="{:z.4f}".format, line_width=narrow
        )
        head, *notes = (
            textwrap.fill(tied(text), width, subsequent_indent="  " * (text is not self.headline))
            for text in (self.headline, *self.notes)
        )
        text = "\n".join([head, "", table, "", *notes]).rstrip()
        return text.replace("\u00a0", " ")

    __repr__ = __str__

    def _repr_html_(self) -> str:
        notes = "".join(f"<li>{MINUS.sub('−', html.escape(note))}</li>" for note in self.notes)
        table = table_html(self.table, index=False, float_format="{:z.4f}".format)
        headline = MINUS.sub("−", html.escape(self.headline))
        return f"<p><b>{headline}</b></p>\n{table}\n<ul>{notes}</ul>"


class Result:
    """An answer: a frozen dataclass with a ``table``, shown as its summary."""

    def summary(self) -> Summary:
        """Return the answer in a sentence, a small table and its limits (text and HTML)."""
        raise NotImplementedError

    def __repr__(self) -> str:
        return str(self.summary())

    def _repr_html_(self) -> str:
        return self.summary()._repr_html_()


class Report(Result):
    """An answer whose text is its sentences alone."""

    def __repr__(self) -> str:
        return self.summary().lines


Method = TypeVar("Method", bound=Callable[..., Any])


def options_of(picture: str = "", *filled: str) -> Callable[[Method], Method]:
    """Show, and hold, a method that hands its options on to a function of `plots` to that one's.

    Parameters
    ----------
    picture : str, optional
        The function; by default the one that the class names as its ``picture``.
    *filled : str
        Its arguments that the method gives itself, besides the first.

    Returns
    -------
    callable
        A decorator.
    """

    def decorated(method: Method) -> Method:
        return cast(Method, _Drawing(method, picture, filled))

    return decorated


class _Drawing:
    """A method that has the signature and the docstring of its picture: looked up when asked for,
    because pictures stand above answers.
    """

    def __init__(self, method: Callable[..., Any], picture: str, filled: tuple[str, ...]) -> None:
        self.method, self.picture, self.filled = method, picture, filled

    def __get__(self, answer: object, kind: Any) -> Any:
        from rareearth_research import plots

        method, name = self.method, self.picture or kind.picture
        picture = getattr(plots, name)
        first, *known = inspect.signature(picture).parameters
        given = (first, *self.filled)

        @wraps(method)
        def draw(answer: object, **options: Any) -> Any:
            check_keywords(picture, options, method.__name__, skip=given)
            drawn, rests = method(answer, **options), getattr(answer, "rests", None)
            return plots.rested(drawn, rests) if rests else drawn

        own = inspect.signature(method)
        of = {**own.parameters, **inspect.signature(picture).parameters}
        shown = ["self", *(option for option in known if option not in given)]
        vars(draw)["__signature__"] = own.replace(parameters=[of[option] for option in shown])
        draw.__doc__ = f"{method.__doc__}\n\nWith `plots.{name}`: {inspect.getdoc(picture)}"
        return draw if answer is None else MethodType(draw, answer)


class Drawn(Result):
    """An answer with a picture: the function of `plots` that `picture` names."""

    picture: ClassVar[str]

    @options_of()
    def plot(self, **options: Any) -> Figure:
        """Draw the answer."""
        from rareearth_research import plots

        picture: Figure = getattr(plots, self.picture)(self, **options)
        return picture


def signed(value: float) -> str:
    """Return a number of any unit with its sign and three digits."""
    return f"{value:+z.3g}".replace("-", "−")


def p_value(p: float) -> str:
    """Return a p-value of four digits, never zero; a dash if there is none."""
    if not np.isfinite(p):
        return "–"
    return "< 0.0001" if p < 0.0001 else f"{p:.4f}"


def number(value: float, form: str) -> str:
    """Return a number in its format; a dash if there is none."""
    return format(value, form) if np.isfinite(value) else "–"


def table_html(
    frame: pd.DataFrame, *, names: Mapping[str, str] | None = None, **options: Any
) -> str:
    """Return a frame as HTML for reading; `options` are those of ``DataFrame.to_html``.

    Parameters
    ----------
    frame : DataFrame
    names : mapping, optional
        Display names of events and securities by id and ticker.

    Notes
    -----
    Columns and codes have their display names (`labels.toml`), averages are in per cent of log
    returns ("log %") unless ``frame.attrs["returns"]`` is ``"simple"``, p-values have three digits
    and are never zero, minus signs are minus signs, and yes and no stand for True and False.
    Remarks in a column ``note`` that repeat become numbers, explained below.
    """
    frame, notes = _numbered(readable(frame, names))
    shown = units(frame) if frame.columns.nlevels == 1 else {}
    formatters: list[Any] = [_formatter(name, column, shown) for name, column in frame.items()]
    if frame.columns.nlevels == 1:
        heads = [", ".join(filter(None, [heading(k), shown.get(k, "")])) for k in frame.columns]
        frame = frame.set_axis(heads, axis=1)
    options |= {"border": 0, "na_rep": "–", "formatters": formatters}
    text = str(frame.to_html(**options))
    text = re.sub(">[^<]+<", _said, text)
    below = "".join(f"<li>{html.escape(note)}</li>" for note in notes)
    return f"{text}\n<ol class='rer-notes'>{below}</ol>" if notes else text


def _formatter(
    name: Hashable, column: pd.Series, shown: Mapping[str, str]
) -> Callable[..., str] | None:
    """Return how a column is written: counts, p-values, or fractions shown in per cent."""
    if column.dtype.kind in "iu" and name not in NO_COUNT:
        return lambda value: f"{value:,}" if isinstance(value, (int, np.integer)) else "–"
    if column.dtype != float:
        return None
    if P_VALUES.fullmatch(str(name)) and not (column.abs() > 1).any():
        return _short_p
    if name not in shown:
        return None
    form = ".2f" if name in SIZES else "+z.2f"
    return lambda value: number(100 * value, form)


SAID = {">True<": ">yes<", ">False<": ">no<", ">&lt;NA&gt;<": ">–<", ">NaT<": ">–<",
        ">inf<": ">∞<", ">-inf<": ">−∞<"}  # fmt: skip


def _said(cell: re.Match[str]) -> str:
    text = re.sub(r"-(?=0(?:\.0*)?(?:e[+]00)?<)", "", cell[0])  # no negative zero
    return SAID.get(text, MINUS.sub("−", text))


def _short_p(value: float) -> str:
    if not np.isfinite(value):
        return "–"
    return "< 0.001" if value < 0.001 else f"{value:.3f}"


def _numbered(frame: pd.DataFrame) -> tuple[pd.DataFrame, list[str]]:
    """Return the frame with its remarks as numbers, and the remarks, if any of them repeats."""
    if list(frame.columns).count("note") != 1:
        return frame, []
    said = [str(note).split("; ") if note else [] for note in frame["note"]]
    every = [part for parts in said for part in parts]
    notes = list(dict.fromkeys(every))
    if len(notes) == len(every):
        return frame, []
    numbers = [", ".join(str(notes.index(part) + 1) for part in parts) for parts in said]
    return frame.assign(note=numbers), notes


def remarks(table: pd.DataFrame, about: str) -> tuple[str, ...]:
    """Return the distinct notes of a table of results, each with what it is about.

    Parameters
    ----------
    table : DataFrame
        With a column ``note``, empty where there is nothing to say.
    about : str
        The column that names the rows, such as ``window``.

    Returns
    -------
    tuple of str
    """
    noted = table[table["note"] != ""].groupby("note", sort=False)[about]
    return tuple(f"{', '.join(map(str, rows.unique()))}: {note}" for note, rows in noted)
