"""`rareearth report`: run studies one after another and link them on one page."""

from __future__ import annotations

from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Optional

import typer

from rareearth_research.cli.output import console, show_error, terminating_as_interrupt
from rareearth_research.cli.several import complete_run
from rareearth_research.cli.workspace import Out, reports_of
from rareearth_research.errors import RareEarthError, SpecificationError, TimingError
from rareearth_research.numerals import localised
from rareearth_research.progress import progress_bar
from rareearth_research.reports.reading.texts import quoted

if TYPE_CHECKING:
    from rareearth_research.reports.parameters import Parameter
    from rareearth_research.reports.runs.elsewhere import Home
    from rareearth_research.reports.studies import Study


def complete_study(ctx: typer.Context, incomplete: str) -> list[str]:
    """Return studies that begin with what was typed, with or without their number."""
    given = ctx.params.get("parameters") or ()
    if given and "=" not in given[-1]:  # bash cuts `-p name=value` at the equals sign
        cut = complete_assignment(ctx, f"{given[-1]}={incomplete}")
        return [found.partition("=")[2] for found in cut]
    from rareearth_research.reports.studies import list_studies

    try:
        names = [study.name for study in list_studies()]
    except RareEarthError:
        return []
    known = [*names, *(name.partition("_")[2] for name in names)]
    return [name for name in known if name and name.startswith(incomplete)]


def complete_assignment(ctx: typer.Context, incomplete: str) -> list[str]:
    """Return ``name=`` of the chosen studies' parameters, then the values that exist."""
    from rareearth_research.reports.reading.meaning import known_values

    parameters = _parameters_of([*(ctx.params.get("studies") or ()), *ctx.args])
    name, equals, start = incomplete.partition("=")
    if not equals:
        return [f"{known}=" for known in parameters if known.startswith(name)]
    if name not in parameters:
        return []
    try:
        values = list(map(str, parameters[name].choices)) or known_values(name)
    except RareEarthError:
        return []
    before, comma, last = start.rpartition(",")
    return [f"{name}={before}{comma}{value}" for value in values if value.startswith(last)]


def _parameters_of(words: list[str]) -> dict[str, Parameter]:
    from rareearth_research.reports import read_parameters

    found: dict[str, Parameter] = {}
    for word in words:  # while an option is incomplete, the parser leaves everything in one list
        with suppress(RareEarthError):
            found |= read_parameters(word)
    return found


