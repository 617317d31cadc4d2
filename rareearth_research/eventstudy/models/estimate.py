"""Fit every pair: gather windows by index arithmetic, fit in chunks, keep flat arrays.

Chunks keep the working set in the processor's cache and memory flat in the number of events.
Pairs without a gap and pairs with gaps go through separate chunks, so that the many complete ones
do not pay for the masks of the few. Of very many pairs most residuals are not kept but made again.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, fields, replace
from functools import cached_property, partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rareearth_research.arrays import Bools, Floats, Ints, over_chunks
from rareearth_research.eventstudy.inputs.choices import MODELS
from rareearth_research.eventstudy.models.kernels import KERNELS
from rareearth_research.eventstudy.models.padded import Padded
from rareearth_research.eventstudy.models.simple import Fit, line_residuals
from rareearth_research.eventstudy.pairs.markets import Market
from rareearth_research.eventstudy.pairs.sessions import PairList
from rareearth_research.eventstudy.pairs.windows import Windows
from rareearth_research.progress import progress_bar

CHUNK = 500
MANY = 50_000  # pairs from which a fit takes long enough for a bar
MOST = 2**28  # bytes of residuals that are kept
SLOW = ("garch", "synthetic")  # models whose residuals are kept however many: they are iterated
LINES = ("market", "synthetic_market")  # models whose residuals are those of `fit_line`
AGAIN = ("residuals", "returns")  # what is made again: 2 of 3 KB a pair
CLOSE = 1e-9  # relative variance below which returns may be constant
EXACT = 1e-22  # residual variance over mean square below which a fit is exact but for rounding


@dataclass(frozen=True)
class Fitted(Fit):
    """`Fit` of all K pairs together with what the results need beside it.

    Attributes
    ----------
    returns : ndarray, shape (K, W)
        Event-window returns (less the risk-free rate where there is one).
    mean_square, total : ndarray, shape (K,)
        Mean squared return of the matched estimation days; their sum of squares about the mean.
    constant : ndarray of bool, shape (K,)
        Estimation returns that do not vary.
    positive : ndarray of int, shape (K,)
        Estimation residuals above zero.
    weights : ndarray, shape (K,), optional
        In the portfolio, of mean 1; equal if not given.
    """

    returns: Floats
    mean_square: Floats
    total: Floats
    constant: Bools
    positive: Ints
    weights: Floats | None = None

    def take(self, chosen: NDArray) -> Fitted:
        """Return the same for some of the pairs."""
        rows = np.arange(len(self.sigma2))[chosen]
        return Fitted(**{name: values.take(rows, axis=0) for name, values in self.held()})

    def held(self) -> Iterator[tuple[str, NDArray[Any]]]:
        """Yield name and values of each array there is."""
        for field in fields(self):
            if (values := getattr(self, field.name)) is not None:
                yield field.name, values


def fit_pairs(
    model: str,
    markets: Sequence[Market],
    pairs: PairList,
    complete: Bools,
    windows: Windows,
    *,
    spans: bool = False,
    progress: bool = False,
) -> Fitted:
    """Fit K pairs.

    Parameters
    ----------
    model : str
        A key of `MODELS`.
    markets : sequence of Market
        With regressors already lagged or compounded as the model and `spans` need.
    pairs : PairList
        K of them, all with a session 0.
    complete : ndarray of bool, shape (K,)
        Pairs without a missing day.
    windows : Windows
        Of these pairs.
    spans : bool
        Trade-to-trade: divide each return by the root of the sessions it covers.
    progress : bool
        Show a bar on a terminal.
    """
    store: dict[str, Any] = {}
    every, length = np.arange(len(pairs)), windows.estimation[1] - windows.estimation[0] + 1
    apart = AGAIN if len(pairs) * length * 8 > MOST and model not in SLOW else ()
    again = Refitted("", 0, every, model, markets, pairs, complete, windows, spans)
    first = np.empty((MOST // (8 * length), length)) if apart else np.empty((0, length))
    with progress_bar("fit", len(pairs), "pairs", wanted=progress and len(pairs) > MANY) as show:
        done = itertools.count(CHUNK, CHUNK)

        def keep(part: Fitted, at: Ints) -> None:
            _keep(store, part, at, len(pairs), apart)
            early = at < len(first)
            first[at[early]] = part.residuals[early]
            show(min(next(done), len(pairs)))

        again.fit(every, keep)
    if apart:
        again = replace(again, gaps=(store["n_obs"] < length) | ~np.isfinite(store["sigma2"]))
        beta = store["coefficients"][:, 1] if model in LINES and not spans else None
        store["residuals"] = replace(again, name="residuals", width=length, kept=first, beta=beta)
        width = windows.sessions[1] - windows.sessions[0] + 1
        store["returns"] = replace(again, name="returns", width=width)
    return Fitted(**store)


@dataclass(frozen=True)
class Refitted:
    """A large array of `Fitted` that is not kept: its rows are made again when they are read.

    Attributes
    ----------
    name : str
        Which array.
    width : int
        Its columns.
    rows : ndarray of int, shape (N,)
        Which of the K pairs its rows are of.
    model, markets, pairs, complete, windows, spans
        As `fit_pairs` was given them.
    kept : ndarray, shape (H, width), optional
        The rows of the first H pairs.
    gaps : ndarray of bool, shape (K,), optional
        Pairs that lack a residual.
    beta : ndarray, shape (K,), optional
        Where residuals are those of a line, which take half of a fit.
    """

    name: str
    width: int
    rows: Ints
    model: str
    markets: Sequence[Market]
    pairs: PairList
    complete: Bools
    windows: Windows
    spans: bool
    kept: Floats | None = None
    gaps: Bools | None = None
    beta: Floats | None = None
    ndim = 2
    dtype = np.dtype(np.float64)

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return len(self.rows), self.width

    def take(self, chosen: Ints, axis: int = 0) -> Refitted:
        """Return some of the rows, not made yet."""
        return replace(self, rows=self.rows[chosen])

    def __getitem__(self, chosen: Any) -> Floats:
        rows = self.rows[chosen]
        made = np.empty((len(rows), self.width))
        known = rows < (0 if self.kept is None else len(self.kept))
        if self.kept is not None:
            made[known] = self.kept[rows[known]]
        left = np.flatnonzero(~known)

        def keep(part: Fitted | Floats, at: Ints) -> None:
            made[left[at]] = part if isinstance(part, np.ndarray) else getattr(part, self.name)

        self.fit(rows[left], keep)
        return made

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        return self[:].astype(dtype or self.dtype, copy=False)

    @cached_property
    def _padded(self) -> dict[int, Padded]:
        return {}

    def fit(self, rows: Ints, keep: Callable[[Any, Ints], None]) -> None:
        """Fit some of the K pairs, a chunk at a time; `keep` gets what each gave, and where.

        It gets the array alone where that takes no whole fit.
        """
        market, complete = self.pairs.market[rows], self.complete[rows]
        for m in np.flatnonzero(np.bincount(market)).tolist():
            if m not in self._padded:
                self._padded[m] = Padded(self.markets[m], self.windows, self.spans)
            for whole in (True, False):
                chosen = np.flatnonzero((market == m) & (complete == whole))

                def fit(some: slice, m: int = m, chosen: Ints = chosen) -> None:
                    at = rows[chosen[some]]
                    part: Any = self._array(self._padded[m], at)
                    if part is None:
                        where = self.pairs.row[at], self.pairs.position[at], self.windows.take(at)
                        part = _fit_chunk(self.model, self._padded[m], *where)
                    keep(part, chosen[some])

                over_chunks(fit, len(chosen), CHUNK)

    def _array(self, padded: Padded, at: Ints) -> Floats | None:
        where = self.pairs.row[at], self.pairs.position[at]
        if self.name == "returns":
            return padded.gather("event", *where, False)[0]
        if self.beta is None or self.windows.take(at).unused is not None:
            return None
        y, x, _ = padded.gather("estimation", *where, True)
        return line_residuals(y, x[:, 0], self.beta[at])


def exactly_explained(fitted: Fitted) -> Bools:
    """Return pairs whose residuals are rounding error: they have no variance to test against."""
    return fitted.sigma2 <= EXACT * fitted.mean_square


def standardised_car(fitted: Fitted) -> Floats:
    """Return SCAR = CAR/√(1'V1) of all windows, NaN for exact fits, (K, G)."""
    usable = ~exactly_explained(fitted)[:, None] & (fitted.car_variance > 0)
    return fitted.car / np.sqrt(np.where(usable, fitted.car_variance, np.nan))


def _fit_chunk(model: str, padded: Padded, row: Ints, position: Ints, windows: Windows) -> Fitted:
    needs = bool(MODELS[model].regressors)
    y, x, spans = padded.gather("estimation", row, position, needs)
    if (unused := windows.unused) is not None:
        y = np.where(unused, np.nan, y)
    y_event, x_event, spans_event = padded.gather("event", row, position, needs)
    kernel = KERNELS[model]
    if model == "garch":
        last = np.broadcast_to(windows.pieces[0][1], len(row))
        kernel = partial(kernel, ahead=windows.sessions[0] - last)
    fit = kernel(y, x, y_event, x_event, windows.members, spans, spans_event)
    gaps = np.isnan(np.einsum("pl->", y)) or np.isnan(np.einsum("pl->", fit.residuals))
    known, days = y, y.shape[1]
    if gaps:  # a pair that could not be fitted has no residuals to tell its matched days by
        unfitted = ~np.isfinite(fit.sigma2)[:, None]
        matched = ~np.isnan(y) & (unfitted | ~np.isnan(fit.residuals))
        known, days = np.where(matched, y, 0.0), np.maximum(matched.sum(axis=1), 1)
    mean_square = np.einsum("pl,pl->p", known, known) / days
    mean = np.einsum("pl->p", known) / days
    constant = np.zeros(len(y), dtype=bool)
    for p in np.flatnonzero(~(mean_square > mean**2 * (1 + CLOSE))):  # then look exactly
        values = y[p][~np.isnan(y[p])]
        constant[p] = values.size > 0 and values.max() == values.min()
    return Fitted(
        **{field.name: getattr(fit, field.name) for field in fields(fit)},
        returns=y_event,
        mean_square=mean_square,
        total=days * (mean_square - mean**2),
        constant=constant,
        positive=np.count_nonzero(fit.residuals > 0, axis=1),
    )


def _keep(store: dict[str, Any], fit: Fitted, at: Ints, count: int, apart: Sequence[str]) -> None:
    """Write a chunk's arrays into full-length ones, made by whichever chunk comes first."""
    for name, part in fit.held():
        if name in apart:
            continue
        if name not in store:
            store.setdefault(name, np.empty((count, *part.shape[1:]), dtype=part.dtype))
        store[name][at] = part
