"""One right call of everything that reads files, a notebook or an upstream."""

from __future__ import annotations

import atexit
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import chdir
from functools import cache, partial
from pathlib import Path
from typing import Any
from unittest import mock

import pandas as pd

import rareearth_research as rer
from bad_input.calls import FIRST, days, returns
from bad_input.entry import Entry, Given


def run_without_kernel(function: Callable[..., Any], /, **given: Any) -> Any:
    """Return what the kernel would have been given, in a folder with one run."""
    import papermill.iorw

    class Reached(Exception):
        pass

    def reached(path: str, *args: Any, **options: Any) -> None:
        papermill.iorw.load_notebook_node(path)
        options["on_cell_start"](mock.Mock(source=""), 0)
        options["on_cell_executed"](mock.Mock(source=""), 0, {"content": {}})
        raise Reached(options.get("parameters"), options.get("execution_timeout"))

    with tempfile.TemporaryDirectory() as folder, chdir(folder):
        Path("reports/02_event_study").mkdir(parents=True)
        Path("reports/02_event_study/run.json").write_text(json.dumps(RUN))
        try:
            with mock.patch("papermill.execute_notebook", reached):
                return function(**given)
        except Reached as answer:
            return answer.args


def sweep_without_workers(**given: Any) -> Any:
    """Return what the workers would have been given."""
    from rareearth_research.reports.sweeps import running

    class Reached(Exception):
        pass

    def reached(tasks: Any, *options: Any) -> None:
        raise Reached([task.record for task in tasks], *options)

    with tempfile.TemporaryDirectory() as folder, chdir(folder):
        try:
            with mock.patch.object(running, "_answers", reached):
                return rer.sweep(**given)
        except Reached as answer:
            return answer.args


def kit_without_drawing(**given: Any) -> Any:
    """Return what a press kit would say, and where it would be."""

    def said(_: Any, facts: Any, locale: str) -> dict[str, bytes]:
        return {"said": repr((facts, str(locale).lower())).encode()}

    drawn = mock.patch("rareearth_research.plots.press.kit", said)
    with tempfile.TemporaryDirectory() as folder, chdir(folder), drawn:
        return [(str(path), path.read_bytes()) for path in rer.press_kit(**given)]


def shown(function: Callable[..., None]) -> Callable[..., Any]:
    """Return `function` giving back what it shows in a notebook."""

    def call(*args: Any, **given: Any) -> Any:
        with mock.patch("IPython.display.display") as display:
            function(*args, **given)
        return [(str(c.args[0].data), c.kwargs) for c in display.call_args_list]

    return call


def reports() -> Iterator[Entry]:
    from rareearth_research.reports import check_parameters, list_studies, read_parameters
    from rareearth_research.reports.reading.typed import parse_assignment

    chosen: Given = {"materials": ["Ga"], "actors": ["CN"], "directions": ["tightening"],
                     "since": "2024-01-08", "securities": ["MP"]}  # fmt: skip
    for study in list_studies():
        given = {k: p.default for k, p in read_parameters(study.path).items()}
        lists = {k for k, v in given.items() if isinstance(v, list) and not all_numbers(v)}
        given |= {k: given[k][:2] for k in lists}  # two events, where a study needs them
        # named events need no filter
        unnamed: Given = {"event_ids": []} if "event_ids" in given else {}
        also = {k: unnamed | {k: chosen[k]} for k in given if k in chosen}
        check = partial(lambda path, **parameters: check_parameters(path, parameters), study.path)
        yield Entry(f"parameters of {study.name}", "parameters", check, given, also, tuple(given))

    def typed(**given: Any) -> Any:
        said = dict(parse_assignment(f"{name}={value}") for name, value in given.items())
        return check_parameters("02_event_study", said)

    words = {"group": "rare_earths", "event_ids": "cn-2025-10-no61-no62", "benchmark": "SPY",
             "model": "market", "windows": "[[0, 1]]", "estimation": "[-260, -11]"}  # fmt: skip
    yield Entry("-p", "parameters", typed, words, only=tuple(words))
    given = {"study": "02_event_study", "parameters": {"group": "rare_earth_producers"}}
    grid = {"studies": "event_study", "grid": {"model": ["market", "mean"]}}
    yield Entry("sweep", "parameters", sweep_without_workers, {"grid": grid, "workers": 2},
                {"scheduler": {"scheduler": "tcp://10.0.0.1:8786", "workers": None}},
                of=rer.sweep)  # fmt: skip
    run = partial(run_without_kernel, rer.run_study)
    yield Entry("run_study", "parameters", run, given, of=rer.run_study)
    place = "^(a|no|more than one) run |no report in "
    again = partial(run_without_kernel, rer.check_run)
    yield Entry(
        "check_run", "parameters", again, {"run": "event_study"}, of=rer.check_run, place=place
    )
    pair = {"first": "event_study", "second": "02_event_study"}
    compared = partial(run_without_kernel, lambda **given: str(rer.compare_runs(**given)))
    yield Entry("compare_runs", "parameters", compared, pair, of=rer.compare_runs, place=place)
    for name in ("header", "footer"):
        yield alone(name, "parameters", shown(getattr(rer, name)), study="02_event_study")
    from matplotlib.figure import Figure

    given = {"picture": Figure(), "folder": "kit", "source": "Nobody", "sample": "two shares",
             "until": "2024-01-08", "locale": "de"}  # fmt: skip
    yield Entry("press_kit", "parameters", kit_without_drawing, given, of=rer.press_kit)
    yield from kept()
    found = {"sentence": "It rose by 2 %.", "detail": "Kolari–Pynnönen, p = 0.004."}
    yield alone("report_result", "parameters", shown(rer.report_result), **found)


