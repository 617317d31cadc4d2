"""The `rareearth` command: run studies, look after the data, look up events.

Only what a command needs is imported when it runs, so `rareearth --help` and completion stay quick.
Exit codes: 0 done, 1 failed, 2 asked for something that does not exist, 130 interrupted.
"""

from __future__ import annotations

import os
import sys
from typing import Annotated, Optional

import typer

from rareearth_research import __version__
from rareearth_research.cli.data import data_app
from rareearth_research.cli.events import events_app
from rareearth_research.cli.measures import measures
from rareearth_research.cli.output import Format, console, emit, show_error, speak_any_encoding
from rareearth_research.cli.remedies import Shell
from rareearth_research.cli.report import complete_study, report
from rareearth_research.cli.several import bundle, compare, sweep
from rareearth_research.cli.today import today
from rareearth_research.cli.workspace import Out, check, lab, new, reports_of
from rareearth_research.errors import RareEarthError, SpecificationError, TimingError, shown
from rareearth_research.reports.reading.texts import quoted

app = typer.Typer(
    name="rareearth",
    cls=Shell,
    help="Did markets move when controls on critical minerals became known? Run the studies, "
    "look up the events, rebuild and verify the data.",
    epilog="Example: rareearth report event_study -p event_ids=cn-2025-10-no55-58\n\n"
    "Exit codes: 0 done; 1 failed; 2 asked for something that does not exist; 130 interrupted.",
    no_args_is_help=True,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command(epilog="Example: rareearth report event_study -p event_ids=cn-2025-04-no18-seven-ree")(
    report
)
app.command(epilog="Example: rareearth sweep windows.yaml --workers 2")(sweep)
app.command(epilog="Example: rareearth compare event_study 'event_study, group users'")(compare)
app.command(epilog="Example: rareearth bundle event_study --to replication")(bundle)
app.command(epilog="Example: rareearth new my-study")(new)
app.command(epilog="Example: rareearth check --format json")(check)
app.command(
    epilog="Example: rareearth lab --fresh",
    context_settings={"allow_extra_args": True, "ignore_unknown_options": True},
)(lab)
app.command(epilog="Example: rareearth measures --on 2026-11-25 --material Ga")(measures)
app.command(
    epilog='Example: rareearth today "China suspends exports of X" --at 2026-11-26T09:00+08:00 '
    "--materials Dy,Tb"
)(today)
app.add_typer(data_app, name="data")
app.add_typer(events_app, name="events")


def run() -> None:
    """Run the command line; errors raised on purpose become one panel without a traceback."""
    speak_any_encoding()
    try:
        try:
            app(prog_name="rareearth")  # also under `python -m`, whose name completes nothing
        finally:
            sys.stdout.flush()  # here, and not when Python ends, a full disk can still be said
    except (SpecificationError, TimingError) as error:
        show_error(error, "Cannot do that")
        sys.exit(2)
    except RareEarthError as error:
        show_error(error)
        sys.exit(1)
    except BrokenPipeError:  # `rareearth events | head`
        _silence()
        sys.exit(1)
    except OSError as error:
        _silence()
        place = error.filename or "the output"
        why = error.strerror or error
        show_error(RareEarthError(f"cannot read or write {quoted(place)}: {why}"))
        sys.exit(1)


def _silence() -> None:
    """Let what is still to be written go nowhere: Python would complain when it ends."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


@app.callback(invoke_without_command=True)
def _root(
    version: Annotated[
        bool, typer.Option("--version", help="Print the version.", is_eager=True)
    ] = False,
) -> None:
    if version:
        console.print(f"rareearth_research {__version__}")
        raise typer.Exit


@app.command(epilog="Example: rareearth studies event_study")
def studies(
    study: Annotated[
        Optional[str],  # noqa: UP045  (typer reads annotations at run time)
        typer.Argument(help="Show this study's parameters.", autocompletion=complete_study),
    ] = None,
    form: Annotated[Format, typer.Option("--format", help="How to print.")] = Format.table,
) -> None:
    """List the studies, or the parameters of one; as JSON also the question each asks."""
    from rareearth_research.reports import find_study, list_studies, read_parameters

    if study is None:
        rows = [{"study": s.name, "title": s.title, "question": s.question} for s in list_studies()]
        if form is Format.table:  # a paragraph does not fit beside two columns
            rows = [{"study": row["study"], "title": row["title"]} for row in rows]
        emit(rows, form)
        return
    found = find_study(study)
    parameters = read_parameters(found.path).values()
    rows = [
        {"parameter": p.name, "type": p.kind, "default": shown(p.default, 300), "meaning": p.help}
        for p in parameters
    ]
    emit(rows, form, title=found.title)


@app.command(epilog="Example: rareearth doctor --out reports")
def doctor(
    out: Out = None,
    form: Annotated[Format, typer.Option("--format", help="How to print.")] = Format.table,
) -> None:
    """Check that this installation can do its work: versions, data, kernel, output folder."""
    from rareearth_research.cli.doctor import examine

    findings = examine(reports_of(out))
    emit([finding.row() for finding in findings], form)
    if any(finding.state == "FAIL" for finding in findings):
        raise typer.Exit(1)
