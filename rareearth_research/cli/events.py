"""`rareearth events`: list policy events, or show all that is known about one."""

from __future__ import annotations

import enum
import json
from typing import TYPE_CHECKING, Annotated, Any, Optional

import typer
from rich.console import Console
from rich.markup import escape

from rareearth_research.cli.output import asked_for, console, print_csv, print_json
from rareearth_research.errors import RareEarthError

if TYPE_CHECKING:
    import pandas as pd

events_app = typer.Typer(
    help="List policy events, or show all about one.",
    epilog="Example: rareearth events --actor CN --direction tightening --material Ga",
    invoke_without_command=True,
)

PIPE_WIDTH = 170  # columns of a table that does not go to a terminal
COLOURS = {"tightening": "dark_orange3", "easing": "blue", "threat": "magenta"}
# what `show` prints first, in this order, under these names
FACTS = {
    "actor": "Actor",
    "issuing_authority": "Issued by",
    "instrument_no": "Number",
    "instrument_type": "Instrument",
    "direction": "Direction",
    "target_scope": "Aimed at",
    "materials": "Materials",
    "effective_date": "Effective",
    "effective_end_date": "Ends",
    "effective_end_kind": "",
    "linked_events": "Concerns",
    "anticipated": "Anticipated",
    "anticipation_note": "",
    "event_status": "Status",
    "confidence": "Confidence",
    "confidence_note": "",
    "fact_verification": "Facts",
    "time_note": "Time rests on",
    "confounders": "Confounders",
}


class EventFormat(enum.StrEnum):
    """How events are written."""

    table = "table"
    csv = "csv"
    json = "json"


def complete_event(incomplete: str) -> list[str]:
    from rareearth_research.datasets import load_events

    try:
        return [name for name in load_events()["event_id"] if name.startswith(incomplete)]
    except RareEarthError:  # a damaged table is told when the command runs
        return []


Names = Optional[list[str]]  # noqa: UP045  (typer reads annotations at run time)
Day = Optional[str]  # noqa: UP045
Form = Annotated[EventFormat, typer.Option("--format", help="How to print.")]


@events_app.callback()
def events(
    context: typer.Context,
    actor: Annotated[
        Names, typer.Option(help="CN, US, media, … (repeat or join by commas).")
    ] = None,
    direction: Annotated[Names, typer.Option(help="tightening, easing, neutral, threat.")] = None,
    material: Annotated[
        Names, typer.Option("--material", "--materials", help="Symbol or name: Ga, dysprosium.")
    ] = None,
    tier: Annotated[Names, typer.Option(help="core_cn_ree, talks, confounder, …")] = None,
    scope: Annotated[Names, typer.Option(help="Aimed at: all, US, Japan, company:MP, …")] = None,
    status: Annotated[Names, typer.Option(help="occurred, reported_disputed, …")] = None,
    since: Annotated[Day, typer.Option(help="First day, 2023-01-01.")] = None,
    until: Annotated[Day, typer.Option(help="Last day.")] = None,
    min_confidence: Annotated[
        Day, typer.Option(help="low, medium or high: this or better.")
    ] = None,
    search: Annotated[
        Day, typer.Option(help="Words of name, summary, number, notes: 'magnet scrap'.")
    ] = None,
    usable: Annotated[bool, typer.Option("--usable", help="Only the suggested sample.")] = False,
    exchange: Annotated[str, typer.Option(help="Exchange whose session is shown.")] = "XNYS",
    form: Form = EventFormat.table,
) -> None:
    """List policy events that match every filter given."""
    if context.invoked_subcommand is not None:
        return
    from rareearth_research.datasets import load_events
    from rareearth_research.timing import map_sessions

    load_events(materials="La")  # damaged tables show here, before the question is looked at
    with asked_for():
        found = load_events(
            actor=split_values(actor),
            direction=split_values(direction),
            materials=split_values(material),
            tier=split_values(tier),
            scope=split_values(scope),
            status=split_values(status),
            since=since,
            until=until,
            min_confidence=min_confidence,  # type: ignore[arg-type]
            search=search,
            usable=usable or None,
        )
        mapped = map_sessions(found, exchange)
    found = found.assign(
        session=mapped["session"].to_numpy(), ambiguous=mapped["ambiguous"].to_numpy()
    )
    if form is EventFormat.table:
        _print_list(found, exchange)
    else:
        write_frame(found, form)


@events_app.command(epilog="Example: rareearth events show cn-2025-04-no18-seven-ree")
def show(
    event_id: Annotated[str, typer.Argument(help="Event id.", autocompletion=complete_event)],
    form: Form = EventFormat.table,
) -> None:
    """Show one event: what, when, sessions on every exchange, neighbours, sources."""
    from rareearth_research.datasets import (
        load_entity_lists,
        load_event_sources,
        load_events,
        load_measure_codes,
        load_measures,
    )
    from rareearth_research.timing import LISTED, confounders, map_sessions

    everything = load_events()
    with asked_for():
        event = load_events(event_ids=event_id)
    sessions = map_sessions(event, list(LISTED)).drop(columns="event_id")
    nearby = confounders(event, (-3, 3), against=everything)
    nearby = nearby[nearby["kind"] != "text"].drop(columns=["event_id", "policy"])
    further = {
        name: table[table["event_id"] == event_id].drop(columns="event_id")
        for name, table in (
            ("sources", load_event_sources()),
            ("measures", load_measures()),
            ("codes", load_measure_codes()),
            ("lists", load_entity_lists()),
        )
    }
    if form is EventFormat.csv:
        write_frame(event, form)
    elif form is EventFormat.json:
        parts = {"sessions": sessions, "nearby": nearby} | further
        print_json(records_of(event)[0] | {name: records_of(part) for name, part in parts.items()})
    else:
        about = further["sources"], further["measures"]
        _print_event(event.to_dict("records")[0], sessions, nearby, *about)


