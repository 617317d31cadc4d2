"""Prices on their real cases: every named trap, every rule, every loader."""

import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from rareearth_research.datasets import (
    catalog,
    load_groups,
    load_price_flags,
    load_prices,
    load_returns,
    load_securities,
    load_volumes,
    read,
)
from rareearth_research.datasets.build import RawFiles
from rareearth_research.datasets.cleaning import price_checks, price_flags, price_rules
from rareearth_research.datasets.cleaning import price_reading as reading
from rareearth_research.datasets.flags import BREAKS
from rareearth_research.datasets.registry import CleaningLog
from rareearth_research.errors import DataError

DATA = Path(__file__).resolve().parents[1] / "data"


@pytest.fixture(scope="module")
def raw():
    return RawFiles(DATA, {})


@pytest.fixture(scope="module")
def simple():
    return load_returns(kind="simple")


def close(value, digits=4):
    return pytest.approx(value, abs=10**-digits)


# Known facts of the record


@pytest.mark.parametrize(
    ("ticker", "day", "value"),
    [
        ("MP", "2025-07-10", 0.5062),
        ("UAMY", "2024-08-15", 0.2632),
        ("UAMY", "2024-12-03", 0.3803),
        ("600111.SS", "2025-10-09", 0.1),
    ],
)
def test_a_known_jump_is_in_the_returns(simple, ticker, day, value):
    assert simple.loc[day, ticker] == close(value)


def test_northern_rare_earth_is_flagged_limit_up_on_2025_10_09():
    flags = load_price_flags("600111.SS", flag="limit_up").set_index("date")
    assert flags.loc["2025-10-09", "value"] == 0.1


def test_molycorp_peaked_at_77_54_on_2011_05_03():
    closes = load_prices("MCP")["MCP"]
    assert closes.idxmax() == pd.Timestamp("2011-05-03")
    assert closes.max() == 77.54


# Rules


@pytest.mark.parametrize(
    ("ticker", "first"), [("MP", "2020-11-18"), ("USAR", "2025-03-14"), ("CRML", "2024-02-28")]
)
def test_an_acquisition_shell_is_cut(ticker, first):
    closes = load_prices(ticker)[ticker]
    assert closes.first_valid_index() == pd.Timestamp(first)
    returns = load_returns(ticker)[ticker]
    assert np.isnan(returns.loc[first])
    assert load_securities(ticker).loc[ticker, "listed_from"] == pd.Timestamp(first)


def test_the_former_company_behind_ixr_is_cut():
    assert load_prices("IXR.AX").index[0] == pd.Timestamp("2020-03-24")


def test_american_integrity_insurance_is_not_served_as_a_tungsten_miner():
    with pytest.raises(DataError, match="ticker 'AII'"):
        load_prices("AII")


def test_the_lynas_consolidation_leaves_ordinary_returns(simple):
    span = simple.loc["2017-11-29":"2017-12-11", "LYC.AX"]
    assert len(span) == 9  # every session, also those traded as LYCDA
    assert span.abs().max() < 0.09
    # 2.02 as LYCDA over 10 × 0.205
    assert span["2017-11-30"] == close(2.02 / 2.05 - 1)
    # LYCDA's last close 1.775, LYC's next 1.855
    assert span["2017-12-11"] == close(1.855 / 1.775 - 1)


def test_the_lynas_consolidation_scales_volume_too():
    volume = load_volumes("LYC.AX")["LYC.AX"]
    assert volume["2017-11-29"] == round(36765875 / 10)
    assert volume["2017-12-11"] == 3196770


def test_volumes_given_in_lots_are_served_in_shares(raw):
    old, new = (
        raw[f"prices_cn_{years}.csv"].query("ticker == '600111' and date == '2022-01-14'")
        for years in ("unadjusted_to_2022", "adjusted_2022_2025")
    )
    assert float(old["volume"].item()) / float(new["volume"].item()) == pytest.approx(100, rel=1e-5)
    volume = load_volumes("600111.SS")["600111.SS"]
    assert volume["2022-01-14"] == float(old["volume"].item())
    lots = raw["prices_cn_adjusted_2022_2025.csv"].query(
        "ticker == '600111' and date == '2022-01-17'"
    )
    assert volume["2022-01-17"] == round(100 * float(lots["volume"].item()))


