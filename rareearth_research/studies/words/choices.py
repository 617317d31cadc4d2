"""What is said of many specifications, and of windows as a family of tests."""

from __future__ import annotations

import pandas as pd

from rareearth_research.datasets import load_securities
from rareearth_research.errors import listed
from rareearth_research.eventstudy import EventStudyResults, PlaceboResult, adjust
from rareearth_research.labels import label
from rareearth_research.numerals import counted, p_said
from rareearth_research.timing import EXCHANGES


def family_of(result: EventStudyResults, drawn: PlaceboResult) -> pd.DataFrame:
    """Return the leading test of each window, corrected for the number of windows."""
    leading = result.table[result.table["headline"]].set_index("window")
    family = leading[["test", "p_value"]].copy()
    family["holm"] = adjust(family["p_value"], method="holm")
    family["bh"] = adjust(family["p_value"], method="bh")
    table = drawn.table.set_index("window")
    family["placebo"] = table["p_value"]
    family["romano_wolf"] = table["p_romano_wolf"]
    return family.reset_index()


def family_words(family: pd.DataFrame) -> str:
    """Say what corrections leave of the first window."""
    first = family.iloc[0]
    if len(family) == 1:
        return f"Placebo {p_said(first['placebo'])}."
    return (
        f"Corrected for {counted(len(family), 'window')}: {label('test', first['test'])} "
        f"{p_said(first['holm'])} (Holm), placebo {p_said(first['romano_wolf'])} (Romano–Wolf)."
    )


def late_words(benchmarks: list[str], securities: pd.DataFrame) -> str:
    """Say what benchmarks of New York leave in the returns of markets that close before it."""
    indices = load_securities()["exchange"].reindex(benchmarks)
    late = indices.index[indices == "XNYS"]
    early = [EXCHANGES[mic].city for mic in securities["exchange"].unique() if mic != "XNYS"]
    if late.empty or not early:
        return ""
    return (
        f"{listed(late)} {'closes' if len(late) == 1 else 'close'} in New York, hours after "
        f"{listed(early)} on the same date: against {'it' if len(late) == 1 else 'them'} what is "
        "listed there keeps its market's own moves as noise. Each exchange's own index is the "
        "better-posed choice."
    )
