"""What break tests and distances to policies find where nothing happened, as measured."""

from __future__ import annotations

from pathlib import Path

import break_sizes
import pandas as pd
import pytest

PAGE = Path(__file__).resolve().parents[2] / "docs" / "dynamics.md"
SIZES = pd.read_csv(break_sizes.RESULT)
PERSISTENT = SIZES[SIZES["replications"] == 2000].set_index("design")


def test_the_page_states_the_sizes_that_were_measured() -> None:
    assert break_sizes.block(SIZES) in PAGE.read_text(encoding="utf-8")
    assert dict(zip(SIZES["design"], SIZES["replications"], strict=True)) == {
        name: design.replications for name, design in break_sizes.DESIGNS.items()
    }


def test_the_distance_keeps_its_size_under_random_walks_and_trends() -> None:
    assert set(PERSISTENT.index) == {"random_walk", "trending_ar_0.9", "trending_ar_0.9_trend"}
    assert PERSISTENT["distance"].between(0.03, 0.07).all()


def test_the_guard_rejects_no_more_than_it_says_where_nothing_broke() -> None:
    nothing = SIZES[~SIZES["design"].str.startswith("shift")]
    assert nothing["guard"].max() <= 0.07


@pytest.mark.simulation
def test_random_walks_drawn_anew_give_the_sizes_that_were_measured() -> None:
    found = break_sizes.sizes("random_walk", break_sizes.drawn_p("random_walk", range(100)))
    measured = PERSISTENT.loc["random_walk"]
    for share in ("guard", "distance", "even_dates"):
        assert found[share] == pytest.approx(measured[share], abs=0.06)  # standard error 2 points
    assert found["udmax_iid"] == 1
