"""Series by their names, from what ships or from a file of one's own."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from typing import Any

import pandas as pd

from rareearth_research.arguments import check_names, check_text
from rareearth_research.datasets import load_series
from rareearth_research.errors import DataError, did_you_mean, shown

__all__ = ["named_series"]


def named_series(
    series: Sequence[str] | str, file: str, study: Callable[..., Any]
) -> dict[str, pd.Series]:
    """Return the series named, of `file` if one is given: by default all of it.

    `study` is the function whose default for `series` stands for "whatever the file has".
    """
    names = check_names("series", series)
    if not check_text("series_file", file):
        return {name: load_series(name) for name in names}
    from rareearth_research.datasets.reading import read_prices

    frame = read_prices(file, show=False)
    default = inspect.signature(study).parameters["series"].default
    if names == check_names("series", default):
        names = [str(column) for column in frame.columns]
    for name in names:
        if name not in frame.columns:
            raise DataError(
                f"series: {shown(name)} is no column of {shown(file)}"
                f"{did_you_mean(name, frame.columns)}"
            )
    return {name: frame[name].dropna() for name in names}
