"""The origin article, claim by claim, against the tables of this package."""

import pandas as pd
import pytest

from rareearth_research.datasets import load_article_claims, load_events, load_materials, load_trade
from rareearth_research.datasets.building.build import RawFiles
from rareearth_research.datasets.catalog import data_dir
from rareearth_research.datasets.cleaning.article import clean_claims
from rareearth_research.datasets.tables.registry import CleaningLog
from rareearth_research.errors import DataError

NO10, NO18 = "cn-2025-02-no10-w-te-bi-mo-in", "cn-2025-04-no18-seven-ree"
STATEMENT = "cn-2025-06-mofcom-approvals-statement"


def event(event_id):
    return load_events(event_ids=event_id).iloc[0]


def claim(claim_id):
    return load_article_claims().set_index("claim_id").loc[claim_id]


def test_thirteen_claims_and_five_omissions_are_listed_in_order():
    claims = load_article_claims()
    assert len(load_article_claims("claim")) == 13
    assert len(load_article_claims("omission")) == 5
    assert claims["position"].is_monotonic_increasing


def test_every_event_a_claim_names_exists():
    ids = load_article_claims()["event_ids"].str.split(";").explode()
    assert set(ids[ids != ""]) <= set(load_events()["event_id"])


def test_a_claim_that_names_an_unknown_event_is_refused():
    raw = RawFiles(data_dir(), {})
    claims = raw["article_claims.csv"].copy()
    claims.loc[0, "event_ids"] = "cn-2025-06-mofcom-approval-statement"
    with pytest.raises(DataError, match="nearest: 'cn-2025-06-mofcom-approvals-statement'"):
        clean_claims(
            {"article_claims.csv": claims, "policy_events.csv": raw["policy_events.csv"]},
            CleaningLog(),
        )


def test_claim_1_no_control_was_lifted():
    assert claim("1")["verdict"] == "misleading"
    assert event(STATEMENT)["instrument_type"] == "statement"
    assert pd.isna(event(NO18)["effective_end_date"])


def test_claim_2_is_right_as_wording_and_wrong_as_a_cause():
    said = "right as the ministry's wording, wrong as a cause of easing"
    assert claim("2")["verdict"] == said


@pytest.mark.parametrize(
    ("claim_id", "page"),
    [
        ("4", "https://www.malaymail.com/news/money/2025/02/04/"),
        ("12", "https://websnapshot.pages.dev/html/readit.site_a_dOFbv_art_9c2108ccaf754f22"),
        ("o4", "https://energynews.oedigital.com/mining/2025/06/09/"),
    ],
)
def test_a_claim_that_was_verified_later_names_its_page(claim_id, page):
    assert claim(claim_id)["status"] == "verified in archived page"
    assert claim(claim_id)["source_url"].startswith(page)


def test_claim_3_the_list_was_already_public():
    named = set(event(NO18)["materials"].split(";"))
    materials = load_materials()
    assert named == set(materials.loc[materials["in_cn_no18_2025"], "symbol"])


def test_claim_6_none_of_the_five_metals_is_a_rare_earth():
    five = load_materials(["tungsten", "tellurium", "bismuth", "molybdenum", "indium"])
    assert not five["is_rare_earth"].any()
    assert set(event(NO10)["materials"].split(";")) == set(five["symbol"])
    assert claim("6")["verdict"] == "wrong"


def test_claim_6_the_rare_earth_licences_came_two_months_later():
    assert (event(NO18)["date"] - event(NO10)["date"]).days == 59


def test_claim_7_no10_appeared_within_twenty_minutes():
    measure = event(NO10)
    wait = measure["announced_latest"] - measure["announced_earliest"]
    assert wait == pd.Timedelta("18min")


def test_claim_7_chinese_controls_on_rare_earths_are_far_older():
    quotas = load_events(actor="CN", materials="Nd", until="2010-12-31")
    assert "quota" in set(quotas["instrument_type"])


def test_claim_8a_both_measures_are_licences():
    assert event(NO10)["instrument_type"] == event(NO18)["instrument_type"] == "licence"


def test_claim_11_exports_rose_after_the_statement():
    for series, may, june in (
        ("gacc_ree_exports", 5864.6, 7742.2),
        ("gacc_ree_magnet_exports", 1238.0, 3188.0),
    ):
        months = load_trade(series, kind="month", since="2025-05-01", until="2025-06-30")
        assert months["tonnes"].tolist() == [may, june]


def test_omission_1_the_april_controls_apply_to_all():
    assert event(NO18)["target_scope"] == "all"


def test_omission_2_the_green_channel_has_the_date_of_the_statement():
    assert event("cn-2025-06-eu-green-channel")["date"] == event(STATEMENT)["date"]


def test_omission_3_licences_were_reported_before_the_statement():
    report = event("media-2025-06-auto-licences")
    assert report["announced_latest"] < event(STATEMENT)["announced_earliest"]


def test_omission_4_may_customs_data_came_out_on_9_june():
    may = load_trade("gacc_ree_exports", kind="month", since="2025-05-01", until="2025-05-31")
    assert may["release_date"].item() == pd.Timestamp("2025-06-09")
