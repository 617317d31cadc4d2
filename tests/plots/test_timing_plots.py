"""The timeline's labels stand clear of one another, and its pictures say what they found."""

from __future__ import annotations

import itertools

import matplotlib.pyplot as plt
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.figure import Figure
from matplotlib.text import Text

from rareearth_research.datasets import load_events, load_measures, load_returns, measures
from rareearth_research.errors import SpecificationError
from rareearth_research.eventstudy import EventStudy, anticipation, timing_curve
from rareearth_research.plots import (
    plot_anticipation,
    plot_event_clock,
    plot_measures,
    plot_timeline,
    plot_timing_curve,
)
from rareearth_research.plots.drawing.flags import place_flags, stack_markers, wrap_label
from rareearth_research.plots.drawing.panel import uncertain_span
from rareearth_research.plots.timeline import LANES, lane_of
from rareearth_research.timing import event_clock

SOURCE = "policy_events"


@pytest.fixture(autouse=True)
def close_figures():
    yield
    plt.close("all")


positions = st.lists(st.floats(min_value=0, max_value=9), min_size=1, max_size=15)


@given(x=positions, rows=st.integers(min_value=1, max_value=3))
def test_flags_never_overlap_and_no_pole_crosses_a_text(x: list[float], rows: int) -> None:
    flags = place_flags(x, [1.0] * len(x), [1] * len(x), extent=9.0, rows=rows)
    for a, b in itertools.combinations(flags, 2):
        if a.row == b.row:
            assert a.right < b.left or b.right < a.left
        upper, lower = (a, b) if a.row > b.row else (b, a)
        if a.row != b.row and upper.pole not in (lower.left, lower.right):
            assert not lower.left + 0.03 < upper.pole < lower.right - 0.03


def test_a_heavier_label_wins_the_place() -> None:
    flags = place_flags([4.0, 4.1], [4.5, 4.5], [1, 100], extent=9.0, rows=1)
    assert [flag.index for flag in flags] == [1]


def test_coinciding_markers_are_stacked() -> None:
    assert stack_markers([1.0, 1.0, 1.0, 5.0], size=0.1) == [0, 1, 2, 0]


def test_long_names_lose_brackets_first_and_then_words() -> None:
    assert wrap_label("Export ban (Announcement 46) on gallium", 20) == "Export ban on\ngallium"
    assert wrap_label("one two three four five six seven", 10).endswith("…")
    assert wrap_label("one two three four five …", 10, 1) == "one two …"
    assert wrap_label("one two … three four five", 10, 1) == "one two …"


def test_every_shipped_event_has_a_lane() -> None:
    assert set(lane_of(load_events())) <= set(LANES)


def test_no_two_texts_of_the_timeline_overlap() -> None:
    fig = plot_timeline(load_events(since="2009-01-01"), source=SOURCE)
    fig.canvas.draw()
    boxes = [
        text.get_window_extent()
        for ax in fig.axes
        for text in [*ax.texts, *ax.get_xticklabels(), *ax.get_yticklabels()]
        if text.get_text()
    ]
    clashes = [(a, b) for a, b in itertools.combinations(boxes, 2) if a.overlaps(b)]
    assert len(boxes) > 80
    assert clashes == []


def test_asked_for_event_is_labelled() -> None:
    event_id = "us-2025-06-trump-yes-he-did"
    fig = plot_timeline(load_events(since="2025-04-01", until="2025-06-30"), label=[event_id])
    shown = " ".join(text.get_text() for text in fig.axes[0].texts)
    assert "Trump says Xi agreed" in " ".join(shown.split())


def test_title_counts_chinese_directions_apart_from_foreign_ones() -> None:
    events = load_events(since="2025-04-01", until="2025-06-30")
    chinese = events[events["actor"] == "CN"]
    title = plot_timeline(events).get_suptitle().replace("\n", " ")
    assert f"of {len(chinese)} by China alone" in title


def test_an_imprecise_date_is_drawn_over_its_whole_month() -> None:
    event = next(load_events(precision="month").itertuples())
    first, last = uncertain_span(event)
    assert first.day == 1
    assert (last + pd.Timedelta("1D")).day == 1


def test_a_date_without_clock_time_is_drawn_over_its_day() -> None:
    event = next(load_events(event_ids="sched-2026-11-no70-expiry").itertuples())
    first, last = uncertain_span(event)
    assert last - first == pd.Timedelta("1D")


def geneva(**options: str) -> Figure:
    clock = event_clock("2025-05-12T15:00+08:00", ["XNYS", "XASX", "XSHG"])
    return plot_event_clock(clock, **options)


