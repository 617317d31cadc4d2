"""Prices or returns, per cent or fractions, simple or log? Told by name or size, or asked."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from rareearth_research.datasets.reading.cells.options import Options
from rareearth_research.datasets.reading.panel import Panel
from rareearth_research.datasets.reading.words import ADJUSTED, CLOSES, UNITS, WORDS, plain
from rareearth_research.errors import DataError, shown

# Typical size (the median of what is not 0) of a daily return: as a fraction no market's is beyond
# 3 %, in per cent no share's or index's is below 0.2,
# and none's beyond 40.
FRACTION, PERCENT, WILD = 0.03, 0.2, 40
LEVELS = 10  # from as many figures on, one that never falls and is typically above 1 is no return
GROSS = "lie around 1 and jump from row to row, as gross returns (1 + r) do"
CODES = WORDS["codes"]["numbers"]  # for a missing return


def refuse_no_prices(panel: Panel, options: Options) -> None:
    """Raise where figures that nothing names cannot be prices; say what they are."""
    values = panel.values
    if not panel.holds and _looks_like_returns(values):
        options.refuse(
            f"{panel.said['file']}: the figures, such as {_first(values)}, look like returns, not "
            "prices; read them with rer.read_returns"
        )
    if not panel.holds and _looks_gross(values):
        panel.said["notes"].append(f"the figures {GROSS}")
    _say_prices(panel)


def as_log(panel: Panel, unit: str | None, kind: str | None, options: Options) -> pd.DataFrame:
    """Return the figures as log returns, and say what they were taken for."""
    values, what = panel.values, panel.said["file"]
    prices = panel.holds == "price" or kind == "price"
    if not panel.holds and kind is None and unit is None:
        prices = not _looks_like_returns(values) and not panel.percent
        if prices and _looks_gross(values):
            options.refuse(
                f"{what}: its figures {GROSS}; subtract 1, or if they are prices say kind='price'"
            )
    if prices:
        if unit or kind in ("log", "simple"):
            options.refuse(
                f"{what}: {panel.name or 'the table'} holds prices, of which log returns are made; "
                "leave unit and kind out, or name the column of returns, "
                f"{options.key('columns', {'return': panel.name or 'Return'})}"
            )
        _say_prices(panel)
        refuse_impossible(values, True, [panel], options)
        panel.said["holds"] += "; returns are ln of each over the last one before it"
        growth = values / values.ffill().shift()
        return growth.apply(np.log)
    named_unit, named_kind = UNITS.get(plain(panel.name), ("", ""))
    if panel.percent and unit == "fraction":
        options.refuse(f"{what}: its figures bear a per cent sign; leave unit out")
    if unit is None:
        _refuse_levels(panel, options)
    unit = unit or ("percent" if panel.percent else named_unit) or _unit_by_size(values, what)
    kind = kind or named_kind
    if not kind:
        options.refuse(
            f"{what}: nothing says whether its returns are simple or log; say it, kind='simple' "
            "(P/P₋₁ − 1) or kind='log'"
        )
    coded = values.isin(CODES)
    if coded.to_numpy().any():
        row, column = map(int, np.argwhere(coded.to_numpy())[0])
        code = float(values.to_numpy()[row, column])
        options.refuse(
            f"{what}: {shown(values.columns[column])} is {code:g} on {_day(values, row)}, as codes "
            f"for a missing return are; say so, missing=[{code:g}]"
        )
    if unit == "percent":
        values = values / 100
    panel.said["holds"] = f"{kind} returns{f' ({panel.name})' if panel.name else ''}, {unit}" + (
        "" if unit == "fraction" else ", divided by 100"
    )
    if kind == "log":
        return values
    lost = values <= -1
    if lost.to_numpy().any():
        row, column = map(int, np.argwhere(lost.to_numpy())[0])
        code = float(panel.values.to_numpy()[row, column])
        options.refuse(
            f"{what}: {shown(values.columns[column])} is {code:g} on {_day(values, row)}, a loss "
            f"of everything; if it stands for no return, missing=[{code:g}]"
            + ("; if the figures are per cent, unit='percent'" if unit == "fraction" else "")
        )
    return values.apply(np.log1p)


def refuse_impossible(
    values: pd.DataFrame, prices: bool, panels: Sequence[Panel], options: Options
) -> None:
    """Raise for a price that is zero or negative."""
    wrong = (values <= 0).to_numpy() if prices else np.zeros((1, 1), dtype=bool)
    if wrong.any():
        row, column = map(int, np.argwhere(wrong)[0])
        name, value = values.columns[column], float(values.to_numpy()[row, column])
        what = next((p.said["file"] for p in panels if name in p.values.columns), "")
        returns = " If these are returns, read them with rer.read_returns" if value < 0 else ""
        options.refuse(
            f"{what}: {shown(name)} is {value:g} on {_day(values, row)}, and no price is; if it "
            f"stands for no price, missing=[{value:g}]; else correct the cell.{returns}"
        )


def _say_prices(panel: Panel) -> None:
    name = panel.name
    panel.said["holds"] = "adjusted prices" if plain(name) in ADJUSTED else "prices"
    closes = [other for other in panel.said["columns not used"] if plain(other) in CLOSES]
    if plain(name) in ADJUSTED and closes:
        name = f"{name}, preferred to {closes[0]}"
    panel.said["holds"] += f" ({name})" if name else ""


def _refuse_levels(panel: Panel, options: Options) -> None:
    """Raise for a column among returns that can only be one of prices."""
    for name, column in panel.values.items():
        if column.count() >= LEVELS and column.min() >= 0 and column.median() > 1:
            way = options.key("columns", {"price": panel.name}) if panel.name else "kind='price'"
            options.refuse(
                f"{panel.said['file']}: {shown(name)} never falls below 0 and is typically "
                f"{column.median():.3g}, as a price is; read prices with {way}, or leave the "
                "column out; if it is a return all the same, unit='percent'"
            )


def _looks_like_returns(values: pd.DataFrame) -> bool:
    negative = values.to_numpy()[(values < 0).to_numpy()]
    return len(negative) > 0.1 * values.size and len(np.unique(negative)) > 1


def _looks_gross(values: pd.DataFrame) -> bool:
    """Return whether figures lie around 1 and forget the one before, as 1 + r does."""
    middle = values.median()
    jumps = values.diff().var() / values.var()
    return len(values) >= 20 and bool(middle.between(0.5, 1.5).all() and (jumps > 1).all())


def _unit_by_size(values: pd.DataFrame, what: str) -> str:
    """Return the one unit that the typical sizes of all columns show, or ask."""
    sizes = values.abs().where(values != 0).median().dropna()
    if sizes.empty:
        return "fraction"
    if (sizes > WILD).any():
        raise DataError(
            f"{what}: {shown(sizes.idxmax())} is typically ±{sizes.max():.3g}, too much for per "
            "cent; divide basis points by 10 000"
        )
    units = ("fraction", sizes[sizes <= FRACTION]), ("percent", sizes[sizes >= PERCENT])
    found = {unit: own for unit, own in units if len(own)}
    if len(found) == 1:
        return next(iter(found))
    if found:
        which = " and ".join(
            f"{shown(own.index[0])} is typically ±{own.iloc[0]:.2g}" for own in found.values()
        )
        raise DataError(
            f"{what}: {which}, as if one were in fractions and one in per cent; write all alike, "
            "or say what all are in, unit='fraction' or unit='percent'"
        )
    raise DataError(
        f"{what}: its returns are typically ±{sizes.median():.2g}, which can be fractions or per "
        "cent; say which, unit='fraction' or unit='percent'"
    )


def _first(values: pd.DataFrame) -> str:
    row, column = map(int, np.argwhere((values < 0).to_numpy())[0])
    name, value = values.columns[column], values.to_numpy()[row, column]
    return f"{value:g} of {shown(name)} on {_day(values, row)}"


def _day(values: pd.DataFrame, row: int) -> str:
    return str(pd.Timestamp(values.index[row]).date())
