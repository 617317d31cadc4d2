"""One right call of what asks a series for its breaks, on made-up months."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

import rareearth_research as rer
from bad_input.entry import Entry

MONTHS = pd.date_range("2015-01-01", periods=80, freq="MS", name="date")


def series(shift: float = 1.5) -> pd.Series:
    values = np.random.default_rng(4).normal(size=80) + shift * (np.arange(80) >= 40)
    return pd.Series(values, MONTHS, name="tonnes")


def tables(**given: Any) -> dict[str, Any]:
    found = rer.find_breaks(**given)
    drawn = pd.Series(found.guard.counts)
    notes = {"notes": "; ".join(found.series.notes)}
    return {"breaks": found.breaks, "table": found.table, "drawn": drawn} | notes


def breaks() -> Iterator[Entry]:
    asked = {"series": series(), "max_breaks": 2, "trim": 0.2}
    yield Entry("find_breaks", "dynamics", tables, asked,
                {"regressors": {"regressors": series(0.0)[::-1].set_axis(MONTHS)}},
                of=rer.find_breaks)  # fmt: skip
    found = {"breaks": rer.find_breaks(**asked)}
    days = ["2016-04-04", "2018-07-03"]
    events = pd.DataFrame({"event_id": ["one", "two"], "date": pd.to_datetime(days)})
    yield Entry("nearest_policy", "dynamics", rer.nearest_policy, found | {"events": events})
    yield Entry("nearest_policy, dates", "dynamics", rer.nearest_policy,
                found | {"events": days}, only=("events",))  # fmt: skip
