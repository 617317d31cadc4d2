"""Levels and slopes of segments, their fit, and the same at dates at which nothing happened."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.stats import norm

from rareearth_research.arrays import Floats, Ints
from rareearth_research.dynamics.series import Even

LEAST = 6  # rows of each segment
MOST = 199  # placebo dates, evenly spread

Fit = tuple[Floats, Floats, Floats, float]  # coefficients, their covariance, residuals, rho


def fit(
    values: Floats, terms: dict[str, Floats], beside: Floats, errors: str, lags: int
) -> Fit | None:
    """Return the fit, or None where columns are collinear."""
    import statsmodels.api as sm

    right = np.column_stack([*terms.values(), beside])
    scale = np.sqrt((right**2).mean(axis=0))
    if (scale == 0).any() or np.linalg.matrix_rank(right / scale) < right.shape[1]:
        return None
    plain = sm.OLS(values, right)
    if errors == "hac":
        found = plain.fit(cov_type="HAC", cov_kwds={"maxlags": lags, "use_correction": True})
    else:
        found = sm.GLSAR(values, right, rho=1).iterative_fit(maxiter=20)
    residuals = values - right @ found.params
    power = float(residuals @ residuals)
    rho = float(residuals[1:] @ residuals[:-1]) / power if power > 0 else 0.0
    k = len(terms)
    return found.params, np.asarray(found.cov_params())[:k, :k], residuals, rho


def terms_of(n: int, rows: Ints, waiting: int | None, trend: bool) -> dict[str, Floats]:
    """Return the constant, the trend, and level and slope of every segment, by name."""
    t = np.arange(n, dtype=np.float64)
    terms = {"constant": np.ones(n)} | ({"trend": t} if trend else {})
    for number, row in enumerate(rows, start=1):
        if waiting is not None and number == 1:
            terms["between"] = ((t >= row) & (t < waiting)).astype(float)
            continue
        mark = f" {number}" if len(rows) > 1 and waiting is None else ""
        terms[f"level{mark}"] = (t >= row).astype(float)
        if trend:
            terms[f"slope{mark}"] = np.clip(t - row, 0, None)
    return terms


def average_effect(
    terms: dict[str, Floats], fitted: Fit, after: list[str], row: int
) -> tuple[float, float]:
    """Return the mean effect from a row on, and its standard error."""
    weights = np.array([terms[name][row:].mean() if name in after else 0.0 for name in terms])
    coefficients, covariance = fitted[:2]
    effect = float(weights @ coefficients[: len(weights)])
    return effect, float(np.sqrt(weights @ covariance @ weights))


def moved_dates(values: Floats, beside: Floats, trend: bool, errors: str, lags: int) -> Floats:
    """Return the absolute *t* of the average effect at dates at which nothing happened."""
    rows = np.arange(LEAST, len(values) - LEAST + 1)
    rows = rows[np.linspace(0, len(rows) - 1, min(MOST, len(rows))).astype(int)]
    found = []
    for row in rows:
        terms = terms_of(len(values), np.array([row]), None, trend)
        if len(terms) + beside.shape[1] + LEAST > len(values):
            continue
        fitted = fit(values, terms, beside, errors, lags)
        if fitted is not None:
            effect, error = average_effect(terms, fitted, ["level", "slope"], int(row))
            found.append(abs(effect / error))
    return np.array(found)


def path_of(
    even: Even, terms: dict[str, Floats], beside: Floats, fitted: Fit, after: list[str], first: int,
    z: float,
) -> pd.DataFrame:  # fmt: skip
    coefficients, covariance, residuals, _ = fitted
    right = np.column_stack(list(terms.values()))
    right[:, [name not in after for name in terms]] = 0.0
    effect = right @ coefficients[: len(terms)]
    error = np.sqrt(np.einsum("ti,ij,tj->t", right, covariance, right))
    whole = even.values - residuals
    before = np.arange(len(whole)) < first
    path = pd.DataFrame({"date": even.index, "value": even.values, "fitted": whole,
                         "without": whole - effect, "effect": effect,
                         "lower": effect - z * error, "upper": effect + z * error})  # fmt: skip
    path.loc[before, ["effect", "lower", "upper"]] = np.nan
    return path


def table_of(
    order: list[str], names: list[str], coefficients: Floats, covariance: Floats, z: float,
    even: Even, rows: Ints,
) -> pd.DataFrame:  # fmt: skip
    at = [order.index(name) for name in names]
    estimate, error = coefficients[at], np.sqrt(np.diag(covariance)[at])
    named = []
    for name in names:
        word, _, number = name.partition(" ")
        row = rows[int(number) - 1] if number else rows[-1]
        named.append({"trend": f"trend per {even.unit}",
                      "between": f"announced, not yet effective (from {even.label(rows[0])})"}.get(
                          word, f"{word} from {even.label(row)}"))  # fmt: skip
    return pd.DataFrame({
        "term": named, "estimate": estimate, "se": error, "lower": estimate - z * error,
        "upper": estimate + z * error, "p_value": 2 * norm.sf(np.abs(estimate / error)),
    })  # fmt: skip
