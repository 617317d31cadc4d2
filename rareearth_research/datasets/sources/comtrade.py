"""UN Comtrade: China's monthly exports of natural and artificial graphite to the world.

The API directly and not ``comtradeapicall``: that client prints upstream errors instead of raising
them, puts the key into the URL, and has no limit on time or size. With ``COMTRADE_API_KEY`` the
full service answers, twelve months a request; without, its public preview, which refuses more than
one ("Maximum number of periods for preview is 1") and to be asked fast, so that only the last known
year and what came after it is asked for, slowly.
"""

from __future__ import annotations

import datetime as dt
import time

import pandas as pd

from rareearth_research.datasets.sources.base import described
from rareearth_research.datasets.sources.http import Client
from rareearth_research.datasets.tables.registry import Raw
from rareearth_research.errors import SourceError, shown

HOST = "https://comtradeapi.un.org"
FILE = "china_graphite_exports_monthly.csv"
CODES = ("250410", "380110")
ASKED = {  # China's exports to the world, not split by second partner, procedure or transport
    "reporterCode": "156",
    "partnerCode": "0",
    "partner2Code": "0",
    "customsCode": "C00",
    "motCode": "0",
    "flowCode": "X",
}
FIRST = dt.date(2017, 1, 1)
MONTHS_A_REQUEST = 12
SLOWLY = 7  # pauses: asked faster, the preview answers 429
KNOWN_MONTHS = 12  # without a key: asked for again, which shows revisions
NEEDED = ("period", "cmdCode", "primaryValue", "netWgt")


def fetch(client: Client, since: dt.date | None, current: Raw) -> dict[str, pd.DataFrame]:
    """Return both codes by month; months not reported yet are absent, weights may be empty."""
    path, headers, at_once = "/public/v1/preview/C/M/HS", {}, 1
    first = since or FIRST
    if client.key:
        path, headers = "/data/v1/get/C/M/HS", {"Ocp-Apim-Subscription-Key": client.key}
        at_once = MONTHS_A_REQUEST
    elif not since and len(current[FILE]):
        last = pd.Period(current[FILE]["month"].max(), "M")
        first = (last - KNOWN_MONTHS + 1).start_time.date()
    months = pd.period_range(first, dt.date.today(), freq="M").strftime("%Y%m")
    rows: list[dict[str, object]] = []
    for start in range(0, len(months), at_once):
        if start and at_once == 1:
            time.sleep(SLOWLY * client.limits.pause)
        period = ",".join(months[start : start + at_once])
        params = {**ASKED, "cmdCode": ",".join(CODES), "period": period}
        answer = client.get(HOST + path, "json", params, headers).json()
        rows += _records(client, answer, period.split(","))
    if not rows:
        raise SourceError(
            f"{SOURCE.title} sent no month of HS {' or '.join(CODES)}; nothing was changed"
        )
    frame = pd.DataFrame(rows)
    month = frame["period"].astype(str).str.replace(r"^(\d{4})(\d{2})$", r"\1-\2", regex=True)
    return {
        FILE: pd.DataFrame(
            {
                "month": month,
                "hs6": frame["cmdCode"].astype(str),
                "value_usd": frame["primaryValue"],
                "net_weight_kg": frame["netWgt"].mask(frame["netWgt"] == 0),  # nothing weighs 0 kg
            }
        ).sort_values(["month", "hs6"], ignore_index=True)
    }


def _records(client: Client, answer: object, months: list[str]) -> list[dict[str, object]]:
    if not isinstance(answer, dict) or not isinstance(answer.get("data"), list):
        raise SourceError(f"{SOURCE.title} changed its answer: no list 'data' in it")
    if answer.get("error"):
        said = client.redact(str(answer["error"]))
        raise SourceError(f"{SOURCE.title} refused the request: {said[:160]!r}")
    for record in answer["data"]:
        absent = [name for name in NEEDED if name not in record]
        if absent:
            raise SourceError(f"{SOURCE.title} changed its columns: a record has no {absent[0]!r}")
        one_each = ((name, (code,)) for name, code in ASKED.items())
        for name, asked in (("cmdCode", CODES), *one_each, ("period", months)):
            left_open = record.get(name) is None and name not in NEEDED
            if not left_open and str(record[name]) not in asked:
                raise SourceError(
                    f"{SOURCE.title} sent a record of {name} {shown(record[name])}, and "
                    f"{' or '.join(asked)} was asked for"
                )
    return answer["data"]


SOURCE = described("comtrade", fetch)
