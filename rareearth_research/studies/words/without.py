"""How counterfactuals are said: what those that pass their own checks find, and the others."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from rareearth_research.dynamics import StateSpaceImpact, SyntheticControl, SyntheticDid
from rareearth_research.errors import listed
from rareearth_research.numerals import capital, counted, numeral, p_said, per_cent, typeset
from rareearth_research.studies.slow.gaps import PASSED, in_logs
from rareearth_research.studies.slow.judged import ends


def finding(
    table: pd.DataFrame, verdict: str, names: pd.Series, event: pd.Series, first: pd.Timestamp,
    span: str, level: float,
) -> str:  # fmt: skip
    """Say what methods that pass their checks find, then to what of the others these object."""
    passed = table["guard"] == PASSED
    start = "while other news came at the time, " if event["confounders"] else ""
    start += f"over the {span} from {first.day} "
    one = len(names) == 1
    said = (
        f"{start}{first:%B %Y} {listed(names)} {'was' if one else 'were on average'} "
        f"{lead(table, level)} away from where {'it' if one else 'they'} would have been: "
        f"{words(table, verdict)}."
    )
    others = [f"{effect(row)} by {row['method']}" for row in table[~passed].to_dict("records")]
    if others and passed.any():
        said += f" Their own checks object to {listed(others)}."
    if verdict == "cannot_tell":
        said += f" {_missed(table[passed] if passed.any() else table)}"
    return capital(said)


def lead(table: pd.DataFrame, level: float) -> str:
    """Return the effects by methods that pass their own checks, if none does by all."""
    passed = table["guard"] == PASSED
    return listed(
        f"{effect(row)} ({row['method']}{_interval(row, level)}, {p_said(row['p_value'])})"
        for row in (table[passed] if passed.any() else table).to_dict("records")
    )


def verdict(table: pd.DataFrame) -> str:
    """Return the verdict of all methods together: of one event never more than unsettled."""
    passed = table[table["guard"] == PASSED]
    agree = np.sign(table["effect"]).nunique() == 1
    if agree and (passed["verdict"] == "unsettled").any():
        return "unsettled"
    if len(passed) >= 2 and (passed["verdict"] == "none_larger").all():
        return "none_larger"
    return "cannot_tell"


def words(table: pd.DataFrame, verdict: str) -> str:
    """Return the verdict as a sentence says it, with its reason."""
    passed = table["guard"] == PASSED
    if verdict == "unsettled":
        found = listed(table.loc[passed & (table["verdict"] == "unsettled"), "method"])
        return f"unsettled, as it rests on one announcement and on {found}"
    if verdict == "none_larger":
        return "no average move larger than an ordinary one, by every method that passes its checks"
    if np.sign(table["effect"]).nunique() > 1:
        why = "its methods do not agree on the sign"
    elif not passed.any():
        why = "no method passes its own check"
    else:
        why = "no method that passes its own check finds it unusual"
    return f"this study cannot tell, as {why}"


def _missed(table: pd.DataFrame) -> str:
    """Say what would have been found by the methods, where that is a number."""
    sizes = [
        f"{per_cent(np.expm1(row['detectable']), sign=False)} ({row['method']})"
        for row in table.to_dict("records")
        if row["detectable"] < np.log(10)
    ]
    if not sizes:
        return "It would miss even a move to tenfold."
    return f"It would miss a rise of {listed(sizes)} in about two cases of ten."


def detail(table: pd.DataFrame, synthetic: SyntheticControl, before: int, every: str) -> str:
    methods = "; ".join(
        f"{row['method']} {p_said(row['p_value'])} by {row['by']}"
        for row in table.to_dict("records")
    )
    others = len(synthetic.placebo) - 1
    as_far = round(synthetic.table["p_value"].iloc[1] * (others + 1)) - 1
    rank = (
        f"Of {others} other shares or sets of them {numeral(as_far) if as_far else 'none'} came as "
        "far from their synthetic controls for how these fit before"
    )
    donors = counted(len(synthetic.weights), "donor")
    about = f"{donors}; {before} {every}s before the event; log closes"
    return f"{capital(methods)}. {rank}. {capital(about)}."


def effect(row: Mapping[Hashable, Any]) -> str:
    """Return a log change, compounded."""
    return per_cent(np.expm1(row["effect"]))


def _interval(row: Mapping[Hashable, Any], level: float) -> str:
    """Return the interval of an effect and whose it is: the outer ends of what is not refused."""
    words = f", {100 * level:.0f} % interval by {row['by']}"
    hole = " around a gap at zero" * (
        row["p_value"] <= 1 - level and row["lower"] <= 0 <= row["upper"]
    )
    return f"{words} {ends(row['lower'], row['upper'])}{hole}"


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
        f"Other news at the time, as recorded: {typeset(event['confounders'])}"
        if event["confounders"] else "",
        ("Not shown: that the announcement caused the gap. Whatever else touched these companies "
        "and not the donors, such as news of their own, is in it."),
    ]  # fmt: skip
