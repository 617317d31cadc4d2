"""How often is a specification curve called rare where nothing happened, and where something did?

Ten securities share a factor (ρ = 0.3); three windows and two models make six specifications of one
study. The null has no effect; the others add 2 % to every security in session 0.

    python benchmarks/curve_size.py [replications]

Designs listed before they are run: one date and six dates, without and with the effect; 199 draws
each. The number of studies was listed as 2,000 and cut for time to 1,000 while running.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator

import numpy as np
import pandas as pd

import rareearth_research as rer

SEED, REPLICATIONS, LEVEL = 20201111, 1000, 0.05
SECURITIES, HISTORY, CORRELATION, DAILY_RISK = 10, 800, 0.3, 0.025
DATES = {"one date": [600], "six dates": [300, 390, 480, 570, 660, 750]}
EFFECTS = (0.0, 0.02)
DAYS = pd.bdate_range("2020-01-01", periods=HISTORY)


def p_values(
    design: str, effect: float, replications: int, seed: int = SEED
) -> Iterator[pd.Series]:
    """Yield the joint p-values of one study after the other, by statistic."""
    dates = DATES[design]
    for child in np.random.SeedSequence(seed).spawn(replications):
        rng = np.random.default_rng(child)
        u = np.sqrt(CORRELATION) * rng.normal(size=(HISTORY, 1))
        u = u + np.sqrt(1 - CORRELATION) * rng.normal(size=(HISTORY, SECURITIES))
        market = rng.normal(0, 0.01, HISTORY)
        returns = market[:, None] + DAILY_RISK * u
        returns[dates] += effect
        frame = pd.DataFrame(returns, DAYS, [f"S{i}" for i in range(SECURITIES)])
        curve = rer.specification_curve(
            frame.assign(MKT=market), DAYS[dates], models=["market", "mean"], benchmarks=["MKT"],
            windows=[(0, 0), (0, 1), (-1, 1)], n=199, progress=False,
        )  # fmt: skip
        yield curve.joint.set_index("statistic")["p_value"]


def main() -> None:
    """Print the share of studies that each joint p-value calls rare."""
    replications = int(sys.argv[1]) if len(sys.argv) > 1 else REPLICATIONS
    for design in DATES:
        for effect in EFFECTS:
            rejected = pd.DataFrame(p_values(design, effect, replications)) <= LEVEL
            found = ", ".join(f"{name} {share:.1%}" for name, share in rejected.mean().items())
            print(f"{design}, effect {effect:.0%}: {found}", flush=True)


if __name__ == "__main__":
    main()
