"""What does somebody need to compute a headline anew? The numbers behind it, as plain tables.

Residuals beside a public index give returns back, and publishers restrict passing those on. So
what always goes along are cumulative abnormal returns and correlations; returns only if asked for.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from rareearth_research.arrays import Ints
from rareearth_research.datasets.own.layers import own_prices
from rareearth_research.eventstudy.results.evidence import Evidence
from rareearth_research.eventstudy.results.results import EventStudyResults
from rareearth_research.eventstudy.statistics.decision import Finding
from rareearth_research.studies.own_news import OwnNews
from rareearth_research.studies.planned.headline import PlannedStudy
from rareearth_research.studies.planned.measure import Measured, PlannedFinding

REFITTED = ("raw", "mean", "market_adjusted", "market")  # models that `verify.py` estimates itself


def samples_of(answer: Any) -> dict[str, tuple[Evidence, Finding]]:
    """Return the event studies that the finding of an answer rests on, with their numbers."""
    planned = answer if isinstance(answer, PlannedStudy) else getattr(answer, "planned", None)
    measured = getattr(answer, "measured", None)
    if measured is None and planned is not None:
        measured = planned.answers.measured
    if measured is not None:
        every = measured if isinstance(measured, Mapping) else {"": measured}
        return {name: (found.result, found.finding) for name, found in every.items()}
    news, found = getattr(answer, "news", None), getattr(answer, "result", None)
    found = news.every if isinstance(news, OwnNews) else found
    if not isinstance(found, EventStudyResults):
        return {}
    if "effect" in getattr(answer, "verdict", ()):  # of the plan, by which announcements count once
        return {"": (found, Measured(found, found.attrition).finding)}
    return {"": (found, found.findings[0])}


def rests_on_own(answer: Any) -> bool:
    """Say whether every return behind a headline is of a file of one's own."""
    own, specs = own_prices(), [found.specification for found, _ in samples_of(answer).values()]
    names = {name for spec in specs for name in (*spec.names, *spec.regressors)}
    return own is not None and bool(names) and names <= {*own.columns}


def write_checkable(answer: Any, folder: Path, *, whole: bool) -> bool:
    """Write what `verify.py` computes the headline of an answer from; say if returns are there.

    Parameters
    ----------
    answer : study's answer, or None
    folder : Path
        Gets ``headline.json``, and of event studies ``pairs.csv``, ``correlations.csv``, and with
        `whole` ``returns.csv`` where the models are ones that are estimated anew.
    """
    samples, known, tables = samples_of(answer), {}, []
    for name, (found, finding) in samples.items():
        together = _correlations(found)
        known[name] = _known(found, finding, together)
        tables.append([part.assign(sample=name) for part in (_pairs(found), together)])
    specs = [found.specification for found, _ in samples.values()]
    whole = whole and bool(specs)
    whole = whole and all(spec.model in REFITTED and spec.gaps == "matched" for spec in specs)
    if whole:
        for name, (found, _) in samples.items():
            tables[[*samples].index(name)].append(_returns(found).assign(sample=name))
    files = ("pairs.csv", "correlations.csv", "returns.csv")
    for file, parts in zip(files, zip(*tables, strict=True), strict=False):
        pd.concat(parts).to_csv(folder / file, index=False, lineterminator="\n")
    content = {"finding": getattr(answer, "finding", ""), "samples": known}
    text = json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False)
    (folder / "headline.json").write_text(text + "\n", encoding="utf-8", newline="\n")
    return whole


def _known(found: Evidence, finding: Finding, together: pd.DataFrame) -> dict[str, Any]:
    """Return the numbers of a headline, and what is taken as given to compute them."""
    numbers = {
        "mean": finding.caar, "lower": finding.lower, "upper": finding.upper,
        "statistic": finding.leading.statistic, "p": finding.leading.p_value,
        "t over dates": finding.date_t.statistic, "p over dates": finding.date_t.p_value,
    }  # fmt: skip
    used, kept = ~found.exact, float(found.clusters.kept[0])
    sizes, n = np.bincount(found.clusters.block[used]), int(used.sum())
    within = 0.0
    if len(together):
        within = together["r"].mean() * (sizes * (sizes - 1)).sum() / (n * (n - 1))
    return {
        "quantities": {k: float(v) if math.isfinite(v) else None for k, v in numbers.items()},
        "window": found.specification.labels[0],
        "test": finding.test,
        "model": found.specification.model,
        "estimated": found.specification.estimated,
        "each announcement once": isinstance(finding, PlannedFinding),
        "clustered": bool(found.clusters.shared[0]) and n > 1,
        "kept": kept,
        "between": found.dependences[0].mean / kept - within if kept and n > 1 else 0.0,
    }


def _pairs(found: Evidence) -> pd.DataFrame:
    event, security = found.labels
    return pd.DataFrame(
        {
            "event_id": event,
            "security": security,
            "cluster": found.clusters.announcements[0],
            "block": found.clusters.block,
            "used": (~found.exact).astype(int),
            "car": found.fitted.car[:, 0],
            "variance": found.fitted.car_variance[:, 0],
            "n_estimation": found.fitted.n_obs,
        }
    )


def _steps(found: Evidence) -> Ints:
    first, last = found.windows.estimation
    return np.arange(first, last + 1)


def _dates(found: Evidence, steps: Ints) -> Any:
    days = [market.sessions.to_numpy() for market in found.markets]
    return found.kept.gather(days, steps, np.datetime64("NaT", "ns"))


def _correlations(found: Evidence) -> pd.DataFrame:
    """Return r of every two pairs of one date, on the days both have: ``i, j, r``."""
    residuals, dates = np.asarray(found.fitted.residuals), _dates(found, _steps(found))
    parts, used = [pd.DataFrame({"i": [], "j": [], "r": []})], np.flatnonzero(~found.exact)
    for _, members in pd.Series(used).groupby(found.clusters.block[used]):
        series = {i: pd.Series(residuals[i], dates[i])[np.isfinite(residuals[i])] for i in members}
        r = pd.DataFrame(series).corr(min_periods=3).to_numpy()
        i, j = np.triu_indices(len(r), 1)
        rows = pd.DataFrame({"i": members.to_numpy()[i], "j": members.to_numpy()[j], "r": r[i, j]})
        parts.append(rows.dropna())
    return pd.concat(parts, ignore_index=True)


def _returns(found: Evidence) -> pd.DataFrame:
    """Return what each pair is estimated and studied on, a row a session."""
    windows, fitted, pairs = found.windows, found.fitted, found.kept
    parts = []
    inside = windows.members[..., 0, :] > 0
    for part, steps, chosen in (
        ("estimation", _steps(found), np.isfinite(np.asarray(fitted.residuals))),
        ("event", windows.steps, np.isfinite(fitted.abnormal) & inside),
    ):
        dates = _dates(found, steps)
        returns = pairs.gather([market.returns for market in found.markets], steps, np.nan)
        against = [
            market.regressors[market.set_of, 0]
            if market.regressors.size
            else np.full(market.returns.shape, np.nan)
            for market in found.markets
        ]
        pair, column = np.nonzero(chosen)
        rows = {"pair": pair, "part": part, "date": dates[chosen], "step": steps[column]}
        rows |= {"return": returns[chosen]}
        rows |= {"benchmark": pairs.gather(against, steps, np.nan)[chosen]}
        parts.append(pd.DataFrame(rows))
    return pd.concat(parts, ignore_index=True).sort_values(["pair", "step"], kind="stable")
