"""Three estimators in one table: the published numbers of California, and when they disagree."""

from __future__ import annotations

import sys
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import rareearth_research as rer
from rareearth_research.dynamics.synthetic.differences import SyntheticDid
from rareearth_research.errors import SpecificationError
from tests.dynamics.test_synthetic_control import PANELS, synthetic_panel, walks
from tests.support.counterfactuals import cigarettes, stated, synthdid


@pytest.fixture(scope="module")
def california() -> SyntheticDid:
    return rer.synthetic_did(cigarettes(), "California", None, 1989)


def test_the_estimates_of_california_are_the_published_ones(california: SyntheticDid) -> None:
    effects = california.table.set_index("method")["effect"]
    reference = synthdid()["estimate"]  # synthdid 0.0.9: -15.60383, -27.34911
    name = "difference-in-differences"
    assert effects[f"synthetic {name}"] == pytest.approx(reference["sdid"], rel=1e-9)
    assert effects[name] == pytest.approx(reference["did"], rel=1e-9)
    control = rer.synthetic_control(cigarettes(), "California", None, 1989)
    assert effects["synthetic control"] == control.table["effect"].iloc[0]


def test_the_weights_of_california_are_those_of_synthdid(california: SyntheticDid) -> None:
    reference = synthdid()
    units = pd.Series(reference["omega"]["sdid"]).reindex(california.unit_weights.index)
    np.testing.assert_allclose(california.unit_weights, units.fillna(0.0), atol=1e-9)
    np.testing.assert_allclose(california.time_weights, reference["lambda"]["sdid"], atol=1e-9)
    assert california.time_weights.index.tolist() == list(range(1970, 1989))
    counts = [(weights > 0.001).sum() for weights in (units.fillna(0), california.time_weights)]
    said = f"{counts[0]} of 38 donors and to {counts[1]} of 19 rows before the date"
    assert f"gives a weight to {said}" in " ".join(california.notes)


def test_standard_errors_are_the_spread_over_donors(california: SyntheticDid) -> None:
    donors = cigarettes().drop(columns="California")
    moved = donors.loc[1989:].mean() - donors.loc[:1988].mean()
    others = (moved.sum() - moved) / (len(moved) - 1)
    se = california.table.set_index("method")["se"]
    assert se["difference-in-differences"] == pytest.approx((moved - others).std(ddof=0), rel=1e-9)
    gaps = [
        rer.synthetic_control(donors, state, None, 1989).table["effect"].iloc[0]
        for state in donors.columns
    ]
    assert se["synthetic control"] == pytest.approx(np.std(gaps), rel=1e-9)
    reference = synthdid()["se_placebo_40"]["sdid"]  # 40 other draws
    assert se["synthetic difference-in-differences"] == pytest.approx(reference, rel=0.25)


def test_intervals_and_p_are_normal(california: SyntheticDid) -> None:
    table = california.table
    for sign, end in ((-1, "lower"), (1, "upper")):
        expected = table["effect"] + sign * stats.norm.ppf(0.95) * table["se"]
        np.testing.assert_allclose(table[end], expected, rtol=1e-12)
    z = (table["effect"] / table["se"]).abs()
    np.testing.assert_allclose(table["p_value"], 2 * stats.norm.sf(z), rtol=1e-12)


@pytest.mark.parametrize(
    ("effects", "agree"),
    [([1.0, 2.0, 0.5], True), ([1.0, 2.0, -0.1], False), ([1.0, 3.1, 1.0], False),
     ([0.0, 2.0, 1.0], True), ([1.0, 3.0, 1.0], True)],
)  # fmt: skip
def test_three_estimators_agree_with_one_sign_inside_of_each_other_s_intervals(
    california: SyntheticDid, effects: list[float], agree: bool
) -> None:
    table = california.table.assign(effect=effects, lower=-1.0, upper=3.0)
    doubts = " ".join(replace(california, table=table, fit_p=0.051)._doubts())
    assert ("do not agree" not in doubts) == agree
    assert "met worse than" not in doubts
    assert "met worse than" in " ".join(replace(california, fit_p=0.05)._doubts())


def test_the_same_seed_gives_the_same_table(california: SyntheticDid) -> None:
    again = rer.synthetic_did(cigarettes(), "California", None, 1989)
    pd.testing.assert_frame_equal(again.table, california.table)


def test_estimators_that_disagree_fail_the_guard() -> None:
    wide = synthetic_panel()
    trend = np.linspace(0, 60, len(wide))
    apart = wide.assign(D0=wide["D0"] + trend, D1=wide["D1"] + 2 * trend)
    found = rer.synthetic_did(apart, "D0", None, "2020-01-01", draws=20)
    assert not found.guard
    assert "do not agree" in found.doubts[0]
    assert "not to be relied on" in found.summary().headline


def test_a_missing_package_is_named_with_what_installs_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "diff_diff", None)
    with pytest.raises(SpecificationError, match=r"pip install 'rareearth_research\[did\]'"):
        rer.synthetic_did(cigarettes(), "California", None, 1989)


def test_a_seed_has_thirty_two_bits() -> None:
    with pytest.raises(SpecificationError, match="to 4,294,967,295"):
        rer.synthetic_did(synthetic_panel(), "D0", None, "2020-01-01", seed=2**32)


def test_placebos_need_more_donors_than_units() -> None:
    wide = synthetic_panel()
    with pytest.raises(SpecificationError, match=r"donors has 2 columns for 2 units"):
        rer.synthetic_did(wide, ["D0", "D1"], ["D2", "D3"], "2020-01-01")
    found = rer.synthetic_did(wide, ["D0", "D1"], ["D2", "D3", "D4"], "2020-01-01", draws=20)
    assert found.table["effect"].notna().all()


@pytest.mark.simulation
@pytest.mark.parametrize("made", ["units alike", "the unit twice as restless"])
def test_intervals_and_guard_are_right_as_often_as_the_page_says(made: str) -> None:
    rng, found = np.random.default_rng(5), []
    for _ in range(150):
        wide = walks(rng, *PANELS[made])
        result = rer.synthetic_did(wide, "D0", None, "2017-07-01", draws=50)
        covers = (result.table["lower"] <= 0) & (result.table["upper"] >= 0)
        found.append([*covers, not result.guard])
    assert stated(f"{made}, three estimators") == pytest.approx(100 * np.mean(found, axis=0), abs=3)
