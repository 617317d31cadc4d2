"""A synthetic study of one's own: made-up prices in Paris and made-up announcements."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

EVENT = "fr-2024-06-decret"
EVENTS = (
    "event_id;name;date;announced_tz;direction;source\n"
    f"{EVENT};Décret inventé sur les terres rares;2024-06-05;Europe/Paris;tightening;Journal\n"
    "fr-2025-03-arrete;Arrêté inventé;2025-03-11;Europe/Paris;easing;\n"
)


def paris_prices(names: tuple[str, ...] = ("^FCHI", "LVMH", "RMS.PA", "OR.PA")) -> pd.DataFrame:
    """Return made-up closes on weekdays of three years, the first column a market."""
    rng = np.random.default_rng(0)
    days = pd.bdate_range("2023-01-02", "2025-12-31", name="date")
    market = rng.normal(0, 0.01, len(days))
    shocks = rng.normal(0, 0.012, (len(days), len(names)))
    moves = 0.9 * market[:, None] + shocks
    moves[:, 0] = market
    return pd.DataFrame(50 * np.exp(moves.cumsum(axis=0)), days, [*names]).round(4)


def write_study(folder: Path, prices: pd.DataFrame | None = None, events: str = EVENTS) -> None:
    """Put events and a price file as a French spreadsheet writes it into a folder."""
    (folder / "events.csv").write_text(events, encoding="utf-8")
    (folder / "prices").mkdir(exist_ok=True)
    frame = paris_prices() if prices is None else prices
    frame.to_csv(folder / "prices/cours.csv", sep=";", decimal=",", date_format="%d.%m.%Y")
