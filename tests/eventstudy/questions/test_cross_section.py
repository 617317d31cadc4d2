"""Regressions of CARs: the coefficients, the clustering, and refusals."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from rareearth_research.errors import DataError, SpecificationError
from rareearth_research.eventstudy.questions.cross_section import cross_section


def synthetic(n_events=30, n_securities=12, slope=0.02, shared=0.0, seed=0):
    rng = np.random.default_rng(seed)
    exposure = rng.uniform(0, 1, n_securities)
    names = [f"S{i}" for i in range(n_securities)]
    variance = rng.uniform(0.5, 2.0, (n_events, n_securities)) * 1e-4
    car = slope * exposure + np.sqrt(variance) * rng.normal(size=variance.shape)
    car = car + shared * rng.normal(size=(n_events, 1)) * exposure
    frame = pd.DataFrame(
        {
            "event_id": np.repeat([f"E{e}" for e in range(n_events)], n_securities),
            "security": names * n_events,
            "window": "[-1, 1]",
            "car": car.ravel(),
            "variance": variance.ravel(),
        }
    )
    traits = pd.DataFrame(
        {
            "exposure": exposure,
            "material_class": ["light", "heavy", "minor"] * (n_securities // 3),
        },
        index=pd.Index(names, name="security"),
    )
    return frame, traits


def term(result, name):
    return result.table.set_index("term").loc[name]


def test_an_injected_slope_is_recovered():
    result = cross_section(*synthetic(), "exposure")
    row = term(result, "exposure")
    assert row["lower"] < 0.02 < row["upper"]
    assert row["p_value"] < 1e-4
    assert (result.n, result.n_clusters, result.dropped) == (360, 30, 0)


def test_coefficients_are_those_of_least_squares():
    car, traits = synthetic()
    x = np.column_stack([np.ones(len(car)), car["security"].map(traits["exposure"])])
    expected = np.linalg.lstsq(x, car["car"].to_numpy(), rcond=None)[0]
    table = cross_section(car, traits, "exposure").table
    assert table["coefficient"].to_numpy() == pytest.approx(expected)


def test_clustered_errors_follow_their_formula():
    car, traits = synthetic(shared=0.02)
    x = np.column_stack([np.ones(len(car)), car["security"].map(traits["exposure"])])
    y = car["car"].to_numpy()
    bread = np.linalg.inv(x.T @ x)
    u = y - x @ bread @ x.T @ y
    scores = (x * u[:, None]).reshape(30, 12, 2).sum(axis=1)
    n, k, g = 360, 2, 30
    cov = bread @ scores.T @ scores @ bread * g / (g - 1) * (n - 1) / (n - k)
    result = cross_section(car, traits, "exposure")
    assert result.table["std_error"].to_numpy() == pytest.approx(np.sqrt(np.diag(cov)))
    from scipy import stats

    row = term(result, "exposure")
    assert row["p_value"] == pytest.approx(2 * stats.t.sf(abs(row["statistic"]), g - 1))


def test_shared_shocks_widen_clustered_errors_only():
    car, traits = synthetic(shared=0.03)
    by_event = term(cross_section(car, traits, "exposure"), "exposure")["std_error"]
    robust = cross_section(car, traits, "exposure", cluster=None)
    assert by_event > 2 * term(robust, "exposure")["std_error"]
    assert "too small" in robust.note


def test_variance_weights_are_inverse_forecast_variances():
    car, traits = synthetic()
    x = np.column_stack([np.ones(len(car)), car["security"].map(traits["exposure"])])
    w = 1 / car["variance"].to_numpy()[:, None]
    expected = np.linalg.solve(x.T @ (w * x), x.T @ (w[:, 0] * car["car"].to_numpy()))
    table = cross_section(car, traits, "exposure", weights="variance").table
    assert table["coefficient"].to_numpy() == pytest.approx(expected)


def test_classes_enter_as_dummies_and_events_have_characteristics_too():
    car, traits = synthetic()
    classes = cross_section(car, traits, "C(material_class)")
    assert len(classes.table) == 3
    scope = pd.DataFrame({"event_id": car["event_id"].unique(), "wide": np.arange(30) % 2})
    assert term(cross_section(car, scope, "wide"), "wide")["p_value"] > 0.001


def test_rows_without_a_characteristic_are_counted_not_filled():
    car, traits = synthetic()
    traits.loc["S3", "exposure"] = np.nan
    result = cross_section(car, traits, "exposure")
    assert (result.n, result.dropped) == (330, 30)


def test_few_clusters_are_said_in_words():
    car, traits = synthetic(n_events=4)
    assert "only 4 clusters" in cross_section(car, traits, "exposure").note


def test_bad_requests_are_refused_in_words():
    car, traits = synthetic(n_events=3)
    with pytest.raises(SpecificationError, match="cannot be evaluated"):
        cross_section(car, traits, "exposre")
    with pytest.raises(SpecificationError, match="collinear"):
        cross_section(car, traits, "exposure + I(2 * exposure)")
    with pytest.raises(SpecificationError, match="share one event_id"):
        cross_section(car[car["event_id"] == "E0"], traits, "exposure")
    with pytest.raises(SpecificationError, match="not among"):
        cross_section(car, traits, "exposure", window="[0, 5]")
    with pytest.raises(SpecificationError, match="weights"):
        cross_section(car, traits, "exposure", weights="size")
    with pytest.raises(DataError, match="more than once"):
        cross_section(car, pd.concat([traits, traits]), "exposure")
    with pytest.raises(SpecificationError, match="'event'"):
        cross_section(car, traits, "exposure", cluster="event")


def test_a_left_hand_side_may_be_written():
    with_left = cross_section(*synthetic(), "CAR ~ exposure")
    assert with_left.table.equals(cross_section(*synthetic(), "exposure").table)


def test_characteristics_of_other_securities_are_refused():
    car, traits = synthetic()
    with pytest.raises(SpecificationError, match="no security of the characteristics"):
        cross_section(car, traits.set_axis(traits.index + "x"), "exposure")
    with pytest.raises(SpecificationError, match="must be a DataFrame"):
        cross_section(car, "exposure", "exposure")


@pytest.mark.parametrize(
    ("column", "value", "says"),
    [
        ("car", -99.0, "car is -99.0 for security 'S0' at event 'E0'; leave out that row"),
        ("car", 1j, "is complex128, not numbers"),
        ("event_id", None, "no event_id in row 0"),
        ("event_id", True, "no event_id in row 0"),
        ("security", "", "no security in row 0"),
        ("window", [1], "no window in row 0"),
    ],
)
def test_a_row_of_cars_that_cannot_be_is_refused(column, value, says):
    car, traits = synthetic()
    cells = car[column].astype(object)
    cells.iloc[0] = value
    with pytest.raises((DataError, SpecificationError), match=says):
        cross_section(car.assign(**{column: cells.infer_objects()}), traits, "exposure")
    assert cross_section(car.iloc[1:], traits, "exposure").n == len(car) - 1  # the remedy


def test_a_pair_that_stands_twice_is_counted_once_or_not_at_all():
    car, traits = synthetic()
    with pytest.raises(DataError, match="'E0', 'security': 'S0'} more than once; keep one row"):
        cross_section(pd.concat([car, car.iloc[:1]]), traits, "exposure")
    twice = pd.concat([traits, traits.iloc[[2, 1]]])
    with pytest.raises(DataError, match=r"list \{'security': 'S2'\} more than once"):
        cross_section(car, twice, "exposure")


@pytest.mark.parametrize("value", [1j, 1e308])
def test_a_characteristic_that_is_no_number_to_calculate_with_is_refused(value):
    car, traits = synthetic()
    cells = traits["exposure"].astype(object)
    cells.iloc[0] = value
    with pytest.raises(SpecificationError, match="exposure"):
        cross_section(car, traits.assign(exposure=cells.infer_objects()), "exposure")


def test_a_characteristic_that_is_blank_everywhere_is_named():
    car, traits = synthetic()
    with pytest.raises(SpecificationError, match="'exposure' is missing in 360 of 360"):
        cross_section(car, traits.assign(exposure=np.nan), "exposure")
