"""What would a series have been, as a mixture of series that the event did not touch?"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from rareearth_research.arguments import check_flag, check_share, check_whole
from rareearth_research.arrays import Bools, Floats
from rareearth_research.dynamics.synthetic.kernel import Mixtures, assignments, mix, rank
from rareearth_research.dynamics.synthetic.panel import read_panel
from rareearth_research.dynamics.synthetic.result import SyntheticControl
from rareearth_research.errors import listed

EARLIER = 9  # rows before the date from which a third of them is a placebo in time
MOST = 499  # sets of units that count as treated, where there are more


def synthetic_control(
    wide: pd.DataFrame,
    unit: str | list[str],
    donors: list[str] | None,
    date: Any,
    *,
    demean: bool = False,
    level: float = 0.9,
    seed: int = 0,
) -> SyntheticControl:
    """Compare a unit with the mixture of donors that came nearest to it before a date.

    Parameters
    ----------
    wide : DataFrame
        One column a unit, one row a day, period or year, without holes, in units that can be
        mixed: an index, logs, the same currency.
    unit : str or list of str
        The column that the event touched; of several, their mean is studied.
    donors : list of str, optional
        Columns that it did not touch; None takes all others.
    date : str, date, Timestamp or int
        The first day that may be affected; the period that holds it counts as after it.
    demean : bool, default False
        Let every series keep its own level: the mean before the date is taken off each.
    level : float, default 0.9
        Coverage of the confidence sets.
    seed : int, default 0
        For several units: of 499 sets of units, where there are more.

    Returns
    -------
    SyntheticControl

    Raises
    ------
    DataError
        Missing values or periods, columns that hold no numbers.
    SpecificationError
        Unknown columns, the unit among its donors, too few donors or rows, what never moves, a
        date that is none.

    Notes
    -----
    Weights w ≥ 0, Σw = 1 minimise the sum of squared gaps before the date, to the global optimum.
    Placebos in space make each of the N units treated in turn (with k treated units, each set of
    k), all others being its donors. With Y − τ in place of the treated unit's values after the
    date, what each unit would have been is known if the effect is τ; p(τ) is the share of
    assignments whose statistic is at least the actual one's, and the set holds all τ with
    p(τ) > 1 − level. The statistics are the RMSPE ratio, (mean square after / mean square
    before), whose set is empty if no constant effect makes the gap look like a placebo's, and the
    average gap over the RMSPE before. Chance enters by which unit was treated: the p-value is
    exact if each was as likely, and a rank among few otherwise. Leaving out a donor without weight
    changes nothing.

    References
    ----------
    Abadie, Diamond & Hainmueller (2010), Synthetic control methods for comparative case studies,
    Journal of the American Statistical Association 105, 493-505.
    Abadie (2021), Using synthetic controls, Journal of Economic Literature 59, 391-425.
    Ferman & Pinto (2021), Synthetic controls with imperfect pretreatment fit, Quantitative
    Economics 12, for `demean`.
    Firpo & Possebom (2018), Synthetic control method: inference, sensitivity analysis and
    confidence sets, Journal of Causal Inference 6.
    """
    check_share("level", level)
    check_whole("seed", seed, 0)
    panel = read_panel(wide, unit, donors, date)
    values, k, before = panel.values, panel.treated, panel.before
    if check_flag("demean", demean):
        values = values - values[:before].mean(axis=0)
    treated = assignments(values.shape[1], k, MOST, seed)
    found = mix(values, before, treated, ~treated)
    spread = _spread(values[:before], treated)
    table = _table(found, treated, before, spread, level)
    own, names = found.weights[0], panel.names
    alone = np.eye(len(names), dtype=bool)
    each = mix(values, before, alone[:k], np.tile(~treated[0], (k, 1)))
    used = np.flatnonzero(own)
    others = mix(values, before, treated[np.zeros(len(used), int)], ~treated[0] & ~alone[used])
    labels = [" + ".join(np.array(names)[row]) for row in treated]
    index = panel.series.index
    actual = values[:, :k].mean(axis=1)
    return SyntheticControl(
        table=table,
        weights=pd.Series(own[k:], names[k:], name="weight"),
        gaps=pd.DataFrame(
            {"actual": actual, "synthetic": actual - found.gaps[0], "gap": found.gaps[0]}, index
        ),
        pre_rmspe=float(np.sqrt(found.squares(slice(before))[0])),
        post_rmspe=float(np.sqrt(found.squares(slice(before, None))[0])),
        loss=float(found.squares(slice(before))[0] * before),
        placebo=_errors("unit", labels, found, before),
        placebo_gaps=pd.DataFrame(found.gaps.T, index, labels),
        leave_one_out=_errors("left_out", [names[d] for d in used], others, before).assign(
            weight=own[used]
        ),
        units=_errors("unit", list(names[:k]), each, before),
        earlier_p=_earlier(values[:before], treated),
        spread=float(np.sqrt(spread[0])),
        unique=bool(found.unique[0]),
        unit=panel.unit,
        date=panel.series.label(before),
        step=panel.series.unit,
        level=level,
        before=before,
        remarks=panel.remarks,
    )


def _table(
    found: Mixtures, treated: Bools, before: int, spread: Floats, level: float
) -> pd.DataFrame:
    effect = float(found.gaps[0, before:].mean())
    rows = []
    for name, ranks in zip(
        ("RMSPE ratio", "average gap"), rank(found, treated, before, spread), strict=True
    ):
        inside = ranks.confidence_set(1 - level)
        lower, upper = (inside[0, 0], inside[-1, 1]) if len(inside) else (np.nan, np.nan)
        note = ""
        if not len(inside):
            note = f"{name}: no constant effect makes the gap look like a placebo's."
        elif len(inside) > 1:
            parts = [f"{a:.4g} to {b:.4g}" for a, b in inside]
            note = f"{name}: the set is {listed(parts)}, and not all between."
        elif np.isinf([lower, upper]).any():
            why = (
                "placebos lean on the unit" if len(treated) * (1 - level) >= 1 else "units are few"
            )
            note = f"{name}: the set has no end, because {why}."
        rows.append((name, effect, lower, upper, ranks.p_value(), note))
    return pd.DataFrame(rows, columns=["statistic", "effect", "lower", "upper", "p_value", "note"])


def _errors(what: str, labels: list[str], found: Mixtures, before: int) -> pd.DataFrame:
    """Return the errors before and after, their ratio, and the average gap, a row each."""
    pre, post = (np.sqrt(found.squares(rows)) for rows in (slice(before), slice(before, None)))
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = post / pre
    effect = found.gaps[:, before:].mean(axis=1)
    columns = {"pre_rmspe": pre, "post_rmspe": post, "ratio": ratio, "effect": effect}
    return pd.DataFrame({what: labels} | columns)


def _spread(values: Floats, treated: Bools) -> Floats:
    """Return the variance of what each assignment has to meet, (A,)."""
    return np.asarray((values @ treated.T / treated.sum(axis=1)).var(axis=0))


def _earlier(values: Floats, treated: Bools) -> float:
    """Return the rank p-value of a date at two thirds of the rows before the event."""
    if len(values) < EARLIER:
        return np.nan
    before = 2 * len(values) // 3
    found = mix(values, before, treated, ~treated)
    return rank(found, treated, before, _spread(values[:before], treated))[0].p_value()