@pytest.mark.parametrize(
    ("ticker", "day", "factor"), [("HAS.AX", "2022-07-04", 20), ("PEK.AX", "2021-12-13", 10)]
)
def test_other_consolidations_are_scaled_and_flagged(simple, ticker, day, factor):
    assert load_price_flags(ticker, "consolidation")["value"].tolist() == [factor]
    assert abs(simple.loc[day, ticker]) < 0.2
    assert load_price_flags(ticker, "multi_session").set_index("date").loc[day, "value"] == 8


@pytest.mark.parametrize(
    ("ticker", "day", "flag"),
    [
        ("ILU.AX", "2020-10-23", "demerger"),
        ("BHP.AX", "2015-05-18", "demerger"),
        ("BHP.AX", "2022-05-25", "demerger"),
        ("RIO.AX", "2009-06-17", "rights_issue"),
        ("LIN.AX", "2016-12-08", "suspect_corporate_action"),
        ("AREC", "2018-03-01", "suspect_corporate_action"),
    ],
)
def test_a_return_that_mixes_in_a_corporate_action_is_missing_and_flagged(
    simple, ticker, day, flag
):
    session = simple.index.get_loc(pd.Timestamp(day))
    assert np.isnan(simple[ticker].iloc[session])
    assert not load_prices(ticker).loc[day].isna().any()
    assert day in load_price_flags(ticker, flag)["date"].astype(str).tolist()
    assert simple[ticker].iloc[session + 1 : session + 10].notna().any()  # the series goes on


def test_the_demerged_value_is_on_record():
    flags = load_price_flags("ILU.AX", "demerger")
    assert flags["value"].tolist() == [close(5.12 / 9.90 - 1)]


def test_no_served_return_is_beyond_four_or_a_quarter(simple):
    growth = simple + 1
    assert not ((growth >= 4) | (growth <= 0.25)).any(axis=None)


def test_an_unreviewed_jump_would_be_missing_and_flagged():
    days = pd.DatetimeIndex(["2025-01-02", "2025-01-03"])
    synthetic = pd.DataFrame({"SYN": [0.01, 9.0]}, index=days)
    log = CleaningLog()
    flags = price_flags.flag_suspects(synthetic, [], "t", log)
    assert flags["flag"].tolist() == ["suspect_corporate_action"]
    assert log.steps[0].rows == 1


def test_greenland_minerals_continues_as_energy_transition_minerals(simple):
    # GGG closed at 0.052 on 2022-11-09, ETM at 0.049 the next session
    assert simple.loc["2022-11-10", "ETM.AX"] == close(0.049 / 0.052 - 1)
    assert load_prices("ETM.AX").index[0] == pd.Timestamp("2009-01-02")


def test_two_tickers_that_trade_together_are_not_one_renamed():
    days = pd.to_datetime(["2025-01-02", "2025-01-02"])
    both = pd.DataFrame({"date": days, "ticker": ["OLD", "NEW"], "close": 1.0, "volume": 1.0})
    fix = reading.Correction("rename", "NEW", days[0], "", "OLD", "synthetic", "")
    with pytest.raises(DataError, match="OLD and NEW both have a price on 2025-01-02"):
        price_rules.join_renamed(both, [fix], "t", CleaningLog())


def test_rows_on_new_years_day_2009_are_dropped():
    assert pd.Timestamp("2009-01-01") not in load_prices(exchange="XASX").index


def test_returns_across_sessions_the_file_lacks_are_flagged():
    flags = load_price_flags("BHP.AX", "multi_session").set_index("date")["value"]
    assert flags["2016-11-07"] == 6  # five missing sessions
    assert flags["2020-06-01"] == 2
    gaps = load_price_flags("BHP.AX", "halt").set_index("date")
    assert gaps.loc["2016-10-31", ["value", "note"]].tolist() == [
        5,
        "the file lacks this session",
    ]


def test_the_index_continues_on_the_fund_after_may_2024(simple):
    later = simple.loc["2024-06-03":"2026-01-02", ["XJO.AX", "STW.AX"]]
    assert len(later) > 390
    assert (later["XJO.AX"] - later["STW.AX"]).abs().max() < 1e-7
    assert load_prices("XJO.AX").loc["2024-05-31", "XJO.AX"] == close(7701.7, 1)


def test_the_fund_dividend_counted_twice_is_taken_out(raw, simple):
    ioz = simple.loc["2024-09-30", "IOZ.AX"]
    assert simple.loc["2024-09-30", "STW.AX"] == close(ioz, 2)
    published = reading.long(raw, "prices_asx_adjusted.csv", "adjusted_close")
    published = reading.wide(published, "close")["STW"].pct_change()["2024-09-30"]
    assert published > ioz + 0.01


