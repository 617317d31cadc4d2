"""One right call of every public entry point, and what of its result is the answer.

The arguments come from the signature, so a new argument is corrupted without being named here; a
new entry point without a right call here fails a test.
"""

from __future__ import annotations

import inspect
import json
import os
import re
import tempfile
from collections.abc import Callable, Iterator
from contextlib import chdir, contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np
import pandas as pd
from robustness_bad import corruptions

import rareearth_research as rer

__all__ = ["ENTRIES", "NOT_CALLED", "Case", "Entry", "cases"]

NOT_CALLED = {"EventStudyResults": "made by EventStudy.fit only"}


@dataclass(frozen=True)
class Entry:
    """A public function, one right call of it, and what else must be set for an argument to matter."""

    name: str
    area: str
    call: Callable[..., Any]
    base: dict[str, Any]
    also: dict[str, dict[str, Any]] = field(default_factory=dict)  # by argument
    arguments: tuple[str, ...] = ()  # of the signature of `of` if empty
    of: Any = None

    def names(self) -> list[str]:
        if self.arguments:
            return list(self.arguments)
        parameters = inspect.signature(self.of or self.call).parameters.values()
        return [p.name for p in parameters if p.kind is not p.VAR_KEYWORD]

    def optional(self, argument: str) -> bool:
        if self.arguments and argument not in inspect.signature(self.of or self.call).parameters:
            return False
        return inspect.signature(self.of or self.call).parameters[argument].default is None

    def right(self, argument: str) -> dict[str, Any]:
        return self.base | self.also.get(argument, {})

    def value(self, argument: str) -> Any:
        right = self.right(argument)
        if argument in right:
            return right[argument]
        default = inspect.signature(self.of or self.call).parameters[argument].default
        return None if default is inspect.Parameter.empty else default


@dataclass(frozen=True)
class Case:
    """One argument of one entry point with one corruption."""

    entry: str
    argument: str
    corruption: str


def cases() -> list[Case]:
    """Every case that is no right input itself."""
    return [
        Case(name, argument, corruption)
        for name, entry in ENTRIES().items()
        for argument in entry.names()
        for corruption, _ in corruptions(entry.value(argument))
        if not (corruption == "None" and entry.optional(argument))
        and not right_as_well(name, argument, corruption)
    ]


# What is another right question, and so no bad input: entry point, argument, corruption.
TEXT = "a word|an int|near name|other case|blanks around|line break after|full width|a long text|zero-width mark"
RIGHT = [
    (".*", "since|until", "year|month|period|month object"),
    (".*", "events|known_events|exclude_near|against|car|event_or_instant|event", f"event_id has ({TEXT})"),
    (".*", ".*", "(date|announced_earliest|ticker|exposure_.*) all the same|effective_date .*"),
    (".*", "seed", "zero|huge|10\\*\\*400|an int"),
    (".*", "max_shift|sessions|until", "zero|huge|10\\*\\*400"),
    (".*", "leads", "list of ints"),
    (".*", "windows|window|shifts", "list of ints|pair range"),
    ("map_sessions.*|overlaps.*|clean.*", "events|against", "no rows|event_id has (True|object|list)"),
    ("map_sessions.*", "events", "a row twice"),
    ("EventStudy", "price_flags|exposure|known_events", "no rows|ticker has (a word|an int|near.*|a long text|other case|full width)"),
    ("EventStudy", "price_flags", "flag has (a word|near name)|a row twice"),
    (".*", "exclude_near", "no rows|empty list"),
    ("cross_section", "characteristics", f"kind has ({TEXT}|object|list|True)"),
    ("cross_section", "cluster", "None"),
    ("adjust", "family", f"one is ({TEXT}|a float|True|bytes|object|a class|inf|text None|path|tuple.*|as bytes|joined.*|NO.*|a date)"),
    ("adjust.*", "p", "empty list|no rows|labels.*|row numbers|unknown labels|one label.*|a cell zero|all zero|list|array"),
    ("parameters.*", ".*", "twice.*|joined by comma"),
    ("parameters.*", "actors|materials|directions|securities", "empty list"),
    ("parameters of 02.*", "event_ids", "empty list"),
    ("notebook file", ".*", "another digit|cells/0/source.*"),
    ("data folder", ".*", ".*(title|description|version|publisher|licence|note|retrieved|redistribution|unit|name|profile|path|url|id) is word"),
    ("local mapping", "title|licence", f"{TEXT}|a date|path|text None|joined.*|NO of YAML|near.*|None"),
    ("local file", "table", "cut.*"),
    ("run_study", "timeout", "negative number|half|huge|1e308|an int"),
]  # fmt: skip