def kept() -> Iterator[Entry]:
    """Answers side by side, and in a folder of their own."""
    answer = rer.EventStudy(returns(), [days(FIRST)[0]], "MKT").fit()

    def compared(results: Any, names: Any = None) -> Any:
        answers = results if isinstance(results, list) else [results]
        return rer.compare(*answers, names=names).table

    def saved(**given: Any) -> Any:
        with tempfile.TemporaryDirectory() as folder, chdir(folder):
            return rer.load_result(rer.save_result(**given)).table

    pair: Given = {"results": [answer, answer]}
    named = {"names": {"names": ["one", "two"]}}
    yield Entry("compare", "reports", compared, pair, named, of=rer.compare)
    yield Entry("save_result", "reports", saved, {"result": answer, "path": "kept"},
                of=rer.save_result)  # fmt: skip
    folder = tempfile.TemporaryDirectory()
    atexit.register(folder.cleanup)
    path = str(rer.save_result(answer, Path(folder.name, "kept")))
    yield alone("load_result", "reports", lambda path: rer.load_result(path).table, path=path)


def all_numbers(value: list[Any]) -> bool:
    return bool(value) and all(isinstance(item, int) for item in value)


def alone(name: str, area: str, call: Callable[..., Any], place: str = "", **given: Any) -> Entry:
    """Return an entry point of which only the arguments given are corrupted."""
    return Entry(name, area, call, given, only=tuple(given), place=place)


RUN = {
    "study": "02_event_study", "title": "T", "question": "Q?", "result": "", "command": "c",
    "started": "2026-01-01", "data_hash": "0", "rareearth_research": "0", "parameters": {},
    "changed": [], "figures": [], "tables": [], "seconds": {"total": 1},
    "files": {"html": "a.html", "notebook": "a.ipynb"},
}  # fmt: skip
GIVEN = b"""event_ids: [cn-2025-10-no61-no62]
group: rare_earths
windows: [[0, 1], [-1, 5]]
benchmark: SPY
"""
NOTEBOOK = b"""{"nbformat": 4, "nbformat_minor": 5,
"metadata": {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"},
 "language_info": {"name": "python"}},
"cells": [{"cell_type": "code", "id": "a1", "execution_count": null, "outputs": [],
 "metadata": {"tags": ["parameters"]},
 "source": ["windows: list[list[int]] = [[-1, 1]]\\n", "since: str = '2024-01-08'"]}]}
"""
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


def read_parameters_of(folder: Path) -> Any:
    from rareearth_research.reports import check_parameters
    from rareearth_research.reports.reading.typed import read_parameter_file

    return check_parameters("02_event_study", read_parameter_file(folder / "given.yaml"))


def read_notebook(folder: Path) -> Any:
    from rareearth_research.reports import read_parameters

    path = folder / "01_mine.ipynb"
    read = {name: (p.kind, p.default) for name, p in read_parameters(path).items()}
    return read, run_without_kernel(rer.run_study, study=path)


def read_data(folder: Path) -> Any:
    from rareearth_research.datasets import catalog
    from rareearth_research.datasets.building import verify

    with mock.patch.dict(os.environ, RAREEARTH_DATA=str(folder)):
        catalog._frames.clear()  # tables are kept by their hash, whatever describes them
        table, listed = rer.load_vix(since="2024-01-01", until="2024-02-01"), rer.catalog()
        return table, listed, rer.cite("vix"), rer.data_hash(), str(verify.verify().problems)


