"""BGS World Mineral Statistics: production by country since 1990, with what its notes qualify.

The footnotes decide what a tonne is: before 2010 most rare earth figures are gross weight of
concentrate, those of a few countries are not. The rule `state_basis` turns that into a column.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

import pandas as pd

from rareearth_research.datasets.columns import (
    number,
    text,
    year,
)
from rareearth_research.datasets.registry import CleaningLog, Table

__all__ = ["BASES", "TABLES", "clean_bgs", "mark_blanks", "state_basis"]

# "With the exception of the data for USA and China, figures in this table refer to gross ..."
EXCEPTED = re.compile(r"exception of the data for (?:the former )?([^|]*?), figures in this table")
BASES = ("gross_weight", "not_gross_weight", "oxide", "metal_content", "as_published")


def clean_bgs(raw: Mapping[str, pd.DataFrame], log: CleaningLog) -> pd.DataFrame:
    """Return one row per commodity, country and year, with the basis of the tonnage."""
    table = BGS.read(raw, named=("commodity", "country", "year"))
    rows = table["commodity"] + ", " + table["country"] + ", " + table["year"].astype(str)
    clean = table.assign(
        qualifier=mark_blanks(table["quantity"], rows, log),
        basis=state_basis(table, log),
        unit="t",
        notes=table["notes"].str.replace("|", " | ", regex=False),
    )
    return BGS.in_order(clean)


def mark_blanks(quantity: pd.Series, rows: pd.Series, log: CleaningLog) -> pd.Series:
    """Mark rows listed without a figure: no value is known, which is not zero."""
    blank = quantity.isna()
    log.record(
        "mark_blanks",
        blank.sum(),
        "Listed without a figure: no value is known, which is not zero.",
        "; ".join(rows[blank]),
    )
    return blank.map({True: "blank", False: ""})


def state_basis(table: pd.DataFrame, log: CleaningLog) -> pd.Series:
    """Say what each tonnage weighs, from commodity, unit and footnotes."""
    gross = table["notes"].str.contains("gross tonnage of concentrates")
    excepted = pd.Series(
        [
            country in _excepted(notes)
            for country, notes in zip(table["country"], table["notes"], strict=True)
        ],
        index=table.index,
    )
    basis = pd.Series("as_published", index=table.index)
    basis[table["unit"] == "tonnes (metal content)"] = "metal_content"
    basis[table["commodity"] == "rare earth oxides"] = "oxide"
    basis[gross] = "gross_weight"
    basis[gross & excepted] = "not_gross_weight"
    counts = basis.value_counts()
    log.record(
        "state_basis",
        (basis != "as_published").sum(),
        "What a tonne weighs follows from the unit, the commodity and the footnotes; figures of "
        "different bases do not add up.",
        ", ".join(f"{name} {counts[name]}" for name in BASES if name in counts),
    )
    return basis


def _excepted(notes: str) -> list[str]:
    found = EXCEPTED.search(notes)
    return re.split(r", | and ", found[1]) if found else []


BGS = Table(
    name="bgs_production",
    title="BGS world mineral production by country",
    description=(
        "Rare earths, gallium, germanium, antimony, graphite and tungsten, 1990 to 2023. "
        "'rare earth minerals' (to 2012) and 'rare earth oxides' are different series: do not "
        "splice them. For 1990 and 1991 both Germany and the German Federal Republic appear."
    ),
    raw=("bgs_production_annual.csv",),
    sources=("bgs_wms",),
    columns={
        "commodity": text("Commodity as named by the BGS."),
        "sub_commodity": text("Mineral, where the table splits rare earth minerals."),
        "country": text("Country as named at the time (Zaire, Soviet Union, ...)."),
        "iso3": text("Three-letter country code."),
        "year": year("Calendar year."),
        "quantity": number("Quantity produced.", "t", nullable=True, between=(0, 1e9)),
        "unit": text("Always t (tonnes); see basis for what is weighed.", isin=("t",)),
        "basis": text(
            "gross_weight: of concentrate. not_gross_weight: excepted from that by the "
            "footnote, which does not say what instead. oxide: rare earth oxide equivalent. "
            "metal_content. as_published: nothing said.",
            isin=BASES,
        ),
        "qualifier": text("blank: listed without a figure.", isin=("", "blank")),
        "notes": text("Footnotes of the table as published, separated by ' | '."),
        "table": text("Table of the BGS."),
    },
    loaders=("load_bgs",),
    clean=clean_bgs,
    primary_key=("commodity", "sub_commodity", "country", "year"),
)

TABLES = (BGS,)
