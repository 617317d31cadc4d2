"""How often is each test wrong when nothing happened, and right when something did?

The answers are computed, not collected, so they are no table of the data package: they are written
by ``benchmarks/`` into this package, and read from there by notebooks, docs and users.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from rareearth_research.arguments import check_listed
from rareearth_research.eventstudy.sizes.designs import DESIGNS, POWER
from rareearth_research.eventstudy.statistics.decision import LEVEL

__all__ = ["SIMULATED", "load_ported_table", "load_power_table", "load_size_table"]

SIMULATED = Path(__file__).with_name("simulated")
"""Folder of the shipped simulation results, which ``benchmarks/`` writes."""
CLAIMED = 0.065  # rejections at 5 % up to which a test claims a design
CONSERVATIVE = 0.035
NULL_OF = {"responses_differ": "one_date_30"}  # designs of power whose null has another name


def load_size_table(level: float | None = None) -> pd.DataFrame:
    """Return how often each test rejects a true null, design by design.

    Parameters
    ----------
    level : {0.01, 0.05, 0.10}, optional
        Keep one nominal level.

    Returns
    -------
    DataFrame
        One row per ``design`` (in words: ``description``), ``test`` and ``level``: ``question``
        (the group of the design) ``, dates, securities, effect`` (0) ``, rejection`` (share of
        replications with p ≤ level) ``, std_error`` (Monte-Carlo) ``, valid`` (share in which the
        engine marks the test valid) ``, replications``; by rule from its rejections at 5 %,
        ``claims_to_hold`` (at most 6.5 %) and ``conservative`` (below 3.5 %).

    Notes
    -----
    Made by ``benchmarks/size_power.py``: 250 estimation sessions, the market model; the designs are
    listed in ``rareearth_research/eventstudy/sizes/designs.toml``. Beside a study's tests stand
    ``headline`` (the leading test), ``verdict_p`` (the p-value that decides), ``moved`` (share of
    studies with that verdict, at 5 % only), ``placebo``, ``heterogeneity`` and
    ``variance_between`` (dispersion between dates). Designs of shipped returns draw random
    stretches, which overlap, so their standard errors are too small.
    """
    table = _read("size")
    five = table[table["level"] == LEVEL].set_index(["design", "test"])["rejection"]
    own = five.reindex(pd.MultiIndex.from_frame(table[["design", "test"]])).to_numpy()
    table = table.assign(claims_to_hold=own <= CLAIMED, conservative=own < CONSERVATIVE)
    return _kept(_described(table), level)


def load_power_table(level: float | None = None) -> pd.DataFrame:
    """Return how often each test finds an effect that is there.

    Parameters
    ----------
    level : {0.01, 0.05, 0.10}, optional
        Keep one nominal level.

    Returns
    -------
    DataFrame
        Columns of `load_size_table`; ``effect`` is the mean return added to session 0 (in
        ``responses_differ`` with a standard deviation between securities as large).
        ``claims_to_hold`` and ``conservative`` are those of the design without an effect: a test
        that rejects a true null too often finds real effects too often as well, so that only tests
        that claim may be compared.
    """
    table = _read("power")
    claims = load_size_table(LEVEL).set_index(["design", "test"])
    null = table["design"].replace(NULL_OF)
    own = claims.reindex(pd.MultiIndex.from_arrays([null, table["test"]]))
    for name in ("claims_to_hold", "conservative"):
        table[name] = own[name].fillna(False).to_numpy(dtype=bool)
    return _kept(_described(table), level)


def load_ported_table(level: float | None = None) -> pd.DataFrame:
    """Return the size of five tests in the papers' form and in that of Stata's eventstudy2.

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
    return _kept(_read("ported"), level)


def _read(name: str) -> pd.DataFrame:
    return pd.read_csv(SIMULATED / f"{name}.csv")


def _described(table: pd.DataFrame) -> pd.DataFrame:
    """Put what is known of its design before each row."""
    known = {name: designs[0] for name, designs in POWER.items()} | DESIGNS
    of = table["design"].map(known)
    said = {
        "description": of.map(lambda design: design.title),
        "question": of.map(lambda design: design.question),
        "dates": of.map(lambda design: design.dates),
        "securities": of.map(lambda design: design.firms),
    }
    return pd.DataFrame({"design": table["design"], **said, **table.drop(columns="design")})


def _kept(table: pd.DataFrame, level: float | None) -> pd.DataFrame:
    if level is None:
        return table
    chosen = check_listed("level", level, table["level"].unique())
    return table[table["level"] == chosen].reset_index(drop=True)
