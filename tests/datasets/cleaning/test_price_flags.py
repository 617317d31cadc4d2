"""What is said of single prices: limit days, stale closes, reviewed outliers, lost sessions."""

import importlib.util
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from rareearth_research.datasets import load_price_flags, load_prices, load_returns
from rareearth_research.datasets.cleaning.prices import checks as price_checks
from rareearth_research.datasets.cleaning.prices import flags as flag_rules
from rareearth_research.datasets.cleaning.prices import reading
from rareearth_research.datasets.tables.registry import CleaningLog
from rareearth_research.errors import DataError

DATA = Path(__file__).resolve().parents[3] / "data"


def close(value, digits=4):
    return pytest.approx(value, abs=10**-digits)


@pytest.mark.parametrize(
    ("ticker", "day", "flag", "limit"),
    [
        ("300748.SZ", "2021-07-02", "limit_up", 0.20),  # ChiNext after 2020-08-24
        ("600392.SS", "2012-08-01", None, 0.05),  # special treatment
        ("000970.SZ", "2025-04-07", "limit_down", -0.10),
    ],
)
def test_price_limits_follow_board_and_period(ticker, day, flag, limit):
    flags = load_price_flags(ticker, ["limit_up", "limit_down"]).set_index("date")
    assert flags.loc[day, "value"] == limit
    assert flag is None or flags.loc[day, "flag"] == flag


def test_a_limit_day_has_a_return_near_its_limit(simple):
    flags = load_price_flags(flag=["limit_up", "limit_down"])
    returns = simple.stack().reindex(pd.MultiIndex.from_frame(flags[["date", "ticker"]]))  # noqa: PD013
    known = returns.notna().to_numpy()
    assert known.mean() > 0.99
    assert np.abs(returns.to_numpy() - flags["value"].to_numpy())[known].max() < 0.011


@pytest.mark.parametrize(
    ("ticker", "first", "last", "run"),
    [
        ("NVA", "2025-12-11", "2025-12-18", 7),  # 8.14 from 2025-12-10
        ("NVA", "2026-06-03", "2026-06-16", 11),  # 7.02 from 2026-06-02
        ("LYC.AX", "2025-08-28", "2025-08-28", 2),  # no volume
        ("ARU.AX", "2025-08-18", "2025-08-19", 3),  # no volume
    ],
)
def test_a_run_of_stale_closes_is_found_and_leaves_no_return(ticker, first, last, run):
    flags = load_price_flags(ticker, "stale").set_index("date").loc[first:last]
    assert (flags["value"] == run).all()
    assert len(flags) == run - 1  # the first close of a run may be real
    closes, returns = load_prices(ticker)[ticker], load_returns(ticker)[ticker]
    assert closes[first:last].nunique() == 1
    assert returns[first:last].isna().all()
    assert (load_returns(ticker, stale="raw")[ticker][first:last] == 0).all()
    after = returns.loc[last:].dropna().index[0]
    spans = load_price_flags(ticker, "multi_session").set_index("date")["value"]
    assert spans[after] == run
    assert returns[after] == close(np.log(closes[after] / closes[first]), 9)


def test_stale_runs_are_as_many_as_counted_when_the_rule_was_chosen():
    flags = load_price_flags(flag="stale")
    assert flags.groupby("note").size().to_dict() == {
        "no volume on the session": 5,  # 4 runs
        "volume not known": 1007,  # 158 runs; 13 more of URTH are cut, 6 while SPY stood still
    }
    assert flags.groupby("note")["value"].min().to_dict() == {
        "no volume on the session": 2,
        "volume not known": 5,
    }


@pytest.mark.parametrize(
    ("volume", "market", "found"),
    [
        (None, 0.01, 4),
        (None, 0.001, 0),  # the benchmark stood still too
        (0.0, 0.001, 4),
        (100.0, 0.01, 0),
    ],
)
def test_five_equal_synthetic_closes_are_stale_only_without_trade(volume, market, found):
    days = pd.bdate_range("2025-01-01", periods=9)
    closes = pd.DataFrame({"SYN": [5.0, 6, 7, 7, 7, 7, 7, 8, 9]}, index=days)
    benchmark = pd.Series((1 + market) ** np.arange(9.0), index=days)
    volumes = pd.DataFrame(index=days)
    if volume is not None:
        volumes["SYN"] = [100.0, 100, 100, *[volume] * 4, 100, 100]
        volumes = volumes[volumes > 0]
    flags = flag_rules.flag_stale(closes, volumes, benchmark, CleaningLog())
    assert len(flags) == found


