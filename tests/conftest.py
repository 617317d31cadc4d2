"""What all tests share: the same draws every time, no windows, no user settings, and the data."""

from __future__ import annotations

import gc
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import matplotlib as mpl
import pandas as pd
import pytest
from hypothesis import HealthCheck, settings
from xdist.scheduler import LoadFileScheduling

# Set here and not in the environment: kernels that tests start must keep the inline backend.
mpl.rcParams["backend"] = "Agg"

settings.register_profile(
    "repeatable",
    derandomize=True,
    database=None,
    deadline=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("repeatable")


SLOW = {"simulation", "end_to_end", "browser"}
LONG = ("notebooks", "studies", "reports", "workspace", "exploring", "cli", "keeping", "project")


@pytest.hookimpl(trylast=True)  # of those that are run
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put long files first: then no worker is left alone with one when the others are done."""
    slow = {item.path for item in items if SLOW & {mark.name for mark in item.iter_markers()}}
    rank = {name: place for place, name in enumerate(LONG)}
    items.sort(
        key=lambda item: (
            item.path not in slow and item.path.suffix != ".ipynb",
            rank.get(item.path.parent.name, len(LONG)),
        )
    )


@cache
def shares_answers(path: Path) -> bool:
    """Say whether the tests of a file share what the studies answer."""
    return "tests.support.answers" in path.read_text(encoding="utf-8")


class ByFile(LoadFileScheduling):
    """Give a worker whole files, and one worker all that share answers: each is then found once."""

    def _split_scope(self, nodeid: str) -> str:
        path: str = super()._split_scope(nodeid)
        return "answers" if shares_answers(self.config.rootpath / path) else path


@pytest.hookimpl(optionalhook=True)  # -p no:xdist is allowed
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ByFile | None:
    """Say who tests what where whole files are asked for, and leave other ways as they are."""
    return ByFile(config, log) if config.getoption("dist") == "loadfile" else None


def pytest_collection_finish() -> None:
    """Spare the garbage collector ten thousand tests, which stay, and looking every few objects."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


@pytest.fixture(scope="module")
def raw() -> Mapping[str, pd.DataFrame]:
    """The raw files by name, read when asked for."""
    from rareearth_research.datasets.building.build import RawFiles
    from rareearth_research.datasets.catalog import data_dir

    return RawFiles(data_dir(), {})


@pytest.fixture(scope="module")
def simple() -> pd.DataFrame:
    """Simple returns of every security."""
    from rareearth_research.datasets import load_returns

    return load_returns(kind="simple")
