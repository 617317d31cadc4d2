"""Returns of one's own that may be none: found and flagged, left out if asked, or refused."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pandas as pd
import pytest

import rareearth_research as rer
from rareearth_research.errors import DataError, RareEarthError, SpecificationError
from rareearth_research.eventstudy import EventStudy, EventStudyResults
from rareearth_research.eventstudy.inputs.suspects import served
from tests.support.eventstudy_cases import synthetic_returns

RETURNS = synthetic_returns(500)
DAYS = RETURNS.index
EVENT = DAYS[400]
ASKED: dict[str, Any] = {"estimation": (-200, -11), "windows": [(0, 2)]}


def fit(returns: pd.DataFrame, **options: Any) -> EventStudyResults:
    return EventStudy(returns, [EVENT], "MKT", **{**ASKED, **options}).fit()


def damaged(values: Any, *, at: int = 400, column: str = "S1") -> pd.DataFrame:
    """Return the synthetic returns with `values` from row `at` on in one column."""
    frame = RETURNS.copy()
    values = np.atleast_1d(values)
    frame.iloc[at : at + len(values), frame.columns.get_loc(column)] = values
    return frame


def found(returns: pd.DataFrame, **options: Any) -> list[tuple[str, str, str]]:
    flags = rer.flag_returns(returns, **options)
    return [(f"{row.date:%Y-%m-%d}", row.ticker, row.flag) for row in flags.itertuples()]


def day(at: int) -> str:
    return f"{DAYS[at]:%Y-%m-%d}"


# --- what is found -------------------------------------------------------------------------------


def test_nothing_is_found_in_ordinary_returns() -> None:
    flags = rer.flag_returns(RETURNS)
    assert flags.empty
    assert list(flags.columns) == list(rer.load_price_flags().columns)


def test_a_close_repeated_for_five_sessions_is_stale() -> None:
    assert found(damaged([0.0] * 4)) == [(day(at), "S1", "stale") for at in range(400, 404)]
    assert found(damaged([0.0] * 3)) == []


def test_the_first_of_equal_returns_is_no_repetition() -> None:
    assert found(damaged([0.013] * 4)) == [(day(at), "S1", "stale") for at in range(401, 404)]


def test_a_missing_day_does_not_end_a_run() -> None:
    assert len(found(damaged([0.0, 0.0, np.nan, 0.0, 0.0]))) == 4


def test_a_share_that_stands_still_on_many_days_needs_a_longer_run() -> None:
    rng = np.random.default_rng(4)
    thin = damaged(0.01).assign(S1=RETURNS["S1"].where(rng.random(500) > 0.4, 0.0))
    share = float((thin["S1"] == 0).mean())
    shortest = int(np.ceil(np.log(0.01 / 500) / np.log(share)))
    runs = thin["S1"].groupby((thin["S1"] != 0).cumsum()).apply(lambda run: (run == 0).sum())
    assert 4 <= runs.max() < shortest
    assert found(thin) == []
    thin.iloc[100 : 100 + 2 * shortest, 1] = 0.0
    assert len(found(thin)) >= 2 * shortest


@pytest.mark.parametrize(
    ("move", "flagged"),
    [
        (np.log(1 / 2) + 0.01, True),  # 2:1
        (np.log(3) - 0.02, True),  # three into one
        (np.log(1 / 10), True),
        (np.log(1 / 2.5), False),  # a fall by 60 % that no usual ratio explains
        (np.log(0.7), False),
    ],
)
def test_a_ratio_of_splits_is_suspect(move: float, flagged: bool) -> None:
    assert found(damaged(move)) == [(day(400), "S1", "suspect_corporate_action")] * flagged


def test_simple_returns_are_read_as_such() -> None:
    simple = np.expm1(damaged(np.log(1 / 2)))
    assert found(simple, return_type="simple") == [(day(400), "S1", "suspect_corporate_action")]


def test_a_share_that_moves_as_wildly_on_other_days_is_not_suspect() -> None:
    wild = damaged(np.log(1 / 2))
    wild["S1"] *= np.where(DAYS == EVENT, 1, 4)
    assert found(wild) == []


@pytest.mark.parametrize(
    ("name", "date", "move", "flag"),
    [
        ("600111.SS", "2019-06-05", 0.0997, "limit_up"),
        ("000831.SZ", "2019-06-05", -0.1003, "limit_down"),
        ("300748.SZ", "2019-06-05", 0.1, "limit_up"),
        ("300748.SZ", "2021-06-07", 0.1, ""),
        ("300748.SZ", "2021-06-07", 0.2, "limit_up"),
        ("688456.SH", "2021-06-07", -0.2, "limit_down"),
        ("2330.TW", "2015-05-29", 0.07, "limit_up"),
        ("2330.TW", "2015-06-01", 0.07, ""),
        ("2330.TW", "2015-06-01", 0.0995, "limit_up"),
        ("005930.KS", "2019-06-05", -0.299, "limit_down"),
        ("LYC.AX", "2019-06-05", 0.1, ""),
        ("MP", "2019-06-05", 0.1, ""),
    ],
)
def test_limits_are_those_of_exchange_board_and_date(
    name: str, date: str, move: float, flag: str
) -> None:
    index = pd.bdate_range("2015-01-01", "2021-12-31")
    noise = np.random.default_rng(1).normal(0, 0.01, len(index))
    frame = pd.DataFrame({name: noise}, index)
    frame.loc[date, name] = np.log1p(move)
    assert found(frame) == ([(date, name, flag)] if flag else [])


def test_exchanges_names_the_limits_of_a_column_without_suffix() -> None:
    frame = damaged(np.log(1.1))
    assert found(frame) == []
    assert found(frame, exchanges={"S1": "XSHE"}) == [(day(400), "S1", "limit_up")]
    assert found(frame.rename(columns={"S1": "S1.QQQ"})) == []  # no exchange, no limit


def test_the_size_of_a_return_finds_most_limits_that_the_prices_show() -> None:
    """In this project's Chinese prices; the others are days of special treatment, of 5 %."""
    flags = rer.flag_returns(rer.load_returns(exchange=["XSHG", "XSHE"]))
    shipped = rer.load_price_flags(flag=["limit_up", "limit_down"])
    keys = ["date", "ticker", "flag"]
    ours = flags[flags["flag"].str.startswith("limit")]
    both = ours.merge(shipped, on=keys)
    assert len(both) / len(ours) > 0.94
    assert len(both) / len(shipped) > 0.85


