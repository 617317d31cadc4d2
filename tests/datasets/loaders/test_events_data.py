"""Policy events: what the tables hold, how they were cleaned, and how they are asked for."""

import pandas as pd
import pytest

from rareearth_research.datasets import load_event_sources, load_events, load_materials
from rareearth_research.datasets.cleaning import events as rules
from rareearth_research.datasets.tables.registry import CleaningLog
from rareearth_research.datasets.tables.vocabulary import STATUS
from rareearth_research.errors import DataError


def changed(raw, event_id, **values):
    """The raw files with some values of one event replaced."""
    events = raw["policy_events.csv"].copy()
    for column, value in values.items():
        events.loc[events["event_id"] == event_id, column] = value
    return {**{name: raw[name] for name in raw}, "policy_events.csv": events}


# what the table holds


def test_every_event_of_the_raw_table_is_served(raw):
    assert load_events().index.equals(pd.RangeIndex(len(raw["policy_events.csv"])))


def test_no_status_is_upgraded_by_cleaning(raw):
    before = raw["policy_events.csv"].set_index("event_id").sort_index()
    after = load_events().set_index("event_id").sort_index()
    for column in ("confidence", "fact_verification", "official_source_status", "event_status"):
        assert after[column].equals(before[column]), column
    assert after["usable_default"].astype(str).equals(before["usable_default"])
    assert after["official_source_url"].equals(before["official_source_url"])


def test_no_status_of_a_source_is_upgraded_by_cleaning(raw):
    key = ["event_id", "source_role", "title", "url"]
    before = raw["policy_event_sources.csv"].set_index(key).sort_index()
    after = load_event_sources().set_index(key).sort_index()
    assert after["status"].equals(before["status"])


def test_events_of_low_confidence_are_outside_the_suggested_sample():
    assert not load_events(usable=True)["confidence"].eq("low").any()


def test_session_columns_of_the_compilation_are_a_check_and_not_data(raw):
    assert not [c for c in load_events().columns if "session" in c or "phase" in c]
    check = raw["policy_event_sessions_check.csv"]
    assert len(check) == 165
    assert set(check["event_id"]) <= set(load_events()["event_id"])


def test_announcement_intervals_are_utc_instants_in_order(raw):
    events = load_events()
    timed = events["announced_earliest"].notna()
    assert str(events["announced_earliest"].dt.tz) == "UTC"
    assert timed.sum() == raw["policy_events.csv"]["announced_utc_earliest"].ne("").sum()
    assert (events["announced_earliest"] <= events["announced_latest"])[timed].all()


def test_every_event_has_a_source_with_a_status():
    sources = load_event_sources()
    assert set(sources["event_id"]) == set(load_events()["event_id"])
    assert sources["status"].ne("").all()


def test_an_empty_list_is_not_taken_for_no_events():
    with pytest.raises(DataError, match="materials: an empty list selects nothing; name"):
        load_events(materials=[])


def test_provenance_travels_with_a_filtered_frame():
    assert load_events(actor="US").attrs["provenance"]["table"] == "policy_events"


# named rules on their real cases


def test_measures_withdrawn_before_their_effective_day_are_flagged():
    events = load_events()
    flagged = set(events.loc[events["withdrawn_before_effect"], "event_id"])
    assert flagged == {"cn-2025-10-no55-58", "us-2025-10-100pct-tariff"}


def test_japan_has_one_name_in_the_scope():
    assert "us-2025-10-japan-framework" in set(load_events(scope="Japan")["event_id"])
    assert not load_events()["target_scope"].str.split(";").map(lambda row: "JP" in row).any()


def test_an_interval_that_ends_before_it_starts_names_the_event(raw):
    bad = changed(raw, "cn-2023-07-ga-ge-controls", announced_utc_latest="2023-07-03T08:00Z")
    with pytest.raises(DataError, match=r"cn-2023-07-ga-ge-controls.*ends before it starts"):
        rules.clean_events(bad, CleaningLog())


def test_local_and_utc_times_that_disagree_name_the_event(raw):
    bad = changed(raw, "cn-2025-04-no18-seven-ree", announced_local_latest="2025-04-04T19:42")
    with pytest.raises(DataError, match=r"cn-2025-04-no18-seven-ree.*different instants"):
        rules.clean_events(bad, CleaningLog())


def test_half_an_interval_is_refused(raw):
    bad = changed(raw, "cn-2025-04-no18-seven-ree", announced_utc_latest="")
    with pytest.raises(DataError, match="only one end"):
        rules.clean_events(bad, CleaningLog())


