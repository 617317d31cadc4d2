"""What does a specification curve say? Its rows, the count in a sentence, and a table by choice.

What do fitted specifications say together? One row each, those that repeat another marked.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from rareearth_research.errors import RareEarthError, SpecificationError
from rareearth_research.eventstudy.questions.specifications.joint import Specified, joint_test
from rareearth_research.eventstudy.statistics.decision import decide
from rareearth_research.labels import LOG, label, unit
from rareearth_research.numerals import numeral, p_said, per_cent
from rareearth_research.summary import Drawn, Summary

CHOICES = ("model", "window", "benchmark", "estimation", "timing", "sample")
LEVEL = 0.05
SIGNIFICANT = f"p ≤ {100 * LEVEL:.0f} %"
NO_TEST = "Specifications share returns and events and are not independent: the shares are no test."
BAND = "The band is for the mean CAR, the test for standardised CARs; the two may disagree."
NO_ANSWER = {
    "caar": np.nan, "lower": np.nan, "upper": np.nan, "test": "", "statistic": np.nan,
    "p_value": np.nan, "n": 0, "n_events": 0, "verdict": "",
}  # fmt: skip


@dataclass(frozen=True, repr=False)
class SpecificationCurve(Drawn):
    """Result of `specification_curve`.

    Attributes
    ----------
    table : DataFrame
        One row per specification, in the order asked for: ``specification`` (1, 2, …), the choices
        ``model, window, benchmark, estimation, timing, sample``, then ``caar`` (average CAR, a
        fraction), ``lower, upper`` (its 95 % interval), ``test`` (that decides: the more cautious
        of the one over securities and the one over dates), ``statistic, p_value, n`` (pairs),
        ``n_events, verdict`` (without placebo and family; not of the plan's curve), ``same_as`` (an
        earlier specification with the same numbers, or missing) and ``note``. One that could not be
        computed has no numbers and its reason in ``note``.
    joint : DataFrame or None
        Of the curve as a whole: ``statistic`` (``median effect, share significant, mean
        statistic``) ``, observed, p_value, n`` (placebo draws), see `joint_frame`. None where it
        was not asked for or cannot be had.
    joint_note : str
        What does not take part in it, or why there is none.
    seed : int
    first : str
        What the first specification is called, against which the others are held.
    """

    picture: ClassVar[str] = "plot_specification_curve"
    table: pd.DataFrame
    joint: pd.DataFrame | None = None
    joint_note: str = ""
    seed: int = 0
    first: str = "reference"

    @property
    def distinct(self) -> pd.DataFrame:
        """The specifications that have an answer, and not the answer of an earlier one."""
        return self.table[self.table["caar"].notna() & self.table["same_as"].isna()]

    @property
    def sensitivity(self) -> str:
        """Name the choice on which significance depends most, in a sentence; may be empty."""
        return _most_telling(_by_choice(self.distinct))

    @property
    def title(self) -> str:
        """How many specifications stand out, and how rare the curve is, for a picture."""
        found = self.distinct
        loud, up = found["p_value"] <= LEVEL, found["caar"] > 0
        same = "all" if up.all() or not up.any() else f"{max(up.sum(), (~up).sum()):,}"
        joint = "" if self.joint is None else f"; jointly {p_said(self.joint['p_value'].iloc[0])}"
        return (
            f"{loud.sum():,} of {len(found):,} specifications stand out, {same} with the same "
            f"sign{joint}"
        )

    @property
    def joint_words(self) -> str:
        """How rare the curve as a whole is, in a sentence; may be empty."""
        if self.joint is None:
            return ""
        row = self.joint.iloc[0]
        reached = round(row["p_value"] * (1 + row["n"])) - 1
        times = numeral(reached) if reached else "none"
        return (
            f"Of {row['n']:,} placebo draws that move the announcements to the same other sessions "
            f"in all specifications, {times} {'has' if reached == 1 else 'have'} a median as far "
            f"from zero (joint {p_said(row['p_value'])})."
        )

    @property
    def joint_further(self) -> str:
        """How rare the curve is by its other two statistics, in a sentence; may be empty."""
        if self.joint is None:
            return ""
        share, mean = self.joint.iloc[1], self.joint.iloc[2]
        return (
            "By the share of specifications that stand out in one direction from their own draws "
            f"({100 * share['observed']:.0f} %) joint {p_said(share['p_value'])}, by the mean "
            f"statistic {p_said(mean['p_value'])}."
        )

    def summary(self) -> Summary:
        """Return the count in a sentence, a table by choice, and what it cannot show."""
        rows, found = self.table, self.distinct
        words = self.joint_words or NO_TEST
        said = [words, self.joint_further, self.joint_note, self.sensitivity]
        notes = [*filter(None, said), BAND]
        same, failed = int(rows["same_as"].notna().sum()), int(rows["caar"].isna().sum())
        if same:
            notes.append(
                f"{same} of {len(rows)} specifications give the same numbers as an earlier one "
                "and are not counted again."
            )
        if failed:
            reasons = rows.loc[rows["caar"].isna(), "note"].unique()
            notes.append(f"{failed} of {len(rows)} could not be computed: {' | '.join(reasons)}")
        return Summary(_sentence(found), _by_choice(found), tuple(notes))


def _sentence(found: pd.DataFrame) -> str:
    m, up = len(found), int((found["caar"] > 0).sum())
    loud = found[found["p_value"] <= LEVEL]
    down = int((loud["caar"] < 0).sum())
    signs = f" ({len(loud) - down} positive, {down} negative)" if down else ""
    middle = found["caar"].median()
    median = per_cent(np.expm1(middle) if unit(found) == LOG else middle)
    which = f"{m:,} specifications" if m > 1 else "the only specification"
    above, many = (f"{count:,}" if count else "none" for count in (up, len(loud)))
    return (
        f"In {above} of {which} the average is positive, in {many} it is significant at "
        f"{100 * LEVEL:.0f} % by the more cautious of its tests{signs}; the median is {median}."
    )


def _by_choice(found: pd.DataFrame) -> pd.DataFrame:
    """Return one row per choice that was varied: how often positive, significant, and how much."""
    rows = [
        {
            "choice": choice,
            "value": label(choice, str(value)),
            "specifications": len(part),
            "positive": int((part["caar"] > 0).sum()),
            SIGNIFICANT: int((part["p_value"] <= LEVEL).sum()),
            f"median, {unit(found)}": f"{100 * part['caar'].median():+z.2f}",
        }
        for choice in CHOICES
        if choice in found and found[choice].nunique() > 1
        for value, part in found.groupby(choice, sort=False)
    ]
    return pd.DataFrame(rows)


def _most_telling(table: pd.DataFrame) -> str:
    if table.empty:
        return ""
    share = table[SIGNIFICANT] / table["specifications"]
    spread = share.groupby(table["choice"], sort=False).agg(lambda part: part.max() - part.min())
    if not spread.max():
        return ""
    choice = spread.idxmax()
    counts = [
        f"{row[SIGNIFICANT]} of {row['specifications']} ({row['value']})"
        for _, row in table[table["choice"] == choice].iterrows()
    ]
    return f"Significance depends most on the {choice}: it is found in {', '.join(counts)}."


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
