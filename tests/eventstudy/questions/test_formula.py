"""The formula of a regression is read and never run; what it may hold means what it meant."""

from __future__ import annotations

import builtins
from typing import Any

import numpy as np
import pandas as pd
import patsy
import pytest

import rareearth_research as rer
from rareearth_research.errors import DataError, SpecificationError
from rareearth_research.eventstudy.questions.formula import read_formula
from rareearth_research.eventstudy.questions.regression_rows import car_frame

RNG = np.random.default_rng(3)
NAMES = [f"S{i}" for i in range(16)]
TRAITS = pd.DataFrame(
    {
        "security": NAMES,
        "exposure": RNG.uniform(0.1, 1, 16),
        "size": RNG.lognormal(3, 1, 16),
        "kind": ["a", "b"] * 8,
        "place": RNG.permutation(["x", "y", "z", "x"] * 4),
        "tier": RNG.permutation([1, 2] * 8),
        "my col": RNG.normal(size=16),
        "listed": RNG.permutation([True, False] * 8),
    }
)
CAR = pd.DataFrame(
    {
        "event_id": np.repeat([f"E{e}" for e in range(20)], 16),
        "security": NAMES * 20,
        "window": "[0, 1]",
        "car": RNG.normal(0, 0.03, 320),
        "variance": RNG.uniform(1, 2, 320) * 1e-4,
    }
)


def refusal(formula: Any, traits: pd.DataFrame = TRAITS) -> str:
    with pytest.raises(SpecificationError) as refused:
        rer.cross_section(CAR, traits, formula)
    return str(refused.value)


@pytest.mark.parametrize(
    "formula",
    [
        "1", "exposure", "exposure + size", "exposure*kind", "exposure/kind", "kind:exposure - 1",
        "0 + kind", "-1 + kind", "kind*place", "kind:place", "(exposure + size + kind)**2",
        "(exposure + size)/kind", "C(tier)", "C(tier)*exposure", "listed + exposure",
        "I(exposure**2) + I(2*size - 1)", "center(exposure)*standardize(size)",
        "kind/exposure/size", "exposure*size - exposure:size", "Q('my col'):kind + size",
        "exposure:size:kind + kind", "((exposure)) + (size)",
        "I(-exposure / (size + 1.5))", "C(Q('my col') ) - C(Q('my col')) + size",
    ],
)  # fmt: skip
def test_a_formula_means_what_patsy_takes_it_to_mean(formula: str) -> None:
    rows = CAR.merge(TRAITS, on="security")
    expected = patsy.dmatrix(formula, rows, return_type="dataframe")
    fit = rer.cross_section(CAR, TRAITS, formula).fit
    np.testing.assert_allclose(fit.model.exog, expected.to_numpy(), rtol=1e-12, atol=1e-12)


def test_logarithms_exponentials_and_roots_are_those_of_numpy() -> None:
    table = rer.cross_section(CAR, TRAITS, "log(size) + exp(exposure) + sqrt(size)")
    rows = CAR.merge(TRAITS, on="security")
    made = [np.log(rows["size"]), np.exp(rows["exposure"]), np.sqrt(rows["size"])]
    np.testing.assert_allclose(table.fit.model.exog[:, 1:], np.column_stack(made))


HOSTILE = [
    "__import__('os').system('true')", "exposure.__class__.__mro__", "np.log(size)",
    "lambda: 1", "(lambda: 1)()", "[x for x in (1, 2)]", "{exposure}", "exposure[0]",
    "I([x for x in (1,)])", "I(lambda: 1)", "I(exposure.map(print))", "I((yield))",
    "eval('1')", "exec('1')", "C(eval('1'))", "I(__import__('os'))", "print(exposure)",
    "getattr(exposure, 'x')", "open('x')", "Q(eval('1'))", "Q('my' + ' col')", "Q(f'{exposure}')",
    "Q('my col', print(1))", "Q(*['my col'])", "Q(name='my col')", "Q(b'my col')",
    "log(size, out=print)", "log(*[size])", "C(kind, Treatment('b'))", "C(exposure > 1)",
    "I(exposure if size else 1)", "I(exposure or size)", "I(exposure < 1)", "I(1j)", "I('a')",
    "I(True)", "I(...)", "'exposure'", "f'{exposure}'", "`exposure`", "@exposure", "$exposure",
    "exposure; size", "exposure = size", "exposure := size", "I(x := 1)", "import os",
    "exposure size", "exposure + 5", "exposure +", "exposure + *size", "(exposure", "exposure)",
    "exposure ** 2", "exposure ** size", "(exposure + size) ** 99", "exposure - size", "I()", "C()",
    "log", "exposure\x00", "exposure#size)", "(" * 300, "~ exposure", "exposure ~ size",
    "*".join(f"I(exposure ** {i})" for i in range(20)), "+".join(["exposure"] * 999), "0", "a b",
]  # fmt: skip


