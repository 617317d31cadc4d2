"""How are the answers of several groups said? A sentence each, a paragraph and a line of all."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from rareearth_research.errors import listed as several
from rareearth_research.numerals import capital, counted, interval, numeral, per_cent
from rareearth_research.studies.across.judging import said
from rareearth_research.studies.planned.headline import PlannedStudy

MANY = 2  # groups that moved, above which they are counted in the finding and not named


def clearest(table: pd.DataFrame) -> pd.Series:
    """Return the row of the smallest p-value."""
    return table.sort_values("p_value", kind="stable").iloc[0]


def finding_of(table: pd.DataFrame) -> str:
    """Lead with the clearest group, and name the others by their verdicts."""
    first = clearest(table)
    if len(table) == 1:
        return str(first["words"])
    begin = capital(f"{first['group']}, the clearest of {counted(len(table), 'group')}")
    others = by_verdict(table[table["group"] != first["group"]])
    return f"{begin}: {first['words']} All is exploratory; less clear, {others}."


def directions_title(table: pd.DataFrame) -> str:
    """Say each direction in a line, with its interval and verdict."""
    parts = []
    for row in table.to_dict("records"):
        effect, *ends = np.expm1([row["effect"], row["lower"], row["upper"]])
        verdict = said(row["verdict"], row["announcements"])
        parts.append(f"{row['direction']} {per_cent(effect)} ({interval(*ends)}): {verdict}")
    return capital("; ".join(parts))


def title_of(table: pd.DataFrame) -> str:
    """Say the clearest group in a line, and name the others by their verdicts."""
    lead = clearest(table)
    effect, *ends = np.expm1(lead[["effect", "lower", "upper"]].astype(float))
    verdict = said(lead["verdict"], lead["announcements"])
    others = table[table["group"] != lead["group"]]
    rest = f"; less clear, {by_verdict(others)}" if len(others) else ""
    return f"Exploratory: {lead['group']} {per_cent(effect)} ({interval(*ends)}): {verdict}{rest}"


def planned_finding(planned: PlannedStudy, table: pd.DataFrame) -> str:
    """Say in a paragraph what Chinese producers and users did, and which other groups moved."""
    china, users = table[table["planned"]].to_dict("records")
    first, effect = china["words"].partition(". ")[0], np.expm1(users["effect"])
    amid = f", {numeral(users['other_news'])} amid other news" * (users["other_news"] > 0)
    tells = str(planned.words["title"]["H4"]).rpartition(": ")[2]
    others = table[~table["planned"]]
    moved = others.loc[others["verdict"] == "moved", "group"]
    who = several(list(moved)) if 0 < len(moved) <= MANY else (
        f"{numeral(len(moved)) if len(moved) else 'none'} of {numeral(len(others))} other groups"
    )  # fmt: skip
    return (
        f"{capital(china['group'])}: {first}. {capital(users['group'])}: {per_cent(effect)} "
        f"({interval(*np.expm1([users['lower'], users['upper']]))}), "
        f"{counted(users['announcements'], 'tightening')}{amid}: {tells}. "
        f"Exploratory: {who} moved."
    )


def sentence_on(row: Mapping[Any, Any]) -> str:
    """Return the answer for a group, begun with its name in table and picture."""
    return f"{capital(row['group'])}{'' if row['planned'] else ', exploratory'}: {row['words']}"


def by_verdict(table: pd.DataFrame) -> str:
    """Name every group by its verdict."""
    named: dict[str, list[str]] = {}
    for row in table.to_dict("records"):
        named.setdefault(said(row["verdict"], row["announcements"]), []).append(row["group"])
    return "; ".join(f"{several(groups)}: {verdict}" for verdict, groups in named.items())
