"""Write the tables of docs/choices.md, or with --check say whether they are current.

Each block between ``<!-- name -->`` and ``<!-- end -->`` is made from the planned questions and
from docs/headlines.csv, so that the page cannot state a number that is no longer found.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
from statistics_tables import markdown, write

import rareearth_research as rer
from rareearth_research.labels import label
from rareearth_research.numerals import interval, per_cent
from rareearth_research.studies.planned.headline import PlannedStudy
from rareearth_research.timing import EXCHANGES

DOCS = Path(__file__).resolve().parents[1] / "docs"
PAGE, LOG = DOCS / "choices.md", DOCS / "headlines.csv"
DAY = re.compile(r"\d{4}$")  # of an announcement left out
SIMPLE = "simple returns"
POOLED = ("H1", "H2", "H3", "H4", "H6")
SHOWN = {"H1": "producers_outside_china", "H3": "producers_china", "H4": "users"}
KINDS = {  # how a change is named in the table of a question, by how it begins
    "model: ": "model of expected returns",
    "estimation ": "estimation window",
    "timing: ": "timing where the hour leaves two sessions",
    "sample: ": "samples",
    "without other listed news": "without dates amid other news",
    "without closes at a price limit": "without closes at a price limit",
    "sessions ": "longer window",
    "3 or more": "dates with few securities left out",
}


@cache
def planned() -> PlannedStudy:
    return rer.studies.planned_questions()


def power_block() -> str:
    """Return what each pooled question could have found."""
    lines = [["question", "dates", "pairs", "found", "detectable", "matters", "answer"]]
    for name, row in planned().table.loc[list(POOLED)].iterrows():
        effect, lower, upper = np.expm1(row[["effect", "lower", "upper"]].astype(float))
        lines.append([
            f"{name}: {row['ask']}", f"{row['clusters']:.0f}", f"{row['pairs']:.0f}",
            f"{per_cent(effect)} ({interval(lower, upper)})",
            per_cent(np.expm1(row["detectable"]), sign=False),
            per_cent(row["matters"], sign=False), label("verdict", row["verdict"]),
        ])  # fmt: skip
    return markdown(lines)


def changes_block() -> str:
    """Return the answers under one change at a time, by kind of change."""
    asked = POOLED[:4]
    cells: dict[str, dict[str, str]] = {}
    others = []
    for name in asked:
        tried = planned().tried(name).table.query("same_verdict.notna() and change != 'as planned'")
        for what, rows in tried.groupby(tried["change"].map(_kind), sort=False):
            same = rows["same_verdict"].astype(bool)
            effects = rows["caar"] if what == SIMPLE else np.expm1(rows["caar"])
            cells.setdefault(str(what), {})[name] = f"{_span(effects)}, {same.sum()} of {len(rows)}"
            for row in rows[~same].itertuples():
                change = str(row.change).partition(": ")[2] or row.change
                others.append(f"{name} {change}: {label('verdict', row.verdict)}")
    lines = [["changed", *asked]]
    lines += [[what, *(by.get(name, "–") for name in asked)] for what, by in cells.items()]
    return f"{markdown(lines)}\n\nAnother verdict than as planned: {'; '.join(others)}."


def _span(effects: pd.Series) -> str:
    low, high = per_cent(effects.min()), per_cent(effects.max())
    return low if low == high else f"{low} to {high}"


def _kind(change: str) -> str:
    for begins, kind in KINDS.items():
        if change.startswith(begins):
            return kind
    if change.startswith("without "):
        out = change.removeprefix("without ")
        cities = {exchange.city for exchange in EXCHANGES.values()}
        return f"without one {'market' if out in cities else 'date' if DAY.search(out) else 'firm'}"
    if change.endswith(" returns"):
        return SIMPLE
    return "another benchmark in New York" if " against " in change else change


def securities_block() -> str:
    """Return who was named and who could be measured, and where prices end."""
    study, prices, about = planned(), rer.load_prices(), rer.load_securities()
    kept = study.attrition.query("status == 'kept'")
    last = prices.apply(pd.Series.last_valid_index)
    lines = [["group", "market", "named", "ever measured", "prices end"]]
    for question, group in SHOWN.items():
        title = group.replace("_", " ").replace("china", "China")
        named = about.loc[study.plan.group(group)]
        measured = set(kept.loc[kept["question"] == question, "security"])
        for exchange, rows in named.groupby("exchange"):
            ends = last[rows.index].value_counts().sort_index()
            lines.append([
                title, EXCHANGES[str(exchange)].city, str(len(rows)),
                str(len(measured & {*rows.index})),
                ", ".join(f"{day.day} {day:%B %Y} ({n})" for day, n in ends.items()),
            ])  # fmt: skip
    return markdown(lines)


def headlines_block() -> str:
    """Return the log of headline changes, newest first."""
    log = pd.read_csv(LOG, dtype=str, keep_default_na=False)[::-1]
    return markdown([["date", "study", "before", "after", "cause"], *(
        [row.date, row.study, row.before, row.after,
         ": ".join(filter(None, (row.cause, row.what)))]
        for row in log.itertuples()
    )])  # fmt: skip


BLOCKS = {
    "power": power_block,
    "changes": changes_block,
    "securities": securities_block,
    "headlines": headlines_block,
}

if __name__ == "__main__":
    write(PAGE, BLOCKS, "the studies")
