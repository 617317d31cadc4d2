"""Every clause of a sentence on a study, to the letter, from made-up numbers."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from rareearth_research.eventstudy.results import sentences
from rareearth_research.eventstudy.results.sentences import over, sentence, short, unusual
from rareearth_research.eventstudy.results.told import Told, _together
from rareearth_research.eventstudy.statistics.decision import Decision, Finding
from rareearth_research.eventstudy.statistics.parametric import Statistic
from rareearth_research.eventstudy.study import EventStudy
from rareearth_research.labels import label
from tests.support.eventstudy_cases import synthetic_returns

NAN = float("nan")
KP = label("test", "kp")
TOLD = Told(
    who="", around="", window="[0, 1]", events=4, with_news=0, names=np.array(list("ABCD")),
    log=False, raw=False, why="", together=NAN, others=0, as_unusual=0, sets=False, row="session",
)  # fmt: skip
CAR = np.array([0.05, 0.04, 0.06, 0.05])


def finding(car: Any = CAR, p: float = 0.01, statistic: float = 3.0, **other: Any) -> Finding:
    given: dict[str, Any] = {"means": car, "error": 0.005, "df": 3.0, "matters": 0.02} | other
    means = np.asarray(given.pop("means"))
    return Finding(np.asarray(car), means, "kp", Statistic(statistic, p, 3.0), **given)


MOVED = Decision("moved", "kp", 0.01, ())
REACH = 100 * 0.005 * stats.t.ppf(0.975, 3)
SPAN = f"95 % interval {5 - REACH:.1f} to {5 + REACH:.1f} %"


def test_a_move_is_said_with_its_size_interval_and_placebo() -> None:
    begin = "Four securities did on average 5.0 % better than expected in sessions 0 to +1 "
    begin += f"{{}} ({SPAN})"
    assert sentence(finding(), MOVED, TOLD) == (
        begin.format("around four events") + ". No placebo stands beside it."
    )
    named = replace(TOLD, around="the ban", others=1999, as_unusual=7)
    assert sentence(finding(), MOVED, named) == begin.format("around the ban") + (
        ". Of 1,999 other sessions seven looked as unusual, up or down."
    )
    down = sentence(finding(-CAR, statistic=-3.0), MOVED, replace(TOLD, raw=True, who="miners"))
    assert down.startswith("Miners fell on average by 5.0 % in sessions 0 to +1 around four events")
    one = sentence(finding(CAR[:1], means=CAR[:1]), MOVED, replace(TOLD, names=np.array(["A"])))
    assert one.startswith("One security did 5.0 % better than expected")
    log = sentence(finding(), MOVED, replace(TOLD, log=True))
    assert "5.1 % better" in log  # compounded


def test_checks_that_fail_unsettle_it() -> None:
    told = replace(TOLD, others=999, as_unusual=150)
    for failed, said in (
        ("interval", "the interval covers zero"),
        ("family", "it does not survive the correction for the other tests of its family"),
        ("placebo", "150 of 999 other sessions looked as unusual"),
    ):
        whole = sentence(finding(), Decision("unsettled", "kp", 0.01, (failed,)), told)
        assert f": unsettled, for {said}." in whole
        assert ("Of 999 other sessions" in whole) == (failed != "placebo")
    both = Decision("unsettled", "kp", 0.01, ("interval", "date_flip"))
    flips = finding(np.tile(CAR, 2) * np.array([1, 1, 1, 1, -1, 1, 1, 1]))
    assert ", and sign flips over dates give p = " in sentence(flips, both, told)
    few = Decision("unsettled", "placebo", 0.01, ("few_dates",))
    assert sentence(finding(means=CAR[:1]), few, replace(TOLD, events=1)).endswith(
        ": an unusual stretch of two sessions. No placebo stands beside it. A jump of volatility "
        "then cannot be told from an effect on one date."
    )
    and_more = Decision("unsettled", "placebo", 0.01, ("few_dates", "interval"))
    assert ": unusual stretches of two sessions, but the interval covers zero. " in (
        sentence(finding(means=CAR[:2]), and_more, TOLD)
    )


def test_means_and_statistics_that_point_apart_are_torn() -> None:
    torn = Decision("unsettled", "kp", 0.01, ("sign",))
    names = replace(TOLD, names=np.array(["A", "B", "C", "D"]))
    car = np.array([-0.02, -0.01, 0.2, -0.01])
    said = sentence(finding(car, statistic=-3.0), torn, names)
    assert said.startswith(
        "Four securities mostly fell, 3 down and 1 up (median −1.0 %), while C at +20.0 % pulls "
        "the mean to +4.0 % in sessions 0 to +1"
    )
    assert said.endswith(": unsettled.")
    mirrored = sentence(finding(-car, statistic=3.0), torn, names)
    assert "mostly rose, 1 down and 3 up (median +1.0 %), while C at −20.0 % pulls" in mirrored
    dates = finding(CAR, means=np.array([-0.01, -0.02, 0.3, -0.01]))
    assert "moved on average by +5.0 %, while most dates point the other way (1 of 4 up)" in (
        sentence(dates, torn, names)
    )
    few = Decision("unsettled", "kp", 0.01, ("few_dates", "sign", "interval"))
    both = sentence(finding(car, statistic=-3.0, means=car[:2]), few, names)
    assert ": unsettled, and the interval covers zero. A jump of volatility then" in both


def test_no_larger_move_is_bounded_as_given() -> None:
    none = Decision("none_larger", "kp", 0.4, ())
    car = np.array([0.001, -0.03, 0.02, 0.005])
    quiet = finding(car, 0.4, -0.8, error=0.002)
    reach = 100 * 0.002 * stats.t.ppf(0.975, 3)
    assert sentence(quiet, none, TOLD) == (
        "No average move larger than 2 % in either direction in sessions 0 to +1 around four "
        f"events: −0.10 % (95 % interval −{reach + 0.1:.2f} to +{reach - 0.1:.2f} %), four "
        "securities. Single securities moved more."
    )
    assert "Single securities" not in sentence(
        finding(car, 0.4, error=0.002, matters=0.03), none, TOLD
    )
    assert "Single securities" not in sentence(
        quiet, none, replace(TOLD, names=np.array(["A"] * 4))
    )
    loud = finding(CAR / 5, 0.4, error=0.002)
    assert "; whether there was a smaller one stays open, as " in sentence(loud, none, TOLD)


def test_what_cannot_be_told_says_what_would_be_missed_and_why() -> None:
    cannot, car = Decision("cannot_tell", "kp", 0.3, ()), np.array([0.05, -0.08, 0.01, 0.06])
    found = finding(car, 0.3, 1.0, error=0.03)
    power = found.detectable
    said = sentence(found, cannot, TOLD)
    assert said.startswith("Four securities moved on average by +1.0 % (95 % interval −")
    assert said.endswith(
        f"around four events: this study cannot tell. It would miss a move of {100 * power:.1f} % "
        "in about two cases of ten, smaller ones more often."
    )
    nothing = finding(car, NAN, NAN)
    undecided = Decision("cannot_tell", "kp", NAN, ())
    why = sentence(nothing, undecided, replace(TOLD, why="not defined"))
    assert "cannot tell, as a test that it needs has no value. " in why
    assert why.endswith("The leading test has no value here: not defined.")
    assert sentence(nothing, undecided, TOLD).endswith("The leading test has no value here.")
    same = finding(CAR, 0.01, means=np.full(4, 0.05))
    assert "All four dates have the same mean, so none over them has." in (
        sentence(same, undecided, TOLD)
    )
    assert sentence(replace(found, error=NAN), cannot, TOLD).endswith("this study cannot tell.")


def test_a_test_that_says_otherwise_is_named() -> None:
    loud = finding(CAR, 0.3, error=0.005)
    but = sentences._but(loud, Decision("cannot_tell", "kp", 0.3, ()), TOLD)
    dates = stats.ttest_1samp(CAR, 0).pvalue
    assert dates < 0.01
    assert but.startswith(f"as {KP}, the leading test, gives p = 0.300 on four pairs, ")
    assert "although the interval leaves out zero and the t test over four dates gives p" in but
    by_dates = sentences._but(finding(CAR, 0.01), Decision("cannot_tell", "date_t", 0.3, ()), TOLD)
    assert by_dates.startswith(
        "as the t test over four dates gives p = 0.300, although the interval"
    )
    assert f"{KP} gives p = 0.010" in by_dates
    told = replace(TOLD, others=99, as_unusual=29, together=0.03, sets=True)
    few = finding(CAR, 0.04, means=CAR[:2], error=0.1)
    placebo = sentences._but(few, Decision("cannot_tell", "placebo", 0.3, ()), told)
    assert placebo == (
        f"as 29 of 99 other sets of dates looked as unusual, although {KP} gives p = 0.040 and the "
        "portfolio of all gives p = 0.030"
    )
    chance = replace(told, as_unusual=3, together=NAN)
    assert "although the placebo gives p = 0.040" in (
        sentences._but(finding(CAR, 0.3, means=CAR[:2], error=0.1),
                       Decision("cannot_tell", "kp", 0.3, ()), chance)
    )  # fmt: skip
    quiet = finding(np.array([0.01, -0.01, 0.02, -0.02]), 0.3)
    assert sentences._but(quiet, Decision("cannot_tell", "kp", 0.3, ()), TOLD) == ""
    assert sentences._but(quiet, Decision("cannot_tell", "kp", 0.05, ()), TOLD) == (
        "as four dates are too few for more"
    )


@pytest.mark.parametrize(
    ("window", "row", "when"),
    [("own", "session", "in each event's own window"),
     ("clean", "day", "from day 0 to the last close before another listed event,"),
     ("[0, 0]", "session", "in the session itself"), ("[2, 2]", "month", "in month +2"),
     ("[-1, 3]", "session", "in sessions −1 to +3")],
)  # fmt: skip
def test_when_a_window_is(window: str, row: str, when: str) -> None:
    assert over(window, row) == when


def test_what_one_or_a_few_dates_show_at_most() -> None:
    assert unusual("[0, 0]", 1) == "an unusual day"
    assert unusual("[0, 0]", 2) == "unusual days"
    assert unusual("[-1, 3]", 1) == "an unusual stretch of five sessions"
    assert unusual("[2, 2]", 1, "month") == "an unusual month"
    assert unusual("clean", 3) == "unusual stretches"


def test_other_news_stands_in_front() -> None:
    for events, news, said in (
        (4, 0, ""), (1, 1, "while other listed events fell into the same days, "),
        (4, 2, "while two of the four events fell together with other listed events, "),
        (2, 2, "while both events fell together with other listed events, "),
        (3, 3, "while all three events fell together with other listed events, "),
    ):  # fmt: skip
        assert sentences._news(replace(TOLD, events=events, with_news=news)) == said
    assert sentences._others(TOLD) == ""
    assert sentences._others(replace(TOLD, others=50, sets=True)) == (
        "Of 50 other sets of dates none looked as unusual, up or down."
    )


def test_what_is_told_of_a_study_is_read_from_it_and_from_its_placebo() -> None:
    returns = synthetic_returns(400, 3)
    found = EventStudy(returns, [returns.index[350]], "MKT", windows=[(0, 1)]).fit()
    for drawn, others, as_unusual in (
        (None, 0, 0), ({"valid": False, "n": 99, "p_value": 0.9}, 0, 0),
        ({"valid": True, "n": 99, "p_value": 0.9}, 99, 89),
    ):  # fmt: skip
        told = Told.of(found, "[0, 1]", "miners", "the ban", drawn, False)  # type: ignore[arg-type]
        assert (told.who, told.around, told.window) == ("miners", "the ban", "[0, 1]")
        assert (told.others, told.as_unusual, told.why) == (others, as_unusual, "")
        assert (told.events, told.with_news, told.log, told.raw) == (1, 0, True, False)
        assert told.names.tolist() == ["S0", "S1", "S2"]
        assert (told.sets, told.row) == (False, "session")
        assert told.by_chance == 0.9 if others else np.isnan(told.by_chance)


def test_the_portfolio_stands_beside_another_test_where_it_is_valid() -> None:
    table = pd.DataFrame({
        "window": ["[0, 1]", "[0, 1]", "[0, 5]", "[0, 5]", "own"],
        "p_value": [0.1, 0.2, 0.3, 0.4, 0.5],
        "test": ["kp", "portfolio", "portfolio", "kp", "portfolio"], "valid": [True] * 4 + [False],
        "headline": [True, False, True, False, False],
    })  # fmt: skip
    found: Any = SimpleNamespace(table=table)
    assert _together(found, "[0, 1]") == 0.2
    assert np.isnan(_together(found, "[0, 5]"))  # it leads itself
    assert np.isnan(_together(found, "own"))  # and is not valid here


def test_one_or_two_dates_cannot_be_told_from_a_jump_of_volatility() -> None:
    day = replace(TOLD, window="[0, 0]", events=1)
    said = "A jump of volatility {} cannot be told from an effect {}."
    one, two = finding(means=CAR[:1]), finding(means=CAR[:2])
    assert sentences._doubt(one, day) == said.format("that day", "on one date")
    assert sentences._doubt(one, replace(day, window="[0, 1]")) == said.format(
        "then", "on one date"
    )
    assert sentences._doubt(two, day) == said.format("then", "on two dates")
    close = replace(day, events=3)
    assert sentences._doubt(one, close) == said.format("then", "on days this close together")


def test_the_title_of_a_picture_is_the_verdict() -> None:
    begin = f"+5.0 % on average ({5 - REACH:.1f} to {5 + REACH:.1f} %) in sessions 0 to +1 around"
    assert short(finding(), MOVED, TOLD) == f"{begin} four events: moved"
    news = replace(TOLD, with_news=1, around="the ban")
    assert short(finding(), MOVED, news) == f"{begin} the ban, amid other listed events: moved"
    stretches = "unusual stretches of two sessions"
    for verdict, failed, end in (
        ("unsettled", ("few_dates",), stretches), ("unsettled", ("interval",), "unsettled"),
        ("unsettled", ("few_dates", "sign"), "unsettled"),
        ("unsettled", ("few_dates", "interval"), stretches),
        ("none_larger", (), "none larger than 2 %"), ("cannot_tell", (), "this study cannot tell"),
    ):  # fmt: skip
        said = short(finding(), Decision(verdict, "kp", 0.01, failed), TOLD)
        assert said.endswith(f": {end}")
    assert " on average (" in short(finding(CAR[:2], means=CAR[:2]), MOVED, TOLD)
    alone = short(finding(CAR[:1], means=CAR[:1]), MOVED, replace(TOLD, window="clean"))
    assert "% (" in alone
    assert "close before another listed event around four events: moved" in alone
