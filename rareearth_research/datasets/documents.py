"""Write ``data/README.md`` and ``data/CLEANING.md`` from what was built."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rareearth_research.datasets.package import REDISTRIBUTION
from rareearth_research.datasets.registry import CleaningLog

__all__ = ["cleaning_report", "readme"]


def readme(package: Mapping[str, Any], sources: Mapping[str, Mapping[str, str]]) -> bytes:
    """Return ``data/README.md``: layout, tables with every field, sources and licences."""
    lines = [
        "# Data",
        "",
        "*Written by `rareearth data build`; edit `raw/` or the cleaning code, not this file.*",
        "",
        package["description"],
        "",
        "- `raw/`: figures as published, one file per upstream; hand-kept fact tables beside them.",
        "- `clean/`: what the loaders serve, rebuilt byte for byte from `raw/`.",
        "- `datapackage.json`: every clean table as a Frictionless data package.",
        "- `CLEANING.md`: what each cleaning rule changed, and why.",
        "",
        "`rareearth data verify` checks every file against its recorded sha256 and schema.",
        "",
        "## Licences",
        "",
        (
            "The code licence does not cover the data: each source keeps its own terms. "
            "What this says is our reading, not legal advice."
        ),
        "",
    ]
    for word, meaning in REDISTRIBUTION.items():
        ids = [f"`{key}`" for key, row in sources.items() if row["redistribution"] == word]
        if ids:
            lines.append(f"- **{word}** ({meaning}): {', '.join(ids)}")
    lines += ["", "## Tables", ""]
    lines += _rows(
        ("table", "title", "rows", "first", "last", "kB"),
        [
            (
                f"[`{r['name']}`](#{r['name']})",
                r["title"],
                f"{r['rows']:,}",
                r["first"],
                r["last"],
                f"{r['bytes'] / 1000:,.0f}",
            )
            for r in package["resources"]
        ],
    )
    lines += ["", "## Sources", ""]
    lines += _rows(
        ("id", "title", "publisher", "retrieved", "licence", "passing on", "note"),
        [
            (
                f"`{key}`",
                f"[{row['title']}]({row['url']})" if row["url"] else row["title"],
                row["publisher"],
                row["retrieved"] or "not recorded",
                row["licence"],
                row["redistribution"],
                row["note"],
            )
            for key, row in sources.items()
        ],
    )
    lines += ["", "## Fields", ""]
    for resource in package["resources"]:
        lines += _table_section(resource)
    return ("\n".join(lines).rstrip() + "\n").encode("utf-8")


def cleaning_report(log: CleaningLog) -> bytes:
    """Return ``data/CLEANING.md``: every rule that ran, what it touched and why."""
    lines = [
        "# What cleaning changed",
        "",
        (
            "*Written by `rareearth data build`.* One entry per rule and table; "
            "rules are functions of these names in `rareearth_research/datasets/cleaning/`."
        ),
        "",
    ]
    for table in dict.fromkeys(step.table for step in log.steps):
        lines += [f"## {table}", ""]
        for step in log.steps:
            if step.table != table:
                continue
            lines.append(f"- **{step.rule}**, {step.rows:,} rows: {step.why}")
            if step.detail:
                lines += [f"  - {line}" for line in step.detail.splitlines()]
        lines.append("")
    return ("\n".join(lines).rstrip() + "\n").encode("utf-8")


def _table_section(resource: Mapping[str, Any]) -> list[str]:
    key = ", ".join(f"`{name}`" for name in resource["schema"]["primaryKey"])
    lines = [
        f"### {resource['name']}",
        "",
        f"{resource['description']}",
        "",
        f"Raw files: {', '.join(f'`{name}`' for name in resource['raw'])}. "
        f"Sources: {', '.join('`' + s['id'] + '`' for s in resource['sources'])}."
        + (f" Key: {key}." if key else ""),
        "",
    ]
    fields = resource["schema"]["fields"]
    shown = _collapse_alike(fields)
    lines += _rows(("field", "type", "unit", "description"), shown)
    lines.append("")
    return lines


def _collapse_alike(fields: list[dict[str, Any]]) -> list[tuple[str, str, str, str]]:
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


def _rows(header: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> list[str]:
    lines = [f"| {' | '.join(header)} |", f"|{'---|' * len(header)}"]
    return lines + [f"| {' | '.join(_cell(value) for value in row)} |" for row in rows]


def _cell(value: str) -> str:
    return str(value).replace("|", "\\|").replace("\n", " ")