def test_an_a_share_return_is_close_over_the_exchanges_previous_close(raw, simple):
    published = reading.long(raw, "prices_cn_unadjusted_to_2022.csv", "close", "previous_close")
    mine = published[published["ticker"] == "600111"].set_index("date")
    expected = (mine["close"] / mine["previous_close"] - 1).iloc[1:]
    assert (simple["600111.SS"].reindex(expected.index) - expected).abs().max() < 1e-7


def test_an_ex_dividend_session_of_an_a_share_has_no_artificial_loss(raw, simple):
    published = reading.long(
        raw, "prices_cn_unadjusted_to_2022.csv", "close", "previous_close"
    ).sort_values(["ticker", "date"])
    last = published.groupby("ticker")["close"].shift()
    worst = (published["previous_close"] / last).idxmin()  # the largest bonus issue
    row = published.loc[worst]
    suffix = ".SS" if row["ticker"].startswith("6") else ".SZ"
    assert row["close"] / last[worst] - 1 < -0.3
    assert abs(simple.loc[row["date"], row["ticker"] + suffix]) < 0.11


def test_a_previous_close_above_the_last_close_means_lost_sessions():
    prices = pd.DataFrame(
        {
            "date": pd.to_datetime(["2025-01-02", "2025-01-03"]),
            "ticker": "SYN",
            "close": [10.0, 11.0],
            "previous_close": [9.9, 10.5],
        }
    )
    with pytest.raises(DataError, match=r"SYN on 2025-01-03: previous close 10\.5 is above"):
        price_rules.chain_previous_close(prices, "t", CleaningLog())


def test_every_seam_is_joined_where_returns_agree():
    seams = read("price_seams")
    assert len(seams) == 51
    stand_in = seams["ticker"] == "XJO.AX"
    assert (seams.loc[~stand_in, "correlation"] >= 0.998).all()
    assert (seams.loc[stand_in, "correlation"] >= 0.99).all()


def test_sources_that_disagree_are_not_joined():
    days = pd.date_range("2025-01-01", periods=30)
    rng = np.random.default_rng(1)
    one, two = (pd.Series(np.exp(rng.normal(0, 0.01, 30).cumsum()), days) for _ in "ab")
    with pytest.raises(DataError, match="SYN: returns of the two sources correlate"):
        price_checks.check_seam(one.rename("SYN"), two.rename("SYN"), "t", CleaningLog())


def test_joining_keeps_the_returns_of_each_source_and_never_its_level():
    days = pd.date_range("2025-01-01", periods=4)
    old = pd.Series([1.0, 2.0, 3.0], days[:3], name="SYN")
    new = pd.Series([30.0, 60.0], days[2:], name="SYN")
    joined = price_rules.join_on_returns(old, new, days[2])
    assert (joined / joined.shift()).tolist()[1:] == [2.0, 1.5, 2.0]
    assert joined.iloc[-1] == 60.0


def test_a_suspension_stays_a_gap_and_its_length_is_flagged():
    # China Rare Earth was suspended until 2013-02-08
    flags = load_price_flags("000831.SZ", "multi_session").set_index("date")["value"]
    assert flags["2013-02-08"] == 465
    before = load_prices(["000831.SZ", "000300.SS"], until="2013-02-07").tail(460)
    assert before["000831.SZ"].isna().all()


# Flags


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
        price_checks.check_outliers(synthetic, none, "t", CleaningLog())


def test_an_unlisted_missing_session_stops_the_build(raw):
    sessions = price_checks.exchange_sessions("XNYS")[:20]
    none = reading.calendar_exceptions(raw).iloc[:0]
    with pytest.raises(DataError, match="1 missing sessions of XNYS"):
        price_checks.check_calendar(
            sessions.delete(7), "XNYS", "synthetic", none, "t", CleaningLog()
        )


@pytest.mark.parametrize("cell", ["", "n/a", "inf", "-1"])
def test_a_raw_price_that_is_no_positive_number_stops_the_build(cell):
    table = pd.DataFrame({"date": ["2025-01-02"], "ticker": ["SYN"], "close": [cell]}, dtype="str")
    with pytest.raises(DataError, match=r"synthetic\.csv"):
        reading.long({"synthetic.csv": table}, "synthetic.csv", "close")


# Loaders


def test_log_and_simple_returns_agree(simple):
    logs = load_returns()
    assert np.expm1(logs).sub(simple).abs().max(axis=None) < 1e-12
    assert logs.isna().equals(simple.isna())


