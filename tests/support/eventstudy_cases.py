"""Synthetic returns for tests of the event-study engine; no number in them means anything."""

from __future__ import annotations

import numpy as np
import pandas as pd


def synthetic_returns(
    sessions: int = 400,
    securities: int = 6,
    *,
    seed: int = 1,
    shared: float = 0.0,
    noise: float = 0.02,
) -> pd.DataFrame:
    """Return market-model returns with a column MKT; `shared` is the sd of a common shock."""
    rng = np.random.default_rng(seed)
    index = pd.bdate_range("2019-01-01", periods=sessions)
    market = rng.normal(0.0003, 0.01, sessions)
    common = rng.normal(0, 1, sessions) * shared
    beta = rng.uniform(0.5, 1.5, securities)
    values = market[:, None] * beta + common[:, None]
    values = values + rng.normal(0, noise, (sessions, securities))
    frame = pd.DataFrame(values, index=index, columns=[f"S{i}" for i in range(securities)])
    frame["MKT"] = market
    return frame


def pair_events(returns: pd.DataFrame, count: int, *, seed: int = 2) -> pd.DataFrame:
    """Return `count` single-security events on random sessions, as far from the ends as needed."""
    rng = np.random.default_rng(seed)
    names = [name for name in returns.columns if name != "MKT"]
    return pd.DataFrame(
        {
            "event_id": [f"e{i}" for i in range(count)],
            "security": rng.choice(names, count),
            "date": returns.index[rng.integers(275, len(returns) - 15, count)],
        }
    )


def statistic(result: object, test: str, window: int = 0) -> float:
    """Return one statistic of a result's table."""
    table = result.table  # type: ignore[attr-defined]
    label = result.specification.labels[window]  # type: ignore[attr-defined]
    return float(table[(table["window"] == label) & (table["test"] == test)]["statistic"].iloc[0])
