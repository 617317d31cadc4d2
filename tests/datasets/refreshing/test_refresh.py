"""What a refresh does to the data in force: add, revise, refuse, and never half of it."""

from __future__ import annotations

import gzip
import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from rareearth_research.cli import main
from rareearth_research.datasets import catalog
from rareearth_research.datasets.building import build as build_module
from rareearth_research.datasets.building import verify as verify_module
from rareearth_research.datasets.building.verify import verify
from rareearth_research.datasets.refreshing.refresh import refresh
from rareearth_research.datasets.refreshing.report import RefreshReport
from rareearth_research.errors import DataError, RareEarthError, SourceError
from tests.support import refresh_root, upstream_formats
from tests.support.local_upstream import FAST, HTML, Answer, Upstream, running

KEY = "secret-fred-key"
ENDPOINT = "/fred/series/observations"
NEW_YUAN = [("2026-08-10", "6.7501"), ("2026-08-11", "6.7555")]
NEW_VIX = [("2026-07-24", "19.02")]


@pytest.fixture
def fred(monkeypatch: pytest.MonkeyPatch) -> Iterator[Upstream]:
    """FRED with two new days of the yuan, one of the VIX, and the past as it was."""
    with running() as server:
        monkeypatch.setenv("RAREEARTH_SOURCE_BASE_FRED", server.url)
        monkeypatch.setenv("FRED_API_KEY", KEY)
        serve(server)
        yield server


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(build_module, "all_tables", refresh_root.two_tables)
    monkeypatch.setattr(verify_module, "all_tables", refresh_root.two_tables)
    return refresh_root.make(tmp_path / "data")


def serve(
    server: Upstream,
    yuan: list[tuple[str, str]] | None = None,
    vix: list[tuple[str, str]] | None = None,
) -> None:
    yuan = yuan or refresh_root.rows_of("fx_usdcny_daily.csv") + NEW_YUAN
    vix = vix or refresh_root.rows_of("vix_daily.csv") + NEW_VIX
    bodies = {"DEXCHUS": upstream_formats.fred(yuan), "VIXCLS": upstream_formats.fred(vix)}
    server.serve(ENDPOINT, lambda r: bodies[r.query["series_id"][0]], "application/json")


def run(root: Path, **options: Any) -> RefreshReport:
    return refresh("fred", root=root, progress=False, limits=FAST, **options)


