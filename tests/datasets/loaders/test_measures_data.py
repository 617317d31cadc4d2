"""What is in force on which day, which codes are printed, which entities are listed."""

from __future__ import annotations

import pandas as pd
import pytest

from rareearth_research.datasets import (
    load_entity_lists,
    load_events,
    load_measure_codes,
    load_measures,
    measures,
)
from rareearth_research.datasets.cleaning.measures import STATUS_TABLE, clean_status
from rareearth_research.datasets.tables.registry import CleaningLog
from rareearth_research.errors import DataError

COLUMNS = ["event_id", "measure", "actor", "status", "since", "until", "materials", "target",
           "changed_by", "verification"]  # fmt: skip
NO46 = "cn-2024-12-ban-to-us"


def states(on: str, event_id: str) -> set[str]:
    found = measures(on)
    return set(found.loc[found["event_id"] == event_id, "status"])


def test_every_period_and_code_is_served_and_no_status_raised(raw) -> None:
    periods, codes = load_measures(), load_measure_codes()
    assert len(periods) == 131
    assert periods.groupby(["event_id", "measure"]).ngroups == 76
    assert len(codes) == 250
    for name, table in (("measure_status.csv", periods), ("measure_codes.csv", codes)):
        counts = raw[name]["verification"].value_counts()
        assert table["verification"].value_counts().to_dict() == counts.to_dict()


def test_the_answer_has_the_columns_it_promises_and_one_row_a_measure() -> None:
    found = measures("2026-11-25")
    assert list(found.columns) == COLUMNS
    assert not found.duplicated(["event_id", "measure"]).any()


@pytest.mark.parametrize(
    ("day", "event_id", "wanted"),
    [
        ("2025-11-06", "cn-2025-10-no61-no62", {"in_force", "announced_not_in_force"}),
        ("2025-11-07", "cn-2025-10-no61-no62", {"suspended"}),  # both ends count
        ("2026-11-10", "cn-2025-10-no55-58", {"suspended"}),
        ("2027-01-10", "cn-2025-10-no55-58", {"suspended"}),
        ("2027-01-11", "cn-2025-10-no55-58", set()),
        ("2026-11-27", NO46, {"in_force", "suspended"}),  # paragraph 1 was never suspended
        ("2026-11-28", NO46, {"in_force"}),
        ("2025-04-03", "cn-2025-04-no18-seven-ree", set()),
        ("2026-11-25", "cn-2025-04-no18-seven-ree", {"in_force"}),
        ("2014-12-31", "cn-1999-2000-export-quota-start", {"in_force"}),
        ("2015-01-01", "cn-1999-2000-export-quota-start", {"withdrawn"}),
        ("1998-12-31", "cn-1999-2000-export-quota-start", set()),
        ("2025-08-11", "cn-2025-04-entities-no22", {"suspended"}),
        ("2025-08-12", "cn-2025-04-entities-no22", {"withdrawn"}),
    ],
)
def test_the_state_on_a_day(day: str, event_id: str, wanted: set[str]) -> None:
    assert states(day, event_id) == wanted


def test_the_three_measures_of_no46_have_three_histories() -> None:
    found = measures("2026-11-25", actor="CN", materials="gallium").set_index("event_id").loc[NO46]
    by_words = found.set_index(found["measure"].str[:28])["status"]
    assert by_words["Ban on dual-use exports to U"] == "in_force"
    assert by_words["Ban on gallium, germanium, a"] == "suspended"


def test_a_later_day_is_answered_as_known_on_5_october_2026(recwarn) -> None:
    assert "as known on 5 October 2026" in measures("2026-11-25").attrs["note"]
    assert "as known" not in measures("2026-10-05").attrs["note"]
    pd.testing.assert_frame_equal(measures(), measures("2026-10-05"))
    assert not recwarn.list


def test_what_is_not_known_is_said() -> None:
    found = measures("2026-11-28")
    note = found.attrs["note"]
    assert "Start unknown: " in note
    assert "Ban on exports of bauxite" in note
    assert "neither start nor end is known: Antimony and indium export quotas" in note
    assert "Antimony and indium export quotas" not in set(found["measure"])
    assert [e["until"] for e in found.attrs["ended"] if e["event_id"] == NO46] == ["2026-11-27"] * 2


def test_filters_take_names_and_symbols_and_a_status() -> None:
    named, symbol = (
        measures("2026-11-25", materials="gallium"),
        measures("2026-11-25", materials="Ga"),
    )
    pd.testing.assert_frame_equal(named, symbol)
    assert set(measures("2026-11-25", status="suspended")["status"]) == {"suspended"}
    assert measures("2012-01-01", status="suspended").empty
    assert set(measures("2026-11-25", target="Japan")["target"]) == {"Japan"}


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"on": "2026-11"}, "on '2026-11'"),
        ({"on": 20261125}, "on"),
        ({"materials": "galium"}, "nearest: 'gallium'"),
        ({"actor": "CHN"}, "nearest: 'CN'"),
        ({"status": "suspend"}, "nearest: 'suspended'"),
        ({"target": "Japn"}, "nearest: 'Japan'"),
    ],
)
def test_what_is_not_understood_is_refused(given, message: str) -> None:
    with pytest.raises(DataError, match=message):
        measures(**given)


@pytest.mark.parametrize(
    ("column", "value", "message"),
    [
        ("until", "2023-07-01", "ends before it starts"),
        ("until", "2023-08-15", "does not start after the period before it ends"),
        ("until", "", "must have an end 'day'"),
        ("changed_by", "cn-nothing", "'cn-nothing', which is not known"),
        ("materials", "Ga;Gx", "'Gx', which is not known"),
    ],
)
def test_a_history_that_cannot_be_is_refused(raw, column: str, value: str, message: str) -> None:
    periods = raw["measure_status.csv"].copy()
    row = periods.index[periods["event_id"] == "cn-2023-07-ga-ge-controls"][0]
    periods.loc[row, column] = value
    files = {name: raw[name] for name in STATUS_TABLE.raw} | {"measure_status.csv": periods}
    with pytest.raises(DataError, match=message):
        clean_status(files, CleaningLog())


def test_no18_has_no_customs_code_for_magnets() -> None:
    codes = load_measure_codes(event_ids="cn-2025-04-no18-seven-ree")
    assert not codes["hs_code"].str.startswith("8505").any()
    assert {"1C902.a", "1C904.a", "1C905.a"} <= set(codes["control_code"])


def test_thirteen_lists_of_entities_stand_on_their_events() -> None:
    lists = load_entity_lists()
    assert len(lists) == 13
    assert set(lists["event_id"]) <= set(load_events()["event_id"])
    assert load_entity_lists(target="Japan")["entities"].sum() == 80
    assert set(load_entity_lists(state="stopped")["number"]) == {"No. 13 of 2025", "No. 22 of 2025"}
    named = lists.set_index("date")["number"]
    assert named[pd.Timestamp("2025-07-09")] == "No. 35 of 2025"
