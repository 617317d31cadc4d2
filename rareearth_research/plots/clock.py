"""The event clock: when each exchange could first react to one announcement."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from rareearth_research.errors import listed
from rareearth_research.numerals import capital, counted
from rareearth_research.plots.drawing.style import INK, LINES, figure, finish, note
from rareearth_research.timing import sessions_of
from rareearth_research.timing.spoken import spoken

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

HOUR = 3_600_000_000_000  # nanoseconds


def plot_event_clock(
    clock: pd.DataFrame, *, name: str = "", title: str = "", source: str = ""
) -> Figure:
    """Draw trading hours around an announcement and the first possible reaction per exchange.

    Parameters
    ----------
    clock : DataFrame
        From `timing.event_clock`.
    name : str, optional
        What was announced, for the subtitle.
    title, source : str, optional
        The finding (by default which exchange came first) and the line at the foot.

    Returns
    -------
    matplotlib.figure.Figure
    """
    announced = [stamp.as_unit("ns").value for stamp in clock.attrs["announced"]]
    origin = announced[1]
    first, last = (
        (pd.DatetimeIndex(clock[f"reaction_{end}"]).as_unit("ns").asi8 - origin) / HOUR
        for end in ("earliest", "latest")
    )
    begin = min((announced[0] - origin) / HOUR, first.min()) - 3
    end = last.max() + 0.3 * (last.max() - begin)  # room for the last label
    fig, ax = figure(9.0, 1.5 + 0.45 * len(clock))
    y = np.arange(len(clock))[::-1]
    for height, exchange in zip(y, clock["exchange"], strict=True):
        _trading_hours(ax, exchange, height, origin, begin, end)
    ax.axvspan((announced[0] - origin) / HOUR, 0, color=LINES[1], alpha=0.15, linewidth=0)
    ax.axvline(0, color=LINES[1], linewidth=1.4)
    ax.hlines(y, first, last, color=LINES[0], linewidth=3, alpha=0.45)
    ax.scatter(last, y, s=42, color=LINES[0], zorder=4)
    for height, x, row in zip(y, last, clock.itertuples(), strict=True):
        text = f"{row.reaction_local}  (+{row.hours_after:.1f} h)"
        note(ax, text, (x, height), (5, 9), fontsize=8, color=INK, zorder=5)
    ax.set_yticks(y, clock["city"], color=INK)
    ax.set_ylim(-0.6, len(clock) - 0.2)
    ax.set_xlim(begin, end)
    ax.grid(visible=False, axis="y")
    whose = f"{capital(name)}. " if name else ""
    return finish(
        ax,
        title or _finding(clock),
        subtitle=f"{whose}Vertical line: announced {_span(clock)}; grey: trading hours; dots: "
        "first trade that could know, in local time.",
        xlabel="Hours after the latest possible moment of the announcement",
        source=source,
        sample=counted(len(clock), "exchange"),
        until=clock.attrs["announced"][1],
    )


def _trading_hours(
    ax: Axes, exchange: str, y: float, origin: int, begin: float, end: float
) -> None:
    sessions = sessions_of(exchange)
    opens, closes = (sessions.opens - origin) / HOUR, (sessions.closes - origin) / HOUR
    starts, ends = (sessions.break_starts - origin) / HOUR, (sessions.break_ends - origin) / HOUR
    for i in np.flatnonzero((closes > begin) & (opens < end)):
        for left, right in ((opens[i], starts[i]), (ends[i], closes[i])):
            ax.barh(y, right - left, left=left, height=0.5, color="#D9D9D9", zorder=1)


def _finding(clock: pd.DataFrame) -> str:
    leaders = clock.loc[clock["order"] == 1, "city"].tolist()
    last = clock.iloc[-1]
    first = f"{listed(leaders)} could react first"
    if len(leaders) == len(clock):  # nobody came later
        return f"{first}, {last['hours_after']:.1f} hours after the news"
    return f"{first}; {last['city']} {last['hours_after']:.1f} hours after the news"


def _span(clock: pd.DataFrame) -> str:
    return spoken(clock.attrs["announced"], clock.attrs.get("timezone", "UTC"))
