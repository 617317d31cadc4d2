"""`rareearth events`: what a person reads and what a program gets."""

from __future__ import annotations

import io
import json
from typing import Any

import pandas as pd
import pytest
from typer.testing import CliRunner

from rareearth_research.cli.events import complete_event, events_app
from rareearth_research.cli.root import app
from rareearth_research.datasets import load_events, measures
from rareearth_research.errors import SpecificationError
from rareearth_research.timing import LISTED

EVENT = "cn-2025-10-no55-58"


def run(*arguments: str) -> str:
    result = CliRunner().invoke(events_app, list(arguments), catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


def test_table_names_every_event_that_matches() -> None:
    wanted = load_events(actor="CN", materials="Ga", since="2025-01-01")
    output = run("--actor", "CN", "--material", "Ga", "--since", "2025-01-01")
    assert all(event_id in output for event_id in wanted["event_id"])
    assert f"{len(wanted)} events" in output


def test_csv_can_be_read_back() -> None:
    frame = pd.read_csv(io.StringIO(run("--tier", "talks", "--format", "csv")))
    assert frame["event_id"].tolist() == load_events(tier="talks")["event_id"].tolist()
    assert "session" in frame.columns


def test_json_is_a_list_of_events_with_the_session_of_the_chosen_exchange() -> None:
    rows = json.loads(
        run("--since", "2025-10-09", "--until", "2025-10-09", "--exchange", "XASX", "--format=json")
    )
    sessions = {row["event_id"]: row["session"][:10] for row in rows}
    assert sessions == {"cn-2025-10-no61-no62": "2025-10-09", EVENT: "2025-10-10"}


def test_values_may_be_repeated_or_joined_by_commas() -> None:
    repeated = run("--direction", "easing", "--direction", "threat", "--format", "csv")
    assert run("--direction", "easing,threat", "--format", "csv") == repeated


def test_nothing_found_is_an_empty_answer_not_an_error() -> None:
    assert json.loads(run("--until", "1980-01-01", "--format", "json")) == []
    assert "0 events" in run("--until", "1980-01-01")


def test_show_gives_sessions_neighbours_and_sources() -> None:
    output = run("show", EVENT)
    for part in ("Sydney", "2025-10-09 or 2025-10-10", "cn-2025-10-no61-no62", "ChemRadar"):
        assert part in output


def test_show_as_json_holds_every_exchange_and_source() -> None:
    event = json.loads(run("show", EVENT, "--format", "json"))
    assert event["event_id"] == EVENT
    assert [row["exchange"] for row in event["sessions"]] == [*LISTED]
    assert {"status", "title", "url"} <= set(event["sources"][0])
    assert {row["status"] for row in event["measures"]} == {"announced_not_in_force", "suspended"}
    assert {row["instrument_no"] for row in event["codes"]} >= {"No. 56 of 2025"}
    assert event["lists"] == []


def test_show_gives_the_history_of_the_measures() -> None:
    said = run("show", "cn-2024-12-ban-to-us")
    assert "(No. 46 of 2024, para. 2): suspended, 2025-11-09 to 2026-11-27" in said


def test_show_says_when_the_hour_or_the_day_is_unknown() -> None:
    assert "hour unknown" in run("show", "sched-2026-11-no70-expiry")
    assert "imprecise_date" in run("show", "cn-2012-12-quota-2013h1")


def test_mistyped_names_get_the_nearest() -> None:
    runner = CliRunner()
    with pytest.raises(SpecificationError, match=EVENT):
        runner.invoke(events_app, ["show", "cn-2025-10-no55"], catch_exceptions=False)
    with pytest.raises(SpecificationError, match="tightening"):
        runner.invoke(events_app, ["--direction", "tigthening"], catch_exceptions=False)
    with pytest.raises(SpecificationError, match="XNYS"):
        runner.invoke(events_app, ["--exchange", "NYSX"], catch_exceptions=False)


def test_events_are_found_by_words() -> None:
    assert "eu-2025-12-resourceeu" in run("--search", "magnet scrap")


def measures_of(*arguments: str) -> Any:
    result = CliRunner().invoke(app, ["measures", *arguments], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result


def test_measures_are_shown_with_what_is_not_known() -> None:
    output = measures_of("--on", "2026-11-25", "--material", "gallium", "--target", "US").output
    assert "as known on 5 October 2026" in " ".join(output.split())
    assert "suspended" in output


def test_measures_as_json_are_those_of_the_function() -> None:
    result = measures_of("--on", "2026-06-30", "--status", "in_force", "--format", "json")
    rows = json.loads(result.stdout)
    assert [row["measure"] for row in rows] == list(
        measures("2026-06-30", status="in_force")["measure"]
    )
    assert "start unknown" in {row["since"] for row in rows}
    assert "Start unknown" in result.stderr


def test_event_ids_complete() -> None:
    assert complete_event("cn-2025-10") == [
        name for name in load_events()["event_id"] if name.startswith("cn-2025-10")
    ]
