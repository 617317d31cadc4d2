"""The real layouts of the upstreams, filled with a few rows: what each would send."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterable, Sequence
from typing import Any

import pandas as pd

from rareearth_research.datasets.sources.usgs import COLUMNS
from tests.support.local_upstream import Answer, Request


def fred(rows: Iterable[tuple[str, str]]) -> bytes:
    """``series/observations`` of the FRED API, version 1."""
    today = "2026-11-24"
    observations = [
        {"realtime_start": today, "realtime_end": today, "date": day, "value": value}
        for day, value in rows
    ]
    head = {
        "realtime_start": today,
        "realtime_end": today,
        "observation_start": "2009-01-01",
        "observation_end": "9999-12-31",
        "units": "lin",
        "output_type": 1,
        "file_type": "json",
        "order_by": "observation_date",
        "sort_order": "asc",
        "count": len(observations),
        "offset": 0,
        "limit": 100000,
    }
    return json.dumps({**head, "observations": observations}).encode()


def french(rows: Iterable[Sequence[object]], columns: str, note: str = "202610") -> bytes:
    """A daily file of the Ken French library: preamble, header, days, copyright, in a zip."""
    lines = [
        f"This file was created by using the {note} CRSP database.",
        "The Tbill return is the simple daily rate that, over the number of trading days",
        "in the month, compounds to 1-month TBill rate.",
        "",
        f",{columns}",
        *(f"{row[0]}," + ",".join(f"{value:>8}" for value in row[1:]) for row in rows),
        "",
        "Copyright 2026 Eugene F. Fama and Kenneth R. French",
    ]
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("F-F_daily.csv", "\r\n".join(lines))
    return buffer.getvalue()


def workbook(sheet: str, rows: Iterable[Sequence[object]]) -> bytes:
    """An .xlsx workbook with one sheet of these cells."""
    import openpyxl

    book = openpyxl.Workbook()
    page = book.active
    page.title = sheet
    for row in rows:
        page.append(list(row))
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def pink_sheet(
    names: Sequence[str], units: Sequence[str], rows: Iterable[Sequence[object]]
) -> bytes:
    """The World Bank's ``Monthly Prices``: four title rows, names, units, then ``1960M01``."""
    head: list[Sequence[object]] = [
        ["World Bank Commodity Price Data (The Pink Sheet)"],
        ["monthly prices in nominal US dollars, 1960 to present"],
        ["(monthly series are available only in nominal US dollar terms)"],
        ["Updated on November 03, 2026"],
        [None, *names],
        [None, *units],
    ]
    return workbook("Monthly Prices", [*head, *rows])


def imf(series: Sequence[tuple[str | None, str, str]], rows: Iterable[Sequence[object]]) -> bytes:
    """The IMF's ``External`` sheet: codes, descriptions, kinds, frequency, then ``1980M1``."""
    head: list[Sequence[object]] = [
        ["Commodity", *(code for code, _, _ in series)],
        ["Commodity.Description", *(name for _, name, _ in series)],
        ["Data Type", *(kind for _, _, kind in series)],
        ["Frequency", *("Monthly" for _ in series)],
    ]
    return workbook("External", [*head, *rows])


def yahoo_chart(
    ticker: str,
    zone: str,
    closes: pd.Series,
    dividends: dict[str, float],
    volumes: Sequence[int] | None = None,
) -> bytes:
    """``v8/finance/chart``: session starts as epochs, quotes, adjusted closes, dividends."""
    opens = pd.to_datetime(closes.index + " 09:30").tz_localize(zone)
    stamps = opens.as_unit("s").asi8.tolist()
    prices = [float(value) for value in closes]
    by_day = dict(zip(closes.index, stamps, strict=True))
    events = {
        str(by_day[day]): {"amount": amount, "date": by_day[day]}
        for day, amount in dividends.items()
    }
    meta: dict[str, Any] = {
        "currency": "USD",
        "symbol": ticker,
        "exchangeName": "PCX",
        "instrumentType": "EQUITY",
        "firstTradeDate": 1288272600,
        "regularMarketTime": stamps[-1] if stamps else 0,
        "gmtoffset": -18000,
        "timezone": "EST",
        "exchangeTimezoneName": zone,
        "regularMarketPrice": prices[-1] if prices else 0.0,
        "priceHint": 2,
        "dataGranularity": "1d",
        "range": "",
        "validRanges": ["1d", "5d", "1mo", "3mo", "6mo", "1y", "2y", "5y", "10y", "ytd", "max"],
    }
    quote = dict.fromkeys(("open", "high", "low", "close"), prices)
    result = {
        "meta": meta,
        "timestamp": stamps,
        "indicators": {
            "quote": [{**quote, "volume": volumes or [1000] * len(prices)}],
            "adjclose": [{"adjclose": prices}],
        },
    }
    if events:
        result["events"] = {"dividends": events}
    return json.dumps({"chart": {"result": [result], "error": None}}).encode()


YAHOO_UNKNOWN = json.dumps(
    {
        "chart": {
            "result": None,
            "error": {
                "code": "Not Found",
                "description": "No data found, symbol may be delisted",
            },
        }
    }
).encode()


def stooq(rows: Iterable[Sequence[object]]) -> bytes:
    """Stooq's daily CSV."""
    lines = ["Date,Open,High,Low,Close,Volume"]
    lines += [",".join(map(str, row)) for row in rows]
    return ("\r\n".join(lines) + "\r\n").encode()


