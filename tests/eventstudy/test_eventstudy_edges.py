"""What an event study does where a statistic loses its meaning, or an input is half there."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import rareearth_research as rer
from rareearth_research.errors import DataError, SpecificationError

SESSIONS = 400
INDEX = pd.bdate_range("2020-01-01", periods=SESSIONS)
EVENT = INDEX[350]


def synthetic_returns(securities: int = 5, seed: int = 0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    market = rng.normal(0, 0.01, SESSIONS)
    own = rng.normal(0, 0.02, (SESSIONS, securities))
    frame = pd.DataFrame(market[:, None] + own, INDEX, [f"S{i}" for i in range(securities)])
    return frame.assign(MKT=market)


def table_of(returns: pd.DataFrame, **options) -> pd.DataFrame:
    return rer.EventStudy(returns, [EVENT], "MKT", **options).fit().table.set_index("test")


def test_copies_of_one_security_give_no_number_where_dispersion_is_needed() -> None:
    returns = synthetic_returns(1)
    returns = returns.assign(S1=1.7 * returns["S0"], S2=0.3 * returns["S0"] + 0.001)
    table = table_of(returns)
    for test in ("kp", "bmp", "grank"):
        assert np.isnan(table.loc[test, "statistic"])
        assert "copies of one series" in table.loc[test, "note"]
    assert table.loc["portfolio", "valid"]


def test_securities_that_mirror_each_other_leave_nothing_to_test() -> None:
    returns = synthetic_returns(1)
    returns = returns.assign(S1=2 * returns["MKT"] - returns["S0"])
    result = rer.EventStudy(returns, [EVENT], "MKT").fit()
    table = result.table.set_index("test")
    for test in ("kp", "kp_patell", "portfolio", "crude_dependence", "rank"):
        assert np.isnan(table.loc[test, "statistic"])
        assert "mirror" in table.loc[test, "note"]
    assert np.isnan(result.diagnostics["n_effective"])


def test_single_security_with_gaps_is_tested_on_the_days_it_traded() -> None:
    returns = synthetic_returns(1)
    returns.loc[INDEX[[150, 151, 160, 200]], "S0"] = np.nan
    result = rer.EventStudy(returns, [EVENT], "MKT").fit()
    residuals = result.fitted.residuals[0]
    residuals = residuals[~np.isnan(residuals)]
    table = result.table.set_index("test")
    spread = (residuals**2).sum() / (len(residuals) - 2)
    expected = result.car["car"].iloc[0] / np.sqrt(3 * spread)
    assert table.loc["crude_dependence", "statistic"] == pytest.approx(expected, rel=1e-12)
    scores = np.append(residuals, result.abnormal["abnormal_return"])
    scores = scores.argsort().argsort() + 1.0
    scores = scores / (len(scores) + 1) - 0.5
    expected = scores[-3:].sum() / np.sqrt(3 * (scores**2).mean())
    assert table.loc["rank", "statistic"] == pytest.approx(expected, rel=1e-12)


def test_return_without_its_benchmark_is_dropped_with_a_reason_not_left_out_of_the_sum() -> None:
    returns = synthetic_returns(2).rename(columns={"S0": "LYC.AX", "S1": "600111.SS"})
    benchmark = returns.pop("MKT").drop(EVENT)
    result = rer.EventStudy(returns, [EVENT, INDEX[320]], benchmark, model="market").fit()
    dropped = result.attrition[result.attrition["status"] == "dropped"]
    assert set(dropped["reason"]) == {"no_benchmark"}
    assert set(dropped["session"]) == {EVENT}


def test_placebo_sessions_without_a_benchmark_have_no_value() -> None:
    from rareearth_research.eventstudy.chance.rolling import rolling_study

    returns = synthetic_returns(2)
    market = returns.pop("MKT").to_numpy(copy=True)
    market[350] = np.nan
    study = rolling_study(
        returns.to_numpy(), market, estimation=(-260, -11), windows=[(-1, 1)], min_obs=200
    )
    assert np.isnan(study.car[0, 349:352]).all()
    assert np.isfinite(study.car[0, [348, 352]]).all()


def test_missing_risk_free_rate_never_drops_a_day_unseen() -> None:
    returns = synthetic_returns()
    factors = pd.DataFrame({"mkt": returns.pop("MKT"), "rf": 0.0001})
    factors.loc[EVENT, "rf"] = np.nan
    options = {"model": "factors", "factors": factors, "return_type": "simple"}
    with pytest.raises(DataError, match=f"no 'rf' on {EVENT.date()}"):
        rer.EventStudy(returns, [EVENT], **options)


@pytest.mark.parametrize("scale", [30, 100])
def test_per_cent_is_refused_also_for_calm_series(scale: float) -> None:
    returns = synthetic_returns()
    with pytest.raises(SpecificationError, match="per cent"):
        rer.EventStudy(returns * scale, [EVENT], "MKT")
    with pytest.raises(SpecificationError, match=r"'MKT'.*per cent"):
        rer.EventStudy(returns.assign(MKT=returns["MKT"] * scale), [EVENT], "MKT")


def test_numbered_columns_work_like_named_ones() -> None:
    named = synthetic_returns()
    numbered = named.set_axis(range(6), axis=1)
    expected = table_of(named)["statistic"]
    for benchmark in (5, "5", dict.fromkeys(range(5), 5)):
        found = rer.EventStudy(numbered, [EVENT], benchmark).fit()
        pd.testing.assert_series_equal(found.table.set_index("test")["statistic"], expected)


@pytest.mark.parametrize("dtype", ["float32", "Float64"])
def test_other_float_types_are_read(dtype: str) -> None:
    returns = synthetic_returns()
    found = table_of(returns.astype(dtype))["statistic"]
    np.testing.assert_allclose(found, table_of(returns)["statistic"], rtol=1e-4, equal_nan=True)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda r: r.set_axis([0, "0", *"abcd"], axis=1), "column '0' more than once"),
        (lambda r: pd.concat({"Close": r}, axis=1), "2 levels of column names"),
        (lambda r: r.astype(object), "column 'S0' of returns is object.*to_numeric"),
        (lambda r: r.to_period("D"), "to_timestamp"),
        (lambda r: r.tz_localize("UTC"), "tz_localize"),
        (lambda r: r[::-1], "sort_index"),
    ],
)
def test_frames_that_are_no_returns_are_refused_with_a_remedy(change, message: str) -> None:
    with pytest.raises(DataError, match=message):
        rer.EventStudy(change(synthetic_returns()), [EVENT], "MKT")


@pytest.mark.parametrize("date", [20210504, 5.0, "04/05/2021", "4.5.2021"])
def test_dates_that_read_two_ways_are_refused(date: object) -> None:
    for events in ([date], pd.DataFrame({"event_id": ["a"], "date": [date]})):
        with pytest.raises(SpecificationError, match=r"YYYY-MM-DD|2021-05-04"):
            rer.EventStudy(synthetic_returns(), events, "MKT")


def test_categorical_columns_and_extra_ones_change_nothing() -> None:
    events = pd.DataFrame({"event_id": ["a", "b"], "date": [EVENT, INDEX[320]], "extra": [1, 2]})
    events["confounders"] = ["another announcement", None]
    returns = synthetic_returns()
    plain = rer.EventStudy(returns, events, "MKT").fit()
    for name in ("event_id", "confounders"):
        events[name] = events[name].astype("category")
    same = rer.EventStudy(returns, events, "MKT").fit()
    pd.testing.assert_frame_equal(plain.table, same.table)
    assert plain.diagnostics["confounded"] == same.diagnostics["confounded"] == 5


@pytest.mark.parametrize("windows", [[-1, 1], (-1, 1), [[-1, 1]], np.array([[-1, 1]])])
def test_windows_may_be_tuples_lists_or_arrays(windows: object) -> None:
    assert set(table_of(synthetic_returns(), windows=windows)["window"]) == {"[-1, 1]"}


def test_mapping_with_an_unknown_key_is_refused() -> None:
    with pytest.raises(SpecificationError, match=r"maps 'S9'.*nearest"):
        rer.EventStudy(synthetic_returns(), [EVENT], {"S0": "MKT", "S9": "MKT"})


def test_no_tests_at_all_is_refused() -> None:
    with pytest.raises(SpecificationError, match="tests is empty"):
        rer.EventStudy(synthetic_returns(), [EVENT], "MKT", tests=[])


@pytest.mark.parametrize(
    ("securities", "events", "words"),
    [
        (1, [EVENT], ("One security moved by ", "around one event: ")),
        (1, [EVENT, INDEX[320]], ("One security moved on average by ", "around two events: ")),
        (3, [EVENT], ("Three securities moved on average by ", "around one event: ")),
        (3, [EVENT, INDEX[320]], ("Three securities moved on average by ", "around two events: ")),
    ],
)
def test_summary_says_who_was_averaged(securities: int, events: list, words: tuple) -> None:
    result = rer.EventStudy(synthetic_returns(securities), events, "MKT").fit()
    begin, end = words
    headline = result.summary().headline
    assert headline.startswith(begin)
    assert end in headline
    assert "95 % interval" in headline
    assert max(map(len, repr(result).splitlines())) <= 100


@pytest.mark.parametrize(
    ("jump", "words"),
    [(0.5, ": an unusual stretch of three sessions."), (0.0, "this study cannot tell")],
)
def test_summary_speaks_of_evidence(jump: float, words: str) -> None:
    returns = synthetic_returns(10)
    returns.loc[EVENT, "S0":"S9"] += jump
    result = rer.EventStudy(returns, [EVENT], "MKT").fit()
    assert words in result.summary().headline
    assert "All 10 pairs share one event date" in repr(result)


def test_summary_says_why_there_is_no_verdict() -> None:
    returns = synthetic_returns(1)
    copy = rer.EventStudy(returns.assign(S0=returns["MKT"]), [EVENT], "MKT").fit()
    assert "explained exactly by the model" in copy.summary().headline
    invalid = rer.EventStudy(synthetic_returns(3), [EVENT], "MKT", tests=["patell"]).fit()
    every = rer.EventStudy(synthetic_returns(3), [EVENT], "MKT").fit()
    assert invalid.summary().headline == every.summary().headline  # whichever tests are shown


@pytest.mark.parametrize("gap", ["security", "benchmark"])
def test_params_carry_r_squared_of_least_squares(gap: str) -> None:
    import statsmodels.api as sm

    returns = synthetic_returns(2)
    if gap == "security":
        returns.loc[INDEX[150:160], "S1"] = np.nan
    market = returns["MKT"].drop(INDEX[170:175] if gap == "benchmark" else [])
    options = {"exchanges": "own"} if gap == "benchmark" else {}
    result = rer.EventStudy(returns.drop(columns="MKT"), [EVENT], market, **options).fit()
    past = returns.assign(MKT=market).iloc[90:340]
    for security, found in result.params.set_index("security")["r_squared"].items():
        fit = sm.OLS(past[security], sm.add_constant(past["MKT"]), missing="drop").fit()
        assert found == pytest.approx(fit.rsquared, rel=1e-10)


def test_pairs_left_after_dropping_overlaps_no_longer_count_as_overlapping() -> None:
    events = [EVENT, INDEX[352]]
    flagged = rer.EventStudy(synthetic_returns(), events, "MKT").fit()
    dropped = rer.EventStudy(synthetic_returns(), events, "MKT", overlap="drop").fit()
    assert flagged.diagnostics["overlapping"] == 10
    assert dropped.diagnostics["overlapping"] == 0
    assert dropped.table.set_index("test").loc["portfolio", "valid"]
    assert list(dropped.attrition["reason"].value_counts()) == [5, 5]


def test_leaving_out_the_only_event_is_refused() -> None:
    result = rer.EventStudy(synthetic_returns(), [EVENT], "MKT").fit()
    with pytest.raises(SpecificationError, match="at least two"):
        rer.leave_one_out(result)


def test_ported_forms_are_for_comparison_only() -> None:
    with pytest.warns(UserWarning, match="over-rejects"):
        study = rer.EventStudy(synthetic_returns(), [EVENT], "MKT", convention="eventstudy2")
    table = study.fit().table.set_index("test")
    ported = table.loc[["patell", "bmp", "kp", "kp_patell", "grank"]]
    assert not ported["valid"].any()
    assert ported["note"].str.contains("as eventstudy2 computes it").all()
    assert table.loc["portfolio", "valid"]
