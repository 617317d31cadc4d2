"""Does the answer rest on one event or one security? The study again without each in turn."""

from __future__ import annotations

from typing import Literal

import numpy as np
import pandas as pd

from rareearth_research.arguments import check_choice, check_kind
from rareearth_research.errors import SpecificationError
from rareearth_research.eventstudy.dependence.correlation import effective_n
from rareearth_research.eventstudy.results.evidence import Evidence
from rareearth_research.eventstudy.results.measure import part_of


def leave_one_out(result: Evidence, by: Literal["event", "security"] = "event") -> pd.DataFrame:
    """Recompute CAAR and the leading test with each event left out; nothing is fitted again.

    Parameters
    ----------
    result : EventStudyResults
        Of at least two events (or securities).
    by : {"event", "security"}
        What is left out in turn.

    Returns
    -------
    DataFrame
        One row per event (or security) left out and window: ``left_out, window, caar, test,
        statistic, p_value, n, n_effective``.

    Raises
    ------
    SpecificationError
        For a study of one event (or security), another `by`, or what is no fitted study.
    """
    check_kind("result", result, Evidence, "a fitted study, as study.fit() returns")
    check_choice("by", by, ("event", "security"))
    pairs, rows = result.kept, []
    names = pairs.event_ids if by == "event" else result.specification.names
    member = pairs.event if by == "event" else pairs.security
    if len(np.unique(member)) < 2:
        raise SpecificationError(f"leaving out one {by} needs a study of at least two; it has one")
    for code in np.unique(member):
        part = part_of(result, member != code, leading=True)
        leading = part.table[part.table["headline"]].set_index("window")
        for g, label in enumerate(result.specification.labels):
            lead = leading.loc[label] if label in leading.index else None
            rows.append(
                {
                    "left_out": names[code],
                    "window": label,
                    "caar": float(part.fitted.car[:, g].mean()),
                    "test": "" if lead is None else lead["test"],
                    "statistic": np.nan if lead is None else lead["statistic"],
                    "p_value": np.nan if lead is None else lead["p_value"],
                    "n": len(part.keep),
                    "n_effective": effective_n(len(part.keep), part.dependences[g].mean),
                }
            )
    found = pd.DataFrame(rows)
    found.attrs["returns"] = result.specification.return_type
    return found
