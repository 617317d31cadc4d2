"""Between what can a study choose, and which of its arguments would do nothing?

What is given and has no effect is refused where somebody would expect one, else said in the notes.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, get_args

import numpy as np

from rareearth_research import choices
from rareearth_research.arguments import check_choice
from rareearth_research.errors import SpecificationError, shown
from rareearth_research.eventstudy.inputs.benchmark import names_in


@dataclass(frozen=True)
class Model:
    """What a model needs and estimates.

    Attributes
    ----------
    title : str
    regressors : {"", "benchmark", "factors", "donors"}
        The argument that gives its regressors; "" for none.
    estimated : int
        Coefficients k, besides one per factor, per lead and lag, and per donor of a mixture.
    spans : bool
        Whether trade-to-trade handling has a meaning.
    """

    title: str
    regressors: str
    estimated: int
    spans: bool = False


MODELS = {
    "raw": Model("Raw returns", "", 0),
    "mean": Model("Constant mean", "", 1, spans=True),
    "market_adjusted": Model("Market-adjusted returns", "benchmark", 0, spans=True),
    "market": Model("Market model", "benchmark", 2, spans=True),
    "scholes_williams": Model("Market model with Scholes–Williams beta", "benchmark", 2),
    "dimson": Model("Market model with Dimson lags and leads", "benchmark", 1),
    "factors": Model("Factor model", "factors", 1, spans=True),
    "garch": Model("Market model with GARCH(1,1) errors", "benchmark", 2),
    "synthetic": Model("Synthetic returns, a mixture", "donors", -1),
    "synthetic_market": Model(
        "Market model on the equal-weighted portfolio", "donors", 2, spans=True
    ),
}
# argument: the models that read it
OF_SOME_MODELS = {
    "factors": ("factors",),
    "leads_lags": ("dimson",),
    "donors": ("synthetic", "synthetic_market"),
}

LEAVE_OUT = get_args(choices.LeaveOut)  # or events
OPTIONS = {
    "model": tuple(MODELS),
    "return_type": get_args(choices.ReturnType),
    "convention": get_args(choices.Convention),
    "timing": get_args(choices.Timing),
    "rule": get_args(choices.Rule),
    "gaps": get_args(choices.Gaps),
    "confounders": get_args(choices.Policy),
    "overlap": get_args(choices.Policy),
    "limit_days": get_args(choices.LimitDays),
}


def check_choices(**given: object) -> None:
    """Raise unless each option of a study is one of its known values."""
    for name, value in given.items():
        check_choice(name, value, OPTIONS[name])


def read_by(model: str, options: Mapping[str, Any]) -> dict[str, Any]:
    """Return those of the arguments that `model` reads."""
    return {k: value for k, value in options.items() if model in OF_SOME_MODELS.get(k, (model,))}


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
            f"limit_days={limit_days!r} needs price_flags=: rows of date, ticker, flag, such as "
            "rer.load_price_flags(), or rer.flag_returns(returns) for returns of your own"
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


def check_tests(
    tests: Any, known: Collection[str], default: tuple[str, ...]
) -> tuple[tuple[str, ...], dict[str, Callable[..., Any]]]:
    """Return the names of the tests to run, each once, and by name those that are functions."""
    if tests is None:
        return default, {}
    given = [tests] if isinstance(tests, str) or callable(tests) else tests
    if (
        not isinstance(given, list | tuple | set | frozenset | np.ndarray)
        or np.shape(np.asarray(given, dtype=object)) == ()
    ):
        raise SpecificationError(
            f"tests={shown(tests)} must be a list of names; choose from {', '.join(known)}"
        )
    own: dict[str, Callable[..., Any]] = {}
    named = []
    for test in given:
        name = (
            own_name("tests", test, known) if callable(test) else check_choice("tests", test, known)
        )
        if callable(test) and own.setdefault(name, test) is not test:
            raise SpecificationError(f"tests holds two functions named {name!r}; rename one")
        named.append(name)
    if not named:
        raise SpecificationError(f"tests is empty; choose from {', '.join(known)}")
    return tuple(dict.fromkeys(named)), own


def own_name(argument: str, function: Callable[..., Any], known: Collection[str]) -> str:
    """Return the name of a test of the user's own, or raise if it has none, or a known one's."""
    name = getattr(function, "__name__", None)
    if not isinstance(name, str):
        raise SpecificationError(
            f"{argument}: {shown(function)} has no name; write it as def name(sample): ..."
        )
    if name in known:
        raise SpecificationError(
            f"{argument}: a function named {name!r}, as one of the package's own tests is; rename "
            "it, or give the name as text for that test"
        )
    return name
