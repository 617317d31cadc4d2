"""The article that started the project, claim by claim, with what can be tested on our data."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from rareearth_research.datasets.cleaning.events_schema import STATUS
from rareearth_research.datasets.columns import (
    check_known,
    flag,
    text,
    whole,
)
from rareearth_research.datasets.registry import CleaningLog, Table

__all__ = ["TABLES", "clean_claims"]

VERDICTS = (
    "right",
    "right as a report",
    "right but incomplete",
    "right for the February measure",
    "right, one detail to correct",
    "right for the five metals, wrong for rare earths",
    "right as the ministry's wording, wrong as a cause of easing",
    "imprecise",
    "misleading",
    "wrong",
    "opinion",
    "left out",
)
TABLES_OF_CHECKS = ("materials", "policy_events", "trade")


def clean_claims(raw: Mapping[str, pd.DataFrame], log: CleaningLog) -> pd.DataFrame:
    """Return the claims in the order of the article, then what it leaves out."""
    claims = CLAIMS.read(raw)
    ids = claims["claim_id"]
    check_known(claims["event_ids"], ids, raw["policy_events.csv"]["event_id"])
    check_known(claims["check_tables"], ids, TABLES_OF_CHECKS)
    claims["position"] = range(1, len(claims) + 1)
    claims["checkable"] = claims["check_tables"] != ""
    return claims[[*CLAIMS.columns]]


CLAIMS = Table(
    name="article_claims",
    title="The origin article, claim by claim",
    description=(
        "Today.az, 8 June 2025, 19:21 Baku (15:21 UTC), citing Azernews and the Chinese "
        "Ministry of Commerce. It reports a ministry statement of 7 June second-hand, so an "
        "event study must use the statement's time, not the article's."
    ),
    raw=("article_claims.csv", "policy_events.csv"),
    sources=("article_factcheck", "origin_article"),
    columns={
        "claim_id": text("Number of the claim; 'o' for what is left out."),
        "position": whole("Place in the list."),
        "kind": text("claim, or omission.", isin=("claim", "omission")),
        "statement": text("What the article says, or leaves out, in our words."),
        "verdict": text("What the check found.", isin=VERDICTS),
        "facts": text("The facts, in our words."),
        "event_ids": text("Policy events concerned, separated by ';'."),
        "status": text("Status of the facts.", isin=STATUS),
        "checkable": flag("True if tables of this package can test the statement."),
        "check_tables": text("Tables that can, separated by ';'."),
        "check": text("What to look for in them."),
        "source_url": text("Page behind the status, where it is none of the events' sources."),
    },
    loaders=("load_article_claims",),
    clean=clean_claims,
    primary_key=("claim_id",),
)

TABLES = (CLAIMS,)
