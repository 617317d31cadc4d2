"""One right call of every method on series, on made-up months and sessions."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

import rareearth_research as rer
from bad_input.entry import Entry

MONTHS = pd.date_range("2012-01-01", periods=120, freq="MS", name="date")
SESSIONS = pd.bdate_range("2021-01-04", periods=320, name="date")


def monthly(seed: int = 1) -> pd.Series:
    steps = np.random.default_rng(seed).normal(0, 1, len(MONTHS))
    return pd.Series(100 + steps.cumsum(), MONTHS, name="tonnes")


def daily(seed: int = 2) -> pd.Series:
    return pd.Series(np.random.default_rng(seed).normal(0, 0.01, 320), SESSIONS, name="return")


def dynamics() -> Iterator[Entry]:
    shock = monthly(3).diff().fillna(0.0).rename("shock")
    projected = {"y": monthly(), "shock": shock, "horizons": 3, "lags": 2}
    state = {"state": {"state": (monthly(4) > 100).astype(float)}}
    panel = pd.DataFrame({"a": monthly(), "b": monthly(5)})
    yield Entry("local_projection", "dynamics", rer.local_projection, projected, {
        "controls": {"controls": monthly(6)}, "panel": {"panel": "unit", "y": panel}, **state,
    }, place="series")  # fmt: skip
    yield Entry("local_projection, panel", "dynamics", rer.local_projection,
                projected | {"y": panel}, only=("y",), place="series")  # fmt: skip
    yield Entry("local_projection, dates", "dynamics", rer.local_projection,
                projected | {"shock": ["2015-03-01", "2018-06-01"]}, only=("shock",))  # fmt: skip
    yield Entry("interrupted", "dynamics", rer.interrupted,
                {"series": monthly(), "date": "2018-03-05"},
                {"effective": {"effective": "2018-06-05"}, "controls": {"controls": monthly(6)},
                 "lags": {"lags": 4}})  # fmt: skip
    dates = [f"{SESSIONS[row]:%Y-%m-%d}" for row in (120, 240)]
    nervous = {"series": daily(), "dates": dates, "window": (0, 4)}
    yield Entry("volatility", "dynamics", rer.volatility, nervous)
    yield Entry("brown_forsythe", "dynamics", rer.brown_forsythe, nervous)
    pair = {"first": daily(), "second": daily(7), "max_lag": 3, "draws": 99}
    yield Entry("lead_lag", "dynamics", rer.lead_lag, pair, {"block": {"block": 7}})
    prices = {"abroad": daily().cumsum().add(5), "home": daily(7).cumsum().add(7),
              "fx": daily(8).cumsum().add(7.1)}  # fmt: skip
    terms = {"vat": 0.13, "units": {"abroad": "USD/kg", "home": "CNY/t"}}
    yield Entry("premium", "dynamics", rer.premium, prices | terms)
    level = {name: 100 * np.exp(daily(seed).cumsum()) for seed, name in enumerate("abcd", 9)}
    wide = pd.DataFrame(level)
    asked = {"series_or_study": wide["a"], "event": dates[1], "horizon": 6}
    yield Entry("did_it_move", "dynamics", rer.did_it_move, asked | {"donors": wide[["b", "c"]]})
