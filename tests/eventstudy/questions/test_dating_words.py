"""What a timing curve and a study say in words, to the letter, from small made-up tables."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from rareearth_research.eventstudy.questions.dating.results import (
    against_announced,
    finding_of,
    left_out_words,
    note_of,
    runs,
)
from rareearth_research.eventstudy.results.words import unmeasured


def table(rival: list[float], p: float = 0.02, dated: bool = True) -> pd.DataFrame:
    shifts = np.arange(len(rival)) - 2
    days = pd.bdate_range("2025-04-02", periods=len(rival))
    return pd.DataFrame({
        "shift": shifts, "session": days if dated else pd.NaT, "rival": rival,
        "statistic": np.nan_to_num(rival), "p_timing": np.where(shifts == 0, p, 0.9),
    })  # fmt: skip


CAAR = np.array([0.01, -0.02, 0.03, 0.04, -0.05])


def against(rival: list[float], **change: Any) -> str:
    given = {"level": 0.05, "width": 1, "direction": None, "n": 99, "return_type": "simple"}
    frame = table(rival, change.pop("p", 0.02), change.pop("dated", True))
    return against_announced(frame, CAAR, **(given | change))


def test_an_announced_session_in_the_set_is_not_rejected() -> None:
    assert against([1, 1, 1, 3, 1], p=0.051) == ""
    assert against([1, 1, 1, 3, 1], p=np.nan) == ""
    assert against([1, 1, 1, 3, 1], p=0.05) != ""


def test_the_largest_move_elsewhere_rejects_the_announced_session() -> None:
    said = against([1.0, -1.5, 9.0, 3.0, -2.0])
    assert said == (
        "The announced session is rejected: at +1 (7 April 2025) the securities rose by 4.0 % on "
        "average; 1 of 99 stretches without the event hold a move as unusual. That is other news, "
        "a reversal, or the news itself. "
    )
    assert "at −1 (3 April 2025) the securities fell by 2.0 %" in against([1, -4, 9, 3, -2.0])
    assert "at −2 the securities rose by 1.0 %" in against([4, 1, 9, 3, 2.0], dated=False)
    wide = against([1.0, -1.5, 9.0, 3.0, -2.0], width=2)  # neighbours share its sessions
    assert "at +2 (8 April 2025) the securities fell by 5.0 %" in wide
    assert "; none of 1,999 stretches" in against([1, 1, 1, 3, 1], p=0.0005, n=1999)
    assert "; 99 of 1,999 stretches" in against([1, 1, 1, 3, 1], p=0.05, n=1999)
    assert "; 89 of 99 stretches" in against([1, 1, 1, 3, 1], p=0.9, level=0.95)
    assert "rose by 4.1 % on" in against([1, 1, 1, 3, 1], return_type="log")
    assert "at +1 (7 April 2025)" in against([np.nan, np.nan, np.nan, 0.5, np.nan])


def test_a_move_against_the_direction_of_the_news_rejects_its_own_session() -> None:
    there = against([1.0, -1.5, -9.0, 3.0, -2.0], direction="up")
    assert (
        "is rejected: there the securities stood out (statistic −9.0) though they rose by 3.0 %"
        in (there)
    )
    assert there.endswith("News that raised prices is not seen so. ")
    assert "at +1 (7 April 2025)" in against([1, -4, 9, 3, -2.0], direction="up")
    down = against([1.0, -4.0, -9.0, 3.0, -2.0], direction="down")
    assert "at −1 (3 April 2025) the securities fell by 2.0 %" in down
    other = against([1.0, -4.0, 9.0, 3.0, -2.0], direction="down")
    assert other.endswith("News that lowered prices is not seen so. ")


@pytest.mark.parametrize(
    ("caar", "statistic", "said"),
    [(0.04, 3.0, "the securities rose by"), (-0.04, -3.0, "the securities fell by"),
     (-0.04, 3.0, "stood out (statistic +3.0) though they fell by"),
     (0.04, -3.0, "stood out (statistic −3.0) though they rose by")],
)  # fmt: skip
def test_mean_and_statistic_that_point_apart_are_said(
    caar: float, statistic: float, said: str
) -> None:
    rival = [0.1, 0.1, 0.1, statistic, 0.1]
    frame = table(rival)
    own = np.where(np.arange(5) == 3, caar, CAAR)
    assert said in against_announced(frame, own, 0.05, 1, None, 99, "simple")


def test_a_set_is_empty_whole_or_told_as_runs() -> None:
    steps = np.arange(-3, 4)
    assert finding_of((), steps, 0.05, None, False) == (
        "The 95 % confidence set of the event session is empty: no single session accounts for "
        "what happened between −3 and +3."
    )
    whole = finding_of(tuple(steps), steps, 0.1, None, False)
    assert whole.startswith("The 90 % confidence set of the event session holds every session from")
    assert "from −3 to +3: no session stands out, so prices" in whole
    left = finding_of(tuple(steps), steps, 0.1, None, True)
    assert "no session stands out, other listed events left aside, so prices" in left
    assert finding_of((0, 1), steps, 0.05, "up", False) == (
        "The 95 % confidence set of the event session, if the news raised prices: 0, +1."
    )
    assert runs((-2, 0, 1, 2, 5)) == "−2, 0, +1, +2, +5"
    assert runs((-3, -2, 0, 1, 2, 5)) == "−3 to −2, 0 to +2, +5"


def test_notes_say_what_limits_a_curve() -> None:
    assert note_of(99, True, 7, 0, 0, 12) == ""
    assert note_of(0, True, 7, 2, 3, 12).startswith("No admissible placebo session")
    assert note_of(99, False, 7, 2, 3, 12) == (
        "Too few event-free stretches of 7 sessions: sessions are drawn one by one, which makes "
        "the set too large rather than too small. 2 of 7 shifts lie beyond the data. 3 of 12 pairs "
        "are not in it: they have too few sessions for an estimation window that ends before the "
        "first shift."
    )


def test_sessions_that_other_events_leave_out_are_named() -> None:
    frame = table([np.nan, 1.0, 2.0, np.nan, 1.0])
    frame.loc[3, "statistic"] = np.nan  # beyond the data, not left out
    left = pd.DataFrame({"shift": [-2, -1, -1, 2], "event_id": ["a", "a", "b", "c"], "n_pairs": 1})
    begin = "Not counted against other sessions, because another event was announced near them: "
    assert left_out_words(left, frame) == (
        f"{begin}the sessions −2 and part of the securities at 2 sessions (a, b, c)."
    )
    assert left_out_words(left[:1], frame) == f"{begin}the sessions −2 (a)."
    assert left_out_words(left[1:3], table([1.0, 1.0, 1.0, 1.0, 1.0])) == (
        f"{begin}part of the securities at 1 sessions (a, b)."
    )
    assert left_out_words(left[:0], frame) == ""
    many = pd.DataFrame({"shift": -1, "event_id": list("abcdefg"), "n_pairs": 1})
    assert "(a, b, c, d, e, f and 1 more (see left_out))." in left_out_words(many, frame)
    assert "(a, b, c, d, e, f)." in left_out_words(many[:6], frame)


def test_what_was_asked_for_and_not_measured_is_named_with_its_reason() -> None:
    pairs = pd.DataFrame({
        "event_id": ["a", "a", "b", "b", "c", "c"], "security": ["X", "Y", "X", "Y", "X", "Y"],
        "status": ["kept", "dropped", "dropped", "dropped", "kept", "dropped"],
        "reason": ["", "no_session", "no_session", "no_session", "", "no_session"],
    })  # fmt: skip
    reason = unmeasured(pairs).partition("(")[2].partition(")")[0]
    assert unmeasured(pairs) == f"Asked for and not measured: b ({reason}); Y ({reason})."
    assert unmeasured(pairs, {"b": "the ban"}).startswith("Asked for and not measured: the ban (")
    assert unmeasured(pairs.assign(status="kept")) == ""
