"""Figures that a source revises, has in another unit, or leaves empty: taken over or refused."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from rareearth_research.datasets.refreshing.merge import merge
from rareearth_research.datasets.refreshing.report import sentence
from rareearth_research.datasets.sources.rawfiles import RAW_FILES
from rareearth_research.errors import SourceError
from tests.support.refresh_root import RAW

GPR = RAW_FILES["gpr_daily.csv"]


def gpr_vintage() -> pd.DataFrame:
    """The last 600 days of the vintage to 2025-07-28, of data_gpr_daily_recent.xls.

    As kept in hectorcho/ktitan-public, gpr_daily.csv (5bcafe1), rounded to four decimals.
    """
    return raw_rows(RAW.parents[1] / "tests" / "data" / "gpr_daily_2025_07_28.csv")


def raw_rows(path: Path) -> pd.DataFrame:
    return pd.read_csv(path, dtype=str, keep_default_na=False)


def shipped_gpr() -> pd.DataFrame:
    rows = raw_rows(RAW / "gpr_daily.csv")
    return rows[rows["date"] >= gpr_vintage()["date"].min()].reset_index(drop=True)


def test_the_ordinary_revisions_of_ten_months_are_accepted_and_said() -> None:
    merged, changes = merge(GPR, gpr_vintage(), shipped_gpr())
    assert changes.objections(GPR) == []
    assert (changes.ordinary, changes.material, changes.unsettled) == (73, 3, 400)
    assert "73 of them as recent figures of this source are" in sentence(changes)
    pd.testing.assert_frame_equal(merged, shipped_gpr())


def test_revisions_of_days_that_had_settled_are_refused() -> None:
    new = shipped_gpr()
    new.loc[:9, "gprd"] = (new["gprd"].astype(float) * 1.1).round(4).astype(str)
    _, changes = merge(GPR, gpr_vintage(), new)
    assert changes.objections(GPR) == [
        "13 of 600 known rows of gpr_daily.csv changed by more than 0.5%"
    ]


def test_recent_days_that_more_than_double_are_refused() -> None:
    new = shipped_gpr()
    days = new["date"].between("2025-07-01", "2025-07-10")
    new.loc[days, "gprd"] = (new.loc[days, "gprd"].astype(float) * 3).round(4).astype(str)
    _, changes = merge(GPR, gpr_vintage(), new)
    assert changes.material == 12  # one of the ten is small beside the median day
    assert "12 of 600 known rows of gpr_daily.csv" in changes.objections(GPR)[0]


def test_a_new_base_moves_more_recent_days_than_is_ordinary() -> None:
    old = gpr_vintage().tail(399).reset_index(drop=True)
    new = old.assign(gprd=(old["gprd"].astype(float) * 1.2).round(4).astype(str))
    _, changes = merge(GPR, old, new)
    [objection] = changes.objections(GPR)
    assert objection.startswith("398 of the 399 last rows of gpr_daily.csv, which are still revise")


# All figures of a row


CHINA = RAW_FILES["prices_cn_adjusted_2025_2026.csv"]


def china() -> pd.DataFrame:
    rows = raw_rows(RAW / CHINA.name)
    return rows[rows["ticker"].isin(["600111", "000657"])].reset_index(drop=True)


@pytest.mark.parametrize(("times", "words"), [(100, "100 times"), (0.01, "1/100 times")])
def test_volumes_in_the_other_unit_are_refused_and_the_remedy_mends_them(
    times: float, words: str
) -> None:
    old = china()
    volume = old["volume"].astype(float)
    with pytest.raises(SourceError, match=f"000657: volume is {words} the known") as error:
        merge(CHINA, old, old.assign(volume=volume * times))
    assert "the file holds lots of 100 shares" in str(error.value)
    remedied = volume * times / 100 if "Divide the column by 100" in str(error.value) else volume
    _, changes = merge(CHINA, old, old.assign(volume=remedied))
    assert changes.revised == 0


def test_one_series_in_shares_among_others_in_lots_is_found() -> None:
    old = china()
    volume = old["volume"].astype(float)
    new = old.assign(volume=volume.mask(old["ticker"] == "600111", volume * 100))
    merged, changes = merge(CHINA, old, new)
    assert "600111: volume is 100 times" in changes.aside["600111"]
    assert merged.equals(old)


def test_a_volume_that_changed_is_taken_over_and_named() -> None:
    old = china()
    new = old.copy()
    new.loc[5, "volume"] = "1.0"
    merged, changes = merge(CHINA, old, new)
    assert merged.loc[5, "volume"] == "1.0"
    assert (changes.revised, changes.material) == (1, 0)
    [row] = changes.revisions.to_dict("records")
    assert (row["figure"], row["old"], row["new"]) == ("volume", old.loc[5, "volume"], "1.0")


def test_a_known_volume_does_not_become_nothing() -> None:
    old = china()
    merged, changes = merge(CHINA, old, old.assign(volume="0"))
    assert merged["volume"].tolist() == old["volume"].tolist()
    assert changes.nothing


def test_a_known_volume_stays_on_a_new_scale_too() -> None:
    old = china()
    scaled = (old["adjusted_close"].astype(float) * 0.9).round(6)
    merged, changes = merge(CHINA, old, old.assign(adjusted_close=scaled, volume="0"))
    assert merged["volume"].tolist() == old["volume"].tolist()
    assert set(changes.rescaled) == {"600111", "000657"}


def test_a_revised_figure_is_named_whichever_of_the_row_it_is() -> None:
    old = gpr_vintage().tail(50).reset_index(drop=True)
    new = old.copy()
    new.loc[3, "gprd_threat"] = "1.5"
    _, changes = merge(GPR, old, new)
    assert changes.revisions[["figure", "new"]].values.tolist() == [["gprd_threat", "1.5"]]


GRAPHITE = RAW_FILES["china_graphite_exports_monthly.csv"]


def graphite(*rows: tuple[str, object, object]) -> pd.DataFrame:
    months = [(month, "250410", value, weight) for month, value, weight in rows]
    return pd.DataFrame(months, columns=list(GRAPHITE.columns))


def test_an_empty_weight_is_a_gap_that_the_report_names() -> None:
    old = graphite(("2024-12", "5.0", "9.0"))
    merged, changes = merge(GRAPHITE, old, graphite(("2024-12", 5.0, 9.0), ("2025-01", 6.0, None)))
    assert merged.loc[1, ["value_usd", "net_weight_kg"]].tolist() == ["6", ""]
    assert changes.gaps == ("net_weight_kg of 250410 / 2025-01",)
    assert changes.objections(GRAPHITE) == []


def test_an_empty_weight_does_not_delete_a_known_one() -> None:
    old = graphite(("2024-12", "5.0", "9.0"))
    merged, changes = merge(GRAPHITE, old, graphite(("2024-12", 6.0, None)))
    assert merged.loc[0, ["value_usd", "net_weight_kg"]].tolist() == ["6", "9.0"]
    assert changes.revised == 1


def test_a_value_is_never_empty() -> None:
    old = graphite(("2024-12", "5.0", "9.0"))
    with pytest.raises(SourceError, match="value_usd is None, not a positive number"):
        merge(GRAPHITE, old, graphite(("2024-12", None, 9.0)))
