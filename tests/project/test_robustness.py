"""Nothing that is not understood becomes a number: a sample of the corpus, and its judge."""

from __future__ import annotations

import inspect
import random
import warnings
from collections.abc import Callable
from functools import cache
from typing import Any

import pandas as pd
import pytest
from bad_input import judge as judges
from bad_input.entry import Entry, cases

import rareearth_research as rer
from rareearth_research.errors import SpecificationError

NEVER_CALLED = {"EventStudyResults"}  # made by EventStudy.fit only


def public() -> dict[str, Any]:
    """The public callables of the package by name, without the errors."""
    everything = {name: getattr(rer, name) for name in rer.__all__}
    errors = {
        name for name, v in everything.items() if inspect.isclass(v) and issubclass(v, Exception)
    }
    return {n: v for n, v in everything.items() if callable(v) and n not in errors | NEVER_CALLED}


@cache
def corpus() -> list[tuple[str, str, str]]:
    return cases(judges.all_entries().values())


def refuse(value: object) -> None:
    raise SpecificationError(f"size must be a whole number, 0 or more; got {value}")


def refuse_briefly(value: object) -> None:
    raise SpecificationError("size is wrong")


def refuse_elsewhere(value: object) -> None:
    raise SpecificationError("returns must be a DataFrame")


def hint_wrongly(value: object) -> None:
    raise SpecificationError("size must be another; write 'YYYY-MM-DD', as in '2024-03-06'")


def fail(value: object) -> None:
    raise ValueError("size must be a whole number")


def warn(value: object) -> int:
    warnings.warn("size is not a number; took 0", UserWarning, stacklevel=2)
    return 0


@pytest.mark.parametrize(
    ("outcome", "verdict"),
    [
        (refuse, "refused"),
        (refuse_briefly, "unclear"),
        (refuse_elsewhere, "unclear"),
        (hint_wrongly, "unclear"),
        (fail, "unclear"),
        (warn, "warned"),
        (lambda value: 2, "same"),
        (lambda value: 3, "silent"),
    ],
)
def test_the_judge_tells_outcomes_apart(
    outcome: Callable[[object], Any], verdict: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def size_of(size: str, returns: Any = ()) -> Any:
        return 2 if size == "2024-03-05" else outcome(size)

    name = f"toy {id(outcome)}"  # answers are kept by name
    toy = Entry(name, "toys", size_of, {"size": "2024-03-05"})
    monkeypatch.setattr(judges, "all_entries", lambda: {name: toy})
    assert judges.judge(name, "size", "compact text")[0] == verdict


def test_a_remedy_is_carried_out_before_it_is_believed() -> None:
    returns = pd.DataFrame({"A": [0.01, 0.02]}, pd.to_datetime(["2024-01-02", "2024-01-03"]))
    mended = judges.remedy("use sort_index()", returns.iloc[::-1], returns)
    pd.testing.assert_frame_equal(mended, returns)


def test_every_argument_of_every_public_function_is_in_the_corpus() -> None:
    asked = {(name.split(",")[0], argument) for name, argument, _ in corpus()}
    for name, function in public().items():
        known = inspect.signature(function).parameters.values()
        wanted = {(name, p.name) for p in known if p.kind is not p.VAR_KEYWORD}
        assert wanted <= asked, f"give {name} a right call in benchmarks/bad_input"


def test_no_entry_point_is_silent_or_unclear_about_bad_input() -> None:
    pick = random.Random(8)
    by_entry: dict[str, list[tuple[str, str, str]]] = {}
    for case in corpus():
        by_entry.setdefault(case[0], []).append(case)
    sample = [pick.choice(listed) for listed in by_entry.values()]
    judged = [(*case, *judges.judge(*case)) for case in sample]
    assert [line for line in judged if line[3] in ("silent", "unclear")] == []
