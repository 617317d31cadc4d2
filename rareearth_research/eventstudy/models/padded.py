"""Returns and regressors of any window by one look-up: missing beyond the ends of the data."""

from __future__ import annotations

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from rareearth_research.arrays import Floats, Ints
from rareearth_research.eventstudy.pairs.markets import Market
from rareearth_research.eventstudy.pairs.windows import Windows


class Padded:
    """One market's arrays with NaN on both sides, seen through sliding windows."""

    def __init__(self, market: Market, windows: Windows, spans: bool) -> None:
        first = min(windows.estimation[0], windows.sessions[0], 0)
        last = max(windows.sessions[1], windows.estimation[1], 0)
        self.shift = -first
        width = ((0, 0), (self.shift, last))
        self.set_of = market.set_of
        returns = estimable = np.pad(market.returns, width, constant_values=np.nan)
        if market.left_out is not None:
            estimable = np.pad(market.estimable, width, constant_values=np.nan)
        regressors = np.pad(market.regressors, ((0, 0), *width), constant_values=np.nan)
        covered = np.pad(market.spans, width, constant_values=1) if spans else None
        self.views = {}
        for name, held, (begin, end) in (
            ("estimation", estimable, windows.estimation),
            ("event", returns, windows.sessions),
        ):
            size = end - begin + 1
            self.views[name] = (
                self.shift + begin,
                sliding_window_view(held, size, axis=1),
                sliding_window_view(regressors, size, axis=2) if len(regressors) else None,
                None if covered is None else sliding_window_view(covered, size, axis=1),
            )

    def gather(
        self, name: str, row: Ints, position: Ints, factors: bool
    ) -> tuple[Floats, Floats, Floats | None]:
        """Return (P, L) returns, (P, m, L) regressors and (P, L) spans, copied."""
        offset, returns, regressors, spans = self.views[name]
        start = position + offset
        y = returns[row, start]
        x = np.empty((len(row), 0, y.shape[1]))
        if factors and regressors is not None:
            x = regressors[self.set_of[row], :, start]
        return y, x, None if spans is None else spans[row, start].astype(np.float64)
