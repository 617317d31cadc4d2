"""Every code that people meet has a name; tables for reading show it, data keep the code."""

from __future__ import annotations

import re
from typing import get_args

import pandas as pd
import pytest

from rareearth_research import choices
from rareearth_research.eventstudy.pairs.screen import REASONS
from rareearth_research.labels import heading, label, labels, readable
from rareearth_research.summary import table_html
from rareearth_research.timing import EXCHANGES, PHASES
from rareearth_research.timing.spoken import spoken


@pytest.mark.parametrize(
    ("kind", "codes"),
    [
        ("test", get_args(choices.TestName)),
        ("model", [*get_args(choices.StudyModel), "factors", "garch"]),
        ("timing", get_args(choices.Timing)),
        ("reason", [code for code in REASONS if code]),
        ("phase", PHASES),
        ("exchange", get_args(choices.Listing)),
    ],
)
def test_every_code_has_a_name_of_its_own(kind, codes):
    names = [label(kind, code) for code in codes]
    assert set(codes) <= set(labels()[kind])
    assert len(set(names)) == len(names)
    assert not any("_" in name for name in names)


def test_exchanges_are_named_by_their_city():
    assert all(EXCHANGES[mic].city == city for mic, city in labels()["exchange"].items())


def test_a_table_for_reading_has_names_and_per_cent_and_the_frame_keeps_its_codes():
    frame = pd.DataFrame({"event_id": ["a;b"], "test": ["kp"], "caar": [0.0767], "lower": [-0.01],
                          "materials": ["Ga;Ge"], "note": ["x"]})  # fmt: skip
    html = table_html(frame, names={"a": "First", "b": "Second"}, index=False)
    cells = re.findall("<t[hd]>(.*?)</t[hd]>", html)
    assert cells == ["event", "test", "average CAR, log %", "lower, log %", "materials", "note",
                     "First; Second", "Kolari–Pynnönen", "+7.67", "−1.00", "Ga Ge",
                     "x"]  # fmt: skip
    assert frame["test"].tolist() == ["kp"]


def test_a_bound_is_in_per_cent_only_beside_an_average():
    frame = pd.DataFrame({"effect": [0.5], "lower": [0.25]})
    assert re.findall("<td>(.*?)</td>", table_html(frame, index=False)) == ["0.5", "0.25"]


def test_what_has_no_name_stays_without_its_underscores():
    assert heading("my_own_column") == "my own column"
    assert readable(pd.DataFrame({"test": ["mine", None, 3]}))["test"].tolist()[0] == "mine"


@pytest.mark.parametrize(
    ("first", "last", "zone", "said"),
    [
        ("2025-10-09T07:30Z", "2025-10-09T07:30Z", "Asia/Shanghai",
         "9 October 2025, 15:30 in Shanghai (07:30 UTC)"),
        ("2025-10-09T01:00Z", "2025-10-09T01:29Z", "Asia/Shanghai",
         "9 October 2025, 09:00 to 09:29 in Shanghai (01:00 to 01:29 UTC)"),
        ("2025-10-09T22:00Z", "2025-10-10T05:00Z", "America/New_York",
         "9 October 2025, 18:00 to 10 October 01:00 in New York (22:00 to 10 October 05:00 UTC)"),
        ("2025-10-08T20:00Z", "2025-10-08T20:00Z", "Asia/Shanghai",
         "9 October 2025, 04:00 in Shanghai (8 October 20:00 UTC)"),
        ("2025-10-08T20:00Z", "2025-10-08T20:00Z", "UTC", "8 October 2025, 20:00 UTC"),
    ],
)  # fmt: skip
def test_a_moment_is_said_where_it_was_and_in_utc(first, last, zone, said):
    assert spoken((pd.Timestamp(first), pd.Timestamp(last)), zone) == said
