"""How often is each test wrong when nothing happened, and right when something did?

The answers are computed, not collected, so they are no table of the data package: they are written
by ``benchmarks/`` into this package, and read from there by notebooks, docs and users.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from rareearth_research.arguments import check_listed

__all__ = ["SIMULATED", "load_ported_table", "load_power_table", "load_size_table"]

SIMULATED = Path(__file__).with_name("simulated")
"""Folder of the shipped simulation results, which ``benchmarks/`` writes."""


def load_size_table(level: float | None = None) -> pd.DataFrame:
    """Return how often each test rejects a true null, scenario by scenario.

    Parameters
    ----------
    level : {0.01, 0.05, 0.10}, optional
        Keep one nominal level.

    Returns
    -------
    DataFrame
        One row per ``scenario`` (in words: ``description``), ``securities`` N, ``test`` and
        ``level``: ``effect`` (0), ``rejection`` (share of replications with p ≤ level),
        ``std_error`` (Monte-Carlo), ``claims_to_hold`` (whether the test claims its size there),
        ``replications``.

    Notes
    -----
    Made by ``benchmarks/size_power.py``: N securities on one shared date, 250 estimation sessions,
    the window [-1, 1], the market model. Rows of ``actual_data`` draw random stretches of the
    shipped New York returns; these overlap, so their standard errors are too small.
    """
    return _read("size", level)


def load_power_table(level: float | None = None) -> pd.DataFrame:
    """Return how often each test finds an effect that is there.

    Parameters
    ----------
    level : {0.01, 0.05, 0.10}, optional
        Keep one nominal level.

    Returns
    -------
    DataFrame
        Columns of `load_size_table`; ``effect`` is the return added to session 0 of every
        security. A test that rejects a true null too often finds real effects too often as well:
        only tests with ``claims_to_hold`` may be compared.
    """
    return _read("power", level)


def load_ported_table(level: float | None = None) -> pd.DataFrame:
    """Return the size of four tests in the papers' form and in that of Stata's eventstudy2.

    Parameters
    ----------
    level : {0.01, 0.05, 0.10}, optional
        Keep one nominal level.

    Returns
    -------
    DataFrame
        One row per ``convention``, ``test``, ``securities`` N and ``level``: ``rejection``,
        ``std_error``, ``replications``. Independent normal errors, the window [-5, 5]; made by
        ``benchmarks/ported_forms.py``.
    """
    return _read("ported", level)


def _read(name: str, level: float | None) -> pd.DataFrame:
    table = pd.read_csv(SIMULATED / f"{name}.csv")
    if level is None:
        return table
    chosen = check_listed("level", level, table["level"].unique())
    return table[table["level"] == chosen].reset_index(drop=True)
