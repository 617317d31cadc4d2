"""When was it announced? A day, or a clock time in a zone, of each row of a table of events."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd

from rareearth_research.datasets.reading.cells.dates import is_midnight, read_days
from rareearth_research.datasets.reading.cells.grid import text_of
from rareearth_research.datasets.reading.cells.numbers import rows_named
from rareearth_research.datasets.reading.cells.options import Options
from rareearth_research.datasets.reading.headings import Table
from rareearth_research.days import is_blank, is_zone
from rareearth_research.errors import DataError, listed, shown
from rareearth_research.readings import OFFSET, no_clock

INTERVAL = ("announced_earliest", "announced_latest")

_CLOCK = r"(?P<clock>\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?(\s?[AP]M)?)"
_ZONE = rf"\s?(?P<zone>Z|UTC|GMT|{OFFSET}:?\d{{2}})"
_CLOCKED = re.compile(rf"(?P<day>.+?)[T ]+{_CLOCK}({_ZONE})?", re.I | re.ASCII)
# alone, 03:00-05:00 is two clock times and none with the zone of New York
_ZONED = re.compile(f"^{_CLOCK}{_ZONE.replace('+-', '+')}$", re.I | re.ASCII)


def when_of(
    table: Table, used: dict[str, int], timezone: str | None, options: Options
) -> tuple[dict[str, Any], str]:
    """Return date, or announced_earliest and announced_latest, of each row, and its zone."""
    named = pd.Series("", index=table.cells.index)
    if "timezone" in used:
        named = table.cells[used["timezone"]].map(text_of)
        for row, iana in named[named != ""].items():
            check_zone(iana, f"{table.what}, row {row}: {table.names[used['timezone']]!r}")
    out: dict[str, Any] = {"announced_tz": named} if "timezone" in used else {}
    if "date" not in used:
        return out, "as they are"
    name, what = table.names[used["date"]] or "date", table.what
    cells = table.cells[used["date"]]
    blank, timed = cells.map(is_blank), _timed(table)
    if (blank & ~timed).any():
        ends = f" or both {listed(INTERVAL)}" if {*INTERVAL} & {*table.names} else ""
        raise DataError(
            f"{what}, {rows_named(cells.index[blank & ~timed])}: {name!r} is blank; give the day"
            f"{ends}, or remove the row"
        )
    cells = cells[~blank]
    parts = cells.map(_parted)
    clocks, zones = parts.map(lambda part: part[1]), parts.map(lambda part: part[2])
    if "time" in used:
        own = table.cells[used["time"]].map(text_of)
        both = own.index[(own != "") & (blank | (clocks != ""))]
        if len(both):
            raise DataError(
                f"{what}, row {both[0]}: {name!r} and {table.names[used['time']]!r} both have a "
                "clock time; leave one of the two blank"
            )
        found = own.str.extract(_ZONED)
        clocks = clocks.where(own == "", found["clock"].fillna(own))
        zones = zones.where(own == "", found["zone"].fillna("").map(_offset))
    zones = zones.where(zones != "", named)
    day_format = re.split("[T ]*%[HI]", options.date_format)[0]  # the clock is cut off already
    days, how = read_days(
        parts.map(lambda part: part[0]), name, what, replace(options, date_format=day_format)
    )
    clocked = clocks != ""
    twice = cells.index[clocked & timed[cells.index]]
    if len(twice):
        raise DataError(
            f"{what}, row {twice[0]}: {name!r} has a clock time, and the columns "
            f"{listed(INTERVAL)} have one too; leave one of them blank"
        )
    if not clocked.all():
        out["date"] = days.where(~clocked)
    if clocked.any():
        instants = pd.Series(pd.NaT, index=cells.index, dtype=object)
        for row in cells.index[clocked]:
            zone = zones[row] or timezone
            if not zone:
                raise DataError(
                    f"{what}, row {row}: {shown(str(cells[row]))} has a clock time and no zone, so "
                    "it may lie on either side of a close; name it, timezone='Asia/Shanghai', or "
                    "in a column 'timezone'"
                )
            instants[row] = _instant(days[row], clocks[row], zone, f"{what}, row {row}: {name!r}")
        out |= dict.fromkeys(INTERVAL, instants)
        how += f"; clock times in {timezone}" if timezone else "; clock times with their zone"
    return out, f"{name}: {how}"


def _timed(table: Table) -> pd.Series:
    """Return which rows have both ends of the announcement in columns of their own."""
    ends = [table.cells[table.names.index(name)] for name in INTERVAL if name in table.names]
    both = [end.map(lambda cell: not is_blank(cell)) for end in ends]
    return both[0] & both[1] if len(both) == 2 else pd.Series(False, index=table.cells.index)


def _parted(cell: Any) -> tuple[Any, str, str]:
    """Return a cell as day, clock and zone; the latter empty if there are none."""
    if isinstance(cell, dt.datetime):
        stamp = pd.Timestamp(cell)
        zone = str(stamp.isoformat()[-6:]) if stamp.tzinfo else ""
        clock = "" if stamp.time() == dt.time() and not zone else stamp.strftime("%H:%M:%S.%f")
        return stamp.tz_localize(None).normalize(), clock, zone
    found = _CLOCKED.fullmatch(cell.strip()) if isinstance(cell, str) else None
    if not found:
        return cell, "", ""
    clock = found["clock"] if found["zone"] or not is_midnight(found["clock"]) else ""
    return found["day"], clock, _offset(found["zone"] or "")


def _offset(zone: str) -> str:
    return zone.upper().replace("Z", "+00:00")


def _instant(day: pd.Timestamp, clock: str, zone: str, what: str) -> pd.Timestamp:
    try:
        local = pd.Timestamp(f"{day.date()} {clock}")
    except ValueError:
        offset = zone if zone[0] in "+-" else ""
        raise DataError(
            f"{what}: {clock} is no clock time of {day.date()}: "
            f"{no_clock(str(day.date()), clock + offset)}"
        ) from None
    try:
        if zone[0] in "+-":
            return pd.Timestamp(f"{local.isoformat()}{zone}")
        return local.tz_localize(ZoneInfo("UTC" if zone in ("UTC", "GMT") else zone))
    except (ValueError, TypeError) as error:
        raise DataError(
            f"{what}: {day.date()} {clock} is no clock time in {zone} ({shown(str(error), 80)}); "
            "write the instant with its offset, as in '2025-04-04T18:00+08:00'"
        ) from None


def check_zone(name: object, what: str) -> None:
    known = isinstance(name, str) and is_zone(name)
    if not known or (re.fullmatch("[A-Z]{3,4}", str(name)) and name not in ("UTC", "GMT")):
        raise DataError(
            f"{what} {shown(name)} is no IANA name of a zone; write one such as 'Asia/Shanghai'"
        )
