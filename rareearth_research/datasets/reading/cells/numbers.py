"""Which number does a cell mean? Its signs are found in the table, or where they cannot be, asked.

"1,234" alone is a thousand or little more than one. One cell that can be read in one way only, such
as "1,234.5" or "0,75", settles it for the table; two that contradict each other are refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal

import numpy as np
import pandas as pd

from rareearth_research.arguments import is_number
from rareearth_research.datasets.reading.cells.options import Options
from rareearth_research.errors import shown, some

NOTHING = frozenset((
    "", "#n/a", "#n/a n/a", "n/a", "na", "n.a.", "nan", "null", "none", "n/d", "<na>", "nat",
    "-", "--", "–", "—", ".", "..", "n.v.", "n. v.", "k.a.", "k. a.", "n.d.", "nd", "s/o",
    "#nv", "#n/d",
))  # fmt: skip
SPACES = str.maketrans(dict.fromkeys("\xa0\u2007\u2009\u202f", " ") | {"−": "-", "’": "'"})
MONEY = r"(?:US\$|A\$|C\$|HK\$|[$€£¥￥])"
GROUPED = r"[1-9][0-9]{0,2}([., '])(?:[0-9]{3}\1)*[0-9]{3}|[1-9][0-9]?,(?:[0-9]{2},)+[0-9]{3}"
SIGNED = rf"(?:{GROUPED}|[0-9]+)(?:[.,][0-9]*)?|[.,][0-9]+"  # with a sign of decimals or thousands
PLAIN = re.compile(r"-?(?![1-9][0-9]{0,2}[.,][0-9]{3}$)[0-9]+(?:([.,])[0-9]+)?")  # in one way only
BRACKETS = re.compile(r"\(([^()]*[0-9][^()]*)\)(%?)")  # bookkeepers' minus
BROKEN = re.compile(
    r"#N/A \w.*|#(REF|NAME|VALUE|DIV/0|NUM|NULL|SPILL|BUSY|GETTING_DATA|WERT|BEZUG|ZAHL|VALEUR).*"
    r"|\$\$ER.*"
)


@dataclass(frozen=True)
class Signs:
    """The signs of decimals and thousands of a table's texts, and whether brackets are a minus."""

    decimal: str = "."
    thousands: str = ""
    brackets: bool = False

    @property
    def pattern(self) -> str:
        """What a number looks like."""
        decimal, thousands = re.escape(self.decimal), re.escape(self.thousands)
        size = "{2,3}" if self.thousands == "," else "{3}"  # 1,23,456 is Indian
        groups = rf"|[0-9]{{1,3}}{thousands}([0-9]{size}{thousands})*[0-9]{{3}}"
        grouped = groups if self.thousands else ""
        return rf"[+-]?(([0-9]+{grouped})({decimal}[0-9]*)?|{decimal}[0-9]+)([eE][+-]?[0-9]+)?"


@dataclass(frozen=True)
class Figures:
    """The numbers of a column, missing where a code stood.

    Attributes
    ----------
    values : Series of float
    codes : Series of str
        The code of each row without a figure.
    percent : bool
        Whether they were written with a per cent sign; they are not divided.
    money : str
        The sign of a currency they were written with.
    """

    values: pd.Series
    codes: pd.Series
    percent: bool = False
    money: str = field(default="")


