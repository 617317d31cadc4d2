"""One right call of every public entry point. Its arguments are read from its signature.

A new argument is corrupted without being named here; a new entry point without a right call here
fails a test. `also` sets what must be set for an argument to matter.
"""

from __future__ import annotations

import inspect
import json
import os
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import chdir
from dataclasses import dataclass, field
from functools import cache, partial
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np
import pandas as pd
from robustness_bad import corruptions

import rareearth_research as rer

__all__ = ["Case", "Entry", "all_entries", "cases", "right_as_well"]

Given = dict[str, Any]
Case = tuple[str, str, str]  # entry point, argument, corruption


@dataclass(frozen=True)
class Entry:
    """A public function and one right call of it."""

    name: str
    area: str
    call: Callable[..., Any]
    base: Given
    also: dict[str, Given] = field(default_factory=dict)  # by argument
    only: tuple[str, ...] = ()  # the arguments to corrupt; all of the signature if empty
    of: Any = None  # whose signature, if not that of `call`
    place: str = ""  # other words for where the fault is

    def arguments(self) -> list[str]:
        known = inspect.signature(self.of or self.call).parameters
        return [*self.only] or [name for name, p in known.items() if p.kind is not p.VAR_KEYWORD]

    def right(self, argument: str) -> Given:
        return self.base | self.also.get(argument, {})

    def value(self, argument: str) -> Any:
        return self.right(argument).get(argument, self.default(argument))

    def default(self, argument: str) -> Any:
        parameter = inspect.signature(self.of or self.call).parameters.get(argument)
        return parameter.default if parameter else inspect.Parameter.empty


def cases() -> list[Case]:
    """Every argument times every corruption of its right value that is no right input itself."""
    return [
        (name, argument, corruption)
        for name, entry in all_entries().items()
        for argument in entry.arguments()
        for corruption, _ in corruptions(entry.value(argument))
        if not (corruption == "None" and entry.default(argument) is None)
        and not right_as_well(name, argument, corruption)
    ]


TEXT = (
    "a word|an int|near name|other case|blanks around|line break after|full width|a long text|"
    "zero-width mark|text None|path|joined by comma|NO of YAML|a date|numpy text|empty text|blank text"
)
ID = TEXT.replace("|empty text|blank text", "")
EVENTS = "events|known_events|exclude_near|against|car|event_or_instant|event"
# What is another right question, and so no bad input: entry point, argument, corruption.
RIGHT = [
    (".*", "since|until|known_by", "year|month|period|month object"),
    (".*", EVENTS, f"event_id has ({ID})|effective_date .*|(window_.*|size) all the same"),
    (".*", EVENTS, "date has (zone|clock and zone)|(zone|clock and zone)|date all the same"),
    (".*", EVENTS, "announced_.* has (zone|clock and zone|a year later)|announced_.* all the same"),
    (".*", "seed", "zero|huge|10[*]{2}400|an int"),
    (".*", "n", "huge|10[*]{2}400|an int"),
    (".*", "max_shift|sessions|until|leads", "zero|huge|10[*]{2}400|list of ints|3-d array"),
    (".*", "windows|window|shifts", "list of ints|pair range"),
    ("map_.*|overlaps.*|clean.*", "events|against", "no rows|a row twice|event_id has (True|object|list)"),
    (".*", "price_flags|exposure|known_events|exclude_near", "no rows|empty list|ticker all the same"),
    ("EventStudy", "price_flags", f"a row twice|flag all the same|(flag|ticker) has ({ID})"),
    ("EventStudy", "exposure", ".* has (None|NaN|empty text|text NaT|text nan)|.* all (blank|the same)"),
    ("EventStudy.*", "weights", "gross returns|prices|a column (in per cent|of prices|constant|all zero)|"
     "constant|all the same column|a cell ([+]900 %|1e308|zero)|one label less|as text"),
    ("abnormal_volume", "volumes", "gross returns|prices|in .*|a column in per cent|a column of prices|"
     "all the same column|a cell [+]900 %|an empty column more"),
    ("cross_section", "car", f"car all the same|window has ({TEXT})|variance .*|(event_id|security) all the same"),
    ("cross_section", "characteristics", f"kind has ({ID}|object|list|True)|size all the same"),
    ("adjust", "family", f"one is ({ID}|a float|True|bytes|object|a class|inf|tuple.*|as bytes)"),
    ("adjust.*", "p|statistics", "empty list|no rows|labels.*|row numbers|unknown labels|one label.*|"
     "a cell (zero|NaN)|all (zero|NaN)|list|array|list of (None|ints)"),
    ("parameters.*|-p", ".*", "twice.*|joined by comma"),
    ("parameters.*|-p", "actors|materials|directions|securities", "empty list"),
    ("parameters of 02.*|-p", "event_ids", "empty list"),
    ("notebook file", ".*", "another digit|cells/0/source.*"),
    ("data folder", ".*", ".*(title|description|version|publisher|licence|note|retrieved|"
     "redistribution|unit|name|profile|path|url|id) is word"),
    ("local mapping", "title|licence", f"{TEXT}|None"),
    ("local file", "table", "cut.*"),
    ("refresh federal_register", ".*", ".*(title|abstract|name|type|description|url) is word"),
    ("run_study", "timeout", "half|huge|1e308"),
    ("run_study", "out", TEXT),
    ("report_result|header|footer", ".*", TEXT.replace("|empty text|blank text", "")),
]  # fmt: skip


