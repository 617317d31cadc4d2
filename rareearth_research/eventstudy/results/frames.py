"""Tidy frames of an event study, built from flat arrays only when somebody looks at them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from rareearth_research.arrays import Bools, Floats, Ints, slices
from rareearth_research.eventstudy.models.estimate import Fitted, standardised_car
from rareearth_research.eventstudy.pairs.markets import Market
from rareearth_research.eventstudy.pairs.sessions import PairList
from rareearth_research.eventstudy.results.evidence import Evidence
from rareearth_research.eventstudy.statistics import parametric
from rareearth_research.eventstudy.statistics.dates import FEWEST_CLUSTERS, cluster_means

ZERO = np.zeros(1, dtype=np.int64)  # session 0


def abnormal(found: Evidence) -> pd.DataFrame:
    """Return one row per kept pair and event session that has a return."""
    fit, pairs, steps = found.fitted, found.kept, found.windows.steps
    returns, chosen = np.asarray(fit.returns), _studied(found)
    pair, column = np.nonzero(chosen)
    event, security = found.labels
    spans = pairs.gather([market.spans for market in found.markets], steps, 1)
    return pd.DataFrame(
        {
            "event_id": event[pair],
            "security": security[pair],
            "relative_session": steps[column],
            "session": _dates(pairs, found.markets, steps)[chosen],
            "return": returns[chosen],
            "expected_return": (returns - fit.abnormal)[chosen],
            "abnormal_return": fit.abnormal[chosen],
            "variance": fit.variance[chosen],
            "standardised": _standardised(found)[chosen],
            "multi_session": (spans > 1)[chosen],
        }
    )


def car(found: Evidence) -> pd.DataFrame:
    """Return one row per kept pair and window."""
    from scipy.special import stdtr

    fit, spec = found.fitted, found.specification
    g, k = len(spec.labels), len(found.keep)
    scar = standardised_car(fit)[:, :g]
    event, security = found.labels
    bhar = [
        buy_and_hold(fit, found.windows.members[..., i, :] > 0, spec.return_type) for i in range(g)
    ]
    frame = pd.DataFrame(
        {
            "event_id": np.repeat(event, g),
            "security": np.repeat(security, g),
            "session": np.repeat(event_sessions(found.kept, found.markets), g),
            "window": np.tile(np.array(spec.labels, dtype=object), k),
            "car": fit.car[:, :g].ravel(),
            "variance": fit.car_variance[:, :g].ravel(),
            "scar": scar.ravel(),
            "p_value": (2 * stdtr((fit.n_obs - spec.estimated)[:, None], -np.abs(scar))).ravel(),
            "bhar": np.column_stack(bhar).ravel(),
            "n_estimation": np.repeat(fit.n_obs, g),
        }
    )
    frame.attrs["returns"] = spec.return_type
    return frame


def params(found: Evidence) -> pd.DataFrame:
    """Return one row per kept pair: coefficients, sigma, R² of least squares, matched days.

    Of a mixture also how many donors it could use, how many have a positive weight, and the
    largest.
    """
    fit, spec = found.fitted, found.specification
    event, security = found.labels
    k = fit.coefficients.shape[1]
    if spec.model in ("factors", "synthetic"):
        names = ["alpha"] * (spec.model == "factors") + [*spec.regressors]
    elif spec.model == "dimson":
        reach = (k - 2) // 2
        names = [
            "alpha",
            *(f"beta({step:+d})" if step else "beta(0)" for step in range(-reach, reach + 1)),
        ]
    else:
        names = ["alpha", "beta"][:k]
    frame = pd.DataFrame({"event_id": event, "security": security})
    for i, name in enumerate(names):
        frame[name] = fit.coefficients[:, i]
    if spec.model == "dimson":
        frame["beta"] = fit.coefficients[:, 1:].sum(axis=1)
    every = slices(len(fit.residuals))
    squares = np.concatenate([np.nansum(fit.residuals[rows] ** 2, axis=1) for rows in every])
    if spec.model == "synthetic":
        frame["n_donors"] = np.isfinite(fit.coefficients).sum(axis=1)
        frame["n_positive"] = (fit.coefficients > 0).sum(axis=1)
        frame["largest_weight"] = np.nanmax(fit.coefficients, axis=1)
        frame["rmse"] = np.sqrt(squares / fit.n_obs)
    frame["sigma"] = np.sqrt(fit.sigma2)
    if k > 1 and spec.model != "garch" and spec.gaps == "matched":
        frame["r_squared"] = 1 - squares / fit.total
    frame["n_estimation"] = fit.n_obs
    return frame


def average(found: Evidence) -> pd.DataFrame:
    """Return AAR and CAAR by session with the band of the CAAR."""
    from scipy.special import stdtrit

    fit, spec = found.fitted, found.specification
    g = len(spec.labels)
    path, path_variance = fit.car[:, g:], fit.car_variance[:, g:]
    seen = _studied(found)
    count = seen.sum(axis=0)
    n, r = len(found.keep), max(dependence.mean for dependence in found.dependences)
    aar = np.where(seen, fit.abnormal, 0.0).sum(axis=0) / np.where(count, count, np.nan)
    caar = path.mean(axis=0)
    if n > 1:
        correction = parametric.kp_factor(n, r)
        half = stdtrit(n - 1, 0.975) * path.std(axis=0, ddof=1) / np.sqrt(n) / correction
    else:
        free = float(fit.n_obs[0]) - spec.estimated
        half = stdtrit(free, 0.975) * np.sqrt(path_variance[0])
    means = cluster_means(path.T, found.clusters.announcements[0])
    dates = means.shape[1]
    if dates >= FEWEST_CLUSTERS:
        by_dates = means.std(axis=1, ddof=1) / np.sqrt(dates)
        half = np.fmax(half, stdtrit(dates - 1, 0.975) * by_dates)
    daily: dict[str, list[float]] = {"patell": [], "bmp": [], "kp": []}
    for column in np.where(seen, _standardised(found), np.nan).T:
        ok = ~np.isnan(column)
        sar = column[ok]
        patell = np.nan
        if ok.any():
            patell = parametric.patell(sar[:, None], fit.n_obs[ok], spec.estimated).statistic
        daily["patell"].append(patell)
        daily["bmp"].append(parametric.bmp(sar).statistic)
        daily["kp"].append(parametric.kp(sar, r if len(sar) > 1 else 0.0).statistic)
    frame = pd.DataFrame(
        {
            "relative_session": found.windows.steps,
            "aar": aar,
            "caar": caar,
            "lower": caar - half,
            "upper": caar + half,
            "n": count,
            **daily,
        }
    )
    frame.attrs["returns"] = spec.return_type
    return frame


def attrition(found: Evidence) -> pd.DataFrame:
    """Return one row per pair asked for, kept or dropped with its reason."""
    pairs, screened = found.pairs, found.screened
    names = np.array(found.specification.names, dtype=object)
    kept = screened.reason == ""
    flags = np.full(len(kept), "", dtype=object)
    for name, values in found.flags.items():
        at = np.flatnonzero(values)
        flags[at] = [f"{text};{name}" if text else name for text in flags[at]]
    return pd.DataFrame(
        {
            "event_id": pairs.event_id,
            "security": names[pairs.security],
            "status": np.where(kept, "kept", "dropped"),
            "reason": screened.reason.astype(str),
            "n_estimation": screened.n_estimation,
            "session": event_sessions(pairs, found.markets),
            "flags": flags.astype(str),
        }
    )


def other_news(found: Evidence) -> pd.DataFrame:
    """Return listed events near the study's own: ``relative_session, event_id, other``.

    One row per event, other event and event session on which it could first act on a kept pair.
    """
    setup, pairs = found.setup, found.kept
    reach = found.windows.steps[[0, -1]]
    rows = []
    for m, here in pairs.by_market():
        if not setup.further:
            break
        others = setup.further[m]
        ids, row, place = pairs.event_id[here], pairs.row[here], pairs.position[here]
        for other, of, position in zip(others.event_ids, others.row, others.position, strict=True):
            step = position - place
            near = (step >= reach[0]) & (step <= reach[1]) & (ids != other)
            near &= (of < 0) | (of == row)
            rows += [
                (int(k), str(own), str(other)) for k, own in zip(step[near], ids[near], strict=True)
            ]
    columns = ["relative_session", "event_id", "other"]
    frame = pd.DataFrame(rows, columns=columns).drop_duplicates()
    return frame.sort_values(columns, ignore_index=True)


def buy_and_hold(fitted: Fitted, inside: Bools, return_type: str) -> Floats:
    """Return BHAR_i = Π(1 + R) − Π(1 + E[R]) over a window, (K,).

    Parameters
    ----------
    fitted : Fitted
    inside : ndarray of bool, shape (W,) or (K, W)
    return_type : {"log", "simple"}
        Log returns are turned into growth by the exponential of their sum.
    """
    found = np.empty(len(fitted.abnormal))
    for rows in slices(len(found)):
        abnormal, returns = fitted.abnormal[rows], fitted.returns[rows]
        chosen = (inside if inside.ndim == 1 else inside[rows]) & ~np.isnan(abnormal)
        expected = np.where(chosen, returns - abnormal, 0.0)
        actual = np.where(chosen, returns, 0.0)
        if return_type == "log":
            found[rows] = np.exp(actual.sum(axis=1)) - np.exp(expected.sum(axis=1))
        else:
            found[rows] = np.prod(1 + actual, axis=1) - np.prod(1 + expected, axis=1)
    return found


def event_sessions(pairs: PairList, markets: Sequence[Market]) -> pd.DatetimeIndex:
    """Return the date of session 0 of each pair, NaT for none."""
    return pd.DatetimeIndex(_dates(pairs, markets, ZERO)[:, 0])


def _dates(pairs: PairList, markets: Sequence[Market], steps: Ints) -> NDArray[np.datetime64]:
    """Return the date of each session around the pairs' events, (P, W), NaT outside the data."""
    return pairs.gather([m.sessions.to_numpy() for m in markets], steps, np.datetime64("NaT", "ns"))


def _studied(found: Evidence) -> Bools:
    """Return where a kept pair has a return in any of its windows, (K, W)."""
    inside = (found.windows.members > 0).any(axis=-2)
    return np.asarray(inside & ~np.isnan(found.fitted.abnormal))


def _standardised(found: Evidence) -> Floats:
    """Return AR/√V_tt, (K, W), NaN for a pair that the model explains exactly."""
    return np.where(found.exact[:, None], np.nan, found.fitted.standardised)
