"""What the tables of policy events hold, column by column."""

from __future__ import annotations

from typing import get_args

from rareearth_research.choices import Confidence, Direction, EventStatus, FactStatus, Precision
from rareearth_research.datasets.cleaning.event_reports import KINDS
from rareearth_research.datasets.columns import day, flag, instant, text, whole

__all__ = [
    "CONFIDENCE",
    "DIRECTIONS",
    "END_KINDS",
    "EVENTS",
    "EVENT_SOURCES",
    "EVENT_STATUS",
    "OTHER_SYMBOLS",
    "PRECISIONS",
    "STATUS",
    "TIERS",
]

TIERS = (
    "core_cn_ree",
    "core_cn_other",
    "talks",
    "dispute",
    "legal_framework",
    "background",
    "foreign_us",
    "foreign_other",
    "confounder",
    "scheduled",
)
DIRECTIONS = get_args(Direction)
PRECISIONS = get_args(Precision)
EVENT_STATUS = get_args(EventStatus)
CONFIDENCE = get_args(Confidence)
STATUS = get_args(FactStatus)
END_KINDS = ("", "last_day", "first_day_out", "day_either_side", "end_of_suspension", "dropped")
INSTRUMENTS = (
    "ban",
    "corporate",
    "dispute",
    "enforcement",
    "entity_list",
    "industry_structure",
    "investigation",
    "licence",
    "quota",
    "regulation",
    "state_trading",
    "statement",
    "stockpile",
    "subsidy",
    "suspension",
    "talks",
    "tariff",
    "tax",
    "tech_control",
    "vat_rebate",
)

# Elements that events and measures name besides those of the materials table.
OTHER_SYMBOLS = {
    "Ag": "silver",
    "Al": "aluminium",
    "Co": "cobalt",
    "Cu": "copper",
    "Li": "lithium",
    "Mn": "manganese",
    "Ni": "nickel",
    "Pb": "lead",
    "Ta": "tantalum",
    "U": "uranium",
}


EVENTS = {
    "event_id": text("Identifier: actor, year and month, a few words."),
    "name": text("What happened, in one line."),
    "date": day("Announced day, local at the place of announcement."),
    "date_precision": text(
        "How exactly the date is known; below day precision the day (and month) is a placeholder.",
        isin=PRECISIONS,
    ),
    "announced_earliest": instant(
        "Start of the interval that holds the first public release.", nullable=True
    ),
    "announced_latest": instant(
        "End of the interval that holds the first public release.", nullable=True
    ),
    "announced_tz": text("IANA time zone of the place of announcement."),
    "time_quality": text(
        "exact; bounded (at least one bound verified); approx (bounds partly from general "
        "knowledge); day (only the day is known: 08:00 to 23:59 local, or as stated); "
        "none (no interval).",
        isin=("exact", "bounded", "approx", "day", "none"),
    ),
    "time_note": text("What the time rests on."),
    "actor": text("Who acted, ISO codes or WTO, EU, media; several separated by ';'."),
    "tier": text(
        "core_cn_ree, core_cn_other: Chinese measures on rare earths, on other minerals. "
        "talks; dispute; legal_framework. background: before daily data are useful. "
        "foreign_us, foreign_other. confounder: no mineral content, for exclusion "
        "windows. scheduled: outcome not recorded.",
        isin=TIERS,
    ),
    "direction": text(
        "For Chinese measures: effect on availability of Chinese-controlled minerals "
        "outside China. For foreign events: effect on non-Chinese supply or market "
        "access. Do not pool the two. unknown: scheduled, outcome not recorded.",
        isin=DIRECTIONS,
    ),
    "instrument_type": text(
        "Kind of measure; statement and talks change no rule.", isin=INSTRUMENTS
    ),
    "instrument_no": text("Number of the legal act, as far as known."),
    "issuing_authority": text("Ministry, court, firm or paper that issued it."),
    "materials": text("Chemical symbols separated by ';'; empty: no specific material."),
    "material_class": text("Classes of the materials separated by ';'."),
    "target_scope": text(
        "Whom it concerns, separated by ';': all, domestic, a place, CN (aimed at China) "
        "or company:TICKER."
    ),
    "effective_date": day("Day from which it applies.", nullable=True),
    "effective_date_precision": text(
        "How exactly the effective day is known; year: 1 January is a placeholder.",
        isin=("day", "year", ""),
    ),
    "effective_end_date": day(
        "An end as it was announced, agreed or reported; effective_end_kind says which; empty: "
        "none known. What was in force on a day is in measure_status.",
        nullable=True,
    ),
    "effective_end_kind": text(
        "What the end is: last_day it applies or applied; first_day_out: it applied until the day "
        "before; day_either_side: reported end, either of the two; end_of_suspension: the measure "
        "goes on after it; dropped: ended before its effective day.",
        isin=END_KINDS,
    ),
    "withdrawn_before_effect": flag("True if it ended before its effective day."),
    "reported_date": day(
        "Day of an earlier report; empty: none on record, not proof that there was none.",
        nullable=True,
    ),
    "reported_kind": text("What the earlier report was.", isin=("", *KINDS)),
    "reported_basis": text("The words of the anticipation note it rests on."),
    "reported_status": text("Status of the earlier report.", isin=("", *STATUS)),
    "anticipated": text("Whether the market could expect it.", isin=("yes", "partly", "no")),
    "anticipation_note": text("Why it could be expected."),
    "confounders": text("Other news within three days; free text, often from general knowledge."),
    "confounding_events": text(
        "Listed events announced within three days, by id, separated by ';'; both dates known to "
        "the day."
    ),
    "linked_events": text(
        "Events it changes, ends or follows, by id, separated by ';': a suspension points to what "
        "it suspends."
    ),
    "cluster_id": text("Episode of overlapping events; empty: stands alone."),
    "usable_default": flag("A suggestion for a first sample, not a pre-registration."),
    "event_status": text(
        "occurred; reported_disputed: reported and denied or disputed; scheduled_outcome_unknown; "
        "superseded: a scheduled day that another one replaced.",
        isin=EVENT_STATUS,
    ),
    "confidence": text(
        "high: date and content confirmed by an archived page; medium: content "
        "confirmed, day inferred or page weak; low: mostly general knowledge.",
        isin=CONFIDENCE,
    ),
    "confidence_note": text("What the confidence rests on."),
    "summary": text("What was decided, in one or two sentences of our own."),
    "official_source_title": text("Title of the official or original document."),
    "official_source_url": text("Its address as we know it; may be dead; empty: unknown."),
    "official_source_status": text(
        "Status of the official document's title and address.", isin=STATUS
    ),
    "fact_verification": text("Status of the facts of the row.", isin=STATUS),
    "pages_checked": whole("Number of archived pages checked for the row.", between=(0, 100)),
}


EVENT_SOURCES = {
    "event_id": text("Event the source belongs to."),
    "source_role": text(
        "official_or_original: the document itself; archived_page_checked: a page in "
        "which the facts were seen, often a secondary one; repository_note_read: a public "
        "repository that quotes or cites the page.",
        isin=("official_or_original", "archived_page_checked", "repository_note_read"),
    ),
    "title": text("Title or description of the source."),
    "url": text("Address as we know it; empty: unknown."),
    "status": text("Status of this source.", isin=STATUS),
}