def right_as_well(entry: str, argument: str, corruption: str) -> bool:
    return any(all(map(re.fullmatch, rule, (entry, argument, corruption))) for rule in RIGHT)


# A made-up market: a year and a half of New York's sessions, four securities and a benchmark.
@cache
def returns() -> pd.DataFrame:
    from rareearth_research.timing import sessions_of

    days = pd.DatetimeIndex(sessions_of("XNYS").dates, name="date")
    days = days[(days >= "2023-01-03") & (days <= "2024-06-28")]
    rng = np.random.default_rng(8)
    market = rng.normal(0.0003, 0.01, len(days))
    values = market[:, None] * [0.8, 1.0, 1.2, 0.9] + rng.normal(0, 0.02, (len(days), 4))
    return pd.DataFrame(values, days, ["AAA", "BBB", "CCC", "DDD"]).assign(MKT=market)


def days(*places: int) -> list[str]:
    return [f"{day:%Y-%m-%d}" for day in returns().index[list(places)]]


FIRST, SECOND = 293, 318  # 5 March and 10 April 2024: days that can be read in either order


def dated() -> pd.DataFrame:
    return pd.DataFrame({"event_id": ["one", "two"], "date": pd.DatetimeIndex(days(FIRST, SECOND))})


def paired() -> pd.DataFrame:
    return dated().iloc[[0, 0, 1]].reset_index(drop=True).assign(security=["AAA", "BBB", "CCC"])


def announced() -> pd.DataFrame:
    at = dated()["date"].dt.tz_localize("America/New_York") + pd.Timedelta(hours=10)
    later = dated()["date"] + pd.Timedelta(days=2)
    return dated()[["event_id"]].assign(
        announced_earliest=at, announced_latest=at + pd.Timedelta(hours=1), effective_date=later
    )


def known() -> pd.DataFrame:
    return pd.DataFrame({"event_id": ["three"], "date": pd.DatetimeIndex(days(FIRST - 1))})