def right_as_well(entry: str, argument: str, corruption: str) -> bool:
    return any(
        all(map(re.fullmatch, pattern, (entry, argument, corruption))) for pattern in RIGHT
    )


# Made-up market: New York's sessions of a year and a half, four securities and a benchmark.
@cache
def returns() -> pd.DataFrame:
    from rareearth_research.timing import sessions_of

    days = pd.DatetimeIndex(sessions_of("XNYS").dates)
    days = days[(days >= "2023-01-03") & (days <= "2024-06-28")].rename("date")
    rng = np.random.default_rng(8)
    market = rng.normal(0.0003, 0.01, len(days))
    values = market[:, None] * [0.8, 1.0, 1.2, 0.9] + rng.normal(0, 0.02, (len(days), 4))
    return pd.DataFrame(values, days, ["AAA", "BBB", "CCC", "DDD"]).assign(MKT=market)


def days(*places: int) -> list[str]:
    return [f"{day:%Y-%m-%d}" for day in returns().index[list(places)]]


def events() -> pd.DataFrame:
    dates = pd.DatetimeIndex(days(290, 290, 320))
    return pd.DataFrame(
        {"event_id": ["one", "one", "two"], "date": dates, "security": ["AAA", "BBB", "CCC"]}
    )


def announced() -> pd.DataFrame:
    at = [pd.Timestamp(day + " 10:00", tz="America/New_York") for day in days(290, 320)]
    return pd.DataFrame(
        {
            "event_id": ["one", "two"],
            "announced_earliest": at,
            "announced_latest": [stamp + pd.Timedelta(hours=1) for stamp in at],
            "effective_date": pd.DatetimeIndex(days(292, 322)),
        }
    )


def study(**more: Any) -> Any:
    given = {"benchmark": "MKT", "estimation": (-200, -11), "windows": [(-1, 1)]} | more
    return rer.EventStudy(returns(), events(), **given)


@cache
def volumes() -> pd.DataFrame:
    rng = np.random.default_rng(9)
    shape = (len(returns()), 4)
    values = np.round(np.exp(rng.normal(13, 0.4, shape)))
    return pd.DataFrame(values, returns().index, ["AAA", "BBB", "CCC", "DDD"])


def factor_frame() -> pd.DataFrame:
    rng = np.random.default_rng(10)
    frame = pd.DataFrame({"mkt_rf": returns()["MKT"]})
    return frame.assign(smb=rng.normal(0, 0.005, len(frame)), rf=0.0002)


def flags() -> pd.DataFrame:
    return pd.DataFrame(
        {"date": pd.DatetimeIndex(days(291, 321)), "ticker": ["AAA", "CCC"],
         "flag": ["limit_up", "limit_down"]}
    )  # fmt: skip


def exposure() -> pd.DataFrame:
    return pd.DataFrame(
        {"exposure_from": pd.DatetimeIndex(days(10, 300)),
         "exposure_until": pd.DatetimeIndex(days(370, 370))},
        index=pd.Index(["AAA", "BBB"], name="ticker"),
    )  # fmt: skip


def known() -> pd.DataFrame:
    return pd.DataFrame({"event_id": ["three"], "date": pd.DatetimeIndex(days(289))})


def cars() -> pd.DataFrame:
    rng = np.random.default_rng(11)
    rows = [(f"e{e}", s, "[-1, 1]") for e in range(8) for s in ("AAA", "BBB", "CCC", "DDD")]
    frame = pd.DataFrame(rows, columns=["event_id", "security", "window"])
    return frame.assign(car=rng.normal(0, 0.03, 32), variance=rng.uniform(1, 2, 32) * 1e-4)


def traits() -> pd.DataFrame:
    return pd.DataFrame(
        {"security": ["AAA", "BBB", "CCC", "DDD"], "size": [1.0, 2.5, 2.0, 4.0],
         "kind": ["light", "heavy", "light", "heavy"]}
    )  # fmt: skip


# What stands for a call that needs files, a kernel or an upstream.
@contextmanager
def file_of(content: Any, name: str) -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_bytes(content) if isinstance(content, bytes) else path.mkdir()
        yield path


