"""One stretch of a timeline: lanes, markers and labels, laid out in inches and then drawn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from rareearth_research.plots.drawing.flags import (
    Flag,
    place_flags,
    stack_markers,
    text_width,
    wrap_label,
)
from rareearth_research.plots.drawing.style import INK, MARKERS, PALETTE, joined

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# inches
RIGHT, TOP, BOTTOM = 0.25, 0.95, 0.72
MARKER, ROW, PAD, BETWEEN = 0.105, 0.225, 0.13, 0.42
STRIP = 0.62  # of what was in force
LABEL_POINTS = 6.6
NARROW, HEADING = 5.0, 0.17  # widths below this have the names of lanes above them
ACTS = ("licence", "ban", "tech_control", "suspension")


@dataclass(frozen=True)
class Lane:
    """The events of one lane with their positions, heights in inches above the panel's foot."""

    name: str
    base: float
    height: float
    rows: list[Any]  # events as named tuples
    x: list[float]
    y: list[float]
    labels: list[str]
    flags: list[Flag]
    text: float  # where the lowest label row begins


class Panel:
    """One stretch of time between two dates.

    Parameters
    ----------
    events : DataFrame
        With an ordered categorical column ``lane``.
    start, end : Timestamp
        Limits of the axis.
    rows : int
        Rows of labels per lane.
    wanted : sequence of str
        Ids of events to label before all others.
    width : float
        Of the whole picture, inches.
    standing : DataFrame, optional
        Measures ``in_force`` and ``suspended`` from each day of a change on; drawn at the foot.
    """

    def __init__(
        self,
        events: pd.DataFrame,
        start: pd.Timestamp,
        end: pd.Timestamp,
        rows: int,
        wanted: Sequence[str],
        width: float,
        standing: pd.DataFrame | None = None,
    ) -> None:
        self.start, self.end, self.standing = start, end, standing
        self.narrow = width < NARROW
        self.extent = width - left_of(width) - RIGHT
        self.lanes: list[Lane] = []
        self.height = 0.0 if standing is None else STRIP
        for name in reversed(events["lane"].cat.categories):
            members = events[events["lane"] == name]
            if len(members):
                lane = self._lay_out(name, members, rows, wanted)
                self.lanes.append(lane)
                self.height += lane.height

    def _lay_out(self, name: str, members: pd.DataFrame, rows: int, wanted: Sequence[str]) -> Lane:
        events: list[Any] = list(members.itertuples())
        x = [
            self._inches(first + (last - first) / 2) for first, last in map(uncertain_span, events)
        ]
        labels = [wrap_label(event.name, 26 if self.narrow else 31) for event in events]
        widths = [text_width(text, LABEL_POINTS) + 0.05 for text in labels]
        weights = [_weight(event, wanted) for event in events]
        flags = place_flags(x, widths, weights, self.extent, rows)
        levels = stack_markers(x, MARKER)
        text = self.height + PAD + MARKER * (max(levels) + 1)
        used = max((flag.row + 1 for flag in flags), default=0)
        return Lane(
            name=name,
            base=self.height,
            height=text + ROW * used + PAD * 0.6 + HEADING * self.narrow - self.height,
            rows=events,
            x=x,
            y=[self.height + PAD + MARKER * level for level in levels],
            labels=labels,
            flags=flags,
            text=text,
        )

    def _inches(self, date: pd.Timestamp) -> float:
        return float((date - self.start) / (self.end - self.start)) * self.extent

    def draw(self, ax: Axes) -> None:
        """Draw on an axes whose size in inches is ``extent`` by ``height``."""
        ax.set_xlim(0, self.extent)
        ax.set_ylim(0, self.height)
        for i, lane in enumerate(self.lanes):
            if i % 2 == 0:
                ax.axhspan(lane.base, lane.base + lane.height, color="#F6F6F6", zorder=0)
            self._draw_lane(ax, lane)
        rows = [(lane.name, lane.base, lane.height) for lane in self.lanes]
        if self.standing is not None:
            rows.append(("Chinese measures\nin force (hatched:\nsuspended)", 0.0, STRIP))
            self._draw_standing(ax, self.standing)
        if self.narrow:
            for name, base, high in rows:
                top = base + high - 0.03
                ax.text(0.02, top, joined(name), va="top", fontsize=6.6, weight="bold", color=INK)
            rows = []
        centres = [base + high / 2 for _, base, high in rows]
        ax.set_yticks(centres, [name for name, *_ in rows], color=INK, fontsize=8.5)
        ax.tick_params(axis="y", length=0)
        ax.grid(visible=False, axis="y")
        ax.spines["left"].set_visible(False)
        self._date_ticks(ax)

    def _draw_lane(self, ax: Axes, lane: Lane) -> None:
        for flag in lane.flags:
            _draw_flag(ax, flag, lane)
        for event, x, y in zip(lane.rows, lane.x, lane.y, strict=True):
            colour = PALETTE[event.direction]
            first, last = (self._inches(end) for end in uncertain_span(event))
            if last - first > MARKER * 0.6:
                bar = [max(first, 0.0), min(last, self.extent)]
                ax.plot(bar, [y, y], color=colour, linewidth=3.2, alpha=0.35, zorder=2)
            doubtful = event.confidence == "low" or event.event_status != "occurred"
            face = "white" if doubtful else colour
            look: Any = {"marker": MARKERS[event.direction], "markersize": MARKER * 56, "mew": 1.1}
            ax.plot([x], [y], color=colour, mfc=face, zorder=3, **look)

    def _draw_standing(self, ax: Axes, standing: pd.DataFrame) -> None:
        """Draw how many measures were in force, and on top of them how many suspended."""
        days = standing.index.union([self.start, self.end])
        counts = standing.reindex(days, method="ffill")[self.start : self.end]
        x = [self._inches(day) for day in counts.index]
        high = (STRIP - PAD) / max(1, standing.sum(axis="columns").max())
        low = 0 * counts["in_force"]
        look: dict[str, Any] = {
            "step": "post",
            "linewidth": 0.4,
            "edgecolor": PALETTE["tightening"],
        }
        for name, face, hatch in (
            ("in_force", PALETTE["tightening"], None),
            ("suspended", "white", "//////"),
        ):
            top = low + counts[name] * high
            ax.fill_between(x, low, top, facecolor=face, hatch=hatch, **look)
            low = top
        known = counts.dropna()
        if len(known):
            said = f"{known['in_force'].iloc[-1]:.0f}"
            ax.text(x[len(known) - 1] + 0.04, 0.03, said, fontsize=LABEL_POINTS, color=INK)

    def _date_ticks(self, ax: Axes) -> None:
        days = (self.end - self.start).days
        steps = ((1500, "YS"), (500, "QS"), (60, "MS"), (10, "W-MON"))
        step = next((step for longer, step in steps if days > longer), "D")
        ticks = pd.date_range(self.start.normalize(), self.end, freq=step)
        ticks = ticks[ticks >= self.start]
        ax.set_xticks([self._inches(tick) for tick in ticks], _tick_labels(ticks, step))


