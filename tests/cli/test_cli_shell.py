"""What a message says to do is said as one types it, and works as it is said."""

from __future__ import annotations

import re
import shlex
import sys
from pathlib import Path

import pytest

import rareearth_research as rer
from rareearth_research.cli import main
from rareearth_research.cli.data import _loaders
from rareearth_research.cli.remedies import in_shell
from rareearth_research.workspace.making import make_workspace

PACKAGE = Path(rer.__file__).parent


@pytest.fixture
def shell(monkeypatch, capsys, tmp_path):
    """Type a line in an empty folder; return the exit code and what was said."""
    monkeypatch.chdir(tmp_path)

    def run(line: str) -> tuple[int, str]:
        monkeypatch.setattr(sys, "argv", ["rareearth", *shlex.split(line)])
        with pytest.raises(SystemExit) as done:
            main()
        said = capsys.readouterr()
        text = " ".join((said.out + said.err).replace("│", " ").split())
        return int(done.value.code or 0), text

    return run


def mentioned() -> list[str]:
    """Return every loader that a message of the package names."""
    sources = (path.read_text(encoding="utf-8") for path in PACKAGE.rglob("*.py"))
    found = {name for text in sources for name in re.findall(r"rer\.((?:load|list)_\w+)\(", text)}
    return sorted(found - {"load_result"} | {"catalog"})


@pytest.mark.parametrize("name", mentioned())
def test_a_loader_that_a_message_names_is_a_command_that_runs(shell, name):
    command = in_shell(f"See rer.{name}()").removeprefix("See ").strip("`")
    assert command.startswith("rareearth ")
    code, said = shell(command.removeprefix("rareearth "))
    assert code == 0
    assert said


def test_every_loader_has_its_table():
    loaders = {name for name in rer.__all__ if name.startswith("load_")}
    loaders -= {"load_series", "load_result"}  # which need to be told what
    assert {f"load_{name}" for name in _loaders()} >= loaders


def test_a_table_that_is_too_large_says_what_is_left(shell):
    said = shell("data show price_flags")[1]
    assert re.search(r"10,\d{3} rows, \w+ columns: all with --format csv$", said)
    code, said = shell("data show vix --format csv")
    assert (code, said[:19]) == (0, "date,vix 2009-01-02")


def test_a_table_that_does_not_exist_is_refused_with_the_nearest(shell):
    code, said = shell("data show group")
    assert code == 2
    assert "nearest: 'groups'" in said


def test_an_argument_is_the_option_of_the_command_that_runs(shell):
    code, said = shell("today News --at 2025-10-09 --until 2025-10-08")
    assert code == 2
    option = re.search(r"as in (--materials \S+)", said)[1]
    assert shell(f"today News --at 2025-10-09 --until 2025-10-08 {option}")[0] == 0


@pytest.mark.end_to_end
def test_an_argument_of_a_study_is_a_parameter_of_report(shell):
    code, said = shell("report event_study -p group=rare_earth")
    assert code == 2
    assert "`rareearth data show groups`" in said
    (Path("p.csv")).write_text("date,LVMH\n" + "".join(f"2024-01-{d:02},7\n" for d in range(2, 30)))
    given = "-p prices_file=p.csv -p exchanges=XPAR"
    code, said = shell(f"report event_study {given}")
    assert "no index is known for LVMH" in said
    assert "or use -p model=mean" in said
    assert "no index is known" not in shell(f"report event_study {given} -p model=mean")[1]


def test_how_a_file_is_read_is_said_as_study_yaml_says_it(shell, monkeypatch):
    monkeypatch.chdir(make_workspace("mine"))
    Path("events.csv").write_text("event_id,date\na,05/04/2024\n")
    code, said = shell("check")
    assert code == 1
    assert "after `events:` or `prices:`" in said
    option = re.search(r"\{date_format: .*?\}", said)[0]
    with Path("study.yaml").open("a", encoding="utf-8") as file:
        file.write(f"\nevents: {option}\n")
    assert shell("check")[0] == 0


@pytest.mark.parametrize(
    "text",
    [
        "use pd.to_datetime(column, unit='D', origin='1899-12-30')",  # of another call
        "EventStudy(..., exchanges='own')",
        "windows=[[0, 1]] and x='y'",
        "a == 'b', parameter.group='c'",
    ],
)
def test_what_is_no_argument_of_ours_stays_as_it_is(text):
    assert in_shell(text) == text


def test_completion_knows_the_tables():
    from rareearth_research.cli.data import complete_table

    assert {*complete_table("gr")} == {"groups", "graphite_trade"}
