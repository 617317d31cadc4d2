"""How often does each test reject a true null, and how often does it find a real effect?

The designs stand in ``rareearth_research/eventstudy/sizes/designs.py``; tests, verdict and placebo
are the package's own, on drawn studies.

    python benchmarks/size_power.py                     # all, into the package
    python benchmarks/size_power.py --out /tmp/trial --replications 200 --design one_date

Each design is written as soon as it is done, and one that is there is not run again, so that a run
can be stopped, or shared by two processes with ``--design``. When all are there they are joined to
``size.csv`` and ``power.csv``.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

import pandas as pd

from rareearth_research.eventstudy.sizes.designs import (
    DESIGNS,
    POWER,
    SIMULATED,
    Design,
    load_size_table,
)
from rareearth_research.eventstudy.sizes.rejections import SEED, VERDICT, rejections
from rareearth_research.eventstudy.statistics.verdicts import TESTS

PARTS = Path(__file__).resolve().parents[1] / ".cache" / "sizes"
EVERY: dict[str, tuple[str, Design]] = {
    **{f"size-{name}": (name, design) for name, design in DESIGNS.items()},
    **{
        f"power-{name}-{design.mean:.2f}": (name, design)
        for name, designs in POWER.items()
        for design in designs
    },
}


def main(argv: list[str] | None = None) -> int:
    """Run the simulation and write its tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    names = sorted({name for name, _ in EVERY.values()})
    parser.add_argument("--design", nargs="+", choices=names, default=names, metavar="NAME")
    parser.add_argument("--replications", type=int, help="of each design; its own by default")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--out", type=Path, help="folder; the package's own for a whole run")
    args = parser.parse_args(argv)
    if args.out is None and (args.replications or args.seed != SEED):
        parser.error("name a folder with --out: only a whole run may replace the shipped tables")
    parts, out = (args.out, args.out) if args.out else (PARTS, SIMULATED)
    parts.mkdir(parents=True, exist_ok=True)
    for part, (name, design) in EVERY.items():
        path = parts / f"{part}.csv"
        if name not in args.design or path.exists():
            continue
        started, count = time.perf_counter(), args.replications or design.replications
        found = rejections(name, design, (*TESTS, *VERDICT), count, args.seed)
        write(found, path)
        spent = time.perf_counter() - started
        print(f"{part:28} {count:6} × {1000 * spent / count:5.1f} ms = {spent:5.0f} s", flush=True)
    missing = [part for part in EVERY if not (parts / f"{part}.csv").exists()]
    if missing:
        print(f"not joined: {len(missing)} designs are still to be run")
        return 0
    for kind in ("size", "power"):
        of_kind = [pd.read_csv(parts / f"{part}.csv") for part in EVERY if part.startswith(kind)]
        write(pd.concat(of_kind), out / f"{kind}.csv")
    return report(load_size_table(0.05)) if args.out is None else 0


def report(size: pd.DataFrame) -> int:
    """Print every test that the engine calls valid and that rejects above 6.5 %."""
    off = size[(size["valid"] > 0.5) & ~size["claims_to_hold"] & size["rejection"].notna()]
    for row in off.itertuples():
        print(f"{row.test} {row.rejection:.1%} in {row.design}, where it is marked valid")
    moved = size[(size["test"] == "moved") & (size["rejection"] > 0.06)]
    return 1 if len(moved) else 0


def write(table: pd.DataFrame, path: Path) -> None:
    """Write a table whose bytes depend on its numbers only, whole or not at all."""
    part = path.with_suffix(".part")
    table.to_csv(part, index=False, float_format="%.5f", lineterminator="\n")
    part.replace(path)


if __name__ == "__main__":
    sys.exit(main())
