"""Pictures of an event study: the average path, each security's CAR, and the paths behind them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from rareearth_research.arguments import check_choice, check_span, check_whole
from rareearth_research.errors import SpecificationError, shown
from rareearth_research.labels import unit
from rareearth_research.numerals import counted, step
from rareearth_research.plots.drawing.news import mark_counted
from rareearth_research.plots.drawing.style import INK, LINES, figure, finish, note, percent_axis

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import ArrayLike

    from rareearth_research.eventstudy import EventStudyResults

# what a positive abnormal return means under models without a benchmark
ROSE = {"raw": "", "mean": " by more than on average", "factors": " against their factors"}
_SESSIONS = "Sessions relative to the event session"


def plot_caar(
    result: EventStudyResults,
    *,
    elsewhere: ArrayLike | None = None,
    title: str = "",
    source: str = "",
) -> Figure:
    """Draw the cumulative average abnormal return with its 95 % band and the daily averages.

    Parameters
    ----------
    result : EventStudyResults
        A fitted study; its ``aar`` frame is drawn as it is.
    elsewhere : array_like, shape (D, K), optional
        Average paths over the same K sessions where nothing was announced, drawn behind it.
    title : str, optional
        The finding; by default the verdict on the first window.
    source : str, optional
        Line at the foot of the picture.

    Returns
    -------
    matplotlib.figure.Figure
    """
    path = result.aar
    fig, ax = figure(8.0, 4.4)
    x = path["relative_session"].to_numpy()
    cloud = _cloud(ax, x, elsewhere)
    _mark_event(ax, x)
    ax.bar(
        x, path["aar"], width=0.6, color="#C8C8C8", label="average abnormal return of the session"
    )
    ax.fill_between(x, path["lower"], path["upper"], color=LINES[0], alpha=0.16, linewidth=0)
    ax.plot(x, path["caar"], color=LINES[0], marker="o", markersize=4, linewidth=2)
    last = path.iloc[-1]
    since = f" {_signed(result, last['caar'])} since\n session {step(x[0])}"
    _direct_label(ax, x[-1], last["caar"], since, LINES[0])
    other = mark_counted(ax, result)
    _whole_ticks(ax, x)
    percent_axis(ax.yaxis)
    pairs = f"{(n := int(path['n'].max()))} event–security pair{'s' * (n != 1)}"
    return finish(
        ax,
        title or result.verdict["title"].iloc[0],
        subtitle=f"Line: cumulative average of {pairs} from session {step(x[0])} on, 95 % band "
        f"shaded. Bars: each session.{cloud}{other}",
        xlabel=_SESSIONS,
        ylabel=f"Abnormal return, {unit(path)}",
        source=source,
        **_rests(result),
    )


def plot_car(
    result: EventStudyResults,
    *,
    window: tuple[int, int] | None = None,
    names: pd.Series | None = None,
    title: str = "",
    source: str = "",
    limit: int = 40,
) -> Figure:
    """Draw every security's CAR with its 95 % interval, largest first.

    Parameters
    ----------
    result : EventStudyResults
    window : tuple of int, optional
        Which event window; the first of the study by default.
    names : Series, optional
        Display names indexed by ticker, added to the labels.
    title, source : str, optional
    limit : int, default 40
        With more pairs than this the largest rises and falls are drawn, and the picture says so;
        its title counts all.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    SpecificationError
        A window that was not studied, or names that are no Series.
    """
    car, limit = result.car, check_whole("limit", limit, 2)
    label = car["window"].iloc[0]
    if window is not None:
        first, last = check_span("window", window)
        label = check_choice("window", f"[{first}, {last}]", car["window"].unique())
    if not isinstance(names, pd.Series | None):
        raise SpecificationError(
            f"names must be a Series of names by ticker, such as rer.load_securities()['name']; "
            f"got {shown(names)}"
        )
    every = car[(car["window"] == label) & car["car"].notna()].sort_values("car")
    lowest, highest = limit // 2, limit - limit // 2
    drawn = [every.head(lowest), every.tail(highest)] if len(every) > limit else [every]
    rows = pd.concat(drawn)
    fig, ax = figure(8.0, max(2.2, 1.3 + 0.27 * len(rows)))
    y = np.arange(len(rows))
    half = 1.96 * np.sqrt(rows["variance"].to_numpy())
    outside = _noisy(rows).to_numpy()
    colours = np.where(outside, LINES[0], "#9A9A9A")
    ax.axvline(0, color=INK, linewidth=0.9)
    ax.hlines(y, rows["car"] - half, rows["car"] + half, color=colours, linewidth=1.6, alpha=0.75)
    fills = np.where(outside, colours, "#FFFFFF")
    ax.scatter(rows["car"], y, c=fills, edgecolors=colours, s=28, zorder=3)
    ax.set_yticks(y, _pair_labels(rows, names))
    ax.set_ylim(-0.7, len(rows) - 0.3)
    ax.grid(visible=False, axis="y")
    percent_axis(ax.xaxis)
    pairs = "one security" if every["event_id"].nunique() == 1 else "one event and security"
    cut = f"; the {lowest} lowest and {highest} highest of {len(every):,}" if drawn[1:] else ""
    return finish(
        ax,
        title or _car_title(result, label),
        subtitle=f"Dot: cumulative abnormal return; line: its own 95 % interval, {pairs} at a "
        f"time; filled where that interval leaves out zero{cut}.",
        xlabel=f"Cumulative abnormal return over sessions {label}, {unit(car)}",
        source=source,
        **_rests(result),
    )


def plot_paths(result: EventStudyResults, *, title: str = "", source: str = "") -> Figure:
    """Draw the cumulative abnormal return of each pair, ends labelled (at most seven in colour).

    Parameters
    ----------
    result : EventStudyResults
    title, source : str, optional

    Returns
    -------
    matplotlib.figure.Figure
    """
    paths = result.abnormal.pivot_table(
        index="relative_session", columns=["event_id", "security"], values="abnormal_return"
    ).cumsum()
    one_event = paths.columns.get_level_values("event_id").nunique() == 1
    if one_event:
        paths.columns = paths.columns.get_level_values("security")
    else:
        days = _days(result.car)
        paths.columns = [f"{pair[1]} {days[pair[0]]}" for pair in paths.columns]
    ends = paths.iloc[-1].abs().sort_values(ascending=False)
    fig, ax = figure(8.0, 4.6)
    _mark_event(ax, paths.index.to_numpy())
    for column in paths.columns.difference(ends.index[: len(LINES)]):
        ax.plot(paths.index, paths[column], color="#BBBBBB", linewidth=0.9)
    labels = []
    for colour, column in zip(LINES, ends.index, strict=False):
        ax.plot(paths.index, paths[column], color=colour, linewidth=1.8)
        end = float(paths[column].iloc[-1])
        labels.append((end, f" {column} {_signed(result, end)}", colour))
    _spread_labels(ax, float(paths.index[-1]), labels)
    _whole_ticks(ax, paths.index.to_numpy())
    percent_axis(ax.yaxis)
    return finish(
        ax,
        title or f"{ends.index[0]} moved most: {_signed(result, paths[ends.index[0]].iloc[-1])}",
        subtitle=f"Cumulative abnormal return of each {'security' if one_event else 'pair'}; "
        "the largest are labelled.",
        xlabel=_SESSIONS,
        ylabel=f"Cumulative abnormal return, {unit(result.aar)}",
        source=source,
        **_rests(result),
    )


def _rests(result: EventStudyResults) -> dict[str, Any]:
    """Return of whom a picture speaks, and the last session of the returns."""
    kept = result.car[result.car["car"].notna()]
    sample = f"{counted(kept['security'].nunique(), 'security', 'securities')}, "
    sample += counted(kept["event_id"].nunique(), "event")
    return {"sample": sample, "until": max(market.sessions[-1] for market in result.markets)}


def _cloud(ax: Axes, x: np.ndarray, elsewhere: ArrayLike | None) -> str:
    """Draw paths of other sessions faintly; return what they are."""
    if elsewhere is None or not np.size(elsewhere):
        return ""
    paths = np.asarray(elsewhere, dtype=float)
    if paths.ndim != 2 or paths.shape[1] != len(x):
        raise SpecificationError(
            f"elsewhere must hold paths over {len(x)} sessions, a row each; got an array of shape "
            f"{paths.shape}"
        )
    from matplotlib.collections import LineCollection

    lines = [np.column_stack([x, path]) for path in paths]
    ax.add_collection(
        LineCollection(lines, colors="#8A8A8A", linewidths=0.5, alpha=0.5, zorder=1.5)
    )
    return f" Grey: the same line at {len(paths)} other sessions."


def _mark_event(ax: Axes, x: np.ndarray) -> None:
    ax.axhline(0, color=INK, linewidth=0.9)
    if x.min() < 0:  # a band from the last close before the news to the first close after it
        ax.axvspan(-0.5, 0.5, color="#FFF3D6", zorder=0)


def _whole_ticks(ax: Axes, x: np.ndarray) -> None:
    from matplotlib.ticker import MaxNLocator

    ax.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=15))
    ax.set_xlim(x.min() - 0.7, x.max() + 0.7)


def _signed(result: EventStudyResults, value: float) -> str:
    return f"{100 * value:+z.1f} {unit(result.aar)}".replace("-", "−")


def _direct_label(ax: Axes, x: float, y: float, text: str, colour: str) -> None:
    look = {"va": "center", "color": colour, "fontweight": "bold"}
    note(ax, text, (x, y), (4, 0), annotation_clip=False, **look)


def _spread_labels(ax: Axes, x: float, labels: list[tuple[float, str, str]]) -> None:
    """Write labels at the right end, pushed apart so that none covers another."""
    low, high = ax.get_ylim()
    step = (high - low) * 0.055
    previous = -np.inf
    for y, text, colour in sorted(labels):
        previous = max(y, previous + step)
        _direct_label(ax, x, previous, text, colour)


def _pair_labels(rows: pd.DataFrame, names: pd.Series | None) -> list[str]:
    labels = rows["security"].astype(str)
    if names is not None:
        named = labels.map(names)
        labels = (named + " (" + labels + ")").where(named.notna() & (named != labels), labels)
    if rows["event_id"].nunique() > 1:
        labels = labels + "  " + rows["event_id"].map(_days(rows)).astype(str)
    return labels.tolist()


def _days(car: pd.DataFrame) -> pd.Series:
    """Return the first session of each event, or its id where two have the same."""
    first = car.groupby("event_id")["session"].min()
    days = first.map(lambda day: f"{day.day} {day:%b %Y}")
    return days.where(~days.duplicated(keep=False), days.index.to_series())


def _noisy(rows: pd.DataFrame) -> pd.Series:
    """Return which pairs moved by more than their usual noise."""
    return rows["scar"].abs() > 1.96


def rose(result: EventStudyResults, label: str = "") -> str:
    """Count over all pairs, however many are drawn; over the first window unless one is given."""
    car, spec = result.car, result.specification
    every = car[(car["window"] == (label or spec.labels[0])) & car["car"].notna()]
    up, against = int((every["car"] > 0).sum()), ROSE.get(spec.model, " against their benchmark")
    return (
        f"{up:,} of {len(every):,} rose{against}, {int(_noisy(every).sum()):,} moved by more "
        "than their usual noise"
    )


def _car_title(result: EventStudyResults, label: str) -> str:
    verdict = result.verdict.set_index("window")["title"]
    return f"{rose(result, label)}. {verdict[label]}"
