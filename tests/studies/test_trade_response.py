"""Did exports move? The answer is that of `interrupted`, in words made from its numbers."""

from __future__ import annotations

import numpy as np
import pytest

import rareearth_research as rer


@pytest.fixture(scope="module")
def study() -> rer.studies.TradeStudy:
    return rer.studies.trade_response()


def test_the_table_is_what_interrupted_says_of_each_series(study):
    own = rer.interrupted(
        np.log(rer.load_series("natural graphite")),
        "2023-10-20",
        effective="2023-12-01",
        seasonality=True,
    )
    waiting, since = study.table[study.table["series"] == "natural graphite"].to_dict("records")
    assert waiting["stage"] == "announced, not yet effective"
    assert since["effect"] == own.effect
    assert since["placebo_p"] == own.placebo_p
    assert own.table["estimate"].isin([waiting["effect"]]).sum() == 1


def test_the_finding_compounds_logs_counts_other_dates_and_names_its_verdict(study):
    waiting, since = study.table["effect"].iloc[:2]
    fit = study.fits["natural graphite"]
    equal = round(fit.placebo_p * (fit.n_placebo + 1)) - 1
    assert f"{np.expm1(waiting):.1%}".replace("%", " % higher") in study.finding
    assert f"{-np.expm1(since):.1%}".replace("%", " % lower") in study.finding
    counted = f"{equal} of {fit.n_placebo} earlier dates looked as unusual: this study cannot tell"
    assert counted in study.finding
    assert counted in study.plot()._suptitle.get_text().replace("\n", " ")


def test_other_news_and_an_interval_that_is_too_narrow_stand_in_the_first_sentence(study):
    first = study.finding.partition(": this study")[0]
    assert first.startswith("While other news came at the time, ")
    assert "by a formula that is too narrow here" in first


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
    assert len(study.table) == 2  # announced in July, applied in August
    at_once = rer.studies.trade_response("cn-2021-12-china-rare-earth-group", "artificial graphite")
    assert list(at_once.table["stage"]) == ["since the announcement"]
    assert "since the announcement of 23 December 2021" in at_once.finding


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
