"""How often is each test wrong, and how often does it find something?"""

from __future__ import annotations

from collections.abc import Sequence
from textwrap import wrap
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from rareearth_research.arguments import check_frame, check_listed
from rareearth_research.eventstudy.sizes.designs import check_designs
from rareearth_research.plots.drawing.style import DASHES, LINES, figure, finish, note, percent_axis

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

GREY = "#9A9A9A"
LEVEL = 0.05
SAMPLE = "studies of drawn returns"
SHORT = {  # designs that are shown by default, as column heads
    "independent": "independent\nN = 10",
    "one_date": "one date\nρ = 0.3",
    "variance_x4": "one date\nvariance × 4",
    "common_x4": "one date\nfactor × 4",
    "neighbours_gap1": "12 dates,\nadjacent",
    "dates_8x10": "8 dates\n× 10",
    "dates_common_x4": "8 dates\nfactor × 4",
    "date_effects_4": "effects\nof dates vary",
    "shipped_8x10": "shipped\n8 dates × 10",
}
PANELS = {
    "one_date": "one date, 10 securities",
    "dates_8x10": "8 dates × 10 securities",
    "responses_differ": "one date, 22 that respond differently",
}
ASIDE = ("headline", "verdict_p", "heterogeneity", "variance_between")  # no test of an average
LINE_HEIGHT = 0.042  # of a label beside the power curves, in units of their axis
FAR = 0.20  # points from nominal at which the colour is full


def plot_size_table(
    size: pd.DataFrame,
    *,
    level: float = LEVEL,
    designs: Sequence[str] | None = None,
    title: str = "",
    source: str = "benchmarks/size_power.py",
) -> Figure:
    """Draw how often each test rejects a true null, design by design, as a coloured table.

    Parameters
    ----------
    size : DataFrame
        `load_size_table`.
    level : float
        Nominal level.
    designs : sequence of str, optional
        Columns, from ``size["design"]``; by default nine that differ most.
    title, source : str, optional

    Returns
    -------
    matplotlib.figure.Figure
    """
    import seaborn as sns

    wanted = ["level", "design", "description", "test", "rejection", "claims_to_hold"]
    check_frame("size", size, wanted)
    level = check_listed("level", level, size["level"].unique())
    known = list(size["design"].unique())
    default = [name for name in SHORT if name in known] or known
    chosen = default if designs is None else check_designs(designs, known)
    rows = size[(size["level"] == level) & size["design"].isin(chosen)]
    rows = rows[~rows["test"].isin(ASIDE)]
    rate = rows.pivot_table(index="test", columns="design", values="rejection")[chosen]
    claim = rows.pivot_table(index="test", columns="design", values="claims_to_hold")
    order = rate.max(axis=1).sort_values(kind="stable").index
    rate, claim = rate.loc[order], claim.loc[order, chosen]
    _, ax = figure(9.6, 1.9 + 0.3 * len(rate))
    sns.heatmap(
        rate - level,
        cmap="PuOr_r", vmin=-FAR, vmax=FAR, cbar=False, linewidths=1.2, linecolor="white",
        annot=(100 * rate).map("{:.1f}".format), fmt="", annot_kws={"fontsize": 9}, ax=ax,
    )  # fmt: skip
    for text in ax.texts:
        column, line = (int(position) for position in text.get_position())
        text.set_fontweight("bold" if claim.iloc[line, column] == 1 else "normal")
    for line, column in np.argwhere(rate.isna().to_numpy()):
        ax.text(column + 0.5, line + 0.5, "–", ha="center", va="center", color=GREY)
    said = rows.drop_duplicates("design").set_index("design")["description"]
    heads = [SHORT.get(name, "\n".join(wrap(said[name], 14))) for name in chosen]
    ax.set_xticklabels(heads, rotation=0, fontsize=8.5)
    ax.xaxis.tick_top()
    ax.tick_params(length=0, axis="both", labelrotation=0)
    ax.grid(visible=False)
    ax.set_ylabel("")
    fig = finish(ax, title or _size_finding(rate, claim, level), source=source, sample=SAMPLE)
    ax.set_xlabel(
        f"Rejections of a true null, %, at a nominal {_said(level, 0)}; moved: studies with that "
        "verdict.\nBold: at most 6.5 % at 5 %. Orange: rejects too often; violet: too seldom.",
        fontsize=8.5,
        color="#555555",
        loc="left",
    )
    return fig


