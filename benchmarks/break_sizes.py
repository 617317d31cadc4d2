"""How often do break tests, and distances to policy events, find what is not there?

Series of 160 months to April 2025, seeded, drawn from autoregressions of order 1 with normal
errors; `find_breaks` and `nearest_policy` with their defaults; events: the usable ones of
`load_events`. Shares of p-values at or below 5 %, of the distance among series with a break. Beside
it "even dates": the same distance against as many dates drawn evenly over the sample.

    python benchmarks/break_sizes.py                        # all, about fifteen minutes
    python benchmarks/break_sizes.py --replications 20      # a trial, to standard output

Designs were listed before they were run. What was drawn is kept, 100 series a file, so
that a run can be stopped and gone on with.
"""

from __future__ import annotations

import sys
import warnings
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.signal import lfilter

import rareearth_research as rer
from rareearth_research.dynamics.breaks.nearest import row_distances
from rareearth_research.dynamics.breaks.wald import p_value

RESULT = Path(__file__).with_name("results") / "break_sizes.csv"
PARTS = Path(__file__).resolve().parents[1] / ".cache" / "break_sizes"
SEED, LEVEL, BURN_IN = 20030104, 0.05, 500
MONTHS = pd.date_range("2012-01-01", periods=160, freq="MS")
EVEN, TOGETHER, FEW = 199, 100, 100


@dataclass(frozen=True)
class Design:
    """An autoregression, a slope per month and a shift in the middle, in standard errors."""

    says: str
    root: float
    replications: int = 300
    slope: float = 0.0
    shift: float = 0.0
    trend: bool = False  # whether find_breaks is asked for trends


DESIGNS = {
    "random_walk": Design("random walk", 1.0, 2000),
    "trending_ar_0.9": Design("ρ = 0.9 around a trend of 0.05 a month", 0.9, 2000, slope=0.05),
    "trending_ar_0.9_trend": Design("the same, `trend=True`", 0.9, 2000, slope=0.05, trend=True),
    "independent": Design("independent", 0.0, 200),
    "ar_0.5": Design("ρ = 0.5", 0.5, 200),
    "ar_0.9": Design("ρ = 0.9", 0.9),
    "ar_0.98": Design("ρ = 0.98", 0.98),
    "shift_independent": Design("*independent, shifted by 1*", 0.0, 200, shift=1.0),
    "shift_ar_0.5": Design("*ρ = 0.5, shifted by 2*", 0.5, 200, shift=2.0),
}
SHARES = ("udmax_iid", "udmax_hac", "guard", "distance", "even_dates", "without_break")
HEAD = ("series", "drawn", "UDmax, `iid`", "UDmax, `hac`", "*any break*", "distance",
        "dates at random", "without a break", "breaks by BIC")  # fmt: skip


def drawn(design: Design, rng: np.random.Generator) -> pd.Series:
    """Return one series; a random walk begins at zero, others in their stationary state."""
    n = len(MONTHS)
    errors = rng.normal(size=BURN_IN + n)
    path = lfilter([1.0], [1.0, -design.root], errors[BURN_IN * (design.root == 1) :])[-n:]
    path += design.slope * np.arange(n) + design.shift * (np.arange(n) >= n // 2)
    return pd.Series(path, MONTHS, name="drawn")


def one(design: Design, events: pd.DataFrame, rng: np.random.Generator) -> dict[str, float]:
    """Return the p-values of one drawn series."""
    series = drawn(design, rng)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that it looks like a level
        found = rer.find_breaks(series, trend=design.trend, seed=int(rng.integers(2**31)))
    near = rer.nearest_policy(found, events)
    known = found.asymptotic.set_index(["test", "errors"])["statistic"]
    return {
        "breaks": found.n_breaks,
        "udmax_iid": known["UDmax(5)", "iid"],
        "udmax_hac": known["UDmax(5)", "hac"],
        "guard": found.guard.p_value,
        "distance": near.p_value,
        "even_dates": even_dates(found, events, near.distance, rng),
    }


def even_dates(
    found: rer.dynamics.Breaks, events: pd.DataFrame, distance: float, rng: np.random.Generator
) -> float:
    """Return the p-value against as many dates drawn evenly over the sample."""
    if not found.n_breaks:
        return float("nan")
    rows = rng.integers(0, len(MONTHS), (EVEN, found.n_breaks))
    near = row_distances(found.series, events["date"])
    return float((1 + (near[rows].mean(axis=1) <= distance).sum()) / (1 + EVEN))


def drawn_p(name: str, numbers: range) -> pd.DataFrame:
    """Return statistics of UDmax and p-values of the drawn series of these numbers, a row each."""
    events = rer.load_events(usable=True, precision="day")
    events = events[(events["date"] >= MONTHS[0]) & (events["date"] < "2025-05-01")]
    seed = SEED, list(DESIGNS).index(name)
    rows = (one(DESIGNS[name], events, np.random.default_rng([*seed, i])) for i in numbers)
    return pd.DataFrame(rows)


def sizes(name: str, found: pd.DataFrame) -> dict[str, float | str]:
    """Return the shares of one design."""
    design, broken = DESIGNS[name], found["breaks"] > 0
    kind = {"trend": design.trend, "regressors": 1 + design.trend, "trim": 0.15}
    p = found.drop(columns="breaks")
    for errors in ("udmax_iid", "udmax_hac"):
        p[errors] = [p_value("UDmax(5)", value, **kind) for value in found[errors]]
    shares = (p <= LEVEL).mean()
    shares[["distance", "even_dates"]] = (p.loc[broken, ["distance", "even_dates"]] <= LEVEL).mean()
    return {
        "design": name, "replications": len(found), "mean_breaks": found["breaks"].mean(),
        "without_break": 1 - broken.mean(), "three_or_more": (found["breaks"] >= 3).mean(),
        **shares,
    }  # fmt: skip


def block(table: pd.DataFrame) -> str:
    """Return the table of docs/dynamics.md; shares of fewer than a hundred series are left out."""
    lines = [HEAD, ["---"] * len(HEAD)]
    for row in table.to_dict("records"):
        few = row["replications"] * (1 - row["without_break"]) < FEW
        hidden = {"distance", "even_dates"} if few else set()
        said = ["–" if name in hidden else f"{100 * row[name]:.1f} %" for name in SHARES]
        breaks = f"{row['mean_breaks']:.1f}"
        lines.append([DESIGNS[row["design"]].says, f"{row['replications']:,}", *said, breaks])
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def main() -> None:
    """Run what was not run yet, and write the table; or print a trial."""
    if "--replications" in sys.argv:
        numbers = range(int(sys.argv[-1]))
        print(pd.DataFrame([sizes(name, drawn_p(name, numbers)) for name in DESIGNS]).to_string())
        return
    PARTS.mkdir(parents=True, exist_ok=True)
    rows = []
    for name, design in DESIGNS.items():
        files = [PARTS / f"{name}_{first}.csv" for first in range(0, design.replications, TOGETHER)]
        for first, file in enumerate(files):
            if not file.exists():
                numbers = range(first, first + TOGETHER)
                drawn_p(name, numbers).to_csv(file, index=False)
        rows.append(sizes(name, pd.concat(map(pd.read_csv, files))))
    table = pd.DataFrame(rows).round(4)
    table.to_csv(RESULT, index=False)
    print(block(table))  # for docs/dynamics.md


if __name__ == "__main__":
    main()
