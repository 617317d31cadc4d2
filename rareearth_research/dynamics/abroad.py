"""How much more does a mineral cost outside of the country that controls its export?"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from rareearth_research.arguments import check_choice, check_kind, check_number
from rareearth_research.choices import QuoteStep
from rareearth_research.dated import check_index, to_floats
from rareearth_research.dynamics.belief import typeset
from rareearth_research.errors import DataError, SpecificationError, shown
from rareearth_research.summary import Drawn, Summary

KILOGRAMS = {"g": 0.001, "kg": 1.0, "lb": 0.45359237, "t": 1000.0, "mt": 1000.0, "tonne": 1000.0}
STEPS = {"week": "W-FRI", "month": "ME", "session": ""}
LEAST = 8
ODD = 5  # times as dear, from which units may be wrong


@dataclass(frozen=True, repr=False)
class Premium(Drawn):
    """Result of `premium`.

    Attributes
    ----------
    table : DataFrame
        ``date, abroad, home, premium``: both prices in the unit of `abroad`, the one at home
        without VAT; the premium is a fraction of the price at home.
    unit : str
    every : str
        "week", "month" or "session".
    unchanged : float
        Share of steps at which neither price moved.
    notes : tuple of str
    """

    picture: ClassVar[str] = "plot_premium"
    table: pd.DataFrame
    unit: str
    every: str
    unchanged: float
    notes: tuple[str, ...]

    def summary(self) -> Summary:
        """Return the last premium beside the median and the range."""
        each, last = self.table["premium"], self.table.iloc[-1]
        until = "On" if self.every == "session" else f"In the {self.every} to"
        headline = (
            f"{until} {last['date']:%Y-%m-%d} the price abroad stood {last['premium']:+z.0%} from "
            f"the price at home without VAT ({last['abroad']:.4g} against {last['home']:.4g} "
            f"{self.unit}); the median since {self.table['date'].iloc[0]:%Y-%m-%d} is "
            f"{each.median():+z.0%}, the range {each.min():+z.0%} to {each.max():+z.0%}."
        )
        return Summary(typeset(headline), self.table.tail(8), self.notes)


def premium(
    abroad: pd.Series,
    home: pd.Series,
    fx: pd.Series | float,
    *,
    vat: float,
    units: Mapping[str, str],
    every: QuoteStep = "week",
) -> Premium:
    """Compare the price of a mineral abroad with the price at home, tax and units met.

    Parameters
    ----------
    abroad, home : Series
        Prices by day.
    fx : Series or float
        Units of the home currency for one of the currency abroad, by day (CNY for one USD).
    vat : float
        Share that the home quotation includes: 0.13 in China, 0 for a quotation without it.
    units : mapping
        ``{"abroad": "USD/kg", "home": "CNY/t"}``; masses are g, kg, lb, t.
    every : {"week", "month", "session"}, default "week"
        Last quotation of each week (to Friday) or month, or every day that has all three.

    Returns
    -------
    Premium

    Raises
    ------
    DataError, SpecificationError
        For a missing or unknown unit or tax, prices that are not above zero, no days in common.

    Notes
    -----
    ``premium = abroad / (home / (1 + vat) / fx) − 1``, both per kilogram. Freight, grade and terms
    of delivery are not met: a lasting part of the premium is theirs.
    """
    vat = check_number("vat", vat, 0, 1)
    check_choice("every", every, STEPS)
    money, mass = _units(units)
    rate = pd.Series(check_number("fx", fx, 1e-9), home.index) if np.isscalar(fx) else fx
    given: dict[str, Any] = {"abroad": abroad, "home": home, "fx": rate}
    columns = {name: _positive(name, one) for name, one in given.items()}
    frame = pd.DataFrame(columns)
    if STEPS[every]:
        frame = frame.resample(STEPS[every]).last()
    kept = frame.dropna()
    if len(kept) < LEAST:
        raise DataError(
            f"abroad, home and fx have {len(kept)} {every}s in common, and {LEAST} are needed; "
            "give series of the same time"
        )
    at_home = kept["home"] / (1 + vat) / kept["fx"] / mass["home"] * mass["abroad"]
    moved = kept[["abroad", "home"]].diff().iloc[1:]
    unchanged = float((moved == 0).all(axis=1).mean())
    lost = int(frame.notna().any(axis=1).sum() - len(kept))
    notes = [f"{lost} {every}s without one of the three are left out."] if lost else []
    table = pd.DataFrame(
        {"date": kept.index, "abroad": kept["abroad"].to_numpy(), "home": at_home.to_numpy()}
    )
    table["premium"] = table["abroad"] / table["home"] - 1
    if not 1 / ODD < 1 + table["premium"].median() < ODD:
        notes.append(
            f"The two prices differ by a factor beyond {ODD}: check units, and that fx is the home "
            "currency for one of the currency abroad."
        )
    if unchanged >= 0.2:
        notes.append(f"In {unchanged:.0%} of the {every}s neither quotation moved.")
    return Premium(table, money["abroad"], every, unchanged, tuple(notes))


def _units(units: Any) -> tuple[dict[str, str], dict[str, float]]:
    """Return the units as given, and the kilograms of each mass."""
    if not isinstance(units, Mapping) or set(units) != {"abroad", "home"}:
        raise SpecificationError(
            "units must say both, as in units={'abroad': 'USD/kg', 'home': 'CNY/t'}; got "
            f"{shown(units)}"
        )
    mass = {}
    for name, unit in units.items():
        match = re.fullmatch(r"([A-Z]{3})/([a-z]+)", str(unit).strip())
        if match is None or match[2] not in KILOGRAMS:
            raise SpecificationError(
                f"units: {name} {shown(unit)} is not known; write a currency and a mass out of "
                f"{', '.join(KILOGRAMS)}, as in 'USD/kg'"
            )
        mass[name] = KILOGRAMS[match[2]]
    if units["abroad"][:3] == units["home"][:3]:
        raise SpecificationError(
            f"units: both prices are in {units['home'][:3]}, so no exchange rate is between them; "
            "write the home price's own currency, and fx in units of it"
        )
    return {name: str(unit) for name, unit in units.items()}, mass


def _positive(name: str, series: Any) -> pd.Series:
    check_kind(name, series, pd.Series, "a Series of prices by day", DataError)
    check_index(series.index, name)
    values = pd.Series(to_floats(series, name), series.index).dropna()
    if (bad := values[~(values > 0) | np.isinf(values)]).size:
        raise DataError(
            f"{name} is {bad.iloc[0]:g} on {bad.index[0].date()}, and a price or rate is above "
            f"zero; correct it, or make it missing with {name}.where({name} > 0)"
        )
    return values