def read(root: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> pd.DataFrame:
    monkeypatch.setenv("RAREEARTH_DATA", str(root))
    return catalog.read(name)


def test_new_days_reach_the_clean_table(
    root: Path, fred: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    report = run(root)
    assert report.table["added"].tolist() == [2, 1]
    assert report.table["revised"].tolist() == [0, 0]
    assert "2 rows added (2026-08-10 to 2026-08-11)" in str(report)
    yuan = read(root, "usdcny", monkeypatch)
    assert yuan["date"].max() == pd.Timestamp("2026-08-11")
    assert verify(root).ok


def test_old_rows_of_the_raw_file_keep_every_byte(root: Path, fred: Upstream) -> None:
    before = (root / "raw/fx_usdcny_daily.csv").read_bytes()
    run(root)
    assert (root / "raw/fx_usdcny_daily.csv").read_bytes() == (
        before + b"2026-08-10,6.7501\n2026-08-11,6.7555\n"
    )


def test_the_answers_and_the_previous_raw_files_are_kept(root: Path, fred: Upstream) -> None:
    before = (root / "raw/fx_usdcny_daily.csv").read_bytes()
    report = run(root)
    assert report.snapshot is not None
    assert (report.snapshot / "previous/fx_usdcny_daily.csv").read_bytes() == before
    meta = json.loads((report.snapshot / "meta.json").read_text())
    assert len(meta["answers"]) == 2
    assert meta["answers"][0]["url"].startswith(fred.url)
    assert all(len(answer["sha256"]) == 64 for answer in meta["answers"])
    written = [p.read_bytes() for p in report.snapshot.rglob("*") if p.is_file()]
    assert not any(KEY.encode() in content for content in written)


def test_sources_csv_says_when_the_new_rows_came(root: Path, fred: Upstream) -> None:
    run(root)
    table = pd.read_csv(root / "raw/sources.csv", dtype=str, keep_default_na=False)
    row = table.set_index("source_id").loc["fred_dexchus"]
    assert row["retrieved"] == pd.Timestamp.now("UTC").strftime("%Y-%m-%d")
    assert "2 rows added from 2026-08-10, 0 revised" in row["note"]
    assert table.set_index("source_id").loc["gpr_daily", "retrieved"] == ""


def test_a_second_refresh_finds_nothing_new_and_writes_nothing(root: Path, fred: Upstream) -> None:
    run(root)
    before = refresh_root.contents(root)
    report = run(root)
    assert report.snapshot is None
    assert "nothing new; last 2026-08-11" in str(report)
    assert refresh_root.contents(root) == before


def test_a_dry_run_says_what_would_change_and_writes_nothing(root: Path, fred: Upstream) -> None:
    before = refresh_root.contents(root)
    report = run(root, dry_run=True)
    assert report.table["added"].tolist() == [2, 1]
    assert refresh_root.contents(root) == before


def test_since_is_passed_on_to_the_upstream(root: Path, fred: Upstream) -> None:
    run(root, since="2026-07-01")
    assert {r.query["observation_start"][0] for r in fred.requests} == {"2026-07-01"}


def test_a_since_that_leaves_no_common_day_is_refused(root: Path, fred: Upstream) -> None:
    serve(fred, NEW_YUAN, NEW_VIX)
    with pytest.raises(SourceError, match=r"1 common row.*Use an earlier since"):
        run(root, since="2026-08-10")


def test_one_revised_figure_is_taken_over_and_listed(root: Path, fred: Upstream) -> None:
    rows = refresh_root.rows_of("fx_usdcny_daily.csv")
    day, _ = rows[-3]
    serve(fred, [*rows[:-3], (day, "6.9"), *rows[-2:]])
    report = run(root)
    assert report.table.loc["fx_usdcny_daily.csv", "revised"] == 1
    assert report.revisions[["date", "new"]].values.tolist() == [[day, "6.9"], *[]]
    assert f"{day},6.9\n".encode() in (root / "raw/fx_usdcny_daily.csv").read_bytes()


def test_the_same_figure_with_more_digits_is_not_a_revision(root: Path, fred: Upstream) -> None:
    rows = [(day, f"{value}00001") for day, value in refresh_root.rows_of("fx_usdcny_daily.csv")]
    serve(fred, rows)
    assert run(root).table.loc["fx_usdcny_daily.csv", "revised"] == 0


def many_revised() -> list[tuple[str, str]]:
    rows = refresh_root.rows_of("fx_usdcny_daily.csv")
    return rows[:-60] + [(day, f"{float(value) * 1.02:.4f}") for day, value in rows[-60:]]


def test_many_revised_figures_are_refused(root: Path, fred: Upstream) -> None:
    before = refresh_root.contents(root)
    serve(fred, many_revised())
    with pytest.raises(SourceError, match=r"60 of 4404 known rows .* changed by more than 0.5%"):
        run(root)
    assert refresh_root.contents(root) == before


def test_many_revised_figures_are_taken_over_on_demand(root: Path, fred: Upstream) -> None:
    serve(fred, many_revised())
    report = run(root, accept_revisions=True)
    assert report.table.loc["fx_usdcny_daily.csv", "revised"] == 60
    assert verify(root).ok


def test_days_that_vanished_upstream_are_refused(root: Path, fred: Upstream) -> None:
    before = refresh_root.contents(root)
    rows = refresh_root.rows_of("fx_usdcny_daily.csv")
    serve(fred, rows[:100] + rows[101:])
    with pytest.raises(SourceError, match=r"1 rows of fx_usdcny_daily.csv are gone"):
        run(root)
    assert refresh_root.contents(root) == before


def test_a_new_figure_in_another_unit_is_refused(root: Path, fred: Upstream) -> None:
    before = refresh_root.contents(root)
    serve(fred, [*refresh_root.rows_of("fx_usdcny_daily.csv"), ("2026-08-10", "675.01")])
    with pytest.raises(SourceError, match=r"the unit had changed \(2026-08-10: 6.7474 to 675"):
        run(root)
    assert refresh_root.contents(root) == before


def test_figures_the_cleaning_does_not_understand_are_refused(root: Path, fred: Upstream) -> None:
    before = refresh_root.contents(root)
    serve(fred, [*refresh_root.rows_of("fx_usdcny_daily.csv"), ("2026-08-10", "+6.75")])
    with pytest.raises(SourceError, match="do not pass the data's own checks, so nothing was"):
        run(root)
    assert refresh_root.contents(root) == before


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        ([("2026-08-10", "-6.7")], "not a positive number"),
        ([("2026-08-10", "n/a")], "is 'n/a', not a positive number"),
        ([("2026-13-45", "6.7")], "'2026-13-45' in date is not a date"),
        ([("2199-01-01", "6.7")], "2199-01-01, which lies ahead"),
        ([("2026-08-10", "6.7"), ("2026-08-10", "6.8")], "sent 2026-08-10 twice"),
    ],
)
def test_impossible_rows_are_refused_whatever_the_user_accepts(
    root: Path, fred: Upstream, rows: list[tuple[str, str]], says: str
) -> None:
    before = refresh_root.contents(root)
    serve(fred, refresh_root.rows_of("fx_usdcny_daily.csv") + rows)
    with pytest.raises(SourceError, match=says):
        run(root, accept_revisions=True)
    assert refresh_root.contents(root) == before


