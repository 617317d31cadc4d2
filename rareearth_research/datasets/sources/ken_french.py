"""Kenneth R. French's data library: five factors and momentum, daily, in percent."""

from __future__ import annotations

import datetime as dt
import io
import re

import pandas as pd

from rareearth_research.datasets.sources.base import described
from rareearth_research.datasets.sources.http import Client
from rareearth_research.datasets.sources.parsing import archive_member, decode_text, need_columns
from rareearth_research.datasets.tables.registry import Raw
from rareearth_research.errors import SourceError

FOLDER = "https://mba.tuck.dartmouth.edu/pages/faculty/ken.french/ftp/"
FIVE = "F-F_Research_Data_5_Factors_2x3_daily_CSV.zip"
MOMENTUM = "F-F_Momentum_Factor_daily_CSV.zip"
NAMES = {"Mkt-RF": "mkt_rf", "SMB": "smb", "HML": "hml", "RMW": "rmw", "CMA": "cma", "RF": "rf"}
ABSENT = (-99.99, -999.0)
FIRST = "2009-01-01"


def fetch(client: Client, since: dt.date | None, current: Raw) -> dict[str, pd.DataFrame]:
    """Return all days both files have; the files come whole, so `since` only cuts."""
    five = _factors(client.get(FOLDER + FIVE, "zip").content, tuple(NAMES))
    momentum = _factors(client.get(FOLDER + MOMENTUM, "zip").content, ("Mom",))
    both = five.join(momentum, how="inner").rename(columns={**NAMES, "Mom": "mom"})
    both = both.loc[(since.isoformat() if since else FIRST) :]
    return {"factors_us_daily_percent.csv": both.reset_index()}


def _factors(archive: bytes, columns: tuple[str, ...]) -> pd.DataFrame:
    """Read the daily block: after a preamble, from the header line to the copyright line."""
    lines = decode_text(archive_member(archive, ".csv", SOURCE.title)).splitlines()
    days = [line for line in lines if re.match(r"\s*\d{8}\s*,", line)]
    if not days:
        raise SourceError(f"{SOURCE.title}: no daily rows in the file; its layout changed")
    header = next(line for line in lines[lines.index(days[0]) - 1 :: -1] if line.strip())
    names = [name.strip() for name in header.split(",")]
    frame = pd.read_csv(io.StringIO("\n".join(days)), header=None, dtype={0: str})
    frame = frame.iloc[:, : len(names)].set_axis(["day", *names[1:]], axis=1)
    need_columns(frame, columns, SOURCE.title)
    frame.index = pd.to_datetime(frame["day"].str.strip(), format="%Y%m%d").dt.strftime("%Y-%m-%d")
    frame.index.name = "date"
    frame = frame[list(columns)].apply(pd.to_numeric, errors="coerce")
    return frame.mask(frame.isin(ABSENT)).dropna()


SOURCE = described("ken_french", fetch)