def side_tables() -> dict[str, Given]:
    """What must be set for an argument of EventStudy to matter."""
    rng = np.random.default_rng(10)
    factors = pd.DataFrame({"mkt_rf": returns()["MKT"]})
    factors = factors.assign(smb=rng.normal(0, 0.005, len(factors)), rf=0.0002)
    day, tickers = pd.DatetimeIndex(days(FIRST + 1, SECOND + 1)), ["AAA", "CCC"]
    flags = pd.DataFrame({"date": day, "ticker": tickers, "flag": ["limit_up", "limit_down"]})
    start, end = (pd.DatetimeIndex(days(*pair)) for pair in ((FIRST - 1, 10), (370, FIRST - 1)))
    exposure = pd.DataFrame({"exposure_from": start, "exposure_until": end})
    weights = pd.Series([3.0, 1.0, 2.0, 1.0], returns().columns[:4])
    limits = {"price_flags": flags, "limit_days": "extend"}
    return {
        "tests": {"tests": ["kp"]},
        "min_obs": {"min_obs": 150},
        "factors": FACTORS | {"factors": factors},
        "leads_lags": {"leads_lags": 1, "model": "dimson"},
        "known_events": {"known_events": known()},
        "price_flags": limits,
        "limit_days": limits,
        "exposure": {"exposure": exposure.set_index(pd.Index(["AAA", "BBB"], name="ticker"))},
        "weights": {"weights": weights, "tests": ["portfolio"]},
        "timing": {"events": announced()},
    }


FACTORS = {"model": "factors", "benchmark": None, "return_type": "simple"}
ASKED = {"benchmark": "MKT", "estimation": (-200, -11), "windows": [(-1, 1)]}


def fit(**given: Any) -> Any:
    return rer.EventStudy(**given).fit()


def studies() -> Iterator[Entry]:
    base = ASKED | {"returns": returns(), "events": paired()}
    yield Entry("EventStudy", "EventStudy", fit, base, side_tables(), of=rer.EventStudy)
    dates = days(FIRST, SECOND)
    wide = pd.DataFrame(1.0, returns().index, ["AAA", "BBB", "CCC"]) * [3.0, 1.0, 2.0]
    for name, argument, more in (
        ("announced", "events", {"events": announced()}),
        ("one date", "events", {"events": dates[0]}),
        ("dates", "events", {"events": dates}),
        ("own windows", "events", {"events": paired().assign(window_start=-1, window_end=2), "windows": "events"}),
        ("named factors", "factors", FACTORS | {"factors": ["mkt_rf"]}),
        ("benchmark series", "benchmark", {"benchmark": returns()["MKT"]}),
        ("benchmark mapping", "benchmark", {"benchmark": {"XNYS": "MKT"}}),
        ("benchmark ticker", "benchmark", {"benchmark": "SPY"}),
        ("weights by date", "weights", {"weights": wide, "tests": ["portfolio"]}),
        ("simple", "returns", {"return_type": "simple"}),
    ):  # fmt: skip
        yield Entry(f"EventStudy, {name}", "EventStudy", fit, base | more, only=(argument,), of=rer.EventStudy)  # fmt: skip
    curve = {"benchmarks": ["MKT"], "models": ["market"], "progress": False}
    curve |= {k: v for k, v in base.items() if k != "benchmark"}
    yield Entry("specification_curve", "questions", rer.specification_curve, curve,
                {"samples": {"samples": {"first": ["AAA", "BBB", "CCC"]}}})  # fmt: skip


