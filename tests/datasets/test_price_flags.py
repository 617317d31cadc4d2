"""What is said of single prices: limit days, stale closes, reviewed outliers, lost sessions."""

import importlib.util
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from rareearth_research.datasets import load_price_flags, load_returns
from rareearth_research.datasets.cleaning.prices import checks as price_checks
from rareearth_research.datasets.cleaning.prices import reading
from rareearth_research.datasets.registry import CleaningLog
from rareearth_research.errors import DataError

DATA = Path(__file__).resolve().parents[2] / "data"


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


def test_stale_prices_are_runs_of_five_equal_closes_without_volume():
    flags = load_price_flags("URTH", "stale")
    assert len(flags) > 50
    assert (flags["value"] >= 5).all()
    returns = load_returns("URTH")["URTH"]
    assert (returns.reindex(flags["date"]) == 0).all()


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
    sessions = price_checks.exchange_sessions("XNYS")[:20]
    none = reading.calendar_exceptions(raw).iloc[:0]
    with pytest.raises(DataError, match="1 missing sessions of XNYS"):
        price_checks.check_calendar(sessions.delete(7), "XNYS", "synthetic", none, CleaningLog())


@pytest.mark.parametrize("cell", ["", "n/a", "inf", "-1"])
def test_a_raw_price_that_is_no_positive_number_stops_the_build(cell):
    table = pd.DataFrame({"date": ["2025-01-02"], "ticker": ["SYN"], "close": [cell]}, dtype="str")
    with pytest.raises(DataError, match=r"synthetic\.csv"):
        reading.long({"synthetic.csv": table}, "synthetic.csv", "close")


def test_the_verdict_on_a_large_return_is_what_the_other_figures_say():
    path = Path(__file__).parents[2] / "scripts" / "review_outliers.py"
    spec = importlib.util.spec_from_file_location("review_outliers", path)
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    table = pd.read_csv(script.FILE, dtype=str, keep_default_na=False)
    some = table[table["date"] >= "2025-01-01"]
    assert script.review(some).equals(some), "run scripts/review_outliers.py"
