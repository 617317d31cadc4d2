"""Own events, prices and groups come before what ships, and every table says whose a row is."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import rareearth_research as rer
from rareearth_research.datasets.own.description import STUDY, VARIABLE
from rareearth_research.errors import DataError, SpecificationError
from rareearth_research.reports.page.tables import event_table
from rareearth_research.workspace.making import make_workspace
from tests.support.own_study import EVENT, paris_prices, write_study


@pytest.fixture
def study(tmp_path, monkeypatch):
    """The working directory is a workspace of made-up data, its path with blanks and accents."""
    folder = make_workspace(tmp_path / "Étude terres rares")
    write_study(folder)
    say(folder, "exchanges: XPAR")
    monkeypatch.chdir(folder)
    return folder


def say(folder, *lines):
    text = (folder / STUDY).read_text(encoding="utf-8")
    (folder / STUDY).write_text(text + "\n".join(["", *lines, ""]), encoding="utf-8")


def take_back(folder, line):
    text = (folder / STUDY).read_text(encoding="utf-8")
    (folder / STUDY).write_text(text.replace(line, "#"), encoding="utf-8")


# --- whose rows ---


def test_outside_of_a_workspace_no_table_knows_of_origins(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for load in (rer.load_events, rer.load_event_sources, rer.load_securities, rer.load_groups):
        assert "origin" not in load().columns


def test_an_event_of_ones_own_stands_beside_those_that_ship(study):
    events = rer.load_events().set_index("event_id")
    said = ["origin", "name", "fact_verification", "confidence", "anticipated"]
    assert events.loc[EVENT, said].tolist() == [
        "yours", "Décret inventé sur les terres rares", "yours", "", "",
    ]  # fmt: skip
    shipped = pd.read_csv(rer.datasets.data_dir() / "clean/policy_events.csv")
    assert (events["origin"] == "shipped").sum() == len(shipped)
    assert events["date"].is_monotonic_increasing
    assert "<th>origin</th>" in event_table(rer.load_events(event_ids=EVENT)).data
    sources = rer.load_event_sources(EVENT)
    assert sources[["title", "status", "origin"]].to_numpy().tolist() == [
        ["Journal", "yours", "yours"]
    ]


def test_headings_in_capitals_are_taken_over(study):
    (study / "events.csv").write_text(
        "Event_ID,Date,Name,Direction,Source\na,2024-06-05,B,easing,S\n"
    )
    [event] = rer.load_events(event_ids="a").to_dict("records")
    assert (event["name"], event["direction"]) == ("B", "easing")
    assert rer.load_event_sources("a")["title"].tolist() == ["S"]


def test_an_event_of_ones_own_replaces_the_shipped_one_of_its_id(study):
    named = "event_id,date,name\ncn-2025-10-no61-no62,2025-10-08,Mine\n"
    (study / "events.csv").write_text(named)
    (event,) = rer.load_events(event_ids="cn-2025-10-no61-no62").to_dict("records")
    assert (event["name"], event["origin"], str(event["date"].date())) == (
        "Mine", "yours", "2025-10-08",
    )  # fmt: skip


def test_a_column_of_ones_own_replaces_prices_and_flags_of_a_shipped_ticker(study):
    prices = paris_prices(("^FCHI", "ALK.AX"))
    write_study(study, prices)
    take_back(study, "exchanges: XPAR")
    say(study, "exchanges: {^FCHI: XPAR}")
    found = rer.load_prices(["ALK.AX", "MP"])["ALK.AX"].dropna()
    np.testing.assert_array_equal(found, prices["ALK.AX"])
    assert rer.load_price_flags("ALK.AX").empty
    assert rer.load_securities("ALK.AX")["exposure_until"].notna().all()  # what ships is kept
    assert rer.load_securities(["ALK.AX", "MP"])["origin"].tolist() == ["yours", "shipped"]


def test_returns_of_ones_own_are_those_of_the_file(study):
    found = rer.load_returns(group="yours")
    expected = np.log(paris_prices()).diff()[["LVMH", "OR.PA", "RMS.PA"]]
    assert list(found.columns) == list(expected.columns)
    np.testing.assert_allclose(found.to_numpy(), expected.to_numpy(), rtol=1e-9)


def test_a_group_may_mix_yours_and_shipped(study):
    say(study, "groups: {mine: [LVMH, MP]}")
    assert rer.load_securities(group="mine").index.tolist() == ["LVMH", "MP"]
    assert rer.load_groups().loc["mine", ["securities", "origin"]].tolist() == [2, "yours"]


def test_a_group_of_nobody_is_refused(study):
    say(study, "groups: {mine: [LVHM]}")
    with pytest.raises(DataError, match=r"'LVHM', which is neither .* nearest: 'LVMH'"):
        rer.load_securities()


def test_the_data_hash_and_citations_tell_of_own_files(study):
    before = rer.data_hash()
    assert "yours: events.csv, sha256" in rer.cite("policy_events")
    (study / "events.csv").write_text("event_id,date\na,2024-06-05\n")
    assert rer.data_hash() != before


# --- where the workspace is ---


def test_a_workspace_is_found_from_its_subfolders_and_nowhere_else(study, monkeypatch):
    for folder in (study / "notebooks", study / "prices"):
        monkeypatch.chdir(folder)
        assert EVENT in set(rer.load_events()["event_id"])
    monkeypatch.chdir(study.parent)
    assert EVENT not in set(rer.load_events()["event_id"])


def test_the_variable_names_workspaces_in_order_and_empty_means_none(study, tmp_path, monkeypatch):
    other = make_workspace(tmp_path / "other")
    (other / "events.csv").write_text(f"event_id,date,name\n{EVENT},2024-06-05,Other\n")
    monkeypatch.setenv(VARIABLE, f"{other}:{study}")
    events = rer.load_events().set_index("event_id")
    assert events.loc[EVENT, "name"] == "Other"
    assert "fr-2025-03-arrete" in events.index
    monkeypatch.setenv(VARIABLE, "")
    assert "origin" not in rer.load_events()


def test_a_variable_that_names_no_workspace_is_an_error(study, tmp_path, monkeypatch):
    monkeypatch.setenv(VARIABLE, str(tmp_path))
    with pytest.raises(DataError, match=r"RAREEARTH_WORKSPACE: .*`rareearth new`, or unset"):
        rer.load_events()
    make_workspace(tmp_path / "made")
    monkeypatch.setenv(VARIABLE, str(tmp_path / "made"))
    rer.load_events()
    monkeypatch.delenv(VARIABLE)
    rer.load_events()


def test_a_study_yaml_of_another_program_is_left_alone(tmp_path, monkeypatch):
    (tmp_path / STUDY).write_text("participants: 12\n")
    monkeypatch.chdir(tmp_path)
    assert "origin" not in rer.load_events()


# --- what is refused, and the way out that the message names ---


def test_columns_whose_exchange_is_not_known_are_refused_until_they_are_named(study):
    write_study(study, paris_prices(("^FCHI", "LVMH", "Öl AG", "RMS.PA")))
    take_back(study, "exchanges: XPAR")
    way = "exchanges: {LVMH: XPAR, Öl AG: XPAR}"
    with pytest.raises(DataError, match=f"exchange of LVMH and Öl AG is not known.*{way}"):
        rer.load_securities()
    say(study, way)
    assert rer.load_securities(["LVMH", "RMS.PA"])["exchange"].tolist() == ["XPAR", "XPAR"]


def test_an_exchange_of_no_column_or_that_nobody_knows_is_refused(study):
    take_back(study, "exchanges: XPAR")
    say(study, "exchanges: {LVHM: XPAR}")
    with pytest.raises(DataError, match=r"'LVHM', which is no column of prices; nearest: 'LVMH'"):
        rer.load_securities()
    take_back(study, "exchanges: {LVHM: XPAR}")
    say(study, "exchanges: XPARI")
    with pytest.raises(DataError, match=r"'XPARI' of '\^FCHI' is not known; nearest: 'XPAR'"):
        rer.load_securities()


def test_a_word_that_a_column_cannot_hold_is_named_with_file_event_and_column(study):
    (study / "events.csv").write_text("event_id,date,direction\na,2024-06-05,tightning\n")
    with pytest.raises(DataError, match=r"events.csv, event 'a', column direction: .*nearest: 'ti"):
        rer.load_events()


def test_pairs_are_refused_in_a_workspace_and_taken_in_python(study):
    (study / "events.csv").write_text("event_id,date,security\na,2024-06-05,LVMH\n")
    with pytest.raises(DataError, match=r"column of securities.*rer.EventStudy on rer.read_events"):
        rer.load_events()
    events = rer.read_events(study / "events.csv", show=False)
    returns = np.log(paris_prices()).diff().iloc[1:]
    result = rer.EventStudy(returns, events, "^FCHI", exchanges="XPAR").fit()
    assert result.attrition["security"].tolist() == ["LVMH"]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("sekurities: {}\nbenchmark: SPY", "unknown key 'benchmark'"),
        ("securities: {LVMH: {nam: x}}", "securities: LVMH: unknown key 'nam'; nearest: 'name'"),
        ("securities: {LVMH: {kind: bond}}", "kind: 'bond' is none of equity"),
        ("groups: {mine: {a: b}}", "groups: mine: .* is no list of names"),
        ("prices: [a]", "prices: .* is not of its form"),
        ("events: {time_zone: UTC}", "events has no option 'time_zone'; nearest: 'timezone'"),
    ],
)
def test_what_study_yaml_cannot_mean_is_named(study, line, said):
    say(study, line)
    with pytest.raises((DataError, SpecificationError), match=said):
        rer.load_events()


# --- when it happened ---


def test_an_event_keeps_what_is_known_of_its_time_and_no_more(study):
    (study / "events.csv").write_text(
        "event_id,date,announced_tz,announced_earliest,announced_latest\n"
        "day,2024-06-05,,,\n"
        "zone,2024-06-05,Europe/Paris,,\n"
        "exact,2024-06-05,,2024-06-05T18:00+02:00,2024-06-05T18:00+02:00\n"
        "bounded,2024-06-05,Europe/Paris,2024-06-05T15:00+02:00,2024-06-05T18:00+02:00\n"
    )
    events = rer.load_events(event_ids=["day", "zone", "exact", "bounded"]).set_index("event_id")
    assert events["time_quality"].to_dict() == {
        "day": "none", "zone": "day", "exact": "exact", "bounded": "bounded",
    }  # fmt: skip
    assert (events["date"] == pd.Timestamp("2024-06-05")).all()
    found = rer.map_sessions(events.reset_index(), "XPAR").set_index("event_id")
    assert found["session"].dt.day.to_dict() == {"day": 5, "zone": 6, "exact": 6, "bounded": 6}
    assert found["ambiguous"].to_dict() == {
        "day": False, "zone": True, "exact": False, "bounded": True,
    }  # fmt: skip


def test_events_of_a_workspace_may_be_a_workbook_and_stand_in_one_file_only(study):
    frame = pd.DataFrame({"event_id": ["mine"], "date": ["2025-04-04"], "name": ["Mine"]})
    frame.to_excel(study / "events.xlsx", index=False)
    with pytest.raises(DataError, match=r"events\.csv and events\.xlsx: keep one of these files"):
        rer.load_events()
    (study / "events.csv").unlink()
    assert rer.load_events(event_ids="mine")["name"].tolist() == ["Mine"]
