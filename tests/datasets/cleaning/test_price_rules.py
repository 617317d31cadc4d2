"""Every named trap of the price files, and the rule that handles it, on its real case."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from rareearth_research.datasets import (
    load_price_flags,
    load_prices,
    load_returns,
    load_securities,
    load_volumes,
    read,
)
from rareearth_research.datasets.cleaning.prices import checks as price_checks
from rareearth_research.datasets.cleaning.prices import flags as price_flags
from rareearth_research.datasets.cleaning.prices import reading
from rareearth_research.datasets.cleaning.prices import rules as price_rules
from rareearth_research.datasets.tables.registry import CleaningLog
from rareearth_research.errors import DataError

DATA = Path(__file__).resolve().parents[3] / "data"


def close(value, digits=4):
    return pytest.approx(value, abs=10**-digits)


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


def test_the_first_year_of_a_benchmark_whose_closes_nobody_traded_is_cut():
    # 85 of 233 closes of URTH repeat the one before in runs of five or more, to 2012-12-14
    assert load_prices("URTH").index[0] == pd.Timestamp("2012-12-17")
    assert load_price_flags("URTH", "stale").empty


def test_american_integrity_insurance_is_not_served_as_a_tungsten_miner():
    with pytest.raises(DataError, match="tickers: 'AII'"):
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
    flags = price_flags.flag_suspects(synthetic, [], log)
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
        price_rules.join_renamed(both, [fix], CleaningLog())


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


def test_the_index_continues_on_ioz_after_may_2024(simple):
    later = simple.loc["2024-06-03":"2025-12-31", ["XJO.AX", "IOZ.AX"]].dropna()
    assert len(later) > 390
    assert (later["XJO.AX"] - later["IOZ.AX"]).abs().max() < 1e-7
    assert load_prices("XJO.AX").loc["2024-05-31", "XJO.AX"] == close(7701.7, 1)


@pytest.mark.parametrize(("day", "value"), [("2025-11-04", -0.0084), ("2025-11-05", -0.0006)])
def test_the_index_is_right_where_the_other_fund_was_a_day_late(simple, day, value):
    # IOZ (raw/prices_asx_adjusted.csv), which agrees with the index's constituents; STW fell
    # 8 basis points on the 4th and 80 on the 5th
    assert simple.loc[day, "XJO.AX"] == close(value)
    assert abs(simple.loc[day, "STW.AX"] - value) > 0.007


def test_a_session_both_funds_lack_stays_a_gap_of_the_index():
    assert np.isnan(load_prices("XJO.AX")["XJO.AX"].get("2025-10-24", np.nan))
    flags = load_price_flags("XJO.AX", "multi_session").set_index("date")["value"]
    assert flags["2025-10-27"] == 2


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
        price_rules.chain_previous_close(prices, CleaningLog())


def test_every_seam_is_joined_where_returns_agree():
    seams = read("price_seams")
    assert len(seams) == 133
    shared = seams["sessions"] > 0
    assert (seams.loc[~shared, "later_source"] == "us_as_traded_2026_10").all()
    stand_in = seams["ticker"] == "XJO.AX"
    assert (seams.loc[shared & ~stand_in, "correlation"] >= 0.998).all()
    assert (seams.loc[stand_in, "correlation"] >= 0.99).all()


def test_sources_that_disagree_are_not_joined():
    days = pd.date_range("2025-01-01", periods=30)
    rng = np.random.default_rng(1)
    one, two = (pd.Series(np.exp(rng.normal(0, 0.01, 30).cumsum()), days) for _ in "ab")
    with pytest.raises(DataError, match="SYN: returns of the two sources correlate"):
        price_checks.check_seam(one.rename("SYN"), two.rename("SYN"), CleaningLog())


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


def test_volumes_in_shares_are_not_taken_for_lots():
    lots = pd.DataFrame(
        {
            "date": pd.bdate_range("2025-01-02", periods=5),
            "ticker": "600111.SS",
            "volume": [101.0, 98, 120, 87, 99],  # synthetic
        }
    )
    in_shares = lots.assign(volume=lots["volume"] * 100)
    joined = price_rules.lots_to_shares(in_shares, {"lots": lots}, CleaningLog())
    assert joined["volume"].tolist() == [*in_shares["volume"]] * 2
    with pytest.raises(DataError, match="source 'second': the volume of 600111"):
        price_rules.lots_to_shares(in_shares, {"lots": lots, "second": in_shares}, CleaningLog())
