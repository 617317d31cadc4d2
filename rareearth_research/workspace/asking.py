"""What is asked of a study in a workspace? What was given, then `study.yaml`, then one's files."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rareearth_research.datasets.own.description import STUDY, describe, workspaces
from rareearth_research.datasets.own.layers import layers
from rareearth_research.datasets.own.overlay import GROUP, shares_of
from rareearth_research.errors import SpecificationError, did_you_mean, shown
from rareearth_research.reports.parameters import read_parameters
from rareearth_research.reports.reading.meaning import IDLE, idle_beside
from rareearth_research.reports.reading.typed import read_parameter_file
from rareearth_research.reports.studies import Study, find_study


def here() -> Path | None:
    """Return the workspace that this process is in, or None."""
    return next(iter(workspaces()), None)


def studies_of(folder: Path) -> list[Study]:
    """Return the studies that the `study.yaml` of a workspace names.

    Raises
    ------
    SpecificationError
        For a study that does not exist, and for a parameter that none of them has.
    """
    studies = [find_study(name) for name in describe(folder).studies or ["event_study"]]
    known = [name for study in studies for name in read_parameters(study.path)]
    for name in _written(folder):
        if name not in known:
            raise SpecificationError(
                f"{folder / STUDY}: parameters: none of its studies has a parameter {shown(name)}"
                f"{did_you_mean(name, known)}; `rareearth studies STUDY` lists them"
            )
    return studies


def asked_of(study: Study, folder: Path | None, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the parameters of a study in a workspace; outside of one, those `given`.

    Parameters
    ----------
    study : Study
    folder : Path or None
        From `here`.
    given : mapping
        Wins over what `study.yaml` says, and that over events and securities of one's own.
    """
    if folder is None:
        return dict(given)
    known = read_parameters(study.path)
    written = {name: value for name, value in _written(folder).items() if name in known}
    asked = {**_without_rivals(written, given), **given}
    layer = layers()[0]
    own: dict[str, Any] = {}
    if layer.events is not None:
        own["event_ids"] = [*layer.events["event_id"]]
    if layer.prices is not None:
        own |= {"benchmarks": ["local"]} | ({"group": GROUP} if shares_of(layer) else {})
    rivals = {
        "event_ids": ("events_file",),
        "group": ("securities", "tickers", "prices_file"),
        "benchmarks": ("prices_file",),
    }
    own = {
        name: value
        for name, value in own.items()
        if name in known and not {*idle_beside(name), *rivals.get(name, ())} & asked.keys()
    }
    return {**own, **asked}


def _without_rivals(written: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is written without the names that a choice that was given makes idle, or those
    that make it idle."""
    idle: set[str] = set()
    for row in IDLE:
        if row.yields:
            idle |= {row.beside} if any(name in given for name in row.names) else set()
            idle |= {*row.names} if row.beside in given else set()
    return {name: value for name, value in written.items() if name not in idle}


def _written(folder: Path) -> Mapping[str, Any]:
    """Return the parameters of `study.yaml` as they were typed."""
    found: Mapping[str, Any] = read_parameter_file(folder / STUDY).get("parameters") or {}
    return found
