"""docs/how_we_know.md prints our number beside each reference: both are computed or read here."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import rareearth_research as rer
from rareearth_research.dynamics.structural.kernel import filters, likeliest
from tests.dynamics.test_projection import SHOCKS, UNFINISHED
from tests.dynamics.test_state_space import nile
from tests.eventstudy.test_eventstudy_oracle import fitted
from tests.support.break_series import reference_series
from tests.support.counterfactuals import cigarettes

pytestmark = pytest.mark.filterwarnings("ignore:.*as persistent as the level",
                                        "ignore:.*eventstudy2")  # fmt: skip
PAGE = Path(__file__).resolve().parents[2] / "docs" / "how_we_know.md"


@cache
def additions(window: tuple[int, int], convention: str = "textbook") -> Any:
    """Statistics of sixteen additions to the S&P 500."""
    result = fitted("G1", [window], convention=convention)
    return result, result.table.set_index("test")["statistic"]


@cache
def real_rate() -> Any:
    return rer.find_breaks(reference_series("us_real_rate"))


@cache
def california() -> Any:
    return rer.synthetic_did(cigarettes(), "California", None, 1989).table.set_index("method")


@cache
def remx() -> Any:
    prices = rer.load_prices(["REMX"])["REMX"].dropna()
    prices.loc[pd.Timestamp("2026-08-03")] = UNFINISHED
    returns = np.log(prices[:"2026-08-03"]).diff().dropna()
    return rer.local_projection(returns, SHOCKS, 3, 12, cumulative=False).table


def sup_f() -> list[float]:
    tests = real_rate().asymptotic
    hac = tests[tests["errors"] == "hac"].set_index("test")["statistic"]
    return [hac[f"supF({m})"] for m in range(1, 6)]


def variances() -> list[float]:
    best = likeliest(*filters(nile().to_numpy(), np.empty((100, 0))))
    return [(1 - best.share) * best.scale[-1], best.share * best.scale[-1]]


OURS: dict[str, Callable[[], Any]] = {
    "average abnormal return, [0, 1]": lambda: additions((0, 1))[0].car["car"].mean(),
    "Patell, [0, 1]": lambda: additions((0, 1))[1]["patell"],
    "Boehmer–Musumeci–Poulsen, [0, 1]": lambda: additions((0, 1))[1]["bmp"],
    "Kolari–Pynnönen, [0, 1]": lambda: additions((0, 1))[1]["kp"],
    "Kolari–Pynnönen, [−5, 5]": lambda: additions((-5, 5))[1]["kp"],
    "cross-sectional t, [−5, 5]": lambda: additions((-5, 5))[1]["cross_sectional"],
    "Kolari–Pynnönen, [0, 1], as eventstudy2": lambda: additions((0, 1), "eventstudy2")[1]["kp"],
    "supF(1) to supF(5), US real rate": sup_f,
    "breaks, US real rate": lambda: real_rate().regimes.ends(3)[1:-1],
    "break, Nile": lambda: rer.find_breaks(reference_series("nile")).breaks["date"].tolist(),
    "synthetic difference-in-differences, California": lambda: california().loc[
        "synthetic difference-in-differences", "effect"
    ],
    "difference-in-differences, California": lambda: california().loc[
        "difference-in-differences", "effect"
    ],
    "synthetic control, California": lambda: rer.synthetic_control(
        cigarettes(), "California", None, 1989
    ).table["effect"].iloc[1],
    "response on the day, REMX": lambda: remx()["effect"].iloc[0],
    "response after three days, REMX": lambda: remx()["effect"].iloc[3],
    "variances, Nile": variances,
}  # fmt: skip


def rows() -> dict[str, list[str]]:
    lines = re.findall(r"^\| ([^|]+) \| ([^|]+) \| ([^|]+) \| ([^|]+) \|$", PAGE.read_text(), re.M)
    return {first.strip(): rest for first, *rest in lines if first.strip() in OURS}


def test_every_number_of_the_page_is_computed_here():
    assert set(rows()) == set(OURS)


@pytest.mark.parametrize("name", OURS)
def test_our_number_is_as_printed(name: str) -> None:
    printed = re.findall(r"−?[\d.,]*\d", rows()[name][1])
    ours = np.atleast_1d(OURS[name]()).tolist()
    assert len(printed) == len(ours)
    for text, value in zip(printed, ours, strict=True):
        digits = len(text.partition(".")[2])
        assert text == f"{value:.{digits}f}".replace("-", "−")