def read_parameter_file(content: Any) -> Any:
    from rareearth_research import cli_report
    from rareearth_research.reports import check_parameters

    with file_of(content, "given.yaml") as path:
        return check_parameters("02_event_study", cli_report._given([], path))


def read_notebook_file(content: Any) -> Any:
    from rareearth_research.reports import read_parameters

    with file_of(content, "01_mine.ipynb") as path:
        return {k: (p.kind, p.default) for k, p in read_parameters(path).items()}


class Reached(Exception):
    """The kernel would have been started."""


def run_without_kernel(**given: Any) -> Any:
    def reached(*args: Any, **options: Any) -> None:
        raise Reached(args[0], options.get("parameters"), options.get("execution_timeout"))

    with tempfile.TemporaryDirectory() as folder, mock.patch("papermill.execute_notebook", reached):
        given["out"] = Path(folder) / "reports" if given["out"] == "reports" else given["out"]
        try:
            with chdir(folder):
                return rer.run_study(**given)
        except Reached as answer:
            return answer.args[1:]


def assign(study: str) -> Callable[..., Any]:
    """Return a function of a study's parameters that checks them as the command line does."""
    from rareearth_research.reports import check_parameters

    return lambda **given: check_parameters(study, given)


def data_folder(describe: bytes, table: bytes) -> Any:
    from rareearth_research.datasets import catalog, verify

    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "clean").mkdir()
        for name, content in (("datapackage.json", describe), ("clean/vix.csv", table)):
            if isinstance(content, bytes):
                (Path(folder) / name).write_bytes(content)
        with mock.patch.dict(os.environ, RAREEARTH_DATA=folder):
            catalog._manifests.clear()
            catalog._frames.clear()
            loaded, listed = rer.load_vix(since="2024-01-01", until="2024-02-01"), rer.catalog()
            words = rer.cite("vix"), rer.data_hash(), str(verify.verify().problems)
        return loaded, listed, *words


def data_files() -> dict[str, bytes]:
    root = Path(rer.__file__).parents[1] / "data"
    whole = json.loads((root / "datapackage.json").read_text())
    vix = next(r for r in whole["resources"] if r["name"] == "vix")
    package = {**whole, "resources": [vix], "raw": []}
    return {
        "describe": json.dumps(package).encode(),
        "table": (root / "clean/vix.csv").read_bytes(),
    }


MAPPING = b"""file: nd.csv
raw: metal_spot_daily.csv
title: My neodymium quotes
licence: subscription
date_format: "%d.%m.%Y"
delimiter: ";"
decimal: ","
thousands: "."
columns: {date: Datum, price: Mittel}
constants: {element: Nd, grade: my grade, unit: CNY/mt}
"""
TABLE = b"Datum;Mittel;Rest\n03.08.2026;705.000,50;x\n04.08.2026;710.000;x\n"


def local_file(mapping: Any, table: Any) -> Any:
    from rareearth_research.datasets import sources
    from rareearth_research.datasets.sources.http import Client

    with tempfile.TemporaryDirectory() as folder:
        if not isinstance(mapping, bytes):
            import yaml

            mapping = yaml.safe_dump(mapping, allow_unicode=True).encode()
        (Path(folder) / "nd.yaml").write_bytes(mapping)
        (Path(folder) / "nd.csv").write_bytes(table)
        source = sources.get(f"local:{folder}/nd.yaml")
        return source.fetch(Client(source), None, {}), source.title, source.licence


def local_keys(**keys: Any) -> Any:
    return local_file(keys, TABLE)


def upstream(name: str, path: str) -> Callable[[Any], Any]:
    """Return a function of a payload that fetches it as `rareearth data refresh NAME` would."""
    import datetime as dt

    from rareearth_research.datasets import sources
    from rareearth_research.datasets.refresh import _fetch
    from rareearth_research.datasets.sources.http import Client
    from tests.local_upstream import FAST, running

    def fetch(payload: bytes) -> Any:
        with running() as server:
            environment = {f"RAREEARTH_SOURCE_BASE_{name.upper()}": server.url,
                           "FRED_API_KEY": "secret-key"}  # fmt: skip
            with mock.patch.dict(os.environ, environment):
                server.serve(path, payload)
                client = Client(sources.get(name), FAST)
                return _fetch(client, dt.date(2026, 11, 1), {})

    return fetch