@pytest.mark.parametrize("formula", HOSTILE)
def test_nothing_else_may_stand_in_a_formula(formula: str) -> None:
    assert len(refusal(formula)) < 700


def test_no_formula_ever_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    ran: list[object] = []
    for name in ("eval", "exec", "compile", "__import__"):
        real = getattr(builtins, name)
        if name in ("eval", "exec"):
            monkeypatch.setattr(builtins, name, lambda *a, **k: ran.append(a))
        else:
            assert real is getattr(builtins, name)
    rer.cross_section(CAR, TRAITS, "log(size)*C(kind) + I(exposure**2) + Q('my col')")
    for formula in HOSTILE[:30]:
        with pytest.raises(SpecificationError):
            rer.cross_section(CAR, TRAITS, formula)
    assert ran == []


@pytest.mark.parametrize(
    ("formula", "says", "instead"),
    [
        ("np.log(size)", "write log(...) alone", "log(size)"),
        ("exposure ** 2", r"write I(exposure ** 2)", "I(exposure ** 2)"),
        ("exposure + my col", 'a blank in it: Q("...")', "exposure + Q('my col')"),
        ("zise", "nearest: 'listed', 'tier', 'size'", "size"),
        ("y ~ size", "write 'CAR ~'", "CAR ~ size"),
        ("log(kind)", "use it as C(kind)", "C(kind)"),
    ],
)
def test_what_a_refusal_advises_works(formula: str, says: str, instead: str) -> None:
    assert says in refusal(formula)
    assert len(rer.cross_section(CAR, TRAITS, instead).table) >= 2


def test_classes_stand_alone_and_two_hundred_terms_are_the_most() -> None:
    for inside in ("log(C(kind))", "I(C(kind) + 1)", "I(-C(kind))"):
        refusal(inside)
    columns = [f"x{a}{b}" for a in "abcdefghijklmno" for b in "abcdefghijklmno"]
    most = read_formula("+".join(columns[:199]), columns)  # and a constant
    assert len(most.terms) == 200
    with pytest.raises(SpecificationError, match="stands for more than 200 terms"):
        read_formula("+".join(columns[:200]), columns)


def test_a_thousand_characters_are_the_most() -> None:
    assert read_formula("size".ljust(1000), ["size"]).columns == ("size",)
    with pytest.raises(SpecificationError, match="has 1,001 characters; 1,000 are the most"):
        read_formula("size".ljust(1001), ["size"])


@pytest.mark.parametrize("sign", [1, -1])
def test_a_regressor_stays_below_a_googol(sign: float) -> None:
    below = TRAITS.assign(size=sign * np.nextafter(1e100, 0))
    size = rer.cross_section(CAR, below, "0 + size:exposure").fit.model.exog
    assert np.isfinite(size).all()
    for formula, value in (("size", 1e100), ("I(10**400 * exposure)", 1.0)):
        traits = TRAITS.assign(size=sign * value)
        assert "for security 'S0' at event 'E0'" in refusal(formula, traits)


@pytest.mark.parametrize("cluster", ["event_id", None])
@pytest.mark.parametrize("weights", ["equal", "variance"])
def test_a_regressor_may_be_large_as_long_as_rounding_leaves_the_others(
    weights: Any, cluster: Any
) -> None:
    asked: dict[str, Any] = {"weights": weights, "cluster": cluster}
    usual = rer.cross_section(CAR, TRAITS, "exposure + size", **asked).table
    large = TRAITS.assign(size=1e9 * TRAITS["size"])
    table = rer.cross_section(CAR, large, "exposure + size", **asked).table
    np.testing.assert_allclose(table["statistic"], usual["statistic"], rtol=1e-3)
    larger = TRAITS.assign(size=1e11 * TRAITS["size"])
    assert "in size, 'exposure' from 'size', that" in refusal("exposure + size", larger)
    assert "'I(size / 1e+25)' from" in refusal("exposure + I(size / 1e25)", larger)
    near = TRAITS.assign(near=TRAITS["exposure"] + 1e-10 * TRAITS["size"])
    assert "are collinear (rank 2): 'Intercept, exposure, near'" in refusal("exposure + near", near)
    divided = rer.cross_section(CAR, larger, "exposure + I(size / 1e9)", **asked).table
    np.testing.assert_allclose(divided["statistic"], usual["statistic"], rtol=1e-6)


