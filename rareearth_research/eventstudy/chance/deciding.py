"""What may be said? The verdict on every window of a study, with the placebo as its check."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import numpy as np
import pandas as pd

from rareearth_research.arguments import check_kind, check_number, check_text
from rareearth_research.errors import RareEarthError, SpecificationError, listed, shown
from rareearth_research.eventstudy.chance.placebo import PlaceboResult, placebo
from rareearth_research.eventstudy.results.results import EventStudyResults
from rareearth_research.eventstudy.results.sentences import sentence, short
from rareearth_research.eventstudy.results.told import Told
from rareearth_research.eventstudy.statistics.decision import decide

MOST_LOOKED_AT = 1_000_000  # weights to fit for a placebo that nobody asked for: some seconds


def verdict(
    result: EventStudyResults,
    *,
    chance: PlaceboResult | None = None,
    family: Mapping[str, float] | None = None,
    who: str = "",
    around: str = "",
) -> pd.DataFrame:
    """Return what may be said of each window, by one rule.

    Parameters
    ----------
    result : EventStudyResults
    chance : PlaceboResult, optional
        Of this study; by default a placebo at sessions near none of its events and known events
        is run where a verdict hangs on it.
    family : mapping, optional
        Corrected p-value by window label (``"[-1, 1]"``), where a family of tests was declared
        before results were seen; see `adjust`.
    who : str, optional
        Name of the sample, for the sentence: ``"rare-earth producers listed outside China"``. By
        default ``"22 securities"``.
    around : str, optional
        Name of the events, as ``"eight Chinese tightenings"``. By default ``"eight events"``.

    Returns
    -------
    DataFrame
        One row per window: ``window, verdict`` (moved, unsettled, none_larger, cannot_tell)
        ``, caar, lower, upper`` (95 % interval) ``, detectable`` (found four times in five) ``,
        matters, test`` (that decides) ``, p_value, failed`` (checks, separated by ``;``) ``,
        placebo_p`` (where it was needed) ``, words, title`` (the same in a line). Fractions of log
        (or simple) returns; only words compound.

    Raises
    ------
    SpecificationError
        For a result that is none, or a family or placebo of other windows.

    Notes
    -----
    The rule is `rareearth_research.eventstudy.statistics.decision.decide`. Where no placebo is
    possible (garch, windows that differ between pairs, fewer than 19 other sessions) or too costly
    to be run unasked (large mixtures) the verdict goes without, and says so.
    """
    check_kind("result", result, EventStudyResults, "a fitted study, as study.fit() returns")
    labels = result.specification.labels
    check_text("who", who)
    check_text("around", around)
    if not isinstance(family, Mapping | None):
        raise SpecificationError(
            f"family must map window labels to p-values, as in {{{labels[0]!r}: 0.04}}; got "
            f"{shown(family)}"
        )
    family = {
        label: check_number(f"family[{label!r}]", p, 0, 1) for label, p in (family or {}).items()
    }
    _refuse_others("family", list(family), labels)
    kind = "a placebo of the study, as rer.placebo() returns"
    check_kind("chance", chance, PlaceboResult | None, kind)
    if chance is not None:
        _refuse_others("chance", list(chance.table["window"]), labels)
        _refuse_another_study(chance, result)

    found = pd.DataFrame(verdicts_on(result, labels, chance, family, who, around))
    found.attrs["returns"] = result.specification.return_type
    return found


def verdicts_on(
    result: EventStudyResults,
    labels: Sequence[str],
    chance: PlaceboResult | None = None,
    family: Mapping[str, float] | None = None,
    who: str = "",
    around: str = "",
) -> list[dict[str, Any]]:
    """Return the rows of `verdict` for the windows of `labels`."""
    spec = result.specification
    asked = [spec.labels.index(label) for label in labels]

    @cache
    def compared() -> PlaceboResult | None:
        if chance is not None:
            return chance
        if _cost(result) > MOST_LOOKED_AT:
            return None
        try:
            return placebo(result, windows=[spec.windows[g] for g in asked])
        except RareEarthError:  # this study has none, which is no fault of it
            return None

    rows = []
    for label, found in zip(labels, (result.findings[g] for g in asked), strict=True):
        seen: list[pd.Series] = []

        def by_chance(label: str = label, seen: list[pd.Series] = seen) -> float:
            table = None if (drawn := compared()) is None else drawn.table
            if table is None or not (table["window"] == label).any():
                return float("nan")
            seen.append(table[table["window"] == label].iloc[0])
            return float(seen[0]["p_value"]) if seen[0]["valid"] else float("nan")

        decided = decide(found, by_chance, (family or {}).get(label))
        drawn = compared() if seen else None
        told = Told.of(
            result,
            label,
            who,
            around,
            seen[0] if seen else None,
            drawn is not None and drawn.distribution.index.name == "draw",
        )
        rows.append(
            {
                "window": label,
                "verdict": decided.verdict,
                "caar": found.caar,
                "lower": found.lower,
                "upper": found.upper,
                "detectable": found.detectable,
                "matters": found.matters,
                "test": decided.test,
                "p_value": decided.p_value,
                "failed": ";".join(decided.failed),
                "placebo_p": float(seen[0]["p_value"]) if seen else np.nan,
                "words": sentence(found, decided, told),
                "title": short(found, decided, told),
            }
        )
    return rows


def _cost(result: EventStudyResults) -> int:
    """Return how many weights of mixtures a placebo would fit."""
    spec = result.specification
    if spec.model != "synthetic":
        return 0
    sessions = sum(len(market.sessions) for market in result.markets)
    return int(result.counts["n_securities"]) * sessions * len(spec.regressors)


def _refuse_another_study(chance: PlaceboResult, result: EventStudyResults) -> None:
    """Raise unless the placebo knows the study's own pairs by their own values."""
    label = result.specification.labels[0]
    rows = chance.securities[chance.securities["window"] == label]
    event, security = result.labels
    values = result.fitted.car[:, 0] if chance.statistic == "caar" else result.scar()
    ours = pd.Series(values, pd.MultiIndex.from_arrays([event, security])).dropna()
    theirs = pd.Series(
        rows["value"].to_numpy(), pd.MultiIndex.from_frame(rows[["event_id", "security"]])
    ).dropna()
    if not (ours.index.isin(theirs.index).all() and np.allclose(theirs[ours.index], ours, 1e-6)):
        raise SpecificationError(
            "chance is the placebo of another study: its pairs or their values differ; give "
            "rer.placebo() of this result"
        )


def _refuse_others(name: str, given: list[str], labels: tuple[str, ...]) -> None:
    strange = [label for label in given if label not in labels]
    if strange or (given and name == "chance" and set(given) != set(labels)):
        raise SpecificationError(
            f"{name} is for the windows {listed(given)}; give it for {listed(list(labels))}, those "
            "of the study"
        )
