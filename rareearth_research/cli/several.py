"""`rareearth compare`, `bundle` and `sweep`: two runs side by side, one for others, many."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Optional

import typer

from rareearth_research.cli.output import (
    Format,
    asked_for,
    console,
    emit,
    print_json,
    terminating_as_interrupt,
)
from rareearth_research.cli.workspace import Out, reports_of
from rareearth_research.errors import RareEarthError

if TYPE_CHECKING:
    import pandas as pd


def complete_run(ctx: typer.Context, incomplete: str) -> list[str]:
    """Return the names of runs that begin with what was typed, as one word for the shell."""
    from rareearth_research.reports.runs.records import names_of

    try:
        names = names_of(reports_of(ctx.params.get("out")))
    except RareEarthError:
        return []
    return sorted({name for name, _ in names if name.startswith(incomplete) and "," not in name})


Run = Annotated[
    str,
    typer.Argument(
        help="Folder or name of a run, or as much of its name as no other begins with.",
        autocompletion=complete_run,
        show_default=False,
    ),
]


def compare(
    first: Run,
    second: Run,
    out: Out = None,
    page: Annotated[
        Optional[Path],  # noqa: UP045
        typer.Option(metavar="FILE.html", help="Write a page too.", show_default=False),
    ] = None,
    form: Annotated[Format, typer.Option("--format", help="How to print.")] = Format.table,
) -> None:
    """Lay two runs side by side: parameters, findings, tables, pictures and data that differ.

    The exit code is that of diff: 0 if nothing differs, 1 if something does, 2 in trouble. Versions
    of the package and its libraries are shown and do not count.
    """
    from rareearth_research.reports import compare_runs
    from rareearth_research.reports.runs.comparing import write_comparison

    with asked_for():
        found = compare_runs(first, second, reports_of(out))
        if page is not None:
            write_comparison(found, page)
    if form is Format.json:
        parts = ("parameters", "findings", "data", "versions", "files")
        rows = {part: _rows(getattr(found, part)) for part in parts}
        pair = {"first": str(found.first["path"]), "second": str(found.second["path"])}
        print_json({**pair, "same": found.same, **rows})
    else:
        console.print(found.summary().headline, soft_wrap=True, markup=False)
        for title, frame in found.parts():
            if len(frame):
                console.print()
                emit(_rows(frame.map(_said)), form, title)
        if page is not None:
            console.print(f"\nOpen {page}", soft_wrap=True, markup=False)
    if not found.same:
        raise typer.Exit(1)


def bundle(
    run: Run,
    out: Out = None,
    to: Annotated[
        Optional[Path],  # noqa: UP045
        typer.Option(metavar="FOLDER", help="The folder to make.", show_default=False),
    ] = None,
    whole: Annotated[
        bool, typer.Option("--whole", help="With figures that may not be passed on.")
    ] = False,
) -> None:
    """Make a replication bundle of a run: code, lock, data or how to get it, tables, README, check.

    Its verify.py meets the headline with numpy and pandas alone. Figures whose publishers' terms
    do not allow passing them on are left out, unless --whole asks for a copy for your own archive.
    """
    from rareearth_research.keeping import bundle_run

    made = bundle_run(run, reports_of(out), to=to or "", whole=whole)
    console.print(f"{made}\nCheck it: python {made / 'verify.py'}", soft_wrap=True, markup=False)


def sweep(
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE.yaml", help="What to run: studies, grid, parameters.", show_default=False
        ),
    ],
    out: Out = None,
    workers: Annotated[
        Optional[int],  # noqa: UP045
        typer.Option(help="Processes on this machine. Default: one a processor.", min=1),
    ] = None,
    scheduler: Annotated[
        str, typer.Option(metavar="tcp://HOST:PORT", help="A Dask scheduler, with workers.")
    ] = "",
    retries: Annotated[int, typer.Option(help="Tries more for a cell that broke down.", min=0)] = 2,
    cell: Annotated[
        Optional[int],  # noqa: UP045
        typer.Option("--open", metavar="CELL", help="Make notebook and page of this cell."),
    ] = None,
    form: Annotated[Format, typer.Option("--format", help="How to print.")] = Format.table,
) -> None:
    """Ask studies under every combination of parameters; run again, it does what is missing.

    Each combination is a cell, kept by its content: stopped at any moment, the sweep goes on where
    it was, and one failing cell does not end the others. The exit code is 1 if any failed.
    """
    import rareearth_research as rer

    folder = reports_of(out) / f"sweep-{file.stem}"
    with terminating_as_interrupt("Stopped; run it again, and it goes on where it was."):
        found = rer.sweep(file, folder, workers=workers, scheduler=scheduler, retries=retries)
        if cell is not None:
            run = found.open(cell)
            console.print(f"{run.directory / run.html}", soft_wrap=True, markup=False)
            return
    if form is Format.json:
        print_json(found.table.to_dict("records"))
    else:
        console.print(f"{found}\n\n{found.folder}", markup=False, soft_wrap=True)
    if (found.table["error"] != "").any():
        raise typer.Exit(1)


def _rows(frame: pd.DataFrame) -> list[dict[str, Any]]:
    return [{str(name): value for name, value in row.items()} for row in frame.to_dict("records")]


def _said(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
