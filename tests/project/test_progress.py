"""One bar for long work: on a terminal only."""

from __future__ import annotations

import pytest

from rareearth_research.progress import progress_bar, tracked


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TTY_COMPATIBLE", "1")  # what rich asks of a stream that is no terminal
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "100")


def test_a_bar_says_on_a_terminal_what_is_done_and_how_far(terminal, capsys) -> None:
    with progress_bar("reading [a]", 3, "tables") as show:
        show(2, label="reading [b]")
    assert "reading [b]" in (told := capsys.readouterr().err)
    assert "2/3" in told
    assert "tables" in told


def test_elsewhere_there_is_no_bar(capsys) -> None:
    with progress_bar("reading") as show:
        show(1, 2, label="writing")
    assert capsys.readouterr() == ("", "")


def test_a_bar_that_is_not_wanted_is_not_shown(terminal, capsys) -> None:
    assert list(tracked("ab", "reading", wanted=False)) == ["a", "b"]
    assert capsys.readouterr().err == ""


def test_what_is_tracked_comes_back_as_it_was(terminal, capsys) -> None:
    assert list(tracked("abc", "reading")) == ["a", "b", "c"]
    assert "2/3" in capsys.readouterr().err