# --- what is done about it -----------------------------------------------------------------------


def test_what_was_found_is_named_and_its_pairs_are_flagged() -> None:
    result = fit(damaged([np.log(1 / 2), 0.01, 0.02]))
    note = next(note for note in result.notes if "may be none" in note)
    assert f"1 suspect_corporate_action ('S1' on {day(400)})" in note
    ledger = result.attrition.set_index("security")["flags"]
    assert ledger["S1"] == "suspect_return"
    assert set(ledger.drop("S1")) == {""}
    assert result.diagnostics["suspect_returns"] == 1
    assert "1 of 6 pairs with a return inside the window that may be none" in str(result.summary())


def test_outside_the_windows_no_pair_is_flagged() -> None:
    for at in (400, 402):  # the first session of [0, 2] and the last
        flags = fit(damaged(np.log(1 / 2), at=at)).attrition.set_index("security")["flags"]
        assert flags["S1"] == "suspect_return"
    for at in (250, 399, 403):
        assert set(fit(damaged(np.log(1 / 2), at=at)).attrition["flags"]) == {""}


def test_the_remedy_named_leaves_them_out() -> None:
    returns = damaged([0.0] * 12, at=300)
    note = next(note for note in fit(returns).notes if "may be none" in note)
    code = re.search(r"give price_flags=(.*)\.$", note)
    assert code is not None
    flags = eval(code[1], {"rer": rer, "returns": returns})
    result = fit(returns, price_flags=flags)
    missing = fit(damaged([np.nan] * 12, at=300))
    np.testing.assert_array_equal(result.car["car"], missing.car["car"])
    assert (f"Left out of returns as price_flags says: 12 stale (the first: 'S1' on {day(300)})."
            in result.notes)  # fmt: skip


def test_the_remedy_for_simple_returns_says_so() -> None:
    returns = np.expm1(damaged(np.log(1 / 2), at=300))
    note = fit(returns, return_type="simple").notes[0]
    code = re.search(r"give price_flags=(.*)\.$", note)
    assert code is not None
    flags = eval(code[1], {"rer": rer, "returns": returns})
    assert "Left out" in fit(returns, return_type="simple", price_flags=flags).notes[0]


def test_flags_that_find_nothing_change_nothing() -> None:
    for limit_days in ("ignore", "flag"):
        clean = fit(RETURNS, price_flags=rer.flag_returns(RETURNS), limit_days=limit_days)
        np.testing.assert_array_equal(clean.car["car"], fit(RETURNS).car["car"])


