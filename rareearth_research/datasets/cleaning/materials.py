"""Materials: the 17 rare earths and the other minerals under Chinese export control.

Which of them are rare earths is not a matter of usage: scandium, yttrium and the lanthanides
(atomic numbers 57 to 71). The table is checked against that definition, because confusing the two
groups is the error that started this project.
"""

from __future__ import annotations

import pandas as pd

from rareearth_research.datasets.tables.columns import first_true
from rareearth_research.datasets.tables.registry import CleaningLog, Raw, described
from rareearth_research.errors import DataError

RARE_EARTH_NUMBERS = frozenset({21, 39, *range(57, 72)})  # Sc, Y, La to Lu


def clean_materials(raw: Raw, log: CleaningLog) -> pd.DataFrame:
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


MATERIALS = described("materials", clean_materials)

TABLES = (MATERIALS,)
