"""Press kits of a run that was asked for them: one zip of each picture shown, beside the page.

A picture that does not say whose figures it shows rests on the tables that the study has read.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.figure import Figure

LOCALE = "RAREEARTH_PRESS"
"""Environment variable: how kits write numbers; unset where none was asked for."""


def keep_kit(figure: Figure, folder: Path, locale: str) -> str:
    """Write the press kit of `figure` into `folder`; return its name."""
    from rareearth_research.datasets.catalog import opened
    from rareearth_research.datasets.citing import last_day, publishers
    from rareearth_research.plots.drawing.style import facts_of
    from rareearth_research.plots.press import kit, zipped

    facts, tables = facts_of(figure), opened()
    facts = replace(
        facts,
        source=facts.source or publishers(tables),
        until=last_day(tables) if facts.until is None else facts.until,
    )
    folder.mkdir(exist_ok=True)
    name = f"picture-{len(list(folder.iterdir())) + 1:02d}.zip"
    (folder / name).write_bytes(zipped(kit(figure, facts, locale)))
    return name
