"""Did the news make the market busier? Abnormal volume, by the same engine as returns.

The engine runs on log volume with a constant mean, so every test, ledger and picture of a study is
there for volume too. Log volume is autocorrelated, which breaks tests that take sessions as
independent; those that rest on the dispersion between securities, and the placebo, stand.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from rareearth_research.arguments import check_frame, check_kind
from rareearth_research.arrays import Ints
from rareearth_research.dated import check_index, to_floats
from rareearth_research.errors import DataError, SpecificationError, did_you_mean, shown
from rareearth_research.eventstudy.chance.draws import check_drawing
from rareearth_research.eventstudy.chance.placebo import placebo
from rareearth_research.eventstudy.fit import fit
from rareearth_research.eventstudy.inputs.checks import check_length, check_windows
from rareearth_research.eventstudy.inputs.choices import MODELS
from rareearth_research.eventstudy.inputs.frame.values import check_levels
from rareearth_research.eventstudy.pairs.markets import Market
from rareearth_research.eventstudy.pairs.setup import Setup, label_of
from rareearth_research.eventstudy.results.results import EventStudyResults
from rareearth_research.eventstudy.study import EventStudy
from rareearth_research.summary import Drawn, Summary, p_value, remarks

_VOLUME_TESTS = ("kp", "bmp", "cross_sectional", "wilcoxon", "generalized_sign", "rank")


@dataclass(frozen=True, repr=False)
class ActivityResult(Drawn):
    """Result of `abnormal_volume` or of `abnormal_volatility`.

    Attributes
    ----------
    table : DataFrame
        One row per window and test: ``window, test, ratio, statistic, p_value, df, n, valid,
        note``. `ratio` is the event window's mean volume (geometric) or mean squared standardised
        abnormal return, relative to what was expected: 1 is a normal session.
    pairs : DataFrame
        One row per event, security and window: ``event_id, security, window, ratio``; for volume
        also ``n_days``, the days traded that it is the mean of, and ``not_traded``, the other
        sessions of the window.
    distribution : DataFrame, shape (n, windows)
        The statistic at each placebo draw.
    study : EventStudyResults
        The fitted study (of log volume for volume).
    """

    picture: ClassVar[str] = "plot_placebo"
    table: pd.DataFrame
    pairs: pd.DataFrame
    distribution: pd.DataFrame
    study: EventStudyResults

    def summary(self) -> Summary:
        """Return the ratio of the first window, and every test of every window."""
        rows = self.table[self.table["window"] == self.table["window"].iloc[0]]
        lead = rows[rows["valid"]].iloc[0] if rows["valid"].any() else rows.iloc[0]
        return Summary(
            f"Window {lead['window']}: {lead['ratio']:.2f} times what was expected "
            f"({lead['test']}: p {p_value(lead['p_value'])}).",
            self.table.drop(columns="note"),
            remarks(self.table, "test"),
        )


def abnormal_volume(
    study: EventStudy,
    volumes: pd.DataFrame,
    *,
    windows: Any = None,
    exclude_near: Any = None,
    n: int | None = None,
    seed: int = 0,
) -> ActivityResult:
    """Test whether more (or less) than usual was traded around the events of a study.

    Parameters
    ----------
    study : EventStudy
        Gives events, securities, calendars and the estimation window.
    volumes : DataFrame, shape (T, N)
        Volume or turnover per session, columns named as the study's returns. Zero is no trade,
        NaN is not known; neither is a day of the mean.
    windows : sequence of (int, int), optional
        Those of the study by default.
    exclude_near : DataFrame or list of dates, optional
    n : int, optional
    seed : int, default 0
        As in `placebo`.

    Returns
    -------
    ActivityResult

    Raises
    ------
    DataError
        Volume that is negative, infinite or no number; no column or no session in common with the
        study; a column twice.
    SpecificationError
        What `EventStudy` and `placebo` refuse.

    Notes
    -----
    AV_it = ln V_it − mean of ln V_i over the days traded of the estimation window; a constant
    number of shares drops out, so volume and turnover give the same. The ratio of a window is the
    geometric mean over its days traded, exp(ΣAV/days). Tests are those of the return study on ΣAV.

    References
    ----------
    Ajinkya, B. B. and Jain, P. C. (1989). The behavior of daily stock market trading volume.
    Journal of Accounting and Economics 11, 331-359.
    Campbell, C. J. and Wasley, C. E. (1996). Measuring abnormal daily trading volume for samples
    of NYSE/ASE and NASDAQ securities using parametric and nonparametric test statistics. Review
    of Quantitative Finance and Accounting 6, 309-326.
    """
    check_kind("study", study, EventStudy, "an EventStudy, before fit()")
    check_drawing(n, 1, seed)
    spec = study.setup.specification
    volumes = _checked(volumes, spec.names)
    markets = tuple(_volume_market(m, volumes, spec.names) for m in study.setup.markets)
    if all(np.isnan(market.returns).all() for market in markets):
        raise DataError(
            f"volumes ({volumes.index[0].date()} to {volumes.index[-1].date()}) hold no trade on "
            "any session of the study; give volumes above zero for its dates"
        )
    own_windows, spans = spec.own_windows, spec.windows
    if windows is not None:
        own_windows, spans = "", check_windows(windows, spec.estimation)
        check_length(max(len(market.sessions) for market in markets), spec.estimation, spans)
    setup = replace(
        study.setup.asking(
            model="mean", regressors=(), estimated=MODELS["mean"].estimated, gaps="matched",
            tests=_VOLUME_TESTS, return_type="log", limit_days="ignore",
            windows=spans, own_windows=own_windows,
        ),
        markets=markets,
        suspects=None,
        uses=np.zeros((len(spec.names), 0), dtype=bool),
    )  # fmt: skip
    try:
        result = fit(setup)
    except SpecificationError as error:
        raise SpecificationError(f"volumes: {error}") from None
    chance = placebo(result, exclude_near=exclude_near, n=n, seed=seed)

    table = result.table.drop(columns="headline")
    widths = {label_of(span): span[1] - span[0] + 1 for span in spans}
    long = table["test"].eq("rank") & table["window"].map(widths).gt(1)
    table.loc[long, "valid"] = False
    table.loc[long, "note"] = "volume is autocorrelated: rejects too often beyond one session"
    by_chance = chance.table.rename(columns={"n": "draws", "n_pairs": "n"}).assign(df=np.nan)
    table = pd.concat([table, by_chance[table.columns]], ignore_index=True)
    car = result.car
    traded, untraded = _days_traded(result)
    mean = car["car"] / traded
    pairs = car[["event_id", "security", "window"]].assign(
        ratio=np.exp(mean), n_days=traded, not_traded=untraded
    )
    ratio = np.exp(mean.groupby(car["window"]).mean())
    table.insert(2, "ratio", table["window"].map(ratio))
    lacking = car["window"].map(widths) - traded
    further = {
        label: f"{int(days)} days without trade are left out of the mean (`pairs`)" if days else ""
        for label, days in lacking.groupby(car["window"]).sum().items()
    }
    without = _without_volume(setup)
    notes = zip(table["note"], table["window"].map(further), [without] * len(table), strict=True)
    table["note"] = ["; ".join(filter(None, note)) for note in notes]
    return ActivityResult(table, pairs, chance.distribution, result)


def _days_traded(result: EventStudyResults) -> tuple[Ints, list[str]]:
    """Return, pair by pair and window by window, the days traded and which sessions were not."""
    inside = result.windows.members[: len(result.specification.labels)] > 0  # (G, W)
    traded = inside & np.isfinite(result.fitted.abnormal)[:, None]  # (K, G, W)
    steps = result.windows.steps
    missing = (inside & ~traded).reshape(-1, len(steps))
    return traded.sum(axis=-1).ravel(), [", ".join(map(str, steps[row])) for row in missing]


def _without_volume(setup: Setup) -> str:
    """Name the securities of the study that have no volume at all."""
    asked = {int(i) for i in setup.pairs.security}
    names = [
        setup.specification.names[i]
        for market in setup.markets
        for i, row in zip(market.securities, market.returns, strict=True)
        if int(i) in asked and np.isnan(row).all()
    ]
    return f"no volume for {shown(', '.join(names))[1:-1]}" if names else ""


def _checked(volumes: Any, names: Sequence[str]) -> pd.DataFrame:
    """Return the volumes of the study's securities as floats, or raise naming column and date."""
    frame = check_frame("volumes", volumes, error=DataError)
    if frame.empty:
        raise DataError(
            f"volumes is empty: {frame.shape[0]} rows, {frame.shape[1]} columns; give one row per "
            "session and one column per security"
        )
    check_index(frame.index, "volumes")
    frame = frame.rename(columns=str)
    own = [name for name in names if name in frame.columns]
    if not own:
        raise DataError(
            f"volumes has none of the study's columns {', '.join(names[:5])}"
            f"{did_you_mean(names[0], frame.columns)}; name its columns as those of returns"
        )
    frame = check_frame("volumes", frame, error=DataError)[own]
    values = to_floats(frame, "volumes")
    check_levels(values, pd.DatetimeIndex(frame.index), own, "volumes", zero=True)
    return pd.DataFrame(values, frame.index, own)


def _volume_market(market: Market, volumes: pd.DataFrame, names: Sequence[str]) -> Market:
    """Put log volume where the market's returns were; there is no benchmark."""
    own = [names[i] for i in market.securities]
    values = volumes.reindex(index=market.sessions, columns=own).to_numpy().T
    with np.errstate(divide="ignore"):
        logs = np.where(values > 0, np.log(values), np.nan)
    return replace(
        market,
        returns=logs,
        regressors=np.empty((0, 1, len(market.sessions))),
        set_of=np.full(len(own), -1, dtype=np.int64),
        spans=np.ones(logs.shape, dtype=np.int16),
    )
