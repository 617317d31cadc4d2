"""A synthetic study, and what it says of input that is not understood."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from rareearth_research.errors import RareEarthError
from rareearth_research.eventstudy import EventStudy, EventStudyResults
from tests.support.eventstudy_cases import synthetic_returns

RETURNS = synthetic_returns(500)
DAYS = RETURNS.index
EVENT = DAYS[350]
EVENTS = pd.DataFrame(
    {"event_id": ["a", "b"], "date": [EVENT, DAYS[420]], "security": ["S0", "S1"]}
)
FACTORS = pd.DataFrame({"mkt": RETURNS["MKT"], "smb": RETURNS["S5"] / 3})
FLAGS = pd.DataFrame({"date": [EVENT], "ticker": ["S0"], "flag": ["limit_up"]})
NAN = float("nan")


def fit(returns: Any = RETURNS, events: Any = EVENTS, **options: Any) -> EventStudyResults:
    return EventStudy(returns, events, **{"benchmark": "MKT", **options}).fit()


def refusal(*given: Any, **options: Any) -> str:
    with pytest.raises(RareEarthError) as caught:
        fit(*given, **options)
    assert len(str(caught.value)) < 700
    return str(caught.value)


def with_value(value: Any, row: int = 300, column: int = 0) -> pd.DataFrame:
    frame = RETURNS.astype(object) if isinstance(value, str) else RETURNS.copy()
    frame.iloc[row, column] = value
    return frame