def find_signs(columns: Iterable[pd.Series], what: str, delimiter: str, options: Options) -> Signs:
    """Return the signs that all texts of a table's figures can be read by.

    Parameters
    ----------
    columns : iterable of Series
        Cells as they stand; the index is the row in the file.
    what, delimiter : str
        The file, for messages, and what its cells are cut by.
    options : Options
    """
    columns = [_telling(column) for column in columns]
    brackets = any(isinstance(cell, str) and BRACKETS.fullmatch(cell.strip())
                   for column in columns for cell in column)  # fmt: skip
    texts = [cells for column in columns if len(cells := _texts(column))]
    cells = pd.concat(texts) if texts else pd.Series(dtype=str)
    cells = cells.str.replace(MONEY, "", regex=True).str.strip(" %+-")
    cells = cells[cells.str.fullmatch(SIGNED)].drop_duplicates()
    sure: dict[str, dict[str, tuple[str, str]]] = {"decimal": {}, "thousands": {}}
    open_: dict[str, tuple[str, str]] = {}
    for row, cell in cells[~cells.str.isdecimal()].items():
        marks = re.sub(r"[0-9]", "", cell)
        last, others = marks[-1], set(marks[:-1])
        place = (str(row), cell)
        if last in " '" or (len(marks) > 1 and others == {last}):  # 1 234 or 1.234.567
            sure["thousands"].setdefault(last, place)
        elif others:  # 1,234.5
            sure["decimal"].setdefault(last, place)
            sure["thousands"].setdefault(marks[0], place)
        elif re.fullmatch(r"[1-9][0-9]{0,2}[.,][0-9]{3}", cell):
            open_.setdefault(last, place)
        else:
            sure["decimal"].setdefault(last, place)
    implied = {".": ",", ",": "."}.get(options.thousands, "")
    decimal = options.decimal or implied or _decimal(sure, open_, what, delimiter, options)
    found = [sign for sign in (*sure["thousands"], *open_) if sign != decimal]
    return Signs(decimal, options.thousands or (found[0] if found else ""), brackets)


def _telling(column: pd.Series) -> pd.Series:
    """Leave out the texts of a column that say no more of the signs than one above them."""
    plain = [PLAIN.fullmatch(cell) if isinstance(cell, str) else None for cell in column]
    marks = pd.Series([found and (found[1] or "") for found in plain], column.index, dtype=object)
    return column[marks.isna() | ~marks.duplicated()]


def _decimal(
    sure: dict[str, dict[str, tuple[str, str]]],
    unsure: dict[str, tuple[str, str]],
    what: str,
    delimiter: str,
    options: Options,
) -> str:
    """Return the one decimal sign there can be, or ask."""
    signs = sure["decimal"]
    both = [sign for sign in signs if sign in sure["thousands"]]
    if len(signs) > 1 or both:
        (row, cell), (other, second) = (
            [*signs.values()][:2] if len(signs) > 1
            else (signs[both[0]], sure["thousands"][both[0]])
        )  # fmt: skip
        options.refuse(
            f"{what}: {cell!r} in row {row} and {second!r} in row {other} cannot both be read with "
            "the same decimal sign; write all numbers alike"
        )
    if signs:
        return next(iter(signs))
    if sure["thousands"].keys() & {".", ","}:
        return "," if "." in sure["thousands"] else "."
    # cells cut by commas leave no comma for a decimal sign
    if not unsure or (set(unsure) == {"."} and delimiter == ","):
        return "."
    row, cell = next(iter(unsure.values()))
    return options.refuse(
        f"{what}, row {row}: {cell!r} can be read as {re.sub('[.,]', '', cell)} or as "
        f"{cell.replace(',', '.')}, and no other cell shows which; name its decimal sign, "
        f"{options.key('decimal', '.')} or {options.key('decimal', ',')}"
    )


