"""Measures over time: a lane each, solid while in force, hatched while suspended."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from rareearth_research.arguments import check_number, check_whole
from rareearth_research.days import read_day
from rareearth_research.errors import SpecificationError, shown
from rareearth_research.numerals import counted
from rareearth_research.plots.drawing.style import INK, PALETTE, figure, finish, shortened

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

ROW, HEADING, LABEL = 0.185, 0.26, 78  # inches, inches, letters
NARROW, FEW = 5.0, 24  # inches below which labels stand above their lanes, and how many lanes then
KNOWN = "2026-10-05"
AHEAD = pd.Timedelta("150D")  # shown of what was announced or agreed
COLUMNS = ("event_id", "measure", "actor", "materials", "status", "announced", "since", "until",
           "end")  # fmt: skip
GROUPS = (
    "China: rare earths",
    "China: other minerals and dual-use law",
    "China: foreign entities and military users",
    "United States",
    "Other governments",
)
DRAWN = ("in_force", "suspended")
READING = (
    "Solid: in force. Hatched: suspended. Line: announced, not in force. A cross: no longer there. "
    "?: nobody read when it began or ended. Right of the dotted line: as announced or agreed."
)


def plot_measures(
    periods: pd.DataFrame,
    *,
    since: str = "2023-01-01",
    known: str = KNOWN,
    lanes: int = 60,
    title: str = "",
    source: str = "",
    width: float = 11.0,
) -> Figure:
    """Draw the status of measures over time, one lane each, grouped by who acted and on what.

    Parameters
    ----------
    periods : DataFrame
        From `load_measures`.
    since : str
        Where the axis begins; what began before is cut there.
    known : str
        Last day up to which periods are known; later ones are as announced or agreed.
    lanes : int
        Largest number of lanes. Where there are more measures, those that were in force or
        suspended since then come first, the newest before older ones; the picture says how many
        are not drawn.
    title : str, optional
        The finding; by default counts by status on the day `known`.
    source : str, optional
        Line at the foot of the picture.
    width : float
        Inches. Below five labels stand above their lanes, of which there are 24 at most.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    SpecificationError
        If there is no measure to draw, or `periods` are none.
    """
    _check("periods", periods)
    narrow = check_number("width", width, 2, 40) < NARROW
    most = min(check_whole("lanes", lanes, 1, 500), FEW if narrow else 500)
    step = ROW * (1.55 if narrow else 1)
    start = read_day(since, "since", SpecificationError)
    day = read_day(known, "known", SpecificationError)
    if start >= day:
        raise SpecificationError(f"since {shown(since)} is not before known {shown(known)}")
    periods = _placed(periods)
    late, early = periods["start"] > day + AHEAD, periods["until"] < start
    shown_periods = periods[~late & ~early]
    measures = _measures(shown_periods)
    if measures.empty:
        raise SpecificationError(
            f"there is no measure since {shown(since)} to draw; give an earlier since, or loosen "
            "the filters"
        )
    chosen = measures.sort_values(["drawn", "first"], ascending=False, kind="stable").head(most)
    chosen = chosen.sort_values(["group", "first"], kind="stable")
    headings = chosen["group"].nunique()
    height = 1.55 + step * len(chosen) + HEADING * headings
    fig, ax = figure(width, height)
    place, ticks, labels = 0.0, [], []
    for group, members in chosen.groupby("group", sort=False, observed=True):
        place -= HEADING
        ax.text(0, place, f"{group} ", transform=ax.get_yaxis_transform(), va="center",
                ha="left" if narrow else "right", fontsize=8.5, fontweight="bold",
                color=INK)  # fmt: skip
        for key in members.index:
            place -= step
            ticks.append(place)
            labels.append(shortened(key[1], 62 if narrow else LABEL))
            if narrow:
                ax.text(0, place + ROW / 2, labels[-1], transform=ax.get_yaxis_transform(),
                        fontsize=6.8, color=INK)  # fmt: skip
            colour = PALETTE["tightening" if str(group).startswith("China") else "easing"]
            ours = (shown_periods["event_id"] == key[0]) & (shown_periods["measure"] == key[1])
            for row in shown_periods[ours].itertuples():
                _draw(ax, row, place, (start, day + AHEAD), colour)
    ax.axvline(day, color=INK, linewidth=0.8, linestyle=":")
    ax.set_xlim(start, day + AHEAD)
    ax.set_ylim(place - ROW, 0)
    ax.set_yticks([] if narrow else ticks, [] if narrow else labels, fontsize=6.8)
    ax.tick_params(axis="y", length=0)
    ax.grid(visible=False, axis="y")
    left_out = len(measures) - len(chosen)
    more = f" {left_out} more measures are not drawn." if left_out else ""
    said = title or _finding(periods, day)
    options: Any = {
        "since": since,
        "known": known,
        "lanes": lanes,
        "title": title,
        "source": source,
    }
    return finish(
        ax,
        said,
        subtitle=READING + more,
        source=source,
        sample=counted(len(measures), "measure", digits=True),
        until=day,
        again=lambda inches: plot_measures(periods, width=inches, **options),
    )


def over_time(measures: pd.DataFrame, known: str = KNOWN) -> pd.DataFrame | None:
    """Return how many of China's measures stood ``in_force`` and ``suspended``, by day of a change.

    None where none did; nothing is told of days after `known`.
    """
    periods = _placed(_check("measures", measures))
    own = periods[periods["actor"].str.startswith("CN") & periods["status"].isin(DRAWN)]
    if own.empty:
        return None
    begins = pd.crosstab(own["start"], own["status"])
    after = own["until"] + pd.Timedelta("1D")
    ends = pd.crosstab(after, own["status"])
    changes = begins.sub(ends, fill_value=0).reindex(columns=DRAWN, fill_value=0).fillna(0)
    counts = changes.cumsum()[:known]
    day = pd.Timestamp(known)
    counts.loc[day] = counts.iloc[-1]
    counts.loc[day + pd.Timedelta("1D")] = np.nan
    return counts


def _check(name: str, periods: pd.DataFrame) -> pd.DataFrame:
    if missing := [column for column in COLUMNS if column not in getattr(periods, "columns", ())]:
        raise SpecificationError(
            f"{name} lacks {', '.join(missing)}; give what rer.load_measures() returns"
        )
    return periods


def _placed(periods: pd.DataFrame) -> pd.DataFrame:
    """Return the periods with a start, without those of which neither end is known."""
    known_somewhere = periods["since"].notna() | (periods["end"] != "unknown")
    return periods.assign(start=periods["since"].fillna(periods["announced"]))[known_somewhere]


def _measures(periods: pd.DataFrame) -> pd.DataFrame:
    """Return one row per measure: its group, first day, and whether it was ever in force."""
    materials = periods["materials"].str.split(";").map(set)
    # the lists of dual-use items name rare earths beside gallium
    rare = materials.map(lambda own: bool(own & {"Nd", "Sm", "Ho"}) and "Ga" not in own)
    users = periods["measure"].str.contains("entities|military", case=False)
    china = periods["actor"].str.startswith("CN")
    group = np.select(
        [china & users, china & rare, china, periods["actor"].str.startswith("US")],
        [GROUPS[i] for i in (2, 0, 1, 3)],
        default=GROUPS[4],
    )
    table = periods.assign(
        group=pd.Categorical(group, GROUPS, ordered=True), drawn=periods["status"].isin(DRAWN)
    )
    by = table.groupby(["event_id", "measure"], sort=False)
    return by.agg(group=("group", "first"), drawn=("drawn", "any"), first=("start", "min"))


def _draw(
    ax: Axes, row: Any, place: float, limits: tuple[pd.Timestamp, pd.Timestamp], colour: str
) -> None:
    start: Any = max(row.start, limits[0])
    stop: Any = min(limits[1], limits[1] if pd.isna(row.until) else row.until + pd.Timedelta("1D"))
    if row.status in ("superseded", "withdrawn"):
        if row.start >= limits[0]:
            ax.plot([start], [place], "x", color=colour, markersize=4, mew=1.1)
        return
    if row.status == "announced_not_in_force":
        ax.plot([start, stop], [place] * 2, color=colour, linewidth=1.0)
    else:
        hatched = row.status == "suspended"
        ax.broken_barh(
            [(start, stop - start)],
            (place - ROW * 0.36, ROW * 0.72),
            facecolor="white" if hatched else colour,
            edgecolor=colour,
            hatch="//////" if hatched else None,
            linewidth=0.6,
        )
    for unknown, at, side in (
        (pd.isna(row.since), start, "left"), (row.end == "unknown", stop, "right"),
    ):  # fmt: skip
        if unknown:
            ax.text(at, place, " ? ", ha=side, va="center", fontsize=7.5, color=INK,
                    fontweight="bold")  # fmt: skip


def _finding(periods: pd.DataFrame, day: pd.Timestamp) -> str:
    """Count the measures by their state on the day."""
    holds = (periods["start"] <= day) & ~(periods["until"] < day)
    counts = periods.loc[holds, "status"].value_counts()
    own = periods.loc[holds & (periods["actor"] == "CN"), "status"].value_counts()
    china = f" (China: {own.get('in_force', 0)} and {own.get('suspended', 0)})" if len(own) else ""
    return (
        f"On {day.day} {day:%B %Y} {counts.get('in_force', 0)} measures are in force and "
        f"{counts.get('suspended', 0)} suspended{china}"
    )
