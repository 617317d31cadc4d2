"""The premium of a mineral abroad: tax, currency and mass met, and doubts said."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import rareearth_research as rer
from rareearth_research.errors import DataError, SpecificationError

UNITS = {"abroad": "USD/kg", "home": "CNY/t"}
WEEKS = pd.date_range("2024-01-05", periods=20, freq="W-FRI")


def test_the_premium_meets_tax_currency_and_mass_by_hand() -> None:
    abroad, home = pd.Series(120.0, WEEKS), pd.Series(791_000.0, WEEKS)
    found = rer.premium(abroad, home, 7.0, vat=0.13, units=UNITS)
    assert found.table["home"].iloc[0] == pytest.approx(791_000 / 1.13 / 7 / 1000, rel=1e-12)
    assert found.table["premium"].iloc[-1] == pytest.approx(0.2, rel=1e-12)


@pytest.mark.parametrize(
    ("mass", "grams"),
    [("g", 1), ("kg", 1e3), ("lb", 453.59237), ("t", 1e6), ("mt", 1e6), ("tonne", 1e6)],
)
def test_masses_are_met(mass: str, grams: float) -> None:
    found = premium(1.0, units={"abroad": f"USD/{mass}", "home": "CNY/kg"})
    assert found.table["premium"].iloc[0] == pytest.approx(1e3 / grams - 1, rel=1e-12)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"units": {"abroad": "USD/kg"}}, "units must say both"),
        ({"units": UNITS | {"home": "CNY/oz"}}, "not known"),
        ({"units": UNITS | {"home": "USD/t"}}, "no exchange rate"),
        ({"vat": 13}, "from 0 to 1"),
        ({"every": "day"}, "'week', 'month', 'session'"),
    ],
)
def test_a_premium_without_unit_or_tax_is_refused(change: dict[str, object], says: str) -> None:
    given = {"abroad": pd.Series(1.0, WEEKS), "home": pd.Series(1.0, WEEKS), "fx": 7.0, "vat": 0.13,
             "units": UNITS}  # fmt: skip
    with pytest.raises(SpecificationError, match=says):
        rer.premium(**(given | change))  # type: ignore[arg-type]


def test_a_price_of_zero_is_refused_and_left_out_by_the_remedy() -> None:
    home = pd.Series(700_000.0, WEEKS)
    home.iloc[3] = 0.0
    with pytest.raises(DataError, match=r"home\.where\(home > 0\)"):
        rer.premium(pd.Series(1.0, WEEKS), home, 7.0, vat=0.13, units=UNITS)
    found = rer.premium(pd.Series(1.0, WEEKS), home.where(home > 0), 7.0, vat=0.13, units=UNITS)
    assert "1 weeks without one of the three" in str(found)


def test_an_exchange_rate_the_wrong_way_round_is_remarked() -> None:
    abroad, home = pd.Series(120.0, WEEKS), pd.Series(791_000.0, WEEKS)
    right, wrong = (rer.premium(abroad, home, fx, vat=0.13, units=UNITS) for fx in (7.0, 1 / 7.0))
    assert "check units, and that fx" in str(wrong)
    assert "check units" not in str(right)


def test_the_last_premium_is_of_a_week_and_not_of_a_day_to_come() -> None:
    begun = pd.bdate_range("2024-01-01", periods=58)  # ends on a Wednesday
    found = rer.premium(pd.Series(1.0, begun), pd.Series(7.0, begun), 7.0, vat=0,
                        units={"abroad": "USD/kg", "home": "CNY/kg"})  # fmt: skip
    assert found.summary().headline.startswith("In the week to 2024-03-22 ")


EACH = {"abroad": "USD/kg", "home": "CNY/kg"}


def premium(abroad: object, home: object = 7.0, **options: object) -> rer.dynamics.Premium:
    """The premium of prices by week, without tax, at seven for one."""
    both = (pd.Series(prices, WEEKS, dtype=float) for prices in (abroad, home))
    given = {"fx": 7.0, "vat": 0, "units": EACH} | options
    return rer.premium(*both, **given)  # type: ignore[arg-type]


def test_quotations_stand_still_where_neither_moves() -> None:
    abroad, home = np.arange(1.0, 21.0), np.full(20, 7.0)
    home[:10] = np.arange(8.0, 18.0)  # eight steps of neither, from the last ones of abroad
    abroad[11:] = 12.0
    for until, share in ((20, 8 / 19), (16, 4 / 19), (15, 3 / 19)):
        moving = np.where(np.arange(20) < until, abroad, np.arange(1.0, 21.0))
        found = premium(moving, home)
        assert found.unchanged == pytest.approx(share)
        assert ("neither quotation moved" in str(found.notes)) == (share >= 0.2)
    for still, said in ((3, True), (2, False)):  # of fifteen steps: a fifth is enough
        found = premium([*np.full(still, 9.0), *np.arange(9.0, 25 - still), *np.full(4, np.nan)])
        assert found.unchanged == still / 15
        assert ("neither quotation moved" in str(found.notes)) == said


@pytest.mark.parametrize(
    ("abroad", "said"), [(5.01, True), (4.99, False), (0.19, True), (0.21, False)]
)
def test_five_times_as_dear_or_cheap_is_odd(abroad: float, said: bool) -> None:
    assert ("check units" in str(premium(abroad).notes)) == said


def test_eight_weeks_with_all_three_are_needed_and_others_counted() -> None:
    home = np.where(np.arange(20) < 8, 7.0, np.nan)
    found = premium(1.0, home)
    assert (len(found.table), found.notes[0].split()[0]) == (8, "12")
    assert not any("without one" in note for note in premium(1.0).notes)
    with pytest.raises(DataError, match="have 7 weeks in common, and 8 are needed"):
        premium(1.0, np.where(np.arange(20) < 7, 7.0, np.nan))


def test_a_month_has_its_last_quotation_and_a_session_its_own() -> None:
    days = pd.bdate_range("2024-01-01", periods=180)
    abroad, home = pd.Series(np.arange(1.0, 181.0), days), pd.Series(7.0, days)
    months, sessions = (
        rer.premium(abroad, home, 7.0, vat=0, units=EACH, every=every).table
        for every in ("month", "session")
    )
    last = [abroad[: str(month)[:10]].iloc[-1] for month in months["date"]]
    assert months["abroad"].tolist() == last
    assert sessions["date"].tolist() == days.tolist()