def report(
    studies: Annotated[
        Optional[list[str]],  # noqa: UP045  (typer reads annotations at run time)
        typer.Argument(
            help="Studies to run: name, number or path of a notebook. Default: all of them.",
            autocompletion=complete_study,
            show_default=False,
        ),
    ] = None,
    parameters: Annotated[
        Optional[list[str]],  # noqa: UP045
        typer.Option(
            "-p",
            "--parameter",
            metavar="NAME=VALUE",
            help="Set a parameter, read by its type; quotes make it text. The last one counts. "
            "See 'rareearth studies STUDY' for their names.",
            autocompletion=complete_assignment,
        ),
    ] = None,
    file: Annotated[
        Optional[Path],  # noqa: UP045
        typer.Option(
            "-f", "--file", metavar="PARAMS.YAML", help="Read parameters from a file; -p wins."
        ),
    ] = None,
    out: Out = None,
    timeout: Annotated[float, typer.Option(help="Seconds one cell may take.", min=1)] = 900.0,
    pdf: Annotated[bool, typer.Option("--pdf", help="Print pages as PDF too (Chromium).")] = False,
    press: Annotated[
        bool, typer.Option("--press", help="Make a press kit of each picture too: 85 and 180 mm.")
    ] = False,
    locale: Annotated[
        str, typer.Option(metavar="LOCALE", help="Numbers of press kits: en, de, fr, …")
    ] = "en",
    check: Annotated[
        str,
        typer.Option(
            metavar="RUN",
            help="Make a run again and say whether every table and picture is the same.",
            autocompletion=complete_run,
            show_default=False,
        ),
    ] = "",
    then: Annotated[
        bool, typer.Option("--then", help="With --check: on the data of that run's commit.")
    ] = False,
    open_: Annotated[bool, typer.Option("--open", help="Open the page in a browser.")] = False,
) -> None:
    """Run studies and write their reports, and index.html over all of them.

    In a workspace (`rareearth new`) they are those that its study.yaml names, on your own data and
    on what ships. Parameters are checked before anything runs. Each study leaves an executed
    notebook, a page, its figures and tables, and run.json; nothing is replaced until a run is
    complete. With --check RUN nothing is replaced at all: the run is made again aside with the
    parameters of its record (with --then on the data of its commit), what differs is named, and the
    exit code is 1 if anything does.
    --out may also be an address that fsspec knows, such as s3://bucket/reports.
    """
    if check:
        if studies or parameters or file:
            raise SpecificationError(
                "--check RUN takes study and parameters of its record; name no other"
            )
        _check(check, reports_of(out), timeout, then)
        return
    if then:
        raise SpecificationError("--then is for --check RUN; add it, or leave --then out")
    from rareearth_research.datasets.catalog import catalog, read
    from rareearth_research.reports import check_parameters, find_study, list_studies, write_site
    from rareearth_research.reports.page.pdf import find_browser
    from rareearth_research.reports.runs.elsewhere import home_of
    from rareearth_research.reports.runs.site import FAILED
    from rareearth_research.workspace.asking import asked_of, here, studies_of

    if pdf:
        find_browser()
    if locale != "en" and not press:
        raise SpecificationError("--locale is for press kits; add --press, or leave it out")
    kits = locale if press else ""
    localised("", locale)
    given = _given(parameters or [], file)
    if given and not studies:
        raise SpecificationError("name the studies that the parameters are for: report STUDY -p …")
    workspace = here()
    usual = list_studies() if workspace is None else studies_of(workspace)
    chosen = [find_study(name) for name in studies] if studies else usual
    asked = [asked_of(study, workspace, given) for study in chosen]
    for study, values in zip(chosen, asked, strict=True):
        check_parameters(study.path, values)  # all of them before the first kernel starts
    home = home_of(out or str(reports_of(None)))
    for table in catalog().index:
        read(table)  # a damaged table is found here and not minutes later
    failures = 0
    with terminating_as_interrupt("Stopped; the reports that were there are unchanged."):
        for number, study in enumerate(chosen, start=1):
            try:
                count = f"{number}/{len(chosen)}"
                _run(study, asked[number - 1], home, timeout, pdf, kits, count)
            except RareEarthError as error:
                failures += 1
                if isinstance(error, SpecificationError | TimingError):  # it was wrong to ask
                    with suppress(SpecificationError):  # that there is nothing to show
                        write_site(home.folder)
                    raise
                show_error(type(error)(home.said(error)), study.name)
            home.send()
    if failures == len(chosen) and not (home.folder / FAILED).is_dir():  # none could begin
        raise typer.Exit(1)
    page = write_site(home.folder)
    home.send()
    console.print(f"Open {home.said(page)}", soft_wrap=True, markup=False)
    if open_:
        typer.launch(home.said(page.resolve()))
    if failures:
        raise typer.Exit(1)


def _run(
    study: Study,
    given: dict[str, Any],
    home: Home,
    timeout: float,
    pdf: bool,
    press: str,
    count: str,
) -> None:
    from rich.markup import escape

    from rareearth_research.reports import run_study

    with progress_bar(f"{count} {quoted(study.name)}", unit="cells") as show:
        run = run_study(
            study.path, given, home.folder, timeout=timeout, progress=show, pdf=pdf, press=press
        )
    console.print(
        f"[green]✓[/] {escape(quoted(study.name))} ({run.seconds:.0f} s)"
        f": {escape(run.result or quoted(home.said(run.directory)))}",
        soft_wrap=True,
    )


def _check(name: str, out: Path, timeout: float, then: bool) -> None:
    from rareearth_research.reports import check_run, find_run
    from rareearth_research.reports.checking import since, told

    record = find_run(name, out)
    changes = told(since(record))
    say = partial(console.print, soft_wrap=True, markup=False)
    say("\n  ".join(["Not as in its record:", *changes]) if changes else "All as in its record.")
    bar = progress_bar(quoted(record["name"]), unit="cells")
    with terminating_as_interrupt("Stopped; the run is as it was."), bar as show:
        found = check_run(record["path"], out, timeout=timeout, progress=show, then=then)
    head, *lines = found.summary().lines.split("\n")
    say("\n  ".join([head, *lines[len(changes) :]]))
    if not found.same:
        raise typer.Exit(1)


def _given(assignments: list[str], file: Path | None) -> dict[str, Any]:
    from rareearth_research.reports.reading.typed import parse_assignment, read_parameter_file

    given = read_parameter_file(file) if file else {}
    return given | dict(parse_assignment(text) for text in assignments)
