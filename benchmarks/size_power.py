"""How often does each test reject a true null, and how often does it find a real effect?

Every replication is a study of one shared event date: N securities, 250 estimation sessions, the
window [-1, 1], the market model. The tests are the package's own, called as a study calls them.
Placebo inference gets the same replication with a longer history.

    python benchmarks/size_power.py                    # 5,000 replications, about ten minutes
    python benchmarks/size_power.py --replications 500 --scenario independent --out /tmp/trial

writes ``size.csv`` and ``power.csv``, by default where `rer.load_size_table` reads them.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scenarios import (
    ESTIMATION,
    EVENT,
    HISTORY,
    LARGEST_ACTUAL,
    SCENARIOS,
    WINDOW,
    actual,
    simulated,
)

from rareearth_research.eventstudy.chance.dates import Pairs
from rareearth_research.eventstudy.chance.draws import draw
from rareearth_research.eventstudy.chance.every_session import every_session
from rareearth_research.eventstudy.chance.p_values import placebo_p
from rareearth_research.eventstudy.dependence.correlation import block_correlation
from rareearth_research.eventstudy.inputs.benchmark import Regressors
from rareearth_research.eventstudy.models.estimate import Fitted, fit_pairs, standardised_car
from rareearth_research.eventstudy.pairs.markets import Market, build_markets, trade_to_trade
from rareearth_research.eventstudy.pairs.sessions import PairList
from rareearth_research.eventstudy.pairs.windows import Windows
from rareearth_research.eventstudy.results.frames import buy_and_hold
from rareearth_research.eventstudy.results.measure import column_means
from rareearth_research.eventstudy.statistics.measured import SIMULATED
from rareearth_research.eventstudy.statistics.verdicts import TESTS, Sample

Floats = NDArray[np.float64]

WINDOWS = Windows.of(ESTIMATION, *np.array([WINDOW]).T)
LEVELS = (0.01, 0.05, 0.10)


def main(argv: list[str] | None = None) -> int:
    """Run the simulation and write its tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--replications", type=int, default=5000)
    parser.add_argument("--securities", type=int, nargs="+", default=[10, 30])
    parser.add_argument("--scenario", nargs="+", choices=list(SCENARIOS), default=list(SCENARIOS))
    parser.add_argument("--tests", nargs="+", choices=[*TESTS, "placebo"])
    parser.add_argument("--effects", type=float, nargs="*", default=[0.01, 0.02, 0.03, 0.04, 0.05])
    parser.add_argument("--seed", type=int, default=20260803)
    parser.add_argument("--out", type=Path, help="folder; the package's own for a whole run")
    args = parser.parse_args(argv)
    asked = {k: v for k, v in vars(args).items() if k != "out"}
    if args.out is None and any(v != parser.get_default(k) for k, v in asked.items()):
        parser.error("name a folder with --out: only a whole run may replace the shipped tables")
    out = args.out or SIMULATED
    tests = args.tests or [*TESTS, "placebo"]
    out.mkdir(parents=True, exist_ok=True)

    size = []
    for name in args.scenario:
        for n in _sizes(args.securities, name):
            started = time.perf_counter()
            p = p_values(name, n, args.replications, _affordable(tests, name), args.seed)
            size.append(rates(p, scenario=name, n=n, effect=0.0))
            print(f"size   {name:24} N={n:<3} {time.perf_counter() - started:6.1f} s", flush=True)
            write(size, out / "size.csv")
    power = []
    for name in [s for s in ("independent", "shared_date") if s in args.scenario]:
        for effect in args.effects:
            p = p_values(name, args.securities[0], args.replications, tests, args.seed, effect)
            power.append(rates(p, scenario=name, n=args.securities[0], effect=effect))
            write(power, out / "power.csv")
    return report(pd.concat(size))


def p_values(
    scenario: str, n: int, replications: int, tests: list[str], seed: int, effect: float = 0.0
) -> dict[str, Floats]:
    """Return each test's p-value in every replication.

    Parameters
    ----------
    scenario : str
        A key of `SCENARIOS`.
    n : int
        Securities per study.
    replications : int
    tests : list of str
    seed : int
    effect : float
        Return added to session 0 of every security.
    """
    rng = np.random.default_rng([seed, list(SCENARIOS).index(scenario), n])
    found: dict[str, list[float]] = {test: [] for test in tests}
    source = actual(rng, n) if scenario == "actual_data" else simulated(rng, n, scenario)
    done = 0
    while done < replications:
        y, x = next(source)
        y[:, :, EVENT] += effect
        count = min(len(y), replications - done)
        spans = SCENARIOS[scenario].gaps == "trade_to_trade"
        market = market_of(y, x, spans)
        fit = fit_batch(market, spans)
        placebo = _placebo(market, n, spans) if "placebo" in tests else np.empty(0)
        for r in range(count):
            sample = sample_of(fit, slice(r * n, (r + 1) * n))
            for test in tests:
                if test == "placebo":
                    found[test].append(placebo[r])
                else:
                    with np.errstate(invalid="ignore", divide="ignore"):
                        found[test].append(TESTS[test].run(sample).p_value)
        done += count
    return {test: np.array(p) for test, p in found.items()}