def test_a_cent_of_westwater_is_a_coarse_tick():
    flags = load_price_flags("WWR", "coarse_tick").set_index("date")
    last = flags.iloc[-1]
    assert last["note"].startswith("one step of 0.01 is up to 2.")
    assert last["value"] == len(load_prices("WWR").loc[flags.index[-1] :])  # to the last session


def test_synthetic_closes_are_coarse_only_where_a_step_is_a_large_part():
    days = pd.bdate_range("2025-01-01", periods=40)
    cents = np.tile([0.40, 0.41], 20)
    closes = pd.DataFrame({"CENTS": cents, "FINE": cents + 0.0003, "DEAR": cents + 9}, index=days)
    flags = flag_rules.flag_coarse_ticks(closes, CleaningLog())
    assert flags[["ticker", "value"]].to_numpy().tolist() == [["CENTS", 40]]


def test_typed_figures_are_flagged_where_they_are_used():
    flags = load_price_flags(flag="typed").set_index("ticker")
    assert len(flags) == 53 + 2
    assert flags.loc["MP", "date"] == pd.Timestamp("2026-08-03")
    assert flags.loc["600259.SS", "date"] == pd.Timestamp("2026-02-09")


def test_every_return_beyond_25_percent_has_a_reviewed_reason(simple):
    large = simple.abs() > 0.25
    flags = load_price_flags(flag="outlier")
    assert large.to_numpy().sum() == len(flags)
    assert (flags["note"].str.len() > 20).all()


def test_an_unlisted_outlier_stops_the_build():
    day = pd.DatetimeIndex(["2025-01-02"], name="date")
    synthetic = pd.DataFrame({"SYN": [0.3]}, index=day)
    none = pd.DataFrame(
        {"ticker": [], "date": pd.DatetimeIndex([]).astype("datetime64[us]"), "verdict": []}
    )
    with pytest.raises(DataError, match=r"not in data/raw/outliers_reviewed\.csv .*SYN 2025-01-02"):
        price_checks.check_outliers(synthetic, none, CleaningLog())


def test_an_unlisted_missing_session_stops_the_build(raw):
    sessions = price_checks.exchange_sessions("XNYS", raw)[:20]
    with pytest.raises(DataError, match="1 missing sessions of XNYS"):
        price_checks.check_calendar(sessions.delete(7), "XNYS", "synthetic", raw, CleaningLog())


def test_prices_after_a_calendars_end_need_its_sessions_in_the_corrections(raw):
    last = price_checks.exchange_sessions("XSHG", raw)[-5:]
    later = last.append(pd.bdate_range(last[-1] + pd.Timedelta(days=4), periods=3, unit="us"))
    file = "calendar_corrections.csv"
    with pytest.raises(DataError, match=r"3 extra sessions of XSHG.*calendar_corrections\.csv"):
        price_checks.check_calendar(later, "XSHG", "synthetic", raw, CleaningLog())
    added = pd.DataFrame({"exchange": "XSHG", "date": later[5:].strftime("%Y-%m-%d")})
    known = pd.concat([raw[file], added.assign(kind="session")]).fillna("")
    price_checks.check_calendar(later, "XSHG", "synthetic", {**raw, file: known}, CleaningLog())


@pytest.mark.parametrize("cell", ["", "n/a", "inf", "-1"])
def test_a_raw_price_that_is_no_positive_number_stops_the_build(cell):
    table = pd.DataFrame({"date": ["2025-01-02"], "ticker": ["SYN"], "close": [cell]}, dtype="str")
    with pytest.raises(DataError, match=r"synthetic\.csv"):
        reading.long({"synthetic.csv": table}, "synthetic.csv", "close")


def test_the_verdict_on_a_large_return_is_what_the_other_figures_say():
    path = Path(__file__).parents[3] / "scripts" / "review_outliers.py"
    spec = importlib.util.spec_from_file_location("review_outliers", path)
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    table = pd.read_csv(script.FILE, dtype=str, keep_default_na=False)
    some = table[table["date"] >= "2025-01-01"]
    assert script.review(some).equals(some), "run scripts/review_outliers.py"
