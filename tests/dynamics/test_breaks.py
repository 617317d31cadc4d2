"""`find_breaks` finds shifts, says by which rule, and never calls persistence a break unguarded."""

from __future__ import annotations

import re
import tracemalloc
import warnings
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

import rareearth_research as rer
from rareearth_research.dynamics.breaks.guard import draws_for, largest_f
from rareearth_research.dynamics.breaks.intervals import break_intervals
from rareearth_research.dynamics.breaks.partitions import Partitions
from rareearth_research.dynamics.breaks.persistence import fit_null
from rareearth_research.dynamics.breaks.wald import p_value, sup_f, weights
from rareearth_research.errors import DataError, RareEarthError, SpecificationError
from tests.support.break_series import MONTHS, nile, synthetic_shift, synthetic_walk

SHIFTED = synthetic_shift()


def test_the_three_tables_have_the_columns_that_are_promised() -> None:
    found = rer.find_breaks(SHIFTED)
    assert list(found.table) == ["n_breaks", "rss", "bic", "lwz", "kt"]
    assert {"test", "statistic", "p_value"} < set(found.tests)
    assert list(found.breaks)[:3] == ["date", "lower", "upper"]


def test_a_shift_is_dated_by_the_last_row_of_the_old_regime() -> None:
    found = rer.find_breaks(SHIFTED)
    assert found.n_breaks == 1
    assert found.breaks["date"].tolist() == [MONTHS[79]]
    assert found.breaks["lower"][0] <= MONTHS[79] <= found.breaks["upper"][0]


def test_every_rule_stands_beside_the_number_and_the_number_says_its_rule() -> None:
    found = rer.find_breaks(SHIFTED)
    assert found.choices["rule"].tolist() == [
        "bic",
        "lwz",
        "kt",
        "sequential_iid",
        "sequential_hac",
    ]
    assert "BIC finds one break" in found.summary().headline
    assert "Breaks by rule: BIC 1, LWZ 1, KT 1, sequential tests 1" in found.summary().lines


def test_another_number_of_breaks_can_be_asked_for() -> None:
    found = rer.find_breaks(SHIFTED)
    assert len(found.at(3)) == 3
    pd.testing.assert_frame_equal(found.at(1), found.breaks)
    with pytest.raises(SpecificationError, match="n_breaks must be a whole number from 0 to 5"):
        found.at(6)


def test_one_more_break_is_tested_in_each_regime_there_is() -> None:
    tests = rer.find_breaks(SHIFTED, trim=0.15).tests.query("errors == 'iid'").set_index("test")
    for known in (1, 2):
        row = tests.loc[f"supF({known + 1}|{known})"]
        one = p_value("supF(1)", row["statistic"], trend=False, regressors=1, trim=0.15)
        assert row["p_value"] == pytest.approx(1 - (1 - one) ** (known + 1), rel=0.02)


def test_wider_regimes_give_wider_intervals() -> None:
    row = rer.find_breaks(synthetic_shift(1.0)).breaks.iloc[0]
    assert row["lower"] <= row["lower_90"] <= row["date"] <= row["upper_90"] <= row["upper"]


def test_intervals_stand_under_their_level_and_kind() -> None:
    found = rer.find_breaks(synthetic_shift(1.0))
    row, asked = found.breaks.iloc[0], found.regimes
    for name, level, same in (
        ("", 0.95, False), ("_90", 0.9, False), ("_same", 0.95, True), ("_same_90", 0.9, True),
    ):  # fmt: skip
        [ends] = break_intervals(asked.y, asked.x, asked.parts.breaks[1][0], level, same=same)
        labels = [MONTHS[int(end) - 1] for end in ends]
        assert [row[f"lower{name}"], row[f"upper{name}"]] == labels


