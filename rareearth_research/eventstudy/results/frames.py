"""Tidy frames of an event study, built from flat arrays only when somebody looks at them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from rareearth_research.eventstudy.models.estimate import Fitted, standardised_car
from rareearth_research.eventstudy.statistics import parametric

if TYPE_CHECKING:
    from rareearth_research.eventstudy.results.results import EventStudyResults

__all__ = ["abnormal", "attrition", "average", "buy_and_hold", "car", "params"]

Floats = NDArray[np.float64]


def abnormal(result: EventStudyResults) -> pd.DataFrame:
    """Return one row per kept pair and event session that has a return."""
    fit, keep = result.fitted, result.keep
    steps = np.arange(result.windows.sessions[0], result.windows.sessions[1] + 1)
    inside = np.broadcast_to((result.windows.members > 0).any(axis=-2), fit.abnormal.shape)
    chosen = inside & ~np.isnan(fit.abnormal)
    pair, column = np.nonzero(chosen)
    with np.errstate(invalid="ignore", divide="ignore"):
        standardised = fit.abnormal / np.sqrt(fit.variance)
    standardised = np.where(_exact(result)[:, None], np.nan, standardised)
    event, security = _labels(result)
    spans = np.ones(fit.abnormal.shape, dtype=np.int64)
    for m, market in enumerate(result.markets):
        here = np.flatnonzero(result.pairs.market[keep] == m)
        at = result.pairs.position[keep][here][:, None] + steps
        safe = np.clip(at, 0, market.spans.shape[1] - 1)
        spans[here] = market.spans[result.pairs.row[keep][here][:, None], safe]
    return pd.DataFrame(
        {
            "event_id": event[pair],
            "security": security[pair],
            "relative_session": steps[column],
            "session": _dates(result, keep[pair], steps[column]),
            "return": fit.returns[chosen],
            "expected_return": (fit.returns - fit.abnormal)[chosen],
            "abnormal_return": fit.abnormal[chosen],
            "variance": fit.variance[chosen],
            "standardised": standardised[chosen],
            "multi_session": (spans > 1)[chosen],
        }
    )


def car(result: EventStudyResults) -> pd.DataFrame:
    """Return one row per kept pair and window."""
    fit, labels = result.fitted, result.specification.labels
    g, k = len(labels), len(result.keep)
    scar = standardised_car(fit)[:, :g]
    from scipy.special import stdtr

    df = fit.n_obs - result.specification.estimated
    event, security = _labels(result)
    bhar = np.column_stack(
        [
            buy_and_hold(
                fit, result.windows.members[..., i, :] > 0, result.specification.return_type
            )
            for i in range(g)
        ]
    )
    return pd.DataFrame(
        {
            "event_id": np.repeat(event, g),
            "security": np.repeat(security, g),
            "session": np.repeat(_dates(result, result.keep, np.zeros(k, dtype=np.int64)), g),
            "window": np.tile(np.array(labels, dtype=object), k),
            "car": fit.car[:, :g].ravel(),
            "variance": fit.car_variance[:, :g].ravel(),
            "scar": scar.ravel(),
            "p_value": (2 * stdtr(df[:, None], -np.abs(scar))).ravel(),
            "bhar": bhar.ravel(),
            "n_estimation": np.repeat(fit.n_obs, g),
        }
    )


def params(result: EventStudyResults) -> pd.DataFrame:
    """Return one row per kept pair: coefficients, sigma, R² of least squares, matched days."""
    fit = result.fitted
    event, security = _labels(result)
    k = fit.coefficients.shape[1]
    spec = result.specification
    if spec.model == "factors":
        names = ["alpha", *spec.benchmark.split(", ")]
    elif spec.model == "dimson":
        reach = (k - 2) // 2
        names = [
            "alpha",
            *(f"beta({step:+d})" if step else "beta(0)" for step in range(-reach, reach + 1)),
        ]
    else:
        names = ["alpha", "beta", *(f"b{i}" for i in range(2, k))][:k]
    frame = pd.DataFrame({"event_id": event, "security": security})
    for i, name in enumerate(names):
        frame[name] = fit.coefficients[:, i]
    if spec.model == "dimson":
        frame["beta"] = fit.coefficients[:, 1:].sum(axis=1)
    frame["sigma"] = np.sqrt(fit.sigma2)
    if k > 1 and spec.model != "garch" and spec.gaps == "matched":
        frame["r_squared"] = 1 - fit.sigma2 * (fit.n_obs - k) / fit.total
    frame["n_estimation"] = fit.n_obs
    return frame


def average(result: EventStudyResults) -> pd.DataFrame:
    """Return AAR and CAAR by session with the band of the CAAR."""
    from scipy.special import stdtrit

    fit, g = result.fitted, len(result.specification.labels)
    steps = np.arange(result.windows.sessions[0], result.windows.sessions[1] + 1)
    path, path_variance = fit.car[:, g:], fit.car_variance[:, g:]
    inside = np.broadcast_to((result.windows.members > 0).any(axis=-2), fit.abnormal.shape)
    seen = inside & ~np.isnan(fit.abnormal)
    count = seen.sum(axis=0)
    n, r = len(result.keep), max(found.mean for found in result.dependences)
    aar = np.where(seen, fit.abnormal, 0.0).sum(axis=0) / np.where(count, count, np.nan)
    caar = path.mean(axis=0)
    if n > 1:
        correction = parametric.kp_factor(n, r)
        error = path.std(axis=0, ddof=1) / np.sqrt(n) / correction
        reach = stdtrit(n - 1, 0.975)
    else:
        error = np.sqrt(path_variance[0])
        reach = stdtrit(float(fit.n_obs[0]) - result.specification.estimated, 0.975)
    with np.errstate(invalid="ignore", divide="ignore"):
        standardised = fit.abnormal / np.sqrt(fit.variance)
    standardised = np.where(_exact(result)[:, None] | ~seen, np.nan, standardised)
    daily: dict[str, list[float]] = {"patell": [], "bmp": [], "kp": []}
    for column in standardised.T:
        ok = ~np.isnan(column)
        sar = column[ok]
        patell = parametric.patell(sar[:, None], fit.n_obs[ok], result.specification.estimated)
        daily["patell"].append(patell.statistic if ok.any() else np.nan)
        daily["bmp"].append(parametric.bmp(sar).statistic)
        daily["kp"].append(parametric.kp(sar, r if len(sar) > 1 else 0.0).statistic)
    return pd.DataFrame(
        {
            "relative_session": steps,
            "aar": aar,
            "caar": caar,
            "lower": caar - reach * error,
            "upper": caar + reach * error,
            "n": count,
            **daily,
        }
    )


def attrition(result: EventStudyResults) -> pd.DataFrame:
    """Return one row per pair asked for, kept or dropped with its reason."""
    pairs, screened = result.pairs, result.screened
    names = np.array(result.specification.names, dtype=object)
    kept = screened.reason == ""
    flags = np.full(len(kept), "", dtype=object)
    for name, values in result.flags.items():
        at = np.flatnonzero(values)
        flags[at] = [f"{text};{name}" if text else name for text in flags[at]]
    return pd.DataFrame(
        {
            "event_id": pairs.event_ids[pairs.event],
            "security": names[pairs.security],
            "status": np.where(kept, "kept", "dropped"),
            "reason": screened.reason.astype(str),
            "n_estimation": screened.n_estimation,
            "session": _dates(result, np.arange(len(kept)), np.zeros(len(kept), dtype=np.int64)),
            "flags": flags.astype(str),
        }
    )


def buy_and_hold(fitted: Fitted, inside: NDArray[np.bool_], return_type: str) -> Floats:
    """Return BHAR_i = Π(1 + R) − Π(1 + E[R]) over a window, (K,).

    Parameters
    ----------
    fitted : Fitted
    inside : ndarray of bool, shape (W,) or (K, W)
    return_type : {"log", "simple"}
        Log returns are turned into growth by the exponential of their sum.
    """
    chosen = inside & ~np.isnan(fitted.abnormal)
    expected = np.where(chosen, fitted.returns - fitted.abnormal, 0.0)
    actual = np.where(chosen, fitted.returns, 0.0)
    if return_type == "log":
        return np.exp(actual.sum(axis=1)) - np.exp(expected.sum(axis=1))
    return np.prod(1 + actual, axis=1) - np.prod(1 + expected, axis=1)


def _labels(result: EventStudyResults) -> tuple[NDArray[np.object_], NDArray[np.object_]]:
    names = np.array(result.specification.names, dtype=object)
    return (
        result.pairs.event_ids[result.pairs.event[result.keep]],
        names[result.pairs.security[result.keep]],
    )


def _dates(
    result: EventStudyResults, pair: NDArray[np.int64], step: NDArray[np.int64]
) -> pd.DatetimeIndex:
    """Return the session date `step` sessions from session 0 of each pair, NaT outside the data."""
    unit = result.markets[0].sessions.unit
    dates = np.full(len(pair), np.datetime64("NaT", unit))
    for m, market in enumerate(result.markets):
        here = np.flatnonzero((result.pairs.market[pair] == m) & (result.pairs.position[pair] >= 0))
        at = result.pairs.position[pair[here]] + step[here]
        known = (at >= 0) & (at < len(market.sessions))
        dates[here[known]] = market.sessions.to_numpy()[at[known]]
    return pd.DatetimeIndex(dates)


def _exact(result: EventStudyResults) -> NDArray[np.bool_]:
    return result.flags["exact_fit"][result.keep]
