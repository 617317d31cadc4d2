"""What does somebody need to compute a headline anew? The numbers behind it, as plain tables.

Residuals beside a public index give returns back, and publishers restrict passing those on. So
what always goes along are cumulative abnormal returns and correlations; returns only if asked for.
"""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from rareearth_research.arrays import Ints
from rareearth_research.eventstudy.results.evidence import Evidence

__all__ = ["evidence_of", "write_checkable"]

REFITTED = ("raw", "mean", "market_adjusted", "market")  # models that `verify.py` estimates itself


def evidence_of(answer: Any) -> Evidence | None:
    """Return the event study that the finding of an answer rests on, if it is one."""
    found = getattr(answer, "news", None)
    found = getattr(answer, "result", None) if found is None else found.every
    return found if isinstance(found, Evidence) else None


def write_checkable(answer: Any, folder: Path, *, whole: bool) -> bool:
    """Write what `verify.py` computes the headline of an answer from; say if returns are there.

    Parameters
    ----------
    answer : study's answer, or None
    folder : Path
        Gets ``headline.json``, and of an event study ``pairs.csv``, ``correlations.csv``, and with
        `whole` ``returns.csv`` where the model is one that is estimated anew.
    """
    found, finding = evidence_of(answer), getattr(answer, "finding", "")
    known: dict[str, Any] = {"finding": finding, "quantities": {}}
    if found is not None:
        first, spec, clusters = found.findings[0], found.specification, found.clusters
        numbers = {
            "mean": first.caar, "lower": first.lower, "upper": first.upper,
            "statistic": first.leading.statistic, "p": first.leading.p_value,
            "t over dates": first.date_t.statistic, "p over dates": first.date_t.p_value,
        }  # fmt: skip
        kept, r = float(clusters.kept[0]), found.dependences[0]
        _pairs(found).to_csv(folder / "pairs.csv", index=False, lineterminator="\n")
        together = _correlations(found)
        together.to_csv(folder / "correlations.csv", index=False, lineterminator="\n")
        used, block = ~found.exact, clusters.block
        sizes, n = np.bincount(block[used]), int(used.sum())
        within = together["r"].mean() * (sizes * (sizes - 1)).sum() / max(n * (n - 1), 1)
        within = within if len(together) else 0.0
        known |= {
            "quantities": {k: float(v) if math.isfinite(v) else None for k, v in numbers.items()},
            "window": spec.labels[0],
            "test": first.test,
            "model": spec.model,
            "estimated": spec.estimated,
            "clustered": bool(clusters.shared[0]) and n > 1,
            "kept": kept,
            "between": r.mean / kept - within if kept and n > 1 else 0.0,
        }
        whole = whole and spec.model in REFITTED and spec.gaps == "matched"
        if whole:
            _returns(found).to_csv(folder / "returns.csv", index=False, lineterminator="\n")
    text = json.dumps(known, indent=1, ensure_ascii=False, allow_nan=False)
    (folder / "headline.json").write_text(text + "\n", encoding="utf-8", newline="\n")
    return found is not None and whole


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