@pytest.mark.parametrize("index", [MONTHS, MONTHS.to_period("M"), pd.RangeIndex(1850, 2010)])
def test_dates_come_back_as_they_were_given(index: Any) -> None:
    found = rer.find_breaks(SHIFTED.set_axis(index))
    assert found.breaks["date"][0] == index[79]
    assert found.plot().get_suptitle()


def test_a_trend_is_no_break_of_the_trend() -> None:
    trending = pd.Series(0.1 * np.arange(160) + SHIFTED.to_numpy() * 0 + noise(), MONTHS)
    with pytest.warns(UserWarning, match="as persistent as the level of a price"):
        assert rer.find_breaks(trending).n_breaks > 0
    assert rer.find_breaks(trending, trend=True).n_breaks == 0


def test_a_coefficient_can_break_while_the_level_does_not() -> None:
    driver = pd.Series(np.random.default_rng(8).normal(size=160), MONTHS)
    slopes = np.where(np.arange(160) < 70, 0.0, 2.0)
    series = pd.Series(slopes * driver.to_numpy() + noise(), MONTHS)
    found = rer.find_breaks(series, regressors=driver)
    assert found.n_breaks == 1
    assert abs(MONTHS.get_loc(found.breaks["date"][0]) - 69) <= 3


def noise() -> Any:
    return np.random.default_rng(9).normal(size=160)


def test_a_walk_without_breaks_has_them_by_every_criterion_and_the_guard_says_so() -> None:
    with pytest.warns(UserWarning, match="find_breaks of series.diff"):
        found = rer.find_breaks(synthetic_walk(4))
    assert found.n_breaks >= 3
    assert found.tests["p_value"].iloc[0] < 0.001 < 0.05 < found.guard.p_value
    assert "no more than persistence alone shows" in found.summary().headline
    assert found.guard.counts.mean() > 2


def test_the_remedy_of_the_warning_ends_it() -> None:
    prices = np.exp(synthetic_walk(4) / 20 + 5)
    with pytest.warns(UserWarning, match="find_breaks of") as warned:
        rer.find_breaks(prices)
    code = re.search(r"find_breaks of (.*?\.dropna\(\)), or", str(warned[0].message))
    assert code is not None
    assert code[1].startswith("np.log(series)")
    changes = eval(code[1], {"np": np, "series": prices})
    assert rer.find_breaks(changes).n_breaks == 0


def test_a_real_shift_passes_the_guard() -> None:
    found = rer.find_breaks(nile())
    guard = found.guard
    assert guard.p_value == (1 + (guard.largest >= guard.statistic).sum()) / 200 <= 0.05
    assert found.tests.iloc[-1][["test", "p_value"]].tolist() == ["any break", found.guard.p_value]
    assert found.tests.index.tolist() == list(range(len(found.asymptotic) + 1))


@pytest.mark.parametrize(
    ("count", "said"),
    [
        (0, "none shows"),
        (1, "one shows"),
        (2, "two show"),
        (9, "nine show"),
        (10, "ten show"),
        (150, "150 show"),
    ],
)
def test_drawn_series_that_show_as_much_are_counted(count: int, said: str) -> None:
    found = rer.find_breaks(SHIFTED)
    p = (1 + count) / (1 + found.guard.draws)
    found.__dict__["guard"] = replace(found.guard, p_value=p)  # kept as if it had been found
    headline = found.summary().headline
    assert f"{said} a statistic as large" in headline
    assert ("no more than persistence" in headline) == (count > 9)  # p of 0.05 is enough


def test_the_statistic_of_the_guard_is_the_largest_f_of_any_number_of_breaks() -> None:
    parts = Partitions(np.array([[10.0, 5.0, 4.0], [10.0, 8.0, 2.0]]), ())
    # by hand, 20 rows: 18 · 5/5, not 17/2 · 6/4; and 17/2 · 8/2, not 18 · 2/8
    np.testing.assert_allclose(largest_f(parts, 20, 1), [18.0, 34.0])
    np.testing.assert_allclose(largest_f(parts, 20, 2), [16.0, 28.0])  # 16/1 · 5/5, 14/2 · 8/2


