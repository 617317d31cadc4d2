"""Read the mapping of a user's own file, and check that it fits the raw table it names.

How price reporters lay out an export of one product: date, low, high, average.

The names of the columns are those the reporters commonly use, from general knowledge: no paid
export was at hand to check them against. A mapping overrides each of them under ``columns``.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rareearth_research.datasets.plain_yaml import read_yaml
from rareearth_research.datasets.reading.cells.grid import refuse_unused
from rareearth_research.datasets.reading.cells.options import Options, check_options
from rareearth_research.datasets.sources.rawfiles import RAW_FILES, RawFile
from rareearth_research.errors import SourceError, did_you_mean, shown

GUIDE = "docs/refreshing.md"


@dataclass(frozen=True)
class Layout:
    """The columns of one export, a row a day; without `average` the price is the midpoint."""

    publisher: str
    date: str
    low: str
    high: str
    average: str = ""


LAYOUTS = {
    "smm": Layout("SMM", "Date", "Low", "High", "Average"),
    "smm_cn": Layout("SMM", "日期", "最低价", "最高价", "均价"),
    "argus": Layout("Argus", "Date", "Low", "High"),
    "asian_metal": Layout("Asian Metal", "Date", "Low", "High", "Average"),
    "baiinfo": Layout("Baiinfo", "日期", "最低价", "最高价", "平均价"),
}

# What is quoted: the symbol under which `rer.load_metal_spot` finds it.
PRODUCTS = {f"{symbol} oxide": symbol for symbol in ("La", "Ce", "Pr", "Nd", "Dy", "Tb", "NdPr")}


@dataclass(frozen=True)
class Mapped:
    """A mapping that was checked: a file, the raw table it feeds, and how to read it."""

    path: Path  # of the mapping
    file: Path
    raw: RawFile
    columns: dict[str, str]  # column of the raw table: column of the file
    options: Options
    ends: dict[str, str] = field(default_factory=dict)  # low, high: columns of a layout
    constants: dict[str, str] = field(default_factory=dict)
    wide: dict[str, str] = field(default_factory=dict)  # what the headings are: what the cells are
    licence: str = ""
    title: str = ""

    @property
    def needed(self) -> dict[str, str]:
        """The columns the file must have; low and high too where the price is their midpoint."""
        return (
            self.columns if "price" in self.columns or not self.ends else self.columns | self.ends
        )


READING = ("sheet", "date_format", "decimal", "thousands", "delimiter", "encoding", "header_row",
           "names", "missing")  # fmt: skip
KEYS = ("file", "raw", "columns", "constants", "wide", *READING, "licence", "title", "layout",
        "product")  # fmt: skip
NEEDED = ("file", "raw", "columns")
PAIRS = ("columns", "constants", "wide")
LISTS = ("names", "missing")
SPOT = "metal_spot_daily.csv"  # what a layout feeds


def read_mapping(path: Path) -> Mapped:
    """Return the mapping at `path`, checked.

    Raises
    ------
    SourceError
        If it is no YAML of known keys, or does not fit the raw table it names.
    """
    given = _by_layout(path, _given(path))
    for key in NEEDED:
        if not given.get(key):
            raise SourceError(f"{path}: the key {key!r} is missing; see {GUIDE}")
    if given["raw"] not in RAW_FILES:
        raise SourceError(
            f"{path}: raw: {shown(given['raw'])} is not a raw table that can be refreshed"
            f"{did_you_mean(given['raw'], RAW_FILES)}; it must be one of {', '.join(RAW_FILES)}"
        )
    given["raw"] = RAW_FILES[given["raw"]]
    given["file"] = path.parent / given["file"]
    options = {key: given.pop(key) for key in READING if key in given}
    mapped = Mapped(path=path, options=_options(path, options, given["raw"].when), **given)
    _check_columns(mapped)
    refuse_unused([mapped.file], mapped.options, f"{path}: ")
    return mapped


def _options(path: Path, given: dict[str, Any], when: str) -> Options:
    """Return the keys that say how the file is read."""
    row = given.pop("header_row", "0")
    if not row.isdecimal() or len(row) > 6:
        raise SourceError(f"{path}: 'header_row' must be the number of a row; got {shown(row)}")
    given |= {key: tuple(given[key]) for key in LISTS if key in given}
    options = Options(**given, header_row=int(row), mapping=str(path), error=SourceError)
    dated = {"year": ("year",), "month": ("year", "month")}.get(when, ("year", "month", "day"))
    return check_options(options, f"{path}: ", dated)


def _given(path: Path) -> dict[str, Any]:
    """Return the keys and their text."""
    given = read_yaml(path, "mapping", GUIDE, SourceError)
    if not isinstance(given, dict):
        raise SourceError(
            f"{path}: expected keys such as 'file', 'raw' and 'columns'; it holds {shown(given)}"
        )
    for key, value in given.items():
        if key not in KEYS:
            raise SourceError(f"{path}: unknown key {shown(key)}{did_you_mean(key, KEYS)}")
        if key in PAIRS:
            texts = value.items() if isinstance(value, dict) else [(key, None)]
            if not all(isinstance(part, str) and part for pair in texts for part in pair):
                raise SourceError(
                    f"{path}: {key!r} must be pairs of texts, such as {{date: My date column}}; "
                    f"got {shown(value)}"
                )
        elif key in LISTS:
            if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
                raise SourceError(
                    f"{path}: {key!r} must be a list of texts, such as ['-99', 'n/a']; got "
                    f"{shown(value)}"
                )
        elif not isinstance(value, str) or not value or "\0" in value:
            raise SourceError(
                f"{path}: {key!r} must be a text; got {shown(value)}. Leave the key out if it has "
                "no value"
            )
    return given


def _by_layout(path: Path, given: dict[str, Any]) -> dict[str, Any]:
    """Return the keys with what ``layout`` and ``product`` stand for, own keys first."""
    named, product = given.pop("layout", None), given.pop("product", None)
    if named is None and product is None:
        return given
    for key, name, known in (("layout", named, LAYOUTS), ("product", product, PRODUCTS)):
        if name not in known:
            what = "is missing" if name is None else f"{shown(name)} is not known"
            raise SourceError(
                f"{path}: {key} {what}{did_you_mean(name, known)}; layout and product go together. "
                f"{key} is one of {', '.join(known)}"
            )
    if given.get("raw", SPOT) != SPOT:
        raise SourceError(f"{path}: a layout feeds {SPOT}; remove 'raw', or 'layout' and 'product'")
    layout = LAYOUTS[named]
    columns = {"date": layout.date, "low": layout.low, "high": layout.high, "price": layout.average}
    columns = {name: own for name, own in columns.items() if own} | given.get("columns", {})
    constants = {"element": PRODUCTS[product], "grade": f"oxide, {layout.publisher}"}
    constants = {name: text for name, text in constants.items() if name not in columns}
    return {
        "raw": SPOT,
        "title": f"{layout.publisher} {product}",
        **given,
        "ends": {end: columns.pop(end) for end in ("low", "high")},
        "columns": columns,
        "constants": constants | given.get("constants", {}),
    }


def _check_columns(mapped: Mapped) -> None:
    path, raw = mapped.path, mapped.raw
    both = [name for name in mapped.columns if name in mapped.constants]
    if both:
        raise SourceError(f"{path}: {both[0]!r} is under both 'columns' and 'constants'; keep one")
    given = [*mapped.columns, *mapped.constants]
    for name in given:
        if name not in raw.columns:
            hint = did_you_mean(name, raw.columns)
            raise SourceError(
                f"{path}: {raw.name} has no column {shown(name)}{hint}; "
                f"it has {', '.join(raw.columns)}"
            )
    if mapped.wide:
        [(series, figure), *more] = mapped.wide.items()
        known = series in raw.columns and figure in raw.figures
        if more or not known or {series, figure} & {*given}:
            raise SourceError(
                f"{path}: 'wide' must be one pair, what the headings are and what the cells are, "
                f"such as {{{next(iter(raw.series), 'ticker')}: {raw.figures[0]}}}, and neither "
                f"under 'columns' or 'constants'; got {shown(mapped.wide)}"
            )
    given += [*mapped.wide, *mapped.wide.values()]
    given += ["price"] * bool(mapped.ends)  # the midpoint
    absent = [name for name in raw.columns if name not in given]
    if absent:
        raise SourceError(
            f"{path}: {raw.name} also needs {', '.join(map(repr, absent))}; map each to a column "
            "of your file under 'columns' or give one value for all rows under 'constants'"
        )
    if raw.when in mapped.constants:
        raise SourceError(
            f"{path}: {raw.when!r} cannot be the same for all rows; map it under 'columns'"
        )