def test_event_clock_title_names_the_first_market() -> None:
    assert geneva().get_suptitle().startswith("New York could react first; Shanghai 18.5 hours")


def test_the_caption_of_an_event_clock_begins_with_a_capital_whatever_the_event_is_called() -> None:
    captions = [text.get_text() for text in geneva(name="the statement").findobj(Text)]
    assert any(
        caption.startswith("The statement. Vertical line: announced") for caption in captions
    )


@pytest.fixture(scope="module")
def study() -> EventStudy:
    events = load_events(event_ids=["cn-2025-04-no18-seven-ree"])
    returns = load_returns(["MP", "LYC.AX", "ILU.AX", "600111.SS", "600392.SS", "600259.SS"])
    return EventStudy(returns, events, benchmark="local", estimation=(-260, -21))


def test_timing_curve_fills_exactly_the_sessions_of_the_confidence_set(study: EventStudy) -> None:
    curve = timing_curve(study, shifts=(-10, 10))
    ax = plot_timing_curve(curve).axes[0]
    filled = ax.collections[-1].get_offsets()[:, 0]
    assert sorted(filled) == list(curve.confidence_set)
    assert ax.figure.get_suptitle().replace("\n", " ") == curve.finding


def test_anticipation_title_says_whether_the_run_up_is_more_than_chance(study: EventStudy) -> None:
    result = anticipation(study, 10)
    title = plot_anticipation(result).get_suptitle()
    rare = (result.table["p_romano_wolf"] <= 0.05).any()
    assert ("is more than chance" in title) == rare


def test_other_news_stands_below_the_curve_and_a_run_up_is_shaded(study: EventStudy) -> None:
    curve = timing_curve(study, shifts=(-10, 10))
    upper, lower = plot_timing_curve(curve, shade=(-8, -2)).axes
    assert [bar.get_height() for bar in lower.patches] == list(100 * curve.table["others"])
    assert any(patch.get_width() == 7 for patch in upper.patches)
    with pytest.raises(SpecificationError, match="shade"):
        plot_timing_curve(curve, shade=(3,))
    with pytest.raises(SpecificationError, match="detectable"):
        plot_anticipation(anticipation(study, 3), detectable=[0.1])  # type: ignore[arg-type]


def test_no_event_to_draw_is_said() -> None:
    with pytest.raises(SpecificationError, match="no event to draw"):
        plot_timeline(load_events(until="1980-01-01"))


def bars(fig: Figure) -> tuple[int, int]:
    """Return how many bars are solid, and how many hatched."""
    hatched = [bool(bar.get_hatch()) for bar in fig.axes[0].collections]
    return hatched.count(False), hatched.count(True)


def test_a_measure_is_solid_in_force_and_hatched_while_suspended() -> None:
    fig = plot_measures(load_measures(event_ids="cn-2024-12-ban-to-us"), source="measure_status")
    labels = [text.get_text() for text in fig.axes[0].get_yticklabels()]
    assert len(labels) == 3
    assert bars(fig) == (3, 2)  # paragraph 1 was never suspended


def test_the_title_counts_the_measures_of_the_day() -> None:
    day = measures("2026-10-05")["status"].value_counts()
    title = plot_measures(load_measures()).get_suptitle().replace("\n", " ")
    said = f"{day['in_force']} measures are in force and {day['suspended']} suspended"
    assert said in title


def test_lanes_beyond_the_limit_are_counted_and_the_newest_stay() -> None:
    ax = plot_measures(load_measures(actor="CN"), lanes=5).axes[0]
    assert len(ax.get_yticks()) == 5
    assert "more measures are not drawn" in ax.get_title("left").replace("\n", " ")
    assert any("14 EU entities" in label.get_text() for label in ax.get_yticklabels())


def test_what_began_and_ended_on_no_known_day_is_not_drawn() -> None:
    quotas = load_measures(event_ids="cn-2010-10-minor-metal-quotas-2011")
    with pytest.raises(SpecificationError, match="no measure since '2016-01-01' to draw"):
        plot_measures(quotas[quotas["measure"].str.startswith("Antimony")], since="2016-01-01")


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"since": "2023"}, "since '2023'"),
        ({"since": "2027-01-01"}, "is not before known"),
        ({"lanes": 0}, "lanes must be a whole number"),
    ],
)
def test_a_picture_of_measures_refuses_what_it_does_not_understand(given, message: str) -> None:
    with pytest.raises(SpecificationError, match=message):
        plot_measures(load_measures(), **given)


def test_a_frame_that_holds_no_measures_is_refused() -> None:
    with pytest.raises(SpecificationError, match=r"give what rer\.load_measures"):
        plot_measures(load_events())
