"""`rareearth sweep`: studies under every combination of parameters, side by side."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Optional

import typer

from rareearth_research.cli.output import Format, console, print_json
from rareearth_research.cli.report import terminating_as_interrupt
from rareearth_research.cli.workspace import Out, reports_of

__all__ = ["sweep"]


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