def rates(p: dict[str, Floats], *, scenario: str, n: int, effect: float) -> pd.DataFrame:
    """Turn p-values into rejection rates with their Monte-Carlo errors."""
    claims = SCENARIOS[scenario].survivors()
    rows = []
    for test, values in p.items():
        for level in LEVELS:
            rate = float(np.mean(values <= level))
            rows.append(
                {
                    "scenario": scenario,
                    "description": SCENARIOS[scenario].title,
                    "securities": n,
                    "test": test,
                    "effect": effect,
                    "level": level,
                    "rejection": rate,
                    "std_error": float(np.sqrt(rate * (1 - rate) / len(values))),
                    "claims_to_hold": claims[test],
                    "replications": len(values),
                }
            )
    return pd.DataFrame(rows)


def report(size: pd.DataFrame) -> int:
    """Print the 5 % column and every claim that fails by more than two points."""
    five = size[size["level"] == 0.05]
    wide = five.pivot_table(
        index="test", columns=["securities", "scenario"], values="rejection", sort=False
    )
    print(wide.map("{:.1%}".format).to_string())
    claimed = five[five["claims_to_hold"] & five["rejection"].notna()]
    noise = 3 * np.sqrt(0.05 * 0.95 / claimed["replications"])  # matters in short trial runs
    off = claimed[(claimed["rejection"] - 0.05).abs() > noise.clip(lower=0.02)]
    for row in off.itertuples():
        word = "DEFECT" if row.rejection > 0.05 else "conservative"
        print(f"{word}: {row.test} {row.rejection:.1%} under {row.scenario}, N={row.securities}")
    return 1 if (off["rejection"] > 0.07).any() else 0


def _sizes(securities: list[int], scenario: str) -> list[int]:
    """Keep actual studies to a size that every stretch of the data can fill.

    More securities would be found in the latest year only, and its few sessions drawn over and
    over.
    """
    if scenario != "actual_data":
        return securities
    return sorted({min(n, LARGEST_ACTUAL) for n in securities})


def _affordable(tests: list[str], scenario: str) -> list[str]:
    """Leave the placebo out where every session needs a fit of its own."""
    slow = SCENARIOS[scenario].gaps == "trade_to_trade"
    return [test for test in tests if not (slow and test == "placebo")]


def market_of(y: Floats, x: Floats, spans: bool) -> Market:
    """Put a batch (R, N, T) into one market of R·N securities."""
    flat = y.reshape(-1, HISTORY)
    frame = pd.DataFrame(flat.T, index=pd.date_range("2000-01-03", periods=HISTORY))
    own = Regressors(
        tuple(f"market {r}" for r in range(len(x))),
        x[:, None],
        np.repeat(np.arange(len(x)), y.shape[1]),
    )
    (market,) = build_markets(frame, [""] * len(flat), own)
    return trade_to_trade(market, "log") if spans else market


def fit_batch(market: Market, spans: bool, windows: Windows = WINDOWS) -> Fitted:
    """Fit every security of a batch at its event."""
    row = np.arange(len(market.returns))
    needed = market.returns[:, EVENT + ESTIMATION[0] : EVENT + windows.sessions[1] + 1]
    pairs, complete = PairList.of_rows(row, np.full_like(row, EVENT)), np.isfinite(needed)
    return fit_pairs("market", (market,), pairs, complete.all(axis=1), windows, spans=spans)


def sample_of(fit: Fitted, rows: slice, windows: Windows = WINDOWS) -> Sample:
    """Cut one study out of a batch, as the tests see it."""
    own = fit.take(rows)
    return Sample(
        car=own.car[:, 0],
        variance=own.car_variance[:, 0],
        scar=standardised_car(own)[:, 0],
        bhar=buy_and_hold(own, windows.members[0] > 0, "log"),
        abnormal=own.abnormal,
        standardised=own.standardised,
        residuals=own.residuals,
        sigma2=own.sigma2,
        n_obs=own.n_obs,
        estimated=2,
        width=float(windows.members.sum()),
        dependence=block_correlation(own.residuals, np.zeros(len(own.car), dtype=np.int64)),
        clustered=True,
        mixed_calendars=False,
        aar_estimation=column_means(own.residuals),
    )


def _placebo(market: Market, n: int, spans: bool) -> Floats:
    """Return the placebo p-value of every replication of a batch."""
    ((car, variance),) = every_session(
        (market,), "market", ESTIMATION, [WINDOW], min_obs=125, spans=spans
    )
    scar = (car / np.sqrt(variance)).reshape(1, -1, n, HISTORY)
    zero, rows = np.zeros(n, dtype=np.int64), np.arange(n)
    pairs = Pairs((market.sessions,), zero, zero, rows, np.full(n, EVENT))
    p = np.empty(scar.shape[1])
    for r in range(len(p)):
        drawn = draw(pairs, [scar[:, r]], reach=WINDOW)
        p[r] = placebo_p(drawn.observed, drawn.values)[0][0]
    return p


def write(parts: list[pd.DataFrame], path: Path) -> None:
    """Write a table whose bytes depend on its numbers only."""
    pd.concat(parts).to_csv(path, index=False, float_format="%.5f", lineterminator="\n")


if __name__ == "__main__":
    sys.exit(main())
