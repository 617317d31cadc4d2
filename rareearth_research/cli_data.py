"""`rareearth data`: list, rebuild, verify and refresh the tables."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Annotated, Optional

import typer

from rareearth_research.cli_output import Format, asked_for, console, emit, show_error
from rareearth_research.errors import DataError

__all__ = ["data_app"]

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
    """List every table: rows, first and last date; as JSON also units, sources and licences."""
    from rareearth_research.datasets.catalog import catalog, data_dir, data_hash

    frame = catalog().reset_index()
    wanted = ["name", "rows", "first", "last", "title"]
    if form is Format.json:
        wanted = list(frame.columns)
    rows = frame[wanted].to_dict("records")
    emit([{str(name): value for name, value in row.items()} for row in rows], form)
    if form is Format.table:
        console.print(f"\n{len(frame)} tables in {data_dir()}, hash {data_hash()}", soft_wrap=True)


@data_app.command(epilog="Example: rareearth data build")
def build(root: Root = None) -> None:
    """Make data/clean again from data/raw: the same bytes every time."""
    from rareearth_research.datasets import build as builder

    console.print(str(builder.build(root)), soft_wrap=True)


@data_app.command(epilog="Example: rareearth data verify")
def verify(root: Root = None) -> None:
    """Check every file's hash and every table's schema."""
    from rareearth_research.datasets import verify as verifier

    found = verifier.verify(root)
    if not found.ok:
        show_error(DataError(str(found)), "Data differ from what was built")
        raise typer.Exit(1)
    console.print(str(found), soft_wrap=True)


def complete_source(incomplete: str) -> list[str]:
    from rareearth_research.datasets.sources import NAMES

    return [name for name in NAMES if name.startswith(incomplete)]


@data_app.command(epilog="Example: rareearth data refresh yahoo --since 2026-01-01 --dry-run")
def refresh(
    source: Annotated[
        str,
        typer.Argument(
            help="An upstream, or local:MAPPING.yaml for a file of your own.",
            autocompletion=complete_source,
        ),
    ],
    since: Annotated[
        Optional[dt.datetime],  # noqa: UP045
        typer.Option(
            formats=["%Y-%m-%d"],
            help="First day to fetch. Default: all the source has.",
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
    """Fetch newer figures from SOURCE, keep the old snapshot, and report what changed."""
    from rareearth_research.datasets import refresh as refresher
    from rareearth_research.datasets.sources import get

    with asked_for():
        get(source)
    found = refresher.refresh(
        source,
        since=since.date() if since else None,
        accept_revisions=accept_revisions,
        root=root,
        dry_run=dry_run,
    )
    console.print(str(found), soft_wrap=True)
