"""How a frame is written for reading: one style of numbers, and remarks said once."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest

from rareearth_research.summary import table_html


def cells(frame: pd.DataFrame) -> list[str]:
    return re.findall("<td>(.*?)</td>", table_html(frame, index=False))


@pytest.mark.parametrize(
    ("p", "said"),
    [(0.0, "&lt; 0.001"), (0.00099, "&lt; 0.001"), (0.001, "0.001"), (0.0451, "0.045"),
     (1.0, "1.000"), (np.nan, "–")],
)  # fmt: skip
@pytest.mark.parametrize("name", ["p", "p_value", "p_romano_wolf", "placebo_p", "holm"])
def test_a_p_value_has_three_digits_and_is_never_zero(name, p, said):
    assert cells(pd.DataFrame({name: [float(p)]})) == [said]


def test_a_column_that_holds_no_probabilities_is_left_as_it_is():
    frame = pd.DataFrame({"p_count": [0.5, 12.25], "pairs": [1, 2]})
    assert cells(frame) == ["0.50", "1", "12.25", "2"]


def test_counts_have_marks_between_thousands_and_years_have_none():
    frame = pd.DataFrame({"n": pd.array([4999, None]), "pairs": [0, 12345], "year": [2018, 2026]})
    assert cells(frame) == ["4,999", "0", "2018", "–", "12,345", "2026"]


def test_minus_is_a_minus_and_hyphens_dates_and_markup_stay():
    frame = pd.DataFrame({"x": [-1.5], "w": ["[-1, 5]"], "i": ["-6.29 to -1"], "id": ["cn-2025-10"],
                          "day": ["2025-10-09"]})  # fmt: skip
    assert cells(frame) == ["−1.5", "[−1, 5]", "−6.29 to −1", "cn-2025-10", "2025-10-09"]


def test_yes_and_no_stand_for_true_and_false_and_a_dash_for_what_is_missing():
    frame = pd.DataFrame({"a": [True, False], "b": pd.array([1, None]), "c": [pd.NaT, pd.NaT]})
    assert cells(frame) == ["yes", "1", "–", "no", "–", "–"]


def test_remarks_that_repeat_become_numbers_explained_below():
    frame = pd.DataFrame({"test": list("abc"), "note": ["one; <two>", "", "<two>"]})
    assert cells(frame) == ["a", "1, 2", "b", "", "c", "2"]
    below = table_html(frame).partition("</table>")[2]
    assert below == "\n<ol class='rer-notes'><li>one</li><li>&lt;two&gt;</li></ol>"
    assert frame["note"].tolist() == ["one; <two>", "", "<two>"]


def test_remarks_that_do_not_repeat_stay_in_their_rows():
    frame = pd.DataFrame({"test": ["a", "b"], "note": ["one", "two"]})
    assert cells(frame) == ["a", "one", "b", "two"]
    assert "rer-notes" not in table_html(frame)


def test_two_columns_may_have_one_name():
    assert cells(pd.DataFrame([["a", -3.0]], columns=["x", "x"])) == ["a", "−3.0"]
