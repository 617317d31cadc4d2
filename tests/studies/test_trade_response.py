"""Did exports move? The answer is that of `interrupted`, in words made from its numbers."""

from __future__ import annotations

import numpy as np
import pytest

import rareearth_research as rer
from rareearth_research.dynamics.segments.pulses import pulse
from tests.support.answers import answer_of


@pytest.fixture(scope="module")
def study() -> rer.studies.TradeStudy:
    found: rer.studies.TradeStudy = answer_of("trade_response")
    return found


def test_each_stage_is_a_stretch_held_against_the_months_before(study):
    values = np.log(rer.load_series("natural graphite"))
    months = values.index
    seasons = months.month.to_numpy()[:, None] == np.arange(2, 13)
    beside = np.column_stack([np.ones(96), np.arange(96), seasons]).astype(float)
    start = months.get_loc("2023-10-01")
    own = study.table.set_index(["series", "stage"]).loc["natural graphite"]
    stretches = {"before": (start - 3, 3, 0), "waiting": (start, 2, 0), "after": (start + 2, 3, 2),
                 "together": (start, 5, 0)}  # fmt: skip
    for stage, (first, rows, gap) in stretches.items():
        found = pulse(values.to_numpy(), beside, first, rows, gap=gap)
        assert own.loc[stage, "effect"] == pytest.approx(found.effect, rel=1e-9)
        assert own.loc[stage, "p_value"] == found.p_value


def test_since_then_as_a_whole_is_what_interrupted_says(study):
    own = rer.interrupted(
        np.log(rer.load_series("natural graphite")),
        "2023-10-20",
        effective="2023-12-01",
        seasonality=True,
        level=0.95,
    )
    since = study.table.set_index(["series", "stage"]).loc[("natural graphite", "since")]
    assert (since["effect"], since["p_value"]) == (own.effect, own.placebo_p)
    assert since["upper"] - since["effect"] == pytest.approx(own.unusual_from)


def test_the_first_sentence_has_effect_interval_other_news_and_verdict(study):
    row = study.table.set_index(["series", "stage"]).loc[("natural graphite", "after")]
    first = study.finding.partition(". ")[0]
    assert first.startswith("While other news came at the time, ")
    assert f"{-np.expm1(row['effect']):.1%}".replace("%", " % lower") in first
    assert f"p = {row['p_value']:.3f}" in first
    assert "95 % interval" in first
    assert study.verdict == row["verdict"] == "unsettled"
    assert "unsettled, as it rests on one announcement" in first
    assert "unsettled, as it rests" in study.plot()._suptitle.get_text().replace("\n", " ")


def test_what_was_shipped_early_is_said_beside_what_was_missing_later(study):
    row = study.table.set_index(["series", "stage"]).loc[("natural graphite", "waiting")]
    early = f"{np.expm1(row['effect']):.1%}".replace("%", " % higher")
    assert f"{early} between announcement and effect (p = {row['p_value']:.3f}" in study.finding
    assert "taken together" in study.finding


def test_p_values_are_corrected_for_all_stages_and_series(study):
    assert list(study.table["family_p"]) == list(rer.adjust(study.table["p_value"]))


def test_too_few_months_before_are_refused_and_the_way_out_works(tmp_path):
    file = tmp_path / "events.csv"
    file.write_text("event_id,date\nearly,2018-01-10\n")
    asked = {"series": "natural graphite", "events_file": str(file)}
    with pytest.raises(rer.SpecificationError, match=r"12 months lie before.*seasonality=False"):
        rer.studies.trade_response(**asked)
    assert rer.studies.trade_response(**asked, seasonality=False).fits


def test_the_finding_says_which_months_were_the_most_and_the_fewest(study):
    values = rer.load_series("natural graphite")
    assert f"{values.idxmax():%B %Y} had the most" in study.finding
    assert f"{values.idxmin():%B %Y} had the fewest" in study.finding


def test_what_is_too_short_is_drawn_and_said_without_a_test(study):
    magnets = rer.load_series("gacc_ree_magnet_exports")
    said = next(line for line in study.limits if "magnets as published" in line)
    assert f"{magnets['2025-03-01']:,.0f} t in March 2025" in said
    assert f"{magnets['2025-05-01']:,.0f} t in May 2025" in said
    why = study.published["why"]
    assert why["gacc_ree_magnet_exports"].startswith("4 of the 21 months")
    assert why["gacc_gallium_exports"].startswith("18 of the 23 months")
    assert why["gacc_ree_magnet_exports_to_japan"] == "too few months"
    assert not set(study.fits) & set(why.index)


def test_a_control_that_applies_at_once_has_one_phase():
    study = rer.studies.trade_response("cn-2023-07-ga-ge-controls", "artificial graphite")
    stages = ["before", "waiting", "after", "together", "since"]
    assert list(study.table["stage"]) == stages  # announced in July, applied in August
    at_once = rer.studies.trade_response("cn-2021-12-china-rare-earth-group", "artificial graphite")
    assert list(at_once.table["stage"]) == ["before", "after", "since"]
    assert "after the announcement of 23 December 2021" in at_once.finding


def test_pictures_are_in_tonnes_and_show_every_published_series(study):
    ax = study.plot().axes[0]
    assert "Tonnes a month" in ax.get_ylabel()
    assert [float(label.get_text().replace(",", "")) for label in ax.get_yticklabels()] == [
        pytest.approx(np.exp(place)) for place in ax.get_yticks()
    ]
    assert len(study.plot_published().axes) == len(study.drawn)


@pytest.mark.parametrize(
    ("options", "match"),
    [
        ({"series": "gacc_ree_exports"}, "no value for the month"),
        ({"series": "no such"}, "nearest"),
        (
            {"series": "MP", "seasonality": False},
            "series MP, .*it is in USD, and what",
        ),
        (
            {"event_id": "cn-2025-10-no61-no62"},
            "event cn-2025-10-no61-no62: .* outside of the",
        ),
    ],
)
def test_what_cannot_be_tested_is_refused_with_the_reason(options, match):
    with pytest.raises((rer.DataError, rer.SpecificationError), match=match):
        rer.studies.trade_response(**options)
