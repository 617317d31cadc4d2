"""`result.verdict`: one row a window, its interval, its sentence, and what is not claimed."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import rareearth_research as rer
from rareearth_research.errors import SpecificationError
from rareearth_research.eventstudy import EventStudy
from tests.support.eventstudy_cases import synthetic_returns

COLUMNS = [
    *("window", "verdict", "caar", "lower", "upper", "detectable", "matters", "test", "p_value"),
    *("failed", "placebo_p", "words", "title"),
]


@pytest.fixture(scope="module")
def eight_dates() -> rer.EventStudyResults:
    returns = synthetic_returns(900, 10, seed=4, shared=0.013)
    days = returns.index[300 + 70 * np.arange(8)]
    returns.loc[days, "S0":"S9"] += 0.06
    return EventStudy(returns, list(days), "MKT", windows=[(0, 1), (-5, -3)]).fit()


def test_verdict_is_one_row_a_window_with_interval_and_detectable_effect(
    eight_dates: rer.EventStudyResults,
) -> None:
    frame = eight_dates.verdict
    assert list(frame.columns) == COLUMNS
    assert frame["window"].tolist() == ["[0, 1]", "[-5, -3]"]
    assert frame["verdict"].tolist()[0] == "moved"
    car, r = eight_dates.fitted.car[:, 0], eight_dates.dependences[0].mean
    kp = car.std(ddof=1) / np.sqrt(80) * np.sqrt((1 + 79 * r) / (1 - r))
    means = car.reshape(8, 10).mean(axis=1)
    views = [(kp, 79), (means.std(ddof=1) / np.sqrt(8), 7)]
    error, df = max(views, key=lambda v: v[0] * stats.t(v[1]).ppf(0.975))
    reach = stats.t(df).ppf(0.975) * error
    row = frame.iloc[0]
    assert (row["lower"], row["upper"]) == pytest.approx((car.mean() - reach, car.mean() + reach))
    assert row["detectable"] == pytest.approx(reach + stats.t(df).ppf(0.8) * error, rel=1e-9)
    assert row["matters"] == pytest.approx(np.median(np.sqrt(eight_dates.fitted.sigma2)))


def test_the_sentence_carries_its_interval_and_the_number_of_events(
    eight_dates: rer.EventStudyResults,
) -> None:
    first = eight_dates.verdict["words"].iloc[0].split(". ")[0]
    row = eight_dates.verdict.iloc[0]
    assert "95 % interval" in first
    assert "around eight events" in first
    assert f"{100 * np.expm1(row['caar']):.1f} %" in first  # compounded
    assert str(eight_dates.summary()).replace("\n", " ").startswith(first[:60])


def test_matters_is_an_argument_and_without_it_small_moves_are_not_excluded() -> None:
    returns = synthetic_returns(700, 30, seed=5)
    days = list(returns.index[300 + 40 * np.arange(9)])
    result = EventStudy(returns, days, "MKT", matters=0.05).fit()
    assert result.verdict["verdict"].item() == "none_larger"
    assert "no average move larger than 5 %" in result.verdict["words"].item().lower()
    tight = EventStudy(returns, days, "MKT", matters=0.0001).fit()
    assert tight.verdict["verdict"].item() != "none_larger"
    with pytest.raises(SpecificationError, match="matters must be a number between 0 and 1"):
        EventStudy(returns, days, "MKT", matters=5)


def test_where_mean_and_statistic_point_apart_the_statistic_is_followed() -> None:
    returns = synthetic_returns(700, 12, seed=9)
    day = returns.index[500]
    returns.loc[day, "S0":"S10"] -= 0.05
    noisy = returns["S11"] + np.random.default_rng(1).normal(0, 0.08, 700)
    returns["S11"] = noisy
    returns.loc[day, "S11"] += 0.9
    result = EventStudy(returns, [day], "MKT", windows=[(0, 0)], return_type="simple").fit()
    assert result.findings[0].caar > 0 > result.findings[0].leading.statistic
    row = result.verdict.iloc[0]
    assert row["verdict"] in ("unsettled", "cannot_tell")
    if row["p_value"] <= 0.05:
        assert "sign" in row["failed"]
        assert "mostly fell" in row["words"]
        assert "S11 at +" in row["words"]
        assert "median −" in row["words"]


def test_valid_tests_that_disagree_are_named(eight_dates: rer.EventStudyResults) -> None:
    table = eight_dates.table
    window = table[(table["window"] == "[0, 1]") & table["valid"]]
    disagree = window["p_value"].le(0.05).nunique() == 2
    assert ("Valid tests disagree" in str(eight_dates.summary())) is disagree


def test_family_and_placebo_may_be_given(eight_dates: rer.EventStudyResults) -> None:
    chance = rer.placebo(eight_dates, n=199, seed=3)
    given = rer.verdict(eight_dates, chance=chance, family={"[0, 1]": 0.2}, who="ten makers")
    assert given.loc[0, "failed"] == "family"
    assert given.loc[0, "words"].startswith("Ten makers did on average ")
    assert given.loc[0, "placebo_p"] == chance.table.loc[0, "p_value"]
    with pytest.raises(SpecificationError, match=r"family is for the windows \[9, 9\]"):
        rer.verdict(eight_dates, family={"[9, 9]": 0.2})
    with pytest.raises(SpecificationError, match="chance is for the windows"):
        rer.verdict(eight_dates, chance=rer.placebo(eight_dates, windows=[(0, 5)], n=99))
    with pytest.raises(SpecificationError, match="result must be a fitted study"):
        rer.verdict("[0, 1]")  # type: ignore[arg-type]


def test_other_news_stands_before_the_finding() -> None:
    returns = synthetic_returns(700, 10, seed=4)
    day = returns.index[500]
    news = pd.DataFrame({"event_id": ["x"], "date": [returns.index[501]]})
    result = EventStudy(returns, [day], "MKT", known_events=news).fit()
    assert result.verdict["words"].item().startswith("While other listed events fell into ")


def test_a_study_without_a_placebo_has_a_verdict() -> None:
    returns = synthetic_returns(330, 10, seed=4)
    day = returns.index[300]
    returns.loc[day, "S0":"S9"] += 0.2
    result = EventStudy(returns, [day], "MKT").fit()
    row = result.verdict.iloc[0]
    assert row["verdict"] == "unsettled"
    assert row["test"] in ("kp", "placebo")
    assert "an unusual stretch of three sessions" in row["words"]


def test_the_band_of_the_path_ends_at_the_interval_of_the_verdict() -> None:
    returns = synthetic_returns(900, 10, seed=4, shared=0.013)
    days = list(returns.index[300 + 70 * np.arange(8)])
    result = EventStudy(returns, days, "MKT", windows=[(0, 1)]).fit()
    last, row = result.aar.iloc[-1], result.verdict.iloc[0]
    assert (last["lower"], last["upper"]) == pytest.approx((row["lower"], row["upper"]), rel=1e-9)


def test_pairs_that_the_model_explains_exactly_are_in_no_interval() -> None:
    returns = synthetic_returns(600, 4, seed=6)
    day = returns.index[400]
    copies = returns.assign(C0=returns["MKT"], C1=returns["MKT"])
    found, alone = (EventStudy(r, [day], "MKT").fit() for r in (copies, returns))
    columns = ["caar", "lower", "upper", "detectable", "p_value", "words"]
    pd.testing.assert_frame_equal(found.verdict[columns], alone.verdict[columns], rtol=1e-9)
    assert "2 of 6 pairs explained exactly by the model" in str(found.summary())


def test_a_test_of_ones_own_cannot_change_the_study() -> None:
    def sorting(sample) -> float:
        sample.car.sort()
        return 0.5

    returns = synthetic_returns(600, 4, seed=6)
    with pytest.raises(SpecificationError, match=r"'sorting' failed on 4 pairs.*read-only"):
        EventStudy(returns, [returns.index[400]], "MKT", tests=["kp", sorting]).fit()


def test_a_placebo_of_another_study_is_refused() -> None:
    returns = synthetic_returns(600, 4, seed=6)
    one, other = (EventStudy(returns, [returns.index[d]], "MKT").fit() for d in (400, 450))
    with pytest.raises(SpecificationError, match="placebo of another study"):
        rer.verdict(one, chance=rer.placebo(other))
    for statistic in ("bmp", "scar", "caar"):
        assert len(rer.verdict(one, chance=rer.placebo(one, statistic=statistic)))


def test_where_dates_and_securities_point_apart_the_dates_are_counted() -> None:
    returns = synthetic_returns(900, 40, seed=8)
    days = list(returns.index[300 + 35 * np.arange(16)])
    rows = [(f"S{i}", days[0]) for i in range(40)] + [
        (f"S{i}", day) for i, day in enumerate(days[1:])
    ]
    for name, day in rows:
        returns.loc[day, name] += -0.07 if day == days[0] else 0.08
    events = pd.DataFrame(rows, columns=["security", "date"])
    events["event_id"] = events["date"].astype(str)
    result = EventStudy(returns, events, "MKT", windows=[(0, 0)]).fit()
    row = result.verdict.iloc[0]
    assert "sign" in row["failed"]
    assert "while most dates point the other way (15 of 16 up)" in row["words"]


def test_days_close_together_are_not_called_one_day() -> None:
    returns = synthetic_returns(900, 8, seed=4)
    returns.iloc[700:703, :8] += 0.06
    result = EventStudy(returns, list(returns.index[700:703]), "MKT", windows=[(0, 2)]).fit()
    words = result.verdict["words"].item()
    assert "unusual stretches of three sessions" in words
    assert "days this close together" in words


def test_a_verdict_without_a_placebo_says_so() -> None:
    returns = synthetic_returns(600, 8, seed=4)
    returns.iloc[400, :8] += 0.2
    events = pd.DataFrame({"event_id": ["a"], "date": [returns.index[400]]})
    own = events.assign(window_start=0, window_end=1)
    result = EventStudy(returns, own, "MKT", windows="events").fit()
    assert "No placebo stands beside it." in result.verdict["words"].item()
