"""Where does a window end so that the next news is not in it?"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import rareearth_research as rer
from rareearth_research.errors import SpecificationError
from rareearth_research.eventstudy import EventStudy
from rareearth_research.eventstudy.results.results import EventStudyResults
from tests.support.eventstudy_cases import synthetic_returns

RETURNS = synthetic_returns(700, 3, seed=4)
DAYS = RETURNS.index
AT = 400
EVENT = pd.DataFrame({"event_id": ["own"], "date": [DAYS[AT]]})


def known_at(*positions: int, **columns: Any) -> pd.DataFrame:
    ids = [f"k{p}" for p in positions]
    return pd.DataFrame({"event_id": ids, "date": DAYS[[*positions]], **columns})


def fit(events: Any = EVENT, **options: Any) -> EventStudyResults:
    return EventStudy(RETURNS, events, "MKT", windows="clean", **options).fit()


def ends(result: EventStudyResults) -> list[int]:
    assert (result.windows.first == 0).all()
    return result.windows.last[:, 0].tolist()


# --- a case from the list -----------------------------------------------------------------------


@pytest.fixture(scope="module")
def october() -> EventStudyResults:
    events = rer.load_events(event_ids="cn-2025-10-no61-no62")
    returns = rer.load_returns(["MP", "USAR", "LYC.AX", "ILU.AX", "600111.SS", "000970.SZ"])
    known = rer.load_events()
    return EventStudy(returns, events, "local", windows="clean", known_events=known).fit()


def test_october_2025_ends_before_the_tariff_threat_on_each_exchange(
    october: EventStudyResults,
) -> None:
    exchange = [october.markets[m].exchange for m in october.kept.market]
    found = set(zip(exchange, ends(october), strict=True))
    assert found == {("XNYS", 0), ("XASX", 1), ("XSHG", 1), ("XSHE", 1)}
    first = october.abnormal.groupby("security")["session"].agg(["min", "max"]).astype(str)
    assert first.loc["MP"].tolist() == ["2025-10-09", "2025-10-09"]
    assert first.loc["LYC.AX"].tolist() == ["2025-10-09", "2025-10-10"]


def test_october_2025_names_what_ends_it_and_what_came_with_it(october: EventStudyResults) -> None:
    said = " ".join(october.notes)
    assert "on XASX, XSHE and XSHG [0, 1] (before us-2025-10-trump-threat)" in said
    assert "on XNYS [0, 0] (before us-2025-10-trump-threat)" in said
    assert (
        "Announced on the same day, and not kept apart: "
        "cn-2025-10-no61-no62 with cn-2025-10-no55-58."
    ) in said
    assert "cn-2025-10-no55-58" in str(october.summary())
    assert october.specification.labels == ("clean",)


# --- rules ---------------------------------------------------------------------------------------


def test_the_car_is_that_of_the_sessions_before_the_next_event() -> None:
    clean = fit(known_events=known_at(AT + 4))
    numbers = EventStudy(RETURNS, EVENT, "MKT", windows=[(0, 3)]).fit()
    for column in ("car", "variance", "scar"):
        np.testing.assert_allclose(clean.car[column], numbers.car[column], rtol=1e-9)
    x = np.column_stack([np.ones(700), RETURNS["MKT"]])
    y, days, window = RETURNS["S1"].to_numpy(), slice(AT - 260, AT - 10), slice(AT, AT + 4)
    b = np.linalg.lstsq(x[days], y[days], rcond=None)[0]
    assert clean.car["car"][1] == pytest.approx((y - x @ b)[window].sum(), rel=1e-9)


def test_each_pair_ends_before_its_own_next_event() -> None:
    events = pd.DataFrame(
        {
            "event_id": ["a", "b", "c"],
            "date": DAYS[[AT, AT + 3, AT + 5]],
            "security": ["S0", "S0", "S1"],
        }
    )
    result = fit(events, known_events=known_at(AT + 7, security=["S1"]), overlap="flag")
    assert ends(result) == [2, 10, 1]
    assert not result.flags["confounded"].any()


def test_news_on_the_tenth_session_ends_a_window_at_the_ninth() -> None:
    assert ends(fit(known_events=known_at(AT + 10))) == [9, 9, 9]


@pytest.mark.parametrize("distance", [11, 12, 60])
def test_without_news_in_reach_a_window_ends_after_ten_sessions(distance: int) -> None:
    result = fit(known_events=known_at(AT + distance, AT - 1))
    assert ends(result) == [10, 10, 10]
    assert "own [0, 10] (no other news within 10 sessions)" in " ".join(result.notes)


def test_news_of_another_day_in_session_0_leaves_a_window_of_one_session_and_a_flag() -> None:
    friday = next(i for i in range(AT, AT + 9) if DAYS[i].day_of_week == 4)
    weekend = [DAYS[friday] + pd.Timedelta(days=n) for n in (1, 2)]
    both = pd.DataFrame({"event_id": ["a", "b"], "date": weekend})
    result = fit(both[:1], known_events=both[1:])
    assert ends(result) == [0, 0, 0]
    assert result.flags["other_news_in_session_0"].all()
    assert "so that the window is not clean: a with b." in " ".join(result.notes)
    assert not fit().flags["other_news_in_session_0"].any()


def test_events_of_the_same_day_end_no_window_and_are_named() -> None:
    result = fit(known_events=known_at(AT, AT + 3))
    assert ends(result) == [2, 2, 2]
    assert f"own with k{AT}." in " ".join(result.notes)
    assert not result.flags["other_news_in_session_0"].any()
    assert result.flags["confounded"].all()


def test_the_earlier_end_of_another_announcement_counts() -> None:
    days = DAYS[[AT, AT + 2, AT + 4]].strftime("%Y-%m-%d")
    known = pd.DataFrame(
        {
            "event_id": ["long"],
            "announced_earliest": [f"{days[1]}T10:00:00-05:00"],
            "announced_latest": [f"{days[2]}T10:00:00-05:00"],
        }
    )
    for timing in ("latest", "earliest"):
        assert ends(fit(known_events=known, timing=timing)) == [1, 1, 1]
    spanning = known.assign(announced_earliest=f"{DAYS[AT - 2]:%Y-%m-%d}T10:00:00-05:00")
    assert ends(fit(known_events=spanning)) == [0, 0, 0]


def test_the_study_in_force_ends_before_the_next_measure_in_force() -> None:
    known = known_at(AT - 50).assign(effective_date=DAYS[AT + 6])
    result = fit(EVENT.assign(effective_date=DAYS[AT + 1]), known_events=known, timing="effective")
    assert ends(result) == [4, 4, 4]


def test_pairs_without_a_session_lengthen_no_window() -> None:
    days = pd.DataFrame({"event_id": ["in", "out"], "date": [DAYS[AT], pd.Timestamp("2031-01-06")]})
    result = fit(days, known_events=known_at(AT + 2))
    assert result.aar["relative_session"].tolist() == [0, 1]


def test_without_known_events_only_the_studys_own_count_and_it_says_so() -> None:
    said = "Other news is the study's own events; known_events= adds others."
    assert said in fit().notes
    assert said not in fit(known_events=known_at(AT + 30)).notes


def test_many_windows_are_told_in_numbers() -> None:
    result = fit([*DAYS[300:640:17]])
    assert "0 sessions after session 0: 10 to 10 sessions after it, median 10." in result.notes[0]


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(300, 420), min_size=1, max_size=6, unique=True), st.data())
def test_a_window_ends_before_the_first_later_event_of_its_security(
    positions: list[int], data: Any
) -> None:
    whose = data.draw(st.lists(st.sampled_from(["S0", "S1"]), min_size=len(positions),
                               max_size=len(positions)))  # fmt: skip
    events = known_at(*positions, security=whose)
    result = fit(events)
    expected = [
        min([q - p - 1 for q, s in zip(positions, whose, strict=True) if s == own and q > p] + [10])
        for p, own in zip(positions, whose, strict=True)
    ]
    assert ends(result) == expected


# --- what it does not go with --------------------------------------------------------------------


def test_what_needs_one_window_for_all_refuses_clean_ones() -> None:
    for question in (rer.placebo, rer.timing_curve, rer.anticipation, rer.abnormal_volatility):
        with pytest.raises(SpecificationError, match="give `windows` as numbers"):
            question(fit())


def test_a_clean_window_is_not_extended() -> None:
    flags = pd.DataFrame({"date": [DAYS[AT]], "ticker": ["S0"], "flag": ["limit_up"]})
    with pytest.raises(SpecificationError, match="would carry a clean window into the next news"):
        fit(limit_days="extend", price_flags=flags)
    with pytest.raises(SpecificationError, match="'events' or 'clean'"):
        EventStudy(RETURNS, EVENT, "MKT", windows="cleanest")
    with pytest.raises(SpecificationError, match=r"overlaps event window \[0, 10\]"):
        fit(estimation=(-100, 5))


def test_estimation_around_clean_windows_leaves_out_each_pairs_own() -> None:
    events = pd.DataFrame({"event_id": ["a", "b"], "date": DAYS[[AT, AT + 3]], "security": "S0"})
    assert fit(events, estimation=(-100, 100)).params["n_estimation"].tolist() == [198, 190]


def test_other_events_are_left_out_of_estimation_with_their_clean_windows() -> None:
    events = known_at(AT - 30, AT, security="S0")
    result = fit(events, leave_out="own_events")
    assert result.params["n_estimation"].tolist() == [250, 239]
