"""One series by its name, from whichever table holds it: a mineral's price, a tonnage, a security.

Methods that look at one series over time take it from here, with its title and unit beside it.

Single figures from published pages, annual and monthly, as they were known at the time.
"""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pandas as pd

from rareearth_research.arguments import check_choice
from rareearth_research.datasets.catalog import ELSEWHERE, read
from rareearth_research.datasets.cleaning.indicators import as_periods
from rareearth_research.datasets.loaders.filters import Names, choose, within
from rareearth_research.datasets.loaders.prices import load_prices
from rareearth_research.datasets.loaders.securities import load_securities
from rareearth_research.datasets.own.layers import own_prices
from rareearth_research.days import Day
from rareearth_research.errors import DataError, did_you_mean, listed, shown, some

FREQUENCIES = ("annual", "monthly")
# What the two tables share, in the order served when both are asked for.
COMMON = ["series_id", "frequency", "geography", "material", "period_label", "period_type",
          "period_start", "period_end", "value", "value_low", "value_high", "unit", "value_kind",
          "vintage", "release_date", "source_title", "source_url", "status", "note"]  # fmt: skip
KILOGRAMS = 1000.0  # of a tonne
WEEKS = 20  # days between rows of one's own: farther apart they are months


def load_indicators(
    series: Names | None = None, *, frequency: str | None = None, known_by: Day | None = None
) -> pd.DataFrame:
    """Return indicators, one row per figure.

    Parameters
    ----------
    series : str or list of str, optional
        Series ids such as ``"usgs_mine_production"`` or ``"gacc_ree_exports"``; all by default.
    frequency : str, optional
        ``"annual"`` or ``"monthly"`` (which also holds quarters and single days); both by default.
    known_by : str or date, optional
        Only figures released on or before this day. Figures without a release date (all annual
        ones) are left out, because they cannot be shown to have been public.

    Returns
    -------
    DataFrame
        The columns of the table asked for; for both, the columns of either: annual figures have
        ``period_start`` and ``period_end`` but no ``release_date``, and
        ``.attrs["provenance"]`` lists one entry per table.

    Raises
    ------
    DataError
        For an unknown series or frequency.
    """
    if frequency is not None:
        check_choice("frequency", frequency, FREQUENCIES, DataError)
    table = _both() if frequency is None else read(f"indicators_{frequency}")
    known = pd.Series(True, index=table.index)
    if known_by is not None:
        if "release_date" not in table:
            raise DataError(
                "known_by: annual figures have no release date; leave it out and choose by the "
                "column vintage"
            )
        known = within(table["release_date"], None, known_by, "known_by")
    hint = "See rer.load_indicator_series() for all"
    return choose(table, hint, known, series=("series_id", series))


def load_indicator_series() -> pd.DataFrame:
    """Return what each series of `load_indicators` measures, indexed by ``series_id``.

    Returns
    -------
    DataFrame
        ``title, publisher, caution, units, figures, first, last``.
    """
    return read("indicator_series").set_index("series_id")


def _both() -> pd.DataFrame:
    annual = as_periods(read("indicators_annual")).assign(frequency="annual")
    monthly = read("indicators_monthly").assign(frequency="monthly")
    monthly = monthly.assign(geography="", material="", vintage="")
    both = pd.concat([annual[COMMON], monthly[COMMON]], ignore_index=True)
    both.attrs["provenance"] = [table.attrs["provenance"] for table in (annual, monthly)]
    return both


def list_series() -> pd.DataFrame:
    """List the series that `load_series` knows beside securities, one row each.

    Returns
    -------
    DataFrame
        Index ``name``; ``title, unit, every`` ("month" or "session"), ``first, last, values`` and
        ``missing``, the months between first and last without a figure.
    """
    every = pd.concat([_long(table) for table in _TABLES], ignore_index=True)
    kinds = every.groupby("name", sort=False)
    listed = kinds.agg(
        title=("title", "first"),
        unit=("unit", "first"),
        every=("every", "first"),
        first=("date", "min"),
        last=("date", "max"),
        values=("value", "count"),
    )
    months = (listed["last"].dt.year - listed["first"].dt.year) * 12 + (
        listed["last"].dt.month - listed["first"].dt.month
    )
    monthly = listed["every"] == "month"
    listed["missing"] = (months + 1 - listed["values"]).where(monthly).astype("Int64")
    return listed


