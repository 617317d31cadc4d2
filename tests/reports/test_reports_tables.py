"""The interactive table: complete without scripts, safe, and the same every time."""

from __future__ import annotations

import html
import re

import pandas as pd
import pytest

from rareearth_research.datasets import load_event_sources, load_events
from rareearth_research.errors import SpecificationError
from rareearth_research.reports import load_ported_table, load_power_table, load_size_table
from rareearth_research.reports.page.sanitize import clean_html
from rareearth_research.reports.page.tables import event_table, interactive_table


def test_every_event_stands_in_the_page_even_without_scripts() -> None:
    events = load_events()
    page = event_table(events).data
    assert all(event_id in page for event_id in events["event_id"])
    assert page.count("<tr>") == len(events) + 1


def test_the_same_frame_gives_the_same_text() -> None:
    events = load_events(tier="talks")
    assert event_table(events).data == event_table(events.copy()).data


def test_text_is_escaped_and_missing_values_are_blank() -> None:
    page = interactive_table(pd.DataFrame({"a": ["<script>alert(1)</script>", None, pd.NaT]})).data
    assert "<script>alert" not in page
    assert "&lt;script&gt;" in page
    assert "None" not in page
    assert "NaT" not in page


def test_a_column_of_few_values_gets_a_menu_and_one_of_many_does_not() -> None:
    frame = pd.DataFrame({"side": ["buy", "sell"] * 5, "number": range(10)})
    page = interactive_table(frame).data
    assert page.count("<select") == 1
    assert "<option>buy</option><option>sell</option>" in page


def test_an_ambiguous_session_is_marked_and_an_imprecise_date_is_not_given_a_day() -> None:
    page = event_table(load_events(event_ids="cn-2026-06-eu-joint-statement"), "XNYS").data
    assert "2026-06-30?" in page
    page = event_table(load_events(event_ids="cn-2012-12-quota-2013h1")).data
    assert ">2012-12<" in page
    assert "only a month or year is known" in page


@pytest.mark.parametrize("frame", [None, [1, 2], "x", pd.DataFrame([[1, 2]], columns=["a", "a"])])
def test_only_a_frame_with_one_column_of_each_name_is_shown(frame) -> None:
    with pytest.raises(SpecificationError, match="frame"):
        interactive_table(frame)


@pytest.mark.parametrize("height", [0, -1, "420px;x", None, 10**9])
def test_the_height_is_a_number_of_pixels(height) -> None:
    with pytest.raises(SpecificationError, match="height must be"):
        interactive_table(pd.DataFrame({"a": [1]}), height)


def test_a_table_that_holds_no_events_is_refused() -> None:
    with pytest.raises(SpecificationError, match="events has no column 'date'"):
        event_table(pd.DataFrame({"dates": []}))


@pytest.mark.parametrize("load", [load_size_table, load_power_table, load_ported_table])
@pytest.mark.parametrize("level", [0.2, "0.05", True, float("nan"), [0.05]])
def test_a_level_that_was_not_simulated_is_refused_and_one_that_was_is_not(load, level) -> None:
    with pytest.raises(SpecificationError, match="level"):
        load(level)
    assert set(load(0.05)["level"]) == {0.05}


def test_every_page_behind_an_event_is_a_link_that_stays_in_a_page() -> None:
    event_id = "cn-2025-10-no61-no62"
    page = clean_html(event_table(load_events(event_ids=event_id)).data)
    sources = load_event_sources(event_id)
    links = re.findall(r'<a href="(https?://[^"]+)"[^>]*>\d+</a>', page)
    assert len(links) == sources["url"].str.startswith("http").sum() > 1
    assert [html.unescape(link) for link in links] == list(
        sources["url"][sources["url"].str.startswith("http")]
    )
