"""The article that started the project, claim by claim, with what can be tested on our data."""

from __future__ import annotations

import pandas as pd

from rareearth_research.datasets.tables.columns import check_known
from rareearth_research.datasets.tables.registry import CleaningLog, Raw, described

TABLES_OF_CHECKS = ("materials", "policy_events", "trade")


def clean_claims(raw: Raw, log: CleaningLog) -> pd.DataFrame:
    """Return the claims in the order of the article, then what it leaves out."""
    claims = CLAIMS.read(raw)
    ids = claims["claim_id"]
    check_known(claims["event_ids"], ids, raw["policy_events.csv"]["event_id"])
    check_known(claims["check_tables"], ids, TABLES_OF_CHECKS)
    claims["position"] = range(1, len(claims) + 1)
    claims["checkable"] = claims["check_tables"] != ""
    return claims[[*CLAIMS.columns]]


CLAIMS = described("article_claims", clean_claims)

TABLES = (CLAIMS,)
