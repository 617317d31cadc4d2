"""Pictures of robustness show the tables they are given, and say what is in them."""

from __future__ import annotations

import itertools
import re

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

import rareearth_research as rer
from rareearth_research.eventstudy import SpecificationCurve
from rareearth_research.plots import plot_power_curves, plot_size_table, plot_specification_curve


@pytest.fixture(autouse=True)
def close_figures():
    yield
    plt.close("all")


@pytest.fixture
def curve() -> SpecificationCurve:
    """A synthetic curve of six specifications, one failed and one a repeat."""
    caar = np.array([0.03, -0.01, 0.02, 0.01, np.nan, 0.01])
    table = pd.DataFrame(
        {
            "specification": range(1, 7),
            "model": ["market", "mean"] * 3,
            "window": "[0, 1]",
            "benchmark": ["SPY", "SPY", "URTH", "URTH", "NOPE", "URTH"],
            "timing": "latest",
            "sample": "all",
            "caar": caar,
            "lower": caar - 0.02,
            "upper": caar + 0.02,
            "p_value": [0.01, 0.5, 0.2, 0.4, np.nan, 0.4],
            "same_as": pd.array([None] * 5 + [4], dtype="Int64"),
            "note": [""] * 4 + ["NOPE is unknown", ""],
        }
    )
    return SpecificationCurve(table)


def test_specifications_are_sorted_and_only_distinct_ones_drawn(curve: SpecificationCurve) -> None:
    upper, lower = plot_specification_curve(curve).axes
    drawn = upper.collections[1].get_offsets()[:, 1]
    assert list(drawn) == [-0.01, 0.01, 0.02, 0.03]
    assert [t.get_text() for t in lower.get_yticklabels()] == [
        "market model",
        "mean return",
        "SPY",
        "URTH",
    ]


def test_each_specification_has_one_mark_for_each_choice(curve: SpecificationCurve) -> None:
    _, lower = plot_specification_curve(curve).axes
    marks = np.asarray(lower.collections[0].get_offsets())
    assert len(marks) == 4 * 2
    assert set(map(tuple, marks[marks[:, 0] == 3])) == {(3, 0), (3, 2)}  # market, SPY


def test_the_axis_ends_where_points_stay_apart_and_counts_what_goes_beyond(
    curve: SpecificationCurve,
) -> None:
    table = curve.table.copy()
    table.loc[0, ["lower", "upper"]] = -0.9, 0.9
    upper, _ = plot_specification_curve(SpecificationCurve(table)).axes
    low, high = upper.get_ylim()
    assert -0.2 < low < -0.01 < 0.03 < high < 0.2
    arrows = [c for c in upper.collections if len(c.get_offsets()) == 1]
    assert {-1, 1} <= {np.sign(c.get_offsets()[0, 1]) for c in arrows}
    assert "Arrows: one band beyond the axis." in " ".join(upper.get_title(loc="left").split())


def test_the_first_specification_is_ringed_and_named(curve: SpecificationCurve) -> None:
    upper, lower = plot_specification_curve(curve).axes
    (ring,) = [line for line in upper.lines if line.get_marker() == "o"]
    assert (ring.get_xdata()[0], ring.get_ydata()[0]) == (3, 0.03)
    assert any(text.get_text() == "reference" for text in upper.texts)
    assert [line.get_xdata()[0] for line in lower.lines if len(set(line.get_xdata())) == 1] == [3]


def test_choices_that_are_the_same_in_all_are_named_in_words(curve: SpecificationCurve) -> None:
    upper, _ = plot_specification_curve(curve).axes
    assert "window [0, 1], timing latest" in " ".join(upper.get_title(loc="left").split())


def test_a_curve_without_varied_choices_still_draws(curve: SpecificationCurve) -> None:
    one = SpecificationCurve(curve.table.head(1))
    assert len(plot_specification_curve(one).axes) == 1


def test_size_cells_print_the_table() -> None:
    size = rer.load_size_table()
    designs = ["independent", "one_date", "dates_8x10"]
    (ax,) = plot_size_table(size, designs=designs).axes
    tests = [t.get_text() for t in ax.get_yticklabels()]
    row = size.query("test == 'bmp' and design == 'one_date'")
    expected = 100 * row.loc[row["level"] == 0.05, "rejection"].item()
    shown = {t.get_position(): t for t in ax.texts}
    assert shown[1.5, tests.index("bmp") + 0.5].get_text() == f"{expected:.1f}"
    assert len(ax.get_xticklabels()) == 3


def test_bold_cells_are_those_a_test_claims() -> None:
    size = rer.load_size_table(0.05).query("design in ['independent', 'one_date']")
    (ax,) = plot_size_table(size).axes
    bold = sum(text.get_fontweight() == "bold" for text in ax.texts)
    aside = ["headline", "verdict_p", "heterogeneity", "variance_between"]
    claimed = size.loc[~size["test"].isin(aside) & size["rejection"].notna(), "claims_to_hold"]
    assert bold == claimed.sum()


def test_the_size_finding_names_the_tests_that_hold_and_how_often_the_verdict_is_wrong() -> None:
    size = rer.load_size_table(0.05)
    said = " ".join(plot_size_table(size).get_suptitle().split())
    assert re.match(r"Only date_(t and date_flip|flip and date_t) reject at most 5\.", said)
    assert "the verdict 'moved' is wrong in at most" in said


def test_power_curves_show_only_tests_that_keep_their_size() -> None:
    one, several, differing = plot_power_curves(rer.load_power_table()).axes
    labels = [" ".join(text.get_text() for text in ax.texts) for ax in (one, several, differing)]
    assert all("kp" in said and "bmp" not in said for said in labels)
    assert ["date_t" in said for said in labels] == [False, True, False]


def test_labels_of_power_curves_do_not_cover_one_another() -> None:
    fig = plot_power_curves(rer.load_power_table())
    fig.draw_without_rendering()
    for ax in fig.axes:
        boxes = sorted((t.get_window_extent() for t in ax.texts), key=lambda box: -box.y1)
        assert all(above.y0 >= below.y1 - 1 for above, below in itertools.pairwise(boxes))