def test_limits_that_were_found_are_read_by_limit_days() -> None:
    returns = damaged(np.log(1.1), at=402).rename(columns={"S1": "600111.SS"})
    with pytest.raises(SpecificationError, match=r"rer\.flag_returns\(returns\)"):
        fit(returns, limit_days="flag")
    result = fit(returns, limit_days="flag", price_flags=rer.flag_returns(returns))
    ledger = result.attrition.set_index("security")["flags"]
    assert "price_limit" in ledger["600111.SS"]


def test_flags_are_read_on_the_first_day_too_and_told_by_kind() -> None:
    saturday = DAYS[21] + pd.offsets.Week(weekday=5)  # neither it nor S9 is among the returns
    columns = {"date": [DAYS[0], DAYS[20], DAYS[21], saturday, DAYS[30]],
               "ticker": ["S0", "S2", "S1", "S1", "S9"],
               "flag": ["suspect_corporate_action", *["stale"] * 4]}  # fmt: skip
    served_returns, none, [note] = served(RETURNS, pd.DataFrame(columns), "log", "ignore")
    assert none is None
    assert np.argwhere(served_returns.isna().to_numpy()).tolist() == [[0, 0], [20, 2], [21, 1]]
    assert note == (
        f"Left out of returns as price_flags says: 2 stale (the first: 'S2' on {day(20)}), "
        f"1 suspect_corporate_action ('S0' on {day(0)})."
    )


def test_flags_that_do_nothing_are_refused() -> None:
    flags = pd.DataFrame({"date": [EVENT], "ticker": "S1", "flag": "limit_up"})
    with pytest.raises(SpecificationError, match="limit_days='flag'") as caught:
        fit(RETURNS, price_flags=flags)
    assert "price_flags= does nothing" in str(caught.value)
    fit(RETURNS, price_flags=flags, limit_days="flag")


# --- what cannot be a return is refused, and mended as the message says ---------------------------


def padded() -> pd.DataFrame:
    days = pd.date_range(DAYS[0], DAYS[-1])
    return RETURNS.reindex(days).fillna(0.0)


def holidays() -> pd.DataFrame:
    frame = RETURNS.copy()
    frame.iloc[[60, 190, 330]] = 0.0
    return frame


@pytest.mark.parametrize(
    ("returns", "named", "code"),
    [
        (padded(), "Saturday", r"returns\[returns\.index\.day_of_week < 5\]"),
        (holidays(), day(60), r"returns\.drop\(pd\.to_datetime\(\[.*?\]\)\)"),
        (damaged(-99.0), day(400), r"returns\.mask\(.*\)"),
        (damaged([-0.99, 0.01, -0.99]), day(400), r"returns\.replace\(-0\.99, float\('nan'\)\)"),
        (damaged(np.inf), day(400), r"returns\.replace\(\[.*\], float\('nan'\)\)"),
    ],
    ids=["weekends", "holidays", "code", "code over 100", "infinite"],
)
def test_the_line_in_the_message_mends_the_frame(
    returns: pd.DataFrame, named: str, code: str
) -> None:
    with pytest.raises(DataError) as caught:
        fit(returns)
    assert named in str(caught.value)
    line = re.search(code, str(caught.value))
    assert line is not None, str(caught.value)
    mended = eval(line[0], {"returns": returns, "pd": pd})
    assert len(fit(mended).car) >= 5


def test_flag_returns_refuses_what_a_study_refuses() -> None:
    closed = RETURNS.copy()
    closed.iloc[7::60] = 0.0  # nine days
    for returns in (damaged(-99.0), 100 * RETURNS, RETURNS.reset_index(drop=True), closed):
        with pytest.raises(RareEarthError) as caught:
            rer.flag_returns(returns)
        with pytest.raises(type(caught.value)) as same:
            fit(returns)
        assert str(same.value) == str(caught.value)


@pytest.mark.parametrize(("step", "flag"), [("5D", ["limit_up"]), ("6D", [])])
def test_rows_up_to_five_days_apart_have_daily_limits(step: str, flag: list[str]) -> None:
    rows = damaged(np.log(1.1)).set_axis(pd.date_range("2012-01-02", periods=500, freq=step))
    assert [f for _, _, f in found(rows.rename(columns={"S1": "600111.SS"}))] == flag


def test_rows_of_months_have_no_daily_limit() -> None:
    months = damaged(np.log(1.1)).set_axis(pd.date_range("1980-01-31", periods=500, freq="ME"))
    assert found(months.rename(columns={"S1": "600111.SS"})) == []
    with pytest.raises(SpecificationError, match="leave exchanges out"):
        rer.flag_returns(months, exchanges="XSHG")
