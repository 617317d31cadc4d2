"""What will be studied, and what will be dropped and why? Said before a study runs.

Every file is read, every parameter checked, and the pairs of each study are placed and screened as
the study will do it. What is wrong is collected, so that one look shows all of it.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from rareearth_research.datasets import load_returns, load_securities
from rareearth_research.datasets.own.description import describe
from rareearth_research.datasets.own.layers import Layer, layers
from rareearth_research.datasets.reading.understood import printed
from rareearth_research.errors import RareEarthError, few, listed
from rareearth_research.eventstudy import EventStudy
from rareearth_research.eventstudy.pairs.screen import REASONS
from rareearth_research.numerals import counted, numeral
from rareearth_research.reports.parameters import check_parameters, read_parameters
from rareearth_research.reports.studies import Study
from rareearth_research.studies.sample import (
    choose_events,
    choose_securities,
    conditions,
    refuse_unmeasured,
    session_words,
)
from rareearth_research.summary import Report, Summary
from rareearth_research.timing import map_sessions
from rareearth_research.workspace.asking import asked_of, studies_of


@dataclass(frozen=True)
class Plan:
    """What one study will hold.

    Attributes
    ----------
    study : str
    words : str
        Events, securities and pairs, and what is dropped for which reason.
    sessions : DataFrame
        Session of each event on each exchange, as `map_sessions` gives it.
    attrition : DataFrame
        Every pair, kept or dropped with its reason.
    """

    study: str
    words: str
    sessions: pd.DataFrame
    attrition: pd.DataFrame


@dataclass(frozen=True, repr=False)
class CheckReport(Report):
    """Result of `check_workspace`; `table` holds the securities of one's own.

    Attributes
    ----------
    folder : Path
    read : mapping
        What was understood of each file, as text.
    securities : DataFrame
        Of one's own: exchange, benchmark, first and last day, days with a price.
    plans : tuple of Plan
    problems : tuple of str
    """

    folder: Path
    read: Mapping[str, str]
    securities: pd.DataFrame
    plans: tuple[Plan, ...]
    problems: tuple[str, ...]

    @property
    def ok(self) -> bool:
        return not self.problems

    @property
    def table(self) -> pd.DataFrame:
        """One row per security of one's own."""
        return self.securities

    def summary(self) -> Summary:
        """Return what each study will hold, and every problem."""
        head = f"{len(self.problems)} problems in {self.folder}:"
        if self.ok:
            head = f"{self.folder} is sound."
        return Summary(head, self.table, (*self.problems, *(plan.words for plan in self.plans)))


def check_workspace(folder: Path) -> CheckReport:
    """Read everything in a workspace and say what will be studied.

    Parameters
    ----------
    folder : Path
        The workspace that this process is in, from `here`.

    Returns
    -------
    CheckReport
    """
    problems: list[str] = []
    try:
        describe(folder)
        layer = layers()[0]
        securities = _securities(layer)
        studies = studies_of(folder)
    except RareEarthError as error:
        return CheckReport(folder, {}, pd.DataFrame(), (), (str(error),))
    plans = []
    for study in studies:
        try:
            plans.append(_plan(study, folder))
        except RareEarthError as error:
            problems.append(f"{study.name}: {error}")
    read = {name: printed(_inside(folder, said)) for name, said in layer.read.items()}
    return CheckReport(folder, read, securities, tuple(plans), tuple(problems))


def _inside(folder: Path, said: Mapping[str, Any]) -> dict[str, Any]:
    """Return what was understood of files, their paths as seen from the workspace."""
    above = f"{folder}{os.sep}"
    return {k: v.replace(above, "") if isinstance(v, str) else v for k, v in said.items()}


def _securities(layer: Layer) -> pd.DataFrame:
    if layer.prices is None:
        return pd.DataFrame()
    about = load_securities(list(layer.prices.columns))
    days = pd.DataFrame(
        [(own.first_valid_index(), own.last_valid_index(), own.count())
         for _, own in layer.prices.items()],
        index=layer.prices.columns, columns=["first", "last", "prices"],
    )  # fmt: skip
    days = days.assign(**{end: days[end].dt.strftime("%Y-%m-%d") for end in ("first", "last")})
    return about[["name", "exchange", "currency", "kind", "benchmark", "groups"]].join(days)


def _plan(study: Study, folder: Path) -> Plan:
    """Place and screen the pairs of a study without looking at what they did."""
    given = check_parameters(study.path, asked_of(study, folder, {}))
    asked = {name: p.default for name, p in read_parameters(study.path).items()} | given
    if not {"event_ids", "group"} <= asked.keys():
        return Plan(study.name, f"{study.name}: takes no events and securities of your own.",
                    pd.DataFrame(), pd.DataFrame())  # fmt: skip
    filters = {k: asked[k] for k in ("actors", "directions", "materials", "since") if k in asked}
    events = choose_events(asked["event_ids"], **filters)
    securities = choose_securities(
        asked.get("securities", []), asked["group"], default=asked["group"]
    )
    model, benchmark, timing = (
        _first(asked, *names) for names in
        (("model", "models", "market"), ("benchmark", "benchmarks", "local"),
         ("timing", "timings", "latest"))
    )  # fmt: skip
    refuse_unmeasured(securities, benchmark, [model])
    returns = load_returns(list(securities.index))
    result = EventStudy(
        returns, events, benchmark, model, timing=timing, estimation=asked["estimation"],
        windows=asked.get("windows", [asked.get("window")]), **conditions(returns),
    ).fit()  # fmt: skip
    exchanges = sorted(securities["exchange"].unique())
    sessions = map_sessions(events, exchanges, timing=timing)
    said = session_words(events, securities, timing)
    words = " ".join([*_words(study.name, events, securities, result.attrition), *said])
    return Plan(study.name, words, sessions, result.attrition)


def _first(asked: Mapping[str, Any], one: str, several: str, usual: str) -> Any:
    """Return the one choice of a study, or the first of several, which is its reference."""
    return asked.get(one) or [*asked.get(several, []), usual][0]


def _words(
    study: str, events: pd.DataFrame, securities: pd.DataFrame, pairs: pd.DataFrame
) -> Iterator[str]:
    kept = pairs["status"] == "kept"
    yield (
        f"{study}: {counted(len(events), 'event')} × "
        f"{counted(len(securities), 'security', 'securities')} = {counted(len(pairs), 'pair')}, "
        f"{numeral(int(kept.sum()))} of them kept."
    )
    absent = [name for name in securities.index if name not in {*pairs["security"]}]
    if absent:
        yield f"Without prices: {listed(absent)}."
    for reason, own in pairs[~kept].groupby("reason", sort=False):
        named = [f"{e} × {s}" for e, s in zip(own["event_id"], own["security"], strict=True)]
        yield f"Dropped: {few(named)} ({REASONS[str(reason)]})."
