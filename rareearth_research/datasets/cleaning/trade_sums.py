"""Do reported months add up to reported totals?

For every year-to-date or year figure the months from January on are covered by the other figures
of the series: single months, January-February, longer joints, shorter year-to-date figures. Of
all such coverings the check takes the one with the fewest derived parts, and then the finest. A
covering that needs a derived part proves nothing, since the part may come from the total itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import pandas as pd


class Part(NamedTuple):
    """A figure that covers the months `first` to `last` of a year."""

    first: int
    last: int
    tonnes: float
    derived: bool
    label: str


def reconcile(trade: pd.DataFrame) -> pd.DataFrame:
    """Check every year-to-date and year figure of `trade` against its parts.

    Returns
    -------
    DataFrame
        One row per total: ``sum_of_parts``, ``difference`` (total less parts), ``tolerance``
        (half the last digit of every figure, added up), ``parts``, ``missing_months`` and
        ``verdict``: agrees, differs, not independent (needs a derived part), incomplete.
    """
    totals = trade[trade["period_type"].isin(["cumulative", "year"])]
    rows = []
    total: Any
    for total in totals.itertuples():
        year = total.period_end.year
        others = trade[
            (trade["series_id"] == total.series_id)
            & (trade["period_start"].dt.year == year)
            & (trade["period_end"] <= total.period_end)
            & (trade.index != total.Index)
        ]
        parts = [_part(row) for row in others.itertuples()]
        rows.append(_check(total, parts))
    columns = ["series_id", "period_end", "period_type", "tonnes", "sum_of_parts", "difference"]
    columns += ["tolerance", "parts", "missing_months", "verdict"]
    checks = pd.DataFrame(rows, columns=columns)
    return checks.sort_values(["series_id", "period_end"], ignore_index=True)


def rounding(tonnes: float) -> float:
    """Return half the last digit a figure is given to: 0.5 for 7742, 0.05 for 5864.6."""
    decimals = len(f"{tonnes:.6f}".rstrip("0").partition(".")[2])
    return float(0.5 * 10.0**-decimals)


def _check(total: Any, parts: list[Part]) -> tuple[Any, ...]:
    end, tonnes = total.period_end, total.tonnes
    head = (total.series_id, end, total.period_type, tonnes)
    covering = min(
        _coverings(parts, 1, end.month),
        key=lambda found: (sum(part.derived for part in found), -len(found)),
        default=None,
    )
    if covering is None:
        covered = {m for part in parts for m in range(part.first, part.last + 1)}
        missing = [f"{end.year}-{m:02d}" for m in range(1, end.month + 1) if m not in covered]
        nothing = float("nan")
        return (*head, nothing, nothing, nothing, "", "; ".join(missing), "incomplete")
    added = round(sum(part.tonnes for part in covering), 6)
    difference = round(tonnes - added, 6)
    tolerance = rounding(tonnes) + sum(rounding(part.tonnes) for part in covering)
    if any(part.derived for part in covering):
        verdict = "not independent"
    else:
        verdict = "agrees" if abs(difference) <= tolerance + 1e-6 else "differs"
    text = " + ".join(part.label for part in covering)
    return (*head, added, difference, tolerance, text, "", verdict)


def _coverings(parts: list[Part], month: int, end: int) -> Iterator[list[Part]]:
    """Yield every way to cover `month` to `end` by parts without overlap."""
    if month > end:
        yield []
        return
    for part in parts:
        if part.first == month and part.last <= end:
            for rest in _coverings(parts, part.last + 1, end):
                yield [part, *rest]


def _part(row: Any) -> Part:
    start, end = row.period_start, row.period_end
    span = f"{start:%Y-%m}" if start.month == end.month else f"{start:%Y-%m}/{end:%m}"
    derived = row.value_kind in ("derived", "rounded")
    return Part(start.month, end.month, row.tonnes, derived, span)
