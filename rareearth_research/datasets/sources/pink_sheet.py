"""World Bank Pink Sheet: monthly commodity prices in one workbook whose address changes."""

from __future__ import annotations

import datetime as dt
import re

import pandas as pd

from rareearth_research.datasets.reading.cells.workbooks import sheet
from rareearth_research.datasets.sources.base import described
from rareearth_research.datasets.sources.http import Client
from rareearth_research.datasets.sources.parsing import decode_text, long_format
from rareearth_research.datasets.tables.registry import Raw
from rareearth_research.errors import SourceError

PAGE = "https://www.worldbank.org/en/research/commodity-markets"
LINK = re.compile(r"""(https://thedocs\.worldbank\.org/[^"'\s<>]*Historical-Data-Monthly\.xlsx)""")
SHEET = "Monthly Prices"
FIRST = "2005-01"


def fetch(client: Client, since: dt.date | None, current: Raw) -> dict[str, pd.DataFrame]:
    """Find this month's workbook on the landing page and read its monthly prices."""
    page = client.get(PAGE, "html")
    link = LINK.search(decode_text(page.content))
    if link is None:
        raise SourceError(
            f"{SOURCE.title}: no link to the monthly workbook on {PAGE}; the page changed"
        )
    cells = sheet(client.get(link[1], "xlsx").content, SHEET, SOURCE.title)
    prices = _prices(cells)
    first = since.strftime("%Y-%m") if since else FIRST
    return {"pink_sheet_monthly.csv": prices[prices["month"] >= first].reset_index(drop=True)}


def _prices(cells: pd.DataFrame) -> pd.DataFrame:
    """Stack the sheet: one row of names, one of units, then ``1960M01`` and so on."""
    units = cells.index[cells.apply(_is_unit_row, axis=1)]
    if len(units) == 0 or units[0] == 0:
        raise SourceError(f"{SOURCE.title} changed its layout: no row of units such as ($/mt)")
    names, unit = cells.loc[units[0] - 1], cells.loc[units[0]]
    columns = [c for c in cells.columns[1:] if isinstance(names[c], str) and names[c].strip()]
    # "**" behind a name only points to a footnote.
    labels = [{"commodity": names[c].strip(" *"), "unit": str(unit[c]).strip()} for c in columns]
    return long_format(cells.loc[units[0] + 1 :], columns, labels)


def _is_unit_row(row: pd.Series) -> bool:
    texts = [cell for cell in row.iloc[1:] if isinstance(cell, str)]
    return bool(texts) and all(text.strip().startswith("(") for text in texts)


SOURCE = described("pink_sheet", fetch)