def test_an_unknown_zone_is_refused(raw):
    bad = changed(raw, "cn-2025-04-no18-seven-ree", announced_tz="Asia/Peking")
    with pytest.raises(DataError, match=r"Asia/Peking.*not a time zone"):
        rules.clean_events(bad, CleaningLog())


def test_an_unknown_material_is_refused(raw):
    bad = changed(raw, "cn-2025-04-no18-seven-ree", materials="Sm;Gx")
    with pytest.raises(DataError, match="'cn-2025-04-no18-seven-ree' holds 'Gx'"):
        rules.clean_events(bad, CleaningLog())


def test_a_date_outside_its_interval_is_refused(raw):
    bad = changed(raw, "cn-2025-04-no18-seven-ree", announced_date="2025-04-06")
    with pytest.raises(DataError, match="outside its announcement interval"):
        rules.clean_events(bad, CleaningLog())


def test_an_impossible_day_is_refused(raw):
    bad = changed(raw, "cn-2025-04-no18-seven-ree", effective_date="2025-02-30")
    with pytest.raises(DataError, match="effective_date of 'cn-2025-04-no18-seven-ree'"):
        rules.clean_events(bad, CleaningLog())


def test_an_interval_for_a_date_known_by_month_only_is_refused(raw):
    bad = changed(raw, "cn-2025-04-no18-seven-ree", date_precision="month")
    with pytest.raises(DataError, match="known less exactly"):
        rules.clean_events(bad, CleaningLog())


def test_a_page_count_that_differs_from_the_list_of_sources_is_refused(raw):
    bad = changed(raw, "cn-2025-04-no18-seven-ree", n_verification_pages="9")
    with pytest.raises(DataError, match="counts 9 checked pages"):
        rules.clean_event_sources(bad, CleaningLog())


# filters


def test_joint_events_match_each_of_their_actors():
    assert "talks-2025-05-geneva" in set(load_events(actor="CN")["event_id"])
    assert "talks-2025-05-geneva" in set(load_events(actor="US")["event_id"])


def test_filters_combine_and_take_lists():
    events = load_events(
        actor="CN",
        tier=["core_cn_ree", "core_cn_other"],
        direction="tightening",
        materials=["Ga"],
        since="2023-01-01",
        min_confidence="medium",
    )
    assert "cn-2023-07-ga-ge-controls" in set(events["event_id"])
    assert events["date"].min() >= pd.Timestamp("2023-01-01")
    assert events["materials"].str.split(";").map(lambda row: "Ga" in row).all()
    assert events["confidence"].isin(["medium", "high"]).all()


def test_materials_are_known_by_symbol_and_by_name():
    assert load_events(materials="graphite").equals(load_events(materials=["C"]))


def test_materials_outside_the_materials_table_have_names_too():
    assert "cd-2025-02-cobalt-suspension" in set(load_events(materials="cobalt")["event_id"])
    assert load_events(materials="cobalt").equals(load_events(materials="Co"))


def test_search_finds_words_anywhere_in_either_case():
    assert list(load_events(search="SCRAP magnet")["event_id"]) == ["eu-2025-12-resourceeu"]
    assert "cn-2025-04-no18-seven-ree" in set(load_events(search="1c904.a")["event_id"])
    assert load_events(search="cobalt", actor="EU").empty


def test_statuses_are_ordered_from_strong_to_weak():
    sizes = [len(load_events(min_status=status)) for status in STATUS]
    assert sizes == sorted(sizes)
    assert sizes[-1] == len(load_events())
    notes = "read in public repository notes only, primary page not opened"
    assert set(load_events(min_status=notes)["fact_verification"]) == {STATUS[0], notes}


def test_scope_matches_any_part():
    assert "EU;VN" in set(load_events(scope="EU")["target_scope"])
    assert "all" not in set(load_events(scope="US")["target_scope"])


def test_since_and_until_are_inclusive():
    events = load_events(since="2025-04-04", until="2025-04-04")
    assert list(events["event_id"]) == ["cn-2025-04-no18-seven-ree", "cn-2025-04-us-16-entities"]


def test_nothing_found_is_an_empty_frame_with_all_columns():
    events = load_events(actor="CN", until="1980-01-01")
    assert events.empty
    assert list(events.columns) == list(load_events().columns)