def sina_closes(rows: Iterable[tuple[str, object, object]]) -> bytes:
    """``CN_MarketDataService.getKLineData`` with ``scale=240``: text figures, volume in shares.

    Follows the sample of the public repository HarrisonXi/AStock, page "历史数据API.md".
    """
    keys = ("open", "high", "low", "close")
    bars = [
        {"day": day, **dict.fromkeys(keys, str(close)), "volume": str(volume)}
        for day, close, volume in rows
    ]
    return json.dumps(bars, separators=(",", ":")).encode()


def sina_factors(symbol: str, steps: Sequence[tuple[str, float]]) -> bytes:
    """``qfq.js``: what divides a close from each day on, and the comment Sina puts behind it."""
    data = [{"d": day, "f": f"{factor:.16f}"} for day, factor in steps]
    text = json.dumps({"total": len(data), "data": data}, separators=(",", ":"))
    return f"var {symbol}qfq={text}\n/* generated */".encode()


def comtrade(records: Iterable[tuple[str, str, float, float | None]]) -> bytes:
    """``get`` and ``preview`` of the UN Comtrade API; a weight may be null.

    Follows the answer recorded in ropensci/comtradr, tests/testthat/goods/comtradeapi.un.org/data/
    v1/get/C/A/HS-60a6ad.json (529bb51), whose four records of China have ``"netWgt": null``.
    Months not reported yet: an empty list, as in uncomtrade/comtradeapicall, issue 18.
    """
    data = [
        {
            "typeCode": "C",
            "freqCode": "M",
            "refPeriodId": int(period + "01"),
            "refYear": int(period[:4]),
            "refMonth": int(period[4:]),
            "period": period,
            "reporterCode": 156,
            "reporterISO": "CHN",
            "reporterDesc": "China",
            "flowCode": "X",
            "flowDesc": "Export",
            "partnerCode": 0,
            "partnerISO": "W00",
            "partnerDesc": "World",
            "partner2Code": 0,
            "partner2ISO": "W00",
            "partner2Desc": "World",
            "classificationCode": "H6",
            "classificationSearchCode": "HS",
            "isOriginalClassification": True,
            "cmdCode": code,
            "cmdDesc": None,
            "aggrLevel": 6,
            "isLeaf": True,
            "customsCode": "C00",
            "customsDesc": "TOTAL CPC",
            "mosCode": "0",
            "motCode": 0,
            "motDesc": "TOTAL MOT",
            "qtyUnitCode": 8 if weight else -1,
            "qtyUnitAbbr": "kg" if weight else "N/A",
            "qty": weight,
            "isQtyEstimated": False,
            "netWgt": weight,
            "isNetWgtEstimated": False,
            "cifvalue": None,
            "fobvalue": value,
            "primaryValue": value,
            "legacyEstimationFlag": 0,
            "isReported": False,
            "isAggregate": True,
        }
        for period, code, value, weight in records
    ]
    return json.dumps(
        {"elapsedTime": "0.03 secs", "count": len(data), "data": data, "error": ""}
    ).encode()


def comtrade_preview(
    request: Request, records: Sequence[tuple[str, str, float, float | None]]
) -> bytes | Answer:
    """The keyless preview: one month a request, HTTP 400 for more (koala73/worldmonitor, 4646)."""
    months = request.query["period"][0].split(",")
    if len(months) > 1:
        said = {"data": None, "error": "Maximum number of periods for preview is 1"}
        return Answer(json.dumps(said).encode(), 400, {"Content-Type": "application/json"})
    return comtrade(record for record in records if record[0] in months)


def federal_register(documents: Sequence[dict[str, Any]], pages: int = 1) -> bytes:
    """``documents.json`` of the Federal Register; without hits it has no ``results``."""
    answer: dict[str, Any] = {"count": len(documents), "description": "Documents matching"}
    if documents:
        answer |= {"total_pages": pages, "results": list(documents)}
    return json.dumps(answer).encode()


def register_document(number: str, day: str, title: str) -> dict[str, Any]:
    """One hit of a Federal Register search."""
    return {
        "document_number": number,
        "publication_date": day,
        "type": "Notice",
        "title": title,
        "abstract": None,
        "agencies": [
            {"raw_name": "DEPARTMENT OF COMMERCE", "name": "Commerce Department", "id": 54}
        ],
        "html_url": f"https://www.federalregister.gov/documents/{number}",
        "pdf_url": None,
    }


def science_base(base: str, name: str) -> bytes:
    """A ScienceBase item with one file."""
    file = {
        "name": name,
        "contentType": "text/csv",
        "size": 3189010,
        "url": f"{base}/catalog/file/get/696a75d5d4be0228872d3bf8?f=__disk__aa",
        "downloadUri": f"{base}/catalog/file/get/696a75d5d4be0228872d3bf8?f=__disk__aa",
    }
    return json.dumps({"title": "Mineral Commodity Summaries 2026", "files": [file]}).encode()


def usgs_release(rows: pd.DataFrame) -> bytes:
    """``MCS2026_Commodities_Data.csv`` in Windows-1252, from rows of the raw file.

    Follows the release of 6 February 2026: 3,189,010 bytes, sha256 582a0aa2, as kept in
    therealjameswilson/critical-minerals-records-stage-v3, data/raw/ (942d04a).
    """
    header = {own: theirs for theirs, own in COLUMNS.items()}
    release = rows.rename(columns=header)[[*COLUMNS]].assign(**{"Other notes": ""})
    return release.to_csv(index=False, lineterminator="\r\n").encode("cp1252")