MISBEHAVIOUR = {
    "timeout": ([Answer(delay=0.6)] * 3, "no answer in time"),
    "throttled for long": ([Answer(b"", 429, {"Retry-After": "3600"})], "asks to wait 3600 s"),
    "throttled": ([Answer(b"slow down", 429)] * 3, "HTTP 429: too many requests"),
    "server error": ([Answer(b"oops", 503)] * 3, "HTTP 503: try again later. It said: 'oops'"),
    "cut short": ([Answer(b"x" * 5000, cut=True)], "the answer was cut short"),
    "web page": ([Answer(HTML, headers={"Content-Type": "application/json"})], "'x Service notice"),
    "broken json": ([Answer(b'{"observations": [')], "broken JSON"),
    "empty": ([Answer(b"")], "sent an empty answer"),
    "no rows": ([Answer(upstream_formats.fred([]))], "sent no rows for fx_usdcny_daily.csv"),
    "changed columns": ([Answer(b'{"observations": [{"day": 1}]}')], "changed its answer"),
    "wrong content": ([Answer(b'{"articles": []}')], "changed its answer"),
    "other host": (
        [Answer(b"", 302, {"Location": "https://example.org/data?api_key=" + KEY})],
        "points to another host, 'example.org'",
    ),
    "endless redirect": ([Answer(b"", 302, {"Location": ENDPOINT})] * 9, "redirects without end"),
    "huge": ([Answer(b"x" * 65536, repeat=64)], "sent more than 1,048,576 bytes"),
    "dripping": ([Answer(b" ", repeat=60, pause=0.05)], "was still sending after 1 s"),
    "compression broken": (
        [Answer(b"not gzip", headers={"Content-Encoding": "gzip"})],
        "compression is broken",
    ),
}


@pytest.mark.parametrize("kind", MISBEHAVIOUR)
def test_an_upstream_that_misbehaves_changes_nothing(root: Path, fred: Upstream, kind: str) -> None:
    faults, says = MISBEHAVIOUR[kind]
    before = refresh_root.contents(root)
    fred.faults = list(faults)
    with pytest.raises(SourceError, match=says) as caught:
        run(root)
    assert KEY not in str(caught.value)
    assert refresh_root.contents(root) == before
    assert not list(root.rglob("*.json.part"))


@pytest.mark.parametrize(
    "fault", [Answer(b"", 503), Answer(b"", 429, {"Retry-After": "1"}), Answer(delay=0.6)]
)
def test_one_failure_is_tried_again(root: Path, fred: Upstream, fault: Answer) -> None:
    fred.faults = [fault]
    assert run(root).table["added"].tolist() == [2, 1]
    assert len(fred.requests) == 3


def test_a_compressed_answer_is_read(root: Path, fred: Upstream) -> None:
    rows = refresh_root.rows_of("fx_usdcny_daily.csv") + NEW_YUAN
    packed = gzip.compress(upstream_formats.fred(rows))
    fred.faults = [Answer(packed, headers={"Content-Encoding": "gzip"})]
    assert run(root).table["added"].tolist() == [2, 1]


def test_a_small_answer_that_unpacks_to_a_huge_one_is_not_read(root: Path, fred: Upstream) -> None:
    packed = gzip.compress(b" " * 50 * 2**20)
    fred.faults = [Answer(packed, headers={"Content-Encoding": "gzip"})]
    with pytest.raises(SourceError, match="sent more than 1,048,576 bytes"):
        run(root)


