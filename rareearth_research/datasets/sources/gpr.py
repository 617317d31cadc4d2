"""Caldara and Iacoviello's daily geopolitical risk index: the index, acts, threats.

The authors revise about the last year with each release. Measured on three vintages, which end on
2025-07-28, 2026-03-16 and 2026-05-26: of 6,053 days since 2009 that the first two share, 77 differ
by more than 0.5 % in any of the three figures (1.3 %; 2.3 % differ at all), 123 of 6,284 between
the last two (2.0 %). All but three of these days lie within 400 days before the older vintage's
last one, where they are 18 and 31 % of the days; none changed by more than 0.87 of the larger of
itself and its column's median. Hence ``settles=400`` (`rawfiles.RawFile`): in these days up to half
may change, each by at most that larger one; what goes beyond is a revision like any other.

References
----------
Caldara, D. and Iacoviello, M. (2022). Measuring geopolitical risk. American Economic Review 112.
"""

from __future__ import annotations

import datetime as dt

import pandas as pd

from rareearth_research.datasets.reading.cells.workbooks import sheet
from rareearth_research.datasets.sources.base import described
from rareearth_research.datasets.sources.http import Client
from rareearth_research.datasets.sources.parsing import need_columns
from rareearth_research.datasets.tables.registry import Raw

URL = "https://www.matteoiacoviello.com/gpr_files/data_gpr_daily_recent.xls"
FIRST = "2009-01-01"
FIGURES = {"GPRD": "gprd", "GPRD_ACT": "gprd_act", "GPRD_THREAT": "gprd_threat"}


def fetch(client: Client, since: dt.date | None, current: Raw) -> dict[str, pd.DataFrame]:
    """Return the days of the workbook; it comes whole, so `since` only cuts."""
    cells = sheet(client.get(URL, "xls").content, 0, SOURCE.title)
    frame = cells.iloc[1:].set_axis([str(name).strip() for name in cells.iloc[0]], axis=1)
    need_columns(frame, ("DAY", *FIGURES), SOURCE.title)
    # The legend columns on the right are longer than nothing: rows without a day are not days.
    frame = frame[pd.to_numeric(frame["DAY"], errors="coerce").notna()]
    days = pd.to_datetime(frame["DAY"].astype("int64").astype(str), format="%Y%m%d")
    out = frame[list(FIGURES)].rename(columns=FIGURES)
    out.insert(0, "date", days.dt.strftime("%Y-%m-%d"))
    out = out[out["date"] >= (since.isoformat() if since else FIRST)]
    return {"gpr_daily.csv": out.reset_index(drop=True)}


SOURCE = described("gpr", fetch)
