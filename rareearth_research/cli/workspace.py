"""`rareearth new`, `check`, `lab`: begin a study of one's own, see what it holds, explore."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Optional

import typer

from rareearth_research.cli.output import Format, console, emit, print_json, show_error
from rareearth_research.errors import DataError, SpecificationError, few

if TYPE_CHECKING:
    import pandas as pd

    from rareearth_research.workspace.checking import CheckReport

Out = Annotated[
    Optional[str],  # noqa: UP045
    typer.Option(
        "--out",
        "--output",
        help="Folder of reports. Default: reports, in a workspace its own.",
        show_default=False,
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


def lab(
    ctx: typer.Context,
    fresh: Annotated[
        bool, typer.Option("--fresh", help="New copies; what you changed keeps another name.")
    ] = False,
) -> None:
    """Open copies of the notebooks in JupyterLab: of this workspace, or in notebooks/yours.

    What ships is not changed, and nothing is written outside of the folder of the copies. Options
    that are not known here are JupyterLab's.
    """
    from rareearth_research.reports.studies import notebooks_dir
    from rareearth_research.workspace.lab import copy_notebooks, lab_environment, lab_folder

    folder = lab_folder()
    beside = [notebooks_dir().parent / ".venv-lab" / "bin", Path(sys.executable).parent]
    program = next((path for path in beside if (path / "jupyter-lab").exists()), None)
    if program is None:
        raise SpecificationError(
            "JupyterLab is not installed; run `make lab` in the checkout, or pip install jupyterlab"
        )
    changed = copy_notebooks(folder, fresh=fresh)
    if changed and not fresh:
        console.print(
            f"Kept as they are here, other than those that ship: {few(changed)}. Fresh copies "
            "beside yours: rareearth lab --fresh",
            soft_wrap=True, markup=False,
        )  # fmt: skip
    as_root = ["--allow-root"] if hasattr(os, "getuid") and os.getuid() == 0 else []
    arguments = [f"--notebook-dir={folder}", *as_root, *ctx.args]
    sys.stdout.flush()
    os.execve(program / "jupyter-lab", ["jupyter-lab", *arguments], lab_environment(folder))


def reports_of(out: str | None) -> Path:
    """Return the folder of reports: the one named, or `reports`, in a workspace its own."""
    from rareearth_research.datasets.own.description import workspaces
    from rareearth_research.reports.runs.elsewhere import is_address

    if out and is_address(out):
        raise SpecificationError(
            f"--out must be a folder of this machine here, not {out}; only `rareearth report` "
            "writes to other addresses"
        )
    return Path(out) if out else next(iter(workspaces()), Path()) / "reports"


def _print(found: CheckReport) -> None:
    for name, said in found.read.items():
        console.print(f"{name}\n{said}\n", soft_wrap=True, markup=False)
    if len(found.securities):
        emit(_rows(_said(found.securities)), Format.table)
        console.print()
    for plan in found.plans:
        if len(plan.sessions):
            shown = ["event_id", "exchange", "session", "phase", "reason"]
            two = plan.sessions["ambiguous"]
            days = [
                f"{row['session_earliest']} or {row['session_latest']}" if both else row["session"]
                for row, both in zip(_rows(plan.sessions), two, strict=True)
            ]
            emit(_rows(plan.sessions.assign(session=days)[shown]), Format.table, title=plan.study)
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
