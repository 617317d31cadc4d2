"""How numbers are written wherever they are read: no negative zero, and no end lost by rounding."""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import rareearth_research
from rareearth_research.numerals import interval, per_cent
from rareearth_research.summary import Summary, signed, table_html

SOURCE = Path(rareearth_research.__file__).parent
SMALL = st.floats(-1e-3, 1e-3) | st.floats(-5, 5) | st.just(-0.0)
NEGATIVE_ZERO = re.compile(r"[-−]0(?:[.,]0*)?(?![\d.,])")


@given(SMALL, SMALL)
def test_no_number_is_a_negative_zero(one, other):
    frame = pd.DataFrame({"caar": [one, other], "p_value": [0.5, 0.1], "x": [other, one]})
    summary = Summary("A sentence.", frame)
    texts = [per_cent(one), interval(one, other), signed(one), table_html(frame), str(summary),
             summary._repr_html_()]  # fmt: skip
    assert not [text for text in texts if NEGATIVE_ZERO.search(text)]


def test_every_signed_format_knows_no_negative_zero():
    signed_formats = re.compile(r"[:\"'}]\+(?!z),?\.(\d+|\{\w+\})[fg%][}\"']")
    found = {
        f"{path.name}: {line.strip()}"
        for path in SOURCE.rglob("*.py")
        for line in path.read_text(encoding="utf-8").splitlines()
        if signed_formats.search(line) and path.name != "verify.py"
    }
    assert not found


@given(SMALL, SMALL)
def test_an_interval_shows_on_which_side_of_zero_its_ends_are(one, other):
    low, high = sorted((one, other))
    said = interval(low, high)
    if min(abs(low), abs(high)) > 1e-4:
        assert said.startswith("−") is (low < 0)
        assert (" to −" in said) is (high < 0)
        assert ("+" in said) is (low < 0 < high)


@pytest.mark.parametrize(
    ("value", "said"),
    [(0.0744, "+7.4 %"), (0.00994, "+0.99 %"), (0.00996, "+1.0 %"), (-3e-7, "−0.00003 %"),
     (4e-5, "+0.004 %"), (-0.0, "0.00 %"), (-1e-14, "0.00 %"), (float("nan"), "–")],
)  # fmt: skip
def test_a_percentage_has_the_digits_that_tell_it_from_zero(value, said):
    assert per_cent(value) == said


@pytest.mark.parametrize(
    ("ends", "said"),
    [((-0.039, 0.1151), "−3.9 to +11.5 %"), ((-0.0001, 0.05), "−0.01 to +5.00 %"),
     ((0.00031, 0.00033), "0.031 to 0.033 %"), ((1e-7, 0.05), "0.0 to 5.0 %"),
     ((0.021, 0.127), "2.1 to 12.7 %"), ((float("nan"), 0.1), "unknown")],
)  # fmt: skip
def test_an_interval_has_the_digits_that_tell_its_ends_apart(ends, said):
    assert interval(*ends) == said
