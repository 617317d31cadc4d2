"""CARs of a study's securities with every session as session 0, for any of its models.

Models with a rolling form take the one-pass route of `rolling`; the others (donors,
Scholes-Williams, trade-to-trade) go through the study's own kernels, session by session.
The result is laid out as placebo tests need it, so they do not care which route was taken.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from rareearth_research.arrays import Floats, Ints
from rareearth_research.errors import SpecificationError
from rareearth_research.eventstudy.chance.rolling import rolling_ols, rolling_study
from rareearth_research.eventstudy.chance.rolling_sums import COEFFICIENTS
from rareearth_research.eventstudy.inputs.choices import MODELS
from rareearth_research.eventstudy.models.estimate import fit_pairs
from rareearth_research.eventstudy.pairs.markets import Market
from rareearth_research.eventstudy.pairs.screen import screen
from rareearth_research.eventstudy.pairs.sessions import PairList
from rareearth_research.eventstudy.pairs.windows import Windows

__all__ = ["every_session"]

SEVERAL = ("dimson", "factors")  # regressors
CHUNK = 24  # securities whose moments are held at once

_BATCH = 40_000  # floats of estimation residuals held at once, in thousands


def every_session(
    markets: tuple[Market, ...],
    model: str,
    estimation: tuple[int, int],
    windows: Sequence[tuple[int, int]],
    min_obs: int,
    *,
    spans: bool = False,
    at: Ints | None = None,
) -> list[tuple[Floats, Floats]]:
    """Return CAR and its forecast variance for every market, window, security and session.

    Parameters
    ----------
    markets : tuple of Market
        With regressors lagged or compounded as the model needs, and the sessions left out of
        estimation, which are left out at every session.
    model : str
    estimation : (int, int)
    windows : sequence of (int, int)
        G event windows.
    min_obs : int
        Matched days an estimation window must hold.
    spans : bool
        Trade-to-trade handling of gaps.
    at : ndarray of int, shape (D,), optional
        The only sessions wanted, the same of each market; by default all S.

    Returns
    -------
    list of (ndarray, ndarray), shapes (G, n, S), or (G, n, D)
        One pair per market; NaN where a session cannot be an event session.

    Raises
    ------
    SpecificationError
        For ``garch``, whose variance cannot be fitted at every session in reasonable time.
    """
    if model == "garch":
        raise SpecificationError(
            "a placebo over all sessions needs thousands of variance fits under model='garch';"
            " use model='market' for the placebo"
        )
    if model in (*COEFFICIENTS, *SEVERAL) and not spans:
        one_pass = _rolled if model in COEFFICIENTS else _swept
        found = [one_pass(m, model, estimation, windows, min_obs) for m in markets]
    else:
        found = [_refitted(m, model, estimation, windows, min_obs, spans, at) for m in markets]
    return found if at is None else [(car[..., at], variance[..., at]) for car, variance in found]


def _rolled(
    market: Market,
    model: str,
    estimation: tuple[int, int],
    windows: Sequence[tuple[int, int]],
    min_obs: int,
) -> tuple[Floats, Floats]:
    regressors = None
    if MODELS[model].regressors:
        used = np.unique(market.set_of)
        if len(used) == 1 and used[0] >= 0:
            regressors = market.regressors[used[0], 0]
        else:
            regressors = market.regressors[np.maximum(market.set_of, 0), 0].T.copy()
            regressors[:, market.set_of < 0] = np.nan
    study = rolling_study(
        market.returns.T,
        regressors,
        model=model,  # type: ignore[arg-type]
        estimation=estimation,
        windows=windows,
        min_obs=min_obs,
        left_out=None if market.left_out is None else market.left_out.T,
    )
    return study.car.transpose(0, 2, 1), study.variance.transpose(0, 2, 1)


def _swept(
    market: Market,
    model: str,
    estimation: tuple[int, int],
    windows: Sequence[tuple[int, int]],
    min_obs: int,
) -> tuple[Floats, Floats]:
    over = Windows.of(estimation, *np.array(windows).T)
    pieces = [(int(first), int(last)) for first, last in over.pieces if first <= last]
    car = np.full((len(windows), *market.returns.shape), np.nan)
    variance = car.copy()
    alike = [np.flatnonzero(market.set_of == one) for one in np.unique(market.set_of)]
    for rows in (some[j : j + CHUNK] for some in alike for j in range(0, len(some), CHUNK)):
        if (one := market.set_of[rows[0]]) < 0:
            continue
        x = market.regressors[one]
        left_out = None if market.left_out is None else market.left_out[rows]
        car[:, rows], variance[:, rows], doubtful = rolling_ols(
            market.returns[rows], x, pieces=pieces, windows=windows,
            least=max(min_obs, len(x) + 2), left_out=left_out,
        )  # fmt: skip
        if doubtful.any():
            row, position = np.nonzero(doubtful)
            _refit(market, model, over, min_obs, False, rows[row], position, (car, variance))
    return car, variance


def _refitted(
    market: Market,
    model: str,
    estimation: tuple[int, int],
    windows: Sequence[tuple[int, int]],
    min_obs: int,
    spans: bool,
    at: Ints | None,
) -> tuple[Floats, Floats]:
    n, size = market.returns.shape
    every = np.arange(size) if at is None else at
    over = Windows.of(estimation, *np.array(windows).T)
    car = np.full((len(windows), n, size), np.nan)
    variance = car.copy()
    per_batch = max(1, 1000 * _BATCH // (size * (estimation[1] - estimation[0] + 1)))
    for start in range(0, n, per_batch):
        row = np.repeat(np.arange(start, min(start + per_batch, n)), len(every))
        position = np.tile(every, len(row) // len(every))
        _refit(market, model, over, min_obs, spans, row, position, (car, variance))
    return car, variance


def _refit(
    market: Market,
    model: str,
    over: Windows,
    min_obs: int,
    spans: bool,
    row: Ints,
    position: Ints,
    found: tuple[Floats, Floats],
) -> None:
    """Fit cells with the study's own kernels, and put them into `found`."""
    pairs = PairList.of_rows(row, position)
    needs = bool(MODELS[model].regressors)
    judged = screen(pairs, (market,), over, min_obs=min_obs, needs_regressors=needs)
    keep = judged.reason == ""
    for values in found:
        values[:, row, position] = np.nan
    if keep.any():
        kept, complete = pairs.take(keep), judged.complete[keep]
        fit = fit_pairs(model, (market,), kept, complete, over, spans=spans)
        usable = ~fit.constant[:, None] & (fit.car_variance > 0)
        found[0][:, kept.row, kept.position] = fit.car.T
        found[1][:, kept.row, kept.position] = np.where(usable, fit.car_variance, np.nan).T
