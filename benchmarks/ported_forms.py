"""How often do the forms found in ported code reject a true null, beside those of the papers?

Independent normal errors, 250 estimation sessions, the window [-5, 5], the market model: every test
should reject 5 times in 100 at 5 %.

    python benchmarks/ported_forms.py            # 5,000 replications, under a minute

writes ``ported.csv`` where `load_ported_table` reads it.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np
import pandas as pd
from scenarios import ESTIMATION, simulated
from size_power import LEVELS, fit_batch, market_of, sample_of, write

from rareearth_research.eventstudy.pairs.windows import Windows
from rareearth_research.eventstudy.statistics.measured import SIMULATED
from rareearth_research.eventstudy.statistics.ported import PORTED
from rareearth_research.eventstudy.statistics.verdicts import TESTS

WIDE = Windows.of(ESTIMATION, *np.array([(-5, 5)]).T)
FORMS = {
    "textbook": {name: TESTS[name].run for name in PORTED},
    "eventstudy2": PORTED,
}


def main(argv: list[str] | None = None) -> int:
    """Run the simulation and write its table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--replications", type=int, default=5000)
    parser.add_argument("--seed", type=int, default=20260803)
    parser.add_argument("--out", type=Path, help="folder; the package's own for a whole run")
    args = parser.parse_args(argv)
    if args.out is None and args.replications != parser.get_default("replications"):
        parser.error("name a folder with --out: only a whole run may replace the shipped table")
    out = args.out or SIMULATED
    out.mkdir(parents=True, exist_ok=True)
    table = pd.concat([rejections(n, args.replications, args.seed) for n in (10, 30)])
    write([table], out / "ported.csv")
    five = table[table["level"] == 0.05]
    print(five.pivot_table(index="test", columns=["securities", "convention"], values="rejection"))
    return 0


def rejections(n: int, replications: int, seed: int) -> pd.DataFrame:
    """Return the rejection rates of both forms with n securities."""
    source = simulated(np.random.default_rng([seed, n]), n, "independent")
    p: dict[tuple[str, str], list[float]] = {
        (convention, test): [] for convention, tests in FORMS.items() for test in tests
    }
    done = 0
    while done < replications:
        y, x = next(source)
        count = min(len(y), replications - done)
        fit = fit_batch(market_of(y, x, spans=False), spans=False, windows=WIDE)
        for r in range(count):
            sample = sample_of(fit, slice(r * n, (r + 1) * n), WIDE)
            for convention, test in p:
                p[convention, test].append(FORMS[convention][test](sample).p_value)
        done += count
    rows = [
        {
            "convention": convention,
            "test": test,
            "securities": n,
            "level": level,
            "rejection": (rate := float(np.mean(np.array(values) <= level))),
            "std_error": float(np.sqrt(rate * (1 - rate) / replications)),
            "replications": replications,
        }
        for (convention, test), values in p.items()
        for level in LEVELS
    ]
    return pd.DataFrame(rows)


if __name__ == "__main__":
    sys.exit(main())
