"""All sources at once: side by side, one display, and one in trouble stops no other."""

from __future__ import annotations

import itertools
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from rareearth_research.cli import app
from rareearth_research.datasets import sources
from rareearth_research.datasets.building import build as build_module
from rareearth_research.datasets.building import verify as verify_module
from rareearth_research.datasets.building.verify import verify
from rareearth_research.datasets.refreshing import everything
from rareearth_research.datasets.refreshing.everything import RefreshAll, refresh_all
from rareearth_research.datasets.refreshing.refresh import refresh
from rareearth_research.errors import DataError, RareEarthError
from tests.support import refresh_root, upstream_formats
from tests.support.local_upstream import FAST, Answer, Request, Upstream, running

REPO = Path(__file__).resolve().parents[3]
OBSERVATIONS, DOCUMENTS = "/fred/series/observations", "/api/v1/documents.json"
PAIR = ("fred", "federal_register")  # feed a clean table, and candidates


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(build_module, "all_tables", refresh_root.two_tables)
    monkeypatch.setattr(verify_module, "all_tables", refresh_root.two_tables)
    return refresh_root.make(tmp_path / "data")


@pytest.fixture
def upstream(monkeypatch: pytest.MonkeyPatch) -> Iterator[Upstream]:
    """A server for two of the sources; the others are not asked."""
    asked = {name: sources.get(name) for name in PAIR}
    monkeypatch.setattr(everything, "available", lambda: asked)
    monkeypatch.setenv("FRED_API_KEY", "secret-fred-key")
    rows = {
        "DEXCHUS": [*refresh_root.rows_of("fx_usdcny_daily.csv"), ("2026-08-10", "6.7501")],
        "VIXCLS": [*refresh_root.rows_of("vix_daily.csv"), ("2026-07-24", "19.02")],
    }
    bodies = {name: upstream_formats.fred(values) for name, values in rows.items()}
    document = upstream_formats.register_document("2026-1", "2026-11-02", "Rare earth magnets")
    with running() as server:
        for name in PAIR:
            monkeypatch.setenv(f"RAREEARTH_SOURCE_BASE_{name.upper()}", server.url)
        server.serve(OBSERVATIONS, lambda r: bodies[r.query["series_id"][0]])
        server.serve(DOCUMENTS, upstream_formats.federal_register([document]))
        yield server


def run(root: Path, **options: Any) -> RefreshAll:
    return refresh_all(root=root, progress=False, limits=FAST, **options)


def test_every_source_brings_its_own_and_the_end_says_what_is_fresh(
    root: Path, upstream: Upstream
) -> None:
    found = run(root)
    assert [report.source for report in found.reports] == [*PAIR]
    assert (found.failed, found.left_out) == ({}, {})
    assert found.table.set_index("file")["added"].to_dict() == {
        "fx_usdcny_daily.csv": 1,
        "vix_daily.csv": 1,
        "federal_register.csv": 1,
    }
    said = str(found).splitlines()
    assert said[0] == "2 of 2 sources came through"
    assert said[-2:] == [
        "VIX, daily close: to 2026-07-24",
        "US dollar in yuan, daily: to 2026-08-10",
    ]
    assert verify(root).ok


@pytest.mark.parametrize(
    ("path", "fails", "fault"),
    [
        (OBSERVATIONS, "fred", Answer(b"oops", 503)),
        (OBSERVATIONS, "fred", Answer(b"x" * 4000, cut=True)),
        (OBSERVATIONS, "fred", Answer(b'{"observations": []}')),
        (DOCUMENTS, "federal_register", Answer(b"", 429, {"Retry-After": "3600"})),
        (DOCUMENTS, "federal_register", Answer(delay=0.9)),
    ],
)
def test_a_fault_in_one_source_leaves_the_other_fresh_and_nothing_broken(
    root: Path, upstream: Upstream, path: str, fails: str, fault: Answer
) -> None:
    before = refresh_root.contents(root)
    upstream.serve(path, lambda r: fault)
    found = run(root)
    assert list(found.failed) == [fails]
    assert [report.source for report in found.reports] == [name for name in PAIR if name != fails]
    assert f"{fails}: failed, its figures stay as they were: " in str(found)
    assert verify(root).ok
    after = refresh_root.contents(root)
    changed = {name for name in after if after[name] != before.get(name)}
    assert any(name.startswith("candidates/") for name in changed) is (fails == "fred")
    assert ("raw/vix_daily.csv" in changed) is (fails != "fred")


def test_sources_are_asked_side_by_side_and_each_one_request_at_a_time(
    root: Path, upstream: Upstream
) -> None:
    both = threading.Barrier(2, timeout=60)
    first = {path: itertools.count() for path in (OBSERVATIONS, DOCUMENTS)}
    open_now, most, lock = dict.fromkeys(first, 0), dict.fromkeys(first, 0), threading.Lock()
    served = {path: upstream.answers[path][0] for path in first}

    def answer(request: Request) -> bytes:
        path = request.path
        with lock:
            open_now[path] += 1
            most[path] = max(most[path], open_now[path])
            is_first = next(first[path]) == 0
        if is_first:
            both.wait()  # nobody gets here if the other source is asked later
        with lock:
            open_now[path] -= 1
        return served[path](request) if callable(served[path]) else served[path]

    for path in first:
        upstream.serve(path, answer)
    found = refresh_all(root=root, progress=False, limits=FAST.__class__(read=6, retries=0))
    assert found.failed == {}
    assert most == {OBSERVATIONS: 1, DOCUMENTS: 1}


