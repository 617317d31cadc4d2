"""IMF Primary Commodity Prices: the monthly workbook, which holds rare-earth carbonate.

The workbook and not the SDMX service: the rare-earth series has no code there.
"""

from __future__ import annotations

import datetime as dt

import pandas as pd

from rareearth_research.datasets.reading.cells.workbooks import sheet
from rareearth_research.datasets.sources.base import described
from rareearth_research.datasets.sources.http import Client
from rareearth_research.datasets.sources.parsing import long_format
from rareearth_research.datasets.tables.registry import Raw
from rareearth_research.errors import SourceError

URL = "https://www.imf.org/-/media/files/research/commodityprices/monthly/external-data.xlsx"
SHEET = "External"
HEAD = ("Commodity", "Commodity.Description", "Data Type", "Frequency")


def fetch(client: Client, since: dt.date | None, current: Raw) -> dict[str, pd.DataFrame]:
    """Return the monthly series of the workbook; it comes whole, so `since` only cuts."""
    cells = sheet(client.get(URL, "xlsx").content, SHEET, SOURCE.title)
    found = tuple(str(cell).strip() for cell in cells[0].iloc[: len(HEAD)])
    if found != HEAD:
        raise SourceError(
            f"{SOURCE.title} changed its layout: the first column begins {found}, not {HEAD}"
        )
    code, series, kind = cells.iloc[0], cells.iloc[1], cells.iloc[2]
    columns = [c for c in cells.columns[1:] if isinstance(series[c], str)]
    pairs = current["imf_pcps_monthly.csv"].drop_duplicates("series")
    known = dict(zip(pairs["series"], pairs["code"], strict=True))
    labels = []
    for column in columns:
        name = series[column].strip()
        # Some series, rare earths among them, have no code: write it the way the file has it.
        own = code[column].strip() if isinstance(code[column], str) else ""
        labels.append(
            {"code": known.get(name, own), "series": name, "unit": str(kind[column]).strip()}
        )
    prices = long_format(cells.iloc[len(HEAD) :], columns, labels)
    if since:
        prices = prices[prices["month"] >= since.strftime("%Y-%m")]
    return {"imf_pcps_monthly.csv": prices.reset_index(drop=True)}


SOURCE = described("imf", fetch)
