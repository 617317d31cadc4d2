"""The plan's first question under everything that the plan varies, and every question once more."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from rareearth_research.datasets import load_events, load_securities
from rareearth_research.errors import listed
from rareearth_research.eventstudy import adjust
from rareearth_research.labels import LOG_WORDS, label
from rareearth_research.studies.answer import Notes, Said, unmeasured_words
from rareearth_research.studies.changes import said_once, survived
from rareearth_research.studies.composition import composition_words
from rareearth_research.studies.planned.curve import planned_curve
from rareearth_research.studies.planned.headline import planned_questions
from rareearth_research.studies.planned.measure import events_of
from rareearth_research.studies.planned.words import planned_detail
from rareearth_research.studies.sample import benchmark_words, prices_end

QUESTION = "H1"


def of_the_plan(asked: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields of `RobustnessStudy` where it is the plan that is asked."""
    study = planned_questions()
    plan = study.plan
    parts = {name: study.compared(name) for name in study.table.index if name != "H7"}
    said = {
        name: survived(part, _display, study.table.loc[name, "verdict"])
        for name, part in parts.items()
    }
    said["H7"] = "Cannot tell by plan, whatever is changed (three measures)."
    tried = pd.concat([*parts.values()], ignore_index=True)
    tried["change"] = tried["change"].map(_display)
    curve = planned_curve(plan, study.ways[QUESTION], QUESTION)
    one: pd.Series = plan.questions.loc[QUESTION]  # type: ignore[assignment]
    measured, found = study.answers.measured[QUESTION], study.table.join(study.words)
    result, events = measured.result, load_events(event_ids=events_of(plan, one["sample"]))
    family = found.loc[plan["inference"]["families"]["F1"]["tests"]].reset_index()
    spec = result.specification
    return {
        "parameters": asked,
        "finding": " ".join(
            [
                str(found.loc[QUESTION, "words"]),
                curve.summary().headline,
                curve.joint_words,
                said_once(said[QUESTION]),
            ]
        ),
        "limits": Notes(
            [
                *study.limits,
                unmeasured_words(measured.attrition, events),
                curve.joint_note,
                composition_words(result),
                LOG_WORDS,
                prices_end(result),
            ]
        ),
        "verdict": found,
        "table": pd.DataFrame(
            {
                "question": family["question"],
                "p_value": family["p_value"],
                "holm": adjust(family["p_value"], method="holm"),
                "bh": adjust(family["p_value"], method="bh"),
                "placebo": family["placebo_p"],
                "romano_wolf": family["family_p"],
            }
        ),
        "events": events,
        "securities": load_securities(plan.group(one["group"])),
        "curve": curve,
        "reference": Said(
            f"{QUESTION} as planned: {label('model', spec.model)} "
            f"{benchmark_words(spec.model, 'local')}, {label('timing', spec.timing)}, window "
            f"{spec.labels[0]}."
        ),
        "detail": f"{planned_detail(study.table, [QUESTION])} {curve.joint_further}",
        "result": result,
        "placebo": None,
        "tried": tried.rename(columns={"clusters": "n_events", "effect": "caar"}),
        "survives": Notes(
            f"{name}: {study.table.loc[name, 'ask']} {words}"
            for name, words in sorted(said.items())
        ),
    }


def _display(change: str) -> str:
    """Return a change by the names of what it changes: models, samples, securities."""
    kind, apart, code = change.partition(": ")
    if apart:
        named = label({"sample": "plan_sample"}.get(kind, kind), code.partition("(")[0])
        return f"{kind}: {named}" if kind == "sample" else named
    if change.startswith("without "):
        names = load_securities()["name"]
        parts = change.removeprefix("without ").split(" and ")
        return f"without {listed([names.get(part, part) for part in parts])}"
    return change
