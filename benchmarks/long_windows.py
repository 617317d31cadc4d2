"""Which model of expected returns bears a window of 1, 5, 20 or 60 sessions?

Every replication is a study of 20 pairs with 250 estimation sessions and donors of their own.
Returns are β·market + γ·sector + own error, with standard deviations of 1 %, 1.2 % and 2 % a
session; β is uniform on [0.6, 1.4], γ on [0.5, 1.5], for donors too. The market model is given the
true market, and knows no sector. Designs, listed before they were run:

    calm            20 dates far apart, no drift
    market drifts   ... the market rises 0.1 % a session from session 0 on, at every date
    sector drifts   ... the sector does
    beyond donors   ... the sector does, and γ of the securities is uniform on [1.5, 2.5]
    one date        20 securities on one date, with the same donors, no drift

A true null is that of no effect on the securities themselves. Tests: `bmp` (`kp` on one date), and
one security alone against its own forecast variance.

    python benchmarks/long_windows.py                    # 1,000 replications, some ten minutes
    python benchmarks/long_windows.py --replications 50  # a trial
"""

from __future__ import annotations

import argparse
import sys

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import stdtr

from rareearth_research.eventstudy.dependence.correlation import mean_correlation
from rareearth_research.eventstudy.models.simple import Fit, fit_line
from rareearth_research.eventstudy.models.synthetic import fit_synthetic
from rareearth_research.eventstudy.statistics.parametric import kp

Floats = NDArray[np.float64]

LENGTH, PAIRS = 250, 20
WINDOWS = (1, 5, 20, 60)  # sessions from session 0 on
MEMBERS = (np.arange(WINDOWS[-1]) < np.array(WINDOWS)[:, None]).astype(np.float64)
DRIFT = 0.001
DESIGNS = {
    "calm": {},
    "market drifts": {"market": DRIFT},
    "sector drifts": {"sector": DRIFT},
    "beyond donors": {"sector": DRIFT, "loading": (1.5, 2.5)},
    "one date": {"dates": 1},
}
MODELS = ("market", "synthetic_market", "synthetic")
BATCH = 25  # replications


def main(argv: list[str] | None = None) -> int:
    """Print rejections in % at a nominal 5 %, by design, model and window."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--replications", type=int, default=1000)
    parser.add_argument("--effect", type=float, default=0.04, help="for the table of power")
    parser.add_argument("--seed", type=int, default=20261126)
    args = parser.parse_args(argv)
    many, few = ((args.replications, donors, args.seed) for donors in (30, 10))
    print(f"size, 30 donors\n{table({name: rates(name, 0.0, *many) for name in DESIGNS})}\n")
    calm = ("calm", "one date")
    print(f"size, 10 donors\n{table({name: rates(name, 0.0, *few) for name in calm})}\n")
    found = table({name: rates(name, args.effect, *many) for name in calm})
    print(f"power, {args.effect:.0%} at session 0, 30 donors\n{found}")
    return 0


def table(found: dict[str, pd.DataFrame]) -> str:
    """Return the rates of several designs as text."""
    return pd.concat(found).to_string(float_format="{:.1f}".format)


def rates(design: str, effect: float, replications: int, donors: int, seed: int) -> pd.DataFrame:
    """Return the share of p-values below 5 %, in %, one row per model and one column per test."""
    rng = np.random.default_rng([seed, list(DESIGNS).index(design), donors])
    found: dict[str, list[Floats]] = {model: [] for model in MODELS}
    for _ in range(-(-replications // BATCH)):
        y, x, z = drawn(rng, donors, **DESIGNS[design])
        y[:, LENGTH] += effect
        for model in MODELS:
            free = LENGTH - (donors - 1 if model == "synthetic" else 2)
            found[model].append(p_values(fitted(model, y, x, z), free, design == "one date"))
    columns = pd.MultiIndex.from_product([("all", "one"), WINDOWS], names=["pairs", "sessions"])
    rows = {m: 100 * (np.concatenate(p) < 0.05).mean(axis=0).ravel() for m, p in found.items()}
    return pd.DataFrame.from_dict(rows, orient="index", columns=columns)


def drawn(
    rng: np.random.Generator,
    donors: int,
    *,
    market: float = 0.0,
    sector: float = 0.0,
    loading: tuple[float, float] = (0.5, 1.5),
    dates: int = PAIRS,
) -> tuple[Floats, Floats, Floats]:
    """Return securities (P, T), their market (P, T) and donors (P, D, T) of a batch of studies."""
    size = LENGTH + WINDOWS[-1]
    later = np.arange(size) >= LENGTH
    x = rng.normal(0, 0.010, (BATCH, dates, 1, size)) + market * later
    f = rng.normal(0, 0.012, (BATCH, dates, 1, size)) + sector * later

    def returns(count: int, span: tuple[float, float]) -> Floats:
        shape = (BATCH, dates, count, 1)
        own = rng.normal(0, 0.02, (*shape[:3], size))
        return rng.uniform(0.6, 1.4, shape) * x + rng.uniform(*span, shape) * f + own

    every = BATCH * PAIRS
    y, z = returns(PAIRS // dates, loading), returns(donors, (0.5, 1.5))
    repeat = PAIRS // dates  # securities that share a date share market and donors
    x = np.repeat(x.reshape(-1, size), repeat, axis=0)
    return y.reshape(every, size), x, np.repeat(z.reshape(-1, donors, size), repeat, axis=0)


def fitted(model: str, y: Floats, x: Floats, z: Floats) -> Fit:
    """Fit all pairs by one model."""
    y, y_event = y[:, :LENGTH], y[:, LENGTH:]
    if model == "synthetic":
        return fit_synthetic(y, z[..., :LENGTH], y_event, z[..., LENGTH:], MEMBERS)
    line = x if model == "market" else z.mean(axis=1)
    return fit_line(y, line[:, :LENGTH], y_event, line[:, LENGTH:], MEMBERS)


def p_values(fit: Fit, free: int, shared: bool) -> Floats:
    """Return p-values of `bmp` or `kp`, and of the first security of each study, (R, 2, G)."""
    scar = (fit.car / np.sqrt(fit.car_variance)).reshape(BATCH, PAIRS, len(WINDOWS))
    residuals = fit.residuals.reshape(BATCH, PAIRS, LENGTH)
    r = [mean_correlation(block) if shared else 0.0 for block in residuals]
    together = [
        [kp(one[:, g], mean).p_value for g in range(len(WINDOWS))]
        for one, mean in zip(scar, r, strict=True)
    ]
    return np.stack([np.array(together), 2 * stdtr(free, -np.abs(scar[:, 0]))], axis=1)


if __name__ == "__main__":
    sys.exit(main())
