"""`rareearth data`: list, rebuild, verify and refresh the tables."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Callable
from itertools import accumulate
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Optional

import typer

from rareearth_research.cli.events import EventFormat, Form, write_frame
from rareearth_research.cli.output import Format, asked_for, console, emit, show_error
from rareearth_research.errors import DataError, SpecificationError, did_you_mean, shown
from rareearth_research.numerals import counted

if TYPE_CHECKING:
    import pandas as pd

    from rareearth_research.datasets.sources import Source

# The studies that use a table, of all those that a refresh brings further.
OF_EVENTS = (
    "00_origin_article", "02_event_study", "03_tightening_and_easing", "04_anticipation",
    "05_spillovers", "09_robustness",
)  # fmt: skip
STUDIES = {
    "prices_us": (*OF_EVENTS, "06_price_dynamics", "08_counterfactual"),
    "prices_au": OF_EVENTS,
    "prices_cn": (*OF_EVENTS, "06_price_dynamics"),
    "imf_pcps": ("06_price_dynamics",),
    "pink_sheet": ("06_price_dynamics",),
    "graphite_trade": ("07_trade_response",),
}
MOST, WIDEST = 200, 30  # rows that are printed, and characters of a column beside others
WEEKEND = 4  # days after which a last session is old

data_app = typer.Typer(
    help="List, rebuild, verify and refresh the data.",
    no_args_is_help=True,
    epilog="Example: rareearth data verify",
)
Root = Annotated[
    Optional[Path],  # noqa: UP045  (typer reads annotations at run time)
    typer.Option(
        "--root",
        exists=True,
        file_okay=False,
        help="Data folder. Default: the checkout's.",
        show_default=False,
    ),
]


@data_app.command(epilog="Example: rareearth data status --format json")
def status(
    form: Annotated[Format, typer.Option("--format", help="How to print.")] = Format.table,
) -> None:
    """List every table: rows, last date and its age in days, when its sources were retrieved.

    Below them what each study would gain from a refresh. As JSON also loader, first date, units,
    sources and licences, and by whom a table is refreshed.
    """
    from rareearth_research.datasets.catalog import catalog, data_dir, data_hash
    from rareearth_research.datasets.refreshing.everything import freshness

    fresh = freshness()
    tables = [
        {
            **{str(name): value for name, value in row.items()},
            "age_days": _age(row["last"]),
            "refresh": fresh["sources"].get(row["name"], []),
            "studies": sorted(STUDIES.get(str(row["name"]), ())),
        }
        for row in catalog().reset_index().to_dict("records")
    ]
    if form is Format.json:
        emit(tables, form)
        return
    for row in tables:
        row["age"] = "" if row["age_days"] is None else f"{row['age_days']:,} d"
        row["retrieved"] = row["retrieved"] or "not recorded"
    wanted = ("name", "rows", "first", "last", "age", "retrieved", "title")
    emit([{name: row[name] for name in wanted} for row in tables], form)
    console.print(f"\n{len(tables)} tables in {data_dir()}, hash {data_hash()}", soft_wrap=True)
    for line in _gains(fresh):
        console.print(line, soft_wrap=True)


def _loaders() -> dict[str, Callable[[], pd.DataFrame]]:
    """Return what gives a table, by the name that `show` takes: `load_groups` is ``groups``."""
    import rareearth_research as rer

    other = {"load_result", "load_series"}  # which need to be told what
    names = {n for n in dir(rer) if n.startswith(("load_", "list_"))} - other
    return {name.partition("_")[2]: getattr(rer, name) for name in sorted(names)}


def complete_table(incomplete: str) -> list[str]:
    return [name for name in _loaders() if name.startswith(incomplete)]


@data_app.command(epilog="Example: rareearth data show groups")
def show(
    table: Annotated[
        str,
        typer.Argument(help="groups, securities, series, …", autocompletion=complete_table),
    ],
    form: Form = EventFormat.table,
) -> None:
    """Print a table: what rer.load_groups() gives, for groups. As CSV or JSON all its columns."""
    loaders = _loaders()
    if table not in loaders:
        raise SpecificationError(
            f"there is no table {shown(table)}{did_you_mean(table, loaders)}; there are: "
            f"{', '.join(loaders)}"
        )
    frame = loaders[table]()
    frame = frame.copy().reset_index() if frame.index.name else frame
    if form is not EventFormat.table:
        write_frame(frame, form)
        return
    texts = frame.head(MOST).astype("str")
    texts = texts.apply(lambda column: column.str.removesuffix(" 00:00:00")).fillna("")
    wide = [max(len(name), min(WIDEST, texts[name].str.len().max())) + 2 for name in texts]
    fitting = max(1, sum(so_far <= console.width for so_far in accumulate(wide)))
    emit(texts.iloc[:, :fitting].to_dict("records"), Format.table)
    rows, columns = len(frame), len(wide)
    more = ": all with --format csv" if rows > MOST or columns > fitting else ""
    console.print(f"\n{counted(rows, 'row')}, {counted(columns, 'column')}{more}")


@data_app.command(epilog="Example: rareearth data sources")
def sources(
    form: Annotated[Format, typer.Option("--format", help="How to print.")] = Format.table,
) -> None:
    """List the upstreams `refresh` knows: what each feeds, the key it needs, its terms."""
    from rareearth_research.datasets.sources import available

    found = available().values()
    if form is Format.json:
        emit([_described(source) for source in found], form)
        return
    emit(
        [
            {
                "source": source.name,
                "title": source.title,
                "key": _key(source),
                "feeds": "\n".join(raw.name.removesuffix(".csv") for raw in source.feeds)
                or "what your mapping says",
                "licence": source.licence,
            }
            for source in found
        ],
        form,
    )
    console.print(
        "\nKeys are read from the environment only. docs/refreshing.md says where to get them.",
        soft_wrap=True,
    )


@data_app.command(epilog="Example: rareearth data build")
def build(root: Root = None) -> None:
    """Make data/clean again from data/raw: the same bytes every time."""
    from rareearth_research.datasets.building import build as builder

    console.print(str(builder.build(root)), soft_wrap=True)


@data_app.command(epilog="Example: rareearth data verify")
def verify(root: Root = None) -> None:
    """Check every file's hash and every table's schema."""
    from rareearth_research.datasets.building import verify as verifier

    found = verifier.verify(root)
    if not found.ok:
        show_error(DataError(str(found)), "Data differ from what was built")
        raise typer.Exit(1)
    console.print(str(found), soft_wrap=True)


def complete_source(incomplete: str) -> list[str]:
    from rareearth_research.datasets.sources import NAMES

    return [name for name in ("all", *NAMES) if name.startswith(incomplete)]


@data_app.command(epilog="Example: rareearth data refresh all, or data refresh yahoo --dry-run")
def refresh(
    source: Annotated[
        str,
        typer.Argument(
            help="An upstream, all of them, or local:MAPPING.yaml for a file of your own.",
            autocompletion=complete_source,
        ),
    ],
    since: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option(
            help="First day to fetch, or a month or year. Default: all the source has.",
            show_default=False,
        ),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Fetch and compare, write nothing.")
    ] = False,
    accept_revisions: Annotated[
        bool,
        typer.Option("--accept-revisions", help="Take over history that was revised or removed."),
    ] = False,
    root: Root = None,
) -> None:
    """Fetch newer figures from SOURCE, keep the old snapshot, and report what changed.

    With `all`, every source that needs no key or has it, side by side; the exit code is 1 if one of
    them failed, and the others are in force.
    """
    from rareearth_research.datasets.refreshing import everything
    from rareearth_research.datasets.refreshing import refresh as refresher
    from rareearth_research.datasets.sources import get
    from rareearth_research.days import read_span

    with asked_for():
        if source != "all":
            get(source)
        first = None if since is None else read_span(since, "since")[0].date()
    options: dict[str, Any] = {
        "since": first,
        "accept_revisions": accept_revisions,
        "root": root,
        "dry_run": dry_run,
    }
    if source == "all":
        every = everything.refresh_all(**options)
        console.print(str(every), soft_wrap=True)
        if every.failed:
            raise typer.Exit(1)
        return
    console.print(str(refresher.refresh(source, **options)), soft_wrap=True)


def _gains(fresh: pd.DataFrame) -> list[str]:
    """Say what the studies would gain from a refresh, market by market."""
    lines = []
    for table, market in fresh.to_dict("index").items():
        age = _age(market["last"])
        if str(table).startswith("prices_") and age is not None and age > WEEKEND:
            late = f" ({len(market['behind'])} securities earlier)" if market["behind"] else ""
            studies = ", ".join(sorted(STUDIES[str(table)]))
            lines.append(
                f"{studies}: {market['what']} end {market['last']}{late}, {age:,} days "
                f"ago; rareearth data refresh {market['sources'][0]}"
            )
    return lines


def _age(last: str) -> int | None:
    """Return the days since a table's last date or year; None if it has none or it lies ahead."""
    if not last:
        return None
    day = dt.date(int(last), 12, 31) if len(last) == 4 else dt.date.fromisoformat(last)
    age = (dt.date.today() - day).days
    return age if age >= 0 else None


def _key(source: Source) -> str:
    if source.key is None:
        return "none"
    need = "needed" if source.key_required else "optional"
    return f"{source.key} ({need}, {'set' if os.environ.get(source.key) else 'not set'})"


def _described(source: Source) -> dict[str, Any]:
    return {
        "source": source.name,
        "title": source.title,
        "url": source.url,
        "licence": source.licence,
        "key": source.key,
        "key_required": source.key_required,
        "key_set": bool(source.key and os.environ.get(source.key)),
        "key_help": source.key_help,
        "feeds": [raw.path for raw in source.feeds],
    }
