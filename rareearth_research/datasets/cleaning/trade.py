"""China's customs tonnages as reported, and whether they add up.

The same period is often reported by several pages, rounded differently; the best statement is
kept and the others are named beside it. Months, joint January-February figures and year-to-date
figures are then set against each other: what differs is written down, not smoothed away.
"""

from __future__ import annotations

import pandas as pd

from rareearth_research.datasets.cleaning.indicators import read_both
from rareearth_research.datasets.cleaning.trade_sums import reconcile, rounding
from rareearth_research.datasets.tables.columns import read_months, read_numbers
from rareearth_research.datasets.tables.registry import CleaningLog, Raw, described
from rareearth_research.datasets.tables.vocabulary import STATUS
from rareearth_research.errors import DataError

PRESS = "china_re_exports_reported.csv"
NO_STATUS = "status not recorded"
KEY = ["series_id", "period_start", "period_end"]
# Better statements first.
KINDS = ("reported", "reported (recalled later)", "rounded", "derived")
STATUSES = (*STATUS, NO_STATUS)


def clean_trade(raw: Raw, log: CleaningLog) -> pd.DataFrame:
    """Return one row per series and period: the best statement of its tonnage."""
    stated = pd.concat([_customs(raw), _press(raw)], ignore_index=True)
    whole_year = (stated["period_start"].dt.month == 1) & (stated["period_end"].dt.month == 12)
    stated["period_type"] = stated["period_type"].mask(whole_year, "year")
    return TRADE.in_order(keep_best_statement(stated, log))


def clean_reconciliation(raw: Raw, log: CleaningLog) -> pd.DataFrame:
    """Return one row per year-to-date or year figure: do its parts add up to it?"""
    checks = reconcile(clean_trade(raw, CleaningLog()))
    counts = checks["verdict"].value_counts()
    log.record(
        "reconcile",
        len(checks),
        "Each year-to-date and year figure against the finest parts that make it up.",
        ", ".join(f"{name} {count}" for name, count in sorted(counts.items())),
    )
    return checks


def clean_graphite(raw: Raw, log: CleaningLog) -> pd.DataFrame:
    """Return monthly graphite exports by customs head."""
    table = GRAPHITE.read(raw)
    kinds = {"250410": "natural", "380110": "artificial"}
    if unknown := set(table["hs6"]) - set(kinds):
        raise DataError(f"graphite_trade: HS heads {sorted(unknown)} are not graphite heads known")
    note_empty_weights(table, log)
    return GRAPHITE.in_order(table.assign(graphite=table["hs6"].map(kinds)))


def note_empty_weights(table: pd.DataFrame, log: CleaningLog) -> None:
    """Name the months whose net weight Comtrade does not give; they stay empty."""
    gaps = table[table["net_weight_kg"].isna()]
    log.record(
        "note_empty_weights",
        len(gaps),
        "A month without a weight has its value all the same.",
        "; ".join(f"{row.hs6} {row.month:%Y-%m}" for row in gaps.itertuples()),
    )


def keep_best_statement(stated: pd.DataFrame, log: CleaningLog) -> pd.DataFrame:
    """Keep one statement per series and period; name the others in ``also_reported``.

    Reported beats recalled, rounded and derived; then the one with more decimals; then the one
    with the better status. A kept statement without a release date takes that of its twin, whose
    note goes with it.
    """
    ranked = stated.assign(
        kind_rank=stated["value_kind"].map(KINDS.index),
        half_unit=stated["tonnes"].map(rounding),
        status_rank=stated["status"].map(STATUSES.index),
    ).sort_values([*KEY, "kind_rank", "half_unit", "status_rank"], kind="stable")
    ranked["period"] = ranked.groupby(KEY, sort=False).ngroup()
    again = ranked.duplicated("period")
    best, twins = (part.set_index("period") for part in (ranked[~again], ranked[again]))
    beside = best.loc[twins.index]
    gap = (twins["tonnes"] - beside["tonnes"]).abs()
    apart = gap > twins["half_unit"] + beside["half_unit"] + 1e-6
    said = twins["tonnes"].map("{:.10g}".format) + " (" + twins["source_title"] + ")"
    best["also_reported"] = said.groupby(level=0).agg("; ".join).reindex(best.index, fill_value="")
    best["statements_differ"] = best.index.isin(twins.index[apart])
    dated = twins[twins["release_date"].notna()]
    dated = dated[~dated.index.duplicated()]
    undated = best.index[best["release_date"].isna()].intersection(dated.index)
    best.loc[undated, "release_date"] = dated["release_date"]
    best.loc[undated, "note"] = (best["note"] + " " + dated["note"]).str.strip()
    differing = best[best["statements_differ"]]
    log.record(
        "keep_best_statement",
        len(twins),
        "Further statements of a period already stated; named in also_reported. "
        f"{len(differing)} of them differ by more than rounding.",
        "; ".join(f"{row.series_id} to {row.period_end:%Y-%m}" for row in differing.itertuples()),
    )
    return best.astype(
        dict.fromkeys(("period_start", "period_end", "release_date"), "datetime64[us]")
    )


def _customs(raw: Raw) -> pd.DataFrame:
    """Return what the indicator tables hold of customs tonnages."""
    both = read_both(raw)
    both = both[both["series_id"].str.startswith("gacc_") & (both["unit"] == "t")]
    return both.rename(columns={"value": "tonnes"})


def _press(raw: Raw) -> pd.DataFrame:
    table = raw[PRESS]
    rows = table["kind"] + " " + table["period"]
    year = table["kind"] == "year"
    last = read_months(table["period"].mask(year, table["period"] + "-12"), rows)
    start = last.mask(table["kind"] != "month", pd.to_datetime(last.dt.year.astype(str) + "-01-01"))
    host = table["source_url"].str.extract(r"https?://(?:www\.)?([^/]+)")[0]
    return pd.DataFrame(
        {
            "series_id": "gacc_ree_exports",
            "period_type": table["kind"].map(
                {"month": "month", "ytd": "cumulative", "year": "year"}
            ),
            "period_start": start,
            "period_end": last + pd.offsets.MonthEnd(0),
            "tonnes": read_numbers(table["tonnes"], rows),
            "value_kind": "reported",
            "release_date": pd.Series(pd.NaT, index=table.index, dtype="datetime64[us]"),
            "source_title": "press report at " + host,
            "source_url": table["source_url"],
            "status": NO_STATUS,
            "note": "",
        }
    )


TRADE = described("trade", clean_trade)

RECONCILIATION = described("trade_reconciliation", clean_reconciliation)

GRAPHITE = described("graphite_trade", clean_graphite)

TABLES = (TRADE, RECONCILIATION, GRAPHITE)
