"""A test of the user's own is run as the package's are, and its size measured."""

from __future__ import annotations

import doctest
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import rareearth_research as rer
from rareearth_research.errors import SpecificationError
from rareearth_research.eventstudy.sizes import rejections
from tests.support.eventstudy_cases import synthetic_returns

RETURNS = synthetic_returns(securities=6, shared=0.01)


def plain_t(sample: Any) -> float:
    return float(stats.ttest_1samp(sample.car, 0).pvalue)


def fit(*tests: Any) -> rer.EventStudyResults:
    return rer.EventStudy(RETURNS, [RETURNS.index[300]], "MKT", tests=list(tests)).fit()


def test_an_own_test_stands_beside_the_others_under_its_name() -> None:
    table = fit("kp", plain_t, "cross_sectional").table.set_index("test")
    assert list(table.index) == ["kp", "plain_t", "cross_sectional"]
    own, same = table.loc["plain_t"], table.loc["cross_sectional"]
    assert own["p_value"] == pytest.approx(same["p_value"], rel=1e-9)
    assert (own["valid"], own["note"], own["n"]) == (True, "own test", 6)
    assert table["headline"].tolist() == [True, False, False]


def test_an_own_test_may_give_its_statistic_too() -> None:
    def both(sample: Any) -> Any:
        return stats.ttest_1samp(sample.car, 0)

    table = fit(both, "cross_sectional").table.set_index("test")
    assert table.loc["both", "statistic"] == pytest.approx(
        table.loc["cross_sectional", "statistic"], rel=1e-9
    )


def test_an_own_test_alone_leads_and_sees_every_documented_array() -> None:
    def seen(sample: Any) -> float:
        n, length = sample.residuals.shape
        assert (n, length) == (6, 250)
        assert sample.abnormal.shape == sample.standardised.shape == (6, 3)
        for name in ("car", "variance", "scar", "bhar", "sigma2", "n_obs", "cluster", "block"):
            assert getattr(sample, name).shape == (6,), name
        return 0.5

    result = fit(seen)
    assert result.headline["test"] == "seen"
    assert result.headline["p_value"] == 0.5


def test_a_missing_p_value_is_no_verdict() -> None:
    def never(sample: Any) -> float:
        return np.nan

    row = fit("kp", never).table.set_index("test").loc["never"]
    assert not row["valid"]
    assert row["note"] == "own test: gives no p-value here"


@pytest.mark.parametrize(
    "returned", [None, "0.05", 1.2, -0.1, True, (1.0, 2.0, 0.5), [0.5], np.zeros(2), {"p": 0.5}]
)
def test_what_is_no_p_value_is_refused_by_the_name_of_the_test(returned: Any) -> None:
    def strange(sample: Any) -> Any:
        return returned

    with pytest.raises(SpecificationError, match="tests: 'strange' returned"):
        fit(strange)
    with pytest.raises(SpecificationError, match="function: 'strange' returned"):
        rer.size_of(strange, "independent_3", 1)


def test_an_own_test_that_fails_is_named_with_its_error() -> None:
    def broken(sample: Any) -> float:
        return sample.cra.sum()

    with pytest.raises(SpecificationError, match="'broken' failed on 6 pairs with AttributeError"):
        fit(broken)


def test_names_of_own_tests_are_their_own() -> None:
    def kp(sample: Any) -> float:
        return 0.5

    def twice() -> Any:
        def same(sample: Any) -> float:
            return 0.5

        return same

    with pytest.raises(SpecificationError, match="a function named 'kp'"):
        fit(kp)
    with pytest.raises(SpecificationError, match="two functions named 'same'"):
        fit(twice(), twice())
    with pytest.raises(SpecificationError, match="has no name"):
        fit(partial(plain_t))


def test_size_of_counts_the_rejections_of_each_design_and_level() -> None:
    designs = ["one_date_3", "neighbours_short"]
    found = rer.size_of(plain_t, designs, 40, seed=5, progress=False)
    assert found.index.tolist() == list(range(len(found)))
    columns = "design description securities level rejection std_error replications"
    assert found.columns.tolist() == columns.split()
    assert list(found.columns) == [
        "design", "description", "securities", "level", "rejection", "std_error", "replications",
    ]  # fmt: skip
    assert found["design"].tolist() == np.repeat(designs, 3).tolist()
    assert found["securities"].tolist() == [3] * 3 + [12] * 3
    assert found.groupby("design")["rejection"].apply(lambda p: p.is_monotonic_increasing).all()
    again = rer.size_of(plain_t, designs[1], 40, seed=5, progress=False)
    pd.testing.assert_frame_equal(again, found.iloc[3:].reset_index(drop=True))


def test_the_example_of_size_of_prints_what_it_shows() -> None:
    assert doctest.testmod(rejections).failed == 0


@pytest.mark.simulation
def test_the_plain_cross_sectional_t_is_wrong_one_time_in_three_on_one_date() -> None:
    found = rer.size_of(plain_t, "one_date", 2500, progress=False).set_index("level")
    # of 10,000 studies it rejected 35 %; three standard errors of 2,500 are 2.9 points
    assert found.loc[0.05, "rejection"] == pytest.approx(0.35, abs=0.029)
