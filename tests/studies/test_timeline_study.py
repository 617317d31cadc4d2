"""The timeline under five sets of choices: its sentence, its pictures and what would change it."""

from __future__ import annotations

from typing import Any

import matplotlib.pyplot as plt
import pandas as pd
import pytest

import rareearth_research as rer
from rareearth_research.errors import SpecificationError
from rareearth_research.plots import plot_timeline
from rareearth_research.plots.measures import over_time
from tests.support.answers import answer_of

CHOICES: dict[str, tuple[dict[str, Any], str]] = {
    "as shipped": ({}, "27 Chinese measures were in force and twelve suspended, 14 other measures"),
    "China on two minerals, Shanghai": (
        {"materials": ["Ga", "Ge"], "actors": ["CN"], "exchanges": ["XSHG"]},
        "24 events by CN on Ga or Ge since July 2023, 23 have a session in Shanghai",
    ),
    "the United States, wide windows": (
        {"actors": ["US"], "since": "2020-01-01", "sessions": 5},
        "within five sessions of another event",
    ),
    "this year, Tokyo first": (
        {"since": "2026-01-01", "exchanges": ["XTKS", "XNYS"], "event_id": "cn-2026-01-japan-no1"},
        "30 have a session in Tokyo",
    ),
    "one session, graphite": (
        {"materials": "C", "sessions": 0, "event_id": "cn-2023-10-graphite"},
        "on the session of another event",
    ),
    "one country without hours in doubt": ({"actors": "MY"}, "for none the hour leaves two"),
}


@pytest.mark.parametrize("name", CHOICES)
def test_any_choice_is_a_whole_study(name: str) -> None:
    choices, words = CHOICES[name]
    study = rer.studies.policy_timeline(**choices)
    assert words in study.finding
    counts, tried = study.table.iloc[0], study.tried
    assert tried.iloc[0].equals(counts[tried.columns].rename(tried.index[0]))
    assert tried["clean_and_certain"].le(tried["clean"]).all()
    apart = tried[tried.index.str.contains("session")]
    assert len(apart) >= 3
    assert tried.loc["with mineral content", "clean_and_certain"] >= 0
    assert study.plot().get_suptitle().replace("\n", " ") == study.finding
    assert study.plot_clock().axes
    plt.close("all")


def test_wider_windows_leave_fewer_events_alone() -> None:
    tried = answer_of("policy_timeline").tried["clean_and_certain"]
    assert tried["one session apart"] > tried.iloc[0] > tried["five sessions apart"]
    assert tried["five sessions apart"] > tried["ten sessions apart"]


@pytest.mark.parametrize("day", ["2012-06-01", "2024-12-31", "2025-11-09", "2026-06-25"])
def test_what_the_picture_counts_is_what_measures_answers(day: str) -> None:
    counts = over_time(rer.load_measures())
    assert counts is not None
    drawn = counts[:day].iloc[-1]
    said = rer.measures(day).query("actor.str.startswith('CN')")["status"].value_counts()
    for status in ("in_force", "suspended"):
        assert drawn[status] == said.get(status, 0), status


def test_nothing_is_counted_after_the_last_day_known() -> None:
    counts = over_time(rer.load_measures())
    assert counts is not None
    assert counts.index[-2] == pd.Timestamp("2026-10-05")
    assert counts.iloc[-1].isna().all()
    foreign = rer.load_measures(actor="US")
    assert over_time(foreign) is None


def test_measures_of_another_kind_are_refused() -> None:
    events = rer.load_events(since="2025-01-01")
    with pytest.raises(SpecificationError, match=r"measures lacks .*rer\.load_measures\(\)"):
        plot_timeline(events, measures=events)
    assert plot_timeline(events, measures=rer.load_measures()).axes
