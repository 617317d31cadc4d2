"""Customs tonnages: best statement kept, others named, sums checked and not smoothed."""

import pandas as pd
import pytest

from rareearth_research.datasets import load_graphite_trade, load_trade, load_trade_reconciliation
from rareearth_research.datasets.cleaning import trade as rules
from rareearth_research.datasets.cleaning.trade_sums import reconcile, rounding
from rareearth_research.datasets.tables.registry import CleaningLog
from rareearth_research.errors import DataError


def exports(period, kind="month", series="gacc_ree_exports"):
    rows = load_trade(series, kind=kind)
    return rows[rows["period_end"].dt.strftime("%Y-%m") == period].iloc[0]


def synthetic(*figures):
    """A made-up series of one year: (first month, last month, tonnes, kind)."""
    rows = [
        {
            "series_id": "synthetic",
            "period_type": "cumulative" if first == 1 and last > 2 else "month",
            "period_start": pd.Timestamp(2020, first, 1),
            "period_end": pd.Timestamp(2020, last, 1) + pd.offsets.MonthEnd(0),
            "tonnes": tonnes,
            "value_kind": kind,
        }
        for first, last, tonnes, kind in figures
    ]
    return pd.DataFrame(rows)


# what is served


def test_exports_rose_from_5864_to_7742_tonnes_in_june_2025():
    assert exports("2025-05")["tonnes"] == 5864.6
    assert exports("2025-06")["tonnes"] == 7742.2


NEWSMAX = "https://www.newsmax.com/world/globaltalk/china-rare-earth-minerals-exports/2025/07/14/id/1218642/"
REDCENSOR = "https://redcensor.com/?p=78198"
RESTOCKING = "https://www.dailymail.co.uk/wires/reuters/article-13504385/China-May-rare-earth-exports-jump-36-y-y-restocking.html"


@pytest.mark.parametrize(
    ("series", "kind", "period", "tonnes", "page"),
    [
        ("gacc_ree_exports", "month", "2025-06", 7742.2, NEWSMAX),
        ("gacc_ree_exports", "cumulative", "2025-06", 32569.2, NEWSMAX),
        ("gacc_ree_exports", "month", "2024-06", 4829, NEWSMAX),
        ("gacc_ree_magnet_exports", "month", "2025-07", 5577, REDCENSOR),
        ("gacc_ree_imports", "cumulative", "2024-05", 62589.2, RESTOCKING),
    ],
)
def test_a_corrected_figure_is_the_reported_one_and_names_its_page(
    series, kind, period, tonnes, page
):
    row = exports(period, kind=kind, series=series)
    assert (row["tonnes"], row["value_kind"], row["source_url"]) == (tonnes, "reported", page)
    assert row["status"] == "verified in archived page"


def test_magnet_exports_rose_from_1238_to_3188_tonnes_in_june_2025():
    assert exports("2025-05", series="gacc_ree_magnet_exports")["tonnes"] == 1238
    assert exports("2025-06", series="gacc_ree_magnet_exports")["tonnes"] == 3188


def test_the_may_figure_became_public_on_9_june_2025():
    assert exports("2025-05")["release_date"] == pd.Timestamp("2025-06-09")


def test_every_press_figure_is_kept_or_named_beside_the_kept_one(raw):
    for row in raw["china_re_exports_reported.csv"].itertuples():
        kind = {"month": "month", "ytd": "cumulative", "year": "year"}[row.kind]
        last = row.period if row.kind != "year" else f"{row.period}-12"
        kept = exports(last, kind=kind)
        named = kept["also_reported"].split("; ")
        text = f"{float(row.tonnes):.10g} ("
        assert kept["tonnes"] == float(row.tonnes) or any(n.startswith(text) for n in named)


def test_each_series_and_period_is_one_row():
    assert not load_trade().duplicated(["series_id", "period_start", "period_end"]).any()


def test_no_status_is_better_than_that_of_a_statement_of_the_same_figure(raw):
    monthly = raw["indicators_monthly.csv"].set_index(["series_id", "period_start", "period_end"])
    for row in load_trade(kind=["month", "jan_feb", "multi_month"]).itertuples():
        key = (row.series_id, f"{row.period_start:%Y-%m-%d}", f"{row.period_end:%Y-%m-%d}")
        if key in monthly.index and row.status != rules.NO_STATUS:
            assert row.status == monthly.loc[key, "status"]


