"""How does a series respond to a shock, horizon by horizon? Local projections (Jordà 2005)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, get_args

import numpy as np
import pandas as pd

from rareearth_research.arguments import (
    check_choice,
    check_flag,
    check_frame,
    check_share,
    check_whole,
)
from rareearth_research.arrays import Floats
from rareearth_research.choices import Effects
from rareearth_research.dynamics.projection.kernel import (
    demean,
    lagged,
    moved_shock,
    regressors,
    with_difference,
)
from rareearth_research.dynamics.projection.results import LocalProjection, tabulate
from rareearth_research.dynamics.regression import bartlett, least_squares, long_run, sup_t
from rareearth_research.dynamics.rows import rows_of
from rareearth_research.dynamics.series import Even, check_beside, check_series
from rareearth_research.errors import DataError, SpecificationError, shown

FEW = 20  # rows beyond the regressors that a horizon needs
LEVEL_LIKE = 0.5  # autocorrelation below which a series seems to hold changes


def local_projection(
    y: pd.Series | pd.DataFrame,
    shock: Any,
    horizons: int = 12,
    lags: int = 4,
    *,
    cumulative: bool = True,
    panel: Effects | None = None,
    state: pd.Series | None = None,
    controls: pd.Series | pd.DataFrame | None = None,
    augment: bool = False,
    level: float = 0.9,
    seed: int = 0,
) -> LocalProjection:
    r"""Regress where a series is h periods after a shock on the shock, for each h.

    .. math:: y_{t+h} - y_{t-1} = \beta_h s_t + \gamma_h' w_t + \varepsilon_{t+h}

    with p lags of Δy and the controls in w. Standard errors are Newey and West's with h + 1 lags;
    in a panel scores of one date are added first, which is Driscoll and Kraay's.

    Parameters
    ----------
    y : Series, or DataFrame with a column per unit
        With `cumulative`, a level: log price, log tonnage. Rows are sessions, weeks, months, ...
    shock : Series, DataFrame, or dates
        An external shock by row of `y` (a frame: one column per unit), or the dates of equal
        shocks: the session, week or month in which each falls, or the next session.
    horizons : int, default 12
        Last horizon H; 0 is the period of the shock.
    lags : int, default 4
        p, lags of Δy (of y where not cumulative).
    cumulative : bool, default True
        Long differences ``y[t+h] − y[t−1]``; False: ``y[t+h]`` on lags of y, for a y that holds
        changes.
    panel : {"unit", "both"}, optional
        For a frame: means of each unit are taken out ("unit", the default), or of each date too
        ("both"; the shock must then differ between units).
    state : Series, optional
        Numbers from 0 to 1 by row of `y`; the shock, and all else, works as it does in the state
        of the row before. The table then has the rows of ``state`` "1", "0" and "difference".
    controls : Series or DataFrame, optional
        By row of `y`; they enter as they stand, so lag them yourself where the shock moves them.
    augment : bool, default False
        One lag more than p and White's errors (Montiel Olea & Plagborg-Møller 2021, Econometrica
        89), which bear highly persistent series.
    level : float, default 0.9
        Confidence of intervals and of the joint band.
    seed : int, default 0
        Of the draws for the joint band.

    Returns
    -------
    LocalProjection

    Raises
    ------
    DataError, SpecificationError
        For series with gaps, shocks outside, collinear controls, horizons too long for the rows.

    Notes
    -----
    The joint band is sup-t (Montiel Olea & Plagborg-Møller 2019). As a check that assumes no
    formula, the shock is moved around the sample (up to 299 shifts, none within a horizon of the
    true dates). `placebo_p` is the share with as large a *t*, or with fewer than 10 shocks as
    large an effect (of one date nothing is left for an error); `placebo_lower` and `placebo_upper`
    hold the effects that this rank does not refuse, and `coverage` the share of their formula
    intervals that hold zero.

    References
    ----------
    Jordà, Ò. (2005). Estimation and Inference of Impulse Responses by Local Projections. American
    Economic Review 95. Driscoll, J. & Kraay, A. (1998). Review of Economics and Statistics 80.
    """
    horizons = check_whole("horizons", horizons, 0, 500)
    lags = check_whole("lags", lags, 0, 100)
    cumulative, augment = check_flag("cumulative", cumulative), check_flag("augment", augment)
    level, seed = check_share("level", level), check_whole("seed", seed, 0)
    even, values = _units(y)
    both = _effects(panel, isinstance(y, pd.DataFrame))
    shocks, first_notes = _shock(shock, even, y)
    if both and shocks.shape[1] == 1:
        raise SpecificationError(
            "panel='both' takes out whatever all units share on a date, and this shock is the same "
            "for all; give a frame with a column of shocks per unit, or panel='unit'"
        )
    _, extra, said = check_beside("controls", controls, even)
    split = _state(state, even)
    p = lags + augment
    base = lagged(values, extra, p, cumulative)
    first = p + cumulative if p or cumulative else 0
    first = max(first, 1) if split is not None else first
    rows, influences, placebo = [], [], []
    for h in range(horizons + 1):
        at = np.arange(first, len(values) - h)
        left = values[at + h] - values[at - 1] if cumulative else values[at + h]
        right, names = regressors(shocks[at], base[at], None if split is None else split[at - 1])
        _need_rows(left, right, shocks[at], h, first, even)
        left, right = (demean(x, both) for x in (left, right))
        if split is not None and not right[..., :2].any(axis=(0, 1)).all():
            raise SpecificationError(
                f"at horizon {h} all shocks fall into one state (of the row before), so the other "
                "has no response; leave state out, or give more shocks"
            )
        try:
            coefficients, influence = least_squares(left, right)
        except np.linalg.LinAlgError:
            raise SpecificationError(
                f"at horizon {h} shock, controls, state and the lags of y are combinations of each "
                "other; leave one out, or ask for fewer lags"
            ) from None
        width = 0 if augment else h + 1
        effects, influence = with_difference(coefficients, influence, len(names))
        errors = np.sqrt(long_run(influence, width))
        count = int((shocks[at] != 0).any(axis=1).sum())
        rows += [
            (h, state_name, effect, se, len(at), count, width)
            for state_name, effect, se in zip(names, effects, errors, strict=True)
        ]
        spread = np.zeros((len(values), len(names)))
        spread[at] = influence
        influences.append(spread)
        if split is None and shocks.shape[1] == 1:
            placebo.append(moved_shock(left, right[..., 1:], shocks, at, h, horizons, width, both))
    table = pd.DataFrame(
        rows, columns=["horizon", "state", "effect", "se", "n", "n_shocks", "lags"]
    )
    width = 0 if augment else horizons + 1
    wide = [sup_t(bartlett(np.column_stack([i[:, j] for i in influences]), width), level, seed)
            for j in range(len(names))]  # fmt: skip
    return tabulate(table, wide, placebo, level, even, split is not None,
                   (*first_notes, *said, *_remarks(even, values, cumulative)))  # fmt: skip


def _units(y: Any) -> tuple[Even, Floats]:
    """Return the series, or the first unit for its dates, and all values (T, N)."""
    if not isinstance(y, pd.DataFrame):
        even = check_series("y", y)
        return even, even.values[:, None]
    check_frame("y", y, error=DataError)
    if y.shape[1] < 2:
        raise DataError("y has one column; give it as a Series, y.iloc[:, 0]")
    checked = [check_series(f"y[{shown(name)}]", y[name]) for name in y.columns]
    values = np.column_stack([one.values for one in checked])
    same = np.argwhere(np.triu(np.isclose(np.corrcoef(values.T), 1, rtol=0, atol=1e-12), 1))
    if len(same):
        raise DataError(
            f"y has the same series in {shown(y.columns[same[0][0]])} and "
            f"{shown(y.columns[same[0][1]])}, and a panel needs units that differ; drop one"
        )
    return replace(checked[0], name=f"the average of {y.shape[1]} units"), values


def _effects(panel: Any, is_frame: bool) -> bool:
    """Return whether means of dates are taken out beside those of units."""
    if panel is None:
        return False
    check_choice("panel", panel, get_args(Effects))
    if not is_frame:
        raise SpecificationError("panel needs a frame y with a column per unit; leave it out here")
    return bool(panel == "both")


def _shock(shock: Any, even: Even, y: Any) -> tuple[Floats, tuple[str, ...]]:
    """Return the shock by row and, where it differs between them, unit: (T, 1) or (T, N)."""
    if isinstance(shock, pd.DataFrame):
        if not isinstance(y, pd.DataFrame) or set(shock.columns) != set(y.columns):
            raise SpecificationError(
                "a frame of shocks must have the columns of y, one per unit; give a Series if the "
                "shock is the same for all"
            )
        return check_beside("shock", shock[y.columns], even)[1:]
    if isinstance(shock, pd.Series) and pd.api.types.is_numeric_dtype(shock):
        return check_beside("shock", shock, even)[1:]
    found = np.zeros((len(even.values), 1))
    rows = rows_of("shock", shock, even)
    found[rows] = 1.0
    return found, (f"The shock is one in {len(rows)} of {len(found)} {even.unit}s, else zero.",)


def _state(state: Any, even: Even) -> Floats | None:
    if state is None:
        return None
    numbers = (
        state.astype(float)
        if isinstance(state, pd.Series) and pd.api.types.is_bool_dtype(state)
        else state
    )
    values = check_beside("state", numbers, even)[1]
    if values.shape[1] > 1 or values.min() < 0 or values.max() > 1:
        raise SpecificationError(
            "state must be one Series of numbers from 0 to 1, or of True and False; a threshold "
            "makes one, as in (vix > 20)"
        )
    return values


def _need_rows(left: Floats, right: Floats, shocks: Floats, h: int, first: int, even: Even) -> None:
    spare = len(left) - right.shape[2] - 1
    if spare < FEW:
        raise SpecificationError(
            f"at horizon {h} {len(left)} {even.unit}s are left for {right.shape[2]} regressors, "
            f"and {FEW} more are needed; ask for fewer horizons or lags, or give a longer series"
        )
    if np.ptp(shocks) == 0:
        raise SpecificationError(
            f"at horizon {h} no shock lies between the lags and the end, {even.label(first)} to "
            f"{even.label(first + len(left) - 1)}; give one there, or ask for fewer horizons or "
            "lags"
        )


def _remarks(even: Even, values: Floats, cumulative: bool) -> tuple[str, ...]:
    """Return what the data say against the answer."""
    notes = list(even.notes)
    centred = values - values.mean(axis=0)
    follow = float((centred[1:] * centred[:-1]).sum() / (centred**2).sum())
    if cumulative and follow < LEVEL_LIKE:
        notes.append(
            f"y follows itself by {follow:z.2f} only, as changes do, and long differences are of "
            "levels: give y.cumsum(), or cumulative=False."
        )
    return tuple(notes)
