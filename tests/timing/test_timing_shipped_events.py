"""Every shipped event maps or says why not, and agrees with sessions found independently.

The check columns were compiled together with the events. Rows that differ are listed, with the
reason, in ``tests/data/session_differences.csv``; a row there that no longer differs is an error.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from rareearth_research.datasets import data_dir, load_events
from rareearth_research.timing import LISTED, map_sessions, overlaps

CHECKED = {"XNYS": "nyse", "XASX": "asx", "XSHG": "sse"}
# the check columns know fewer words: closed is before_open, lunch is in_session
COARSE = {"after_close": "before_open", "holiday": "before_open", "lunch_break": "in_session"}


def text(dates: pd.Series) -> pd.Series:
    return dates.dt.strftime("%Y-%m-%d").fillna("")


@pytest.fixture(scope="module")
def check() -> pd.DataFrame:
    path = data_dir() / "raw" / "policy_event_sessions_check.csv"
    return pd.read_csv(path, dtype=str, keep_default_na=False).set_index("event_id")


@pytest.fixture(scope="module")
def explained() -> pd.DataFrame:
    path = Path(__file__).parents[1] / "data" / "session_differences.csv"
    return pd.read_csv(path, dtype=str, keep_default_na=False)


def compare(mic: str, check: pd.DataFrame) -> pd.DataFrame:
    events = load_events()  # those that came later have no check
    checked = events[events["event_id"].isin(check.index)]
    ours = map_sessions(checked, mic).set_index("event_id")
    theirs = check.reindex(ours.index)
    name = CHECKED[mic]
    first, last = theirs[f"first_session_{name}"], theirs[f"first_session_{name}_latest"]
    phase = theirs[f"news_phase_{name}"]
    return pd.DataFrame(
        {
            "exchange": mic,
            "theirs": (first + "/" + last + " " + phase).replace("/ ", ""),
            "ours": (
                text(ours["session_earliest"])
                + "/"
                + text(ours["session_latest"])
                + " "
                + ours["phase"].replace(COARSE)
            ).replace("/ ", ""),
        }
    ).reset_index()


@pytest.mark.parametrize("mic", CHECKED)
def test_sessions_and_phases_agree_with_the_check_columns(
    mic: str, check: pd.DataFrame, explained: pd.DataFrame
) -> None:
    compared = compare(mic, check)
    differing = compared[compared["theirs"] != compared["ours"]].reset_index(drop=True)
    listed = explained[explained["exchange"] == mic].drop(columns="reason").reset_index(drop=True)
    pd.testing.assert_frame_equal(differing, listed, check_dtype=False)


def test_every_difference_has_a_reason(explained: pd.DataFrame) -> None:
    assert (explained["reason"].str.len() > 40).all()


def test_every_shipped_event_maps_on_every_exchange_or_says_why_not() -> None:
    found = map_sessions(load_events(), list(LISTED))
    assert len(found) == len(load_events()) * len(LISTED)
    assert (found["session"].notna() == (found["reason"] == "")).all()
    assert set(found["reason"]) == {"", "imprecise_date", "beyond_calendar"}
    beyond = found[found["reason"] == "beyond_calendar"]
    # the holidays of 2027 of Shanghai and Shenzhen are not published
    assert set(beyond["event_id"]) == {"sched-2027-01-dfars-magnets", "sched-2027-01-no70-expiry"}
    assert set(beyond["exchange"]) == {"XSHG", "XSHE"}


def test_neighbours_within_three_sessions_include_all_that_the_check_knows(
    check: pd.DataFrame,
) -> None:
    # the check compares first sessions only; ambiguous intervals can only bring events closer
    edges = overlaps(load_events(), 3).edges
    ours = set(zip(edges["event_a"], edges["event_b"], strict=True))
    theirs = {
        (event, other)
        for event, others in check["overlapping_event_ids_pm3d_nyse"].items()
        for other in filter(None, others.split(";"))
    }
    assert {pair for pair in theirs if pair not in ours and pair[::-1] not in ours} == set()
