"""Pairs whose firm had news of its own: found, counted, left out, and never behind a verdict."""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd
import pytest

import rareearth_research as rer
from rareearth_research.errors import SpecificationError
from rareearth_research.studies.composition import parts_of
from rareearth_research.studies.own_news import OwnNews, by_own_news
from rareearth_research.studies.sample import TIGHTENINGS, conditions
from rareearth_research.studies.words.article import claims as claims_said
from rareearth_research.timing import sessions_of

OCTOBER = "cn-2025-10-no61-no62"
WINDOWS = [(0, 1), (-1, 5)]


@cache
def october(firm_news: str) -> OwnNews:
    returns, events = rer.load_returns(group="rare_earths"), rer.load_events(event_ids=OCTOBER)
    return by_own_news(returns, events, firm_news, "local", windows=WINDOWS, **conditions(returns))


@cache
def answer(firm_news: str):
    return rer.studies.event_study(firm_news=firm_news)


def by_hand(events: pd.DataFrame, tickers: list[str], span: tuple[int, int]) -> set:
    """Own news of New York listings by the calendar alone: may it fall into the span?"""
    days = pd.DatetimeIndex(sessions_of("XNYS").dates)
    news = rer.load_firm_news(tickers, scope="firm").rename(columns={"disclosure_id": "event_id"})

    def at(frame: pd.DataFrame, column: str) -> pd.Series:
        mapped = rer.map_sessions(frame, "XNYS").set_index("event_id")[column]
        return pd.Series(days.get_indexer(mapped), mapped.index)

    first, last = (at(news, f"session_{end}") for end in ("earliest", "latest"))
    start = at(events, "session")
    securities = news.set_index("event_id")["security"]
    return {
        (event, securities[item])
        for event, day in start.items()
        for item in news["event_id"]
        if last[item] >= day + span[0] and first[item] <= day + span[1]
    }


def test_the_pairs_are_those_found_by_the_calendar_alone() -> None:
    tickers = ["AREC", "CRML", "MP", "UAMY", "USAR", "UUUU", "NB", "AXTI"]
    events = rer.load_events(event_ids=[*TIGHTENINGS, "us-2025-07-dod-mp"])
    returns = rer.load_returns([*tickers, "SPY"])
    found = by_own_news(returns, events, "flag", "SPY", windows=[(-1, 2)])
    kept = found.every.attrition[found.every.attrition["status"] == "kept"]
    pairs = set(zip(kept["event_id"], kept["security"], strict=True))
    expected = by_hand(events, tickers, (-1, 2)) & pairs
    assert len(expected) > 8
    assert set(zip(found.pairs["event_id"], found.pairs["security"], strict=True)) == expected


def test_news_of_october_marks_four_pairs_and_names_them() -> None:
    found = october("flag")
    assert sorted(found.pairs["security"]) == ["300748.SZ", "600111.SS", "AREC", "CRML"]
    assert found.shown is found.every
    assert "4 of 24 (JL Mag, Northern Rare Earth, American Resources and Critical" in found.words
    assert "sets no verdict" in found.words


def test_what_is_left_is_the_study_without_those_securities() -> None:
    found = october("drop")
    marked = ["600111.SS", "AREC", "CRML", "300748.SZ"]
    rest = rer.load_returns(group="rare_earths").drop(columns=marked)
    events = rer.load_events(event_ids=OCTOBER)
    apart = rer.EventStudy(rest, events, "local", windows=WINDOWS, **conditions(rest)).fit()
    pd.testing.assert_frame_equal(found.shown.table, apart.table, rtol=1e-12)
    assert found.dropped


def test_both_numbers_are_said() -> None:
    found = october("drop")
    for result in (found.every, found.shown):
        first = result.car[result.car["window"] == "[0, 1]"]
        assert f"{np.expm1(first['car'].mean()):.1%}"[:3] in found.words.replace(" %", "%")


def test_the_verdict_is_that_of_all_pairs_either_way() -> None:
    every, rest = answer("flag"), answer("drop")
    pd.testing.assert_frame_equal(every.verdict, rest.verdict)
    assert every.verdict["words"].iloc[0] in rest.finding
    assert "Exploratory, without four pairs" in rest.finding
    assert "Exploratory" not in every.finding
    assert rest.result.diagnostics["n_pairs"] == every.result.diagnostics["n_pairs"] - 4
    assert rest.plot().get_suptitle().startswith("Exploratory")


def test_a_study_of_which_nothing_is_left_is_refused() -> None:
    with pytest.raises(SpecificationError, match=r"firm_news='drop' leaves nothing to measure"):
        rer.studies.event_study(securities=["AREC"], firm_news="drop")
    alone = rer.studies.event_study(securities=["AREC"])
    assert any("without them nothing is left to measure" in limit for limit in alone.limits)


def test_news_of_a_sector_marks_nobody() -> None:
    day = rer.load_firm_news("MP", since="2025-10-27", until="2025-10-27")
    assert set(day["scope"]) == {"sector"}
    events = pd.DataFrame({"event_id": ["day"], "date": [pd.Timestamp("2025-10-27")]})
    found = by_own_news(rer.load_returns(["MP", "SPY"]), events, "drop", "SPY", windows=[(0, 0)])
    assert found.pairs.empty
    assert not found.dropped


def test_other_studies_say_what_they_leave_out() -> None:
    for answer in (
        rer.studies.origin_article(firm_news="drop"),
        rer.studies.anticipation(OCTOBER, "rare_earths", firm_news="drop", leads=3, lags=3),
    ):
        assert any("of its own" in limit or "of their own" in limit for limit in answer.limits)


def test_an_exporter_from_china_is_averaged_with_no_listing_outside() -> None:
    returns = rer.load_returns(group="controlled_metals")
    event = rer.load_events(event_ids="cn-2025-02-no10-w-te-bi-mo-in")
    parts = parts_of(rer.EventStudy(returns, event, "local", **conditions(returns)).fit())
    assert rer.load_securities("AXTI")["plants_in"].item() == "CN"
    assert "AXTI" in parts["Gallium and germanium"]
    assert not any("AXTI" in parts[place] for place in ("listed outside China", "New York"))


def test_claims_and_omissions_are_counted_apart() -> None:
    claims = rer.check_article_claims()
    said = claims_said(claims)
    assert (
        "nine of the claims and five of the five facts it leaves out, and support the verdict"
        in said
    )
    claims.loc[0, "agrees"] = False
    assert "support eight and five of these verdicts" in claims_said(claims)
