"""Write ``data/README.md`` and ``data/CLEANING.md`` from what was built; the words are templates.

A rule that ran many times on a table (one seam for each share, say) is one entry with a compact
table; what a rule does in general is read from the docstring of its function.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from rareearth_research.datasets.tables.package import REDISTRIBUTION
from rareearth_research.datasets.tables.registry import CleaningLog, CleaningStep
from rareearth_research.numerals import capital


def readme(package: Mapping[str, Any], sources: Mapping[str, Mapping[str, str]]) -> bytes:
    """Return ``data/README.md``: layout, tables with every field, sources and licences."""
    ids = {
        word: [key for key, row in sources.items() if row["redistribution"] == word]
        for word in REDISTRIBUTION
    }
    return _render(
        "README.md.j2", package=package, sources=sources, meanings=REDISTRIBUTION, ids=ids
    )


def cleaning_report(log: CleaningLog, package: Mapping[str, Any]) -> bytes:
    """Return ``data/CLEANING.md``: every rule that ran, what it touched and why."""
    summaries = rule_summaries()
    ran: dict[str, dict[str, list[CleaningStep]]] = {}
    for step in log.steps:
        ran.setdefault(step.table, {}).setdefault(step.rule, []).append(step)
    tables = {
        table: [_entry(steps, *summaries.get(rule, ("", ""))) for rule, steps in rules.items()]
        for table, rules in ran.items()
    }
    titles = {resource["name"]: resource["title"] for resource in package["resources"]}
    return _render("CLEANING.md.j2", titles=titles, tables=tables)


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


def _render(template: str, **values: Any) -> bytes:
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent / "templates"),
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )  # Markdown, not HTML: nothing is escaped but what would end a cell of a table
    environment.filters |= {"alike": _alike, "codes": _codes, "loader": _loader, "row": _row}
    text = environment.get_template(template).render(**values)
    return (text.rstrip() + "\n").encode("utf-8")


def _codes(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _row(cells: Iterable[object]) -> str:
    """Return one line of a Markdown table."""
    shown = (str(cell).replace("|", "\\|").replace("\n", " ") for cell in cells)
    return f"| {' | '.join(shown)} |"


def _loader(resource: Mapping[str, Any]) -> str:
    loaders = resource["loaders"]
    return f"rer.{loaders[0]}" if loaders else f'rer.datasets.read("{resource["name"]}")'


def _entry(steps: Sequence[CleaningStep], does: str, module: str) -> dict[str, Any]:
    """Return what the report says of one rule on one table."""
    reasons = list(dict.fromkeys(step.why for step in steps))
    entry: dict[str, Any] = {"name": steps[0].rule, "does": does, "module": module, "why": ""}
    if len(reasons) == 1:
        entry["rows"] = sum(step.rows for step in steps)
        entry["why"] = capital(reasons[0].removesuffix(".")) + "."
    detail = steps[0].detail
    listed = len(steps) > 1 or not isinstance(detail, str)
    listing = _listing(steps, len(reasons) > 1) if listed else []
    return entry | {"listing": listing, "detail": detail}


def _listing(steps: Sequence[CleaningStep], with_reason: bool) -> list[Sequence[str]]:
    """Show steps as a table: what each met, its rows and, if they differ, its reason."""
    names = list(dict.fromkeys(name for step in steps for name in _columns(step)))
    header = (*names, "rows", *(["why"] if with_reason else []))
    rows: list[Sequence[str]] = [header]
    for step in steps:
        met = _columns(step)
        shown = [met.get(name, "").replace("\n", "; ") for name in names]
        rows.append((*shown, f"{step.rows:,}", *([step.why] if with_reason else [])))
    return rows


def _columns(step: CleaningStep) -> Mapping[str, str]:
    if isinstance(step.detail, str):
        return {"which": step.detail} if step.detail else {}
    return step.detail


def _alike(fields: list[dict[str, Any]]) -> list[tuple[str, str, str, str]]:
    """Show a run of fields whose descriptions differ only by their name as one row."""
    rows: dict[tuple[str, str, str], list[str]] = {}
    for field in fields:
        pattern = field["description"].replace(field["name"], "{name}")
        rows.setdefault((field["type"], field.get("unit", ""), pattern), []).append(field["name"])
    shown = []
    for (kind, unit, pattern), names in rows.items():
        if len(names) == 1:
            shown.append((f"`{names[0]}`", kind, unit, pattern.replace("{name}", names[0])))
        else:
            label = f"{len(names)} fields, `{names[0]}` … `{names[-1]}`"
            shown.append((label, kind, unit, pattern.replace("{name}", "the column's name")))
    return shown