def test_no_connection_at_all_is_a_source_error(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FRED_API_KEY", KEY)
    monkeypatch.setenv("RAREEARTH_SOURCE_BASE_FRED", "http://127.0.0.1:9")
    with pytest.raises(SourceError, match="the connection failed or broke"):
        run(root)


def test_keys_stay_out_of_logs(
    root: Path, fred: Upstream, caplog: pytest.LogCaptureFixture
) -> None:
    fred.faults = [Answer(delay=0.6), Answer(b"", 503)]
    with caplog.at_level("DEBUG"), pytest.raises(SourceError):
        run(root)
    assert "api_key=***" in caplog.text
    assert KEY not in caplog.text


def test_two_refreshes_at_once_both_come_into_force(root: Path, fred: Upstream) -> None:
    reports: list[RefreshReport] = []
    threads = [threading.Thread(target=lambda: reports.append(run(root))) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(report.table["added"].sum() for report in reports) == [0, 3]
    assert verify(root).ok


def test_an_unreadable_since_is_refused(root: Path, fred: Upstream) -> None:
    with pytest.raises(SourceError, match="since 'last week' is not a day"):
        run(root, since="last week")


def test_the_largest_revisions_are_named(root: Path, fred: Upstream) -> None:
    serve(fred, many_revised())
    report = str(run(root, dry_run=True, accept_revisions=True))
    assert "60 revised" in report
    assert report.count(" became ") == 5
    assert "and 55 smaller ones" in report


def test_a_folder_that_cannot_be_written_is_said_before_anything_is_fetched(
    root: Path, fred: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("os.access", lambda path, mode: False)  # root may write anywhere
    with pytest.raises(DataError, match="cannot be written; copy it"):
        run(root)
    assert fred.requests == []


@pytest.mark.parametrize(
    ("argument", "value"),
    [
        ("since", 2024),
        ("since", 20240508),
        ("since", "08/05/2024"),
        ("since", ["2024-05-08"]),
        ("since", True),
        ("accept_revisions", "no"),
        ("dry_run", 1),
        ("progress", None),
        ("limits", 3),
        ("root", 3),
        ("root", "/nowhere"),
        ("source", None),
    ],
)
def test_an_argument_that_cannot_be_meant_is_refused_by_its_name(
    fred: Upstream, root: Path, argument: str, value: object
) -> None:
    arguments = {"source": "fred", "root": root, "dry_run": True, argument: value}
    with pytest.raises(RareEarthError, match=argument):
        refresh(**arguments)  # type: ignore[arg-type]
    assert fred.requests == []


@pytest.mark.parametrize(("since", "asked"), [("2026", "2026-01-01"), ("2026-08", "2026-08-01")])
def test_since_a_month_or_year_fetches_from_its_first_day(
    fred: Upstream, root: Path, since: str, asked: str
) -> None:
    refresh("fred", since=since, root=root, dry_run=True, progress=False, limits=FAST)
    assert fred.requests[0].query["observation_start"] == [asked]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "cannot be read as CSV"),
        (b"date,usdcny\n2024-01-02,\xff\n", "cannot be read as CSV"),
        (b"day,usdcny\n2024-01-02,7\n", "it has the columns 'day, usdcny', not date, usdcny"),
        (b"date,usdcny\n2024-01-02,7,1\n", "cannot be read as CSV"),
    ],
)
def test_a_damaged_raw_file_is_named_before_anything_is_fetched(
    fred: Upstream, root: Path, content: bytes, says: str
) -> None:
    (root / "raw/fx_usdcny_daily.csv").write_bytes(content)
    with pytest.raises(DataError, match=rf"fx_usdcny_daily.csv .*{says}.*get it again with git"):
        refresh("fred", root=root, progress=False, limits=FAST)
    assert fred.requests == []


def test_the_command_refreshes_builds_and_verifies_a_folder(
    root: Path, fred: Upstream, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def rareearth(*arguments: str) -> str:
        monkeypatch.setattr("sys.argv", ["rareearth", "data", *arguments, "--root", str(root)])
        with pytest.raises(SystemExit) as end:
            main()
        assert end.value.code == 0
        return " ".join(capsys.readouterr().out.split())

    for line in (["fred", "--dry-run"], ["fred", "--since", "2026-08"]):
        assert "2 rows added (2026-08-10 to 2026-08-11)" in rareearth("refresh", *line)
    assert "built 2 tables" in rareearth("build")
    assert "0 changed" in rareearth("build")
    assert "are as built" in rareearth("verify")