def questions() -> Iterator[Entry]:
    study = rer.EventStudy(returns(), paired(), **ASKED)
    draws = {"study": study, "n": 49, "seed": 3}
    chosen = {"exclude_near": {"exclude_near": known()}, "statistic": {"statistic": "bmp"},
              "windows": {"windows": [(0, 1), (0, 3)]}, "window": {"window": (0, 1)},
              "until": {"until": 3}}  # fmt: skip
    rng = np.random.default_rng(9)
    volumes = np.exp(rng.normal(13, 0.4, (len(returns()), 4))).round()
    volumes = pd.DataFrame(volumes, returns().index, returns().columns[:4])
    for name, more in (
        ("placebo", {}), ("abnormal_volatility", {}), ("abnormal_volume", {"volumes": volumes}),
        ("anticipation", {"leads": 5}), ("timing_curve", {"shifts": (-3, 3)}),
    ):  # fmt: skip
        yield Entry(name, "questions", getattr(rer, name), draws | more, chosen)
    yield Entry("leave_one_out", "questions", rer.leave_one_out, {"result": study.fit()})
    pairs = [(f"e{e}", s, "[-1, 1]") for e in range(8) for s in ("AAA", "BBB", "CCC", "DDD")]
    cars = pd.DataFrame(pairs, columns=["event_id", "security", "window"])
    cars = cars.assign(car=rng.normal(0, 0.03, 32), variance=rng.uniform(1, 2, 32) * 1e-4)
    traits = pd.DataFrame({"security": ["AAA", "BBB", "CCC", "DDD"], "size": [1.0, 2.5, 2.0, 4.0],
                           "kind": ["light", "heavy", "light", "heavy"]})  # fmt: skip
    yield Entry("cross_section", "questions", rer.cross_section,
                {"car": cars, "characteristics": traits, "formula": "size + C(kind)", "window": "[-1, 1]"})  # fmt: skip
    yield Entry("adjust", "questions", rer.adjust, {"p": [0.01, 0.04, 0.2]}, {"family": {"family": ["a", "a", "b"]}})  # fmt: skip
    series = pd.Series([0.01, 0.04, 0.2], ["a", "b", "c"])
    yield Entry("adjust, Series", "questions", rer.adjust, {"p": series}, only=("p",))
    joint = {"p": [0.01, 0.3], "statistics": np.array([2.5, 1.0]), "method": "romano_wolf",
             "draws": rng.normal(size=(99, 2))}  # fmt: skip
    yield Entry("adjust, Romano-Wolf", "questions", rer.adjust, joint, only=("statistics", "draws"))


FILTERS = {
    "load_events": {"event_ids": ["cn-2025-10-no61-no62"], "actor": "CN", "tier": "core_cn_ree",
                    "direction": "tightening", "materials": ["Ga"], "scope": "all",
                    "min_confidence": "medium", "precision": "day", "status": "occurred", "usable": True},
    "load_event_sources": {"event_id": "cn-2025-10-no61-no62"}, "load_metal_spot": {"elements": "Nd"},
    "load_indicators": {"frequency": "monthly"}, "load_materials": {"symbols": ["Nd"], "rare_earths": True},
    "load_price_flags": {"flag": "limit_up"}, "load_trade": {"kind": "month"}, "cite": {"what": "vix"},
    "load_volumes": {"tickers": ["MCP"]}, "load_size_table": {"level": 0.05}, "load_power_table": {"level": 0.05},
    "": {"tickers": ["MP"], "group": "rare_earth_producers", "exchange": "XNYS", "kind": "simple",
         "since": "2024-01-08", "until": "2024-03-05", "known_by": "2024-01-08"},
}  # fmt: skip
COLUMNS = {"commodities": "commodity", "codes": "code", "series": "series_id"}


def loaders() -> Iterator[Entry]:
    for name in rer.__all__:
        function = getattr(rer, name)
        if not re.match("load_|cite|catalog|data_hash|check_article", name):
            continue
        filters = FILTERS[""] | FILTERS.get(name, {})
        known = inspect.signature(function).parameters
        also = {a: {a: filters[a]} for a in known if a in filters and a != "kind"}
        for argument in set(known) - set(also):
            if argument == "kind" and name in ("load_returns", "load_trade"):
                also[argument] = {argument: filters["kind"]}
            elif (column := COLUMNS.get(argument, argument)) in (table := function()).columns:
                also[argument] = {argument: str(table[column].iloc[0])}
        yield Entry(name, "loaders", function, FILTERS.get(name, {}) if name == "cite" else {}, also)