def load_series(name: str, *, since: Day | None = None, until: Day | None = None) -> pd.Series:
    """Return one series: a mineral's price, an exported tonnage or a security's closes.

    Parameters
    ----------
    name : str
        As `list_series` has it (``"X_REE_CARBONATE"``, ``"Nd metal"``, ``"natural graphite"``,
        ``"gacc_ree_magnet_exports"``, ...), a ticker, or a column of prices of your own where
        those are in play.
    since, until : str or date, optional
        First and last day, both included; a month by its first day.

    Returns
    -------
    Series
        By date, without the days that have no figure; ``.attrs`` holds ``title``, ``unit``,
        ``every`` and, of what ships, ``provenance`` (see `cite`).

    Raises
    ------
    DataError
        For an unknown name, and for a time without a figure.
    """
    if not isinstance(name, str) or not name.strip():
        raise DataError(f"name must be the name of a series; got {shown(name)}. See list_series()")
    series, about = _found(name)
    series = series[within(series.index, since, until)].dropna()
    if series.empty:
        raise DataError(
            f"{name} has no figure from since={shown(since)} to until={shown(until)}; leave them "
            "out to see all"
        )
    series.attrs.clear()
    series.attrs.update(about)
    return series


def _found(name: str) -> tuple[pd.Series, dict[str, Any]]:
    """Return the whole series and what is known of it: one's own, of a table, or closes."""
    own = own_prices()
    if own is not None and name in own.columns:
        series = own[name].dropna()
        days = np.median(np.diff(series.index.to_numpy()) / np.timedelta64(1, "D"))
        return series, {"title": name, "unit": "", "every": "month" if days > WEEKS else "session"}
    for table in _TABLES:
        long = _long(table)
        if (mine := long["name"] == name).any():
            chosen = long[mine].set_index("date")
            about = {key: chosen[key].iloc[0] for key in ("title", "unit", "every")}
            return chosen["value"].rename(name), about | {"provenance": long.attrs["provenance"]}
    securities = load_securities()
    if name not in securities.index:
        known = list_series()["title"]
        near = _named_by(name, known) or did_you_mean(name, [*known.index, *securities.index])
        absent = [table for table in _TABLES if read(table).empty]
        without = f". Of {listed(absent)} a wheel brings no row: {ELSEWHERE}" if absent else ""
        raise DataError(
            f"name: {shown(name)} is not in what is held{near}. See rer.list_series() and "
            f"rer.load_securities(){without}"
        )
    closes = load_prices(name)
    about = {"title": securities.loc[name, "name"], "unit": securities.loc[name, "currency"],
             "every": "session"}  # fmt: skip
    return closes[name], about | {"provenance": closes.attrs["provenance"]}


def _named_by(name: str, titles: pd.Series) -> str:
    """Say which series are of the material named, or have all its words in their titles."""
    wanted = set(re.findall(r"\w+", name.casefold())) or {""}
    materials = read("materials")
    called = materials["name"].str.casefold().str.findall(r"\w+").map(set)
    symbols = {*materials["symbol"][called.map(lambda words: wanted <= words)]}
    if name in {*materials["symbol"]}:
        symbols, wanted = {name}, called[materials["symbol"] == name].iloc[0]
    found = [
        repr(series)
        for series, title in titles.items()
        if wanted <= set(re.findall(r"\w+", title.casefold())) or str(series).split()[0] in symbols
    ]
    if found:
        return f"; series of it: {some(found, 4)}"
    return "; no series is of that material" if symbols else ""


def _long(table: str) -> pd.DataFrame:
    """Return a table's series: name, title, unit, every, date, value."""
    frame = read(table)
    columns = _TABLES[table](frame)
    every = "month" if "month" in frame or table == "trade" else "session"
    long = pd.DataFrame({**columns, "every": every}).dropna(subset="value")
    long.attrs = frame.attrs
    return long.sort_values(["name", "date"], kind="stable")


def _metals(spot: pd.DataFrame) -> dict[str, pd.Series]:
    name = spot["element"] + " " + spot["form"]
    one = spot["grade"].groupby(name).transform("nunique") == 1
    full = name + ", " + spot["grade"]
    return {"name": name.where(one, full), "title": full, "unit": spot["unit"],
            "date": spot["date"], "value": spot["price"]}  # fmt: skip


def _graphite(trade: pd.DataFrame) -> dict[str, object]:
    name = trade["graphite"].astype(str) + " graphite"
    title = "China's exports of " + name + " (HS " + trade["hs6"] + ")"
    return {"name": name, "title": title, "unit": "t", "date": trade["month"],
            "value": trade["net_weight_kg"] / KILOGRAMS}  # fmt: skip


def _customs(trade: pd.DataFrame) -> dict[str, object]:
    """Return the single months: January and February are one figure in most years."""
    months = trade[trade["period_type"] == "month"]
    title = months["series_id"].map(load_indicator_series()["title"])
    return {"name": months["series_id"], "title": title, "unit": "t",
            "date": months["period_start"], "value": months["tonnes"]}  # fmt: skip


_TABLES = {
    "imf_pcps": lambda t: {"name": t["code"], "title": t["series"], "unit": t["unit"],
                           "date": t["month"], "value": t["price"]},
    "pink_sheet": lambda t: {"name": t["commodity"], "title": t["commodity"], "unit": t["unit"],
                             "date": t["month"], "value": t["price"]},
    "metal_spot": _metals,
    "graphite_trade": _graphite,
    "trade": _customs,
}  # fmt: skip
