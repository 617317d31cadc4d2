"""News of single companies: intervals, scopes, filters."""

from __future__ import annotations

import pandas as pd
import pytest

from rareearth_research.datasets import load_firm_news, load_securities
from rareearth_research.datasets.cleaning.firm_news import FIRM_NEWS, clean_firm_news
from rareearth_research.datasets.cleaning.securities import SECURITIES, clean_securities
from rareearth_research.datasets.tables.registry import CleaningLog
from rareearth_research.errors import DataError


def test_every_row_is_served_and_no_status_raised(raw) -> None:
    news = load_firm_news()
    assert len(news) == 222
    before = raw["firm_news.csv"]["verification"].value_counts().to_dict()
    assert news["verification"].value_counts().to_dict() == before
    assert set(news["security"]) <= set(load_securities().index)


def test_a_bound_that_nobody_read_is_the_end_of_the_local_day() -> None:
    row = load_firm_news("AXTI", since="2023-07-03", until="2023-07-03").iloc[0]
    assert row["announced_earliest"] == pd.Timestamp("2023-07-03 17:00", tz="UTC")
    row = load_firm_news("AXTI", since="2023-09-20", until="2023-09-20").iloc[0]
    assert row["announced_earliest"] == pd.Timestamp("2023-09-20", tz="America/New_York")
    assert row["announced_latest"] == pd.Timestamp("2023-09-20 23:59", tz="America/New_York")


def test_news_of_a_sector_is_told_from_news_of_a_firm() -> None:
    sector = load_firm_news(scope="sector")
    assert len(sector) == 4
    assert sector["disclosure_id"].str.startswith("sector-").all()
    assert len(load_firm_news(scope="firm")) == 218


def test_filters_combine() -> None:
    found = load_firm_news(["MP", "USAR"], kind="offering", since="2025-07-01")
    assert set(found["security"]) <= {"MP", "USAR"}
    assert set(found["kind"]) == {"offering"}
    near = load_firm_news(near_events="us-2025-07-dod-mp", min_status="verified in archived page")
    assert len(near) > 3
    assert set(near["verification"]) == {"verified in archived page"}


@pytest.mark.parametrize(
    ("column", "value", "message"),
    [
        ("security", "AXTX", "'AXTX', which is not known"),
        ("near_events", "cn-x", "'cn-x', which is not known"),
        ("instant_latest_utc", "2023-07-03 17:00", "not an instant like"),
        ("instant_latest_utc", "2023-07-02T17:00:00Z", "ends before it starts"),
        ("date", "2023-08-03", "more than two days off its date"),
    ],
)
def test_a_row_that_cannot_be_is_refused(raw, column: str, value: str, message: str) -> None:
    news = raw["firm_news.csv"].copy()
    news.loc[news["disclosure_id"] == "axti-2023-07-03-statement", column] = value
    files = {name: raw[name] for name in FIRM_NEWS.raw} | {"firm_news.csv": news}
    with pytest.raises(DataError, match=message):
        clean_firm_news(files, CleaningLog())


@pytest.mark.parametrize(
    ("column", "value", "message"),
    [("ticker", "AXTX", "'AXTX', which is not known"), ("verification", "sure", "'sure'")],
)
def test_a_plant_of_no_security_or_of_no_status_is_refused(raw, column, value, message) -> None:
    plants = raw["security_plants.csv"].copy()
    plants.loc[0, column] = value
    files = {name: raw[name] for name in SECURITIES.raw} | {"security_plants.csv": plants}
    with pytest.raises(DataError, match=message):
        clean_securities(files, CleaningLog())
