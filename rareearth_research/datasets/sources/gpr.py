"""Caldara and Iacoviello's daily geopolitical risk index: the index, acts, threats.

References
----------
Caldara, D. and Iacoviello, M. (2022). Measuring geopolitical risk. American Economic Review 112.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

import pandas as pd

from rareearth_research.datasets.sources.base import Source
from rareearth_research.datasets.sources.http import Client
from rareearth_research.datasets.sources.parsing import need_columns, sheet
from rareearth_research.datasets.sources.rawfiles import RAW_FILES

__all__ = ["SOURCE"]

TITLE = "the geopolitical risk index"
URL = "https://www.matteoiacoviello.com/gpr_files/data_gpr_daily_recent.xls"
FIRST = "2009-01-01"
FIGURES = {"GPRD": "gprd", "GPRD_ACT": "gprd_act", "GPRD_THREAT": "gprd_threat"}


def fetch(
    client: Client, since: dt.date | None, current: Mapping[str, pd.DataFrame]
) -> dict[str, pd.DataFrame]:
    """Return the days of the workbook; it comes whole, so `since` only cuts."""
    cells = sheet(client.get(URL, "xls").content, 0, TITLE)
    frame = cells.iloc[1:].set_axis([str(name).strip() for name in cells.iloc[0]], axis=1)
    need_columns(frame, ("DAY", *FIGURES), TITLE)
    # The legend columns on the right are longer than nothing: rows without a day are not days.
    frame = frame[pd.to_numeric(frame["DAY"], errors="coerce").notna()]
    days = pd.to_datetime(frame["DAY"].astype("int64").astype(str), format="%Y%m%d")
    out = frame[list(FIGURES)].rename(columns=FIGURES)
    out.insert(0, "date", days.dt.strftime("%Y-%m-%d"))
    out = out[out["date"] >= (since.isoformat() if since else FIRST)]
    return {"gpr_daily.csv": out.reset_index(drop=True)}


SOURCE = Source(
    name="gpr",
    title=TITLE,
    url="https://www.matteoiacoviello.com/gpr.htm",
    licence="no licence recorded; cite the paper, see the authors' page",
    feeds=(RAW_FILES["gpr_daily.csv"],),
    fetch=fetch,
    hosts=("www.matteoiacoviello.com", "matteoiacoviello.com"),
)
