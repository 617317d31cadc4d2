"""Draw the pictures that the README shows, from the shipped data."""

from __future__ import annotations

from pathlib import Path

import matplotlib as mpl

mpl.use("Agg")

import rareearth_research as rer
from rareearth_research.plots import plot_caar, plot_size_table, plot_timeline

FOLDER = Path(__file__).resolve().parents[1] / "docs" / "pictures"


def main() -> None:
    answer = rer.studies.event_study()
    pictures = {
        "tightening_and_easing": rer.studies.tightening_and_easing().plot(),
        "timeline": plot_timeline(rer.load_events(since="2009-01-01")),
        "october_2025": plot_caar(
            answer.result,
            title=f"China's extraterritorial controls: {answer.verdict['title'].iloc[0]}",
        ),
        "size": plot_size_table(rer.load_size_table()),
    }
    for name, picture in pictures.items():
        # no software name or date inside, so that the same data give the same file
        picture.savefig(FOLDER / f"{name}.png", dpi=110, metadata={"Software": None})
        print(f"{name}.png")


if __name__ == "__main__":
    main()
