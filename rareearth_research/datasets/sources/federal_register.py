"""US Federal Register: documents on critical minerals, as candidates for the list of events.

Nothing found here becomes an event by itself. A document's publication date is not the moment the
news was out, and most hits are routine: a person reads each candidate and decides.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

import pandas as pd

from rareearth_research.datasets.sources.base import described
from rareearth_research.datasets.sources.http import Client
from rareearth_research.datasets.sources.rawfiles import CANDIDATES
from rareearth_research.datasets.tables.registry import Raw
from rareearth_research.errors import SourceError, shown

URL = "https://www.federalregister.gov/api/v1/documents.json"
TERMS = ('"rare earth"', '"critical minerals"', "gallium germanium", "antimony", "tungsten",
         "graphite anode")  # fmt: skip
TYPES = ("RULE", "PRORULE", "NOTICE", "PRESDOCU")
FIELDS = ("document_number", "publication_date", "type", "title", "abstract", "agencies",
          "html_url", "pdf_url")  # fmt: skip
NEEDED = ("document_number", "publication_date", "type", "title", "html_url")
FIRST_LOOK_DAYS = 365
MAX_PAGES = 20


def fetch(client: Client, since: dt.date | None, current: Raw) -> dict[str, pd.DataFrame]:
    """Return one row per document with the terms that found it, newest first."""
    start = since or dt.date.today() - dt.timedelta(days=FIRST_LOOK_DAYS)
    found: dict[str, dict[str, Any]] = {}
    for term in TERMS:
        for document in _search(client, term, start):
            row = found.setdefault(document["document_number"], {**document, "terms": []})
            row["terms"].append(term.strip('"'))
    frame = pd.DataFrame(
        [_row(document) for document in found.values()], columns=list(CANDIDATES.columns)
    )
    return {CANDIDATES.name: frame}


def _search(client: Client, term: str, start: dt.date) -> list[dict[str, Any]]:
    documents: list[dict[str, Any]] = []
    for page in range(1, MAX_PAGES + 1):
        params = {
            "conditions[term]": term,
            "conditions[publication_date][gte]": start.isoformat(),
            "conditions[type][]": list(TYPES),
            "fields[]": list(FIELDS),
            "order": "newest",
            "per_page": 100,
            "page": page,
        }
        answer = client.get(URL, "json", params=params).json()
        if not isinstance(answer, dict) or "count" not in answer:
            raise SourceError(f"{SOURCE.title} changed its answer: no 'count' in it")
        results = answer.get("results", [])  # absent when the count is zero
        if answer["count"] and not results:
            raise SourceError(
                f"{SOURCE.title} sent none of {shown(answer['count'])} documents; try again"
            )
        for document in results:
            absent = [name for name in FIELDS if name not in document]
            if absent:
                raise SourceError(
                    f"{SOURCE.title} changed its answer: a document has no {absent[0]!r}"
                )
            _check_texts(document)
        documents += results
        if page >= int(answer.get("total_pages") or 1):
            return documents
    raise SourceError(
        f"{SOURCE.title} has more than {MAX_PAGES} pages for {term} since {start}; use a later "
        "since"
    )


def _check_texts(document: Mapping[str, Any]) -> None:
    for name in FIELDS:
        value = document[name]
        known = isinstance(value, list) if name == "agencies" else isinstance(value, str)
        if not known and (value is not None or name in NEEDED):
            raise SourceError(f"{SOURCE.title} changed its answer: {name!r} is {shown(value)}")


def _row(document: Mapping[str, Any]) -> tuple[str, ...]:
    agencies = [a.get("name") or a["raw_name"] for a in document["agencies"] or []]
    return (
        document["publication_date"],
        document["document_number"],
        document["type"],
        _line(document["title"]),
        "; ".join(agencies),
        _line(document["abstract"]),
        "; ".join(document["terms"]),
        document["html_url"] or "",
        document["pdf_url"] or "",
        "unverified",
        "",
    )


def _line(text: str | None) -> str:
    return " ".join((text or "").split())


SOURCE = described("federal_register", fetch)