def timing() -> Iterator[Entry]:
    def kept(**given: Any) -> list[Any]:
        return list(rer.clean_events(**given)["event_id"])

    day = days(FIRST)[0]
    event = {"event_or_instant": day}
    yield Entry("event_session", "timing", rer.event_session, event)
    for name, value in (("instant", f"{day}T10:00-05:00"), ("frame", announced().iloc[:1]),
                        ("pair", (f"{day}T10:00-05:00", f"{day}T11:00-05:00"))):  # fmt: skip
        yield Entry(f"event_session, {name}", "timing", rer.event_session,
                    {"event_or_instant": value}, only=("event_or_instant",))  # fmt: skip
    yield Entry("event_clock", "timing", rer.event_clock, {"event": announced().iloc[:1]},
                {"exchanges": {"exchanges": ["XNYS"]}})  # fmt: skip
    for name, call, more in (("map_sessions", rer.map_sessions, {"exchanges": ["XNYS"]}),
                             ("overlaps", rer.overlaps, {}), ("clean_events", kept, {})):  # fmt: skip
        of, against = getattr(rer, name), {"against": {"against": known()}}
        yield Entry(name, "timing", call, {"events": announced(), **more}, against, of=of)
        yield Entry(f"{name}, dates", "timing", call, {"events": dated(), **more}, only=("events",), of=of)  # fmt: skip


def run_without_kernel(**given: Any) -> Any:
    """Return what the kernel would have been given."""
    import papermill.iorw

    class Reached(Exception):
        pass

    def reached(path: str, *args: Any, **options: Any) -> None:
        papermill.iorw.load_notebook_node(path)
        options["on_cell_start"](mock.Mock(source=""), 0)
        options["on_cell_executed"](mock.Mock(source=""), 0, {})
        raise Reached(options.get("parameters"), options.get("execution_timeout"))

    with tempfile.TemporaryDirectory() as folder, chdir(folder):
        try:
            with mock.patch("papermill.execute_notebook", reached):
                return rer.run_study(**given)
        except Reached as answer:
            return answer.args


def shown(function: Callable[..., None]) -> Callable[..., Any]:
    """Return `function` giving back what it shows in a notebook."""

    def call(*args: Any, **given: Any) -> Any:
        with mock.patch("IPython.display.display") as display:
            function(*args, **given)
        return [(str(c.args[0].data), c.kwargs) for c in display.call_args_list]

    return call


def reports() -> Iterator[Entry]:
    from rareearth_research.reports import check_parameters, list_studies, read_parameters
    from rareearth_research.reports.parameters import parse_assignment

    chosen: Given = {"materials": ["Ga"], "actors": ["CN"], "directions": ["tightening"],
                     "since": "2024-01-08", "securities": ["MP"]}  # fmt: skip
    for study in list_studies():
        given = {k: p.default for k, p in read_parameters(study.path).items()}
        given = {k: v[:1] if isinstance(v, list) and not isinstance(v[:1], int) and k != "estimation"
                 and k != "window" else v for k, v in given.items()}  # fmt: skip
        also = {k: {k: chosen[k]} for k in given if k in chosen and not given[k]}
        given |= {"since": chosen["since"]} if "since" in given else {}
        check = partial(lambda path, **parameters: check_parameters(path, parameters), study.path)
        yield Entry(f"parameters of {study.name}", "parameters", check, given, also, tuple(given))

    def typed(**given: Any) -> Any:
        said = dict(parse_assignment(f"{name}={value}") for name, value in given.items())
        return check_parameters("02_event_study", said)

    words = {"group": "rare_earths", "since": "2024-01-08", "event_ids": "cn-2025-10-no61-no62",
             "benchmark": "SPY", "model": "market", "windows": "[[0, 1]]", "estimation": "[-260, -11]"}  # fmt: skip
    yield Entry("-p", "parameters", typed, words, only=tuple(words))
    given = {"study": "02_event_study", "parameters": {"group": "rare_earth_producers"}}
    yield Entry("run_study", "parameters", run_without_kernel, given, of=rer.run_study)
    for name in ("header", "footer"):
        yield Entry(name, "parameters", shown(getattr(rer, name)), {"study": "02_event_study"}, only=("study",))  # fmt: skip
    yield Entry("report_result", "parameters", shown(rer.report_result), {"sentence": "It rose by 2 %."}, only=("sentence",))  # fmt: skip


