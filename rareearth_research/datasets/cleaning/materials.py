"""Materials: the 17 rare earths and the other minerals under Chinese export control.

Which of them are rare earths is not a matter of usage: scandium, yttrium and the lanthanides
(atomic numbers 57 to 71). The table is checked against that definition, because confusing the two
groups is the error that started this project.
"""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from rareearth_research.datasets.columns import (
    day,
    first_true,
    flag,
    number,
    text,
    whole,
    year,
)
from rareearth_research.datasets.registry import CleaningLog, Table
from rareearth_research.errors import DataError

__all__ = ["RARE_EARTH_NUMBERS", "TABLES", "check_rare_earths", "clean_materials"]

RARE_EARTH_NUMBERS = frozenset({21, 39, *range(57, 72)})  # Sc, Y, La to Lu


def clean_materials(raw: Mapping[str, pd.DataFrame], log: CleaningLog) -> pd.DataFrame:
    """Return one typed row per material: rare earths by atomic number, then the others."""
    materials = MATERIALS.read(raw)
    check_rare_earths(materials)
    return materials.sort_values(
        ["is_rare_earth", "atomic_number"], ascending=[False, True], ignore_index=True
    )


def check_rare_earths(materials: pd.DataFrame) -> None:
    """Refuse a table whose rare earths are not exactly Sc, Y and the lanthanides."""
    chemistry = materials["atomic_number"].isin(RARE_EARTH_NUMBERS)
    wrong = chemistry != materials["is_rare_earth"]
    if wrong.any():
        row = materials.loc[first_true(wrong)]
        raise DataError(
            f"material {row['symbol']!r} (atomic number {row['atomic_number']}) has "
            f"is_rare_earth {row['is_rare_earth']}; rare earths are Sc, Y and 57 to 71"
        )
    missing = RARE_EARTH_NUMBERS - set(materials["atomic_number"])
    if missing:
        raise DataError(f"materials.csv lacks the rare earths with numbers {sorted(missing)}")


MATERIALS = Table(
    name="materials",
    title="Rare earths and other controlled minerals",
    description=(
        "The 17 rare earths and nine other minerals: class by Chinese, US and chemical usage, "
        "Chinese control act, customs codes, China's share of output, critical-mineral lists. "
        "A share given for all rare earths together repeats on each of them: it is not a "
        "share of that element."
    ),
    raw=("materials.csv",),
    sources=("materials_compiled",),
    columns={
        "symbol": text("Chemical symbol; C stands for graphite and diamond."),
        "name": text("Name of the element.", unique=True),
        "atomic_number": whole("Atomic number.", between=(1, 118)),
        "is_rare_earth": flag("True for Sc, Y and the fifteen lanthanides."),
        "category": text("ree or other_critical.", isin=("ree", "other_critical")),
        "class_cn_common": text("Class in common Chinese usage: light, medium, heavy."),
        "class_usgs": text("Class in the usage of the US Geological Survey."),
        "class_note": text("Where the two usages differ."),
        "in_cn_no18_2025": flag("Named by MOFCOM/GACC Announcement 2025 No. 18 (4 April)."),
        "in_cn_no57_2025": flag("Named by Announcement 2025 No. 57 (9 October)."),
        "in_cn_no10_2025": flag("Named by Announcement 2025 No. 10 (4 February)."),
        "cn_control_instrument": text("Chinese act that controls it by name; empty: none."),
        "cn_control_announced": day("Day that act was announced.", nullable=True),
        "cn_control_effective": day("Day from which that act applies.", nullable=True),
        "cn_control_state": text("State of the control when the table was compiled."),
        "cn_control_code": text("Control code of the Chinese dual-use list, as far as known."),
        "cn_control_status": text("Status of the control facts."),
        "hs6": text("Six-digit customs heads separated by ';', with what they cover."),
        "hs6_downstream": text("Customs heads of products made from it."),
        "hs_ores": text("Customs heads of its ores."),
        "us_hts": text("US tariff lines."),
        "us_hts_status": text("Status of the US tariff lines."),
        "cn_hs": text("Chinese tariff lines."),
        "cn_hs_status": text("Status of the Chinese tariff lines."),
        "hs_status": text("Status of the six-digit heads."),
        "main_uses": text("Main uses."),
        "cn_share_pct": number(
            "China's share of world production; see cn_share_basis for the stage.",
            "percent",
            nullable=True,
            between=(0, 100),
        ),
        "cn_share_basis": text("What the share is a share of."),
        "cn_share_year": year("Year of the share.", nullable=True),
        "cn_share_source": text("Where the share was read."),
        "cn_share_status": text("Status of the share."),
        "cn_refined_share_pct": number(
            "China's share of refined output.", "percent", nullable=True, between=(0, 100)
        ),
        "cn_refined_share_note": text("Where the refined share comes from and its range."),
        "cn_refined_share_status": text("Status of the refined share."),
        "usgs_cml_2018": flag("On the US list of critical minerals of 2018."),
        "usgs_cml_2022": flag("On the US list of critical minerals of 2022."),
        "usgs_cml_2025": flag("On the US list of critical minerals of 2025."),
        "usgs_cml_status": text("Status of the three US list columns."),
        "eu_crma_2024_strategic": flag("Strategic under the EU Critical Raw Materials Act."),
        "eu_status": text("Status of the EU column."),
        "note": text("Remarks."),
    },
    loaders=("load_materials",),
    clean=clean_materials,
    primary_key=("symbol",),
)

TABLES = (MATERIALS,)
