"""Did the news make the market more nervous? Abnormal volatility around events.

Abnormal returns are squared over their forecast variance, so that a security's usual nervousness
and its estimation error are taken out. Returns are fat-tailed and volatility comes in clusters, so
the placebo decides, and Brown-Forsythe stands beside it.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from rareearth_research.arrays import Floats
from rareearth_research.eventstudy.chance.draws import check_drawing, draw_each
from rareearth_research.eventstudy.chance.p_values import two_sided_p
from rareearth_research.eventstudy.chance.placebo import FEWEST, placebo_frame
from rareearth_research.eventstudy.chance.reach import check_reach
from rareearth_research.eventstudy.chance.subject import subject_of
from rareearth_research.eventstudy.inputs.checks import check_windows
from rareearth_research.eventstudy.pairs.setup import label_of
from rareearth_research.eventstudy.questions.volume import ActivityResult
from rareearth_research.eventstudy.results.results import EventStudyResults
from rareearth_research.eventstudy.study import EventStudy

CLUSTERED = "takes sessions as independent, but volatility clusters"


def abnormal_volatility(
    study: EventStudy | EventStudyResults,
    *,
    windows: Any = None,
    exclude_near: Any = None,
    n: int | None = None,
    coverage: float = 0.8,
    seed: int = 0,
) -> ActivityResult:
    """Test whether returns were more (or less) variable than usual around the events.

    Parameters
    ----------
    study : EventStudy or EventStudyResults
    windows : sequence of (int, int), optional
        Those of the study by default.
    exclude_near : DataFrame or list of dates, optional
    n : int, optional
    coverage : float, default 0.8
    seed : int, default 0
        As in `placebo`.

    Returns
    -------
    ActivityResult
        Tests ``placebo`` and ``brown_forsythe``.

    Notes
    -----
    λ_i = mean over the window of AR²_it/V_tt, 1 for a normal session; it counts a mean reaction
    as volatility too. ``placebo``: mean over pairs of ln λ_i, against the same at placebo
    sessions, p = twice the smaller of (1 + #{T* ≥ T})/(1 + n) and (1 + #{T* ≤ T})/(1 + n), at
    most 1. ``brown_forsythe``: see `brown_forsythe`.

    References
    ----------
    Beaver, W. H. (1968). The information content of annual earnings announcements. Journal of
    Accounting Research 6 (supplement), 67-92.
    Landsman, W. R. and Maydew, E. L. (2002). Has the information content of quarterly earnings
    announcements declined in the past three decades? Journal of Accounting Research 40, 797-808.
    """
    options = check_drawing(n, coverage, seed)
    subject = subject_of(study, exclude_near)
    spec = subject.result.specification
    spans = check_windows(spec.windows if windows is None else windows, spec.estimation)
    check_reach("windows", spans, subject)
    first, last = min(a for a, _ in spans), max(b for _, b in spans)
    steps = range(first, last + 1)
    squares = [
        car**2 / variance for car, variance in subject.every_session([(s, s) for s in steps])
    ]
    # a session without a return is left out of its window's mean, as in the study
    log_ratio = [
        np.stack([_log_mean(block[a - first : b - first + 1]) for a, b in spans])
        for block in squares
    ]
    drawn = draw_each(
        subject.pairs, log_ratio, spans, statistic="caar", avoid=subject.avoid, **options
    )
    labels = [label_of(span) for span in spans]
    ratios = np.exp(subject.at_event(log_ratio))
    standardised = np.sqrt(subject.at_event(squares))
    rows = []
    for w, (a, b) in enumerate(spans):
        ratio = float(np.nanmean(ratios[:, w]))
        observed = drawn[w].observed[0]
        p, count = two_sided_p(observed, drawn[w].values[:, 0])
        few = f"only {count} placebo sessions" if count < FEWEST else ""
        rows.append((labels[w], "placebo", ratio, observed, p, np.nan, drawn[w].n[0], not few, few))
        f, p, df = brown_forsythe(
            np.asarray(subject.result.fitted.residuals), standardised[:, a - first : b - first + 1]
        )
        defined = np.isfinite(f)
        rows.append((labels[w], "brown_forsythe", ratio, f, p, df, len(ratios), defined, CLUSTERED))
    columns = ["window", "test", "ratio", "statistic", "p_value", "df", "n", "valid", "note"]
    car = subject.result.car.drop_duplicates(["event_id", "security"])
    pairs = pd.DataFrame(
        {
            "event_id": np.repeat(car["event_id"].to_numpy(), len(spans)),
            "security": np.repeat(car["security"].to_numpy(), len(spans)),
            "window": np.tile(np.array(labels, dtype=object), len(car)),
            "ratio": ratios.ravel(),
        }
    )
    return ActivityResult(
        pd.DataFrame(rows, columns=columns), pairs, placebo_frame(drawn, labels), subject.result
    )


def brown_forsythe(residuals: Floats, standardised: Floats) -> tuple[float, float, float]:
    """Compare absolute deviations of event sessions with those of the estimation window.

    Parameters
    ----------
    residuals : ndarray, shape (P, L)
        Estimation residuals of P pairs, aligned by session from the event; NaN where missing.
    standardised : ndarray, shape (P, W)
        |AR|/√V_tt of the event sessions.

    Returns
    -------
    statistic, p_value, df : float
        F with 1 and `df` degrees of freedom.

    Notes
    -----
    Each residual is divided by its security's standard deviation; d_τ is the mean over pairs of
    the absolute deviation from the estimation median, so that the correlation between securities
    is inside the series d. F compares the means of d in event and estimation sessions by one-way
    analysis of variance, which fat tails hardly disturb. An event window of a few sessions has no
    median of its own, so both groups are centred at the estimation median.

    References
    ----------
    Brown, M. B. and Forsythe, A. B. (1974). Robust tests for the equality of variances. Journal
    of the American Statistical Association 69, 364-367.
    """
    from scipy.special import fdtrc

    scale = np.nanstd(residuals, axis=1, keepdims=True)
    z = residuals / np.where(scale > 0, scale, np.nan)
    centre = np.nanmedian(z, axis=1, keepdims=True)
    usual, event = _column_means(np.abs(z - centre)), _column_means(np.abs(standardised))
    total = np.concatenate([usual, event])
    df = len(total) - 2
    within = ((usual - usual.mean()) ** 2).sum() + ((event - event.mean()) ** 2).sum()
    between = len(usual) * (usual.mean() - total.mean()) ** 2
    between += len(event) * (event.mean() - total.mean()) ** 2
    if not (len(event) and within > 0):
        return float("nan"), float("nan"), float(df)
    f = float(between / (within / df))
    return f, float(fdtrc(1, df, f)), float(df)


def _log_mean(squares: Floats) -> Floats:
    """Return ln of the mean over window sessions of (W, n, S) values, NaN if none is known."""
    known = np.isfinite(squares)
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = np.where(known, squares, 0.0).sum(axis=0) / known.sum(axis=0)
        return np.where(mean > 0, np.log(mean), np.nan)


def _column_means(values: Floats) -> Floats:
    """Return means of the columns that hold anything."""
    known = np.isfinite(values)
    count = known.sum(axis=0)
    return (np.where(known, values, 0.0).sum(axis=0) / np.maximum(count, 1))[count > 0]