@pytest.mark.parametrize(
    ("filters", "message"),
    [
        ({"event_ids": "cn-2025-10-no55-59"}, "nearest: 'cn-2025-10-no55-58'"),
        ({"actor": "CHN"}, "'CHN'.*nearest: 'CN'"),
        ({"tier": "core_cn"}, "nearest: 'core_cn_ree'"),
        ({"direction": "ease"}, "nearest: 'easing'"),
        ({"materials": ["galium"]}, "nearest: 'gallium'"),
        ({"scope": "Japanese"}, "nearest: 'Japan'"),
        ({"status": "happened"}, "known: occurred"),
        ({"precision": "hour"}, "known: day, month, year"),
        ({"min_confidence": "very high"}, "'high', 'medium', 'low'"),
        ({"min_status": "verified"}, "'verified in archived page', 'derived"),
        ({"search": "  "}, "search must be words"),
        ({"search": "unobtainium"}, "search: 'unobtainium' is in no row"),
        ({"since": "spring"}, "since 'spring' is not a day"),
        ({"since": "2025-02-01", "until": "2025-01-01"}, "since 2025-02-01 is after until"),
        ({"actor": 7}, "7"),
        ({"usable": "yes"}, "True or False"),
    ],
)
def test_unknown_values_are_refused_with_the_nearest(filters, message):
    with pytest.raises(DataError, match=message):
        load_events(**filters)


# materials


def test_there_are_seventeen_rare_earths():
    assert len(load_materials(rare_earths=True)) == 17


def test_control_acts_of_materials_agree_with_the_events():
    materials = load_materials()
    materials = materials[materials["cn_control_announced"].notna()]
    for row in materials.itertuples():
        day = row.cn_control_announced
        same_day = load_events(actor="CN", materials=row.symbol, since=day, until=day)
        assert same_day["effective_date"].eq(row.cn_control_effective).any(), row.symbol


def test_the_metals_of_no10_are_not_rare_earths():
    named = load_materials()
    named = named[named["in_cn_no10_2025"]]
    assert set(named["symbol"]) == {"W", "Te", "Bi", "Mo", "In"}
    assert not named["is_rare_earth"].any()


def test_no18_names_seven_rare_earths():
    named = load_materials()
    assert set(named.loc[named["in_cn_no18_2025"], "symbol"]) == {
        "Sm",
        "Gd",
        "Tb",
        "Dy",
        "Lu",
        "Sc",
        "Y",
    }


def test_statuses_of_materials_are_not_upgraded(raw):
    before = raw["materials.csv"].set_index("symbol").sort_index()
    after = load_materials().set_index("symbol").sort_index()
    for column in [c for c in before.columns if c.endswith("_status")]:
        assert after[column].equals(before[column]), column


def test_a_wrong_rare_earth_is_refused(raw):
    from rareearth_research.datasets.cleaning.materials import clean_materials

    materials = raw["materials.csv"].copy()
    materials.loc[materials["symbol"] == "W", "is_rare_earth"] = "True"
    with pytest.raises(DataError, match=r"'W'.*rare earths are Sc, Y"):
        clean_materials({"materials.csv": materials}, CleaningLog())


def test_materials_come_in_the_order_asked_for():
    assert list(load_materials(["gallium", "Dy"])["symbol"]) == ["Ga", "Dy"]


def test_an_earlier_report_is_taken_from_the_events_own_note_and_not_upgraded():
    events = load_events()
    known = events[events["reported_date"].notna()]
    assert len(known) == 11
    assert (known["reported_date"] < known["date"]).all()
    assert (known["reported_status"] == "from general knowledge, unverified").all()
    lynas = known.set_index("event_id").loc["my-2020-02-lynas-3y"]
    assert lynas["reported_date"] == pd.Timestamp("2020-02-12")
    assert lynas["reported_basis"] in lynas["anticipation_note"]


@pytest.mark.parametrize(
    ("column", "value", "said"),
    [
        ("event_id", "cn-none", "cn-none"),
        ("reported_date", "2026-01-01", "not before the announced date"),
        ("basis", "Everybody knew", "words that the event's anticipation_note does not hold"),
    ],
)
def test_a_report_that_the_events_do_not_bear_out_is_refused(raw, column, value, said):
    reports = raw["policy_event_reports.csv"].copy()
    reports.loc[0, column] = value
    files = {**{name: raw[name] for name in raw}, "policy_event_reports.csv": reports}
    with pytest.raises(DataError, match=said):
        rules.clean_events(files, CleaningLog())
