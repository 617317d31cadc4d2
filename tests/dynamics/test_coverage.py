"""How often intervals hold zero on shipped series: as measured, and said where too rarely."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import interval_coverage
import numpy as np
import pandas as pd
import pytest

import rareearth_research as rer

ROOT = Path(__file__).resolve().parents[2]
TABLE = rer.load_coverage_table()


def test_the_page_states_what_was_measured() -> None:
    page = (ROOT / "docs" / "responses.md").read_text(encoding="utf-8")
    assert interval_coverage.block(TABLE) in page


def test_too_narrow_is_significantly_below_what_an_honest_interval_may_miss() -> None:
    below = TABLE["coverage"] + 1.645 * TABLE["std_error"] < 0.85
    assert TABLE["too_narrow"].tolist() == below.tolist()
    assert below.any()
    assert not below.all()


def test_the_row_of_the_plain_move_by_month_is_what_numpy_gives() -> None:
    held = []
    for series, _, dates in interval_coverage.months(18):
        y = np.log(series.to_numpy())
        for row in series.index.get_indexer(pd.Index(dates)):
            first = max(row - 500, 0)
            own = y[first : row + 501]
            moves = np.array([own[t + 6] - own[t - 1] for t in range(1, len(own) - 6)])
            others = moves[np.abs(np.arange(1, len(own) - 6) - (row - first)) > 6]
            away = np.abs([*others, moves[row - first - 1]] - np.median(others))
            held.append((away >= away[-1] - 1e-12).mean() > 0.1)  # one's own counted
    known = TABLE.set_index(["method", "step"]).loc[("plain move, by other dates", "month")]
    assert (len(held), round(np.mean(held), 4)) == (known["intervals"], known["coverage"])


def test_blocks_of_dates_bear_that_series_fail_together() -> None:
    rng = np.random.default_rng(3)
    dates = np.repeat(rng.random(400) < 0.85, 5)
    rows = {"method": "m", "series": np.tile(np.arange(5), 400), "date": np.repeat(range(400), 5)}
    found = interval_coverage.measured(pd.DataFrame(rows | {"covers": dates}))
    assert found["std_error"] == pytest.approx(np.sqrt(0.85 * 0.15 / 400), rel=0.15)


def test_an_interval_that_was_measured_too_narrow_says_so() -> None:
    rng = np.random.default_rng(4)
    days = pd.bdate_range("2022-01-03", periods=120)
    wide = pd.DataFrame(rng.normal(size=(120, 5)).cumsum(axis=0), days, list("abcde"))
    found = rer.synthetic_did(wide, "a", None, days[90], draws=20)
    assert not found.guard
    assert "Interval too narrow here: on logs of shipped prices by session" in str(
        found.summary().lines
    )


def test_what_was_measured_too_narrow_objects() -> None:
    months = pd.date_range("2010-01-01", periods=157, freq="MS")
    series = pd.Series(np.random.default_rng(0).normal(size=157).cumsum(), months)
    found = rer.state_space_impact(series, "2021-07-01")
    assert not found.doubts  # by other dates, which were not
    few = replace(
        found, table=found.table.assign(placebo_lower=-np.inf), placebo=found.placebo[:15]
    )
    few = replace(few, placebo=few.placebo.assign(covers=np.arange(15) % 5 > 0))
    assert any("on logs of shipped prices by month" in doubt for doubt in few.doubts)
    assert "no check objects" not in few.summary().headline


def test_other_dates_of_the_series_itself_come_before_the_table() -> None:
    rng = np.random.default_rng(5)
    months = pd.date_range("2010-01-01", periods=120, freq="MS")
    found = rer.interrupted(pd.Series(rng.normal(size=120), months), "2018-01", trend=False)
    assert found.coverage >= 0.85
    assert "too narrow" not in found.summary().lines