def test_a_variance_of_zero_has_no_weight() -> None:
    still = CAR.assign(variance=CAR["variance"].where(CAR.index != 5, 0.0))
    assert len(car_frame(still, weighted=False)) == len(CAR)
    with pytest.raises(DataError, match=r"variance is 0\.0 for security 'S5' at event 'E0'"):
        car_frame(still, weighted=True)


def test_numbers_as_text_are_refused_and_right_once_converted() -> None:
    text = TRAITS.assign(size=TRAITS["size"].map(repr))
    assert "pd.to_numeric" in refusal("size", text)
    mended = rer.cross_section(CAR, text.assign(size=pd.to_numeric(text["size"])), "size").table
    pd.testing.assert_frame_equal(mended, rer.cross_section(CAR, TRAITS, "size").table)
    assert len(rer.cross_section(CAR, text, "C(size)").table) == 16


def test_a_column_of_both_tables_must_be_renamed() -> None:
    both = TRAITS.assign(variance=TRAITS["size"])
    assert "rename it" in refusal("variance", both)
    table = rer.cross_section(CAR, both.rename(columns={"variance": "risk"}), "risk").table
    size = rer.cross_section(CAR, TRAITS, "size").table
    np.testing.assert_allclose(table["coefficient"], size["coefficient"])


def test_where_a_transformation_is_not_defined_the_security_is_named() -> None:
    none = TRAITS.assign(size=TRAITS["size"].where(TRAITS["security"] != "S4", 0.0))
    assert "-inf for security 'S4'" in refusal("log(size)", none)


def test_a_mean_is_taken_over_the_rows_that_are_used() -> None:
    gappy = TRAITS.assign(size=TRAITS["size"].where(TRAITS["security"] != "S0"))
    result = rer.cross_section(CAR, gappy, "center(size)")
    assert (result.n, result.dropped) == (300, 20)
    assert result.fit.model.exog[:, 1].mean() == pytest.approx(0, abs=1e-9)


def test_a_formula_says_which_columns_it_uses() -> None:
    asked = read_formula("CAR ~ log(size)*C(kind) + Q('my col')", list(TRAITS.columns))
    assert asked.columns == ("size", "kind", "my col")


def test_two_way_clusters_are_the_sum_less_the_intersection() -> None:
    # Cameron, Gelbach & Miller (2011), equation 2.11, each part with its own small-sample factor
    x = np.column_stack([np.ones(320), CAR["security"].map(TRAITS.set_index("security")["size"])])
    y = CAR["car"].to_numpy()
    bread = np.linalg.inv(x.T @ x)
    scores = x * (y - x @ bread @ x.T @ y)[:, None]

    def clustered(labels: pd.Series) -> Any:
        sums = pd.DataFrame(scores).groupby(labels.to_numpy()).sum().to_numpy()
        g = len(sums)
        return bread @ sums.T @ sums @ bread * g / (g - 1) * 319 / 318

    both = CAR["event_id"] + CAR["security"]
    cov = clustered(CAR["event_id"]) + clustered(CAR["security"]) - clustered(both)
    result = rer.cross_section(CAR, TRAITS, "size", cluster=["event_id", "security"])
    np.testing.assert_allclose(result.table["std_error"], np.sqrt(np.diag(cov)), rtol=1e-9)
    from scipy import stats

    t = result.table["statistic"].iloc[1]
    assert result.table["p_value"].iloc[1] == pytest.approx(2 * stats.t.sf(abs(t), 16 - 1))
    assert (result.n_clusters, result.cluster) == (16, "event_id and security")


def test_two_way_clusters_are_those_of_statsmodels() -> None:
    import statsmodels.api as sm

    rows = CAR.merge(TRAITS, on="security")
    groups = np.column_stack([pd.factorize(rows[name])[0] for name in ("event_id", "security")])
    fit = sm.OLS(rows["car"], sm.add_constant(rows["size"])).fit(
        cov_type="cluster", cov_kwds={"groups": groups}, use_t=True
    )
    ours = rer.cross_section(CAR, TRAITS, "size", cluster=["event_id", "security"]).table
    np.testing.assert_allclose(ours["std_error"], fit.bse, rtol=1e-12)
    np.testing.assert_allclose(ours["p_value"], fit.pvalues, rtol=1e-9)
