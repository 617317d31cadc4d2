"""`rareearth new` and `rareearth check`: begin a study of one's own, and see what it will hold."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Optional

import typer

from rareearth_research.cli.output import Format, console, emit, print_json, show_error
from rareearth_research.errors import DataError, SpecificationError

if TYPE_CHECKING:
    import pandas as pd

    from rareearth_research.workspace.checking import CheckReport

__all__ = ["Out", "check", "new", "reports_of"]

Out = Annotated[
    Optional[Path],  # noqa: UP045
    typer.Option(
        help="Folder of reports. Default: reports, in a workspace its own.", show_default=False
    ),
]

NEXT = """Next:
  cd {folder}
  put your announcements into events.csv and your files of prices into prices/
  rareearth check     what will be studied, and what will be dropped and why
  rareearth report    the studies, as pages in reports/
  rareearth lab       the notebooks of this folder, to explore

study.yaml says what else can be chosen. Where you have no events or prices, what ships counts."""


def new(
    folder: Annotated[Path, typer.Argument(help="Folder to make.", show_default=False)],
) -> None:
    """Begin a study of your own: a folder for your events and prices, with notebooks to explore.

    Inside it `rareearth check` says what will be studied, and `rareearth report` runs the studies
    on what ships and on your own events, securities, prices and groups; yours come first.
    """
    import shlex

    from rareearth_research.workspace.making import make_workspace

    path = make_workspace(folder)
    console.print(f"Made {path}\n", soft_wrap=True, markup=False)
    console.print(NEXT.format(folder=shlex.quote(str(folder))), soft_wrap=True, markup=False)


def check(
    form: Annotated[Format, typer.Option("--format", help="How to print.")] = Format.table,
) -> None:
    """Read everything in this workspace and say what will be studied, before anything runs.

    Files, columns and parameters are checked; then follow events × securities, exchanges, sessions,
    and what will be dropped and why. The exit code is 1 if something is wrong.
    """
    from rareearth_research.workspace.asking import here
    from rareearth_research.workspace.checking import check_workspace

    folder = here()
    if folder is None:
        raise SpecificationError(
            "this folder is in no workspace (no study.yaml here or above); make one with "
            "`rareearth new my-study`, or go into one"
        )
    found = check_workspace(folder)
    if form is Format.json:
        print_json(
            {
                "folder": str(folder),
                "problems": list(found.problems),
                "securities": _rows(found.securities.rename_axis("ticker").reset_index()),
                "studies": [
                    {
                        "study": plan.study,
                        "words": plan.words,
                        "sessions": _rows(plan.sessions),
                        "attrition": _rows(plan.attrition),
                    }
                    for plan in found.plans
                ],
            }
        )
    else:
        _print(found)
    if not found.ok:
        raise typer.Exit(1)


def reports_of(out: Path | None) -> Path:
    """Return the folder of reports: the one named, or `reports`, in a workspace its own."""
    from rareearth_research.datasets.own.description import workspaces

    return out or next(iter(workspaces()), Path()) / "reports"


def _print(found: CheckReport) -> None:
    for name, said in found.read.items():
        console.print(f"{name}\n{said}\n", soft_wrap=True, markup=False)
    if len(found.securities):
        emit(_rows(_said(found.securities)), Format.table)
        console.print()
    for plan in found.plans:
        if len(plan.sessions):
            shown = ["event_id", "exchange", "session", "phase", "reason"]
            emit(_rows(plan.sessions[shown]), Format.table, title=plan.study)
        console.print(f"\n{plan.words}\n", soft_wrap=True, markup=False)
    for problem in found.problems:
        show_error(DataError(problem), "To be mended")
    if found.ok:
        console.print("Nothing is in the way: rareearth report", markup=False)


def _said(securities: pd.DataFrame) -> pd.DataFrame:
    """Return securities without columns that say nothing, or nothing but the ticker."""
    from rareearth_research.datasets.own.events import YOURS

    table = securities.fillna("").rename_axis("ticker").reset_index()
    said = ~table.isin(["", YOURS]) & table.ne(table["ticker"], axis=0)
    mute = [name for name in table.columns[1:] if not said[name].any()]
    return table.drop(columns=[*mute, "kind"])


def _rows(frame: pd.DataFrame) -> list[dict[str, Any]]:
    import json

    days = frame.select_dtypes("datetime").apply(lambda column: column.dt.strftime("%Y-%m-%d"))
    frame = frame.assign(**{str(name): days[name] for name in days})
    rows: list[dict[str, Any]] = json.loads(frame.to_json(orient="records", force_ascii=False))
    return rows
