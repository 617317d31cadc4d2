"""How does an answer say itself? In a sentence, a small table, and what stands against it.

Every kind of answer is a `Result`: a frozen dataclass with a `table`, a `summary` that is also its
text and its HTML, and in most cases a picture.
"""

from __future__ import annotations

import html
import inspect
import shutil
import sys
import textwrap
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from rareearth_research.arguments import check_keywords

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

__all__ = [
    "Drawn",
    "Report",
    "Result",
    "Summary",
    "number",
    "p_value",
    "percent",
    "remarks",
    "signed",
]

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
            index=False, na_rep="–", float_format="{:.4f}".format, line_width=narrow
        )
        notes = (textwrap.fill(note, width, subsequent_indent="  ") for note in self.notes)
        return "\n".join([textwrap.fill(self.headline, width), "", table, "", *notes]).rstrip()

    __repr__ = __str__

    def _repr_html_(self) -> str:
        notes = "".join(f"<li>{html.escape(note)}</li>" for note in self.notes)
        table = self.table.to_html(index=False, border=0, na_rep="–", float_format="{:.4f}".format)
        return f"<p><b>{html.escape(self.headline)}</b></p>\n{table}\n<ul>{notes}</ul>"


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


class Drawn(Result):
    """An answer with a picture: the function of `plots` that `picture` names."""

    picture: ClassVar[str]

    def plot(self, **options: Any) -> Figure:
        """Draw the answer with its function of `plots`, whose options these are."""
        from rareearth_research import plots

        draw = getattr(plots, self.picture)
        check_keywords(draw, options, "plot", skip=list(inspect.signature(draw).parameters)[:1])
        picture: Figure = draw(self, **options)
        return picture


def percent(value: float) -> str:
    """Return a fraction as a signed percentage of two digits."""
    return f"{100 * value:+.2f} %".replace("-", "−")


def signed(value: float) -> str:
    """Return a number of any unit with its sign and three digits."""
    return f"{value:+.3g}".replace("-", "−")


def p_value(p: float) -> str:
    """Return a p-value of four digits, never zero; a dash if there is none."""
    if not np.isfinite(p):
        return "–"
    return "< 0.0001" if p < 0.0001 else f"{p:.4f}"


def number(value: float, form: str) -> str:
    """Return a number in its format; a dash if there is none."""
    return format(value, form) if np.isfinite(value) else "–"


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
