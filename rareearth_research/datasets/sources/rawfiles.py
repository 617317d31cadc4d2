"""The raw files a refresh may write: their columns, what identifies a row, what may change.

A refresh needs to know three things of a raw file that its schema cannot say: which columns make
a row the same row, which figures count when old and new are compared, and whether levels mean
anything. They do not for adjusted closes: every dividend rescales the whole past, so those files
are compared on returns.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

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
        Number columns; the first is the one compared.
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
    append_only
        For adjusted closes of a second-choice source: old rows stay as they are, later ones are
        put on their scale; where both have rows they must agree, but nothing is taken over.
    folder
        Under the data folder.
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
    within: tuple[float, float] = (0.0, 1e12)
    largest_jump: float | None = 3.0
    known_series_only: bool = True
    series_may_end: bool = False
    append_only: bool = False
    folder: str = "raw"
    source_id: str = ""

    @property
    def key(self) -> tuple[str, ...]:
        """The columns that identify a row."""
        return (*self.series, self.when)

    @property
    def path(self) -> str:
        """The file, relative to the data folder."""
        return f"{self.folder}/{self.name}"


_ALL = (
    RawFile(
        name="prices_us_adjusted.csv",
        source_id="yahoo_us_2026",
        columns=("date", "ticker", "adjusted_close"),
        when="date",
        series=("ticker",),
        figures=("adjusted_close",),
        compare="return",
        series_may_end=True,
    ),
    RawFile(
        name="prices_asx_adjusted.csv",
        source_id="yahoo_asx",
        columns=("date", "ticker", "adjusted_close", "volume", "dividend", "split"),
        when="date",
        series=("ticker",),
        figures=("adjusted_close", "volume", "dividend", "split"),
        compare="return",
        series_may_end=True,
    ),
    RawFile(
        name="prices_cn_adjusted_2025_2026.csv",
        source_id="china_a_shares_2025_2026",
        columns=("date", "ticker", "adjusted_close", "volume"),
        when="date",
        series=("ticker",),
        figures=("adjusted_close", "volume"),
        compare="return",
        digits=10,
        series_may_end=True,
    ),
    RawFile(
        name="index_csi300.csv",
        source_id="csi300",
        columns=("date", "close"),
        when="date",
        figures=("close",),
        digits=8,
    ),
    RawFile(
        name="fx_usdcny_daily.csv",
        source_id="fred_dexchus",
        columns=("date", "usdcny"),
        when="date",
        figures=("usdcny",),
    ),
    RawFile(
        name="vix_daily.csv",
        source_id="cboe_vix",
        columns=("date", "vix"),
        when="date",
        figures=("vix",),
    ),
    RawFile(
        name="factors_us_daily_percent.csv",
        source_id="french_factors",
        columns=("date", "mkt_rf", "smb", "hml", "rmw", "cma", "rf", "mom"),
        when="date",
        figures=("mkt_rf", "smb", "hml", "rmw", "cma", "rf", "mom"),
        slack=0.05,  # percentage points: each new CRSP vintage moves many days by 0.01
        positive=False,
        within=(-50.0, 50.0),
        largest_jump=None,
    ),
    RawFile(
        name="gpr_daily.csv",
        source_id="gpr_daily",
        columns=("date", "gprd", "gprd_act", "gprd_threat"),
        when="date",
        figures=("gprd", "gprd_act", "gprd_threat"),
        positive=False,  # a day without such an article is zero
        within=(0.0, 10_000.0),
        largest_jump=None,
    ),
    RawFile(
        name="pink_sheet_monthly.csv",
        source_id="wb_pink_sheet",
        columns=("month", "commodity", "unit", "price"),
        when="month",
        series=("commodity", "unit"),
        figures=("price",),
    ),
    RawFile(
        name="imf_pcps_monthly.csv",
        source_id="imf_pcps",
        columns=("month", "code", "series", "unit", "price"),
        when="month",
        series=("series", "unit"),
        figures=("price",),
    ),
    RawFile(
        name="usgs_mcs2026.csv",
        source_id="usgs_mcs2026",
        columns=(
            "chapter",
            "section",
            "commodity",
            "country",
            "statistic",
            "detail",
            "unit",
            "year",
            "value",
            "notes",
            "critical_2025",
        ),
        when="year",
        series=("chapter", "section", "commodity", "country", "statistic", "detail", "unit"),
        figures=("value",),
        compare="text",
        largest_jump=None,
        known_series_only=False,
    ),
    RawFile(
        name="china_graphite_exports_monthly.csv",
        source_id="comtrade_graphite",
        columns=("month", "hs6", "value_usd", "net_weight_kg"),
        when="month",
        series=("hs6",),
        figures=("net_weight_kg", "value_usd"),
        digits=12,
        largest_jump=None,  # the licensing of December 2023 cut exports of one code to a tenth
    ),
    RawFile(
        name="metal_spot_daily.csv",
        source_id="komis_spot",
        columns=("date", "element", "grade", "unit", "price"),
        when="date",
        series=("element", "grade", "unit"),
        figures=("price",),
        known_series_only=False,
        series_may_end=True,
    ),
)

RAW_FILES = {raw.name: raw for raw in _ALL}

CANDIDATES = RawFile(
    name="federal_register.csv",
    columns=(
        "publication_date",
        "document_number",
        "type",
        "title",
        "agencies",
        "abstract",
        "matched_terms",
        "html_url",
        "pdf_url",
        "status",
        "note",
    ),
    when="publication_date",
    series=("document_number",),
    figures=(),
    compare="text",
    largest_jump=None,
    known_series_only=False,
    series_may_end=True,
    folder="candidates",
)
