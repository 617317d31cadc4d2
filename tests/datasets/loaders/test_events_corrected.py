"""Each fact that a source corrected, with its right value and the page it rests on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import yaml

from rareearth_research.datasets import load_event_sources, load_events
from rareearth_research.timing import map_sessions

NOTES = "read in public repository notes only, primary page not opened"
VERIFIED = "verified in archived page"
REPOSITORY = "repository_note_read"
PLAN = Path(__file__).resolve().parents[3] / "notebooks" / "plan.yaml"


def event(event_id: str) -> pd.Series:
    return load_events(event_ids=event_id).iloc[0]


def pages(event_id: str) -> str:
    sources = load_event_sources(event_id)
    return "\n".join(sources["source_role"] + " " + sources["url"] + " " + sources["title"])


def instant(text: str) -> pd.Timestamp:
    return pd.Timestamp(text, tz="UTC")


TIMES = [  # event, earliest, latest, quality, page
    (
        "cn-2025-04-no18-seven-ree", "2025-04-04 10:00", "2025-04-04 10:00", "exact",
        "websnapshot.pages.dev/html/readit.site_a_dOFbv_art_9c2108ccaf754f22a34abab2fedaa944.html",
    ),
    ("cn-2025-10-no61-no62", "2025-10-09 01:00", "2025-10-09 01:29", "bounded", "7333/9059047"),
    ("cn-2025-10-no55-58", "2025-10-09 07:00", "2025-10-09 10:05", "bounded", "news/260418920"),
    ("cn-2025-11-no72-suspension", "2025-11-09 01:00", "2025-11-09 04:40", "bounded", "6226930"),
    ("cn-2024-08-antimony", "2024-08-15 06:00", "2024-08-15 10:19", "bounded", "1723717152097484"),
    # a weak page says 20:17 UTC: not applied
    ("talks-2026-05-beijing-summit", "2026-05-17 13:00", "2026-05-18 00:00", "approx", ""),
]  # fmt: skip


@pytest.mark.parametrize(("event_id", "earliest", "latest", "quality", "page"), TIMES)
def test_a_clock_time_is_the_corrected_one(
    event_id: str, earliest: str, latest: str, quality: str, page: str
) -> None:
    row = event(event_id)
    found = row["announced_earliest"], row["announced_latest"], row["time_quality"]
    assert found == (instant(earliest), instant(latest), quality)
    assert page in pages(event_id)


def test_october_2025_lies_on_two_sides_of_the_session_in_shanghai() -> None:
    found = map_sessions(
        load_events(event_ids=["cn-2025-10-no61-no62", "cn-2025-10-no55-58"]), "XSHG"
    ).set_index("event_id")
    assert found.loc["cn-2025-10-no61-no62", "phase"] == "before_open"
    assert found.loc["cn-2025-10-no61-no62", "session"] == pd.Timestamp("2025-10-09")
    assert found.loc["cn-2025-10-no55-58", "session"] == pd.Timestamp("2025-10-10")
    assert not found["ambiguous"].any()


VALUES: list[tuple[str, str, Any, str]] = [  # event, column, value or part of it, page
    ("cn-2025-04-no18-seven-ree", "official_source_status", VERIFIED, "websnapshot.pages.dev"),
    ("cn-2014-12-quota-abolished", "instrument_no", "No. 94 and No. 97", "magnetnrg.com"),
    ("cn-2014-12-quota-abolished", "summary", "tin stayed under quota", "codigo=6079555"),
    ("eu-2025-12-resourceeu", "fact_verification", VERIFIED, "blomstein.com"),
    ("eu-2025-12-resourceeu", "instrument_no", "COM(2025) 945", "blomstein.com"),
    ("eu-2025-12-resourceeu", "summary", "permanent-magnet scrap", "devdiscourse.com"),
    ("cn-2026-04-eu-entities", "instrument_no", "2026 No. 20", f"{REPOSITORY} "),
    ("cn-2026-04-eu-entities", "confounders", "us-2026-04-eu-mou-action-plan", "expeditors.com"),
    ("cn-2025-11-no70-suspension", "effective_end_date", "2027-01-10", f"{REPOSITORY} https://www.mof"),
    ("sched-2026-11-no70-expiry", "event_status", "superseded", f"{REPOSITORY} https://www.mof"),
    ("us-2025-11-affiliates-suspension", "effective_end_date", "2027-01-10", REPOSITORY),
    ("us-2025-11-affiliates-suspension", "confidence_note", "pending on 6 October", REPOSITORY),
    ("sched-2026-11-no72-expiry", "confidence_note", "could not confirm", REPOSITORY),
    ("cn-2025-04-entities-no22", "effective_end_date", "2025-05-14", REPOSITORY),
    ("cn-2025-04-entities-no22", "confidence_note", "stopped from 12 August 2025", REPOSITORY),
    ("my-2023-10-lynas-to-2026", "confounders", "my-2023-10-raw-ree-ban-minister", "asiatechwire"),
    ("cn-2025-01-tech-draft", "confounders", "cn-2025-01-us-28-entities", "126959.html"),
    ("talks-2025-07-eu-china-summit", "fact_verification", VERIFIED, "ccilc.pt"),
    ("us-2025-11-vulcan-reelement", "confidence_note", "21 November 2025", REPOSITORY),
    # where the list contradicted the history of the measures
    ("cn-2024-12-ban-to-us", "effective_end_kind", "end_of_suspension", ""),
    ("cn-2025-10-no61-no62", "effective_end_kind", "first_day_out", ""),
    ("cn-2025-10-no55-58", "effective_end_kind", "dropped", ""),
    ("cn-2010-07-quota-cut", "effective_end_kind", "last_day", ""),
    ("cn-2025-10-no61-no62", "materials", "Sm;Gd;Tb;Dy;Lu;Sc;Y", "7333/9059047"),
    ("cn-2025-07-tech-catalogue", "instrument_no", "2025 No. 28", "4bnbvjDZnP"),
    ("cn-2025-07-tw-8-entities", "instrument_no", "2025 No. 35", "202507/1150.html"),
    ("cn-2025-09-us-3-entities", "instrument_no", "2025 No. 51", "202509/1166.html"),
    ("cn-2023-12-tech-catalogue", "summary", "replaced No. 38 of 2020", "23751946.shtml"),
    ("cn-2015-04-duty-abolished", "materials", "W;Mo;In", "1774796"),
    ("kz-2025-07-gallium-duty", "date", "2025-07-14", "kursiv.media"),
    ("kz-2025-07-gallium-duty", "summary", "aluminium billets and lead ingots", "kursiv.media"),
    ("us-2025-04-eo14272", "effective_end_date", "2025-10-24", "thompsonhinesmartrade"),
    ("my-2023-09-raw-ree-ban-plan", "effective_date", "2024-01-01", "rareearthexchanges.com"),
    ("cn-2024-11-unified-list", "summary", "controls continue under it", ""),
    ("cn-2025-04-no18-seven-ree", "confidence_note", "8505.11", ""),
    # events that the list lacked
    ("cn-2025-08-entity-statement", "date", "2025-08-12", "20250812/3013384"),
    ("cn-2025-11-entity-statement", "date", "2025-11-05", "29929610"),
    ("us-2019-04-dfars-magnets", "date", "2019-04-30", "2019-08485"),
    ("id-2020-01-nickel-ore-ban", "fact_verification", "general knowledge", "hellenicshipping"),
    ("zw-2022-12-raw-lithium-ban", "date", "2022-12-20", "marketscreener.com"),
    ("id-2023-06-bauxite-ban", "date_precision", "month", "asiatechwire.com"),
    ("us-2024-12-301-tungsten", "date", "2024-12-11", "nnrglobal.com"),
    ("us-2026-01-301-magnets-graphite", "effective_date", "2026-01-01", "duramag.com"),
    ("us-2025-05-graphite-anode-countervailing", "date", "2025-05-20", "2025-09563"),
    ("us-2025-07-graphite-anode-antidumping", "name", "93.5 percent", "ainvest.com"),
]  # fmt: skip


@pytest.mark.parametrize(("event_id", "column", "value", "page"), VALUES)
def test_a_corrected_fact_has_its_value_and_its_page(
    event_id: str, column: str, value: Any, page: str
) -> None:
    assert value in str(event(event_id)[column])
    assert page in pages(event_id)


def test_what_only_notes_say_is_not_raised() -> None:
    sources = load_event_sources()
    notes = sources[sources["source_role"] == REPOSITORY]
    assert set(notes["status"]) == {NOTES}
    opened = set(sources.loc[sources["status"] == VERIFIED, "event_id"])
    unopened = set(notes["event_id"]) - opened
    events = load_events()
    assert set(events.loc[events["fact_verification"] == NOTES, "event_id"]) == unopened != set()


def test_no_fact_knows_the_day_it_was_written() -> None:
    texts = load_events().select_dtypes("str").agg(" ".join, axis=1)
    told = r"\btoday\b|present date|[Tt]he store|check live|[Ff]uture date|\bproject's\b"
    found = texts[texts.str.contains(told)]
    assert found.empty, found.to_string()


def test_a_suspension_points_to_what_it_suspends() -> None:
    linked = event("cn-2025-11-no70-suspension")["linked_events"].split(";")
    assert linked == ["cn-2025-10-no55-58", "cn-2025-10-no61-no62"]
    assert event("cn-2025-11-no72-suspension")["linked_events"] == "cn-2024-12-ban-to-us"


def test_confounding_events_are_named_on_both_sides_and_within_three_days() -> None:
    events = load_events().set_index("event_id")
    near = events["confounding_events"].str.split(";").explode()
    near = near[near != ""]
    gaps = events.loc[near, "date"].to_numpy() - events.loc[near.index, "date"].to_numpy()
    assert (abs(gaps) <= pd.Timedelta("3D")).all()
    pairs = set(zip(near.index, near, strict=True))
    assert {(b, a) for a, b in pairs} == pairs
    assert ("cn-2026-04-eu-entities", "us-2026-04-eu-mou-action-plan") in pairs


def test_the_sessions_of_the_plan_are_those_of_the_events() -> None:
    """Corrections made since the plan was fixed move none of its clusters."""
    plan = yaml.safe_load(PLAN.read_text(encoding="utf-8"))
    clusters = plan["clusters"]["tightening"] + plan["clusters"]["easing"]
    assert len(clusters) > 20
    ids = list(dict.fromkeys(cluster["event_id"] for cluster in clusters))
    found = map_sessions(load_events(event_ids=ids), ["XNYS", "XASX", "XSHG"])
    sessions = found.set_index(["event_id", "exchange"])["session"]
    for cluster in clusters:
        for exchange, session in cluster["session"].items():
            assert sessions[cluster["event_id"], exchange] == pd.Timestamp(session), cluster
