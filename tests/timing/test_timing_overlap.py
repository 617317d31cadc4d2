"""Events that share a window, the ones that stand alone, and what else happened."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from rareearth_research.datasets import load_events
from rareearth_research.errors import TimingError
from rareearth_research.timing import (
    clean_events,
    confounders,
    map_sessions,
    overlaps,
    timing_summary,
)
from rareearth_research.timing.overlap import _close_pairs, span


def dated(*dates: str, **columns: list[str]) -> pd.DataFrame:
    ids = [chr(ord("a") + i) for i in range(len(dates))]
    return pd.DataFrame({"event_id": ids, "date": list(dates), **columns})


def test_eight_events_of_june_2025_cannot_be_told_apart() -> None:
    june = overlaps(load_events(), sessions=2).sentences
    assert "These eight events of 5–16 June 2025 cannot be told apart." in june


def test_gap_counts_sessions_not_days() -> None:
    events = dated("2025-07-03", "2025-07-07")  # Thursday, holiday, weekend, Monday
    assert overlaps(events, 1).edges["gap"].tolist() == [1]


def test_events_further_apart_than_k_sessions_are_clean() -> None:
    events = dated("2025-07-07", "2025-07-11")
    assert overlaps(events, 3).clean == ["a", "b"]
    assert overlaps(events, 4).clean == []
    assert overlaps(events).clean == overlaps(events, 3).clean
    apart = dated("2025-07-07", "2025-07-09")
    assert confounders(apart).empty  # between them lies a whole session
    assert len(confounders(apart, (-1, 2))) == 1


def test_a_chain_is_one_cluster_although_its_ends_are_far_apart() -> None:
    found = overlaps(dated("2025-07-07", "2025-07-09", "2025-07-11", "2025-09-10"), 2)
    assert found.clusters[["cluster", "n", "event_ids"]].to_numpy().tolist() == [[1, 3, "a;b;c"]]
    assert found.edges[["event_a", "event_b"]].to_numpy().tolist() == [["a", "b"], ["b", "c"]]


def test_an_ambiguous_event_reaches_from_its_first_to_its_last_session() -> None:
    events = pd.DataFrame(
        {
            "event_id": ["wide", "near"],
            "announced_earliest": ["2025-07-07T12:00Z", "2025-07-11T12:00Z"],
            "announced_latest": ["2025-07-10T12:00Z", "2025-07-11T12:00Z"],
        }
    )
    assert overlaps(events, 1).edges["gap"].tolist() == [1]


def test_events_without_a_session_are_listed_and_never_clean() -> None:
    events = dated("2025-07-07", "2012-12-28", date_precision=["day", "month"])
    found = overlaps(events)
    assert found.unmapped == ("b",)
    assert clean_events(events)["event_id"].tolist() == ["a"]


def test_an_event_of_which_only_one_end_has_a_session_is_never_clean() -> None:
    # Shanghai was closed from 20 January to 4 February 2001, longer than an event may be moved
    ends = {"announced_earliest": ["2001-01-19T02:00Z"], "announced_latest": ["2001-01-21T02:00Z"]}
    found = overlaps(pd.DataFrame({"event_id": ["wide"], **ends}), exchange="XSHG")
    assert (found.clean, found.unmapped) == ([], ("wide",))


def test_events_of_one_session_overlap_even_where_no_neighbour_counts() -> None:
    found = overlaps(dated("2025-07-08", "2025-07-07", "2025-07-07"), 0)
    assert found.clean == ["a"]
    assert found.edges["gap"].tolist() == [0]
    assert found.events["event_id"].to_dict() == {0: "b", 1: "c", 2: "a"}


def test_clean_can_be_held_against_a_longer_list() -> None:
    every = dated("2025-07-07", "2025-07-08", "2025-09-10")
    sample = every[every["event_id"] != "b"]
    assert clean_events(sample)["event_id"].tolist() == ["a", "c"]
    assert clean_events(sample, against=every)["event_id"].tolist() == ["c"]


def test_no_events_have_no_clusters() -> None:
    assert overlaps(dated()).clusters.empty


def test_an_event_twice_in_the_list_is_refused() -> None:
    twice = pd.concat([dated("2025-07-07")] * 2)
    with pytest.raises(TimingError, match="'a' stands twice"):
        overlaps(twice)


@pytest.mark.parametrize(
    ("first", "last", "text"),
    [
        ("2025-06-05", "2025-06-11", "5–11 June 2025"),
        ("2025-06-05", "2025-06-05", "5 June 2025"),
        ("2025-05-28", "2025-06-02", "28 May – 2 June 2025"),
        ("2025-12-30", "2026-01-02", "30 December 2025 – 2 January 2026"),
    ],
)
def test_spans_are_written_the_short_way(first: str, last: str, text: str) -> None:
    assert span(pd.Timestamp(first), pd.Timestamp(last)) == text


def test_tariffs_of_2_april_confound_no_18_and_payrolls_stay_words() -> None:
    sample = load_events(event_ids=["cn-2025-04-no18-seven-ree"])
    found = confounders(sample, (-1, 1), against=load_events())
    macro = found[found["kind"] == "macro"].iloc[0]
    assert macro["confounder_id"] == "us-2025-04-reciprocal-tariffs"
    assert macro["offset"] == -1
    words = found[found["kind"] == "text"]
    assert words["description"].str.contains("payrolls").all()
    assert words["offset"].isna().all()


def test_policy_governs_dated_confounders_only() -> None:
    sample = load_events(event_ids=["cn-2025-04-no18-seven-ree"])
    found = confounders(sample, against=load_events(), policy="drop")
    assert set(found.loc[found["kind"] != "text", "policy"]) == {"drop"}
    assert set(found.loc[found["kind"] == "text", "policy"]) == {"flag"}


def test_a_confounder_is_looked_for_one_session_around_unless_said_otherwise() -> None:
    found = confounders(dated("2025-07-07", "2025-07-08", "2025-07-10"))
    assert found["offset"].tolist() == [1, -1]


def test_window_is_one_sided_if_asked() -> None:
    events = dated("2025-07-07", "2025-07-08")
    found = confounders(events, (0, 1))
    assert found[["event_id", "confounder_id", "offset"]].to_numpy().tolist() == [["a", "b", 1]]


def test_a_list_without_names_or_tiers_still_finds_neighbours() -> None:
    assert confounders(dated("2025-07-07", "2025-07-08"))["kind"].tolist() == ["event", "event"]


def test_unknown_policy_and_backward_window_are_refused() -> None:
    with pytest.raises(TimingError, match=r"'dorp'.*'drop'"):
        confounders(dated("2025-07-07"), policy="dorp")
    with pytest.raises(TimingError, match="ends before it starts"):
        confounders(dated("2025-07-07"), (1, -1))


def test_summary_counts_reconcile_to_the_list() -> None:
    events = load_events()
    for exchange, row in timing_summary(events, ["XNYS", "XSHG"]).iterrows():
        assert row["with_session"] + row["imprecise"] == len(events) == row["events"], exchange
        assert row["clean_and_certain"] <= row["clean"] <= row["with_session"]
        unsure = map_sessions(clean_events(events, 2, exchange), exchange)["ambiguous"]
        assert row["clean_and_certain"] == row["clean"] - unsure.sum() < row["clean"]


def test_pairs_equal_those_of_comparing_every_event_with_every_other() -> None:
    rng = np.random.default_rng(0)
    first = np.sort(rng.integers(0, 60, 40))
    last = first + rng.integers(0, 4, 40)
    for k in (0, 1, 3):
        a, b = _close_pairs(first, last, k)
        every = {
            (i, j)
            for i in range(40)
            for j in range(i + 1, 40)
            if max(first[i], first[j]) - min(last[i], last[j]) <= k
        }
        assert set(zip(a.tolist(), b.tolist(), strict=True)) == every


def test_overlaps_print_as_sentences() -> None:
    june = load_events(since="2025-06-05", until="2025-06-11")
    assert repr(overlaps(june, 2)) == (
        "7 events on XNYS, windows of 2 sessions: 0 stand alone, 0 have no session.\n"
        "These seven events of 5–11 June 2025 cannot be told apart."
    )


@pytest.mark.parametrize("blank", ["", None, pd.NaT])
def test_an_event_without_a_date_is_neither_clean_nor_left_out_in_silence(blank: object) -> None:
    events, further = dated("2025-07-07"), dated("2025-07-08", event_id=["z"])
    unknown = further.assign(date=pd.Series([blank], dtype=object))
    for given in ({"events": unknown}, {"events": events, "against": unknown}):
        with pytest.raises(TimingError, match=r"'z' has no date, .*; fill it in or drop the row"):
            clean_events(**given)
    assert clean_events(events, against=further.iloc[:0]).equals(events)  # the remedy
