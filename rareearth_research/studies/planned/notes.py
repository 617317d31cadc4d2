"""What has the plan to say of itself, and what was lost of it?"""

from __future__ import annotations

from rareearth_research.errors import listed
from rareearth_research.numerals import numeral
from rareearth_research.studies.planned.pairs import expected_pairs
from rareearth_research.studies.planned.plan import Plan
from rareearth_research.studies.planned.verdicts import POOLED, Answers


def plan_notes(plan: Plan, answers: Answers) -> list[str]:
    """Say what the plan has to say of itself, and what was lost of it."""
    about = plan["plan"]
    lost = won = 0
    for name in POOLED:
        ledger = answers.measured[name].attrition
        kept = ledger[ledger["status"] == "kept"]
        got = set(zip(kept["event_id"], kept["security"], strict=True))
        expected = expected_pairs(plan, name)
        lost, won = lost + len(expected - got), won + len(got - expected)
    overlap = about["blindness"]["consequence"]
    written = (
        f"The plan was written on {about['written']:%d %B %Y}; its file has the SHA-256 "
        f"{plan.sha256[:16]}… and never changes. {overlap}"
    )
    pairs = (
        f"Of the pairs that the plan expected {numeral(lost)} had no prices around the "
        f"announcement; {numeral(won) if won else 'none'} came in unexpected."
    )
    return [
        written,
        f"How events were coded may hang on reactions: {about['blindness']['coding_risk']}.",
        pairs,
        _departures(plan),
        "That prices moved around announcements does not show that announcements moved them.",
    ]


def _departures(plan: Plan) -> str:
    if not plan.deviations:
        return "Nothing departs from the plan."
    names = listed([str(entry["id"]) for entry in plan.deviations])
    return f"Departures from the plan, each beside the planned result: {names}."