GIVEN = b"""event_ids: [cn-2025-10-no61-no62]
group: rare_earths
windows: [[0, 1], [-1, 5]]
since: "2024-01-08"
benchmark: SPY
"""
NOTEBOOK = {
    "nbformat": 4, "nbformat_minor": 5,
    "metadata": {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"},
                 "language_info": {"name": "python"}},
    "cells": [{"cell_type": "code", "id": "a1", "execution_count": None, "outputs": [],
               "metadata": {"tags": ["parameters"]},
               "source": ["windows: list[list[int]] = [[-1, 1]]\n", "since: str = \"2024-01-08\""]}],
}  # fmt: skip
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


def in_folder(function: Callable[..., Any], *names: str) -> Callable[..., Any]:
    """Return `function` of a folder as a function of the bytes of its files `names`."""

    def call(**given: Any) -> Any:
        with tempfile.TemporaryDirectory() as folder:
            for name, content in zip(names, given.values(), strict=True):
                (Path(folder) / name).parent.mkdir(exist_ok=True)
                if isinstance(content, bytes):
                    (Path(folder) / name).write_bytes(content)
            return function(Path(folder))

    return call


def read_parameter_file(folder: Path) -> Any:
    from rareearth_research import cli_report
    from rareearth_research.reports import check_parameters

    return check_parameters("02_event_study", cli_report._given([], folder / "given.yaml"))


def read_notebook(folder: Path) -> Any:
    from rareearth_research.reports import read_parameters

    path = folder / "01_mine.ipynb"
    read = {name: (p.kind, p.default) for name, p in read_parameters(path).items()}
    return read, run_without_kernel(study=path)


def read_data(folder: Path) -> Any:
    from rareearth_research.datasets import catalog, verify

    with mock.patch.dict(os.environ, RAREEARTH_DATA=str(folder)):
        for kept in (catalog._manifests, catalog._frames):
            kept.clear()
        table, listed = rer.load_vix(since="2024-01-01", until="2024-02-01"), rer.catalog()
        return table, listed, rer.cite("vix"), rer.data_hash(), str(verify.verify().problems)


@cache
def template(source: str) -> Path:
    """Return a built data folder of the tables that `source` feeds, kept while this runs."""
    from rareearth_research.datasets import build, sources

    raw = Path(rer.__file__).parents[1] / "data" / "raw"
    root = Path(tempfile.mkdtemp(prefix="robustness-"))
    (root / "raw").mkdir()
    fed = {"local": {"metal_spot_daily.csv", "materials.csv"}}.get(source)
    fed = fed or {feed.name for feed in sources.get(source).feeds}
    needed = tuple(table for table in build.all_tables() if fed & set(table.raw))
    for name in {"sources.csv", *(name for table in needed for name in table.raw)}:
        shutil.copy(raw / name, root / "raw" / name)
    (root / "clean").mkdir()
    with mock.patch.object(build, "all_tables", lambda: needed):
        build.build(root, progress=False)
    return root


def refreshed(source: str, name: str, **options: Any) -> Any:
    """Return the clean tables after a refresh, and its report."""
    from rareearth_research.datasets import build, refresh, sources
    from tests.local_upstream import FAST

    root = template(source)
    needed = tuple(t for t in build.all_tables() if (root / "clean" / f"{t.name}.csv").exists())
    with tempfile.TemporaryDirectory() as folder:
        here = Path(shutil.copytree(root, Path(folder) / "data"))
        with mock.patch.object(build, "all_tables", lambda: needed):
            report = refresh.refresh(name, root=here, progress=False, limits=FAST, **options)
        tables = {p.name: p.read_bytes() for p in here.glob("clean/*.csv")}
        described = sources.get(name)
        return report.table, tables, described.title, described.licence