def read_numbers(
    column: pd.Series,
    name: str,
    what: str,
    signs: Signs,
    options: Options,
    *,
    percent: bool = False,
) -> Figures:
    """Return a column of figures: text by its signs, numbers as they are, codes missing.

    Parameters
    ----------
    column : Series
        Cells as they stand; the index is the row in the file.
    name, what : str
        The column and the file, for messages.
    signs : Signs
    options : Options
        Its `missing` counts beside the usual codes.
    percent : bool
        Whether a per cent sign may stand behind the numbers.
    """
    own = {str(code).strip().casefold() for code in options.missing}
    easy = re.compile(rf"-?[0-9]+(?:{re.escape(signs.decimal)}[0-9]+)?").fullmatch
    done = np.array([isinstance(cell, str) and cell not in own and bool(easy(cell))
                     for cell in column], bool)  # fmt: skip
    figures = np.full(len(column), np.nan)
    figures[done] = [float(cell.replace(signs.decimal, ".")) for cell in column[done]]
    values = pd.Series(figures, column.index)
    codes = pd.Series(index=column.index, dtype=object)
    if np.isfinite(values).all() and not own:  # as in most columns, and a tenth of the work
        return Figures(values, codes.dropna())
    rest = column[~done]
    values[rest.index] = pd.to_numeric(rest.map(_plain_number), errors="coerce").astype(float)
    texts = _texts(rest, everything=True)
    absent = texts.str.casefold().isin(NOTHING | own)
    codes[texts.index[absent]] = texts[absent]
    nothing = rest.map(lambda cell: not isinstance(cell, str) and pd.isna(cell) is True)
    codes[rest.index[nothing]] = ""
    written = texts[~absent].str.replace(rf"\s*{MONEY}\s*", "", n=1, regex=True)
    signed = written.str.endswith("%") & percent
    unsigned = pd.Series(False, column.index[done])
    written = written.where(~signed, written.str.removesuffix("%").str.strip())
    plain = written[written.str.fullmatch(signs.pattern).astype(bool)]
    if signs.thousands:
        plain = plain.str.replace(signs.thousands, "", regex=False)
    values[plain.index] = plain.str.replace(signs.decimal, ".", regex=False).astype(float)
    coded = values.isin([code for code in map(_as_number, options.missing) if code is not None])
    codes[coded] = values[coded].map(lambda value: f"{value:g}")
    values[coded] = np.nan
    bad = values.index[~np.isfinite(values) & codes.isna()]
    if len(bad):
        _refuse(column, bad, name, what, options)
    money = texts[plain.index].str.extract(f"({MONEY})", expand=False).dropna()
    for marks, kind in ((money, "currency"), (pd.concat([signed, unsigned]), "per cent")):
        if marks.nunique() > 1:
            odd = marks.index[marks != marks.mode()[0]][0]
            options.refuse(
                f"{what}, row {odd}: {shown(column[odd])} in {name!r} has another {kind} sign than "
                "the rest of the column; write all alike"
            )
    return Figures(values, codes.dropna(), bool(signed.any()), *money.unique()[:1])


def _texts(column: pd.Series, *, everything: bool = False) -> pd.Series:
    """Return the cells that are text, their spaces and minus signs plain, brackets a minus."""
    text = column[column.map(lambda cell: isinstance(cell, str))].astype(object)
    text = text.map(lambda cell: cell.translate(SPACES).strip()).astype(str)
    text = text.str.replace(rf"^{BRACKETS.pattern}$", r"-\1\2", regex=True)
    return text if everything else text[text != ""]


def _plain_number(cell: object) -> float:
    return float(cell) if is_number(cell) or isinstance(cell, Decimal) else np.nan


def _as_number(code: str | float) -> float | None:
    try:
        return float(code)
    except ValueError:
        return None


def _refuse(column: pd.Series, bad: pd.Index, name: str, what: str, options: Options) -> None:
    """Raise for the first cell that is no number."""
    row = bad[0]
    cell = column[row]
    if isinstance(cell, str) and BROKEN.fullmatch(cell.strip()):
        options.refuse(
            f"{what}, {rows_named(bad)}: {shown(cell)} in {name!r} is a formula that gave no "
            "figure; save the file again once it shows figures, or say that it stands for none, "
            f"{options.key('missing', [cell.strip()])}"
        )
    ways = "make it one, or remove the row"
    if isinstance(cell, str):
        ways = (
            "if it stands for no figure, empty the cell, or say "
            f"{options.key('missing', [cell.strip()[:40]])}; if it is a number, name its signs, "
            f"such as {options.key('decimal', ',')} and {options.key('thousands', '.')}; or remove "
            "the row"
        )
    options.refuse(f"{what}, row {row}: {shown(cell)} in {name!r} is not a number; {ways}")


def rows_named(rows: Iterable[object]) -> str:
    """Name rows, the first ten of them."""
    names = list(rows)
    return f"row{'s' if len(names) > 1 else ''} {some(names, 10)}"
