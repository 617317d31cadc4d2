"""Which cases of a test `make test` tries, and which `make thorough` alone."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest


def first_of(cases: Iterable[Any], *always: Any) -> list[Any]:
    """Return the cases as parameters, all marked thorough but those named, else but the first."""
    cases = list(cases)
    kept = always or cases[:1]
    assert all(case in cases for case in kept), f"{kept} are not all among {cases}"
    values = [case if type(case) is tuple else (case,) for case in cases]
    return [
        pytest.param(*value, marks=() if case in kept else pytest.mark.thorough)
        for case, value in zip(cases, values, strict=True)
    ]
