"""Write the measured tables into docs/statistics.md, or with --check say whether they are current.

Each block between ``<!-- name -->`` and ``<!-- end -->`` is made from the shipped simulation
results, so that the page cannot state a size that was not measured.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

import pandas as pd

from rareearth_research.eventstudy.sizes.designs import DESIGNS, QUESTIONS
from rareearth_research.eventstudy.statistics.verdicts import FEWEST, TESTS
from rareearth_research.reports import load_ported_table, load_power_table, load_size_table

PAGE = Path(__file__).resolve().parents[1] / "docs" / "statistics.md"
FIRST = ("moved", "verdict_p", "headline", "kp", "date_t", "date_flip", "placebo")
DISPERSION = ("heterogeneity", "variance_between")
COMPARED = (  # designs in which dispersion is shown
    "one_date", "one_date_30", "fat_tails", "neighbours_gap1", "dates_8x10", "spread_40",
    "shipped", "shipped_8x10", "variance_x2", "security_effects_4", "dates_common_x4",
    "date_effects_4",
)  # fmt: skip


def claims_block() -> str:
    """Return what each test bears, as the engine's own flags say it."""
    words = {True: "yes", False: "no"}
    head = ["test", "shared dates", "event-induced variance", "a rise of the variance in common"]
    lines = [[*head, "missing returns", "needs"]]
    for name, test in TESTS.items():
        bears = (test.clustering, test.induced_variance, test.common_variance, test.thin)
        needs = "never marked valid" if test.withdrawn else f"{max(test.minimum, test.few)} pairs"
        if name in FEWEST:
            needs = f"{FEWEST[name]} clusters of dates"
        lines.append([f"`{name}`", *(words[bear] for bear in bears), needs])
    return markdown([*lines, ["`placebo`", "yes", "yes", "no", "yes", "2 pairs"]])


def size_block(question: str) -> str:
    """Return rejections of a true null at 5 % in the designs of one question."""
    rows = load_size_table(0.05)
    rows = rows[(rows["question"] == question) & ~rows["test"].isin(DISPERSION)]
    rows = rows[rows.groupby("test")["rejection"].transform("max").notna()]
    designs = [name for name, design in DESIGNS.items() if design.question == question]
    cells = {(row.test, row.design): row for row in rows.itertuples()}
    lines = [["test", *(DESIGNS[name].title for name in designs)]]
    for test in [*FIRST, *(name for name in TESTS if name not in FIRST)]:
        found = [cells.get((test, name)) for name in designs]
        if any(row is not None for row in found):
            lines.append([f"`{test}`", *("–" if row is None else _size(row) for row in found)])
    return markdown(lines)


def dispersion_block() -> str:
    """Return how often the tests of dispersion reject, design by design."""
    rows = load_size_table(0.05).query("test in @DISPERSION")
    wide = rows.pivot_table(index="test", columns="design", values="rejection")
    lines = [["design", *(f"`{test}`" for test in DISPERSION)]]
    for name in COMPARED:
        title = f"{QUESTIONS[DESIGNS[name].question]}: {DESIGNS[name].title}"
        cells = ("–" if pd.isna(v) else f"{100 * v:.1f}" for v in wide.loc[[*DISPERSION], name])
        lines.append([title, *cells])
    return markdown(lines)


def power_block(design: str) -> str:
    """Return how often tests that keep their size find an effect."""
    rows = load_power_table(0.05).query("design == @design and claims_to_hold and valid != 0")
    rows = rows[~rows["test"].isin([*DISPERSION, "verdict_p", "headline"])]
    wide = rows.pivot_table(index="test", columns="effect", values="rejection", sort=False)
    lines = [["test", *(f"{effect:.0%}" for effect in wide.columns)]]
    lines += [[f"`{test}`", *(f"{100 * v:.0f}" for v in row)] for test, row in wide.iterrows()]
    return markdown(lines)


def ported_block() -> str:
    """Return the size of both forms of the tests that ported code changed."""
    wide = load_ported_table(0.05).pivot_table(
        index="test", columns=["convention", "securities"], values="rejection", sort=False
    )
    lines = [["test", *(f"{form}, N = {n}" for form, n in wide.columns)]]
    lines += [[f"`{test}`", *(f"{100 * v:.1f}" for v in row)] for test, row in wide.iterrows()]
    return markdown(lines)


BLOCKS = {
    "claims": claims_block,
    **{f"size {question}": partial(size_block, question) for question in QUESTIONS},
    "dispersion": dispersion_block,
    "power one_date": partial(power_block, "one_date"),
    "power dates_8x10": partial(power_block, "dates_8x10"),
    "power responses_differ": partial(power_block, "responses_differ"),
    "ported": ported_block,
}


def page(text: str, blocks: Mapping[str, Callable[[], str]], name: str) -> str:
    """Return `text`, of the file `name`, with every block made anew."""
    for block, make in blocks.items():
        pattern = rf"(<!-- {block} -->\n).*?(<!-- end -->)"
        text, count = re.subn(
            pattern, lambda m, make=make: m[1] + make() + "\n" + m[2], text, flags=re.S
        )
        if count != 1:
            raise SystemExit(f"docs/{name} holds the block {block!r} {count} times, not once")
    return text


def _size(row: pd.Series) -> str:
    if pd.isna(row.rejection):
        return "–"
    figure = f"{100 * row.rejection:.1f}"
    if row.conservative:
        return f"*{figure}*"
    return f"**{figure}**" if row.claims_to_hold else figure


def markdown(lines: list[list[str]]) -> str:
    head, *body = ("| " + " | ".join(line) + " |" for line in lines)
    return "\n".join([head, "|---" * len(lines[0]) + "|", *body])


def write(file: Path, blocks: Mapping[str, Callable[[], str]], source: str) -> None:
    """Write the blocks of a page, or with --check end with an error where they are not current."""
    before = file.read_text(encoding="utf-8")
    after = page(before, blocks, file.name)
    if sys.argv[1:] != ["--check"]:
        file.write_text(after, encoding="utf-8")
    elif before != after:
        raise SystemExit(f"docs/{file.name} differs from {source}: run `python {sys.argv[0]}`.")


if __name__ == "__main__":
    write(PAGE, BLOCKS, "the shipped simulation")
