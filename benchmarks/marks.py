"""How often is an ordinary session beyond the mark made before it? On shipped returns.

    python benchmarks/marks.py

For each sample and session the mark rests on the sessions before it, as on a card made that day.
Sessions near listed events are left out. Windows of neighbouring sessions overlap, so shares
scatter more than independent draws.
"""

from __future__ import annotations

import numpy as np

from rareearth_research.datasets import load_events
from rareearth_research.eventstudy.chance.dates import Pairs
from rareearth_research.eventstudy.chance.every_session import every_session
from rareearth_research.studies.cards import marks
from rareearth_research.studies.cards.asked import ESTIMATION, ask

SAMPLES = {
    "Dy, Tb": {"materials": ["Dy", "Tb"]},
    **{g: {"group": g} for g in ("rare_earths", "rare_earth_producers", "antimony", "tungsten",
                                 "gallium_germanium", "graphite")},
}  # fmt: skip
FEWEST = 300  # sessions a mark rests on
NOTHING = {"materials": (), "direction": "unknown", "actor": "CN", "instrument": "", "group": "",
           "securities": (), "window": (0, 1), "until": None}  # fmt: skip


def shares(units: np.ndarray) -> tuple[float, int]:
    """Return how many sessions were beyond the mark made of the ones before, and of how many."""
    beyond = [
        abs(units[t]) > marks.Ordinary(units[: t - 1], 1.0, 0).mark
        for t in range(FEWEST, len(units))
    ]
    return float(np.mean(beyond)), len(beyond)


def main() -> None:
    last = load_events(until="2026-07-28")["date"].max()
    print(f"{'sample':24}{'sessions':>9}{'beyond':>9}")
    for name, chosen in SAMPLES.items():
        asked = ask(name, str(last.date()), **NOTHING | chosen)
        setup = marks.study_of(asked, marks.before(asked)).setup
        cars = [
            car
            for car, _ in every_session(
                setup.markets, marks.MODEL, ESTIMATION, [(0, 1)], setup.specification.min_obs
            )
        ]
        pairs = setup.pairs
        moved = Pairs(
            tuple(m.sessions for m in setup.markets),
            pairs.event, pairs.market, pairs.row, pairs.position,
        )  # fmt: skip
        avoid = [np.array([known.row, known.position]) for known in setup.further]
        scaled, n = shares(marks.ordinary(moved, cars, avoid, (0, 1), 0).units)
        print(f"{name:24}{n:9,}{scaled:9.1%}", flush=True)


if __name__ == "__main__":
    main()