def payloads() -> dict[str, tuple[str, bytes]]:
    from tests import upstream_formats as formats

    return {
        "fred": ("/fred/series/observations", formats.fred([("2026-11-06", "6.7"), ("2026-11-09", "6.8")])),
        "comtrade": ("/public/v1/preview/C/M/HS", formats.comtrade([("202611", "380110", 1.5, 2.5)])),
        "federal_register": ("/api/v1/documents.json", formats.federal_register(
            [formats.register_document("2026-1", "2026-11-02", "x")])),
    }  # fmt: skip


NOTEBOOK = {
    "nbformat": 4, "nbformat_minor": 5,
    "metadata": {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"},
                 "language_info": {"name": "python"}},
    "cells": [{"cell_type": "code", "id": "a1", "execution_count": None, "outputs": [],
               "metadata": {"tags": ["parameters"]},
               "source": ["windows: list[list[int]] = [[-1, 1]]\n", "since: str = \"2024-01-08\""]}],
}  # fmt: skip
GIVEN = b"""event_ids: [cn-2025-10-no61-no62]
group: rare_earths
windows: [[0, 1], [-1, 5]]
since: "2024-01-08"
benchmark: SPY
"""
DEFAULTS = {"draws": {"n": 49, "seed": 3}}
FILTERS = {
    "tickers": ["MP"], "group": "rare_earth_producers", "exchange": "XNYS",
    "since": "2024-01-08", "until": "2024-03-28", "kind": "simple", "commodities": None,
}  # fmt: skip


@cache
def ENTRIES() -> dict[str, Entry]:
    listed = [*_studies(), *_questions(), *_loaders(), *_timing(), *_reports(), *_files()]
    return {entry.name: entry for entry in listed}


def fit(**given: Any) -> Any:
    return rer.EventStudy(**given).fit()


def _studies() -> Iterator[Entry]:
    base = {"returns": returns(), "events": events(), "benchmark": "MKT",
            "estimation": (-200, -11), "windows": [(-1, 1), (0, 5)]}  # fmt: skip
    also = {
        "tests": {"tests": ["kp"]},
        "min_obs": {"min_obs": 150},
        "factors": {"factors": factor_frame(), "model": "factors", "benchmark": None,
                    "return_type": "simple"},
        "leads_lags": {"leads_lags": 1, "model": "dimson"},
        "known_events": {"known_events": known()},
        "price_flags": {"price_flags": flags(), "limit_days": "extend"},
        "limit_days": {"price_flags": flags(), "limit_days": "extend"},
        "exposure": {"exposure": exposure()},
        "weights": {"weights": pd.Series([3.0, 1.0, 2.0, 1.0], ["AAA", "BBB", "CCC", "DDD"]),
                    "tests": ["portfolio"]},
    }  # fmt: skip
    yield Entry("EventStudy", "EventStudy", fit, base, also, of=rer.EventStudy)
    one = ("events",)
    listed = base | {"events": [pd.Timestamp(day) for day in days(290, 320)]}
    yield Entry("EventStudy, announced", "EventStudy", fit, base | {"events": announced()},
                {"timing": {"timing": "effective"}}, arguments=(*one, "timing"))  # fmt: skip
    yield Entry("EventStudy, one date", "EventStudy", fit, base | {"events": days(290)[0]}, arguments=one)
    yield Entry("EventStudy, list of dates", "EventStudy", fit, base | {"events": days(290, 320)},
                arguments=one)  # fmt: skip
    del listed
    named = {"model": "factors", "benchmark": None, "return_type": "simple"}
    yield Entry("EventStudy, factors by name", "EventStudy", fit,
                base | named | {"factors": ["mkt_rf"]}, arguments=("factors",))  # fmt: skip
    for kind, benchmark in {
        "series": returns()["MKT"].rename("MKT"), "mapping": {"XNYS": "MKT"}, "ticker": "SPY",
    }.items():  # fmt: skip
        yield Entry(f"EventStudy, benchmark as {kind}", "EventStudy", fit,
                    base | {"benchmark": benchmark}, arguments=("benchmark",))  # fmt: skip
    frame = pd.DataFrame(1.0, returns().index, ["AAA", "BBB", "CCC"]) * [3.0, 1.0, 2.0]
    yield Entry("EventStudy, weights by date", "EventStudy", fit,
                base | {"weights": frame, "tests": ["portfolio"]}, arguments=("weights",))  # fmt: skip
    curve = {"returns": returns(), "events": events(), "benchmarks": ["MKT"], "windows": [(-1, 1)],
             "models": ["market"], "estimation": (-200, -11), "progress": False}  # fmt: skip
    yield Entry("specification_curve", "questions", rer.specification_curve, curve,
                {"samples": {"samples": {"first": ["AAA", "BBB"]}}})  # fmt: skip