def split_values(values: Names) -> list[str] | None:
    """Accept ``--actor CN --actor US`` as well as ``--actor CN,US``."""
    return [part.strip() for value in values for part in value.split(",")] if values else None


def write_frame(frame: pd.DataFrame, form: EventFormat) -> None:
    if form is EventFormat.csv:
        print_csv(frame.to_csv(index=False, lineterminator="\n"))
    else:
        print_json(records_of(frame))


def records_of(frame: pd.DataFrame) -> list[dict[str, Any]]:
    return json.loads(frame.to_json(orient="records", date_format="iso", force_ascii=False))


def _print_list(found: pd.DataFrame, exchange: str) -> None:
    from rich.table import Table

    table = Table(box=None, header_style="bold", pad_edge=False)
    origin = [name for name in ("origin",) if name in found.columns]  # where yours are in play
    for label in ("date", f"session {exchange}", "actor", "direction", *origin, "event"):
        table.add_column(label, no_wrap=label != "event", overflow="fold")
    for event in found.to_dict("records"):
        colour = COLOURS.get(event["direction"], "default")
        table.add_row(
            _date(event["date"], event["date_precision"]),
            _date(event["session"]) + ("?" if event["ambiguous"] else ""),
            event["actor"],
            f"[{colour}]{event['direction']}[/]",
            *(event[name] for name in origin),
            f"{escape(event['name'])}\n[dim]{event['event_id']}[/dim]",
        )
    _out().print(table)
    console.print(f"\n{len(found)} events. A ? marks a session that may be an earlier one.")


def _print_event(
    event: dict[Any, Any],
    sessions: pd.DataFrame,
    nearby: pd.DataFrame,
    sources: pd.DataFrame,
    measures: pd.DataFrame,
) -> None:
    from rich.table import Table

    out = _out()
    out.print(f"[bold]{escape(event['name'])}[/bold]\n{event['event_id']}\n", soft_wrap=True)
    out.print(f"{escape(event['summary'])}\n")
    facts = Table(box=None, show_header=False, pad_edge=False)
    facts.add_column(style="bold", no_wrap=True)
    facts.add_column()
    facts.add_row("Announced", _when(event))
    for column, label in FACTS.items():
        value = event[column]
        text = value if isinstance(value, str) else _date(value)
        if text:
            facts.add_row(label, escape(text))
    out.print(facts)
    out.print(_session_table(sessions))
    out.print("\n[bold]Other events within three sessions in New York[/bold]")
    for other in nearby.to_dict("records"):
        text = f"{escape(other['description'])} [dim]{other['confounder_id']}[/dim]"
        when = f"{other['offset']:+d}" if other["offset"] else " 0"
        out.print(f"{when}  {text}")
    if nearby.empty:
        out.print("none in the list")
    if len(measures):
        out.print("\n[bold]Measures[/bold]")
    for period in measures.to_dict("records"):
        since, until = _date(period["since"]) or "start unknown", _date(period["until"])
        span = f"{since} to {until}" if until else f"{since} on"
        out.print(f"• {escape(period['measure'])}: {period['status']}, {span}")
    out.print("\n[bold]Sources[/bold]" + "\nnone given" * sources.empty)
    for source in sources.to_dict("records"):
        out.print(f"• {escape(source['title'])} ({source['status']})")
        if source["url"]:
            out.print(f"  {escape(source['url'])}", soft_wrap=True)


def _session_table(sessions: pd.DataFrame) -> Any:
    from rich.table import Table

    from rareearth_research.timing import EXCHANGES

    table = Table(box=None, header_style="bold", pad_edge=False, title="\nSessions")
    table.title_justify, table.title_style = "left", "bold"
    for label in ("exchange", "", "first session that could price it", "the exchange then"):
        table.add_column(label)
    for row in sessions.to_dict("records"):
        session = _date(row["session_earliest"])
        if row["ambiguous"]:
            session += f" or {_date(row['session_latest'])}"
        city = EXCHANGES[row["exchange"]].city
        table.add_row(row["exchange"], city, session or row["reason"], row["phase"])
    return table


def _out() -> Console:
    """The terminal, or a wide page where the output goes to a file or a pipe."""
    return console if console.is_terminal else Console(width=PIPE_WIDTH, highlight=False)


def _when(event: dict[str, Any]) -> str:
    zone, first, last = (event[f"announced_{part}"] for part in ("tz", "earliest", "latest"))
    day = _date(event["date"], event["date_precision"]) + f" ({zone})" * bool(zone)
    if first is None or first != first:  # NaT
        return f"{day}, hour unknown"
    if not zone:
        return f"{first:%Y-%m-%d %H:%M} to {last:%Y-%m-%d %H:%M} UTC"
    hours = " to ".join(f"{end.tz_convert(zone):%H:%M}" for end in (first, last))
    return f"{day}, {hours} local; time quality: {event['time_quality']}"


def _date(value: Any, precision: str = "day") -> str:
    if value is None or value != value:  # NaT
        return ""
    return value.strftime({"month": "%Y-%m", "year": "%Y"}.get(precision, "%Y-%m-%d"))