def test_press_figures_carry_no_verification():
    press = load_trade().query("source_title.str.startswith('press report')")
    assert len(press) > 0
    assert (press["status"] == "status not recorded").all()


# rules on their real cases


def test_the_more_exact_statement_of_september_2025_is_kept():
    september = exports("2025-09")
    assert september["tonnes"] == 4000.3
    assert "4000 (press report at tass.com)" in september["also_reported"]
    assert not september["statements_differ"]


def test_statements_that_differ_by_more_than_rounding_are_flagged():
    row = exports("2025-09", kind="cumulative")
    assert row["tonnes"] == 48355.7
    assert "48350 (press report at tass.com)" in row["also_reported"]
    assert row["statements_differ"]
    assert load_trade()["statements_differ"].sum() == 1


def test_a_reported_month_beats_a_derived_one_and_takes_its_release_date():
    november = exports("2025-11")
    assert (november["tonnes"], november["value_kind"]) == (5493.9, "reported")
    assert november["release_date"] == pd.Timestamp("2025-12-08")
    assert "Release date from general knowledge" in november["note"]


def test_the_months_of_2025_add_up_to_the_year():
    checks = load_trade_reconciliation("gacc_ree_exports").set_index("period_end")
    year = checks.loc["2025-12-31"]
    assert year["verdict"] == "agrees"
    assert abs(year["difference"]) <= year["tolerance"]


def test_a_missing_month_makes_a_total_incomplete_and_is_named():
    checks = load_trade_reconciliation("gacc_ree_exports").set_index("period_end")
    assert checks.loc["2021-12-31", "verdict"] == "incomplete"
    assert checks.loc["2021-12-31", "missing_months"] == "2021-10"


def test_a_sum_that_needs_a_derived_month_proves_nothing():
    checks = load_trade_reconciliation("gacc_ree_exports").set_index("period_end")
    assert checks.loc["2021-09-30", "verdict"] == "not independent"


def test_a_total_that_differs_is_said_to_differ():
    checks = reconcile(
        synthetic((1, 2, 100.0, "reported"), (3, 3, 50.0, "reported"), (1, 3, 160.0, "reported"))
    )
    assert checks["verdict"].tolist() == ["differs"]
    assert checks["difference"].item() == 10.0


def test_joint_january_and_february_count_once():
    checks = reconcile(
        synthetic((1, 2, 100.0, "reported"), (3, 3, 50.0, "reported"), (1, 3, 150.0, "reported"))
    )
    assert checks["verdict"].tolist() == ["agrees"]
    assert checks["parts"].item() == "2020-01/02 + 2020-03"


def test_rounding_is_half_the_last_digit():
    assert rounding(7742.0) == 0.5
    assert rounding(5864.6) == pytest.approx(0.05)
    assert rounding(11.217) == pytest.approx(0.0005)


# filters and graphite


def test_known_by_leaves_out_undated_and_later_figures():
    known = load_trade("gacc_ree_exports", kind="month", known_by="2025-06-08")
    assert known["release_date"].notna().all()
    assert known["period_end"].max() < pd.Timestamp("2025-05-31")


def test_an_unknown_series_is_refused_with_the_nearest():
    with pytest.raises(DataError, match="nearest: 'gacc_ree_exports'"):
        load_trade("gacc_ree_export")


def test_graphite_is_complete_from_2017_to_2024():
    graphite = load_graphite_trade()
    assert len(graphite) == 2 * 96
    wide = graphite.pivot(index="month", columns="hs6", values="net_weight_kg")
    assert wide.index.equals(pd.date_range("2017-01-01", "2024-12-01", freq="MS", unit="us"))
    assert wide.notna().all(axis=None)


def test_natural_graphite_fell_when_licences_began_in_december_2023():
    natural = load_graphite_trade("250410").set_index("month")["net_weight_kg"]
    assert natural["2023-12-01"] < 0.5 * natural["2023-11-01"]


def test_another_customs_head_is_refused(raw):
    table = raw["china_graphite_exports_monthly.csv"].copy()
    table.loc[0, "hs6"] = "280530"
    with pytest.raises(DataError, match="280530"):
        rules.clean_graphite({"china_graphite_exports_monthly.csv": table}, CleaningLog())
