"""Which arguments would do nothing? What is given and has no effect is refused, or said.

An error where somebody would expect an effect; a sentence in the notes where none can be.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from rareearth_research.errors import SpecificationError, shown
from rareearth_research.eventstudy.inputs.benchmark import names_in
from rareearth_research.eventstudy.inputs.event_columns import unread
from rareearth_research.eventstudy.inputs.side_tables import refuse_strangers
from rareearth_research.eventstudy.models.estimate import MODELS

if TYPE_CHECKING:
    from rareearth_research.eventstudy.study import EventStudy

__all__ = ["OF_ONE_MODEL", "idle_notes", "read_by", "refuse_idle"]

OF_ONE_MODEL = {"factors": "factors", "leads_lags": "dimson"}  # argument: the model that reads it


def refuse_idle(
    model: str,
    gaps: str,
    factors: Any,
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
    given = {"factors": factors is not None, "leads_lags": leads_lags != 1}
    for name, reader in OF_ONE_MODEL.items():
        if given[name] and model != reader:
            raise SpecificationError(
                f"{name}= is read by model={reader!r} only, and model is {model!r}; set "
                f"model={reader!r} or leave {name} out"
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


def idle_notes(study: EventStudy) -> tuple[str, ...]:
    """Return a sentence for all that was given, is not used, and cannot change the answer.

    Raises
    ------
    SpecificationError
        If a side table names none of the securities.
    """
    names = list(study.returns.columns)
    notes = unread(study.events.columns, "events", windows=study.own_windows)
    unused = not MODELS[study.model].regressors or study.model == "factors"
    # a column named as benchmark is kept from the securities even then
    benchmark, named = study.benchmark, names_in(study.benchmark)
    if benchmark is not None and unused and not (named and {*named} <= {*names}):
        what = f" {shown(benchmark)}" if isinstance(benchmark, str) else ""
        notes.append(f"The benchmark{what} is not used: model={study.model!r} takes none.")
    if study.rule == "skip" and study.max_shift != 10:
        notes.append(
            "max_shift hardly matters with rule='skip': no event of a closed day is moved."
        )
    if study.price_flags is not None:
        notes += refuse_strangers("price_flags", study.price_flags["ticker"].unique(), names)
    if study.exposure is not None:
        notes += refuse_strangers("exposure", study.exposure.index, names)
    if study.weights is not None:
        by_date = study.weights.ndim == 2
        weighed = study.weights.columns if by_date else study.weights.index
        notes += refuse_strangers("weights", weighed, names)
    return tuple(notes)


def read_by(model: str, options: Mapping[str, Any]) -> dict[str, Any]:
    """Return those of the arguments that `model` reads."""
    return {key: value for key, value in options.items() if OF_ONE_MODEL.get(key, model) == model}
