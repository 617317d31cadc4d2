"""How often do the forms found in ported code reject a true null, beside those of the papers?

Independent normal errors, 250 estimation sessions, the window [-5, 5], the market model: every test
should reject 5 times in 100 at 5 %.

    python benchmarks/ported_forms.py            # 5,000 replications, under a minute

writes ``ported.csv`` where `load_ported_table` reads it.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace
from itertools import islice
from pathlib import Path

import numpy as np
import pandas as pd
from size_power import write

from rareearth_research.eventstudy.sizes.designs import DESIGNS, SIMULATED
from rareearth_research.eventstudy.sizes.drawn import studies
from rareearth_research.eventstudy.sizes.rejections import LEVELS, SEED
from rareearth_research.eventstudy.statistics.ported import PORTED
from rareearth_research.eventstudy.statistics.verdicts import TESTS

FORMS = {
    "textbook": {name: TESTS[name].run for name in PORTED},
    "eventstudy2": PORTED,
}


def main(argv: list[str] | None = None) -> int:
    """Run the simulation and write its table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--replications", type=int, default=5000)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--out", type=Path, help="folder; the package's own for a whole run")
    args = parser.parse_args(argv)
    if args.out is None and args.replications != parser.get_default("replications"):
        parser.error("name a folder with --out: only a whole run may replace the shipped table")
    out = args.out or SIMULATED
    out.mkdir(parents=True, exist_ok=True)
    table = pd.concat([rejections(n, args.replications, args.seed) for n in (10, 30)])
    write(table, out / "ported.csv")
    five = table[table["level"] == 0.05]
    print(five.pivot_table(index="test", columns=["securities", "convention"], values="rejection"))
    return 0


def rejections(n: int, replications: int, seed: int) -> pd.DataFrame:
    """Return the rejection rates of both forms with n securities."""
    design = replace(DESIGNS["independent"], securities=n, window=(-5, 5))
    p: dict[tuple[str, str], list[float]] = {
        (convention, test): [] for convention, tests in FORMS.items() for test in tests
    }
    for study in islice(studies(f"ported_{n}", design, seed), replications):
        for convention, test in p:
            p[convention, test].append(FORMS[convention][test](study.sample).p_value)
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