def _draw_flag(ax: Axes, flag: Flag, lane: Lane) -> None:
    top = lane.text + ROW * (flag.row + 0.85)
    colour = PALETTE[lane.rows[flag.index].direction]
    pole = [lane.y[flag.index], top]
    ax.plot([flag.pole] * 2, pole, color=colour, linewidth=0.6, alpha=0.7, zorder=1)
    rightward = flag.left == flag.pole
    ax.text(
        flag.pole + (0.03 if rightward else -0.03),
        top,
        lane.labels[flag.index],
        fontsize=LABEL_POINTS,
        ha="left" if rightward else "right",
        va="top",
        linespacing=1.05,
        color=INK,
    )


def _tick_labels(ticks: pd.DatetimeIndex, step: str) -> list[str]:
    """Years alone, or months and days with the year where it begins."""
    if step == "YS":
        return [f"{tick:%Y}" for tick in ticks]
    years = ticks.year.to_numpy()
    begins = np.r_[True, years[1:] != years[:-1]]
    daily = step in ("W-MON", "D")
    days = [f"{tick.day} {tick:%b}" if daily else f"{tick:%b}" for tick in ticks]
    return [
        f"{day}\n{year}" if new else day for day, year, new in zip(days, years, begins, strict=True)
    ]


def left_of(width: float) -> float:
    """Return the inches left of the lanes of a picture so wide."""
    return 0.1 if width < NARROW else 1.75


def uncertain_span(event: Any) -> tuple[pd.Timestamp, pd.Timestamp]:
    """Return the span in which the announcement may have fallen, naive, for drawing."""
    if event.date_precision in ("month", "year"):
        period = event.date.to_period("M" if event.date_precision == "month" else "Y")
        return period.start_time, period.end_time
    if pd.isna(event.announced_earliest):
        return event.date, event.date + pd.Timedelta(days=1)
    return tuple(
        end.tz_convert(event.announced_tz).tz_localize(None)
        for end in (event.announced_earliest, event.announced_latest)
    )


def _weight(event: Any, wanted: Sequence[str]) -> int:
    """How much a label matters: asked for, binding, joint, not neutral, firmly known."""
    return (
        1000 * (event.event_id in wanted)
        + 6 * (event.instrument_type in ACTS)
        + 6 * (";" in event.actor)
        + 3 * (event.direction != "neutral")
        + 2 * (event.confidence == "high")
        + 1
    )
