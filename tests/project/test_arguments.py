"""Arguments are judged at the border, in the same words everywhere."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from rareearth_research.arguments import (
    check_choice,
    check_flag,
    check_frame,
    check_listed,
    check_names,
    check_number,
    check_share,
    check_span,
    check_whole,
)
from rareearth_research.errors import DataError, SpecificationError, shown


def test_what_fits_comes_back_in_one_form() -> None:
    assert check_choice("model", "mean", ["mean", "market"]) == "mean"
    assert check_whole("n", np.int64(3), 1) == 3
    assert check_number("level", 1, 0) == 1.0
    assert check_share("level", 0.05) == 0.05
    assert check_flag("usable", np.True_) is True
    assert check_names("tickers", "MP") == ["MP"]


@pytest.mark.parametrize(
    ("check", "value", "says"),
    [
        (lambda v: check_choice("model", v, ["mean", "market"]), "marke", "nearest: 'market'"),
        (lambda v: check_choice("model", v, ["mean"]), ["mean"], "choose from 'mean'"),
        (lambda v: check_choice("model", v, ["mean"]), None, "choose from 'mean'"),
        (lambda v: check_whole("n", v, 1), 0, "n must be a whole number, 1 or more; got 0"),
        (lambda v: check_whole("n", v, 1, 9), "3", "from 1 to 9; got '3'"),
        (lambda v: check_whole("n", v), True, "n must be a whole number; got True"),
        (lambda v: check_number("level", v), float("nan"), "level must be a number; got nan"),
        (lambda v: check_number("level", v), pd.Series([1]), "a Series of shape"),
        (lambda v: check_number("level", v, 0), 10**400, "level must be a number, 0 or more"),
        (lambda v: check_listed("level", v, [0.05]), 10**400, "level must be one of 0.05"),
        (lambda v: check_span("window", v), (5, 3), r"write \(3, 5\)"),
        (lambda v: check_share("level", v), "5%", "such as 0.05; got '5%'"),
        (lambda v: check_share("level", v), float("nan"), "between 0 and 1"),
        (lambda v: check_flag("usable", v), "yes", "usable must be True or False; got 'yes'"),
        (lambda v: check_names("tickers", v), 5, "a name or a list of names; got 5"),
        (lambda v: check_names("tickers", v), ["MP", None], "a name or a list of names"),
        (lambda v: check_names("tickers", v), ["MP", ["LYC.AX"]], "a name or a list of names"),
        (lambda v: check_names("tickers", v), np.array([["MP"]]), "a name or a list of names"),
        (lambda v: check_names("tickers", v), [], "an empty list selects nothing"),
        (lambda v: check_frame("events", v, ["date"]), [1], "with the columns date; got"),
        (
            lambda v: check_frame("events", v, ["date"]),
            pd.DataFrame(columns=["dat"]),
            "no column 'date'; nearest: 'dat'",
        ),
        (
            lambda v: check_frame("events", v),
            pd.DataFrame([[1, 2]], columns=["a", "a"]),
            "the column 'a' more than once",
        ),
    ],
)
def test_what_does_not_fit_is_named_quoted_and_answered(check: Any, value: Any, says: str) -> None:
    with pytest.raises(SpecificationError, match=says):
        check(value)


def test_the_class_of_the_error_is_the_callers() -> None:
    with pytest.raises(DataError):
        check_names("tickers", 5, DataError)


def test_a_quotation_is_one_short_line_whatever_was_given() -> None:
    class Broken:
        def __repr__(self) -> str:
            raise RuntimeError

    assert shown("x" * 10**7).endswith("…")
    assert "Broken" in shown(Broken())
    assert shown(np.zeros((3, 4))) == "a ndarray of shape (3, 4)"
    assert "\n" not in shown("a\nb")
    assert len(shown(list(range(10**5)))) <= 80
