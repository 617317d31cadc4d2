"""What stands before the shipped tables? Layers of one's own files, in order: the first wins.

A layer is a workspace, or the files that were given to one study by name (`own_files`). Its files
are read by the reader of users' files and hashed, so that the hash of a report tells them apart;
the loaders of the package ask here, and nobody else has to know that a row is not shipped.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from rareearth_research.arguments import check_kind
from rareearth_research.datasets.disk import said
from rareearth_research.datasets.own.description import STUDY, Described, describe, workspaces
from rareearth_research.datasets.own.events import in_small_letters, is_empty
from rareearth_research.errors import DataError, SpecificationError, listed, shown

EVENTS, PRICES = "events.csv", "prices"
READ = (".csv", ".tsv", ".txt", ".xlsx", ".xls")  # what `events` of a workspace may be
PARAMETERS = ("events_file", "prices_file", "exchanges")

_given: ContextVar[tuple[Layer, ...]] = ContextVar("own files", default=())


@dataclass(frozen=True)
class Layer:
    """Files of one's own, read.

    Attributes
    ----------
    where : str
        Where its securities are described, for messages.
    described : Described
    hashes : mapping
        sha256 by file, as it is called in messages and pages.
    events, prices : DataFrame or None
        As `read_events` and `read_prices` give them.
    events_file : str
        Where the events were read from, for messages.
    read : mapping
        What the reader understood, by file.
    """

    where: str
    described: Described
    hashes: Mapping[str, str]
    events: pd.DataFrame | None
    prices: pd.DataFrame | None
    events_file: str
    read: Mapping[str, Any]

    @property
    def columns(self) -> list[str]:
        """The columns of its prices."""
        return [] if self.prices is None else list(self.prices.columns)


def layers() -> list[Layer]:
    """Return the layers in force, first wins: files given by name, then workspaces."""
    return [*_given.get(), *(_workspace(folder) for folder in workspaces())]


def own_prices() -> pd.DataFrame | None:
    """Return the closes of all layers side by side, or None where there are none."""
    found = [layer.prices for layer in layers() if layer.prices is not None]
    if not found:
        return None
    side_by_side = pd.concat(found, axis=1, sort=True)
    return side_by_side.loc[:, ~side_by_side.columns.duplicated()]


@contextmanager
def own_files(
    events_file: str = "", prices_file: str = "", exchanges: str | Mapping[str, str] = ""
) -> Iterator[None]:
    """Let files of one's own stand first within it.

    Parameters
    ----------
    events_file, prices_file : str
        Paths as `read_events` and `read_prices` take them; empty: none.
    exchanges : str or mapping
        Exchange of every column of `prices_file`, or by column; not needed for columns with a
        suffix such as ``MC.PA``, and for shipped tickers.

    Raises
    ------
    SpecificationError
        For exchanges without prices.
    DataError
        For a file that cannot be read.
    """
    for name, value in (("events_file", events_file), ("prices_file", prices_file)):
        check_kind(name, value, str, "the path of a file")
    kinds = "one exchange, such as 'XPAR', or a mapping from column to exchange"
    check_kind("exchanges", exchanges, str | Mapping, kinds)
    if exchanges and not prices_file:
        raise SpecificationError(
            "exchanges says where the columns of prices_file trade; give prices_file too, or leave "
            "exchanges out"
        )
    if not events_file and not prices_file:
        yield
        return
    described = Described(exchanges=exchanges)
    layer = _layer("exchanges", described, events_file, prices_file)
    token = _given.set((layer, *_given.get()))
    try:
        yield
    finally:
        _given.reset(token)


@contextmanager
def files_of(parameters: Mapping[str, Any]) -> Iterator[None]:
    """Let the files that the parameters of a study name stand first within it."""
    known = PARAMETERS if "prices_file" in parameters else ()
    with own_files(**{name: parameters[name] for name in known if parameters.get(name, "") != ""}):
        yield


def _workspace(folder: Path) -> Layer:
    """Return the layer of a workspace, read once as long as its files are the same."""
    events = (path for path in sorted(folder.glob("events.*")) if path.suffix.lower() in READ)
    files = [folder / STUDY, *events, *sorted((folder / PRICES).glob("*"))]
    stamps = tuple(
        (str(path), at.st_mtime_ns, at.st_size)
        for path in files
        if path.is_file() and not path.name.startswith(".") and (at := path.stat())
    )
    return _read_workspace(folder, stamps)


@lru_cache(maxsize=8)
def _read_workspace(folder: Path, stamps: tuple[tuple[str, int, int], ...]) -> Layer:
    there = [Path(name) for name, _, _ in stamps]
    prices = folder / PRICES
    events = [
        path for path in there
        if path.parent == folder and path.name != STUDY and not is_empty(path)
    ]  # fmt: skip
    if len(events) > 1:
        names = listed([path.name for path in events])
        raise DataError(f"{shown(str(folder))} holds events in {names}: keep one of these files")
    layer = _layer(
        str(folder / STUDY),
        describe(folder),
        str(events[0]) if events else "",
        str(prices) if any(path.is_relative_to(prices) for path in there) else "",
    )
    hashes = {path.relative_to(folder).as_posix(): _sha256(path) for path in there}
    return replace(layer, hashes=hashes)


def _layer(where: str, described: Described, events: str, prices: str) -> Layer:
    from rareearth_research.datasets.reading.events import read_events  # heavy
    from rareearth_research.datasets.reading.files import read_prices, read_returns

    hashes, read, frame, closes = {}, {}, None, None
    if events:
        hashes[Path(events).name] = _sha256(Path(events))
        frame = _read(read_events, events, described.events, f"{where}: events")
        read[Path(events).name] = frame.attrs["read"]
        frame = in_small_letters(frame)
    if prices:
        path = Path(prices)
        inside = [at for at in (path, *sorted(path.glob("*"))) if at.is_file()]
        hashes |= {at.relative_to(path.parent).as_posix(): _sha256(at) for at in inside}
        if described.returns:
            closes = _read(read_returns, prices, described.returns, f"{where}: returns")
        else:
            closes = _read(read_prices, prices, described.prices, f"{where}: prices")
        read[path.name] = closes.attrs["read"]
        closes = _as_prices(closes) if described.returns else closes
    return Layer(where, described, hashes, frame, closes, events, read)


def _as_prices(returns: pd.DataFrame) -> pd.DataFrame:
    """Return the closes, from 100 on the day before the first, that have these log returns."""
    before = pd.DatetimeIndex(returns.index[:1]) - pd.Timedelta(days=1)
    summed = pd.concat([pd.DataFrame(0.0, before, returns.columns), returns]).cumsum()
    return summed.apply(np.exp).mul(100).rename_axis("date")


def _read(reader: Any, source: str, options: Mapping[str, Any], where: str) -> pd.DataFrame:
    from rareearth_research.arguments import check_keywords

    check_keywords(reader, options, where, skip=("source", "show"))
    if str(options.get("header_row", "")).isdigit():
        options = {**options, "header_row": int(options["header_row"])}
    found: pd.DataFrame = reader(Path(source), show=False, **options)
    return found


def _sha256(path: Path) -> str:
    with said("a file of yours cannot be read", DataError, f"there is no file {path}"):
        return hashlib.sha256(path.read_bytes()).hexdigest()
