"""How often do 90 % intervals hold zero on shipped series, at dates on which nothing is listed?

    python benchmarks/interval_coverage.py             # all, two minutes on one core
    python benchmarks/interval_coverage.py --dates 3   # a trial, to standard output

Logs of prices with the defaults of `did_it_move`: sessions of eight rare-earth securities (donors:
shares and funds of other things, in New York only), and months of nine commodities (donors: the
others). Dates are spread evenly; sessions with a listed event near them are left out, which months
do not allow. What is written is shipped, and read by `load_coverage_table`.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

import rareearth_research as rer
from rareearth_research.dynamics.belief import TABLE
from rareearth_research.errors import RareEarthError
from rareearth_research.studies.side_by_side.asked import Asked, read_asked
from rareearth_research.studies.side_by_side.methods import LAGS, METHODS, TABLED, carried_on

LEVEL = 0.9
SECURITIES = ["REMX", "MP", "UUUU", "NB", "LYC.AX", "ILU.AX", "600111.SS", "000831.SZ"]
OTHERS = ["BHP", "FCX", "AA", "CCJ", "ALB", "COPX", "GDX", "DBB", "EEM", "GM", "LMT", "ON"]
DATES = {"session": 24, "month": 18}
TOGETHER = 6  # dates of a projection on several
BLOCK, DRAWS, SEED = 3, 1999, 2026


ASKED = {said: METHODS[name] for name, said in TABLED.items()} | {
    "interrupted, by formula": lambda asked: vars(
        rer.interrupted(asked.until(), asked.day, level=LEVEL)
    ),
    "state_space_impact, by formula": lambda asked: carried_on(asked).table.iloc[0],
}


def sessions(count: int) -> Iterator[tuple[pd.Series, pd.DataFrame | None, list[Any]]]:
    """Yield each security with its donors, and the days."""
    listed = rer.load_events(usable=True)["date"]
    days = pd.bdate_range("2019-01-02", "2026-05-29")
    near = [((listed > day - pd.Timedelta("4D")) & (listed < day + pd.Timedelta("18D"))).any()
            for day in days]  # fmt: skip
    free = days[~np.array(near)]
    dates = list(free[np.linspace(0, len(free) - 1, count).astype(int)])
    prices = rer.load_prices([*SECURITIES, *OTHERS])
    for name in SECURITIES:
        american = "." not in name
        wide = prices[[name, *OTHERS] if american else [name]].dropna()
        yield wide[name], wide[OTHERS] if american else None, dates


def months(count: int) -> Iterator[tuple[pd.Series, pd.DataFrame | None, list[Any]]]:
    """Yield each commodity with the others as donors, and the months."""
    dollars = rer.load_imf_pcps().query("unit == 'USD'")
    wide = dollars.pivot(index="month", columns="code", values="price").dropna()
    dates = list(wide.index[np.linspace(60, len(wide) - 8, count).astype(int)])
    for name in wide:
        yield wide[name], wide.drop(columns=name), dates


def answers(asked: Asked, before: list[Any]) -> dict[str, tuple[float, float]]:
    """Return the interval of each method that applies at one date."""
    found = {}
    for said, ask in ASKED.items():
        try:
            row = ask(asked)
        except RareEarthError:
            continue
        found[said] = row["lower"], row["upper"]
    if len(before) == TOGETHER - 1:
        several = rer.local_projection(asked.series, [*before, asked.day], asked.horizon, LAGS)
        last, name = several.table.iloc[-1], f"local_projection, {TOGETHER} dates"
        found[f"{name}, by formula"] = last["lower"], last["upper"]
        found[f"{name}, by other dates"] = last["placebo_lower"], last["placebo_upper"]
    if asked.donors.shape[1]:
        wide = asked.donors.assign(own=asked.series).iloc[: asked.end]
        for row in rer.synthetic_did(wide, "own", None, asked.day, draws=50).table.to_dict(
            "records"
        ):
            found[f"synthetic_did: {row['method']}"] = row["lower"], row["upper"]
    return found


def covers(step: str, count: int) -> pd.DataFrame:
    """Return whether each interval holds zero, a row per method, series and date."""
    rows = []
    for series, donors, dates in {"session": sessions, "month": months}[step](count):
        for at, day in enumerate(dates):
            try:
                asked = read_asked(series, day, None, donors, True, LEVEL, 0)
            except RareEarthError:
                continue  # not traded yet, or no longer
            if asked.row < 60:
                continue
            earlier = dates[max(at - TOGETHER + 1, 0) : at]
            before = [other for other in earlier if other > asked.even.days()[0]]
            for method, (lower, upper) in answers(asked, before).items():
                rows.append((method, series.name, at, lower <= 0 <= upper))
    return pd.DataFrame(rows, columns=["method", "series", "date", "covers"]).assign(step=step)


def measured(found: pd.DataFrame) -> dict[str, Any]:
    """Return the coverage of one method, with its standard error by blocks of dates."""
    wide = found.pivot(index="date", columns="series", values="covers").astype(float)
    held, known = wide.sum(axis=1).to_numpy(), wide.notna().sum(axis=1).to_numpy()
    rng, n = np.random.default_rng(SEED), len(wide)
    starts = rng.integers(0, n, (DRAWS, -(-n // BLOCK)))
    rows = (starts[..., None] + np.arange(BLOCK)).reshape(DRAWS, -1)[:, :n] % n
    drawn = held[rows].sum(axis=1) / known[rows].sum(axis=1)
    return {
        "level": LEVEL, "coverage": held.sum() / known.sum(), "std_error": drawn.std(ddof=1),
        "series": wide.shape[1], "dates": n, "intervals": int(known.sum()),
    }  # fmt: skip


def block(table: pd.DataFrame) -> str:
    """Return the table of docs/responses.md."""
    lines = [["interval", *DATES], ["---"] * (1 + len(DATES))]
    for method, rows in table.groupby("method", sort=False):
        known = rows.set_index("step")
        cells = [
            f"{100 * known.loc[step, 'coverage']:.0f} ({100 * known.loc[step, 'std_error']:.0f})"
            + " *too narrow*" * bool(known.loc[step, "too_narrow"])
            if step in known.index else "–"
            for step in DATES
        ]  # fmt: skip
        lines.append([str(method), *cells])
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def main() -> None:
    """Measure and write the table, or print a trial."""
    trial = int(sys.argv[-1]) if "--dates" in sys.argv else None
    found = pd.concat([covers(step, trial or count) for step, count in DATES.items()])
    table = pd.DataFrame(
        {"method": method, "step": step} | measured(part)
        for (method, step), part in found.groupby(["method", "step"], sort=True)
    ).round(4)
    if trial is not None:
        print(table.to_string())
        return
    table.to_csv(TABLE, index=False)
    print(block(rer.load_coverage_table()))  # for docs/responses.md


if __name__ == "__main__":
    main()
