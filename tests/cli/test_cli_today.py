"""`rareearth today`: a card before the close, completed by the same line after it."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import socket
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from typer.testing import CliRunner

from rareearth_research.cli import today as command_file
from rareearth_research.cli.root import app
from rareearth_research.datasets.catalog import data_dir
from rareearth_research.errors import SpecificationError
from rareearth_research.studies import open_card
from rareearth_research.studies.cards.words import command

LINE = ["today", "China adds controls", "--at", "2025-10-09T09:00+08:00/2025-10-09T09:29+08:00",
        "--materials", "Dy,Tb", "--until", "2025-10-08"]  # fmt: skip
FOLDER = "today-2025-10-09-china-adds-controls"


def run(*arguments: str) -> str:
    result = CliRunner().invoke(app, list(arguments), catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return " ".join(result.output.split())


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    place = tmp_path / "my study – 研究"
    place.mkdir()
    monkeypatch.chdir(place)
    return place


def test_the_first_run_saves_a_card_into_the_reports_of_the_place(here: Path) -> None:
    said = run(*LINE)
    assert "would be unusual (1 session in 20)" in said
    assert sorted(p.name for p in (here / "reports" / FOLDER).iterdir()) == [
        "card.json", "index.html",
    ]  # fmt: skip


def test_the_same_line_again_completes_the_page_and_leaves_the_card(here: Path) -> None:
    run(*LINE)
    card = (here / "reports" / FOLDER / "card.json").read_bytes()
    said = run(*LINE, "--now", "2025-10-09T06:00Z")
    assert "No last close yet: Sydney, Shenzhen, Shanghai and New York." in said
    said = run(*LINE)
    assert "moved on average +8.9 %" in said
    assert "rareearth data refresh yahoo" in said
    page = (here / "reports" / FOLDER / "index.html").read_text(encoding="utf-8")
    assert "What came, as of" in page
    assert (here / "reports" / FOLDER / "card.json").read_bytes() == card


def test_the_line_on_the_page_is_the_one_that_completes_it(here: Path) -> None:
    run(*LINE)
    line = shlex.split(command(open_card(here / "reports" / FOLDER).asked))
    assert "What came" not in (here / "reports" / FOLDER / "index.html").read_text("utf-8")
    run(*line[1:])
    assert "What came" in (here / "reports" / FOLDER / "index.html").read_text("utf-8")


def test_other_options_under_the_same_title_are_refused_and_the_remedy_works(here: Path) -> None:
    run(*LINE)
    with pytest.raises(SpecificationError, match="another window, which is kept"):
        CliRunner().invoke(app, [*LINE, "--window", "0", "2"], catch_exceptions=False)
    run(*LINE, "--window", "0", "2", "--out", "elsewhere")


def test_json_holds_the_card_and_what_came(here: Path) -> None:
    def read(*more: str) -> dict[str, Any]:
        result = CliRunner().invoke(app, [*LINE, *more, "--format", "json"])
        found: dict[str, Any] = json.loads(result.stdout)
        return found

    first = read()
    assert first["specification"]["materials"] == ["Dy", "Tb"]
    assert first == {k: v for k, v in read().items() if k != "after"}


def test_nothing_is_sent_unless_asked(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("something was sent")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    run(*LINE)
    run(*LINE)


def test_a_refresh_that_fails_leaves_the_card(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    installed = here / "site-packages" / "data"  # which a refresh does not write to
    shutil.copytree(data_dir(), installed, ignore=shutil.ignore_patterns("raw", "snapshots"))
    monkeypatch.setenv("RAREEARTH_DATA", str(installed))
    monkeypatch.setenv("FRED_API_KEY", "secret-of-mine")
    result = CliRunner().invoke(app, [*LINE, "--refresh"], catch_exceptions=False)
    assert result.exit_code == 0
    assert "going on with those that are there" in result.output
    assert (here / "reports" / FOLDER / "card.json").is_file()
    files = (here / "reports" / FOLDER).iterdir()
    assert not any(b"secret-of-mine" in path.read_bytes() for path in files)


def test_waiting_ends_with_the_last_close(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [pd.Timestamp("2025-10-10T19:00Z")]
    monkeypatch.setattr(pd.Timestamp, "now", lambda zone: clock[-1])
    monkeypatch.setattr(command_file, "STEP", 1e9)
    monkeypatch.setattr(
        command_file.time, "sleep", lambda s: clock.append(clock[-1] + pd.Timedelta(seconds=s))
    )
    assert "moved on average +8.9 %" in run(*LINE, "--wait")
    assert clock[1:] == [pd.Timestamp("2025-10-10T20:00Z")]  # New York's close


def test_a_title_in_any_script_names_its_folder(here: Path) -> None:
    run("today", "商务部公告第61号", *LINE[2:])
    assert (here / "reports" / "today-2025-10-09-商务部公告第61号" / "card.json").is_file()


def test_the_readme_shows_what_its_line_prints_before_and_after_the_close(here: Path) -> None:
    page = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
    for block in re.findall(r"```console\n\$ rareearth (today .*?)```", page, re.S):
        line, _, shown = block.partition("\n")
        printed = run(*shlex.split(line))
        for part in re.split("^…$", shown, flags=re.M):
            assert " ".join(part.split()) in printed


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (["--wait", "--now", "2025-10-09T06:00Z"], "leave out --now, or --wait"),
        (["--window", "-3", "-1"], "ends before the first session"),
        (["--direction", "up"], "direction='up' is not known"),
        (["--materials", "Xx"], "materials: 'Xx'"),
    ],
)
def test_what_has_no_meaning_is_refused(here: Path, more: list[str], said: str) -> None:
    with pytest.raises(SpecificationError, match=said):
        CliRunner().invoke(app, [*LINE, *more], catch_exceptions=False)
    assert not (here / "reports").exists()
