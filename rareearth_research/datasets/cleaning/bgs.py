"""BGS World Mineral Statistics: production by country since 1990, with what its notes qualify.

The footnotes decide what a tonne is: before 2010 most rare earth figures are gross weight of
concentrate, those of a few countries are not. The rule `state_basis` turns that into a column.
"""

from __future__ import annotations

import re

import pandas as pd

from rareearth_research.datasets.tables.registry import CleaningLog, Raw, described

# "With the exception of the data for USA and China, figures in this table refer to gross ..."
EXCEPTED = re.compile(r"exception of the data for (?:the former )?([^|]*?), figures in this table")


def clean_bgs(raw: Raw, log: CleaningLog) -> pd.DataFrame:
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
        ", ".join(f"{name} {counts[name]}" for name in BGS.columns["basis"].isin if name in counts),
    )
    return basis


def _excepted(notes: str) -> list[str]:
    found = EXCEPTED.search(notes)
    return re.split(r", | and ", found[1]) if found else []


BGS = described("bgs_production", clean_bgs)

TABLES = (BGS,)
