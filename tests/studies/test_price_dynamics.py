"""Do prices change course where policy does? Every number is its function's."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from matplotlib.text import Text

import rareearth_research as rer
from rareearth_research.dynamics.variance.ratio import variance_ratio
from rareearth_research.studies.words.swings import break_title


@pytest.fixture(scope="module")
def study() -> rer.studies.PriceDynamicsStudy:
    return rer.studies.price_dynamics(["X_REE_CARBONATE", "PLMMODY"])


def test_each_row_is_what_its_functions_say(study):
    logs = np.log(rer.load_series("X_REE_CARBONATE"))
    breaks = rer.find_breaks(logs.diff().iloc[1:])
    row = study.table.set_index("series").loc["X_REE_CARBONATE"]
    assert row["breaks_of_changes"] == breaks.n_breaks
    assert row["p_any_break"] == breaks.guard.p_value
    near = rer.nearest_policy(breaks, rer.load_events(usable=True))
    assert row["p_policy"] == near.p_value
    assert row["response"] == study.response.table["effect"].iloc[-1]


def test_the_levels_show_breaks_that_the_changes_do_not(study):
    assert (study.table["breaks_of_level"] >= 3).all()
    assert (study.table["p_any_break"] > 0.05).all()
    assert "Not one of them has more breaks than a series that never broke" in study.finding


def test_breaks_of_all_series_are_counted_against_breaks_of_series_without_any(study):
    breaks = rer.find_breaks(np.log(rer.load_series("X_REE_CARBONATE")).diff().iloc[1:])
    near = rer.nearest_policy(breaks, rer.load_events(usable=True))
    assert (study.pooled.total, study.pooled.near) == (breaks.n_breaks, near.near)
    assert study.pooled.usual == near.drawn_near.mean()
    as_near = (near.drawn_near >= near.near).sum()
    assert study.pooled.judged.p_value == (1 + as_near) / (1 + len(near.drawn_near))
    assert f"it would be {study.pooled.usual:.1f}" in study.finding
    judged = study.pooled.judged
    assert judged.lower == judged.effect - (
        (np.sort(near.drawn_near)[-int(0.05 * (1 + len(near.drawn_near)))] - study.pooled.usual)
        / study.pooled.total
    )


def test_every_interval_leaves_out_zero_exactly_where_its_p_value_is_at_most_five_per_cent(study):
    for rows in (study.tried.dropna(subset="effect"), study.table):
        p = rows.filter(["p_value", "p_response"]).iloc[:, 0]
        assert ((p <= 0.05) == ((rows["lower"] > 0) | (rows["upper"] < 0))).all()


def test_why_variance_and_response_count_other_announcements_is_said_beside_both(study):
    around, after = len(study.nervous.table) - 1, study.response.table["n_shocks"].iloc[-1]
    assert (around, after) == (6, 5)
    words = "around six announcements, the response counts five: "
    drawn = study.plot_nervous()
    beside = " ".join(text.get_text() for text in drawn.findobj(Text)).replace("\n", " ")
    assert words in study.detail
    assert words in beside
    assert words not in drawn._suptitle.get_text().replace("\n", " ")


@pytest.mark.parametrize(("near", "said"), [(0, "none lies"), (1, "one lies"), (2, "two lie")])
def test_the_title_counts_breaks_near_policy_beside_what_chance_gives(study, near, said):
    pooled = replace(study.pooled, total=3, near=near, usual=0.94)
    assert break_title({"a": study, "b": study}, pooled).startswith(
        f"Of three breaks in the changes of two prices, {said} within 31 days of a policy event; "
        "chance gives 0.9 (p "
    )


def test_months_are_called_so_and_changes_are_in_per_cent(study):
    rows = [row.get_text() for row in study.plot_nervous().axes[0].get_yticklabels()]
    assert rows[0] == "April 2025"
    assert rows[-2:] == ["July 2023", "all dates"]
    assert study.nervous.table["date"].tolist()[1] == "2023-07-01"
    assert {"0", "+15 %"} <= {row.get_text() for row in study.plot().axes[0].get_yticklabels()}


def test_the_dispute_of_2012_is_met_by_the_one_mineral_with_prices_on_both_sides(study):
    row = study.dispute.table.set_index("series").loc["Molybdenum"]
    changes = np.log(rer.load_series("PLMMODY")).diff().iloc[1:]
    before, after = changes[:"2012-02"], changes["2012-03":][:60]
    ratios = [variance_ratio(side.to_numpy(), 2)[0] for side in (before, after)]
    assert [row["ratio_before"], row["ratio_after"]] == ratios
    assert "cannot tell" in study.dispute.words
    (paper,) = study.dispute.published.to_dict("records")
    assert (paper["read"], paper["their number"]) == ("abstract", "")
    assert "begins July 2012" in paper["why differ"]
    assert paper["our number"] == study.dispute.words


def test_another_event_than_a_dispute_is_not_held_against_the_published_one():
    found = rer.studies.price_dynamics("Nickel", around="cn-2014-12-quota-abolished")
    assert found.dispute.published.empty
    assert "31 December 2014" in found.dispute.words


def test_closes_become_those_of_months():
    study = rer.studies.price_dynamics("REMX")
    closes = rer.load_series("REMX").resample("MS").last()
    assert study.table.loc[0, "rows"] == len(closes) - 1
    assert "VanEck Rare Earth" in study.finding


def test_announcements_of_one_month_count_once(study):
    inside = study.events["date"][study.events["date"] < "2025-10-01"].dt.to_period("M").nunique()
    assert study.response.table["n_shocks"].iloc[0] == inside


@pytest.mark.parametrize(
    ("options", "match"),
    [
        ({"window": [0]}, "two whole numbers"),
        ({"window": [1, 1]}, "fewer than two rows"),
        ({"series": "Nd metal"}, "series Nd metal: .* 30 are needed"),
        ({"horizon": 61}, "horizon"),
        ({"event_ids": ["no-such"]}, "event_ids"),
    ],
)
def test_what_is_no_study_is_refused(options, match):
    with pytest.raises((rer.DataError, rer.SpecificationError), match=match):
        rer.studies.price_dynamics(**options)


def test_a_series_that_ends_before_every_event_is_named_and_each_way_out_works():
    late, early = "cn-2026-01-japan-no1", "cn-2023-10-graphite"
    with pytest.raises(rer.SpecificationError, match="X_REE_CARBONATE: it runs from 2012-06-01 to"):
        rer.studies.price_dynamics(["X_REE_CARBONATE", "MP"], event_ids=[late])
    rer.studies.price_dynamics(["X_REE_CARBONATE", "MP"], event_ids=[late, early])
    rer.studies.price_dynamics(["MP"], event_ids=[late])
