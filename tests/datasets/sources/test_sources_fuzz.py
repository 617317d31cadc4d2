"""Answers damaged at random: every source reads them or raises a `SourceError`, nothing else."""

from __future__ import annotations

import copy
import datetime as dt
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from rareearth_research.datasets import sources
from rareearth_research.datasets.refreshing.refresh import _fetch
from rareearth_research.datasets.sources.http import Client
from rareearth_research.errors import SourceError
from tests.support import upstream_formats as formats
from tests.support.local_upstream import FAST, Upstream, running

DAMAGES = 40
SINCE = dt.date.today() - dt.timedelta(days=40)
MONTH = dt.date.today().strftime("%Y%m")
GPR = Path(__file__).parents[2] / "data/gpr_daily.xls"


@pytest.fixture(scope="module")
def upstream() -> Iterator[Upstream]:
    with running() as server, pytest.MonkeyPatch.context() as patch:
        for name in sources.NAMES:
            patch.setenv(f"RAREEARTH_SOURCE_BASE_{name.upper()}", server.url)
        patch.setenv("FRED_API_KEY", "secret-fred-key")
        patch.delenv("COMTRADE_API_KEY", raising=False)
        yield server


def outcome(name: str, current: dict[str, pd.DataFrame]) -> str:
    source = sources.get(name)
    try:
        frames = _fetch(Client(source, FAST), SINCE, current)
    except SourceError:
        return "refused"
    assert set(frames) == {feed.name for feed in source.feeds}
    return "read"


def damaged_json(content: bytes, rng: np.random.Generator) -> bytes:
    """Replace one node somewhere in the tree, or drop it."""
    tree = copy.deepcopy(json.loads(content))
    node, parent, key = tree, None, None
    while isinstance(node, dict | list) and node and (parent is None or rng.random() < 0.8):
        keys = list(node) if isinstance(node, dict) else list(range(len(node)))
        parent, key = node, keys[rng.integers(len(keys))]
        node = parent[key]
    if rng.random() < 0.3:
        del parent[key]
    else:
        values: list[Any] = [None, "", "x", -1, 1e300, [], {}, [None], {"a": 1}, True]
        parent[key] = values[rng.integers(len(values))]
    return json.dumps(tree).encode()


def damaged_bytes(content: bytes, rng: np.random.Generator) -> bytes:
    """Overwrite a few bytes, or cut the end off."""
    if rng.random() < 0.3:
        return content[: rng.integers(1, len(content))]
    out = bytearray(content)
    for _ in range(rng.integers(1, 20)):
        out[rng.integers(len(out))] = rng.integers(256)
    return bytes(out)


JSON_ANSWERS = {
    "fred": (
        "/fred/series/observations",
        formats.fred([("2026-08-06", "6.7"), ("2026-08-07", ".")]),
    ),
    "comtrade": ("/public/v1/preview/C/M/HS", formats.comtrade([(MONTH, "380110", 1.5, 2.5)])),
    "federal_register": (
        "/api/v1/documents.json",
        formats.federal_register([formats.register_document("2026-1", "2026-11-02", "x")]),
    ),
    "sina": (
        "/cn/api/json_v2.php/CN_MarketDataService.getKLineData",
        formats.sina_closes([(str(SINCE), "4588.1968", 9), (str(dt.date.today()), "4590.5", 8)]),
    ),
    "usgs": (
        "/catalog/item/696a75d5d4be0228872d3bf8",
        formats.science_base("http://127.0.0.1:1", "MCS2026_Commodities_Data.csv"),
    ),
}


CURRENT = {
    "usgs_mcs2026.csv": pd.DataFrame({"chapter": ["X"]}),
    "price_symbols.csv": pd.DataFrame({"ticker": ["000300.SS"], "sina": ["sh000300"]}),
}


@pytest.mark.parametrize("name", JSON_ANSWERS)
def test_json_with_a_damaged_node(name: str, upstream: Upstream) -> None:
    path, content = JSON_ANSWERS[name]
    rng = np.random.default_rng(7)
    found = set()
    for _ in range(DAMAGES):
        upstream.serve(path, damaged_json(content, rng))
        found.add(outcome(name, CURRENT))
    assert "refused" in found


def binary_answers() -> dict[str, tuple[str, bytes]]:
    imf = formats.imf([("PCOBA", "Cobalt", "USD")], [["2026M11", 33000.0]])
    factors = formats.french([(20261101, 1, 1, 1, 1, 1, 1)], "Mkt-RF,SMB,HML,RMW,CMA,RF")
    folder = "/pages/faculty/ken.french/ftp/"
    return {
        "gpr": ("/gpr_files/data_gpr_daily_recent.xls", GPR.read_bytes()),
        "imf": ("/-/media/files/research/commodityprices/monthly/external-data.xlsx", imf),
        "ken_french": (folder + "F-F_Research_Data_5_Factors_2x3_daily_CSV.zip", factors),
    }


@pytest.mark.parametrize("name", ["gpr", "imf", "ken_french"])
def test_workbooks_and_archives_with_damaged_bytes(name: str, upstream: Upstream) -> None:
    path, content = binary_answers()[name]
    momentum = formats.french([(20261101, 1)], "Mom")
    upstream.serve("/pages/faculty/ken.french/ftp/F-F_Momentum_Factor_daily_CSV.zip", momentum)
    current = {"imf_pcps_monthly.csv": pd.DataFrame({"series": ["Cobalt"], "code": ["PCOBA"]})}
    rng = np.random.default_rng(7)
    found = set()
    for _ in range(DAMAGES):
        upstream.serve(path, damaged_bytes(content, rng))
        found.add(outcome(name, current))
    assert "refused" in found