def refresh_local(folder: Path) -> Any:
    return refreshed("local", f"local:{folder / 'nd.yaml'}")


def refresh_by_mapping(**keys: Any) -> Any:
    import yaml

    mapping = yaml.safe_dump(keys, allow_unicode=True).encode()
    return in_folder(refresh_local, "nd.yaml", "nd.csv")(mapping=mapping, table=TABLE)


def refresh_upstream(source: str, path: str, since: str, payload: bytes) -> Any:
    from tests import local_upstream, refresh_root, upstream_formats

    vix = upstream_formats.fred(refresh_root.rows_of("vix_daily.csv", 4))
    later = {"fred": vix, "comtrade": upstream_formats.comtrade([])}.get(source, payload)
    answers = iter([payload])  # to the first request: the yuan, the first months
    with local_upstream.running() as server:
        server.serve(path, lambda request: next(answers, later))
        address = {f"RAREEARTH_SOURCE_BASE_{source.upper()}": server.url, "FRED_API_KEY": "secret"}
        with mock.patch.dict(os.environ, address):
            return refreshed(source, source, since=since)


def files() -> Iterator[Entry]:
    import yaml

    from tests import refresh_root
    from tests import upstream_formats as formats

    yield Entry("parameter file", "files", in_folder(read_parameter_file, "given.yaml"),
                {"content": GIVEN}, only=("content",), place="given.yaml")  # fmt: skip
    yield Entry("notebook file", "files", in_folder(read_notebook, "01_mine.ipynb"),
                {"content": json.dumps(NOTEBOOK).encode()}, only=("content",), place="01_mine")  # fmt: skip
    data = Path(rer.__file__).parents[1] / "data"
    package = json.loads((data / "datapackage.json").read_text(encoding="utf-8"))
    package |= {"resources": [r for r in package["resources"] if r["name"] == "vix"], "raw": []}
    content = {"description": json.dumps(package).encode(), "table": (data / "clean/vix.csv").read_bytes()}  # fmt: skip
    yield Entry("data folder", "files", in_folder(read_data, "datapackage.json", "clean/vix.csv"),
                content, only=tuple(content), place="datapackage|vix")  # fmt: skip
    content = {"mapping": MAPPING, "table": TABLE}
    yield Entry("local file", "refresh", in_folder(refresh_local, "nd.yaml", "nd.csv"), content,
                only=tuple(content), place=r"nd\.(yaml|csv)")  # fmt: skip
    keys = yaml.safe_load(MAPPING)
    yield Entry("local mapping", "refresh", refresh_by_mapping, keys, only=tuple(keys))
    yuan = [*refresh_root.rows_of("fx_usdcny_daily.csv", 14), ("2026-08-10", "6.76")]
    months = pd.read_csv(data / "raw/china_graphite_exports_monthly.csv", dtype=str).tail(2)
    trade = [(month, row.hs6, float(row.value_usd), float(row.net_weight_kg))
             for row in months.itertuples() for month in ("202412", "202501")]  # fmt: skip
    rule = [formats.register_document("2026-1", "2026-11-02", "x")]
    for source, path, since, payload in (
        ("fred", "/fred/series/observations", "2026-07-18", formats.fred(yuan)),
        ("comtrade", "/public/v1/preview/C/M/HS", "2024-12-01", formats.comtrade(trade)),
        ("federal_register", "/api/v1/documents.json", "2026-11-01", formats.federal_register(rule)),
    ):  # fmt: skip
        yield Entry(f"refresh {source}", "refresh", partial(refresh_upstream, source, path, since),
                    {"payload": payload}, only=("payload",), place=source.replace("_", " "))  # fmt: skip


@cache
def all_entries() -> dict[str, Entry]:
    """Return every entry point by name; what the package at hand does not have is left out."""
    found: dict[str, Entry] = {}
    for area in (studies, questions, loaders, timing, reports, files):
        found |= {entry.name: entry for entry in area()}
    return found
