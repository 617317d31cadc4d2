"""How often does the confidence set of a timing curve hold the session of the news?

Securities share a factor (ρ = 0.3). After the news the volatility of that factor is what it was,
1.4 (twice the variance), 2 or 4 times as large, until the end of the stretch; each security's own
volatility stays. The news moves every security by 6 % on its session. A set at 95 % should hold
that session in 95 of 100 studies; sets that hold every session are counted too, because they say
nothing.

    python benchmarks/timing_coverage.py

Designs listed before they are run: one date and six dates, ten securities each; volatility × 1,
1.4, 2 and 4; without a direction and with the right one. Their numbers were listed as 2,000 and
cut for time while running: 2,000 studies of one date, 400 of six.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

import rareearth_research as rer

SEED, REPLICATIONS = 20251009, {"one date": 2000, "six dates": 400}
SECURITIES, HISTORY, STRETCH = 10, 1500, 20
CORRELATION, DAILY_RISK, RESPONSE = 0.3, 0.025, 0.06
DATES = {"one date": [1100], "six dates": [400, 550, 700, 850, 1000, 1150]}
VOLATILITY = (1, np.sqrt(2), 2, 4)
DIRECTIONS = (None, "up")
DAYS = pd.bdate_range("2018-01-01", periods=HISTORY)


def synthetic(rng: np.random.Generator, dates: list[int], volatility: float) -> pd.DataFrame:
    """Return made-up returns with news at each of `dates`, and the market."""
    common = rng.normal(size=HISTORY)
    for at in dates:
        common[at + 1 : at + STRETCH + 2] *= volatility
    own = rng.normal(size=(HISTORY, SECURITIES))
    u = np.sqrt(CORRELATION) * common[:, None] + np.sqrt(1 - CORRELATION) * own
    market = rng.normal(0, 0.01, HISTORY)
    returns = market[:, None] + DAILY_RISK * u
    returns[dates] += RESPONSE
    frame = pd.DataFrame(returns, DAYS, [f"S{i}" for i in range(SECURITIES)])
    return frame.assign(MKT=market)


def sets(
    design: str, volatility: float, direction: str | None, replications: int, seed: int = SEED
) -> Iterator[tuple[bool, bool]]:
    """Yield for each study whether its set holds the session of the news, and every session."""
    dates = DATES[design]
    for child in np.random.SeedSequence(seed).spawn(replications):
        returns = synthetic(np.random.default_rng(child), dates, volatility)
        study = rer.EventStudy(returns, DAYS[dates], "MKT", windows=[(0, 0)], tests=["bmp"])
        curve = rer.timing_curve(study, direction=direction)
        yield 0 in curve.confidence_set, len(curve.confidence_set) == len(curve.table)


def main() -> None:
    """Print a row per design."""
    print(f"{'design':<10} {'volatility':>10} {'direction':>9} {'coverage':>9} {'error':>6} whole")
    for design, replications in REPLICATIONS.items():
        for volatility in VOLATILITY:
            for direction in DIRECTIONS:
                held, whole = np.mean(list(sets(design, volatility, direction, replications)), 0)
                error = np.sqrt(held * (1 - held) / replications)
                print(
                    f"{design:<10} {volatility:>10.1f} {direction or '-':>9} {held:>8.1%} "
                    f"{error:>6.1%} {whole:>5.1%}",
                    flush=True,
                )


if __name__ == "__main__":
    main()
