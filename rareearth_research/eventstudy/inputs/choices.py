"""Between what can a study choose? Its models, and the known values of its options."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rareearth_research.arguments import check_choice

__all__ = ["LEAVE_OUT", "MODELS", "OF_ONE_MODEL", "OPTIONS", "Model", "check_choices", "read_by"]


@dataclass(frozen=True)
class Model:
    """What a model needs and estimates.

    Attributes
    ----------
    title : str
    regressors : bool
        Whether it needs a benchmark or factors.
    estimated : int
        Coefficients k, besides one per factor and per lead and lag.
    spans : bool
        Whether trade-to-trade handling has a meaning.
    """

    title: str
    regressors: bool
    estimated: int
    spans: bool = False


MODELS = {
    "raw": Model("Raw returns", False, 0),
    "mean": Model("Constant mean", False, 1, spans=True),
    "market_adjusted": Model("Market-adjusted returns", True, 0, spans=True),
    "market": Model("Market model", True, 2, spans=True),
    "scholes_williams": Model("Market model with Scholes–Williams beta", True, 2),
    "dimson": Model("Market model with Dimson lags and leads", True, 1),
    "factors": Model("Factor model", True, 1, spans=True),
    "garch": Model("Market model with GARCH(1,1) errors", True, 2),
}
OF_ONE_MODEL = {"factors": "factors", "leads_lags": "dimson"}  # argument: the model that reads it

LEAVE_OUT = ("nothing", "own_events", "all_events")  # or events
_POLICIES = ("flag", "drop", "leave_one_out")
OPTIONS = {
    "model": tuple(MODELS),
    "return_type": ("log", "simple"),
    "convention": ("textbook", "eventstudy2"),
    "timing": ("latest", "earliest", "effective", "reported"),
    "rule": ("next", "previous", "skip"),
    "gaps": ("matched", "trade_to_trade"),
    "confounders": _POLICIES,
    "overlap": _POLICIES,
    "limit_days": ("ignore", "flag", "extend"),
}


def check_choices(**given: object) -> None:
    """Raise unless each option of a study is one of its known values."""
    for name, value in given.items():
        check_choice(name, value, OPTIONS[name])


def read_by(model: str, options: Mapping[str, Any]) -> dict[str, Any]:
    """Return those of the arguments that `model` reads."""
    return {key: value for key, value in options.items() if OF_ONE_MODEL.get(key, model) == model}
