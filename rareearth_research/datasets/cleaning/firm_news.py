"""News of single companies near policy events: made to mark windows that hold other news.

The list was made in part from the largest moves of prices, so with sight of returns: what it leaves
in or out of a study is exploratory. A bound that nobody read is the start or the end of the day
where the security is listed.
"""

from __future__ import annotations

import pandas as pd

from rareearth_research.datasets.tables.columns import check_known, read_instants, refuse
from rareearth_research.datasets.tables.registry import CleaningLog, Raw, described
from rareearth_research.datasets.venues import VENUES

ZONES = {mic: zone for mic, *_, zone, _ in VENUES}  # of a listing
BOUNDS = {"instant_earliest_utc": "announced_earliest", "instant_latest_utc": "announced_latest"}


def clean_firm_news(raw: Raw, log: CleaningLog) -> pd.DataFrame:
    """Return one row per piece of news, by date, with the interval that holds its release.

    Raises
    ------
    DataError
        For an unknown security or event, and an interval that is none or lies off its day.
    """
    news = FIRM_NEWS.read(raw)
    ids = news["disclosure_id"]
    securities = raw["securities.csv"].set_index("ticker")["exchange"]
    check_known(news["security"], ids, securities.index)
    check_known(news["near_events"], ids, raw["policy_events.csv"]["event_id"])
    zones = news["security"].map(securities).map(ZONES)
    for column, name in BOUNDS.items():
        news[name] = read_instants(news[column], ids)
    first = _local(news["date"], zones)
    last = _local(news["date"] + pd.Timedelta("1D"), zones) - pd.Timedelta("1min")
    blank = news["announced_earliest"].isna(), news["announced_latest"].isna()
    given = news[["announced_earliest", "announced_latest"]]
    # a bound that is given may lie on the eve or the morrow of the day
    news["announced_earliest"] = given["announced_earliest"].fillna(
        first.where(~(first > given["announced_latest"]), given["announced_latest"])
    )
    news["announced_latest"] = given["announced_latest"].fillna(
        last.where(~(last < given["announced_earliest"]), given["announced_earliest"])
    )
    rows = "firm_news.csv: " + ids
    late = news["announced_latest"] < news["announced_earliest"]
    refuse(late, rows, "ends before it starts; correct one of its instants")
    far = (news["announced_earliest"] > last + pd.Timedelta("2D")) | (
        news["announced_latest"] < first - pd.Timedelta("2D")
    )
    refuse(far, rows, "has an instant more than two days off its date; correct one of them")
    log.record(
        "clean_firm_news",
        (blank[0] | blank[1]).sum(),
        "A bound that is not on record is the start or the end of the day where the security is "
        "listed.",
    )
    return FIRM_NEWS.in_order(news.assign(announced_tz=zones)).sort_values(
        ["date", "disclosure_id"], ignore_index=True
    )


def _local(days: pd.Series, zones: pd.Series) -> pd.Series:
    """Return the instants at which days begin in their zones."""
    begun = [
        date.tz_localize(zone).tz_convert("UTC") for date, zone in zip(days, zones, strict=True)
    ]
    return pd.Series(begun, index=days.index, dtype="datetime64[us, UTC]")


FIRM_NEWS = described("firm_news", clean_firm_news)

TABLES = (FIRM_NEWS,)
