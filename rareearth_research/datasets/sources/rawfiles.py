"""The raw files a refresh may write: their columns, what identifies a row, what may change.

A refresh needs to know three things of a raw file that its schema cannot say: which columns make
a row the same row, which figures count when old and new are compared, and whether levels mean
anything. They do not for adjusted closes: every dividend rescales the whole past, so those files
are compared on returns.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["CANDIDATES", "RAW_FILES", "RawFile"]


@dataclass(frozen=True)
class RawFile:
    """One raw file, as a refresh sees it.

    Parameters
    ----------
    name
        File name under `folder`.
    columns
        All its columns, in order.
    when
        The column that dates a row: ``YYYY-MM-DD``, ``YYYY-MM`` or ``YYYY``.
    series
        The columns that name a series; with `when` they identify a row.
    figures
        Number columns; all are compared. The first is the price, where returns are, and the one
        that must be positive.
    compare
        ``"level"``: a figure that changes by more than 0.5 % (and by more than `slack`, in the
        file's unit) is a revision. ``"return"``: a daily return that changes by more than 0.5
        percentage points is a revision, a new level alone is a rescaling. ``"text"``: any change.
    slack
        Absolute changes up to this never count as revisions.
    digits
        Significant digits kept of a new figure.
    positive
        Whether the compared figure must be positive.
    blank
        Figures that may be empty: a gap, which the report names. A known one stays.
    units
        Units of figures that come in more than one, such as volumes, which are in shares or in
        lots of 100; rows that both have show a figure in the other one.
    settles
        Days before the last known row within which the source revises its figures as a matter of
        course. Until then up to half of the rows may change, each by at most itself (or the median
        of its column, where that is larger). 0: none.
    within
        Least and largest value of every figure, both allowed: codes for "no figure" (-99, 1e20)
        and other units lie outside. What is likely is narrower, and the clean tables' affair.
    largest_jump
        A new figure so many times the one before it, or less than one so-many-th, is taken for a
        wrong unit or decimal sign. None: such moves are usual.
    known_series_only
        Whether series the file does not have yet are left out.
    series_may_end
        Whether a known series may be absent from an answer (a delisted share). Otherwise that
        means that the upstream renamed it, and the refresh is refused.
    folder
        Under the data folder.
    exchange
        Whose sessions the rows are: a session that was not over is left out; "" where no row is of
        a session that trades, `BY_TICKER` where the suffix of the ticker says it.
    source_id
        The row of ``data/raw/sources.csv`` that says where the file's figures come from.
    """

    name: str
    columns: tuple[str, ...]
    when: str
    figures: tuple[str, ...]
    series: tuple[str, ...] = ()
    compare: Literal["level", "return", "text"] = "level"
    slack: float = 0.0
    digits: int = 7
    positive: bool = True
    blank: tuple[str, ...] = ()
    units: Mapping[str, str] = field(default_factory=dict)
    settles: int = 0
    within: tuple[float, float] = (0.0, 1e12)
    largest_jump: float | None = 3.0
    known_series_only: bool = True
    series_may_end: bool = False
    folder: str = "raw"
    exchange: str = ""
    source_id: str = ""

    @property
    def key(self) -> tuple[str, ...]:
        """The columns that identify a row."""
        return (*self.series, self.when)

    @property
    def path(self) -> str:
        """The file, relative to the data folder."""
        return f"{self.folder}/{self.name}"

    def exchange_of(self, rows: pd.DataFrame) -> pd.Series:
        """Return the exchange of each row."""
        if self.exchange != BY_TICKER:
            return rows[self.when].map(lambda _: self.exchange)
        return rows["ticker"].str.partition(".")[2].map(SUFFIXES)


def _raw(
    name: str,
    source_id: str,
    columns: str,
    *,
    series: tuple[str, ...] = (),
    figures: tuple[str, ...] | None = None,
    **rest: Any,
) -> RawFile:
    """Describe a raw file; without `figures`, every column that names no series or date is one."""
    names = tuple(columns.split())
    when = next(column for column in names if column in WHENS)
    if figures is None:
        figures = tuple(column for column in names if column not in (when, *series))
    return RawFile(name, names, when, figures, series, source_id=source_id, **rest)


BY_TICKER = "by ticker"
SUFFIXES = {"": "XNYS", "AX": "XASX", "SS": "XSHG", "SZ": "XSHG"}
WHENS = ("date", "month", "year", "publication_date")
ADJUSTED: dict[str, Any] = {"series": ("ticker",), "compare": "return", "series_may_end": True}
_ALL = (
    _raw(
        "prices_us_adjusted.csv",
        "yahoo_us_2026",
        "date ticker adjusted_close",
        exchange="XNYS",
        **ADJUSTED,
    ),
    _raw(
        "prices_asx_adjusted.csv",
        "yahoo_asx",
        "date ticker adjusted_close volume dividend split",
        exchange="XASX",
        units={"volume": "shares"},
        **ADJUSTED,
    ),
    _raw(
        "prices_cn_adjusted_2025_2026.csv",
        "china_a_shares_2025_2026",
        "date ticker adjusted_close volume",
        digits=10,
        exchange="XSHG",
        units={"volume": "lots of 100 shares"},
        **ADJUSTED,
    ),
    *(
        _raw(
            f"prices_{source}.csv",
            f"refreshed_{source}",
            f"date ticker adjusted_close volume {more}",
            exchange=BY_TICKER,
            known_series_only=False,
            units={"volume": "shares"},
            **ADJUSTED,
        )
        for source, more in (("yahoo", "dividend"), ("sina", ""), ("stooq", ""))
    ),
    _raw("index_csi300.csv", "csi300", "date close", digits=8, exchange="XSHG"),
    _raw("fx_usdcny_daily.csv", "fred_dexchus", "date usdcny"),
    _raw("vix_daily.csv", "cboe_vix", "date vix"),
    _raw(
        "factors_us_daily_percent.csv",
        "french_factors",
        "date mkt_rf smb hml rmw cma rf mom",
        slack=0.05,  # percentage points: each new CRSP vintage moves many days by 0.01
        positive=False,
        within=(-50.0, 50.0),
        largest_jump=None,
    ),
    _raw(
        "gpr_daily.csv",
        "gpr_daily",
        "date gprd gprd_act gprd_threat",
        positive=False,  # a day without such an article is zero
        within=(0.0, 10_000.0),
        largest_jump=None,
        settles=400,  # see sources/gpr.py
    ),
    _raw(
        "pink_sheet_monthly.csv",
        "wb_pink_sheet",
        "month commodity unit price",
        series=("commodity", "unit"),
    ),
    _raw(
        "imf_pcps_monthly.csv",
        "imf_pcps",
        "month code series unit price",
        series=("series", "unit"),
        figures=("price",),
    ),
    _raw(
        "usgs_mcs2026.csv",
        "usgs_mcs2026",
        "chapter section commodity country statistic detail unit year value notes critical_2025",
        series=("chapter", "section", "commodity", "country", "statistic", "detail", "unit"),
        figures=("value",),
        compare="text",
        largest_jump=None,
        known_series_only=False,
    ),
    _raw(
        "china_graphite_exports_monthly.csv",
        "comtrade_graphite",
        "month hs6 value_usd net_weight_kg",
        series=("hs6",),
        figures=("value_usd", "net_weight_kg"),
        blank=("net_weight_kg",),
        digits=12,
        largest_jump=None,  # the licensing of December 2023 cut exports of one code to a tenth
    ),
    _raw(
        "metal_spot_daily.csv",
        "komis_spot",
        "date element grade unit price",
        series=("element", "grade", "unit"),
        known_series_only=False,
        series_may_end=True,
    ),
)

RAW_FILES = {raw.name: raw for raw in _ALL}

CANDIDATES = _raw(
    "federal_register.csv",
    "",
    "publication_date document_number type title agencies abstract matched_terms html_url "
    "pdf_url status note",
    series=("document_number",),
    figures=(),
    compare="text",
    largest_jump=None,
    known_series_only=False,
    series_may_end=True,
    folder="candidates",
)
