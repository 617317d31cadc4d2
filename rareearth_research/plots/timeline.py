"""The policy timeline: who decided what, when, and how exactly we know."""

from __future__ import annotations

import itertools
import textwrap
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from rareearth_research.arguments import check_number
from rareearth_research.errors import SpecificationError
from rareearth_research.plots.drawing.panel import BETWEEN, BOTTOM, NARROW, TOP, Panel, left_of
from rareearth_research.plots.drawing.small import HEIGHT, INSTEAD
from rareearth_research.plots.drawing.small import WIDTH as SMALL
from rareearth_research.plots.drawing.style import MARKERS, PALETTE, figure, finish
from rareearth_research.plots.measures import over_time
from rareearth_research.timing.overlap import span

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

LANES = (
    "China: rare earths",
    "China: medium and heavy\nrare earths",
    "China: other minerals,\ndual-use law",
    "Talks US–China",
    "Press reports",
    "United States",
    "Other governments",
    "Disputes (WTO)",
    "Confounders\n(no mineral content)",
)
LINE = 0.17  # inches of a further line of the title
MEANING = (
    "Colour: for Chinese measures the effect on supply outside China, for others the effect on "
    "non-Chinese supply or market access."
)


def plot_timeline(
    events: pd.DataFrame,
    *,
    measures: pd.DataFrame | None = None,
    breaks: Sequence[str] | None = None,
    rows: int = 3,
    label: Sequence[str] = (),
    title: str = "",
    source: str = "",
    width: float = 11.0,
) -> Figure:
    """Draw policy events in lanes by material class and actor, coloured by direction.

    Parameters
    ----------
    events : DataFrame
        From `load_events`.
    measures : DataFrame, optional
        From `load_measures`: how many of China's were in force stands at the foot of each panel.
    breaks : sequence of str, optional
        Dates at which a new panel begins. By default a list of more than six years gets two
        panels, cut at a year so that both hold about as many events.
    rows : int
        Rows of labels per lane.
    label : sequence of str
        Ids of events to label before all others.
    title : str, optional
        The finding; by default counts by direction.
    source : str, optional
        Line at the foot of the picture.
    width : float
        Inches. Below five the names of lanes stand above them.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    SpecificationError
        If there is no event to draw.

    Notes
    -----
    Bars show what is not known: the month or year of an imprecise date, or the hours between the
    earliest and the latest possible announcement where the scale lets them be seen. Hollow markers
    are events of low confidence or disputed reports.
    """
    if events.empty:
        raise SpecificationError("there is no event to draw; loosen the filters")
    width = check_number("width", width, 2, 40)
    standing = None if measures is None else over_time(measures)
    again = partial(
        plot_timeline, events, measures=measures, breaks=breaks, rows=rows, label=label,
        title=title, source=source,
    )  # fmt: skip
    events = events.assign(lane=lane_of(events)).sort_values(["date", "event_id"])
    panels = [Panel(*part, rows, label, width, standing) for part in _split(events, breaks)]
    lines = len(textwrap.wrap(title or _finding(events), int(width * 10.5)))
    above = TOP + LINE * (lines - 1)
    height = above + BOTTOM + sum(panel.height for panel in panels) + BETWEEN * (len(panels) - 1)
    fig, axes = figure(width, height, nrows=len(panels), squeeze=False)
    fig.set_layout_engine("none")
    top = height - above
    for panel, ax in zip(panels, axes[:, 0], strict=True):
        box = (left_of(width), top - panel.height, panel.extent, panel.height)
        ax.set_position(np.array(box) / (width, height, width, height))
        panel.draw(ax)
        top -= panel.height + BETWEEN
    columns = 2 if width < NARROW else 4 if width < 9 else 7
    _legend(axes[0, 0], events, left_of(width) / panels[0].extent, columns)
    INSTEAD[fig] = partial(_by_year, events)
    return finish(
        axes[0, 0],
        title or _finding(events),
        source=f"{source}. {MEANING}" if source else "",
        sample=f"{len(events):,} policy events",
        until=events.loc[events["event_status"] == "occurred", "date"].max(),
        again=lambda inches: again(width=inches, rows=1 if inches < NARROW else rows),
    )