def _questions() -> Iterator[Entry]:
    draws = {"study": study(), "n": 49, "seed": 3, "exclude_near": None}
    near = {"exclude_near": {"exclude_near": known()}}
    windows = {"windows": {"windows": [(0, 1), (0, 3)]}}
    yield Entry("placebo", "questions", rer.placebo, draws, near | windows | {"statistic": {"statistic": "bmp"}})
    yield Entry("anticipation", "questions", rer.anticipation, draws | {"leads": 5},
                near | {"statistic": {"statistic": "bmp"}, "until": {"until": 3}})  # fmt: skip
    yield Entry("timing_curve", "questions", rer.timing_curve, draws | {"shifts": (-3, 3)},
                near | {"window": {"window": (0, 1)}, "statistic": {"statistic": "bmp"}})  # fmt: skip
    yield Entry("abnormal_volume", "questions", rer.abnormal_volume,
                draws | {"volumes": volumes()}, near | windows)  # fmt: skip
    yield Entry("abnormal_volatility", "questions", rer.abnormal_volatility, draws, near | windows)
    yield Entry("leave_one_out", "questions", rer.leave_one_out, {"result": study().fit()})
    yield Entry("cross_section", "questions", rer.cross_section,
                {"car": cars(), "characteristics": traits(), "formula": "size + C(kind)",
                 "window": "[-1, 1]"})  # fmt: skip
    yield Entry("adjust", "questions", rer.adjust, {"p": [0.01, 0.04, 0.2]},
                {"family": {"family": ["a", "a", "b"]}})  # fmt: skip
    yield Entry("adjust, Series", "questions", rer.adjust,
                {"p": pd.Series([0.01, 0.04, 0.2], ["a", "b", "c"])}, arguments=("p",))  # fmt: skip
    rng = np.random.default_rng(12)
    yield Entry("adjust, Romano-Wolf", "questions", rer.adjust,
                {"p": [0.01, 0.3], "statistics": np.array([2.5, 1.0]), "method": "romano_wolf",
                 "draws": rng.normal(size=(99, 2))}, arguments=("statistics", "draws", "method"))  # fmt: skip


def _loaders() -> Iterator[Entry]:
    special = {
        "load_events": {"event_ids": ["cn-2025-10-no61-no62"],
                        "actor": "CN", "tier": "core_cn_ree", "direction": "tightening",
                        "materials": ["Ga"], "scope": "all", "min_confidence": "medium",
                        "precision": "day", "status": "occurred", "usable": True},
        "load_article_claims": {"kind": None}, "load_bgs": {"commodities": None, "country": "China"},
        "load_event_sources": {"event_id": "cn-2025-10-no61-no62"},
        "load_indicators": {"frequency": "monthly", "known_by": "2024-01-08"},
        "load_materials": {"symbols": ["Nd"], "rare_earths": True},
        "load_metal_spot": {"elements": "Nd"}, "load_price_flags": {"flag": "limit_up"},
        "load_trade": {"known_by": "2024-01-08", "kind": "month"},
        "load_volumes": {"tickers": ["MCP"]}, "load_usgs": {"country": "China"},
        "load_size_table": {"level": 0.05}, "load_power_table": {"level": 0.05},
        "cite": {"what": "vix"},
    }  # fmt: skip
    columns = {"commodities": "commodity", "codes": "code", "series": "series_id", "kind": "kind",
               "hs6": "hs6", "statistic": "statistic", "country": "country"}  # fmt: skip
    for name in rer.__all__:
        if not (name.startswith("load_") or name in ("cite", "catalog", "data_hash", "check_article_claims")):
            continue
        function = getattr(rer, name)
        also: dict[str, dict[str, Any]] = {}
        for argument in inspect.signature(function).parameters:
            value = special.get(name, {}).get(argument, FILTERS.get(argument))
            if value is None and argument in columns:
                value = str(function()[columns[argument]].iloc[0]) if columns[argument] in function() else None
            if value is not None:
                also[argument] = {argument: value}
        base = special[name] if name == "cite" else {}
        yield Entry(name, "loaders", function, base, also)


