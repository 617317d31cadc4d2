"""What no market made is left out by a stated rule, or kept and named with security and day."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import rareearth_research as rer


def prices(*names: str, rows: int = 60, seed: int = 5) -> pd.DataFrame:
    days = pd.bdate_range("2025-06-02", periods=rows, name="date")
    moves = np.random.default_rng(seed).normal(0, 0.01, (rows, len(names)))
    return pd.DataFrame(20 * np.exp(moves.cumsum(axis=0)), days, list(names))


def notes(table: pd.DataFrame) -> list[str]:
    said = rer.read_prices(table, show=False).attrs["read"]["notes"]
    growth = rer.read_returns(table, show=False).attrs["read"]["notes"]
    assert said == growth  # the same is said of prices and of the returns made of them
    return list(said)


def test_a_clean_table_has_nothing_to_say() -> None:
    assert notes(prices("A", "B", "C")) == []


def test_weekends_and_holidays_that_were_filled_are_left_out() -> None:
    table = prices("A", "B", "C").drop(pd.Timestamp("2025-06-19"))
    filled = table.reindex(pd.date_range(table.index[0], table.index[-1], name="date")).ffill()
    read = rer.read_prices(filled, show=False)
    assert list(read.index) == list(table.index)
    weekend, holiday = read.attrs["read"]["notes"]
    assert weekend.startswith("left out as filled: 22 rows on a Saturday or Sunday")
    assert holiday == (
        "left out as filled: 1 rows on a weekday on which none of all securities moved, 2025-06-19"
    )
    zero = np.log(table / table.shift()).reindex(filled.index, fill_value=0.0)
    returns = rer.read_returns(zero, kind="log", show=False)
    assert list(returns.index) == list(table.index)


@pytest.mark.parametrize("step", ["W-SUN", "MS"])
def test_weeks_and_months_dated_on_a_sunday_are_kept_where_nothing_moved(step: str) -> None:
    days = pd.date_range("2020-01-01", periods=40, freq=step, name="date")
    table = pd.DataFrame({"A": np.repeat([10.0, 10.1, 9.9, 10.2], 10)}, days)
    assert list(rer.read_prices(table, show=False).index) == list(days)
    assert not any("Sunday" in note for note in notes(table))


def test_a_switch_from_pence_to_pounds_is_named_as_one() -> None:
    table = prices("VOD.L", "BP.L")
    table.iloc[:30, 0] *= 100
    [said] = notes(table)
    assert said.startswith("VOD.L is 0.0")
    assert said.endswith("from pence to pounds, write all in one")
    mended = table.assign(
        **{"VOD.L": table["VOD.L"].where(table["VOD.L"] < 500, table["VOD.L"] / 100)}
    )
    assert notes(mended) == []


def test_a_column_without_any_figure_is_named(tmp_path: Path) -> None:
    table = prices("A", "B").assign(C=np.nan)
    table.to_csv(tmp_path / "p.csv")
    read = rer.read_prices(tmp_path / "p.csv", show=False)
    assert (list(read.columns), read.attrs["read"]["notes"]) == (
        ["A", "B"], ["without any figure, and left out: C"]
    )  # fmt: skip


def test_a_polish_file_names_its_close(tmp_path: Path) -> None:
    close = prices("Zamkniecie")
    table = close.assign(Otwarcie=1.5, Najwyzszy=2.5, Najnizszy=0.5, Wolumen=7).rename_axis("Data")
    table.to_csv(tmp_path / "SAP.DE.csv")
    read = rer.read_prices(tmp_path / "SAP.DE.csv", show=False)
    np.testing.assert_allclose(read["SAP.DE"], close["Zamkniecie"])


def test_a_market_open_on_sunday_keeps_it_and_says_so() -> None:
    table = prices("A", "B").set_axis(pd.date_range("2025-06-02", periods=60, name="date"))
    assert len(rer.read_prices(table, show=False)) == 60
    [said] = notes(table)
    assert said.startswith("16 rows on a Saturday or Sunday, 2025-06-07, 2025-06-08, 2025-06-14")


def test_a_price_that_stands_still_is_named_with_its_day_and_run() -> None:
    table = prices("A", "B")
    table.iloc[20:27, 0] = table.iloc[20, 0]
    day = table.index[21]
    [said] = notes(table)
    assert (
        said == f"A stands still on 6 of 59 days, first on {day:%Y-%m-%d}, longest for 6 in a row"
    )


@pytest.mark.parametrize(
    ("factor", "says"),
    [(0.5, "a split of 1 into 2"), (0.1, "a split of 1 into 10"), (20, "20 into 1")],
)
def test_a_jump_by_the_ratio_of_a_split_is_named(factor: float, says: str) -> None:
    table = prices("A", "B")
    table.iloc[30:, 1] *= factor
    [said] = notes(table)
    assert said.startswith("B is ")
    assert f"on {table.index[30]:%Y-%m-%d}, as {says}: if it was a split, read a column" in said


def test_a_split_is_gone_in_a_column_of_adjusted_prices() -> None:
    close = prices("Close")
    adjusted = close["Close"] / 2
    close.iloc[30:] /= 2
    adjusted.iloc[30:] = close["Close"].iloc[30:]
    table = close.assign(security="A")
    assert len(notes(table)) == 1
    assert notes(table.assign(**{"Adj Close": adjusted})) == []


@pytest.mark.parametrize(
    ("code", "limit", "named"),
    [("600001.SH", 0.1, True), ("600001", 0.1, True), ("300001.SZ", 0.2, True),
     ("300001.SZ", 0.1, False), ("2330.TW", 0.1, True), ("005930.KS", 0.3, True),
     ("MP", 0.1, False)],
)  # fmt: skip
def test_a_move_by_the_limit_of_its_exchange_is_named(code: str, limit: float, named: bool) -> None:
    table = prices(code, "B")
    table.iloc[30:, 0] *= table.iloc[29, 0] * (1 + limit) / table.iloc[30, 0]
    found = notes(table)
    assert bool(found) is named
    if named:
        assert found[0].startswith(
            f"{code} moved by the limit of {limit:.0%} on 1 days, {table.index[30]:%Y-%m-%d}: more"
        )
