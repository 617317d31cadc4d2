"""Published findings on the same questions: what was read of them, and nothing else."""

from __future__ import annotations

import pandas as pd

from rareearth_research.datasets.tables.columns import check_known, refuse
from rareearth_research.datasets.tables.registry import CleaningLog, Raw, described

FOUND = ["title", "design", "their_finding", "their_number", "why_differ", "source_url"]


def clean_literature(raw: Raw, _log: CleaningLog) -> pd.DataFrame:
    """Return one row per paper; of one that was not read there is nothing to say.

    Raises
    ------
    DataError
        For an unknown event, and for a design or number of a paper that was not read.
    """
    papers = LITERATURE.read(raw)
    ids = papers["paper_id"]
    check_known(papers["split_at"], ids, raw["policy_events.csv"]["event_id"])
    rows = "literature.csv: " + ids
    unread = papers["read"] == "no"
    said = (papers[FOUND] != "").any(axis="columns")
    refuse(unread & said, rows, "was not read; leave what it says empty, or say what was read")
    bare = (papers[["source_url", "their_finding"]] == "").any(axis="columns")
    refuse(~unread & bare, rows, "was read; say what it found and on which page")
    return LITERATURE.in_order(papers)


LITERATURE = described("literature", clean_literature)

TABLES = (LITERATURE,)
