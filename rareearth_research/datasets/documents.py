"""Write ``data/README.md`` from what was built."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rareearth_research.datasets.markdown import table as markdown_table
from rareearth_research.datasets.package import REDISTRIBUTION

__all__ = ["readme"]

INTRODUCTION = """\
# Data

*Written by `rareearth data build`; edit `raw/` or the cleaning code, not this file.*

{description}

```python
import rareearth_research as rer

rer.catalog()                                   # every table: rows, dates, licence, loader
prices = rer.load_prices(["MP", "LYC.AX"])      # one loader for each kind of figure
prices.attrs["provenance"]                      # tables, hashes and sources behind this frame
print(rer.cite("prices"))                       # what to write under a picture or in a paper
```

| here | what it is |
|---|---|
| `raw/` | figures as published, one file per upstream; fact tables kept by hand beside them |
| `clean/` | what the loaders serve, rebuilt byte for byte from `raw/` by `rareearth data build` |
| `datapackage.json` | every clean table as a Frictionless data package: fields, units, hashes |
| [`CLEANING.md`](CLEANING.md) | what each cleaning rule changed, and why |
| `snapshots/`, `candidates/` | only after a refresh: answers and previous files; finds to look at |

`rareearth data verify` checks every file against its recorded sha256 and schema; `rareearth data
status` shows how old each table is; `rareearth data sources` lists the live upstreams, and
[refreshing](../docs/refreshing.md) says how to bring the data up to date.

Words used everywhere: a **status** says how a fact is known (an archived page was read; general
knowledge, not verified; derived) and is never improved on the way; an **empty** cell means that
there is no figure, and nothing is ever filled in; **dates** are days where the exchange or the
announcement was, **instants** are UTC.

## Licences

The code licence does not cover the data: each source keeps its own terms. What this says is our
reading, not legal advice.
"""


def readme(package: Mapping[str, Any], sources: Mapping[str, Mapping[str, str]]) -> bytes:
    """Return ``data/README.md``: layout, tables with every field, sources and licences."""
    lines = [INTRODUCTION.format(description=package["description"])]
    for word, meaning in REDISTRIBUTION.items():
        ids = [f"`{key}`" for key, row in sources.items() if row["redistribution"] == word]
        if ids:
            lines.append(f"- **{word}** ({meaning}): {', '.join(ids)}")
    lines += ["", "## Tables", ""]
    lines += markdown_table(
        ("table", "title", "load with", "rows", "first", "last", "kB"),
        [
            (
                f"[`{r['name']}`](#{r['name']})",
                r["title"],
                f"`{_loader(r)}`",
                f"{r['rows']:,}",
                r["first"],
                r["last"],
                f"{r['bytes'] / 1000:,.0f}",
            )
            for r in package["resources"]
        ],
    )
    lines += ["", "## Sources", ""]
    lines += markdown_table(
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


def _loader(resource: Mapping[str, Any]) -> str:
    loaders = resource["loaders"]
    return f"rer.{loaders[0]}" if loaders else f'rer.datasets.read("{resource["name"]}")'


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
    lines += markdown_table(("field", "type", "unit", "description"), shown)
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
