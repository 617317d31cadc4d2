"""What do fitted specifications say together? One row each, those that repeat another marked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from rareearth_research.errors import RareEarthError, SpecificationError
from rareearth_research.eventstudy.questions.specifications.joint import Specified, joint_test
from rareearth_research.eventstudy.questions.specifications.results import SpecificationCurve
from rareearth_research.eventstudy.statistics.decision import decide

__all__ = ["held_together", "repeats"]

NO_ANSWER = {
    "caar": np.nan, "lower": np.nan, "upper": np.nan, "test": "", "statistic": np.nan,
    "p_value": np.nan, "n": 0, "n_events": 0, "verdict": "",
}  # fmt: skip


def held_together(
    answers: Mapping[int, tuple[Mapping[str, str], Specified | RareEarthError]],
    exclude_near: Any,
    drawing: Mapping[str, Any] | None,
    *,
    progress: bool,
) -> SpecificationCurve:
    """Return the curve of specifications that are fitted, or failed.

    Parameters
    ----------
    answers : mapping
        By number: the choices, see `CHOICES`, and what came of them.
    exclude_near : DataFrame or list of dates, optional
    drawing : mapping, optional
        ``n, coverage, seed`` of the joint draws; none are drawn without it.
    progress : bool

    Raises
    ------
    SpecificationError
        If not one has an answer.
    """
    rows = [
        {"specification": number, **choice, **_answer(found)}
        for number, (choice, found) in answers.items()
    ]
    table = pd.DataFrame(rows)
    if table["caar"].isna().all():
        raise SpecificationError(
            f"none of {len(table)} specifications can be computed; the first: {rows[0]['note']}"
        )
    table.insert(len(table.columns) - 1, "same_as", repeats(table))
    fitted = {n: found for n, (_, found) in answers.items() if isinstance(found, Specified)}
    table.attrs["returns"] = next(iter(fitted.values())).result.specification.return_type
    curve = SpecificationCurve(table)
    if drawing is None:
        return curve
    counted = [fitted[number] for number in curve.distinct["specification"]]
    frame, note = joint_test(counted, exclude_near, drawing, progress=progress)
    return SpecificationCurve(table, frame, note, drawing["seed"])


def _answer(found: Specified | RareEarthError) -> dict[str, Any]:
    """Return the headline of one window, or why there is none."""
    if isinstance(found, RareEarthError):
        return NO_ANSWER | {"note": str(found)}
    result = found.result
    lead, finding = result.headline, result.findings[0]
    views = {finding.test: finding.leading}
    if not finding.few:  # the more cautious decides
        views["date_t"] = finding.date_t
    test = max(views, key=lambda name: np.nan_to_num(views[name].p_value, nan=-1.0))
    kept, asked = int(result.counts["n_pairs"]), int(result.counts["n_asked"])
    notes = [lead["note"], "" if kept == asked else f"{kept} of {asked} pairs kept"]
    return {
        "caar": finding.caar,
        "lower": finding.lower,
        "upper": finding.upper,
        "test": test,
        "statistic": float(views[test].statistic),
        "p_value": float(views[test].p_value),
        "n": kept,
        "n_events": int(result.counts["n_events"]),
        "verdict": decide(finding, lambda: np.nan).verdict,
        "note": "; ".join(filter(None, notes)),
    }


def repeats(table: pd.DataFrame) -> pd.Series:
    """Return for each row the first specification with the same numbers, missing if it is first."""
    keys = [
        (row.window, f"{row.caar:.10e}", f"{row.statistic:.10e}", row.n)
        for row in table.itertuples()
    ]
    first = table.groupby(pd.Index(keys, tupleize_cols=False))["specification"].transform("first")
    known = table["caar"].notna() & (first != table["specification"])
    return first.astype("Int64").where(known)
