"""How counterfactuals are said: what those that pass their own checks find, and the others."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from rareearth_research.dynamics import StateSpaceImpact, SyntheticControl, SyntheticDid
from rareearth_research.errors import listed
from rareearth_research.numerals import interval, p_said, per_cent

__all__ = ["PASSED", "detail", "effect", "finding", "in_logs", "lead", "limits", "verdict"]

PASSED = "passed"


def finding(
    table: pd.DataFrame, names: pd.Series, event: pd.Series, first: pd.Timestamp, span: str,
    level: float,
) -> str:  # fmt: skip
    """Say what methods that pass their checks find, then to what of the others these object."""
    passed = table["guard"] == PASSED
    start = "while other news came at the time, " if event["confounders"] else ""
    start += f"over the {span} from {first.day} "
    one = len(names) == 1
    words = (
        f"{start}{first:%B %Y} {listed(names)} {'was' if one else 'were on average'} "
        f"{lead(table, level)} away from where {'it' if one else 'they'} would have been: "
        f"{verdict(table)}."
    )
    others = [f"{effect(row)} by {row['method']}" for row in table[~passed].to_dict("records")]
    if others and passed.any():
        words += f" Their own checks object to {listed(others)}."
    return words[0].upper() + words[1:]


def lead(table: pd.DataFrame, level: float) -> str:
    """Return the effects by methods that pass their own checks, if none does by all."""
    passed = table["guard"] == PASSED
    return listed(
        f"{effect(row)} ({row['method']}{_interval(row, level)})"
        for row in (table[passed] if passed.any() else table).to_dict("records")
    )


def verdict(table: pd.DataFrame) -> str:
    passed = table["guard"] == PASSED
    outside = (table["lower"] > 0) | (table["upper"] < 0)
    if np.sign(table["effect"]).nunique() > 1:
        return "this study cannot tell, as its methods do not agree on the sign"
    if (passed & outside).sum() >= 2:
        return "an unusual time, as at least two methods that pass their own checks leave out zero"
    if not passed.any():
        return "this study cannot tell, as no method passes its own check"
    return "this study cannot tell, as no two methods that pass their own checks leave out zero"


def detail(table: pd.DataFrame, donors: int, before: int, every: str) -> str:
    methods = "; ".join(
        f"{row['method']} {p_said(row['p_value'])}" for row in table.to_dict("records")
    )
    about = f"{donors} donors; {before} {every}s before the event; log closes"
    return f"{methods[:1].upper()}{methods[1:]}. {about}."


def effect(row: Mapping[Hashable, Any]) -> str:
    """Return a log change, compounded."""
    return per_cent(np.expm1(row["effect"]))


def _interval(row: Mapping[Hashable, Any], level: float) -> str:
    """Return the interval of an effect, where it has ends."""
    if not np.isfinite([row["lower"], row["upper"]]).all():
        return ""
    ends = interval(np.expm1(row["lower"]), np.expm1(row["upper"]))
    return f", {100 * level:.0f} % interval {ends}"


def limits(
    event: pd.Series, synthetic: SyntheticControl, differences: SyntheticDid | None,
    impact: StateSpaceImpact, dropped: list[str], used: list[str],
) -> list[str]:  # fmt: skip
    without = "Synthetic difference-in-differences needs the package diff-diff, which is not here."
    return [
        *(f"Synthetic control: {doubt}" for doubt in synthetic.doubts),
        *([without] if differences is None else
          (f"Synthetic difference-in-differences: {in_logs(one)}" for one in differences.doubts)),
        *(f"State space: {doubt}" for doubt in impact.doubts),
        (f"Donors: {', '.join(used)}. Without a price in every period: "
        f"{', '.join(dropped) if dropped else 'none'}."),
        f"Other news at the time, as recorded: {event['confounders']}"
        if event["confounders"] else "",
        ("Not shown: that the announcement caused the gap. Whatever else touched these companies "
        "and not the donors, such as news of their own, is in it."),
    ]  # fmt: skip


def in_logs(doubt: str) -> str:
    return doubt.replace("in units of the series", "in logs of prices")
