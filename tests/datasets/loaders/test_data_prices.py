"""Prices as they are served: facts of the record, loaders, securities."""

import numpy as np
import pandas as pd
import pytest

from rareearth_research.datasets import (
    load_groups,
    load_price_flags,
    load_prices,
    load_returns,
    load_securities,
    load_volumes,
    read,
)
from rareearth_research.datasets.tables.vocabulary import BREAKS
from rareearth_research.errors import DataError


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


def test_changing_returns_changes_neither_the_next_nor_where_they_come_from():
    mine = load_returns(["MP", "REMX"])
    mine.iloc[:, 0] = 0.0
    mine.attrs["provenance"][0]["table"] = "changed"
    again = load_returns(["MP", "REMX"])
    assert again["MP"].abs().sum() > 1
    assert again.attrs["provenance"][0]["table"] == "prices_us"


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


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: load_prices("MPX"), r"tickers: 'MPX' is not in .*nearest: 'MP'"),
        (lambda: load_prices(["MP", "MP"]), "'MP' asked for twice"),
        (lambda: load_prices([]), "an empty list selects nothing"),
        (lambda: load_prices(group="antimoni"), "group: 'antimoni' .*nearest: 'antimony'"),
        (lambda: load_prices(exchange="XNYX"), "exchange: 'XNYX' .*nearest: 'XNYS'"),
        (lambda: load_prices("MP", group="antimony"), "no security satisfies"),
        (lambda: load_prices("SPY", since="2025-02-01", until="2025-01-01"), "is after until"),
        (lambda: load_prices("SPY", since="2030-01-01"), "the data run from 2009-01-02"),
        (lambda: load_prices("SPY", since="soon"), "since 'soon' is not a day"),
        (lambda: load_prices("SPY", since="2025-01-01T00:00Z"), "carries a time zone"),
        (lambda: load_returns("SPY", kind="logs"), "kind='logs' is not known"),
        (lambda: load_volumes("WWR"), "there are no volumes of 'WWR'"),
        (lambda: load_price_flags(flag="stail"), "flag: 'stail' is not in .*nearest: 'stale'"),
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
