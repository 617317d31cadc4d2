"""Single figures from published pages, annual and monthly, as they were known at the time."""

from __future__ import annotations

import pandas as pd

from rareearth_research.arguments import check_choice
from rareearth_research.datasets._filters import Names, choose, within
from rareearth_research.datasets.catalog import read
from rareearth_research.datasets.cleaning.indicators import as_periods
from rareearth_research.days import Day
from rareearth_research.errors import DataError

__all__ = ["load_indicator_series", "load_indicators"]

FREQUENCIES = ("annual", "monthly")
# What the two tables share, in the order served when both are asked for.
COMMON = ["series_id", "frequency", "geography", "material", "period_label", "period_type",
          "period_start", "period_end", "value", "value_low", "value_high", "unit", "value_kind",
          "vintage", "release_date", "source_title", "source_url", "status", "note"]  # fmt: skip


def load_indicators(
    series: Names | None = None, *, frequency: str | None = None, known_by: Day | None = None
) -> pd.DataFrame:
    """Return indicators, one row per figure.

    Parameters
    ----------
    series : str or list of str, optional
        Series ids such as ``"usgs_mine_production"`` or ``"gacc_ree_exports"``; all by default.
    frequency : str, optional
        ``"annual"`` or ``"monthly"`` (which also holds quarters and single days); both by default.
    known_by : str or date, optional
        Only figures released on or before this day. Figures without a release date (all annual
        ones) are left out, because they cannot be shown to have been public.

    Returns
    -------
    DataFrame
        The columns of the table asked for; for both, the columns of either: annual figures have
        ``period_start`` and ``period_end`` but no ``release_date``, and
        ``.attrs["provenance"]`` lists one entry per table.

    Raises
    ------
    DataError
        For an unknown series or frequency.
    """
    if frequency is not None:
        check_choice("frequency", frequency, FREQUENCIES, DataError)
    table = _both() if frequency is None else read(f"indicators_{frequency}")
    known = pd.Series(True, index=table.index)
    if known_by is not None:
        if "release_date" not in table:
            raise DataError(
                "known_by: annual figures have no release date; leave it out and choose by the "
                "column vintage"
            )
        known = within(table["release_date"], None, known_by, "known_by")
    hint = "See rer.load_indicator_series() for all"
    return choose(table, hint, known, series=("series_id", series))


def load_indicator_series() -> pd.DataFrame:
    """Return what each series of `load_indicators` measures, indexed by ``series_id``.

    Returns
    -------
    DataFrame
        ``title, publisher, caution, units, figures, first, last``.
    """
    return read("indicator_series").set_index("series_id")


def _both() -> pd.DataFrame:
    annual = as_periods(read("indicators_annual")).assign(frequency="annual")
    monthly = read("indicators_monthly").assign(frequency="monthly")
    monthly = monthly.assign(geography="", material="", vintage="")
    both = pd.concat([annual[COMMON], monthly[COMMON]], ignore_index=True)
    both.attrs["provenance"] = [table.attrs["provenance"] for table in (annual, monthly)]
    return both
