"""What the trade tables hold, column by column."""

from __future__ import annotations

from rareearth_research.datasets.cleaning.trade_sums import VERDICTS
from rareearth_research.datasets.columns import day, flag, month, number, text

__all__ = ["GRAPHITE", "RECONCILIATION", "TRADE"]

TONNES = (0, 10_000_000)  # plausible in a year


TRADE = {
    "series_id": text("Flow and goods; gacc: customs, _to_us: by destination."),
    "period_type": text(
        "month; jan_feb and multi_month (one figure for several months); cumulative "
        "(since January); year.",
        isin=("month", "jan_feb", "multi_month", "cumulative", "year"),
    ),
    "period_start": day("First day of the period."),
    "period_end": day("Last day of the period."),
    "tonnes": number("Tonnage as reported.", "t", between=TONNES),
    "value_kind": text(
        "reported: in a page of the time; recalled later: read in a later page; derived: "
        "computed from other figures, formula in note; rounded.",
        isin=("reported", "reported (recalled later)", "derived", "rounded"),
    ),
    "release_date": day(
        "Day the figure became public; empty: unknown. Where note says so the day is "
        "from general knowledge.",
        nullable=True,
    ),
    "source_title": text("Page the figure was read in."),
    "source_url": text("Its address as we know it; empty: not kept."),
    "status": text("Status of the figure; 'status not recorded' for press figures."),
    "note": text("Definition, revisions and doubts."),
    "also_reported": text("Other statements of the same figure, separated by ';'."),
    "statements_differ": flag("True if they differ by more than rounding."),
}


RECONCILIATION = {
    "series_id": text("Series of the table trade."),
    "period_end": day("Last day of the total, which starts on 1 January."),
    "period_type": text("cumulative or year.", isin=("cumulative", "year")),
    "tonnes": number("The total as reported.", "t", between=TONNES),
    "sum_of_parts": number("Sum of the parts.", "t", nullable=True, between=TONNES),
    "difference": number(
        "Total less sum of parts.", "t", nullable=True, between=(-TONNES[1], TONNES[1])
    ),
    "tolerance": number(
        "What rounding alone explains: half the last digit of every figure, added up.",
        "t",
        nullable=True,
        between=TONNES,
    ),
    "parts": text("The parts, as months and spans of months."),
    "missing_months": text("Months nobody reported, if the parts do not cover the total."),
    "verdict": text(
        "agrees: within rounding. differs. not independent: a part was derived, possibly "
        "from the total itself. incomplete: months are missing.",
        isin=VERDICTS,
    ),
}


GRAPHITE = {
    "hs6": text("Customs head: 250410 natural in powder or flakes, 380110 artificial."),
    "graphite": text("natural or artificial.", isin=("natural", "artificial")),
    "month": month("First day of the month."),
    "value_usd": number("Export value.", "USD", between=(0, 1e10)),
    "net_weight_kg": number(
        "Net weight exported; empty where Comtrade has none.",
        "kg",
        nullable=True,
        between=(0, 1e10),
    ),
}
