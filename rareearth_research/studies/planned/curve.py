"""The plan's specification curve: a question under every way of measuring, over every sample."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from itertools import product
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from rareearth_research.arrays import Bools, Floats, Ints
from rareearth_research.eventstudy.chance.dates import alike, blocked, linked_dates
from rareearth_research.eventstudy.chance.draws import statistic_of
from rareearth_research.eventstudy.chance.every_session import every_session
from rareearth_research.eventstudy.chance.joint import JointDraws
from rareearth_research.eventstudy.chance.subject import Subject, only, pooled_values, subject_of
from rareearth_research.eventstudy.inputs.choices import MODELS
from rareearth_research.eventstudy.pairs.setup import label_of
from rareearth_research.eventstudy.questions.specifications.joint import joint_frame
from rareearth_research.eventstudy.questions.specifications.results import (
    SpecificationCurve,
    repeats,
)
from rareearth_research.eventstudy.results.measure import measure
from rareearth_research.eventstudy.results.results import EventStudyResults
from rareearth_research.labels import label
from rareearth_research.studies.planned.chance import COVERAGE, listed_news, near_new_york
from rareearth_research.studies.planned.measure import PlannedFinding
from rareearth_research.studies.planned.plan import Plan
from rareearth_research.studies.planned.robust import conditions
from rareearth_research.studies.planned.ways import PLANNED, PairsInOneWay, Ways

WINDOWS = ((-1, 1), (0, 1), (0, 5))
NOT_MOVED = (
    "Mixtures of controls are in the curve and not in the joint test, which would need a mixture "
    "of its own at every session."
)


class Pass(NamedTuple):
    """What is fitted in one go: named, and as arguments of `Ways.way`."""

    model: str
    benchmark: str
    estimation: tuple[int, int]
    changed: dict[str, Any]

    def ways(self, ways: Ways, question: str) -> list[PairsInOneWay]:
        """Return its pairs in each window."""
        own = partial(ways.way, question, estimation=self.estimation, **self.changed)
        return [own(window=window) for window in WINDOWS]


def planned_curve(plan: Plan, ways: Ways, question: str = "H1") -> SpecificationCurve:
    """Answer a pooled question under every combination of what the plan varies.

    Parameters
    ----------
    plan : Plan
    ways : Ways
        Of the question's securities.
    question : str

    Returns
    -------
    SpecificationCurve
        Model × benchmark × estimation window × event window × sample.

    Notes
    -----
    The average counts each announcement once, p is the larger of the leading test's and that over
    dates, and the interval the wider one, as for the question itself. The joint p-values come from
    the plan's placebo draws: as in `specification_curve` every draw moves the announcements to the
    same other sessions in all specifications, within 250 sessions of their own.
    """
    rows, held = [], []
    for one in _passes(plan):
        for window, way in zip(WINDOWS, one.ways(ways, question), strict=True):
            members = ways.members(question, way)
            held.append((one, way, np.array([*members.values()])))
            where = {
                "model": one.model, "window": label_of(window), "benchmark": one.benchmark,
                "estimation": label_of(one.estimation), "timing": "latest",
            }  # fmt: skip
            rows += [
                {**where, "sample": label("plan_sample", sample), **_answer(finding)}
                for sample, finding in zip(members, way.findings(held[-1][2]), strict=True)
            ]
    table = pd.DataFrame(rows)
    table.insert(0, "specification", np.arange(1, len(table) + 1))
    table["same_as"], table["note"] = repeats(table), ""
    counted = table["same_as"].isna().to_numpy()
    drawn = _draw(plan, ways, question, held, counted)
    seed = plan["inference"]["placebo"]["seed"]
    return SpecificationCurve(table, joint_frame(drawn), NOT_MOVED, seed, PLANNED)


def _passes(plan: Plan) -> Iterator[Pass]:
    asked, planned = plan["robustness"], plan["measurement"]
    varied = [{}, *(changed for _, changed in conditions(plan))]
    models = [c for c in varied if not c or "model" in c]
    against: dict[str, dict[str, Any]] = {"local": {}} | {
        next(t for t in c["benchmark"].values() if t not in planned["benchmark"].values()): c
        for c in varied
        if "benchmark" in c
    }
    estimations = [tuple(span) for span in (planned["estimation"], *asked["estimation"])]
    for model, estimation in product(models, estimations):
        name = model.get("model", planned["model"])
        used = against if MODELS[name].regressors == "benchmark" else {"none": {}}
        for benchmark, changed in used.items():
            yield Pass(name, benchmark, estimation, model | changed)


def _answer(finding: PlannedFinding) -> dict[str, Any]:
    views = {finding.test: finding.leading, "date_t": finding.date_t}
    test = max(views, key=lambda name: views[name].p_value)  # the more cautious decides
    return {
        "caar": finding.caar,
        "lower": finding.lower,
        "upper": finding.upper,
        "test": test,
        "statistic": views[test].statistic,
        "p_value": views[test].p_value,
        "n": len(finding.car),
        "n_events": len(finding.means),
    }


def _draw(
    plan: Plan,
    ways: Ways,
    question: str,
    held: list[tuple[Pass, PairsInOneWay, Bools]],
    counted: Bools,
) -> JointDraws:
    """Compute every specification at the event and at the plan's placebo draws.

    A sum over the pairs of a sample is one over its announcements, so each announcement is moved
    once for all samples.
    """
    asked = plan["inference"]["placebo"]
    used = np.unique(
        np.concatenate([way.fit["keep"][members.any(axis=0)] for _, way, members in held])
    )
    subject = _moved(held[0][1], used)
    union = subject.pairs.union
    reach = min(a for a, _ in WINDOWS), max(b for _, b in WINDOWS)
    group, near = linked_dates(subject.pairs, reach), near_new_york(union)
    places = {
        date: np.flatnonzero(
            near(date, ~blocked(subject.pairs, np.flatnonzero(group == date), date, reach,
                                subject.avoid, reach))
        )
        for date in np.unique(group)
    }  # fmt: skip
    events = [np.flatnonzero(subject.pairs.event == e) for e in np.unique(subject.pairs.event)]
    passes, known = [], {date: np.ones(len(at), dtype=bool) for date, at in places.items()}
    for k in range(0, len(held), len(WINDOWS)):
        one, of_windows = held[k][0], [way for _, way, _ in held[k : k + len(WINDOWS)]]
        if one.model == "synthetic":
            continue
        use = np.array([np.isin(used, way.fit["keep"]) for way in of_windows])
        values = _everywhere(subject, of_windows[0], one)
        sums = []
        for here in events:
            date = group[here[0]]
            found = _sums(subject, values, here, date, np.append(date, places[date]), use)
            if not k:  # the plan's own way says where an announcement can go
                asked_for = use[:, here].sum(axis=1)[:, None]
                known[date] &= (found[:, 0, 1:] >= COVERAGE * asked_for).all(axis=0)
            sums.append(found)
        passes.append((k, sums))
    rng = np.random.default_rng(asked["seed"])
    drawn = {
        date: np.append(0, 1 + rng.choice(np.flatnonzero(known[date]), asked["draws"]))
        for date in places
    }
    statistic, caar = [], []
    n = held[0][2].shape[0]
    for k, sums in passes:
        for w in range(len(WINDOWS)):
            _, way, members = held[k + w]
            chosen = counted[(k + w) * n : (k + w + 1) * n]
            ours = np.isin(way.fit["keep"], used)
            inside = np.zeros((n, len(used)), dtype=bool)
            inside[:, np.searchsorted(used, way.fit["keep"][ours])] = members[:, ours]
            of = np.array([inside[:, here].any(axis=1) for here in events]).T[chosen]
            some = np.flatnonzero(of.any(axis=0))
            moved = np.array([sums[e][w][:, drawn[group[events[e][0]]]] for e in some])
            weight = of[:, some].astype(float)
            total = np.tensordot(weight, moved[:, :3], axes=1).swapaxes(0, 1)
            statistic.append(statistic_of(total, "bmp"))
            there = moved[:, 0] > 0
            means = moved[:, 3] / np.where(there, moved[:, 0], 1.0)
            caar.append(weight @ means / (weight @ there))
    fewest = int(min(map(np.sum, known.values())))
    where = {date: places[date][at[1:] - 1] for date, at in drawn.items()}
    both = np.concatenate(statistic).T, np.concatenate(caar).T
    return JointDraws(
        *both, fewest, where, ({date: date for date in where},) * both[0].shape[1]
    ).complete()


def _moved(way: PairsInOneWay, used: Ints) -> Subject:
    """Return what is moved: every pair that some window or way of measuring keeps."""
    result = replace(EventStudyResults(**vars(measure(**way.fit))), keep=used)
    return subject_of(result, listed_news())


def _everywhere(subject: Subject, way: PairsInOneWay, one: Pass) -> list[tuple[Floats, Floats]]:
    """Return SCAR and CAR of each market with every session as session 0, (W, n, S) each."""
    setup = way.fit["setup"]
    place = {m.exchange: m for m in setup.markets}
    markets = []
    for market in subject.markets:
        every = place[market.exchange]
        rows = np.searchsorted(every.securities, market.securities)
        markets.append(only(every, rows))
    found = every_session(
        tuple(markets), one.model, one.estimation, WINDOWS, setup.specification.min_obs
    )
    return list(zip(pooled_values(found, "scar"), pooled_values(found, "caar"), strict=True))


def _sums(
    subject: Subject,
    values: list[tuple[Floats, Floats]],
    here: Ints,
    date: int,
    places: Ints,
    use: Bools,
) -> Floats:
    """Return n, ΣSCAR, ΣSCAR² and ΣCAR of an announcement at each place, (W, 4, D)."""
    found = np.zeros((len(use), 4, len(places)))
    for m, same, at in alike(subject.pairs, here, date):
        at, rows = at[places], subject.pairs.row[same]
        scar, car = (v[:, rows[:, None], at] for v in values[m])
        seen = np.isfinite(scar) & use[:, same, None] & (at >= 0)
        scar, car = np.where(seen, scar, 0.0), np.where(seen, car, 0.0)
        found[:, 0] += seen.sum(axis=1)
        found[:, 1] += scar.sum(axis=1)
        found[:, 2] += (scar * scar).sum(axis=1)
        found[:, 3] += car.sum(axis=1)
    return found
