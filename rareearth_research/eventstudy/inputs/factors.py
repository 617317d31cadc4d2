"""What does a model take returns to depend on? Benchmark or factors on the study's index."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from rareearth_research.arguments import check_frame
from rareearth_research.arrays import Floats
from rareearth_research.dated import check_index
from rareearth_research.errors import DataError, SpecificationError, shown
from rareearth_research.eventstudy.inputs.benchmark import Regressors, resolve_benchmark
from rareearth_research.eventstudy.inputs.checks import check_names_of, on_sessions
from rareearth_research.eventstudy.inputs.choices import MODELS
from rareearth_research.eventstudy.inputs.donors import donor_regressors
from rareearth_research.eventstudy.inputs.frame.values import check_risk_free, check_values
from rareearth_research.eventstudy.inputs.shipped import shipped_factors

_RISK_FREE = re.compile(  # of a name's letters: risk_free, RF_daily, rate, TB3MS, ...
    r"(daily|monthly)?(risk|rsk)?free(rate|return|asset)?(daily|monthly)?|rf(r|ree|rate|ret|return"
    r"|daily|day|monthly|annual)?|(interest|int|tbill|treasury)rate|rate|tbills?|dtb|tbms|riskless"
    r"(rate)?|tbillreturn"
)


def read_regressors(
    model: str,
    benchmark: Any,
    factors: Any,
    donors: Any,
    returns: pd.DataFrame,
    exchanges: Sequence[str],
    return_type: str,
) -> Regressors:
    """Return what a model takes the return to depend on, on the index of `returns`."""
    needed = MODELS[model].regressors
    if needed == "factors":
        return factor_regressors(factors, returns, return_type)
    if needed == "donors":
        mean = model == "synthetic_market"
        return donor_regressors(donors, returns, exchanges, return_type, portfolio=mean)
    if needed == "benchmark":
        return resolve_benchmark(benchmark, returns, exchanges, return_type)
    none = np.full(returns.shape[1], -1, dtype=np.int64)
    return Regressors((), np.empty((0, 1, len(returns))), none)


def factor_regressors(factors: Any, returns: pd.DataFrame, return_type: str) -> Regressors:
    """Put factor columns on the index of `returns`; a column ``rf`` makes returns excess returns.

    Parameters
    ----------
    factors : DataFrame or sequence of str
        Daily factor returns as fractions, or column names of this project's factor table. Blanks
        around names are stripped; ``rf`` may be written in capitals.

    Raises
    ------
    SpecificationError, DataError
        If factors are missing or no fractions, or a risk-free rate has another name or is asked
        of log returns.
    """
    frame = _checked(factors)
    given = list(frame.columns)
    names = [str(column).strip() for column in given]
    index = pd.DatetimeIndex(returns.index)
    values = on_sessions(frame, index, "factors", "factors")
    empty = np.isnan(values).all(axis=0)
    if empty.any():
        raise SpecificationError(
            f"factors: column {shown(names[int(np.argmax(empty))])} has no value on the sessions "
            "of returns; leave it out"
        )
    lower = [name.casefold() for name in names]
    risk_free = None
    if "rf" in lower:
        if return_type != "simple":
            raise SpecificationError(
                "factors with a column 'rf' explain simple excess returns, and return_type is "
                f"{return_type!r}: load returns with kind='simple' (or take np.expm1(returns)) and "
                "set return_type='simple', or drop 'rf'"
            )
        risk_free = values[:, lower.index("rf")]
        check_risk_free(risk_free, index, names[lower.index("rf")])
    keep = [i for i, name in enumerate(lower) if name != "rf"]
    if not keep:
        raise SpecificationError("factors has no column besides 'rf'; add at least one factor")
    for i in keep:
        _refuse_other_names(given[i], values[:, i])
    if risk_free is not None:
        alone = np.isnan(risk_free) & ~np.isnan(values[:, keep]).any(axis=1)
        if alone.any():
            raise DataError(
                f"factors has no 'rf' on {returns.index[alone][0].date()} although it has the "
                "other columns; fill it from its source or drop those rows"
            )
        risk_free = np.nan_to_num(risk_free)
    chosen = [names[i] for i in keep]
    simple = return_type == "simple"
    check_values(values[:, keep], index, chosen, "factors", simple=simple)
    return Regressors(
        tuple(chosen),
        values[:, keep].T[None, :, :].copy(),
        np.zeros(returns.shape[1], dtype=np.int64),
        risk_free,
    )


def _checked(factors: Any) -> pd.DataFrame:
    """Return factors as a frame by date, blanks and capitals apart no name twice."""
    if factors is None:
        raise SpecificationError(
            "model='factors' needs factors=: a DataFrame of daily factor returns as fractions, or "
            "names such as ['mkt_rf', 'smb', 'hml', 'rf']"
        )
    if isinstance(factors, pd.Series):
        raise SpecificationError(
            "factors must be a DataFrame, one column per factor; got a Series: factors.to_frame()"
        )
    if isinstance(factors, str | list | tuple | pd.Index):
        return shipped_factors(factors)
    frame = check_frame("factors", factors)
    check_index(frame.index, "factors")
    names = check_names_of(frame.columns, "factors")
    lower = pd.Index([name.strip().casefold() for name in names])
    if not frame.shape[1]:
        raise SpecificationError("factors has no column; add at least one factor")
    if not lower.is_unique:
        raise SpecificationError(
            f"factors has the column {shown(names[lower.duplicated()][0])} more than once "
            "(blanks and capitals apart); keep or rename one"
        )
    return frame


def _refuse_other_names(name: object, values: Floats) -> None:
    """Raise where a risk-free rate would be taken for a factor because of its name."""
    letters = re.sub(r"[^a-z]", "", str(name)[:100].casefold())
    level = not (values < 0).any()  # a factor is a difference and falls below 0; a rate does not
    if not _RISK_FREE.fullmatch(letters) or not (level or "rf" in letters or "free" in letters):
        return
    raise SpecificationError(
        f"factors has a column {shown(name)}, which looks like a risk-free rate: name it rf, with "
        f"factors.rename(columns={{{shown(name)}: 'rf'}}), to have it subtracted; if it is a "
        "factor, give it another name"
    )
