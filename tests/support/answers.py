"""What the studies answer when nothing is given, each asked once by all the tests of a process."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest

import rareearth_research as rer
from rareearth_research.datasets import catalog


@cache
def _asked(study: str) -> tuple[Any, set[str]]:
    find, seen = catalog.resource_of, set[str]()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(catalog, "_derived", {})  # what others had made of the tables
        patch.setattr(catalog, "resource_of", lambda name, root: seen.add(name) or find(name, root))
        return getattr(rer.studies, study)(), seen


def answer_of(study: str) -> Any:
    """The answer of a study such as ``"event_study"``; it is shared, so leave it as it is."""
    return _asked(study)[0]


def tables_read(study: str) -> set[str]:
    """The tables that a study reads for that answer."""
    return _asked(study)[1]
