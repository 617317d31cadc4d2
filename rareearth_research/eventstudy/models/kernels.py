"""Which kernel fits which model? One signature for all of them.

Each takes estimation returns (P, L) and regressors (P, m, L), the same for the event sessions, the
windows' members, and the sessions that returns cover (None unless trade-to-trade).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from rareearth_research.arrays import Floats
from rareearth_research.eventstudy.models import general as models_general
from rareearth_research.eventstudy.models import simple as models
from rareearth_research.eventstudy.models.simple import Fit
from rareearth_research.eventstudy.models.synthetic import fit_synthetic


def _fixed(y: Floats, x: Floats, ye: Floats, xe: Floats, members: Floats, s: Any, se: Any) -> Fit:
    expected, expected_event = (x[:, 0], xe[:, 0]) if x.shape[1] else (0.0, 0.0)
    residuals = y - expected
    return models.fit_fixed(
        residuals if s is None else residuals / np.sqrt(s), ye - expected_event, members, se
    )


def _mean(y: Floats, x: Floats, ye: Floats, xe: Floats, members: Floats, s: Any, se: Any) -> Fit:
    if s is None:
        return models.fit_mean(y, ye, members)
    return models_general.fit_ols(y, s[:, :, None], ye, se[:, :, None], members, s, se)


def _line(y: Floats, x: Floats, ye: Floats, xe: Floats, members: Floats, s: Any, se: Any) -> Fit:
    if s is None:
        return models.fit_line(y, x[:, 0], ye, xe[:, 0], members)
    return _ols(y, x, ye, xe, members, s, se)


def _ols(y: Floats, x: Floats, ye: Floats, xe: Floats, members: Floats, s: Any, se: Any) -> Fit:
    def design(regressors: Floats, constant: Any) -> Floats:
        first = np.ones_like(regressors[:, :1]) if constant is None else constant[:, None, :]
        return np.concatenate([first, regressors], axis=1).swapaxes(1, 2)

    return models_general.fit_ols(y, design(x, s), ye, design(xe, se), members, s, se)


def _garch(
    y: Floats, x: Floats, ye: Floats, xe: Floats, members: Floats, s: Any, se: Any, ahead: Any
) -> Fit:
    from rareearth_research.eventstudy.models.garch import fit_garch

    return fit_garch(y, x[:, 0], ye, xe[:, 0], members, ahead)


KERNELS: dict[str, Callable[..., Fit]] = {
    "raw": _fixed,
    "mean": _mean,
    "market_adjusted": _fixed,
    "market": _line,
    "scholes_williams": lambda y, x, ye, xe, members, s, se: models_general.fit_scholes_williams(
        y, x, ye, xe[:, 1], members
    ),
    "dimson": _ols,
    "factors": _ols,
    "garch": _garch,
    "synthetic": lambda y, x, ye, xe, members, s, se: fit_synthetic(y, x, ye, xe, members),
    "synthetic_market": _line,
}
