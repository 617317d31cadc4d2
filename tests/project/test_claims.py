"""Every day and number of a policy in our prose stands beside the id of its event."""

from __future__ import annotations

import re
import runpy
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest

import rareearth_research as rer

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = ROOT / "scripts" / "events_page.py"
TEXTS: dict[str, str] = runpy.run_path(str(SCRIPT))["told"]()
del TEXTS["comparison.md"]  # days on which other programs were released, and no policy
MONTH = "January|February|March|April|May|June|July|August|September|October|November|December"
DAY = re.compile(rf"\b(\d{{1,2}} (?:{MONTH}) \d{{4}})\b")
NUMBER = re.compile(
    r"\b(?:Announcements? (?:\d{4} )?)?Nos?\. ?(\d+(?:(?:/|–|, | and )\d+)*)|\b(DS\d{3})\b"
)
WORDS = re.compile(r"\b(abolish\w*|Busan|Geneva|Kuala Lumpur)\b")
FENCED = re.compile(r"^```.*?^```$|<!-- [\w -]+ -->.*?<!-- end -->", re.S | re.M)
NO_POLICY = {  # days of something else, each on its page
    "00_origin_article.ipynb": {"8 June 2025": "the article itself, table article_claims"},
    "README.md": {"8 October 2025": "last day of the data shown"},
    "tutorial.md": {"30 July 2025": "an announcement of one's own, in no list of ours"},
    "data_format.md": {"3 August 2026": "last day of the prices measured"},
    "event_time.md": dict.fromkeys(
        ("19 August 2020", "28 June 2021", "9 October 2023", "8 September 2023",
         "19 September 2016", "16 November 2020", "27 April 2018"),
        "days of exchanges, table calendar_corrections",
    ),
    "plan.md": {"26 November 2026": "day of a correction of the table itself",
                "2 January 2026": "last day of Sydney's index"},
}  # fmt: skip


@pytest.fixture(scope="module")
def events() -> pd.DataFrame:
    return rer.load_events().set_index("event_id")


def paragraphs(text: str) -> Iterator[str]:
    for part in re.split(r"\n\s*\n|\n(?=[-|] )", FENCED.sub("", text)):
        yield " ".join(part.split())


def said(text: str) -> tuple[list[str], list[str], list[str]]:
    """Return days, numbers and words of policy in a paragraph."""
    numbers = [
        n for found in NUMBER.findall(text) for n in re.findall(r"DS\d+|\d+", "/".join(found))
    ]
    return DAY.findall(text), numbers, WORDS.findall(text)


def missing(name: str, text: str, events: pd.DataFrame) -> set[str]:
    """Return what a paragraph says of policies whose event it does not name."""
    rows = events.loc[[word for word in re.findall(r"[\w-]+", text) if word in events.index]]
    days = {
        f"{d.day} {d:%B %Y}" for column in ("date", "effective_date") for d in rows[column].dropna()
    }
    numbers = set(re.findall(r"DS\d+|\d+", " ".join(rows["instrument_no"])))
    told = said(text)
    lacking = set(told[0]) - days - set(NO_POLICY.get(name, ()))
    lacking |= {f"No. {n}" for n in set(told[1]) - numbers}
    return lacking | (set(told[2]) if rows.empty else set())


@pytest.mark.parametrize("name", TEXTS)
def test_what_a_page_says_of_a_policy_names_its_event(name: str, events: pd.DataFrame) -> None:
    for text in paragraphs(TEXTS[name]):
        lacking = missing(name, text, events)
        assert not lacking, f"{name} says {lacking} without the id of the event: {text[:160]}"


def test_every_exception_is_still_said() -> None:
    for name, found in NO_POLICY.items():
        assert all(day in TEXTS[name] for day in found), name


@pytest.mark.parametrize(
    ("text", "lacking"),
    [
        ("No. 18 of `cn-2025-04-no18-seven-ree` on 4 April 2025", set()),
        ("No. 18 on 4 April 2025", {"No. 18", "4 April 2025"}),
        ("Nos. 61 and 63 (cn-2025-10-no61-no62)", {"No. 63"}),
        ("quotas were abolished", {"abolished"}),
    ],
)
def test_a_claim_without_its_event_is_found(text: str, lacking: set, events: pd.DataFrame) -> None:
    assert missing("", text, events) == lacking


def test_the_page_of_events_holds_every_event_linked_to_with_its_sources() -> None:
    subprocess.run([sys.executable, SCRIPT, "--check"], check=True)
    page = (ROOT / "docs/events.md").read_text(encoding="utf-8")
    for block in page.split("\n## ")[1:]:
        assert re.search(r"^- \[", block, re.M), block.splitlines()[0]


def test_the_readme_names_every_study() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    (named,) = re.findall(r"Each study in `notebooks/` is such a function, .*?: (.*)\.", text)
    known = [study.name.split("_", 1)[1] for study in rer.reports.list_studies()]
    assert re.findall(r"`(\w+)`", named) == known
