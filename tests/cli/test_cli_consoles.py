"""Every console can be written to: one that closes, fills up or lacks a sign is no traceback."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from rareearth_research.cli import main, output
from rareearth_research.cli.events import complete_event
from tests.support.synthetic import write_data, write_notebook

EVENT = "cn-2025-10-no55-58"
COMMANDS = {
    "studies": ["studies"],
    "parameters": ["studies", "event_study"],
    "events": ["events", "--since", "2025"],
    "show": ["events", "show", EVENT],
    "show json": ["events", "show", EVENT, "--format", "json"],
    "csv": ["events", "--since", "2025", "--format", "csv"],
    "status": ["data", "status"],
    "wrong": ["events", "show", "für\x1b[31m"],
    "help": ["report", "--help"],
}
ENCODINGS = ("cp1252", "gbk", "ascii", "utf-8")


def rareearth(*arguments: str, **options):
    environment = os.environ | {"PYTHONUTF8": "0", **options.pop("env", {})}
    command = [sys.executable, "-m", "rareearth_research.cli", *arguments]
    given = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "timeout": 120, **options}
    return subprocess.run(command, env=environment, check=False, **given)


@pytest.fixture
def spoken(monkeypatch):
    """Run a command in this process with consoles of another encoding; return what they got."""

    def run(name: str, encoding: str, errors: str = "strict") -> tuple[int, bytes, bytes]:
        streams = [io.TextIOWrapper(io.BytesIO(), encoding, errors) for _ in range(2)]
        monkeypatch.setattr(sys, "argv", ["rareearth", *COMMANDS[name]])
        monkeypatch.setattr(sys, "stdout", streams[0])
        monkeypatch.setattr(sys, "stderr", streams[1])
        with pytest.raises(SystemExit) as end:
            main()
        for stream in streams:
            stream.flush()
        return (end.value.code, *(stream.buffer.getvalue() for stream in streams))

    return run


@pytest.mark.parametrize("name", COMMANDS)
@pytest.mark.parametrize("encoding", ENCODINGS)
def test_every_command_prints_in_every_encoding(spoken, name, encoding):
    code, out, error = spoken(name, encoding)
    assert code == (2 if name == "wrong" else 0)
    assert (out + error).decode(encoding)


@pytest.mark.parametrize("handler", ["backslashreplace", "replace"])
def test_a_handler_that_the_user_chose_is_kept(spoken, handler):
    code, out, _ = spoken("show", "ascii", handler)
    assert code == 0
    assert (b"\\u2022" in out) == (handler == "backslashreplace")


def test_json_loses_nothing_where_signs_are_lacking(spoken):
    whole, plain = (json.loads(spoken("show json", code)[1]) for code in ("utf-8", "ascii"))
    assert whole == plain


def test_a_table_that_loses_signs_says_so_and_the_remedy_keeps_them():
    script = "from rareearth_research.cli import output as c; c.speak_any_encoding(); "
    command = [sys.executable, "-c", script + "c.print_csv('−稀\\n')"]
    for encoding, kept in (("ascii", b"-?\n"), ("utf-8", "−稀\n".encode())):
        environment = os.environ | {"PYTHONUTF8": "0", "PYTHONIOENCODING": encoding}
        done = subprocess.run(command, env=environment, capture_output=True, check=True)
        assert done.stdout == kept
        assert (b"set PYTHONIOENCODING=utf-8" in done.stderr) == (encoding == "ascii")


def test_a_minus_sign_stays_one():
    sign = "−2.6 % ✓"
    error = UnicodeEncodeError("ascii", sign, 0, 1, "")
    assert output._reworded(error) == ("-", 1)
    assert output._reworded(UnicodeEncodeError("ascii", "稀✓", 0, 2, "")) == ("?ok", 2)


@pytest.mark.end_to_end
@pytest.mark.parametrize("encoding", ["cp1252", "gbk"])
@pytest.mark.thorough
def test_a_finished_report_is_a_success_on_every_console(tmp_path, encoding):
    book = write_notebook(tmp_path, "01_täst")
    environment = {"PYTHONIOENCODING": encoding, "RAREEARTH_DATA": str(write_data(tmp_path / "d"))}
    done = rareearth("report", str(book), "--out", str(tmp_path / "out"), env=environment)
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.decode(encoding).startswith("ok 01_t")


@pytest.mark.parametrize("name", ["studies", "events", "show json", "csv"])
def test_a_pipe_that_closes_ends_the_command_quietly(name):
    reading, writing = os.pipe()
    os.close(reading)
    done = rareearth(*COMMANDS[name], stdout=writing)
    os.close(writing)
    assert done.stderr == b""
    assert done.returncode == 1


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full")
@pytest.mark.parametrize("name", ["studies", "show json", "csv"])
def test_an_output_that_is_full_is_one_sentence(name):
    with open("/dev/full", "w") as full:
        done = rareearth(*COMMANDS[name], stdout=full)
    assert done.returncode == 1
    assert b"No space left" in done.stderr
    assert b"Traceback" not in done.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX shell")
def test_a_closed_output_is_no_error():
    command = f"exec {sys.executable} -m rareearth_research.cli studies >&- 2>&-"
    assert subprocess.run(command, shell=True, check=False).returncode == 0


@pytest.mark.parametrize(
    "event", ["", " ", "[bold]x[/bold]", "../x", "a\nb", "\x1b]0;x\x07", "x" * 100_000, "%s", "-"]
)
def test_an_odd_event_is_answered_in_few_words_and_plain_text(event, monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["rareearth", "events", "show", "--", event])
    with pytest.raises(SystemExit) as end:
        main()
    out, error = capsys.readouterr()
    assert (end.value.code, out) == (2, "")
    assert len(error) < 3000
    assert "\x1b" not in error


def test_titles_and_names_are_printed_as_they_stand(tmp_path, monkeypatch, capsys):
    study = write_notebook(tmp_path, "01_[red]x")
    study.write_text(study.read_text().replace("# Synthetic", "# [link=x]\\u001b[31mSynthetic"))
    for arguments in ([], [str(study)]):
        monkeypatch.setenv("RAREEARTH_NOTEBOOKS", str(tmp_path))
        monkeypatch.setattr(sys, "argv", ["rareearth", "studies", *arguments])
        with pytest.raises(SystemExit):
            main()
        assert "[link=x][31mSynthetic" in capsys.readouterr().out


def test_completion_of_events_is_silent_where_the_data_are_damaged(tmp_path, monkeypatch):
    monkeypatch.setenv("RAREEARTH_DATA", str(write_data(tmp_path / "data")))
    assert complete_event("cn-") == []