def test_the_guard_is_the_same_from_run_to_run_and_changes_with_the_seed() -> None:
    first, again, other = (rer.find_breaks(nile(), seed=seed).guard for seed in (0, 0, 1))
    np.testing.assert_array_equal(first.counts, again.counts)
    assert (first.counts != other.counts).any()


def test_drawn_series_begin_as_the_observed_one_and_are_as_persistent() -> None:
    y = synthetic_walk(6, 300).to_numpy()
    null = fit_null(y, False, np.random.default_rng(0))
    drawn = null.draw(50, np.random.default_rng(0))
    assert drawn.shape == (300, 50)
    assert (drawn[0] == y[0]).all()
    assert null.root > 0.95
    steps = np.diff(drawn, axis=0)
    assert steps.std() == pytest.approx(np.diff(y).std(), rel=0.05)


def test_draws_get_fewer_beyond_500_rows_and_are_never_fewer_than_19() -> None:
    assert [*map(draws_for, (500, 501, 1000, 2000))] == [199, 198, 49, 19]


def test_dependence_is_estimated_from_ten_rows_of_a_regime_or_more() -> None:
    y, x = synthetic_shift().to_numpy(), np.ones((len(SHIFTED), 1))
    assert np.isfinite(sup_f(y, x, [10], True))
    assert np.isnan(sup_f(y, x, [9], True))
    assert np.isfinite(sup_f(y, x, [9], False))


def test_weights_are_those_of_the_nearest_share_that_is_tabulated() -> None:
    assert weights(False, 1, 0.24, 3) == weights(False, 1, 0.25, 3) != weights(False, 1, 0.2, 3)


def test_intervals_of_regimes_taken_as_alike_differ_where_their_spread_does() -> None:
    noise = np.random.default_rng(3).normal(size=160) * np.repeat([1.0, 0.1], 80)
    series = pd.Series(noise + 1.5 * (np.arange(160) >= 80), MONTHS, name="synthetic")
    row = rer.find_breaks(series, max_breaks=1).at(1).iloc[0]
    for level in ("", "_90"):
        apart, alike = ([row[f"{end}{kind}{level}"] for end in ("lower", "upper")]
                        for kind in ("", "_same"))  # fmt: skip
        assert apart != alike


@pytest.mark.parametrize("root", [0.0, 0.5, 0.9])
def test_persistence_is_estimated_without_the_bias_of_least_squares(root: float) -> None:
    """Andrews (1993): half of the estimates lie below the truth."""
    found = []
    for seed in range(60):
        rng = np.random.default_rng([seed, 7])
        y = np.zeros(150)
        for row, shock in enumerate(rng.normal(size=149), 1):
            y[row] = root * y[row - 1] + shock
        found.append(fit_null(y, False, rng).root)
    assert np.median(found) == pytest.approx(root, abs=0.06)


def test_long_series_are_guarded_by_fewer_draws_and_it_is_said() -> None:
    assert [draws_for(n) for n in (100, 500, 1000, 2000)] == [199, 199, 49, 19]
    rng = np.random.default_rng(0)
    days = pd.bdate_range("2020-01-01", periods=700)
    found = rer.find_breaks(pd.Series(rng.normal(size=700), days), max_breaks=2)
    assert f"Only {found.guard.draws} series were drawn" in found.summary().lines


def test_two_thousand_rows_with_trends_take_at_most_200_mib() -> None:
    days = pd.bdate_range("2018-01-01", periods=2000)
    series = pd.Series(np.random.default_rng(0).normal(size=2000), days)
    rer.find_breaks(SHIFTED, trend=True)  # what is imported late
    tracemalloc.start()
    rer.find_breaks(series, trend=True)
    assert tracemalloc.get_traced_memory()[1] < 200 * 2**20
    tracemalloc.stop()


STEPS = pd.Series(np.repeat([1.0, 2.0], 80), MONTHS)