def kept(**given: Any) -> list[Any]:
    return list(rer.clean_events(**given)["event_id"])


def _timing() -> Iterator[Entry]:
    event = {"event_id": "one", "announced_earliest": "2024-03-05T10:00-05:00",
             "announced_latest": "2024-03-05T11:00-05:00"}  # fmt: skip
    yield Entry("event_session", "timing", rer.event_session, {"event_or_instant": "2024-03-05"})
    yield Entry("event_session, instant", "timing", rer.event_session,
                {"event_or_instant": "2024-03-05T10:00-05:00"}, arguments=("event_or_instant",))  # fmt: skip
    yield Entry("event_session, frame", "timing", rer.event_session,
                {"event_or_instant": announced().iloc[:1]}, arguments=("event_or_instant",))  # fmt: skip
    yield Entry("event_clock", "timing", rer.event_clock, {"event": pd.DataFrame([event])},
                {"exchanges": {"exchanges": ["XNYS"]}})  # fmt: skip
    for name, more in {
        "map_sessions": {"exchanges": ["XNYS"]}, "overlaps": {}, "clean_events": {},
    }.items():  # fmt: skip
        yield Entry(name, "timing", getattr(rer, name), {"events": announced(), **more},
                    {"against": {"against": known()}})  # fmt: skip
        dated = known() if name == "map_sessions" else events().drop_duplicates("event_id")
        yield Entry(f"{name}, dates", "timing", kept if name == "clean_events" else getattr(rer, name),
                    {"events": dated[["event_id", "date"]], **more}, arguments=("events",))  # fmt: skip


def _reports() -> Iterator[Entry]:
    from rareearth_research.reports import list_studies, read_parameters
    from rareearth_research.reports.parameters import parse_assignment

    for found in list_studies():
        defaults = {k: p.default for k, p in read_parameters(found.path).items()}
        if "since" in defaults:
            defaults["since"] = "2024-01-08"
        defaults = {k: v[:1] if isinstance(v, list) and v and not isinstance(v[0], int) else v
                    for k, v in defaults.items()}  # fmt: skip
        right = {"materials": ["Ga"], "actors": ["CN"], "directions": ["tightening"]}
        also = {k: {k: v} for k, v in right.items() if k in defaults}
        yield Entry(f"parameters of {found.name}", "parameters", assign(found.name), defaults,
                    also, tuple(defaults))  # fmt: skip
    def typed(**given: Any) -> Any:
        said = dict(parse_assignment(f"{k}={v}") for k, v in given.items())
        return assign("02_event_study")(**said)

    words = {"group": "rare_earths", "since": "2024-01-08", "event_ids": "cn-2025-10-no61-no62",
             "benchmark": "SPY", "model": "market", "windows": "[[0, 1]]", "estimation": "[-260, -11]"}  # fmt: skip
    yield Entry("-p", "parameters", typed, words, arguments=tuple(words))
    yield Entry("run_study", "parameters", run_without_kernel,
                {"study": "02_event_study", "out": "reports",
                 "parameters": {"group": "rare_earths"}}, of=rer.run_study)  # fmt: skip
    yield Entry("header", "parameters", rer.header, {"study": "02_event_study"})
    yield Entry("footer", "parameters", rer.footer, {"study": "02_event_study"})
    yield Entry("report_result", "parameters", rer.report_result, {"sentence": "It rose by 2 %."})


def _files() -> Iterator[Entry]:
    yield Entry("parameter file", "files", read_parameter_file, {"content": GIVEN})
    yield Entry("notebook file", "files", read_notebook_file,
                {"content": json.dumps(NOTEBOOK).encode()})  # fmt: skip
    yield Entry("data folder", "files", data_folder, data_files())
    yield Entry("local file", "refresh", local_file, {"mapping": MAPPING, "table": TABLE})
    import yaml

    keys = yaml.safe_load(MAPPING)
    yield Entry("local mapping", "refresh", local_keys, keys, arguments=tuple(keys))
    for name, (path, payload) in payloads().items():
        yield Entry(f"refresh {name}", "refresh", upstream(name, path), {"payload": payload})

