"""Which file format suits the price tables: load time and size (see docs/data_format.md)."""

from __future__ import annotations

import gzip
import tempfile
import time
from collections.abc import Callable
from functools import partial
from importlib.util import find_spec
from pathlib import Path

import pandas as pd

from rareearth_research.datasets import load_prices, read

MARKETS = ("us", "au", "cn")


def main() -> None:
    """Write the prices in every format, load each five times, print the best."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_all(folder)
        for label, load, pattern in formats(folder):
            size = sum(path.stat().st_size for path in folder.glob(pattern))
            print(f"{label:14s} {best(load) * 1000:5.0f} ms {size / 1e6:6.2f} MB")
    print(f"{'load_prices()':14s} {best(load_prices) * 1000:5.0f} ms (promised: under 300)")


def write_all(folder: Path) -> None:
    tables = {f"wide_{key}": read(f"prices_{key}") for key in MARKETS}
    parts = [t.melt("date", var_name="ticker", value_name="close") for t in tables.values()]
    tables["long"] = pd.concat(parts).dropna().sort_values(["date", "ticker"])
    for name, table in tables.items():
        path = folder / f"{name}.csv"
        table.to_csv(path, index=False, float_format="%.12g")
        (folder / f"{name}.csv.gz").write_bytes(gzip.compress(path.read_bytes(), 9, mtime=0))
        if find_spec("pyarrow"):
            table.to_parquet(folder / f"{name}.parquet")


def formats(folder: Path) -> list[tuple[str, Callable[[], pd.DataFrame], str]]:
    endings = [".csv", ".csv.gz", *([".parquet"] if find_spec("pyarrow") else [])]
    return [
        (f"{shape} {ending}", partial(load, folder, ending), f"{shape}*{ending}")
        for load, shape in ((load_wide, "wide"), (load_long, "long"))
        for ending in endings
    ]


def load_wide(folder: Path, ending: str) -> pd.DataFrame:
    tables = [load_one(folder / f"wide_{key}{ending}").set_index("date") for key in MARKETS]
    return pd.concat(tables, axis=1, sort=True)


def load_long(folder: Path, ending: str) -> pd.DataFrame:
    table = load_one(folder / f"long{ending}")
    return table.pivot(index="date", columns="ticker", values="close")


def load_one(path: Path) -> pd.DataFrame:
    if path.suffix == ".parquet":
        return pd.read_parquet(path)
    table = pd.read_csv(path)
    return table.assign(date=pd.to_datetime(table["date"], format="%Y-%m-%d"))


def best(load: Callable[[], pd.DataFrame]) -> float:
    times = []
    for _ in range(5):
        start = time.process_time()
        load()
        times.append(time.process_time() - start)
    return min(times)


if __name__ == "__main__":
    main()