@pytest.mark.parametrize(
    ("arguments", "kind", "says"),
    [
        ({"series": SHIFTED[:20]}, DataError, "has 20 rows, and 30 are needed"),
        ({"series": SHIFTED * 0}, DataError, "is 0 in every row"),
        ({"series": STEPS}, DataError, "fitted perfectly with one break"),
        ({"series": 1e6 / 7 * (STEPS + (MONTHS > "2022") / 3)}, DataError, "with two breaks"),
        ({"series": SHIFTED.drop(MONTHS[50])}, DataError, "no value for the months 2016-03"),
        ({"trim": 0.3}, SpecificationError, "set max_breaks=2, or"),
        ({"trim": 0.01}, SpecificationError, "trim must be a number from 0.05 to 0.4"),
        ({"series": SHIFTED[:40], "trim": 0.05}, SpecificationError, "set trim=0.1 or more"),
        ({"max_breaks": 0}, SpecificationError, "max_breaks must be a whole number from 1 to 10"),
        ({"trend": 1}, SpecificationError, "trend must be True or False"),
        ({"regressors": SHIFTED * 0 + 1}, DataError, "regressors is 1 in every row"),
        ({"regressors": SHIFTED[5:]}, DataError, "no finite number of regressors"),
        ({"regressors": pd.concat([SHIFTED, 2 * SHIFTED + 1], axis=1, keys=["a", "b"])},
         SpecificationError, "cannot be told apart"),
        ({"regressors": pd.Series(np.arange(160.0), MONTHS), "trend": True}, SpecificationError,
         "the level or the trend"),
        ({"regressors": (SHIFTED > 2).astype(float) * (np.arange(160) > 100)}, SpecificationError,
         "rows from January 2012 on"),
    ],
)  # fmt: skip
def test_what_has_no_answer_is_refused_by_name(
    arguments: dict[str, Any], kind: type[RareEarthError], says: str
) -> None:
    with pytest.raises(kind, match=re.escape(says)):
        rer.find_breaks(**{"series": SHIFTED, **arguments})


@pytest.mark.parametrize(
    ("bad", "mended"),
    [({"trim": 0.3}, {"trim": 0.3, "max_breaks": 2}),
     ({"series": SHIFTED[:40], "trim": 0.05}, {"series": SHIFTED[:40], "trim": 0.1})],
)  # fmt: skip
def test_the_remedies_of_refusals_work(bad: dict[str, Any], mended: dict[str, Any]) -> None:
    with pytest.raises(SpecificationError):
        rer.find_breaks(**{"series": SHIFTED, **bad})
    assert len(rer.find_breaks(**{"series": SHIFTED, **mended}).table) > 1


def test_sticky_quotes_are_remarked_in_the_answer() -> None:
    days = pd.bdate_range("2024-01-01", periods=200)
    sticky = pd.Series(np.repeat(np.random.default_rng(3).normal(size=40), 5), days)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        said = rer.find_breaks(sticky).summary().lines
    assert "80% of the steps from one session to the next change nothing" in said


@pytest.mark.filterwarnings("ignore:.*as persistent as the level")
def test_a_break_at_the_edge_of_what_trim_allows_is_remarked() -> None:
    for row, month in ((24, "December 2013"), (136, "April 2023")):
        found = rer.find_breaks(synthetic_shift(4.0, row=row), 1)
        said = f"{month} lies as near to an end of the sample as trim allows"
        assert said in found.summary().lines
        assert "Only 199" not in found.summary().lines
    within = rer.find_breaks(synthetic_shift(4.0, row=26), 1).summary().lines
    assert "lies as near" not in within


def test_an_interval_beyond_the_sample_ends_with_it() -> None:
    found = rer.find_breaks(synthetic_shift(0.6)).at(5)
    assert found["lower"].min() >= MONTHS[0]
    assert found["upper"].max() <= MONTHS[-1]