def _by_year(events: pd.DataFrame) -> Figure:
    """Draw how many events there were in each year, by direction: for where no lane has room."""
    fig, ax = figure(SMALL, HEIGHT)
    direction = events["direction"]
    direction = direction.where(direction.isin(["tightening", "easing"]), "other")
    counts = pd.crosstab(events["date"].dt.year, direction)
    base = np.zeros(len(counts))
    for name in ("tightening", "easing", "other"):
        bars = counts.get(name, 0 * base)
        colour = PALETTE.get(name, PALETTE["neutral"])
        ax.bar(counts.index, bars, bottom=base, color=colour, label=name)
        base = base + np.asarray(bars)
    ax.xaxis.get_major_locator().set_params(integer=True)
    ax.set_ylabel("Policy events a year")
    ax.legend(loc="upper left", fontsize=9)
    return fig


def lane_of(events: pd.DataFrame) -> pd.Series:
    """Return the lane of each event: who acted and, for China, on which class of materials."""
    tier, actor, materials = events["tier"], events["actor"], events["material_class"]
    heavy = materials.str.startswith(("ree_medium_heavy", "ree_heavy"))
    heavy &= ~materials.str.contains("ree_light")
    rare_earths = materials.str.contains("ree_")
    lanes = np.select(
        [
            tier == "confounder",
            tier == "talks",
            tier == "dispute",
            actor == "media",
            actor.str.startswith("CN") & rare_earths & heavy,
            actor.str.startswith("CN") & rare_earths,
            actor.str.startswith("CN"),
            actor.str.startswith("US"),
        ],
        [LANES[i] for i in (8, 3, 7, 4, 1, 0, 2, 5)],
        default=LANES[6],
    )
    return pd.Series(pd.Categorical(lanes, categories=LANES, ordered=True), index=events.index)


def _split(
    events: pd.DataFrame, breaks: Sequence[str] | None
) -> list[tuple[pd.DataFrame, pd.Timestamp, pd.Timestamp]]:
    """Cut the events into panels with their date limits, padded so that markers stand clear."""
    first, last = events["date"].min(), events["date"].max()
    if breaks is None:
        long = last.year - first.year > 6
        middle = events["date"].iloc[len(events) // 2].year
        breaks = [f"{middle}-01-01"] if long and middle > first.year else []
    cuts = [pd.Timestamp(cut) for cut in breaks]
    limits = [first, *cuts, last + pd.Timedelta(days=1)]
    parts = []
    for start, end in itertools.pairwise(limits):
        pad = max((end - start) * 0.015, pd.Timedelta(hours=12))
        inside = (events["date"] >= start) & (events["date"] < end)
        parts.append((events[inside], start - pad, end + pad))
    return [part for part in parts if len(part[0])]


def _legend(ax: Axes, events: pd.DataFrame, left: float, columns: int) -> None:
    from matplotlib.lines import Line2D

    shown = [name for name in PALETTE if (events["direction"] == name).any()]
    dot: dict[str, Any] = {"linestyle": "", "markersize": 6}
    grey, doubtful = PALETTE["neutral"], "low confidence, disputed or scheduled"
    handles: list[Any] = [
        *(Line2D([], [], color=PALETTE[n], marker=MARKERS[n], label=n, **dot) for n in shown),
        Line2D([], [], color=grey, marker="o", markerfacecolor="white", label=doubtful, **dot),
        Line2D([], [], color=grey, linewidth=3.2, alpha=0.4, label="time not known more exactly"),
    ]
    ax.legend(
        handles=handles,
        loc="lower left",
        bbox_to_anchor=(-left, 1),
        frameon=False,
        ncols=columns,
        fontsize=8,
        handlelength=1.4,
        handletextpad=0.5,
        columnspacing=1.4,
    )


def _finding(events: pd.DataFrame) -> str:
    # directions of Chinese and foreign measures mean different things and are not added up
    chinese = events.loc[events["actor"] == "CN", "direction"].value_counts()
    own = int(chinese.sum())
    years = events["date"].dt.year.value_counts()
    first, last = events["date"].min(), events["date"].max()
    one_year = first.year == last.year
    when = span(first, last) if one_year else f"{first.year}–{last.year}"
    parts = [f"{len(events):,} policy event{'s' if len(events) > 1 else ''}, {when}"]
    if own:
        tighten, ease = chinese.get("tightening", 0), chinese.get("easing", 0)
        verbs = [
            f"{count} {verb}{'s' if count == 1 else ''}"
            for count, verb in ((tighten, "tighten"), (ease, "ease"))
        ]
        parts.append(f"of {own} by China alone, {' and '.join(verbs)}")
    if not one_year:
        parts.append(f"{years.max()} of all fall in {years.idxmax()}")
    return "; ".join(parts)