def test_a_return_is_over_the_last_observed_close_of_its_own_exchange(simple):
    closes = load_prices("600111.SS")["600111.SS"].dropna()
    own = closes.pct_change().dropna()
    wide = simple["600111.SS"].dropna()
    pd.testing.assert_series_equal(wide, own, check_freq=False, check_names=False)


def test_the_first_return_after_since_uses_the_close_before_it(simple):
    cut = load_returns("SPY", since="2025-01-02", kind="simple")
    assert cut["SPY"].iloc[0] == simple.loc["2025-01-02", "SPY"]


def test_columns_come_in_the_order_asked_for():
    wide = load_prices(["LYC.AX", "MP", "600111.SS"], since="2024-01-01")
    assert wide.columns.tolist() == ["LYC.AX", "MP", "600111.SS"]
    assert wide.index.name == "date"
    assert wide.index.is_monotonic_increasing
    assert wide.index.tz is None
    assert [entry["table"] for entry in wide.attrs["provenance"]] == [
        "prices_au",
        "prices_us",
        "prices_cn",
    ]


def test_a_group_and_an_exchange_select_together():
    assert load_prices(group="antimony", exchange="XNYS").columns.tolist() == [
        "NVA",
        "PPTA",
        "UAMY",
    ]


def test_loading_all_prices_takes_less_than_300_ms(monkeypatch):
    best = float("inf")
    for _ in range(3):
        monkeypatch.setattr(catalog, "_frames", {})  # read and hash the files again
        start = time.process_time()
        prices = load_prices()
        best = min(best, time.process_time() - start)
    assert prices.shape[1] == len(load_securities())
    assert best < 0.3


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: load_prices("MPX"), r"ticker 'MPX' is not in .*nearest: 'MP'"),
        (lambda: load_prices(["MP", "MP"]), "asked for twice: MP"),
        (lambda: load_prices([]), "an empty list selects nothing"),
        (lambda: load_prices(group="antimoni"), "group 'antimoni' .*nearest: 'antimony'"),
        (lambda: load_prices(exchange="XNYX"), "exchange 'XNYX' .*nearest: 'XNYS'"),
        (lambda: load_prices("MP", group="antimony"), "no security satisfies"),
        (lambda: load_prices("SPY", since="2025-02-01", until="2025-01-01"), "is after until"),
        (lambda: load_prices("SPY", since="2030-01-01"), "the data run from 2009-01-02"),
        (lambda: load_prices("SPY", since="soon"), "since is 'soon'"),
        (lambda: load_prices("SPY", since="2025-01-01T00:00Z"), "without a zone"),
        (lambda: load_returns("SPY", kind="logs"), "kind is 'logs'"),
        (lambda: load_volumes("SPY"), "there are no volumes of SPY"),
        (lambda: load_price_flags(flag="stail"), "no flag 'stail'; nearest: 'stale'"),
    ],
)
def test_bad_questions_get_clear_answers(call, message):
    with pytest.raises(DataError, match=message):
        call()


# Securities


def test_every_price_column_is_a_listed_security_and_the_other_way_round():
    columns = {c for key in ("us", "au", "cn") for c in read(f"prices_{key}").columns} - {"date"}
    assert columns == set(load_securities().index)


def test_every_group_has_members_and_unions_hold_their_parts():
    groups = load_groups()
    assert (groups["securities"] > 0).all()
    everyone = set(load_securities(group="rare_earths").index)
    for part in ("rare_earth_producers", "rare_earth_developers", "magnet_makers"):
        assert set(load_securities(group=part).index) <= everyone


def test_a_fund_is_never_averaged_with_the_companies_it_holds():
    funds = load_securities().query("kind == 'etf'")
    groups = set(";".join(funds.drop("SMH")["groups"]).split(";"))
    assert groups == {"funds", "benchmarks", "controls"}
    assert funds.loc["SMH", "groups"] == "users_chips;users"  # as its description says
    assert funds.loc["REMX", "groups"] == "funds"


def test_exposure_dates_keep_other_businesses_apart():
    exposure = load_securities()["exposure_from"]
    assert exposure["000831.SZ"] >= pd.Timestamp("2012-01-01")
    assert exposure["600392.SS"] >= pd.Timestamp("2012-01-01")
    assert exposure["UUUU"] >= pd.Timestamp("2019-01-01")
    assert exposure["METC"] >= pd.Timestamp("2023-01-01")


def test_every_break_flag_leaves_its_return_missing(simple):
    for row in load_price_flags(flag=sorted(BREAKS)).itertuples():
        assert np.isnan(simple.loc[row.date, row.ticker])
