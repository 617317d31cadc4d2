"""Does a sentence say what the row of its table holds?"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import numpy as np

from rareearth_research.numerals import counted, numeral, per_cent


def check_sentence(row: Mapping[str, Any]) -> None:
    """Hold every count of a sentence on a sample against its row: news, placebo, N and dates."""
    words, dates, news = row["words"], row["announcements"], row["other_news"]
    found = re.match(r"[^.]*?While (.*?) fell (?:together|into)", words)
    all_of = "both events" if dates == 2 else f"all {counted(dates, 'event')}"
    expected = all_of if news == dates else f"{numeral(news)} of the {counted(dates, 'event')}"
    expected = "other listed events" if dates == 1 else expected
    assert (found and found[1]) == (expected if news else None), words
    for others, looked in re.findall(r"Of ([\d,]+) other [a-z ]+? (\S+) looked", words):
        assert (others, looked) == (
            f"{row['other_sets']:,}",
            numeral(row["as_unusual"]) if row["as_unusual"] else "none",
        )
    assert row["placebo_p"] >= 1 / (1 + row["other_sets"])
    assert row["as_unusual"] == round(row["placebo_p"] * (1 + row["other_sets"])) - 1
    assert dates == 1 or re.search(rf"around {numeral(dates)} \S", words), words
    assert row["securities"] == 1 or re.search(rf"\b{numeral(row['securities'])} \S", words, re.I)
    assert per_cent(float(np.expm1(row["effect"]))).strip("+−") in words


def check_groups(answer: Any) -> None:
    """Hold the groups that title, finding and picture name against those of the table."""
    figure = answer.plot()
    ticks = [tick.get_text() for tick in figure.axes[0].get_yticklabels()]
    title = figure.get_suptitle().replace("\n", " ").casefold()
    said = " ".join([answer.finding, *answer.said]).casefold()
    for group in answer.table["group"]:
        assert sum(tick.startswith(group) for tick in ticks) == 1
        assert group.casefold() in title
        assert group.casefold() in said
