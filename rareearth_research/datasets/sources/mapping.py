"""Read the mapping of a user's own file, and check that it fits the raw table it names."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rareearth_research.datasets.plain_yaml import read_yaml
from rareearth_research.datasets.sources.layouts import LAYOUTS, PRODUCTS
from rareearth_research.datasets.sources.rawfiles import RAW_FILES, RawFile
from rareearth_research.errors import SourceError, did_you_mean, shown

__all__ = ["Mapped", "read_mapping"]

GUIDE = "docs/refreshing.md"
WORKBOOKS = (".xls", ".xlsx")


@dataclass(frozen=True)
class Mapped:
    """A mapping that was checked: a file, the raw table it feeds, and how to read it."""

    path: Path  # of the mapping
    file: Path
    raw: RawFile
    columns: dict[str, str]  # column of the raw table: column of the file
    ends: dict[str, str] = field(default_factory=dict)  # low, high: columns of a layout
    constants: dict[str, str] = field(default_factory=dict)
    sheet: str = ""
    date_format: str = ""
    decimal: str = "."
    thousands: str = ""
    delimiter: str = ","
    encoding: str = "utf-8"
    licence: str = ""
    title: str = ""

    @property
    def is_workbook(self) -> bool:
        """Whether the file is an Excel file, by its ending."""
        return self.file.suffix.lower() in WORKBOOKS

    @property
    def needed(self) -> dict[str, str]:
        """The columns the file must have; low and high too where the price is their midpoint."""
        return (
            self.columns if "price" in self.columns or not self.ends else self.columns | self.ends
        )


KEYS = ("file", "raw", "columns", "constants", "sheet", "date_format", "decimal", "thousands",
        "delimiter", "encoding", "licence", "title", "layout", "product")  # fmt: skip
NEEDED = ("file", "raw", "columns")
PAIRS = ("columns", "constants")
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
    mapped = Mapped(path=path, **given)
    _check_columns(mapped)
    _check_options(mapped)
    return mapped


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
    workbook = given.get("file", "").lower().endswith(WORKBOOKS)
    return {
        "raw": SPOT,
        "title": f"{layout.publisher} {product}",
        "encoding": "utf-8" if workbook else layout.encoding,
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


def _check_options(mapped: Mapped) -> None:
    path = mapped.path
    plain = {"delimiter": ",", "encoding": "utf-8"} if mapped.is_workbook else {}
    unused = next((key for key, value in plain.items() if getattr(mapped, key) != value), "")
    unused = "sheet" if mapped.sheet and not mapped.is_workbook else unused
    if unused:
        kind = "an Excel file" if mapped.is_workbook else "not an Excel file (.xls, .xlsx)"
        raise SourceError(
            f"{path}: {unused!r} means nothing, because {mapped.file.name} is {kind}; remove it"
        )
    try:
        "a".encode(mapped.encoding)
    except (LookupError, ValueError):
        raise SourceError(
            f"{path}: encoding {shown(mapped.encoding)} is not known; write one such as gb18030, "
            "utf-16 or cp1252, or leave it out for UTF-8"
        ) from None
    for key in ("decimal", "thousands", "delimiter"):
        sign = getattr(mapped, key)
        if (key, sign) == ("delimiter", r"\t"):
            continue
        if len(sign) > 1 or sign.isalnum() or sign in ('"', "\n", "\r", "-", "+"):
            raise SourceError(f"{path}: {key!r} must be one sign; got {shown(sign)}")
    if mapped.decimal == mapped.thousands:
        raise SourceError(
            f"{path}: 'decimal' and 'thousands' are both {mapped.decimal!r}; a number would read "
            "in two ways. Write what each is in the file"
        )
    if mapped.date_format:
        _check_format(mapped)


def _check_format(mapped: Mapped) -> None:
    """Refuse a format that leaves out part of the date: a month is not its first day."""
    named = set(re.findall(r"%[-#]?([A-Za-z])", mapped.date_format.replace("%%", "")))
    week = set("wuaA") if named & set("UWV") else set()
    parts = {"year": set("YyGcx"), "month": set("mbBjcx") | week, "day": set("djcx") | week}
    wanted = {"year": ("year",), "month": ("year", "month")}.get(mapped.raw.when, tuple(parts))
    for part in wanted:
        if not named & parts[part]:
            raise SourceError(
                f"{mapped.path}: date_format {shown(mapped.date_format)} names no {part}, and "
                f"{mapped.raw.name} has a row for each {wanted[-1]}; a month is not its first day. "
                f"Use a file with every {wanted[-1]}, or feed a raw table of the file's own step"
            )
