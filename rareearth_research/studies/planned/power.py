"""How large a move could be seen? From the spread of this study's own announcements."""

from __future__ import annotations

import numpy as np
import pandas as pd

from rareearth_research.errors import listed
from rareearth_research.eventstudy.statistics.decision import detectable_at
from rareearth_research.numerals import capital
from rareearth_research.studies.planned.plan import Plan

MOST = 1000  # announcements that a picture goes to; there will never be as many


def power_table(plan: Plan, table: pd.DataFrame) -> pd.DataFrame:
    """Return what each pooled question could detect, and what the plan had assumed.

    Parameters
    ----------
    plan : Plan
    table : DataFrame
        The answers, by question.

    Returns
    -------
    DataFrame
        By question ``clusters, detectable_move, announcement_sd, assumed_low, assumed_high``
        (spread of one announcement's mean that gives `detectable_move`, and what the plan assumed)
        ``, matters_from, verdict, needed`` (announcements with which `matters_from` would be found
        four times in five).
    """
    many, rows = np.arange(3, MOST + 1), {}
    for name, row in table[table["kp_p"].notna()].iterrows():
        asked = plan["inference"]["power"][name]
        one = float(detectable_at(1.0, np.array([row["clusters"]]))[0])
        planned = float(detectable_at(1.0, np.array([asked["clusters"]]))[0])
        assumed = [case["detectable"] / 100 / planned for case in asked["rows"]]
        enough = detectable_at(row["detectable"] / one, many) <= row["matters"]
        rows[name] = {
            "clusters": int(row["clusters"]),
            "detectable_move": row["detectable"],
            "announcement_sd": row["detectable"] / one,
            "assumed_low": min(assumed),
            "assumed_high": max(assumed),
            "matters_from": row["matters"],
            "verdict": row["verdict"],
            "needed": int(many[enough][0]) if enough.any() else pd.NA,
        }
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("question")


def power_words(power: pd.DataFrame) -> str:
    """Say which questions could find what matters, and how many announcements others would need."""
    able = power["detectable_move"] <= power["matters_from"]
    needed = power.loc[~able, "needed"]
    parts = [
        f"{'over ' * pd.isna(n)}{n if pd.notna(n) else MOST:,} ({name})"
        for name, n in needed.items()
    ]
    first = f"{listed(list(power.index[able]))} could find what matters" if able.any() else ""
    others = (
        f"{'the others' if first else 'they'} would need {listed(parts)} announcements like these"
    )
    return capital("; ".join(filter(None, [first, others if parts else ""])))