@cache
def template(source: str) -> Path:
    """Return a built data folder of the tables that `source` feeds, kept while this runs."""
    from rareearth_research.datasets import sources
    from rareearth_research.datasets.building import build

    raw = Path(rer.__file__).parents[1] / "data" / "raw"
    root = Path(tempfile.mkdtemp(prefix="robustness-"))
    (root / "raw").mkdir()
    fed = {"local": {"metal_spot_daily.csv", "materials.csv"}, "sina": {"-"}}.get(source)
    fed = fed or {feed.name for feed in sources.get(source).feeds}
    needed = tuple(table for table in build.all_tables() if fed & set(table.raw))
    more = ["outliers_reviewed.csv", "prices_sina.csv"]
    for name in {"sources.csv", *more, *(name for table in needed for name in table.raw)}:
        shutil.copy(raw / name, root / "raw" / name)
    (root / "raw/price_symbols.csv").write_text("ticker,sina\n000300.SS,sh000300\n")
    (root / "clean").mkdir()
    with mock.patch.object(build, "all_tables", return_value=needed):
        build.build(root, progress=False)
    return root


def refreshed(source: str, name: str, **options: Any) -> Any:
    """Return the clean tables after a refresh, and its report."""
    from rareearth_research.datasets import sources
    from rareearth_research.datasets.building import build
    from rareearth_research.datasets.refreshing import refresh
    from tests.support.local_upstream import FAST

    root = template(source)
    needed = tuple(t for t in build.all_tables() if (root / "clean" / f"{t.name}.csv").exists())
    with tempfile.TemporaryDirectory() as folder:
        here = Path(shutil.copytree(root, Path(folder) / "data"))
        with mock.patch.object(build, "all_tables", return_value=needed):
            report = refresh.refresh(name, root=here, progress=False, limits=FAST, **options)
        found = ("clean/*.csv", "candidates/*.csv", "raw/prices_sina.csv")
        written = [path for pattern in found for path in here.glob(pattern)]
        tables = {p.name: p.read_bytes() for p in written}
        described = sources.get(name)
        return report.table, tables, described.title, described.licence


def refresh_local(folder: Path) -> Any:
    return refreshed("local", f"local:{folder / 'nd.yaml'}")


def refresh_by_mapping(**keys: Any) -> Any:
    mapping = json.dumps(keys, default=str, ensure_ascii=False).encode()  # JSON is YAML too
    return in_folder(refresh_local, "nd.yaml", "nd.csv")(mapping=mapping, table=TABLE)


def refresh_upstream(source: str, path: str, since: str, payload: bytes) -> Any:
    from tests.support import local_upstream, refresh_root, upstream_formats

    vix = upstream_formats.fred(refresh_root.rows_of("vix_daily.csv", 4))
    later = {"fred": vix, "comtrade": upstream_formats.comtrade([])}.get(source, payload)
    answers = iter([payload])  # to the first request: the yuan, the first months
    with local_upstream.running() as server:
        if payload is not None:
            server.serve(path, lambda request: next(answers, later))
        keys = {"FRED_API_KEY": "secret", "COMTRADE_API_KEY": "secret"}
        address = {f"RAREEARTH_SOURCE_BASE_{source.upper()}": server.url, **keys}
        with mock.patch.dict(os.environ, address):
            return refreshed(source, source, since=since)


