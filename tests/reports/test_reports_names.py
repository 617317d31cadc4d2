"""A run is named by what was changed: readable, one name for one set of values, safe everywhere."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from rareearth_research.reports.runs.names import LONGEST, run_name, run_title


@pytest.mark.parametrize(
    ("changed", "name", "title"),
    [
        ({}, "02_s", "02_s"),
        ({"event_ids": [], "since": "2023-01-01", "group": "users"},
         "02_s--since-2023-01-01--group-users", "02_s, since 2023-01-01, group users"),
        ({"windows": [[0, 3], [-1, 5]]}, "02_s--windows-0to3+-1to5",
         "02_s, windows [0, 3], [−1, 5]"),
        ({"estimation": [-260, -11]}, "02_s--estimation--260to-11", "02_s, estimation [−260, −11]"),
        ({"trend": False, "x": None, "y": ""}, "02_s--trend-no--x-none--y-empty",
         "02_s, trend no, x none, y empty"),
        ({"materials": ["Ga", "Ge"]}, "02_s--materials-Ga+Ge", "02_s, materials Ga, Ge"),
        ({"ids": list("abcde")}, "02_s--ids-a+b+c+d+e", "02_s, ids a, b, c and 2 more"),
    ],
)  # fmt: skip
def test_a_name_says_what_was_changed(changed, name, title):
    assert run_name("02_s", changed) == name
    assert run_title("02_s", changed) == title


@pytest.mark.parametrize("value", ["^GSPC", "my prices.csv", "日本", "a--b", "yes", "7", "x" * 200])
def test_what_a_folder_cannot_say_is_told_apart_by_a_hash(value):
    name = run_name("02_s", {"x": value})
    assert re.fullmatch(r"02_s--x.*-[0-9a-f]{8}", name)
    assert len(name) <= LONGEST
    assert value[:20] in run_title("02_s", {"x": value})


WORDS = st.text(st.sampled_from('ab-+_.^ /\\:*?"<>|é7'), max_size=6)
VALUES = st.fixed_dictionaries(
    {},
    optional={
        "text": WORDS,
        "names": st.lists(WORDS, max_size=3),
        "windows": st.lists(st.lists(st.integers(-9, 9), min_size=2, max_size=2), max_size=3),
        "seed": st.integers(-99, 99),
        "trend": st.booleans(),
        "maybe": st.none() | WORDS,
    },
)


@example({"names": []}, {"names": [""]})
@example({"names": ["a", "b"]}, {"names": ["a+b"]})
@example({"maybe": None}, {"maybe": ""})
@example({"text": "a--maybe-b"}, {"text": "a", "maybe": "b"})
@given(VALUES, VALUES)
def test_other_values_have_another_name_and_the_same_ones_the_same(one, other):
    assert (run_name("s", one) == run_name("s", other)) == (one == other)


@given(VALUES)
def test_a_name_is_a_folder_on_windows_and_a_word_in_a_shell(changed):
    name = run_name("02_s", changed)
    assert re.fullmatch(r"[\w.+-]+", name, re.A)
    assert name[-1] not in ". "
    assert len(name) <= LONGEST