def plot_power_curves(
    power: pd.DataFrame,
    *,
    level: float = LEVEL,
    title: str = "",
    source: str = "benchmarks/size_power.py",
) -> Figure:
    """Draw how often each test finds a real effect, for the tests that may be compared.

    Parameters
    ----------
    power : DataFrame
        `load_power_table`. Tests without ``claims_to_hold`` in a design, or marked invalid, are
        left out of it: they reject true nulls too often, and so find real effects too often.
    level : float
    title, source : str, optional

    Returns
    -------
    matplotlib.figure.Figure
    """
    import seaborn as sns

    wanted = ["level", "claims_to_hold", "valid", "design", "test", "effect", "rejection"]
    check_frame("power", power, wanted)
    level = check_listed("level", level, power["level"].unique())
    rows = power[(power["level"] == level) & power["claims_to_hold"] & (power["valid"] != 0)]
    rows = rows[(rows["rejection"] > 0) & ~rows["test"].isin(ASIDE)]
    known = list(rows["design"].unique())
    designs = [name for name in PANELS if name in known] or known
    _, axes = figure(4.0 * len(designs), 4.6, ncols=len(designs), sharey=True, squeeze=False)
    for ax, design in zip(axes[0], designs, strict=True):
        part = rows[rows["design"] == design]
        groups = _alike(part)
        hue = {test: LINES[k % len(LINES)] for k, tests in enumerate(groups) for test in tests}
        dashes = {test: DASHES[k % len(DASHES)] for k, group in enumerate(groups) for test in group}
        sns.lineplot(
            part, x="effect", y="rejection", hue="test", palette=hue, marker="o", markersize=4,
            linewidth=1.6, legend=False, ax=ax, style="test", dashes=dashes,
        )  # fmt: skip
        ax.axhline(level, color=GREY, linewidth=1, linestyle=(0, (4, 3)))
        _label_ends(ax, part, groups, hue)
        percent_axis(ax.xaxis)
        percent_axis(ax.yaxis)
        first, last = part["effect"].min(), part["effect"].max()
        reach = (first - 0.05 * (last - first), last + 0.75 * (last - first))
        ax.set(ylim=(0, 1.03), xlim=reach, xlabel="Return added to session 0", ylabel="")
        ax.set_xticks(sorted(part["effect"].unique()))
        ax.set_title(PANELS.get(design, design), loc="left", fontsize=9.5, color="#555555")
    axes[0, 0].set_ylabel(f"Rejections at a nominal {_said(level, 0)}")
    return finish(axes[0, 0], title or _power_finding(rows, designs), source=source, sample=SAMPLE)


def _said(share: float, digits: int = 1) -> str:
    return f"{100 * share:.{digits}f} %"


def _size_finding(rate: pd.DataFrame, claim: pd.DataFrame, level: float) -> str:
    claimed = claim.reindex_like(rate) == 1
    holds = (claimed | rate.isna()).all(axis=1) & rate.notna().any(axis=1)
    tests = [str(test) for test in rate.index[holds] if test != "moved"]
    others = rate.drop(index=[*tests, "moved"], errors="ignore").to_numpy()
    moved = ""
    if "moved" in rate.index:
        moved = f"; the verdict 'moved' is wrong in at most {_said(np.nanmax(rate.loc['moved']))}"
    if not tests:
        return f"No test keeps a nominal {_said(level, 0)} in every design{moved}"
    worst = f"; the worst other rejects {_said(np.nanmax(others), 0)}" if others.size else ""
    return (
        f"{'Only ' if others.size else ''}{' and '.join(tests)} reject{'s' * (len(tests) == 1)} at "
        f"most {_said(np.nanmax(rate.loc[tests].to_numpy()))} wherever defined{worst}{moved}"
    )


def _power_finding(rows: pd.DataFrame, designs: list[str]) -> str:
    kp = rows[rows["test"] == "kp"].pivot_table("rejection", "effect", "design")
    kp = kp.reindex(columns=designs).dropna()
    if kp.empty:
        return "How often each test finds an effect"
    words = [
        f"{_said(found, 0)} ({PANELS.get(str(name), name)})" for name, found in kp.iloc[-1].items()
    ]
    return f"kp finds an effect of {_said(kp.index[-1], 0)} in {' or '.join(words)} of studies"


def _alike(part: pd.DataFrame, apart: float = 0.04) -> list[list[str]]:
    """Put tests whose curves end close together into one group, the highest first."""
    ends = part[part["effect"] == part["effect"].max()].set_index("test")["rejection"]
    groups: list[list[str]] = []
    for test, end in ends.sort_values(ascending=False, kind="stable").items():
        if groups and ends[groups[-1][0]] - end < apart:
            groups[-1].append(str(test))
        else:
            groups.append([str(test)])
    return groups


def _label_ends(ax: Axes, part: pd.DataFrame, groups: list[list[str]], hue: dict[str, str]) -> None:
    """Write each group's names beside its curves' ends, pushed down where they would overlap."""
    effect = float(part["effect"].max())
    ends = part[part["effect"] == effect].set_index("test")["rejection"]
    free = 1.04
    for tests in groups:
        lines = [", ".join(tests[i : i + 2]) for i in range(0, len(tests), 2)]
        half = LINE_HEIGHT * len(lines) / 2
        middle = min(float(ends[tests].mean()), free - half)
        free = middle - half - LINE_HEIGHT / 3
        look = {"va": "center", "fontsize": 7.5, "color": hue[tests[0]], "annotation_clip": False}
        note(ax, "\n".join(lines), (effect, middle), (7, 0), **look)
