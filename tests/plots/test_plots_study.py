"""Titles count every pair, drawn or not, and speak of a benchmark only where there is one."""

from __future__ import annotations

from dataclasses import replace

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from rareearth_research.errors import SpecificationError
from rareearth_research.eventstudy import EventStudy, placebo
from rareearth_research.plots import (
    plot_anticipation,
    plot_car,
    plot_event_clock,
    plot_paths,
    plot_placebo,
    plot_size_table,
    plot_timeline,
)
from rareearth_research.plots.study import _days
from rareearth_research.timing import event_clock

DAYS = pd.bdate_range("2022-01-03", periods=420)
EVENTS = [DAYS[330], DAYS[370]]
N = 60


@pytest.fixture(autouse=True)
def close_figures():
    yield
    plt.close("all")


def study(model: str = "market", events=EVENTS, **options) -> EventStudy:
    """Sixty made-up securities; two in three rise when the news comes."""
    rng = np.random.default_rng(1)
    market = rng.normal(0, 0.01, len(DAYS))
    returns = market[:, None] + rng.normal(0, 0.005, (len(DAYS), N))
    for day in EVENTS:
        returns[DAYS.get_loc(day)] += np.where(np.arange(N) % 3, 0.06, -0.06)
    frame = pd.DataFrame(returns, DAYS, [f"S{i:02d}" for i in range(N)])
    index = pd.Series(market, DAYS, name="index")
    options |= {"factors": pd.DataFrame({"mkt": market}, DAYS)} if model == "factors" else {}
    benchmark = None if model in ("raw", "mean", "factors") else index
    return EventStudy(frame, events, benchmark, model, windows=[(0, 0)], **options)


def title(figure) -> str:
    return " ".join(figure.get_suptitle().split())


def subtitle(figure) -> str:
    return " ".join(figure.axes[0].get_title(loc="left").split())


def test_a_title_counts_the_pairs_that_are_not_drawn_too():
    result = study().fit()
    figure = plot_car(result)
    up, noisy = (result.car["car"] > 0).sum(), (result.car["scar"].abs() > 1.96).sum()
    assert (len(result.car), len(figure.axes[0].get_yticks())) == (120, 40)
    assert title(figure).startswith(f"{up} of 120 rose against their benchmark, {noisy} moved")
    assert title(figure).endswith(result.verdict["title"].iloc[0])
    assert up == 80


def test_events_are_told_apart_by_their_days_and_those_of_one_day_by_their_names():
    result = study().fit()
    labels = [text.get_text() for text in plot_car(result, limit=120).axes[0].get_yticklabels()]
    first = result.car.groupby("event_id")["session"].min()
    assert {label.partition("  ")[2] for label in labels} == {f"{d.day} {d:%b %Y}" for d in first}
    same = result.car.assign(session=first.iloc[0])
    assert [*_days(same)] == [*first.index]


@pytest.mark.parametrize(("limit", "low", "high"), [(40, 20, 20), (5, 2, 3), (2, 1, 1)])
def test_a_picture_of_some_pairs_says_which(limit, low, high):
    figure = plot_car(study().fit(), limit=limit)
    assert f"the {low} lowest and {high} highest of 120" in subtitle(figure)
    assert len(figure.axes[0].get_yticks()) == limit


def test_a_picture_of_all_pairs_speaks_of_no_choice():
    figure = plot_car(study().fit(), limit=120)
    assert "lowest" not in subtitle(figure)
    assert len(figure.axes[0].get_yticks()) == 120


@pytest.mark.parametrize(
    ("model", "words"),
    [
        ("raw", "rose"),
        ("mean", "rose by more than on average"),
        ("factors", "rose against their factors"),
        ("market_adjusted", "rose against their benchmark"),
        ("market", "rose against their benchmark"),
        ("dimson", "rose against their benchmark"),
    ],
)
def test_a_title_speaks_of_a_benchmark_only_where_the_model_has_one(model, words):
    assert words in title(plot_car(study(model).fit()))


@pytest.mark.parametrize(("events", "what"), [(EVENTS[:1], "security"), (EVENTS, "pair")])
def test_paths_are_named_by_what_they_are(events, what):
    assert f"return of each {what};" in subtitle(plot_paths(study(events=events).fit()))


def test_a_window_that_was_not_studied_is_refused_with_those_that_were():
    result = study().fit()
    with pytest.raises(SpecificationError, match=r"window='\[0, 5\]' is not known.*\[0, 0\]"):
        plot_car(result, window=(0, 5))
    assert plot_car(result, window=(0, 0)).axes


def test_a_placebo_title_counts_as_the_p_value_does():
    result = placebo(study(events=EVENTS[:1]))
    row = result.table.iloc[0]
    larger = round(row["p_value"] * (1 + row["n"])) - 1
    assert title(plot_placebo(result)).startswith(f"{larger} of {row['n']} other sessions look")


def test_a_placebo_without_draws_is_refused_with_its_reason():
    result = placebo(study(events=EVENTS[:1]))
    none = replace(
        result,
        distribution=result.distribution * np.nan,
        table=result.table.assign(note="no admissible placebo session"),
    )
    with pytest.raises(SpecificationError, match="no admissible placebo session"):
        plot_placebo(none)


def test_a_single_exchange_is_not_compared_with_itself():
    clock = event_clock("2025-05-12T15:00+08:00", ["XSHG"])
    assert title(plot_event_clock(clock)) == "Shanghai could react first, 18.5 hours after the news"


def test_one_event_of_a_timeline_is_counted_in_the_singular():
    from rareearth_research.datasets import load_events

    one = load_events(event_ids="cn-2024-08-antimony")
    said = title(plot_timeline(one))
    assert said == "1 policy event, 15 August 2024; of 1 by China alone, 1 tightens and 0 ease"


def test_a_run_up_without_placebo_is_not_given_a_verdict():
    from rareearth_research.eventstudy import anticipation

    result = anticipation(study(events=EVENTS[:1]), 3)
    blank = result.table.assign(p_value=np.nan, p_romano_wolf=np.nan)
    assert "no placebo" in title(plot_anticipation(replace(result, table=blank)))


def test_the_worst_other_test_is_another_than_those_that_hold():
    size = pd.DataFrame(
        {
            "test": ["kp", "bmp"],
            "design": "one_date",
            "description": "one date",
            "level": 0.05,
            "rejection": [0.30, 0.20],
            "claims_to_hold": [True, False],
        }
    )
    assert title(plot_size_table(size)).endswith("the worst other rejects 20 %")
