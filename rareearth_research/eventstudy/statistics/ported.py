"""What would eventstudy2 print? Its forms, for users who must compare, and what is wrong there.

Three definitions differ from the papers and make two of its tests reject far too often: at a
nominal 5 %, its Patell test of an 11-session window rejects a true null 27 times in 100 and its
GRANK test 19 to 22 times (the textbook forms 5), as ``sizes/simulated/ported.csv`` has it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from rareearth_research.arrays import Floats
from rareearth_research.eventstudy.pairs.markets import Market
from rareearth_research.eventstudy.pairs.sessions import PairList
from rareearth_research.eventstudy.statistics import parametric
from rareearth_research.eventstudy.statistics.parametric import Statistic
from rareearth_research.eventstudy.statistics.ranking import grank_means, rank_returns
from rareearth_research.eventstudy.statistics.sample import Sample

WARNING = (
    "convention='eventstudy2' reproduces that software, not the papers: its patell, bmp, kp and "
    "grank weight session s of a window by 1/sqrt(s), which over-rejects (patell: 27 % at a "
    "nominal 5 % for 11 sessions); its standardised returns use the fourth root of the forecast "
    "correction; its grank divides by sd/sqrt(N) instead of sd (22 % at a nominal 5 %). Use the "
    "default convention='textbook' for inference."
)


def corrected_residuals(
    residuals: Floats, markets: Sequence[Market], pairs: PairList, estimation: tuple[int, int]
) -> Floats:
    """Divide residuals by the fourth root of 1 + leverage, as its mean correlation does.

    Parameters
    ----------
    residuals : ndarray, shape (K, L)
    markets : sequence of Market
    pairs : PairList
        The K pairs they are of.
    estimation : (int, int)
    """
    out = np.array(residuals)
    steps = np.arange(estimation[0], estimation[1] + 1)
    for k, (m, row, position) in enumerate(
        zip(pairs.market, pairs.row, pairs.position, strict=True)
    ):
        home = markets[m]
        ok = np.flatnonzero(~np.isnan(out[k]))
        design = np.ones((len(ok), 1))
        if home.set_of[row] >= 0:
            known = home.regressors[home.set_of[row]][:, position + steps[ok]]
            design = np.column_stack([design, known.T])
        q, _ = np.linalg.qr(design)
        out[k, ok] /= (1 + (q**2).sum(axis=1)) ** 0.25
    return out


def _standardised(s: Sample) -> Floats:
    """Return AR/σ over the fourth root of V_tt/σ², (N, w)."""
    sigma = np.sqrt(s.sigma2)[:, None]
    moved = np.where(s.abnormal == 0, np.nan, s.abnormal)
    correction = np.nan_to_num(moved / s.standardised / sigma, nan=1.0)  # √(V_tt/σ²)
    return s.abnormal / sigma / np.sqrt(correction)


def _window(s: Sample) -> Floats:
    """Return Σ_s SAR_s/√s, each session weighted by its place in the window, (N,)."""
    ok = s.standardisable()
    values = _standardised(s)[ok]
    place = np.cumsum(~np.isnan(values), axis=1)
    return np.nansum(values / np.sqrt(np.maximum(place, 1)), axis=1)


def _patell(s: Sample) -> Statistic:
    free = s.n_obs[s.standardisable()] - s.estimated
    return parametric.normal_p(_window(s).sum() / np.sqrt((free / (free - 2)).sum()))


def _kp_patell(s: Sample) -> Statistic:
    values = _window(s)
    factor = parametric.kp_factor(len(values), s.dependence.mean if len(values) > 1 else 0.0)
    return parametric.normal_p(_patell(s).statistic * factor)


def _grank(s: Sample) -> Statistic:
    values = _window(s)
    n = len(values)
    ok = s.standardisable()
    factor = parametric.kp_factor(n, s.dependence.mean)
    event = values * factor / (values.std(ddof=1) / np.sqrt(n))
    ranking = rank_returns(s.residuals.take(np.flatnonzero(ok), axis=0), s.abnormal[ok], [])
    means, counts = grank_means(ranking, np.sqrt(s.sigma2[ok]), event)
    size = int((counts > 0).sum()) - 1
    spread = np.sqrt((counts[:-1] / n * means[:-1] ** 2).sum() / size)
    z = means[-1] / spread
    return parametric.student_p(z * np.sqrt((size - 2) / (size - 1 - z**2)), size - 2)


def _df(s: Sample) -> int:
    return int(s.n_obs.max()) - s.estimated


PORTED: dict[str, Callable[[Sample], Statistic]] = {
    "patell": _patell,
    "bmp": lambda s: parametric.student_p(parametric.bmp(_window(s)).statistic, _df(s)),
    "kp": lambda s: parametric.student_p(
        parametric.kp(_window(s), s.dependence.mean).statistic, _df(s)
    ),
    "kp_patell": _kp_patell,
    "grank": _grank,
}
