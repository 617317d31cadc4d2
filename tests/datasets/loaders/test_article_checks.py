"""The verdicts on the origin article rest on what the tables hold."""

from __future__ import annotations

import dataclasses

import pandas as pd
import pytest

import rareearth_research as rer
from rareearth_research.datasets.loaders import article
from rareearth_research.datasets.loaders.article import CHECKS, NO10, Tables, check_article_claims


@pytest.fixture(scope="module")
def tables() -> Tables:
    return Tables(
        rer.load_events().set_index("event_id"),
        rer.load_materials().set_index("symbol"),
        rer.load_trade(),
    )


def test_every_checkable_claim_has_a_check_and_no_other():
    claims = rer.load_article_claims()
    assert set(claims.loc[claims["checkable"], "claim_id"]) == set(CHECKS)


def test_the_tables_support_every_verdict_they_can_speak_to():
    checked = check_article_claims()
    contradicted = checked[~checked["agrees"].fillna(True)]
    assert contradicted.empty, contradicted[["claim_id", "data_say"]].to_string()


def test_none_of_the_five_metals_is_a_rare_earth(tables):
    agrees, sentence = CHECKS["6"](tables)
    assert agrees
    assert sentence.startswith("0 of W, Te, Bi, Mo, In are rare earths")


def test_a_check_notices_when_the_tables_change(tables):
    events = tables.events.copy()
    events.loc[NO10, "materials"] = "W;Dy"
    assert not CHECKS["6"](dataclasses.replace(tables, events=events))[0]


@pytest.mark.parametrize("claim", sorted(set(CHECKS) - {"6"}))
def test_each_check_can_fail(tables, claim):
    """Swap every date, kind, actor, scope and tonnage the checks rest on: none may still agree."""
    events = tables.events.copy()
    events["date"] = pd.Timestamp("2030-01-01") - (events["date"] - pd.Timestamp("2025-01-01"))
    first, last = events["announced_earliest"].copy(), events["announced_latest"].copy()
    turn = pd.Timestamp("2025-06-01", tz="UTC")
    events["announced_earliest"], events["announced_latest"] = (
        turn - (last - turn),
        turn - (first - turn),
    )
    events[["instrument_type", "actor", "target_scope"]] = "ban"
    events.loc[article.GREEN, "date"] = pd.Timestamp("2031-01-01")
    trade = tables.trade.assign(
        tonnes=-tables.trade["tonnes"],
        release_date=tables.trade["release_date"] + pd.Timedelta("9D"),
    )
    materials = tables.materials.assign(main_uses="batteries", in_cn_no18_2025=True)
    agrees, _ = CHECKS[claim](Tables(events, materials, trade))
    assert not agrees
