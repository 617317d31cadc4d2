"""The last sessions of each market: what was wrong there, and how later files are joined on."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from rareearth_research.datasets import (
    load_price_flags,
    load_prices,
    load_vix,
    load_volumes,
    read,
)
from rareearth_research.datasets.cleaning import controls
from rareearth_research.datasets.cleaning.prices import reading, rules
from rareearth_research.datasets.cleaning.prices.unfinished import drop_unfinished, signs_of_trading
from rareearth_research.datasets.tables.registry import CleaningLog
from rareearth_research.errors import DataError

TRUE_RETURNS = Path(__file__).parents[2] / "data" / "us_returns_2026_08_03.csv"
NONE = pd.DataFrame({"source_id": [], "retrieved": []})


def synthetic(sessions=30, securities=6, volume=1000.0):
    """Made-up closes to the cent and steady volumes, on New York sessions to 2026-08-03."""
    days = pd.bdate_range(end="2026-08-03", periods=sessions)
    rng = np.random.default_rng(7)
    wide = pd.DataFrame(rng.uniform(10, 90, (sessions, securities)).round(2), index=days)
    long = wide.rename(columns="SYN{}".format).melt(var_name="ticker", ignore_index=False)
    return (
        long.rename_axis("date")
        .reset_index()
        .set_axis(["date", "ticker", "close"], axis=1)
        .assign(volume=volume)
    )


def on_last_day(prices, name, value):
    """Change a column on the last session."""
    last = prices["date"] == prices["date"].max()
    return prices.assign(**{name: prices[name].mask(last, value(prices[name]))})


# The session of 2026-08-03 in New York, and that of 2026-01-02 in Sydney


def test_the_unfinished_session_in_new_york_is_replaced_by_closes(simple):
    # alm0421/alm0421 data/prices (4b3ce26), 37 of them read a second time in a second table
    true = pd.read_csv(TRUE_RETURNS, index_col="ticker")["return"]
    assert len(true) == 53
    assert (simple.loc["2026-08-03", true.index] - true).abs().max() < 1e-5


@pytest.mark.parametrize(("ticker", "close"), [("MP", 43.84), ("FCX", 63.64), ("CRML", 6.38)])
def test_a_close_of_that_session_is_the_published_one(raw, ticker, close):
    table = raw["prices_us_adjusted_2026_10.csv"].set_index(["ticker", "date"])["adjusted_close"]
    assert float(table[ticker, "2026-08-03"]) == pytest.approx(close, rel=0.003)  # less dividends
    ratio = load_prices(ticker)[ticker]["2026-08-03"] / float(table[ticker, "2026-08-03"])
    assert ratio == pytest.approx(1, abs=1e-7)


@pytest.mark.parametrize("ticker", ["AREC", "WWR"])
def test_where_no_close_is_known_the_session_is_dropped(ticker):
    assert load_prices(ticker).index[-1] == pd.Timestamp("2026-07-31")


def test_the_unfinished_session_in_sydney_is_dropped():
    closes = load_prices(["ARU.AX", "IOZ.AX", "STW.AX", "XJO.AX"])
    assert closes.index[-1] == pd.Timestamp("2025-12-31")
    later = load_prices(["LYC.AX", "ILU.AX", "ALK.AX"])  # from the file that goes on
    assert later.loc["2026-01-02", "ALK.AX"] == pytest.approx(1.38)  # unfinished row: 1.362
    assert load_volumes("LYC.AX").loc["2026-01-02", "LYC.AX"] == 2405095  # unfinished: 37 % less


# The rule behind it


@pytest.mark.parametrize(
    ("file", "close", "retrieved", "exchange", "said"),
    [
        ("prices_us_adjusted.csv", "adjusted_close", "2026-08-03", "XNYS", ["retrieval", "digits"]),
        ("prices_us_adjusted.csv", "adjusted_close", "", "XNYS", ["digits"]),
        ("prices_asx_adjusted.csv", "adjusted_close", "", "XASX", ["volume at 24%"]),
        ("prices_us_adjusted_2026_10.csv", "adjusted_close", "", "XNYS", []),
        ("prices_asx_unadjusted.csv", "close", "", "XASX", []),
        ("prices_asx_adjusted_2026_08.csv", "adjusted_close", "", "XASX", []),
        ("prices_cn_adjusted_2025_2026.csv", "adjusted_close", "", "XSHG", []),
        ("prices_cn_adjusted_2026_07.csv", "adjusted_close", "", "XSHG", []),
    ],
)
def test_the_rule_finds_the_two_unfinished_sessions_of_the_files_and_no_other(
    raw, file, close, retrieved, exchange, said
):
    more = ["volume"] if "volume" in raw[file] else []
    signs = signs_of_trading(reading.long(raw, file, close, *more), retrieved, exchange)
    assert len(signs) == len(said)
    assert all(word in sign for word, sign in zip(said, signs, strict=True))


@pytest.mark.parametrize(
    ("retrieved", "change", "said"),
    [
        ("", None, ""),
        ("2026-08-04", None, ""),
        ("2026-08-03", None, "dated on the day of its retrieval"),
        ("2026-08-03T19:59Z", None, "before the close"),
        ("2026-08-03T20:10Z", None, "before the close"),  # quotations come late
        ("2026-08-03T20:45Z", None, ""),
        ("", ("close", lambda x: x + 0.001), "more digits"),
        ("", ("volume", lambda x: x * 0.3), "volume at 30% of the usual"),
        ("2026-08-03T20:45Z", ("volume", lambda x: x * 0.3), ""),  # proven: over after all
    ],
)
def test_a_last_session_of_synthetic_prices_counts_only_if_it_was_over(retrieved, change, said):
    prices = synthetic() if change is None else on_last_day(synthetic(), *change)
    sources = pd.DataFrame({"source_id": ["made_up"], "retrieved": [retrieved]})
    log = CleaningLog("prices_us")
    kept = drop_unfinished(prices, "made_up", "XNYS", sources, log)
    assert len(prices) - len(kept) == (6 if said else 0)  # all securities or none
    assert said in (log.steps[0].detail["signs"] if log.steps else "")


def test_one_security_with_odd_digits_does_not_condemn_a_synthetic_session():
    prices = synthetic()
    odd = (prices["ticker"] == "SYN0") & (prices["date"] == prices["date"].max())
    prices["close"] += 0.001 * odd
    assert len(drop_unfinished(prices, "made_up", "XNYS", NONE, CleaningLog())) == len(prices)


# Files that go on


@pytest.mark.parametrize(
    ("ticker", "last"),
    [
        ("SPY", "2026-10-09"),
        ("URTH", "2026-10-09"),
        ("MP", "2026-10-09"),
        ("REMX", "2026-10-06"),
        ("600111.SS", "2026-07-22"),
        ("000657.SZ", "2026-07-22"),
        ("600366.SS", "2026-06-18"),
        ("603993.SS", "2026-06-12"),
        ("LYC.AX", "2026-08-07"),
    ],
)
def test_prices_reach_the_last_session_that_could_be_had(ticker, last):
    assert load_prices(ticker)[ticker].last_valid_index() == pd.Timestamp(last)


def test_a_later_file_is_joined_on_returns_and_not_on_levels(raw, simple):
    # BHP paid a dividend after July 2026, so the later file's past is 1.0218 times lower
    levels = [
        raw[file].query("ticker == 'BHP'").set_index("date")["adjusted_close"].astype(float)
        for file in ("prices_us_adjusted.csv", "prices_us_adjusted_2026_10.csv")
    ]
    assert levels[0]["2026-07-31"] / levels[1]["2026-07-31"] == pytest.approx(1.0218, abs=1e-4)
    own = levels[1]["2026-08-03"] / levels[1]["2026-07-31"] - 1
    assert simple.loc["2026-08-03", "BHP"] == pytest.approx(own, abs=1e-7)


@pytest.mark.parametrize(
    ("ticker", "later", "sessions", "worst"),
    [
        ("MP", "yahoo_us_2026_10", 14, 1e-5),
        ("IDR", "yahoo_us_2026_10", 12, 1e-5),
        ("LYC.AX", "yahoo_asx_2026_08", 102, 2e-5),
        ("600497.SS", "china_a_shares_2026_06", 267, 0.0023),
        ("600366.SS", "china_a_shares_2026_06_second", 7, 1e-4),
        ("000657.SZ", "china_a_shares_2026_07", 347, 0.0039),
    ],
)
def test_the_overlap_of_two_files_is_on_record(ticker, later, sessions, worst):
    seam = read("price_seams").query("ticker == @ticker and later_source == @later").iloc[0]
    assert seam["sessions"] == sessions
    assert seam["largest_difference"] <= worst
    flag = load_price_flags(ticker, "source_join").set_index("date")["note"]
    assert flag[seam["session"]] == later


def test_closes_as_traded_go_on_after_the_last_adjusted_one(raw, simple):
    # mksamfolk/fatfa_chart (611e0bb): 46.84 on 2026-10-05 in the adjusted file, then 48.53
    assert simple.loc["2026-10-06", "MP"] == pytest.approx(48.53 / 46.84 - 1, abs=1e-7)
    assert simple.loc["2026-10-09", "AXTI"] == pytest.approx(68.46 / 71.66 - 1, abs=1e-7)
    table = read("price_seams").query("later_source == 'us_as_traded_2026_10'")
    assert len(table) == 9
    assert table["correlation"].isna().all()


def made_up_wide(closes, start="2026-10-01"):
    return pd.DataFrame({"SYN": closes}, index=pd.bdate_range(start, periods=len(closes)))


def test_synthetic_closes_as_traded_that_tell_other_returns_are_refused():
    adjusted, traded = made_up_wide([10.0, 11.0, 12.0]), made_up_wide([10.0, 11.5, 12.0, 12.5])
    with pytest.raises(DataError, match="SYN: closes as traded differ on 2026-10-02"):
        rules.continue_as_traded(adjusted, traded, CleaningLog())


def test_synthetic_closes_as_traded_do_not_follow_an_adjusted_close():
    adjusted, traded = made_up_wide([9.8765]), made_up_wide([10.0], "2026-10-02")
    with pytest.raises(DataError, match=r"the last adjusted close 9\.8765 is not to a cent"):
        rules.continue_as_traded(adjusted, traded, CleaningLog())


def test_the_vix_goes_on_with_days_that_agree():
    vix = load_vix()["vix"]
    assert vix.index[-1] == pd.Timestamp("2026-09-02")
    assert vix.loc[["2026-07-23", "2026-09-02"]].tolist() == [18.7, 15.2]


def test_a_second_vix_file_that_disagrees_is_refused():
    first = pd.DataFrame({"date": ["2026-07-22", "2026-07-23"], "vix": ["16.64", "18.7"]})
    later = pd.DataFrame({"date": ["2026-07-23", "2026-07-24"], "vix": ["18.8", "17"]})
    files = dict(zip(controls.VIX.raw, (first, later), strict=True))
    with pytest.raises(DataError, match="differ on 1 of 1 common days"):
        controls.continue_vix(files, CleaningLog("vix"))


def test_typed_rows_are_marked_in_the_raw_files(raw):
    for file in ("prices_us_adjusted_2026_10.csv", "prices_cn_adjusted_2026_06_second.csv"):
        assert set(raw[file]["transcription"]) == {"typed"}
