"""Write ``data/CLEANING.md``: what each rule did to each table, and why.

A rule that ran many times on a table (one seam for each share, say) is one entry with a compact
table; what a rule does in general is read from the docstring of its function.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping, Sequence
from typing import Any

from rareearth_research.datasets.markdown import table as markdown_table
from rareearth_research.datasets.registry import CleaningLog, CleaningStep

__all__ = ["cleaning_report", "rule_summaries"]

INTRODUCTION = """\
# What cleaning changed

*Written by `rareearth data build`; edit the rules or the raw files, not this file.*

The tables in `clean/` are made from the files in `raw/` by named rules: functions in
`rareearth_research/datasets/cleaning/`, each with a test on the real case. Below, table by table in
the order of the work: what each rule does, why it was needed here, and which rows it met.

- **Rows** are the rows a rule changed or flagged or, for a check, those it looked at. 0 means that
  it ran and found nothing.
- `check_…` rules change nothing: they stop the build when what they check is not so.
- `flag_…` rules leave the figure as it is and warn about it in the table `price_flags`.
- Which security and date a rule applies to is data, in `raw/price_corrections.csv`,
  `raw/price_limits.csv`, `raw/calendar_exceptions.csv` and `raw/outliers_reviewed.csv`. A status
  such as "from general knowledge, unverified" means that no document was looked at.
"""


def cleaning_report(log: CleaningLog, package: Mapping[str, Any]) -> bytes:
    """Return ``data/CLEANING.md``: every rule that ran, what it touched and why."""
    titles = {resource["name"]: resource["title"] for resource in package["resources"]}
    summaries = rule_summaries()
    lines = [INTRODUCTION]
    for table in dict.fromkeys(step.table for step in log.steps):
        lines += [f"## `{table}`: {titles[table]}", ""]
        mine = [step for step in log.steps if step.table == table]
        for rule in dict.fromkeys(step.rule for step in mine):
            steps = [step for step in mine if step.rule == rule]
            lines += _entry(rule, steps, summaries.get(rule, ("", "")))
    return ("\n".join(lines).rstrip() + "\n").encode("utf-8")


def rule_summaries() -> dict[str, tuple[str, str]]:
    """Return what each function of the cleaning package does (a sentence), and its module."""
    package = importlib.import_module("rareearth_research.datasets.cleaning")
    prefix, found = f"{package.__name__}.", {}
    for entry in pkgutil.walk_packages(package.__path__, prefix):
        module = importlib.import_module(entry.name)
        for name, value in vars(module).items():
            if getattr(value, "__module__", "") == module.__name__ and value.__doc__:
                found[name] = (
                    value.__doc__.splitlines()[0],
                    entry.name.removeprefix(prefix).replace(".", "/"),
                )
    return found


def _entry(rule: str, steps: Sequence[CleaningStep], summary: tuple[str, str]) -> list[str]:
    does, module = summary
    lines = [f"### {rule}", ""]
    if does:
        lines += [f"{does} (`{module}.py`)", ""]
    reasons = list(dict.fromkeys(step.why for step in steps))
    if len(reasons) == 1:
        rows = sum(step.rows for step in steps)
        lines += [f"**{rows:,} rows.** {_sentence(reasons[0])}", ""]
    detail = steps[0].detail
    if len(steps) > 1 or not isinstance(detail, str):
        lines += [*_listing(steps, len(reasons) > 1), ""]
    elif detail:
        lines += [*(f"- {line}" for line in detail.splitlines()), ""]
    return lines


def _listing(steps: Sequence[CleaningStep], with_reason: bool) -> list[str]:
    """Show steps as a table: what each met, its rows and, if they differ, its reason."""
    names = list(dict.fromkeys(name for step in steps for name in _columns(step)))
    header = (*names, "rows", *(["why"] if with_reason else []))
    rows = []
    for step in steps:
        met = _columns(step)
        shown = [met.get(name, "").replace("\n", "; ") for name in names]
        rows.append((*shown, f"{step.rows:,}", *([step.why] if with_reason else [])))
    return markdown_table(header, rows)


def _columns(step: CleaningStep) -> Mapping[str, str]:
    if isinstance(step.detail, str):
        return {"which": step.detail} if step.detail else {}
    return step.detail


def _sentence(text: str) -> str:
    return text[0].upper() + text[1:] + ("" if text.endswith(".") else ".")
