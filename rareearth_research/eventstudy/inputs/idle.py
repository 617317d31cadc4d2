"""Which arguments would do nothing? What is given and has no effect is refused, or said.

An error where somebody would expect an effect; a sentence in the notes where none can be.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rareearth_research.errors import SpecificationError, shown
from rareearth_research.eventstudy.inputs.benchmark import names_in
from rareearth_research.eventstudy.inputs.choices import MODELS, OF_SOME_MODELS

__all__ = ["idle_notes", "refuse_idle"]


def refuse_idle(
    *,
    model: str,
    gaps: str,
    convention: str,
    factors: Any,
    donors: Any,
    leads_lags: int,
    weights: Any,
    tests: Sequence[str],
    limit_days: str,
    price_flags: Any,
) -> None:
    """Raise for an argument that this study would not read."""
    if gaps == "trade_to_trade" and not MODELS[model].spans:
        raise SpecificationError(
            f"gaps='trade_to_trade' has no meaning for model={model!r}; it works with "
            f"{', '.join(name for name, m in MODELS.items() if m.spans)}"
        )
    if convention != "textbook" and model == "synthetic":
        raise SpecificationError(
            f"convention={convention!r} has no model='synthetic'; leave convention out"
        )
    given = {
        "factors": factors is not None,
        "donors": donors is not None,
        "leads_lags": leads_lags != 1,
    }
    for name, readers in OF_SOME_MODELS.items():
        if given[name] and model not in readers:
            raise SpecificationError(
                f"{name}= is read by model={' or '.join(map(repr, readers))} only, and model is "
                f"{model!r}; set model={readers[0]!r} or leave {name} out"
            )
    if weights is not None and "portfolio" not in tests:
        raise SpecificationError(
            "weights= is read by the test 'portfolio' only; add it to tests or leave weights out"
        )
    if limit_days != "ignore" and price_flags is None:
        raise SpecificationError(
            f"limit_days={limit_days!r} needs price_flags=: rows of date, ticker, flag "
            "(see rer.load_price_flags())"
        )
    if limit_days == "ignore" and price_flags is not None:
        raise SpecificationError(
            "price_flags= does nothing with limit_days='ignore'; set limit_days='flag' (or "
            "'extend') or leave price_flags out"
        )


def idle_notes(
    names: Sequence[str], *, model: str, benchmark: Any, rule: str, max_shift: int
) -> list[str]:
    """Return a sentence on each argument that is not read and cannot change the answer.

    `names` are the columns of returns: a column named as benchmark is kept from the securities
    even where the model takes none.
    """
    notes, named = [], names_in(benchmark)
    if (
        benchmark is not None
        and MODELS[model].regressors != "benchmark"
        and not (named and {*named} <= {*names})
    ):
        what = f" {shown(benchmark)}" if isinstance(benchmark, str) else ""
        notes.append(f"The benchmark{what} is not used: model={model!r} takes none.")
    if rule == "skip" and max_shift != 10:
        notes.append(
            "max_shift hardly matters with rule='skip': no event of a closed day is moved."
        )
    return notes
