"""What is not understood does not become a number, and what a message advises works."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

import rareearth_research as rer
from rareearth_research.errors import RareEarthError, SpecificationError
from rareearth_research.eventstudy import EventStudy, EventStudyResults
from rareearth_research.eventstudy.inputs.frame.values import check_levels
from tests.support.eventstudy_cases import synthetic_returns

RETURNS = synthetic_returns(500)
DAYS = RETURNS.index
EVENT = DAYS[350]
EVENTS = pd.DataFrame(
    {"event_id": ["a", "b"], "date": [EVENT, DAYS[420]], "security": ["S0", "S1"]}
)
FACTORS = pd.DataFrame({"mkt": RETURNS["MKT"], "smb": RETURNS["S5"] / 3})
NAN = float("nan")


def fit(returns: Any = RETURNS, events: Any = EVENTS, **options: Any) -> EventStudyResults:
    return EventStudy(returns, events, **{"benchmark": "MKT", **options}).fit()


def refusal(*given: Any, **options: Any) -> str:
    with pytest.raises(RareEarthError) as caught:
        fit(*given, **options)
    assert len(str(caught.value)) < 700
    return str(caught.value)


def with_value(value: Any, row: int = 300, column: int = 0) -> pd.DataFrame:
    frame = RETURNS.astype(object) if isinstance(value, str) else RETURNS.copy()
    frame.iloc[row, column] = value
    return frame


# --- days --------------------------------------------------------------------------------------

NO_DAYS = [
    "2020-05", "2020", "2020Q2", "May 2020", "5/2020", "05.06.2020", "13.06.2020", "06/05/2020",
    "2020-05-06T16:30", "May 6, 2020", "TBD", "n/a", "2020-02-30", "0000-01-01", "today",
    2020, 20200506, 43957, 43957.0, True, b"2020-05-06", pd.Period("2020-05"),
    pd.Timestamp("2020-05-06 16:30"), np.datetime64("2020-05"),
]  # fmt: skip


@pytest.mark.parametrize("value", NO_DAYS, ids=repr)
def test_what_is_no_day_is_no_event(value: Any) -> None:
    assert "events, a list of dates: in row 1" in refusal(events=[EVENT, value])
    dates = pd.Series([EVENT, value], dtype=object)
    assert "event 'b' (row 1): date" in refusal(events=EVENTS.assign(date=dates))


@pytest.mark.parametrize("column", ["effective_date", "reported_date"])
@pytest.mark.parametrize("value", NO_DAYS, ids=repr)
def test_other_dates_of_an_event_are_read_alike(column: str, value: Any) -> None:
    dates = pd.Series([pd.NaT, value], dtype=object)
    assert f"event 'b' (row 1): {column}" in refusal(events=EVENTS.assign(**{column: dates}))


@pytest.mark.parametrize("value", NO_DAYS, ids=repr)
def test_dates_of_side_tables_are_read_alike(value: Any) -> None:
    known = pd.DataFrame({"event_id": ["k"], "date": pd.Series([value], dtype=object)})
    assert "known_events: event 'k'" in refusal(known_events=known)
    limits = pd.Series([value], dtype=object)
    exposure = pd.DataFrame({"ticker": ["S0"], "exposure_from": limits, "exposure_until": ""})
    assert "exposure_from in row 'S0'" in refusal(exposure=exposure)
    flags = pd.DataFrame({"date": limits, "ticker": ["S0"], "flag": "limit_up"})
    assert "price_flags: date in row 0" in refusal(price_flags=flags, limit_days="flag")


@pytest.mark.parametrize(
    "dates",
    [
        ["2020-05-06"],
        [pd.Timestamp("2020-05-06").date()],
        pd.DatetimeIndex(["2020-05-06"]),
        np.array(["2020-05-06"], dtype="M8[D]"),
        pd.period_range("2020-05-06", periods=1, freq="D"),
    ],
    ids=repr,
)
def test_days_are_read_from_lists_and_frames_alike(dates: Any) -> None:
    listed = fit(events=dates)
    framed = fit(events=pd.DataFrame({"event_id": ["2020-05-06"], "date": dates}))
    pd.testing.assert_frame_equal(listed.car, framed.car)
    assert listed.car["session"].eq(pd.Timestamp("2020-05-06")).all()


def test_an_instant_counts_from_its_clock_in_lists_and_frames_alike() -> None:
    instant = "2020-05-06T21:00+00:00"  # 17:00 in New York, after the bell
    listed = fit(events=[instant])
    framed = fit(events=pd.DataFrame({"event_id": ["x"], "date": [instant]}))
    assert (
        listed.car["session"].unique()
        == framed.car["session"].unique()
        == DAYS[DAYS > "2020-05-06"][0]
    )


@pytest.mark.parametrize("precision", ["month", "quarter", "year"])
def test_a_month_is_no_day_in_a_frame_of_ones_own_either(precision: str) -> None:
    result = fit(events=EVENTS.assign(date_precision=[precision, "day"]))
    assert result.attrition["reason"].tolist() == ["imprecise_date", ""]
    assert "date_precision='about'" in refusal(events=EVENTS.assign(date_precision="about"))


# --- what is given is read, refused or said ------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    ["estimation_start", "est_end", "event_window", "benchmark", "weight", "exchange", "timezone",
     "exclude", "event_date", "datetime", "announced_date", "time", "Date", "confounded"],
)  # fmt: skip
def test_a_column_that_looks_like_input_and_is_not_read_is_refused(name: str) -> None:
    events = EVENTS.assign(**{name: 1})
    assert f"events.drop(columns={name!r})" in refusal(events=events)
    assert len(fit(events=events.drop(columns=name)).car) == 2


def test_columns_that_cannot_change_the_answer_are_carried_and_said() -> None:
    result = fit(events=EVENTS.assign(company="Acme", title="News", window_start=0))
    said = "Columns of events that are not used: 'company', 'window_start'."
    assert result.notes == (said,)
    assert said in str(result.summary())


@pytest.mark.parametrize("symbol", ["^GSPC", "SPY", "spy.us", "SPX Index"])
def test_a_market_among_the_columns_is_studied_only_where_it_is_named(symbol: str) -> None:
    own = RETURNS.rename(columns={RETURNS.columns[0]: symbol})
    plain = {"returns": own, "events": EVENTS[["event_id", "date"]], "benchmark": None}
    plain["model"] = "mean"
    result = fit(**plain)
    assert symbol not in {*result.car["security"]}
    assert any(f"by its symbol: {symbol!r}; to study it, name" in note for note in result.notes)
    named = EVENTS.assign(security=symbol)
    assert {*fit(**plain | {"events": named}).car["security"]} == {symbol}
    alone = fit(**plain | {"returns": own[[symbol]]})
    assert {*alone.car["security"]} == {symbol}
    assert "by its symbol" not in " ".join(alone.notes)


def test_the_shipped_list_makes_no_noise() -> None:
    events = rer.load_events(event_ids="cn-2025-10-no61-no62")
    assert rer.EventStudy(rer.load_returns(["MP"]), events, "SPY").fit().notes == ()


SIDE: dict[str, tuple[Any, dict[str, Any]]] = {
    "price_flags": (
        pd.DataFrame({"date": [EVENT], "ticker": ["S0"], "flag": ["limit_up"]}),
        {"limit_days": "flag"},
    ),
    "exposure": (
        pd.DataFrame({"ticker": ["S0"], "exposure_from": ["2020-01-01"], "exposure_until": [""]}),
        {},
    ),
}


@pytest.mark.parametrize("name", SIDE)
def test_a_side_table_that_matches_nothing_is_refused(name: str) -> None:
    table, options = SIDE[name]
    assert f"{name} names no security" in refusal(**{name: table.assign(ticker="Z"), **options})
    assert f"{name} names ' s0'" in refusal(**{name: table.assign(ticker=" s0"), **options})
    both = pd.concat([table, table.assign(ticker="Z")])
    assert fit(**{name: both, **options}).notes[0].endswith("such column: 'Z'.")
    assert fit(**{name: table, **options}).notes == ()


def test_known_events_that_match_nothing_are_refused() -> None:
    assert "known_events: none of them falls on" in refusal(known_events=["2031-01-06"])


def test_known_events_of_a_security_confound_that_security_only() -> None:
    known = pd.DataFrame({"event_id": ["k"], "date": [EVENT], "security": ["S3"]})
    result = fit(events=[EVENT], known_events=known)
    flagged = result.attrition.set_index("security")["flags"]
    assert flagged[flagged != ""].to_dict() == {"S3": "confounded"}


WEIGHTS = pd.Series(1.0, RETURNS.columns)


@pytest.mark.parametrize(
    ("idle", "mended"),
    [
        ({"price_flags": SIDE["price_flags"][0]}, {"limit_days": "flag"}),
        ({"limit_days": "flag"}, {"price_flags": SIDE["price_flags"][0]}),
        ({"factors": FACTORS}, {"model": "factors"}),
        ({"leads_lags": 2}, {"model": "dimson"}),
        ({"weights": WEIGHTS, "tests": ["kp"]}, {"tests": ["kp", "portfolio"]}),
    ],
    ids=str,
)
def test_an_argument_without_effect_is_refused_with_what_gives_it_one(
    idle: dict[str, Any], mended: dict[str, Any]
) -> None:
    said = refusal(**idle)
    assert all(name in said for name in (*idle, *mended) if name != "tests")
    fit(**{**idle, **mended})


def test_a_benchmark_that_the_model_does_not_use_is_said() -> None:
    assert fit(model="mean").notes == ()  # it keeps the column from the securities
    other = fit(RETURNS.drop(columns="MKT"), model="mean", benchmark=RETURNS["MKT"])
    assert other.notes == ("The benchmark is not used: model='mean' takes none.",)


@pytest.mark.parametrize("no", [False, "no", "None", 0, 0.0, "-", NAN, None, "", "n/a", "FALSE"])
def test_a_confounders_column_that_says_no_means_none(no: object) -> None:
    named = pd.Series([no, "central bank day"], dtype=object)
    assert fit(events=EVENTS.assign(confounders=named)).diagnostics["confounded"] == 1
    assert fit(events=EVENTS.assign(confounders=True)).diagnostics["confounded"] == 2


# --- suffixes ------------------------------------------------------------------------------------


@pytest.mark.parametrize("suffix", ["XX", "CA", "ZZZ", "xx"])
def test_an_unknown_suffix_is_refused_alone_and_beside_known_ones(suffix: str) -> None:
    name = f"ERA.{suffix}"
    alone = RETURNS[["S0", "MKT"]].rename(columns={"S0": name})
    beside = alone.assign(**{"LYC.AX": RETURNS["S1"]})
    for frame in (alone, beside):
        assert f"exchanges={{{name!r}: 'own'}}" in refusal(frame, [EVENT])
        mended = fit(frame, [EVENT], exchanges={name: "own"}).car.set_index("security")
        plain = fit(RETURNS[["S0", "MKT"]], [EVENT]).car["car"].item()
        assert mended.loc[name, "car"] == pytest.approx(plain, rel=1e-12)


@pytest.mark.parametrize("name", ["ERA.PA", "S0", "BRK.B", "Lynas Ltd."])
@pytest.mark.parametrize("neighbour", ["LYC.AX", "UCU.V", "600111.SH", "DAX"])
def test_a_neighbour_changes_no_answer(name: str, neighbour: str) -> None:
    """New York is closed on the event day, and the frame and Paris are not."""
    closed = ["2020-05-25"]
    alone = RETURNS[["S0", "MKT"]].rename(columns={"S0": name})
    both = fit(alone.assign(**{neighbour: RETURNS["S1"]}), closed)
    own = both.car[both.car["security"] == name]
    np.testing.assert_allclose(own["car"], fit(alone, closed).car["car"], rtol=1e-12)
    told = any("New York was closed on" in note for note in both.notes)
    assert told is ((name == "ERA.PA") == (neighbour == "DAX"))


def test_names_of_benchmarks_may_have_any_dot() -> None:
    frame = RETURNS.rename(columns={"MKT": "MKT.RF"})
    pd.testing.assert_frame_equal(fit(frame, benchmark="MKT.RF").car, fit().car)


# --- values --------------------------------------------------------------------------------------

CODES = [-9.0, -66.0, -77.0, -99.0, -999.0, -9999.0, 9.0, 99.0, 1e308]


@pytest.mark.parametrize("code", CODES)
def test_a_code_for_a_missing_value_is_no_return(code: float) -> None:
    said = refusal(with_value(code))
    assert f"'S0' of returns is {code:g} on {DAYS[300].date()}" in said
    assert "returns.mask((returns < -5) | (returns > 3))" in said
    bad = with_value(code)
    mended = fit(bad.mask((bad < -5) | (bad > 3)))
    pd.testing.assert_frame_equal(mended.car, fit(with_value(NAN)).car)


@pytest.mark.parametrize("code", [*CODES, np.inf])
def test_codes_are_found_in_benchmark_and_factors_too(code: float) -> None:
    bad = RETURNS["MKT"].copy()
    bad.iloc[300] = code
    factors = FACTORS.assign(mkt=bad)
    for said in (
        refusal(benchmark=bad),
        refusal(RETURNS.assign(MKT=bad)),
        refusal(model="factors", factors=factors),
    ):
        assert str(DAYS[300].date()) in said


@pytest.mark.parametrize("code", [-0.99, -0.66, 0.999])
def test_small_codes_are_found_where_they_come_back(code: float) -> None:
    one_column, two_columns = RETURNS.copy(), RETURNS.copy()
    one_column.iloc[[100, 300], 0] = code
    two_columns.iloc[100, 0] = two_columns.iloc[300, 1] = code
    for frame in (one_column, two_columns):
        assert f"returns.replace({code!r}, float('nan'))" in refusal(frame)
        fit(frame.replace(code, NAN))


@pytest.mark.parametrize("move", [1.6, -2.5, 0.7, -0.66])
def test_large_moves_of_real_shares_pass(move: float) -> None:
    fit(with_value(move))


def test_a_simple_loss_of_more_than_everything_is_no_benchmark() -> None:
    bad = RETURNS["MKT"].copy()
    bad.iloc[300] = -1.2
    assert "simple return" in refusal(benchmark=bad, return_type="simple")


@pytest.mark.parametrize("sd", [0.1, 0.15, 0.28, 1.0])
def test_per_cent_of_a_calm_series_is_no_fraction(sd: float) -> None:
    calm = pd.DataFrame({"SGD": np.random.default_rng(0).normal(0, sd, 1500)})
    calm = calm.set_axis(pd.bdate_range("2015-01-01", periods=1500))
    options: dict[str, Any] = {"model": "mean", "benchmark": None}
    assert "divide per cent by 100" in refusal(calm, [calm.index[700]], **options)
    fit(calm / 100, [calm.index[700]], **options)


def test_no_shipped_series_is_taken_for_per_cent_or_codes() -> None:
    from rareearth_research.eventstudy.inputs.checks import check_returns

    returns = rer.load_returns()
    for year in range(2009, 2026):
        check_returns(returns.loc[f"{year}-01" : f"{year}-12"])
    for kind in ("log", "simple"):
        check_returns(rer.load_returns(kind=kind), kind)


@pytest.mark.parametrize("rf", [0.05, 0.02, 0.004])
def test_a_risk_free_rate_per_year_or_in_per_cent_is_found(rf: float) -> None:
    options: dict[str, Any] = {"model": "factors", "return_type": "simple"}
    said = refusal(factors=FACTORS.assign(rf=rf), **options)
    assert "divide per cent by 100, and a rate per year by 252" in said
    fit(factors=FACTORS.assign(rf=rf / 252), **options)


@pytest.mark.parametrize("name", ["risk_free", "Risk Free", "RF_daily", "rate", "TB3MS", "RFR"])
def test_a_risk_free_rate_under_another_name_is_no_factor(name: str) -> None:
    options: dict[str, Any] = {"model": "factors", "return_type": "simple"}
    factors = FACTORS.assign(**{name: 0.0001})
    assert f"factors.rename(columns={{{name!r}: 'rf'}})" in refusal(factors=factors, **options)
    mended = fit(factors=factors.rename(columns={name: "rf"}), **options)
    for written in ("rf", "RF ", " Rf"):
        same = fit(factors=FACTORS.assign(**{written: 0.0001}), **options)
        pd.testing.assert_frame_equal(same.car, mended.car)


def test_a_rate_is_a_level_unless_it_falls_below_zero_and_free_of_risk_is_always_one() -> None:
    options: dict[str, Any] = {"model": "factors", "return_type": "simple"}
    level = np.where(np.arange(len(DAYS)) % 2, 0.0001, 0.0)
    assert "looks like a risk-free rate" in refusal(factors=FACTORS.assign(rate=level), **options)
    fit(factors=FACTORS.assign(rate=level - 0.00005), **options)
    for name in ("RF", "risk free"):
        given = FACTORS.assign(**{name + " rate": level - 0.00005})
        assert "looks like a risk-free rate" in refusal(factors=given, **options)


def test_weekends_filled_with_the_last_price_are_refused() -> None:
    daily = pd.date_range(DAYS[0], DAYS[-1])
    padded = RETURNS.reindex(daily, fill_value=0.0)
    assert "returns[returns.index.day_of_week < 5]" in refusal(padded)
    pd.testing.assert_frame_equal(fit(padded[padded.index.day_of_week < 5]).car, fit().car)
    alone = padded.drop(columns="MKT")
    assert "day_of_week" in refusal(alone, benchmark=padded["MKT"])
    assert "day_of_week" in refusal(alone[["S0"]], [EVENT], benchmark=None, model="mean")


def test_holidays_filled_with_the_last_price_are_refused() -> None:
    days = DAYS[[60, 200, 330]]
    padded = RETURNS.copy()
    padded.loc[days] = 0.0
    listed = ", ".join(f"'{day.date()}'" for day in days)
    assert f"returns.drop(pd.to_datetime([{listed}]))" in refusal(padded)
    pd.testing.assert_frame_equal(fit(padded.drop(days)).car, fit(RETURNS.drop(days)).car)


def test_shares_that_stand_still_together_are_no_holiday() -> None:
    thin = RETURNS[["S0", "S1", "MKT"]].copy()
    still = np.random.default_rng(0).random((len(thin), 3)) < 0.3
    fit(thin.mask(still, 0.0), [EVENT])


@pytest.mark.parametrize("value", [-1.0, 0.0, np.inf, 1e300])
def test_what_is_no_price_is_named(value: float) -> None:
    prices = np.exp(RETURNS.cumsum()).to_numpy()
    prices[7, 2] = value
    with pytest.raises(RareEarthError, match=f"'S2' of prices .* {DAYS[7].date()}"):
        check_levels(prices, DAYS, list(RETURNS.columns), "prices")
    if value == 0:
        check_levels(prices, DAYS, list(RETURNS.columns), "volumes", zero=True)


# --- arguments -----------------------------------------------------------------------------------

JUNK = [
    float("nan"), float("inf"), -1, 3.5, 10**30, "", "x" * 10**6, [], [1], [[1]], (None, None),
    {}, {1: [2]}, set(), b"a", object(), np.array(3), np.zeros((2, 2)), pd.Series(dtype=float),
    pd.Series(["a"]), pd.DataFrame(), pd.DataFrame({"a": [1]}), pd.NaT, pd.NA, len, range(3),
]  # fmt: skip
NEEDS: dict[str, dict[str, Any]] = {
    "factors": {"model": "factors"},
    "leads_lags": {"model": "dimson"},
    "limit_days": {"price_flags": SIDE["price_flags"][0]},
    "price_flags": {"limit_days": "flag"},
}
ARGUMENTS = (
    "returns", "events", "benchmark", "model", "estimation", "windows", "tests", "timing", "rule",
    "max_shift", "return_type", "convention", "min_obs", "factors", "confounders", "overlap",
    "known_events", "leave_out", "gaps", "leads_lags", "limit_days", "price_flags", "exposure",
    "weights",
)  # fmt: skip


@pytest.mark.parametrize("name", ARGUMENTS)
def test_every_argument_is_judged_at_the_border_and_named(name: str) -> None:
    for value in JUNK:
        said = refusal(**{**NEEDS.get(name, {}), name: value})
        assert name in said, value


def test_windows_beyond_the_data_are_refused() -> None:
    assert "windows: [0, 1000000]" in refusal(windows=[(0, 10**6)])
    assert "lower leads_lags" in refusal(model="dimson", leads_lags=1000)
    assert "lies before them" in refusal(estimation=(-(10**6), -(10**6) + 100))


def test_estimation_on_what_is_tested_is_refused() -> None:
    for run in (lambda pair: refusal(estimation=pair), together):
        assert "estimation: [1, 260] overlaps event window [-1, 1]" in run((1, 260))
        assert "estimation: [-100, 0] overlaps event window [-1, 1]" in run((-100, 0))


def together(pair: tuple[int, int]) -> str:
    from rareearth_research.reports.reading.meaning import check_together

    with pytest.raises(SpecificationError) as caught:
        check_together({"estimation": list(pair), "windows": [[-1, 1]]})
    return str(caught.value)


@pytest.mark.parametrize(
    ("change", "advice", "mend"),
    [
        (
            lambda r: r.astype(object).replace(r.iloc[9, 0], "C"),
            "'C' on 2019-01-14); returns.apply(pd.to_numeric, errors='coerce')",
            lambda r: r.apply(pd.to_numeric, errors="coerce"),
        ),
        (
            lambda r: r.set_axis(r.index.strftime("%Y%m%d").astype(int)),
            "pd.to_datetime(returns.index.astype(str), format='%Y%m%d')",
            lambda r: r.set_axis(pd.to_datetime(r.index.astype(str), format="%Y%m%d")),
        ),
        (
            lambda r: r.set_axis((r.index - pd.Timestamp("1899-12-30")).days),
            "pd.to_datetime(returns.index, unit='D', origin='1899-12-30')",
            lambda r: r.set_axis(pd.to_datetime(r.index, unit="D", origin="1899-12-30")),
        ),
        (
            lambda r: r.set_axis(r.index.strftime("%Y-%m-%d")),
            "returns.set_axis(pd.to_datetime(returns.index))",
            lambda r: r.set_axis(pd.to_datetime(r.index)),
        ),
        (
            lambda r: r.set_axis(r.index.strftime("%d.%m.%Y")),
            "returns.set_axis(pd.to_datetime(returns.index, format='%d.%m.%Y'))",
            lambda r: r.set_axis(pd.to_datetime(r.index, format="%d.%m.%Y")),
        ),
        (
            lambda r: r.tz_localize("Asia/Shanghai"),
            "returns.set_axis(returns.index.tz_localize(None).normalize())",
            lambda r: r.set_axis(r.index.tz_localize(None).normalize()),
        ),
        (
            lambda r: r.tz_localize("Asia/Shanghai").tz_convert("UTC"),
            "returns.index.tz_convert('Asia/Shanghai').tz_localize(None).normalize()",
            lambda r: r.set_axis(
                r.index.tz_convert("Asia/Shanghai").tz_localize(None).normalize()
            ),
        ),
        (
            lambda r: r.set_axis(r.index + pd.Timedelta(hours=16)),
            "returns.set_axis(returns.index.normalize())",
            lambda r: r.set_axis(r.index.normalize()),
        ),
        (
            lambda r: pd.concat([r / 2, (r / 2).set_axis(r.index + pd.Timedelta(hours=9))]),
            "returns.groupby(returns.index.normalize()).sum(min_count=1)",
            lambda r: r.groupby(r.index.normalize()).sum(min_count=1),
        ),
        (
            lambda r: pd.concat([r, r.iloc[:3]]),
            "returns[~returns.index.duplicated()]",
            lambda r: r[~r.index.duplicated()],
        ),
        (
            lambda r: r + 1,
            "lies around 1, as gross returns (1 + r) do; subtract 1",
            lambda r: r - 1,
        ),
        (
            lambda r: r.assign(S1=(r["S1"] * 100).astype(str) + "%"),
            "lambda c: c if c.dtype.kind == 'f' else c.str.rstrip('%').astype(float) / 100",
            lambda r: r.assign(S1=r["S1"].str.rstrip("%").astype(float) / 100),
        ),
        (
            lambda r: r.assign(comment="x"),
            "'x' on 2019-01-01); leave it out, with returns.drop(columns='comment')",
            lambda r: r.drop(columns="comment"),
        ),
        (
            lambda r: r.reindex(pd.date_range(r.index[0], r.index[-1])).ffill(),
            "repeats the row before on Saturday 2019-01-05 and every other day of a weekend",
            lambda r: r[r.index.day_of_week < 5],
        ),
        (
            lambda r: r.replace(r.iloc[9, 0], np.inf),
            "returns.replace([float('inf'), float('-inf')], float('nan'))",
            lambda r: r.replace([np.inf, -np.inf], NAN),
        ),
    ],
)  # fmt: skip
def test_what_a_message_advises_for_a_frame_gives_the_right_answer(
    change: Callable[[Any], Any], advice: str, mend: Callable[[Any], Any]
) -> None:
    bad = change(RETURNS)
    assert advice in refusal(bad)
    np.testing.assert_allclose(fit(mend(bad)).car["car"], fit().car["car"], rtol=1e-9)


@pytest.mark.parametrize(
    ("benchmark", "advice", "mended"),
    [
        (["MKT"], "write benchmark='MKT'", "MKT"),
        (RETURNS["MKT"].astype(str), "pd.to_numeric(benchmark, errors='coerce')", None),
        (RETURNS[["MKT", "S0"]], "one column name", "MKT"),
    ],
)
def test_what_a_message_advises_for_a_benchmark_gives_the_right_answer(
    benchmark: Any, advice: str, mended: Any
) -> None:
    assert advice in refusal(benchmark=benchmark)
    right = pd.to_numeric(benchmark, errors="coerce") if mended is None else mended
    np.testing.assert_allclose(fit(benchmark=right).car["car"], fit().car["car"], rtol=1e-12)


# --- one placement -------------------------------------------------------------------------------


@pytest.mark.parametrize(("rule", "day"), [("next", 0), ("previous", 4)])
@pytest.mark.parametrize("frame", [False, True])
def test_further_events_are_placed_by_the_rule_of_the_study(
    rule: str, day: int, frame: bool
) -> None:
    saturday = next(d for d in DAYS[200:] if d.day_of_week == 4) + pd.Timedelta(days=1)
    further: Any = [saturday]
    if frame:
        further = pd.DataFrame({"event_id": ["x"], "date": further})
    study = EventStudy(RETURNS, [EVENT], "MKT", rule=rule, windows=[(0, 0)], known_events=further)
    placed = study.setup.markets[0].sessions[study.setup.further[0].position]
    assert placed.day_of_week.tolist() == [day]
    left_out = rer.placebo(study, exclude_near=further).distribution.index
    bare = EventStudy(RETURNS, [EVENT], "MKT", rule=rule, windows=[(0, 0)])
    others = rer.placebo(bare).distribution.index.difference(left_out)
    assert others.tolist() == placed.tolist()
    own = EventStudy(RETURNS, further, "MKT", rule=rule, estimation=(-150, -11))
    assert own.fit().car["session"].unique().tolist() == placed.tolist()


@pytest.mark.parametrize(
    ("rule", "moved"), [("next", (0, None)), ("previous", (None, 499)), ("skip", (None, None))]
)
def test_further_events_stand_from_the_first_session_to_the_last_and_ten_days_beyond(
    rule: str, moved: tuple[int | None, int | None]
) -> None:
    first, last, day = DAYS[0], DAYS[-1], pd.Timedelta(days=1)
    at = {"far": first - 11 * day, "before": first - 10 * day, "first": first, "last": last,
          "after": last + 10 * day, "late": last + 11 * day}  # fmt: skip
    known = pd.DataFrame({"event_id": list(at), "date": list(at.values())})
    places = {"before": moved[0], "first": 0, "last": 499, "after": moved[1]}
    expected = {name: place for name, place in places.items() if place is not None}
    for security, row in ((None, -1), ("S1", 1)):
        given = known if security is None else known.assign(security=security)
        study = EventStudy(RETURNS, [EVENT], "MKT", rule=rule, known_events=given)
        [found] = study.setup.further
        assert dict(zip(found.event_ids, found.position.tolist(), strict=True)) == expected
        assert set(found.row.tolist()) == {row}


def test_an_event_before_another_one_in_the_estimation_window_is_flagged() -> None:
    events = pd.DataFrame({"event_id": ["a", "b"], "date": DAYS[[330, 400]], "security": "S0"})
    flags = fit(events=events).attrition["flags"].tolist()
    assert flags == ["", "estimation_overlaps_event"]


# --- what is rarely right, or never ------------------------------------------------------------


def test_a_share_that_rose_sevenfold_in_a_session_is_pointed_out() -> None:
    with pytest.warns(UserWarning, match=r"'S0' of returns is \+9 on .*; check that it is no code"):
        fit(with_value(9.0), return_type="simple")


@pytest.mark.parametrize("what", ["benchmark", "factors"])
def test_an_index_that_often_stands_still_is_pointed_out_and_the_remedy_is_silent(
    what: str,
) -> None:
    closed = np.arange(len(DAYS)) % 9 == 1
    still = RETURNS["MKT"].mask(closed, 0.0)
    given: Any = still if what == "benchmark" else still.to_frame()
    options = {"benchmark": given} if what == "benchmark" else {"factors": given, **BY_FACTORS}
    with pytest.warns(UserWarning, match=rf"exactly 0 on 56 sessions, .* source of {what}"):
        fit(**options)
    fit(RETURNS[~closed], **options)


BY_FACTORS: dict[str, Any] = {"benchmark": None, "model": "factors"}


def test_a_benchmark_or_factor_that_never_moves_is_named() -> None:
    flat = pd.Series(0.001, DAYS, name="flat")
    assert "benchmark: 'flat' is 0.001 on every session" in refusal(benchmark=flat)
    given = FACTORS.assign(flat=0.001)
    assert "factors: 'flat' is 0.001 on every session" in refusal(factors=given, **BY_FACTORS)
    fit(factors=given.drop(columns="flat"), **BY_FACTORS)  # the remedy


def test_one_event_id_stands_for_one_announcement() -> None:
    events = EVENTS.assign(event_id="a")
    assert "event 'a' is of 2020-05-05 and of 2020-08-11" in refusal(events=events)
    own = events["event_id"] + " " + events["date"].astype(str)  # the remedy
    assert fit(events=events.assign(event_id=own)).car["car"].equals(fit().car["car"])
    fit(events=events.assign(date=[EVENT, EVENT + pd.Timedelta(days=1)]))  # zones, holidays


@pytest.mark.parametrize("value", [True, 1j, None, "x", [1], np.inf, 0.5])
def test_an_own_window_is_of_whole_numbers(value: Any) -> None:
    ends = pd.Series([value, 5], dtype=object)
    events = EVENTS.assign(window_start=-1, window_end=ends)
    assert "window_end=" in refusal(events=events, windows="events")


@pytest.mark.parametrize("column", ["ticker", "flag"])
@pytest.mark.parametrize("value", ["", " ", None, True, [1], object()])
def test_a_row_of_a_side_table_without_a_name_is_refused(column: str, value: Any) -> None:
    rows = {"date": [EVENT, EVENT], "ticker": ["S0", "S1"], "flag": ["limit_up", "limit_down"]}
    flags = pd.DataFrame({**rows, column: pd.Series([rows[column][0], value], dtype=object)})
    assert f"price_flags has no {column} in row 1" in refusal(price_flags=flags, limit_days="flag")
