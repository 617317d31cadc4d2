"""How far does the answer depend on the choices, and which tests can be believed?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from rareearth_research.arguments import check_frame, check_listed
from rareearth_research.plots._style import INK, LINES, figure, finish, percent_axis
from rareearth_research.summary import p_value

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from rareearth_research.eventstudy.questions.specifications.results import SpecificationCurve

__all__ = ["plot_power_curves", "plot_size_table", "plot_specification_curve"]

GREY = "#9A9A9A"
LEVEL = 0.05
CHOICES = ("model", "window", "benchmark", "timing", "sample")
SHORT = {  # scenarios as column heads
    "independent": "independent",
    "shared_date": "one date\nρ = 0.3",
    "shared_date_variance_x2": "one date\nvariance × 2",
    "shared_date_variance_x4": "one date\nvariance × 4",
    "t4_errors": "fat tails\nt(4)",
    "thin_trading": "thin\ntrading",
    "thin_trading_spans": "thin,\nby span",
    "actual_data": "shipped\nreturns",
}
LINE_HEIGHT = 0.042  # of a label beside the power curves, in units of their axis
FAR = 0.20  # points from nominal at which the colour is full


def plot_specification_curve(
    curve: SpecificationCurve, *, title: str = "", source: str = ""
) -> Figure:
    """Draw the sorted averages with their bands, and below each the choices behind it.

    Parameters
    ----------
    curve : SpecificationCurve
    title, source : str, optional
        The finding (by default the curve's own) and the line at the foot.

    Returns
    -------
    matplotlib.figure.Figure
    """
    import seaborn as sns

    rows = curve.distinct.sort_values("caar", kind="stable").reset_index(drop=True)
    rows["significant"] = rows["p_value"] <= LEVEL
    varied = [choice for choice in CHOICES if rows[choice].nunique() > 1]
    values = [(choice, value) for choice in varied for value in curve.distinct[choice].unique()]
    _, axes = figure(
        9.2,
        3.4 + 0.19 * len(values),
        nrows=1 + bool(values),
        sharex=True,
        squeeze=False,
        gridspec_kw={"height_ratios": [2.6, 0.19 * len(values)] if values else [1]},
    )
    upper = axes[0, 0]
    x = rows.index.to_numpy()
    colours = np.where(rows["significant"], LINES[0], "#BBBBBB")
    upper.axhline(0, color=INK, linewidth=0.8)
    upper.vlines(x, rows["lower"], rows["upper"], color=colours, alpha=0.45, linewidth=1.4)
    upper.scatter(x, rows["caar"], color=colours, s=16, zorder=3)
    percent_axis(upper.yaxis)
    upper.set_ylabel("Average CAR, %")
    upper.grid(visible=False, axis="x")
    if values:
        at = {pair: k for k, pair in enumerate(values)}
        marks = rows.melt(id_vars="significant", value_vars=varied, ignore_index=False)
        marks["y"] = [at[pair] for pair in zip(marks["variable"], marks["value"], strict=True)]
        sns.scatterplot(
            marks.rename_axis("x").reset_index(),
            x="x", y="y", hue="significant", hue_order=[False, True],
            palette=["#BBBBBB", LINES[0]], s=18, marker="s", linewidth=0, legend=False,
            ax=axes[1, 0],
        )  # fmt: skip
        _name_choices(axes[1, 0], values)
    return finish(
        upper,
        title or curve.summary().headline,
        subtitle="Each column is one specification: mean cumulative abnormal return and 95 % band; "
        "blue where the headline test rejects at 5 %. "
        + (_jointly(curve) or "Specifications are not independent.")
        + _fixed(rows, varied),
        source=source,
    )


def plot_size_table(
    size: pd.DataFrame,
    *,
    level: float = LEVEL,
    securities: int = 10,
    title: str = "",
    source: str = "benchmarks/size_power.py",
) -> Figure:
    """Draw how often each test rejects a true null, scenario by scenario, as a coloured table.

    Parameters
    ----------
    size : DataFrame
        `load_size_table`.
    level : float
        Nominal level.
    securities : int
        N of the studies shown.
    title, source : str, optional

    Returns
    -------
    matplotlib.figure.Figure
    """
    import seaborn as sns

    check_frame("size", size, ["level", "securities", "scenario", "test", "rejection"])
    level = check_listed("level", level, size["level"].unique())
    securities = int(check_listed("securities", securities, size["securities"].unique()))
    rows = size[(size["level"] == level) & (size["securities"] == securities)]
    scenarios = [name for name in SHORT if name in set(rows["scenario"])]
    rate = rows.pivot_table(index="test", columns="scenario", values="rejection")[scenarios]
    claim = rows.pivot_table(index="test", columns="scenario", values="claims_to_hold")
    order = (rate - level).abs().max(axis=1).sort_values(kind="stable").index
    rate, claim = rate.loc[order], claim.loc[order, scenarios]
    _, ax = figure(9.6, 1.9 + 0.3 * len(rate))
    sns.heatmap(
        rate - level,
        cmap="PuOr_r", vmin=-FAR, vmax=FAR, cbar=False, linewidths=1.2, linecolor="white",
        annot=(100 * rate).map("{:.1f}".format), fmt="", annot_kws={"fontsize": 9}, ax=ax,
    )  # fmt: skip
    for text in ax.texts:
        column, line = (int(position) for position in text.get_position())
        claimed = bool(claim.iloc[line, column] == 1)
        text.set_fontweight("bold" if claimed else "normal")
    missing = np.argwhere(rate.isna().to_numpy())
    for line, column in missing:
        ax.text(column + 0.5, line + 0.5, "–", ha="center", va="center", color=GREY)
    ax.set_xticklabels([SHORT[name] for name in scenarios], rotation=0, fontsize=8.5)
    ax.xaxis.tick_top()
    ax.tick_params(length=0, axis="both", labelrotation=0)
    ax.grid(visible=False)
    ax.set_ylabel("")
    fig = finish(ax, title or _size_finding(rate, claim, level), source=source)
    ax.set_xlabel(
        f"Rejections of a true null, %, at a nominal {level:.0%}; N = {securities} securities.\n"
        "Bold: the test claims to hold there. Orange: rejects too often; violet: too seldom.",
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
        `load_power_table`. Tests without ``claims_to_hold`` in a scenario are left out of it: they
        reject true nulls too often, and find real effects too often for the same reason.
    level : float
    title, source : str, optional

    Returns
    -------
    matplotlib.figure.Figure
    """
    import seaborn as sns

    check_frame("power", power, ["level", "claims_to_hold", "scenario", "test", "effect"])
    level = check_listed("level", level, power["level"].unique())
    rows = power[(power["level"] == level) & power["claims_to_hold"]]
    scenarios = [name for name in SHORT if name in set(rows["scenario"])]
    _, axes = figure(4.9 * len(scenarios), 4.4, ncols=len(scenarios), sharey=True, squeeze=False)
    for ax, scenario in zip(axes[0], scenarios, strict=True):
        part = rows[rows["scenario"] == scenario]
        groups = _alike(part)
        hue = {test: LINES[k % len(LINES)] for k, tests in enumerate(groups) for test in tests}
        sns.lineplot(
            part, x="effect", y="rejection", hue="test", palette=hue, marker="o", markersize=4,
            linewidth=1.6, legend=False, ax=ax,
        )  # fmt: skip
        ax.axhline(level, color=GREY, linewidth=1, linestyle=(0, (4, 3)))
        _label_ends(ax, part, groups, hue)
        percent_axis(ax.xaxis)
        percent_axis(ax.yaxis)
        ax.set(ylim=(0, 1.03), xlim=(0.008, 0.075), xlabel="Return added to session 0", ylabel="")
        ax.set_xticks(sorted(part["effect"].unique()))
        ax.set_title(part["description"].iloc[0], loc="left", fontsize=9.5, color="#555555")
    axes[0, 0].set_ylabel(f"Rejections at a nominal {level:.0%}")
    n = int(rows["securities"].iloc[0])
    return finish(axes[0, 0], title or _power_finding(rows, scenarios, n), source=source)


def _name_choices(ax: Axes, values: list[tuple[str, str]]) -> None:
    """Name each row of dots by its value, and each block of rows by its choice."""
    ax.set_yticks(range(len(values)), [value for _, value in values], fontsize=8.5)
    ax.set_ylim(len(values) - 0.4, -0.6)
    ax.set(xlabel="", ylabel="")
    ax.tick_params(axis="x", labelbottom=False)
    ax.grid(visible=False, axis="x")
    for k, (choice, _) in enumerate(values):
        if k and values[k - 1][0] != choice:
            ax.axhline(k - 0.5, color="#BBBBBB", linewidth=0.8)
        if k == 0 or values[k - 1][0] != choice:
            ax.annotate(
                choice, (1.0, k), xycoords=("axes fraction", "data"), xytext=(6, 0),
                textcoords="offset points", va="center", fontsize=8.5, fontweight="bold",
                color=INK, annotation_clip=False,
            )  # fmt: skip


def _jointly(curve: SpecificationCurve) -> str:
    """Say how rare the curve is as a whole, or nothing where it was not drawn again."""
    if curve.joint is None:
        return ""
    rows = curve.joint.to_dict("records")
    found = [f"{row['statistic']} {p_value(row['p_value'])}" for row in rows]
    return f"The curve as a whole, joint p: {', '.join(found)}."


def _fixed(rows: pd.DataFrame, varied: list[str]) -> str:
    fixed = [f"{c} {rows[c].iloc[0]}" for c in CHOICES if c not in varied and c != "sample"]
    return f" The same in all: {', '.join(fixed)}." if fixed else ""


def _size_finding(rate: pd.DataFrame, claim: pd.DataFrame, level: float) -> str:
    claimed = claim.reindex_like(rate) == 1
    everywhere = [test for test in rate.index if (claimed.loc[test] | rate.loc[test].isna()).all()]
    if not everywhere:
        return f"No test claims a nominal {level:.0%} in every scenario"
    held = rate.loc[everywhere].to_numpy()
    least, most = float(np.nanmin(held)), float(np.nanmax(held))
    others = rate.drop(index=everywhere).to_numpy()
    worst = f"; the worst other rejects {float(np.nanmax(others)):.0%}" if others.size else ""
    return (
        f"{'Only ' if others.size else ''}{' and '.join(map(str, everywhere))} stay near "
        f"{level:.0%} everywhere ({least:.1%} to {most:.1%}){worst}"
    )


def _power_finding(rows: pd.DataFrame, scenarios: list[str], n: int) -> str:
    kp = rows[(rows["test"] == "kp") & (rows["effect"] == rows["effect"].max())]
    found = kp.set_index("scenario")["rejection"]
    words = [
        f"{float(found[s]):.0%} ({SHORT[s]})".replace("\n", ", ") for s in scenarios if s in found
    ]
    effect = rows["effect"].max()
    return f"kp finds an effect of {effect:.0%} in {' or '.join(words)} of studies with {n} firms"


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
        ax.annotate(
            "\n".join(lines), (effect, middle), xytext=(7, 0), textcoords="offset points",
            va="center", fontsize=7.5, color=hue[tests[0]], annotation_clip=False,
        )  # fmt: skip
