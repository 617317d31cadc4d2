"""What was announced, and what is asked of it? The specification of a card, before any price."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any

import pandas as pd

from rareearth_research.arguments import check_choice, check_span, check_text
from rareearth_research.datasets import load_events, load_materials, load_securities
from rareearth_research.datasets.loaders.materials import symbols_in
from rareearth_research.days import read_day, read_instant, read_stamp
from rareearth_research.errors import DataError, SpecificationError, TimingError, shown
from rareearth_research.studies.sample import choose_securities, names_or_all
from rareearth_research.timing.intervals import to_intervals

DIRECTIONS = {"tightening": 1, "easing": -1, "threat": 0, "neutral": 0, "unknown": 0}
ESTIMATION = (-260, -11)


@dataclass(frozen=True, kw_only=True)
class Asked:
    """Specification of a card; nothing in it depends on a price.

    Attributes
    ----------
    title : str
    earliest, latest : Timestamp
        UTC instants between which the announcement was made.
    timezone : str
        In which the actor announces; UTC for no actor.
    day_only : bool
        Whether only the day was given.
    actor, direction, instrument, materials, group, named : str or tuple of str
        As given: what earlier events are looked for by, and how securities were chosen.
    securities : tuple of str
        Those studied.
    window : (int, int)
    until : Timestamp
        Last day of the prices, and of the events kept away from, that marks rest on.
    cut : bool
        Whether everything known after `until` is left out of the whole card.
    """

    title: str
    earliest: pd.Timestamp
    latest: pd.Timestamp
    timezone: str
    day_only: bool
    actor: str
    direction: str
    instrument: str
    materials: tuple[str, ...]
    group: str
    named: tuple[str, ...]
    securities: tuple[str, ...]
    window: tuple[int, int]
    until: pd.Timestamp
    cut: bool

    @property
    def day(self) -> pd.Timestamp:
        """The day of the announcement where it was made."""
        return self.earliest.tz_convert(self.timezone).tz_localize(None).normalize()

    @property
    def side(self) -> int:
        """Which way the sample is expected to move: 1 up, -1 down, 0 unknown."""
        return DIRECTIONS[self.direction]

    @property
    def event(self) -> pd.DataFrame:
        """The announcement as one row of an events frame."""
        return pd.DataFrame(
            {
                "event_id": ["announcement"],
                "announced_earliest": [self.earliest],
                "announced_latest": [self.latest],
            }
        )

    def record(self) -> dict[str, Any]:
        """Return the specification as plain values, for a file."""
        plain = asdict(self)
        plain |= {name: plain[name].isoformat() for name in ("earliest", "latest", "until")}
        return {k: list(v) if isinstance(v, tuple) else v for k, v in plain.items()}

    @classmethod
    def of_record(cls, record: dict[str, Any]) -> Asked:
        """Return the specification that `record` wrote down."""
        values: dict[str, Any] = {field.name: record[field.name] for field in fields(cls)}
        values |= {name: pd.Timestamp(values[name]) for name in ("earliest", "latest", "until")}
        values |= {name: tuple(v) for name, v in values.items() if isinstance(v, list)}
        return cls(**values)


def ask(
    title: object,
    at: Any,
    *,
    materials: Sequence[str] | str,
    direction: str,
    actor: str,
    instrument: str,
    group: str,
    securities: Sequence[str] | str,
    window: Sequence[int],
    until: Any,
) -> Asked:
    """Judge the arguments of `announcement_card`, which says what they mean."""
    words = " ".join(check_text("title", title).split())
    if not words:
        raise SpecificationError("title must say what was announced; got no words")
    check_choice("direction", direction, DIRECTIONS)
    span = check_span("window", window)
    if span[1] < 0:
        raise SpecificationError(
            f"window={shown(window)} ends before the first session; end it at 0 or later, as (0, 1)"
        )
    zone = _zone(check_text("actor", actor))
    if check_text("instrument", instrument):
        check_choice("instrument", instrument, load_events()["instrument_type"].unique())
    earliest, latest, day_only = _interval(at, zone)
    day = earliest.tz_convert(zone).tz_localize(None).normalize()
    last = day - pd.Timedelta(days=1)
    if until is not None:
        last = read_day(until, "until", SpecificationError)
        if last >= day:
            raise SpecificationError(
                f"until={shown(until)} is not before the day of the announcement, {day.date()} in "
                f"{zone}; give {(day - pd.Timedelta(days=1)).date()} or an earlier day"
            )
    symbols, tickers = _symbols(materials), names_or_all("securities", securities)
    return Asked(
        title=words,
        earliest=earliest,
        latest=latest,
        timezone=zone,
        day_only=day_only,
        actor=actor,
        direction=direction,
        instrument=instrument,
        materials=tuple(symbols),
        group=check_text("group", group),
        named=tuple(tickers),
        securities=tuple(_chosen(symbols, group, tickers, day)),
        window=span,
        until=last,
        cut=until is not None,
    )


def read_now(now: Any, default: pd.Timestamp) -> pd.Timestamp:
    """Return the instant from which times are counted, in UTC."""
    return default if now is None else read_instant(now, "now", TimingError).tz_convert("UTC")


def _zone(actor: str) -> str:
    if not actor:
        return "UTC"
    zones = load_events(actor=actor)["announced_tz"]
    return str(zones[zones != ""].mode().iloc[0])


def _interval(at: Any, zone: str) -> tuple[pd.Timestamp, pd.Timestamp, bool]:
    """Return the ends of the announcement in UTC, and whether only the day is known."""
    ends = at.split("/") if isinstance(at, str) and at.count("/") == 1 else at  # as ISO 8601 has it
    if isinstance(ends, tuple | list) and len(ends) == 2:
        first, last = (read_instant(end, "at:", TimingError).tz_convert("UTC") for end in ends)
        if last < first:
            raise TimingError(f"at={shown(at)} ends before it starts; swap the two")
        return first, last, False
    try:
        stamp = read_stamp(at, "at", TimingError)
    except TimingError as error:
        if "clock time" in str(error):
            raise
        raise TimingError(f"{error}, or with time and zone as '2025-04-04T18:00+08:00'") from None
    if stamp.tzinfo is not None:
        return stamp.tz_convert("UTC"), stamp.tz_convert("UTC"), False
    day = pd.DataFrame({"event_id": ["at"], "date": [stamp], "announced_tz": [zone]})
    times = to_intervals(day)
    first, last = (pd.Timestamp(int(end[0]), tz="UTC") for end in (times.earliest, times.latest))
    return first, last, True


def _symbols(materials: Sequence[str] | str) -> list[str]:
    names = names_or_all("materials", materials)
    if not names:
        return []
    known = pd.concat([load_events()["materials"], load_securities()["materials"]])
    listed = pd.concat([known, load_materials()["symbol"]])
    return list(dict.fromkeys(symbols_in(listed, names) or []))


def _chosen(symbols: list[str], group: str, tickers: list[str], day: pd.Timestamp) -> list[str]:
    """Return the securities named, or the shares of a group or material in business on the day."""
    if len({*tickers}) < len(tickers):
        raise SpecificationError(
            f"securities names {max(tickers, key=tickers.count)!r} more than once; name each once"
        )
    if tickers:
        return list(choose_securities(tickers, group, default="").index)
    if group:
        table = load_securities(group=group)
    elif symbols:
        table = load_securities()
        held = table["materials"].str.split(";").map(lambda own: not set(own).isdisjoint(symbols))
        table = table[held & (table["groups"] != "controls")]
    else:
        raise SpecificationError(
            "materials, group and securities are all empty, so there is nothing to study; name "
            "materials, as in materials=['Dy', 'Tb']"
        )
    starts, ends = (
        table[["exposure_from", "listed_from"]].max(axis=1),
        table[["exposure_until", "listed_until"]].min(axis=1),
    )
    table = table[(table["kind"] == "equity") & ~(starts > day) & ~(ends < day)]
    if table.empty:
        what = f"group={group!r}" if group else f"materials={symbols!r}"
        raise DataError(
            f"{what}: no share in the securities table was in that business on {day.date()}; give "
            "group='rare_earths', or name securities"
        )
    return list(table.index)
