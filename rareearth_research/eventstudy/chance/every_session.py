"""CARs of a study's securities with every session as session 0, for any of its models.

Models with a rolling form take the one-pass route of `rolling`; the others (donors,
Scholes-Williams, trade-to-trade) go through the study's own kernels, session by session.
The result is laid out as placebo tests need it, so they do not care which route was taken.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from rareearth_research.arrays import Floats, Ints
from rareearth_research.errors import SpecificationError
from rareearth_research.eventstudy.chance.rolling import rolling_ols, rolling_study
from rareearth_research.eventstudy.chance.rolling_sums import COEFFICIENTS
from rareearth_research.eventstudy.inputs.choices import MODELS
from rareearth_research.eventstudy.models.estimate import exactly_explained, fit_pairs
from rareearth_research.eventstudy.pairs.markets import Market
from rareearth_research.eventstudy.pairs.screen import screen
from rareearth_research.eventstudy.pairs.sessions import PairList
from rareearth_research.eventstudy.pairs.windows import Windows

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
    asked = _Asked(model, estimation, windows, min_obs, spans)
    if model in (*COEFFICIENTS, *SEVERAL) and not spans:
        found = [asked.rolled(m) if model in COEFFICIENTS else asked.swept(m) for m in markets]
    else:
        found = [asked.refitted(m, at) for m in markets]
    return found if at is None else [(car[..., at], variance[..., at]) for car, variance in found]


@dataclass(frozen=True)
class _Asked:
    """What is asked of every market, and three ways to answer it."""

    model: str
    estimation: tuple[int, int]
    windows: Sequence[tuple[int, int]]
    min_obs: int
    spans: bool

    @cached_property
    def over(self) -> Windows:
        return Windows.of(self.estimation, *np.array(self.windows).T)

    def empty(self, market: Market) -> tuple[Floats, Floats]:
        car = np.full((len(self.windows), *market.returns.shape), np.nan)
        return car, car.copy()

    def rolled(self, market: Market) -> tuple[Floats, Floats]:
        regressors = None
        if MODELS[self.model].regressors:
            used = np.unique(market.set_of)
            if len(used) == 1 and used[0] >= 0:
                regressors = market.regressors[used[0], 0]
            else:
                regressors = market.regressors[np.maximum(market.set_of, 0), 0].T.copy()
                regressors[:, market.set_of < 0] = np.nan
        study = rolling_study(
            market.returns.T, regressors, model=self.model,  # type: ignore[arg-type]
            estimation=self.estimation, windows=self.windows, min_obs=self.min_obs,
            left_out=None if market.left_out is None else market.left_out.T,
        )  # fmt: skip
        return study.car.transpose(0, 2, 1), study.variance.transpose(0, 2, 1)

    def swept(self, market: Market) -> tuple[Floats, Floats]:
        pieces = [(int(first), int(last)) for first, last in self.over.pieces if first <= last]
        car, variance = self.empty(market)
        alike = [np.flatnonzero(market.set_of == one) for one in np.unique(market.set_of)]
        for rows in (some[j : j + CHUNK] for some in alike for j in range(0, len(some), CHUNK)):
            if (one := market.set_of[rows[0]]) < 0:
                continue
            x = market.regressors[one]
            left_out = None if market.left_out is None else market.left_out[rows]
            car[:, rows], variance[:, rows], doubtful = rolling_ols(
                market.returns[rows], x, pieces=pieces, windows=self.windows,
                least=max(self.min_obs, len(x) + 2), left_out=left_out,
            )  # fmt: skip
            if doubtful.any():
                row, position = np.nonzero(doubtful)
                self._refit(market, rows[row], position, (car, variance))
        return car, variance

    def refitted(self, market: Market, at: Ints | None) -> tuple[Floats, Floats]:
        n, size = market.returns.shape
        every = np.arange(size) if at is None else at
        found = self.empty(market)
        per_batch = max(1, 1000 * _BATCH // (size * (self.estimation[1] - self.estimation[0] + 1)))
        for start in range(0, n, per_batch):
            row = np.repeat(np.arange(start, min(start + per_batch, n)), len(every))
            self._refit(market, row, np.tile(every, len(row) // len(every)), found)
        return found

    def _refit(
        self, market: Market, row: Ints, position: Ints, found: tuple[Floats, Floats]
    ) -> None:
        """Fit cells with the study's own kernels, and put them into `found`."""
        pairs = PairList.of_rows(row, position)
        needs = bool(MODELS[self.model].regressors)
        judged = screen(pairs, (market,), self.over, min_obs=self.min_obs, needs_regressors=needs)
        keep = judged.reason == ""
        for values in found:
            values[:, row, position] = np.nan
        if keep.any():
            kept, complete = pairs.take(keep), judged.complete[keep]
            fit = fit_pairs(self.model, (market,), kept, complete, self.over, spans=self.spans)
            usable = ~(fit.constant | exactly_explained(fit))[:, None]
            found[0][:, kept.row, kept.position] = fit.car.T
            found[1][:, kept.row, kept.position] = np.where(usable, fit.car_variance, np.nan).T
