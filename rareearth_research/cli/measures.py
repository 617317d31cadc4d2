"""`rareearth measures`: what is in force, suspended or ended on a day."""

from __future__ import annotations

from typing import Annotated

import typer

from rareearth_research.cli.events import Day, Names, split_values
from rareearth_research.cli.output import Format, asked_for, console, emit, errors


def measures(
    on: Annotated[Day, typer.Option(help="The day; the last one known by default.")] = None,
    material: Annotated[
        Names, typer.Option("--material", "--materials", help="Symbol or name: Ga, dysprosium.")
    ] = None,
    actor: Annotated[Names, typer.Option(help="CN, US, … (repeat or join by commas).")] = None,
    status: Annotated[Names, typer.Option(help="in_force, suspended, withdrawn, …")] = None,
    target: Annotated[Names, typer.Option(help="Aimed at: all, US, Japan, …")] = None,
    form: Annotated[Format, typer.Option("--format", help="How to print.")] = Format.table,
) -> None:
    """Show which measures are in force, suspended or ended on a day."""
    import rareearth_research as rer

    rer.load_measures()  # damaged tables show here, before the question is looked at
    with asked_for():
        found = rer.measures(
            on,
            materials=split_values(material),
            actor=split_values(actor),
            status=split_values(status),
            target=split_values(target),
        )
    note = found.attrs["note"]
    starts = found["since"].dt.strftime("%Y-%m-%d")
    found = found.assign(since=starts, until=found["until"].dt.strftime("%Y-%m-%d")).fillna(
        {"since": "start unknown", "until": ""}
    )
    if form is Format.table:  # what fits beside the words
        found = found[["status", "since", "until", "target", "measure"]]
    emit(found.to_dict("records"), form)
    (console if form is Format.table else errors).print(f"\n{note}", markup=False)