def test_no_two_sources_share_a_host() -> None:
    pairs = itertools.combinations(sources.available().values(), 2)
    assert not [(a.name, b.name) for a, b in pairs if {*a.hosts} & {*b.hosts}]


def test_a_source_without_its_key_is_left_out_and_told_how(
    root: Path, upstream: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("FRED_API_KEY")
    found = run(root)
    assert (list(found.left_out), found.failed) == (["fred"], {})
    assert "set the environment variable FRED_API_KEY. A free key" in found.left_out["fred"]
    assert not any(r.path == OBSERVATIONS for r in upstream.requests)


def test_a_dry_run_of_all_writes_nothing(root: Path, upstream: Upstream) -> None:
    before = refresh_root.contents(root)
    assert run(root, dry_run=True).table["added"].sum() == 3
    assert refresh_root.contents(root) == before


def test_one_display_shows_every_source(
    root: Path, upstream: Upstream, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    for name, value in {"TTY_COMPATIBLE": "1", "TERM": "xterm", "COLUMNS": "100"}.items():
        monkeypatch.setenv(name, value)
    refresh_all(root=root, limits=FAST)
    told = capsys.readouterr().err
    assert "FRED: done" in told
    assert "Federal Register: done" in told
    assert "2/2" in told


def test_the_exit_code_is_1_when_a_source_failed(
    root: Path, upstream: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    arguments = ["data", "refresh", "all", "--root", str(root)]
    assert CliRunner().invoke(app, arguments).exit_code == 0
    upstream.serve(OBSERVATIONS, lambda r: Answer(b"no", 400))
    done = CliRunner().invoke(app, arguments)
    assert done.exit_code == 1
    assert "fred: failed" in done.output
    assert "1 of 2 sources came through" in done.output


def test_a_fault_of_our_own_is_no_failure_of_a_source(
    root: Path, upstream: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*args: Any) -> None:
        raise AssertionError("ours")

    monkeypatch.setattr("rareearth_research.datasets.refreshing.refresh.plan_of", broken)
    with pytest.raises(AssertionError, match="ours"):
        run(root)


@pytest.mark.parametrize(
    ("argument", "value"),
    [("since", "soon"), ("accept_revisions", 1), ("dry_run", "no"), ("progress", None),
     ("limits", 3), ("root", "/nowhere")],
)  # fmt: skip
def test_an_argument_that_cannot_be_meant_is_refused_by_its_name(
    root: Path, upstream: Upstream, argument: str, value: object
) -> None:
    with pytest.raises(RareEarthError, match=argument):
        refresh_all(**{"root": root, "dry_run": True, argument: value})  # type: ignore[arg-type]
    assert upstream.requests == []


def test_a_data_folder_of_an_installation_is_not_written_to(
    root: Path, upstream: Upstream, tmp_path: Path
) -> None:
    installed = tmp_path / "lib/python3.11/site-packages/data"
    shutil.copytree(root, installed)
    before = refresh_root.contents(installed)
    for ask in (lambda: run(installed), lambda: refresh("fred", root=installed)):
        with pytest.raises(DataError, match=r"belongs to an installation.*RAREEARTH_DATA to the"):
            ask()
    assert upstream.requests == []
    assert refresh_root.contents(installed) == before
    assert run(installed, dry_run=True).failed == {}


@pytest.mark.end_to_end
@pytest.mark.thorough
def test_after_pip_install_a_refresh_writes_to_rareearth_data_or_says_how_to_set_it(
    root: Path, upstream: Upstream, tmp_path: Path
) -> None:
    yuan = [*refresh_root.rows_of("fx_usdcny_daily.csv"), ("2026-08-10", "6.7501")]
    bodies = {"DEXCHUS": yuan, "VIXCLS": refresh_root.rows_of("vix_daily.csv")}
    upstream.serve(OBSERVATIONS, lambda r: upstream_formats.fred(bodies[r.query["series_id"][0]]))
    # what a wheel holds: the package and no data
    site = tmp_path / "venv/lib/python3.11/site-packages"
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(REPO / "rareearth_research", site / "rareearth_research", ignore=ignored)
    environment = {
        "PATH": "/usr/bin:/bin",
        "HOME": str(tmp_path),
        "COLUMNS": "300",
        "PYTHONPATH": str(site),
        "PYTHONDONTWRITEBYTECODE": "1",
        "FRED_API_KEY": "secret-fred-key",
        "RAREEARTH_SOURCE_BASE_FRED": upstream.url,
    }
    before = set(site.rglob("*"))

    def rareearth(**more: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-P", "-m", "rareearth_research.cli", "data", "refresh", "fred"]
        return subprocess.run(
            command, env=environment | more, capture_output=True, text=True, cwd=tmp_path
        )

    done = rareearth()
    assert done.returncode == 1
    assert "set the environment variable RAREEARTH_DATA" in " ".join(done.stderr.split())
    folder = tmp_path / "mine"
    shutil.copytree(REPO / "data", folder)
    done = rareearth(RAREEARTH_DATA=str(folder))
    assert done.returncode == 0, done.stderr
    assert "2026-08-10" in (folder / "raw/fx_usdcny_daily.csv").read_text()
    assert set(site.rglob("*")) == before