def files() -> Iterator[Entry]:
    import yaml

    from tests.support import refresh_root
    from tests.support import upstream_formats as formats

    given = in_folder(read_parameters_of, "given.yaml")
    yield alone("parameter file", "files", given, "given.yaml|parameter '", content=GIVEN)
    notebook = in_folder(read_notebook, "01_mine.ipynb")
    yield alone("notebook file", "files", notebook, "01_mine", content=NOTEBOOK)
    data = Path(rer.__file__).parents[1] / "data"
    package = json.loads((data / "datapackage.json").read_text(encoding="utf-8"))
    package |= {"resources": [r for r in package["resources"] if r["name"] == "vix"], "raw": []}
    folder = in_folder(read_data, "datapackage.json", "clean/vix.csv")
    yield alone("data folder", "files", folder, "datapackage|vix",
                description=json.dumps(package).encode(),
                table=(data / "clean/vix.csv").read_bytes())  # fmt: skip
    local = in_folder(refresh_local, "nd.yaml", "nd.csv")
    yield alone("local file", "refresh", local, r"nd\.(yaml|csv)", mapping=MAPPING, table=TABLE)
    yield alone("local mapping", "refresh", refresh_by_mapping, **yaml.safe_load(MAPPING))
    layout = yaml.safe_load(MAPPING) | {"layout": "smm", "product": "Nd oxide"}
    del layout["raw"], layout["constants"]["element"]
    yield alone("local mapping by layout", "refresh", refresh_by_mapping, **layout)
    yuan = [*refresh_root.rows_of("fx_usdcny_daily.csv", 14), ("2026-08-10", "6.76")]
    months = pd.read_csv(data / "raw/china_graphite_exports_monthly.csv", dtype=str).tail(2)
    trade = [(month, code, float(value), float(weight)) for month in ("202501", "202412")
             for _, code, value, weight in months.itertuples(index=False)]  # fmt: skip
    index = [("2026-08-03", "4588.1968", 9), ("2026-08-04", "4590.5", 12)]
    rule = [formats.register_document("2026-1", "2026-11-02", "x")]
    for source, place, path, since, payload in (
        ("fred", "FRED|usdcny", "/fred/series/observations", "2026-07-18", formats.fred(yuan)),
        ("comtrade", "Comtrade|graphite", "/data/v1/get/C/M/HS", "2024-12-01",
         formats.comtrade(trade)),
        ("sina", "Sina|prices_sina|000300", "/cn/api/json_v2.php/CN_MarketDataService.getKLineData",
         "2026-08-01", formats.sina_closes(index)),
        ("federal_register", "Federal.Register", "/api/v1/documents.json", "2026-11-01",
         formats.federal_register(rule)),
    ):  # fmt: skip
        fetch = partial(refresh_upstream, source, path, since)
        yield alone(f"refresh {source}", "refresh", fetch, place, payload=payload)


PRICES = """Datum;Papier;Kurs
03.08.2026;SYN;1.705,50
04.08.2026;SYN;1.710,00
03.08.2026;SYN B;7,10
04.08.2026;SYN B;closed
"""
RETURNS = PRICES.replace("Kurs", "Zug").replace("1.7", "0.0")
EVENTS = """Tag;Papier;Titel
04.04.2025 18:00;SYN;Licences
09.10.2025 09:00;SYN B;Suspension
"""


def own_files() -> Iterator[Entry]:
    """Yield the readers of a user's files, by argument and by what the file holds."""
    text = {"encoding": "utf-8", "delimiter": ";"}
    signs = {"decimal": ",", "thousands": ".", "date_format": "%d.%m.%Y", "missing": ["closed"]}
    columns = {"date": "Datum", "security": "Papier"}
    known = {"source": "own.csv", "header_row": 1, "show": False, **text}
    figures = known | signs | {"layout": "long"}
    book: Given = {"sheet": {"source": "own.xlsx", "sheet": "own", "encoding": None,
                             "delimiter": None}}  # fmt: skip
    for name, content, given in (
        ("read_prices", PRICES, figures | {"columns": columns | {"price": "Kurs"}}),
        ("read_returns", RETURNS, figures | {"columns": columns | {"return": "Zug"},
                                             "unit": "percent", "kind": "simple"}),
        ("read_events", EVENTS, known | {"date_format": "%d.%m.%Y %H:%M", "columns": {
            "date": "Tag", "security": "Papier"}, "timezone": "Asia/Shanghai"}),
    ):  # fmt: skip
        read = getattr(rer, name)
        place = r"own\.|there is no file|ends in|cannot be read"
        call = partial(in_own_folder, read, content)
        yield Entry(name, "own files", call, given, book, of=read, place=place)
        there = partial(read_there, read, {**given, "source": "own.csv"})
        yield alone(f"file of {name}", "own files", in_folder(there, "own.csv"), place,
                    content=content.encode())  # fmt: skip


def in_own_folder(read: Callable[..., Any], text: str, **given: Any) -> Any:
    """Read in a folder that holds a text and a workbook of it."""
    with tempfile.TemporaryDirectory() as folder, chdir(folder):
        Path("own.csv").write_text(text, encoding="utf-8")
        rows = [line.split(";") for line in text.splitlines()]
        pd.DataFrame(rows).to_excel("own.xlsx", sheet_name="own", header=False, index=False)
        return read(**given)


def read_there(read: Callable[..., Any], given: Given, folder: Path) -> Any:
    with chdir(folder):
        return read(**given)
