"""Write the measured tables into docs/statistics.md, or with --check say whether they are current.

Each block between ``<!-- name -->`` and ``<!-- end -->`` is made from the shipped simulation
results, so that the page cannot state a size that was not measured.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pandas as pd

from rareearth_research.eventstudy.statistics.verdicts import TESTS
from rareearth_research.reports import load_ported_table, load_power_table, load_size_table

PAGE = Path(__file__).resolve().parents[1] / "docs" / "statistics.md"
N = 10
SCENARIOS = {
    "independent": "independent",
    "shared_date": "one date, ρ 0.3",
    "shared_date_variance_x2": "… variance × 2",
    "shared_date_variance_x4": "… variance × 4",
    "t4_errors": "fat tails",
    "thin_trading": "thin trading",
    "thin_trading_spans": "… by span",
    "actual_data": "shipped returns",
}


def size_block() -> str:
    """Return rejections of a true null at 5 %, bold where a test claims to hold."""
    rows = load_size_table(0.05).query("securities == @N")
    cells = {(row.test, row.scenario): row for row in rows.itertuples()}
    lines = [["test", *SCENARIOS.values()]]
    for test in ["placebo", *TESTS]:
        found = (cells.get((test, scenario)) for scenario in SCENARIOS)
        lines.append([f"`{test}`", *("–" if row is None else _size(row) for row in found)])
    return _markdown(lines)


def claims_block() -> str:
    """Return what each test bears, as the engine's own flags say it."""
    words = {True: "yes", False: "no"}
    lines = [["test", "shared dates", "event-induced variance", "pairs needed"]]
    for name, test in TESTS.items():
        bears = (words[test.clustering], words[test.induced_variance])
        lines.append([f"`{name}`", *bears, str(test.minimum)])
    return _markdown([*lines, ["`placebo`", "yes", "yes", "2"]])


def power_block() -> str:
    """Return how often tests that keep their size find an effect on one shared date."""
    rows = load_power_table(0.05).query("scenario == 'shared_date' and claims_to_hold")
    wide = rows.pivot_table(index="test", columns="effect", values="rejection", sort=False)
    lines = [["test", *(f"{effect:.0%}" for effect in wide.columns)]]
    lines += [[f"`{test}`", *(f"{100 * v:.0f}" for v in row)] for test, row in wide.iterrows()]
    return _markdown(lines)


def ported_block() -> str:
    """Return the size of both forms of the tests that ported code changed."""
    wide = load_ported_table(0.05).pivot_table(
        index="test", columns=["convention", "securities"], values="rejection", sort=False
    )
    lines = [["test", *(f"{form}, N = {n}" for form, n in wide.columns)]]
    lines += [[f"`{test}`", *(f"{100 * v:.1f}" for v in row)] for test, row in wide.iterrows()]
    return _markdown(lines)


BLOCKS = {
    "claims": claims_block,
    "size": size_block,
    "power": power_block,
    "ported": ported_block,
}


def page(text: str) -> str:
    """Return `text` with every block made anew."""
    for name, make in BLOCKS.items():
        pattern = rf"(<!-- {name} -->\n).*?(<!-- end -->)"
        text, count = re.subn(
            pattern, lambda m, make=make: m[1] + make() + "\n" + m[2], text, flags=re.S
        )
        if count != 1:
            raise SystemExit(f"docs/statistics.md holds the block {name!r} {count} times, not once")
    return text


def _size(row: pd.Series) -> str:
    if pd.isna(row.rejection):
        return "–"
    figure = f"{100 * row.rejection:.1f}"
    return f"**{figure}**" if row.claims_to_hold else figure


def _markdown(lines: list[list[str]]) -> str:
    head, *body = ("| " + " | ".join(line) + " |" for line in lines)
    return "\n".join([head, "|---" * len(lines[0]) + "|", *body])


def main() -> None:
    before = PAGE.read_text(encoding="utf-8")
    after = page(before)
    if sys.argv[1:] == ["--check"]:
        if before != after:
            raise SystemExit(
                "docs/statistics.md differs from the shipped simulation: "
                "run `python scripts/statistics_tables.py`."
            )
        return
    PAGE.write_text(after, encoding="utf-8")


if __name__ == "__main__":
    main()
