"""What would have happened without it? Three methods side by side, none of them alone."""

from __future__ import annotations

import numpy as np
import pytest

import rareearth_research as rer
from rareearth_research.numerals import interval, p_said, per_cent


@pytest.fixture(scope="module")
def study() -> rer.studies.CounterfactualStudy:
    return rer.studies.counterfactual(before=60, after=6)


def test_each_row_is_what_its_function_says(study):
    units = ["MP", "UUUU", "NB"]
    donors = [name for name in study.wide if name not in {*units, "SPY", "XME"}]
    own = rer.synthetic_control(study.wide[[*units, *donors]], units, donors, "2025-10-09",
                                demean=True)  # fmt: skip
    rows = study.table.set_index("method")
    assert rows.loc["synthetic control", "effect"] == own.table["effect"].iloc[1]
    past = rer.state_space_impact(
        study.wide[units].mean(axis=1), "2025-10-09", controls=study.wide[["SPY", "XME"]]
    )
    assert rows.loc["state space", "effect"] == past.table["effect"].iloc[0]
    assert (rows.loc["state space", "guard"] == "passed") == past.guard


def test_interval_p_value_and_what_would_be_found_are_by_earlier_dates_wherever_they_stand(study):
    past = study.impact.table.iloc[0]
    led = past[["effect", "placebo_lower", "placebo_upper", "placebo_p", "detectable"]].tolist()
    (row,) = study.table[study.table["method"] == "state space"].to_dict("records")
    columns = ["effect", "lower", "upper", "p_value", "detectable"]
    assert [row[name] for name in columns] == led == study.tried.loc[0, columns].tolist()
    ends = interval(*np.expm1(led[1:3]))
    whole = study.plot().axes[0].figure._suptitle.get_text().replace("\n", " ")
    for said in (study.finding, whole):
        assert f"95 % interval by earlier dates {ends}, {p_said(led[3])}" in said
    assert f"state space {p_said(led[3])} by earlier dates" in study.detail
    beside = rer.compare(study.impact).table.iloc[0]
    assert [*beside[columns[:4]], beside["by"]] == [*led[:4], "other dates"]
    assert rer.cite(study.impact).value == dict(zip(columns[:4], led[:4], strict=True))
    drawn = study.plot_impact().axes[2].collections
    likely = study.impact.grid.query("plausible")
    ends = np.concatenate([line.get_segments() for line in drawn[:1]])[:, :, 1]
    np.testing.assert_allclose(ends, likely[["placebo_lower", "placebo_upper"]])


def test_with_few_earlier_dates_there_is_no_end_and_no_p_value_below_the_level():
    few = rer.studies.counterfactual("cn-2025-10-no61-no62", "MP", before=40, after=2)
    (row,) = few.table[few.table["method"] == "state space"].to_dict("records")
    assert (row["lower"], row["upper"], row["detectable"]) == (-np.inf, np.inf, np.inf)
    assert row["p_value"] > 0.05
    assert row["guard"] == "objects"
    assert "95 % interval by earlier dates without ends" in few.finding
    assert "of ten earlier dates is 0.09: a level of 95 % is out of reach" in row["note"]
    assert "Without a line: no ends." in few.plot().axes[0].get_title("left").replace("\n", " ")


def test_the_window_has_the_periods_asked_for_around_the_first_session(study):
    assert (study.wide.index < "2025-10-09").sum() == 60
    assert (study.wide.index >= "2025-10-09").sum() == 6
    assert study.wide.notna().all(axis=None)


def test_the_finding_names_firms_compounds_and_counts_methods_that_pass(study):
    assert "MP Materials, Energy Fuels and NioCorp" in study.finding
    for effect in study.table["effect"]:
        assert per_cent(np.expm1(effect)) in study.finding
    assert ": this study cannot tell, as " in study.finding


def test_the_picture_of_all_methods_bears_the_verdict_of_the_finding(study):
    ax = study.plot().axes[0]
    assert len(ax.get_yticks()) == len(study.table)
    title = ax.figure._suptitle.get_text().replace("\n", " ")
    verdict = study.finding.partition("would have been: ")[2].partition(".")[0]
    assert verdict.startswith("this study cannot tell, as ")
    assert verdict in title


def test_the_unit_of_what_estimators_say_is_named(study):
    (line,) = [line for line in study.limits if "The three do not agree" in line]
    assert "in logs of prices" in line


def test_groups_and_tickers_can_be_donors_together():
    study = rer.studies.counterfactual(donors=["controls", "TSLA"], before=60, after=4)
    assert {"TSLA", "RIO"} <= {*study.synthetic.weights.index}


def test_no_unit_or_control_is_a_donor_and_each_unit_is_also_studied_alone(study):
    assert not {"MP", "UUUU", "NB", "SPY", "XME"} & set(study.synthetic.weights.index)
    assert study.units["unit"].nunique() == 3


def test_one_unit_is_said_in_the_singular():
    study = rer.studies.counterfactual(unit="MP", before=60, after=4)
    assert "MP Materials was " in study.finding


@pytest.mark.parametrize(
    ("options", "match"),
    [
        ({"unit": ["MP", "LYC.AX"]}, "several exchanges"),
        ({"before": 400}, "ask for fewer with before="),
        (
            {"before": 29},
            "a level with two controls needs 30 periods; set before=30",
        ),
        ({"every": "month"}, "choose from 'week', 'session'"),
        ({"donors": "no such"}, "not in the groups table"),
    ],
)
def test_what_is_no_study_is_refused(options, match):
    with pytest.raises((rer.DataError, rer.SpecificationError), match=match):
        rer.studies.counterfactual(**options)
