"""The sample that several programs share, against numbers made outside this package."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from rareearth_research.eventstudy import EventStudy, EventStudyResults
from rareearth_research.eventstudy.statistics.ranking import grank_means, rank_returns
from rareearth_research.eventstudy.statistics.ranks import grank_t

DATA = Path(__file__).parents[1] / "data/eventstudytools_sp500"
TEXTBOOK = json.loads((DATA / "reference_textbook.json").read_text())["G1"]
PORTED = json.loads((DATA / "expected_eventstudy_jl.json").read_text())
WINDOWS = [(-5, 5), (0, 1), (0, 0)]
EXACT = 1e-9


def fitted(group: str, windows: list[tuple[int, int]] = WINDOWS, **options: object) -> object:
    firms = pd.read_csv(DATA / "input_returns_firms.csv", parse_dates=["date"])
    market = pd.read_csv(DATA / "input_returns_markets.csv", parse_dates=["date"], index_col="date")
    events = pd.read_csv(DATA / "input_returns_events.csv", parse_dates=["date"])
    events = events[events["id_group"] == group]
    return EventStudy(
        firms.pivot_table(index="date", columns="id_firm", values="ret"),
        events.rename(columns={"id_event": "event_id", "id_firm": "security"}),
        benchmark=market["ret_m"],
        estimation=(-120, -6),
        windows=windows,
        return_type="simple",
        **options,  # type: ignore[arg-type]
    ).fit()


@pytest.fixture(scope="module")
def result() -> EventStudyResults:
    return fitted("G1")  # type: ignore[return-value]


@pytest.fixture(scope="module")
def numbers(result: EventStudyResults) -> pd.DataFrame:
    return result.table.pivot_table(index="window", columns="test", values="statistic")


@pytest.mark.parametrize("window", WINDOWS)
@pytest.mark.parametrize(
    ("test", "name"),
    [
        ("patell", "Patell_CAAR"),
        ("bmp", "BMP_CAAR_exact"),
        ("kp", "KP_BMP_CAAR_exact"),
        ("cross_sectional", "CSect_t"),
    ],
)
def test_statistics_equal_the_textbook_reference(
    numbers: pd.DataFrame, window: tuple[int, int], test: str, name: str
) -> None:
    reference = TEXTBOOK[f"[{window[0]},{window[1]}]"][name]
    found = numbers.loc[f"[{window[0]}, {window[1]}]", test]
    assert found == pytest.approx(reference, rel=EXACT)


@pytest.mark.parametrize("window", WINDOWS)
def test_cars_and_scars_equal_the_textbook_reference(
    result: EventStudyResults, window: tuple[int, int]
) -> None:
    reference = TEXTBOOK[f"[{window[0]},{window[1]}]"]
    car = result.car[result.car["window"] == f"[{window[0]}, {window[1]}]"]
    np.testing.assert_allclose(car["car"], reference["CAR"], rtol=EXACT)
    np.testing.assert_allclose(car["scar"], reference["SCAR_exact"], rtol=EXACT)
    assert car["car"].mean() == pytest.approx(reference["CAAR"], rel=EXACT)
    assert len(car) == reference["N"]


def test_each_session_equals_the_textbook_reference(result: EventStudyResults) -> None:
    reference, path = TEXTBOOK["[-5,5]"], result.aar
    np.testing.assert_allclose(path["aar"], reference["AAR"], rtol=EXACT)
    np.testing.assert_allclose(path["patell"], reference["Patell_day"], rtol=EXACT)
    np.testing.assert_allclose(path["bmp"], reference["BMP_day"], rtol=EXACT)


def test_mean_correlation_equals_the_textbook_reference(result: EventStudyResults) -> None:
    assert result.diagnostics["mean_correlation"] == pytest.approx(
        TEXTBOOK["[0,1]"]["rbar_est_SAR"], rel=EXACT
    )
    factor = np.sqrt(1 - result.diagnostics["mean_correlation"]) * np.sqrt(
        result.diagnostics["n_effective"] / 16
    )
    assert factor == pytest.approx(TEXTBOOK["[0,1]"]["KP_factor"], rel=EXACT)


@pytest.mark.parametrize("g", range(len(WINDOWS)))
def test_grank_on_the_published_scale_equals_the_textbook_reference(
    result: EventStudyResults, g: int
) -> None:
    # the package's own `grank` scales each SCAR by the others' dispersion instead
    fit, scar = result.fitted, result.scar(g)
    ranking = rank_returns(fit.residuals, fit.abnormal, [])
    means, counts = grank_means(ranking, np.sqrt(fit.sigma2), scar / scar.std(ddof=1))
    found = grank_t(means, counts)
    reference = TEXTBOOK[f"[{WINDOWS[g][0]},{WINDOWS[g][1]}]"]
    assert found.statistic == pytest.approx(reference["GRANK_T"], rel=EXACT)
    assert found.df == 114
    if "GRANK_T_p" in reference:
        assert found.p_value == pytest.approx(reference["GRANK_T_p"], rel=EXACT)


def test_patell_with_sessions_alone_is_not_the_ported_form(numbers: pd.DataFrame) -> None:
    # the sum of SAR over all sessions by √W gives 4.637; eventstudy2's form would not
    assert numbers.loc["[-5, 5]", "patell"] == pytest.approx(4.6370832535739765, rel=EXACT)


@pytest.mark.parametrize("group", ["G1", "G2"])
def test_averages_equal_those_of_eventstudy2(group: str) -> None:
    result, expected = fitted(group, [(-5, 5), (0, 1)]), PORTED[group]
    path = result.aar.set_index("relative_session")["aar"]  # type: ignore[attr-defined]
    for session, value in expected["AAR"].items():
        assert path[int(session)] == pytest.approx(value, abs=6e-8)
    means = result.car.groupby("window")["car"].mean()  # type: ignore[attr-defined]
    assert means["[-5, 5]"] == pytest.approx(expected["CAAR"]["[-5,5]"], abs=6e-8)
    assert means["[0, 1]"] == pytest.approx(expected["CAAR"]["[0,1]"], abs=6e-8)


def test_eventstudy2_convention_reproduces_that_software_and_warns() -> None:
    with pytest.warns(UserWarning, match="over-rejects"):
        result = fitted("G1", [(0, 1)], convention="eventstudy2")
    table = result.table.set_index("test")  # type: ignore[attr-defined]
    expected = PORTED["G1"]
    assert table.loc["kp", "statistic"] == pytest.approx(expected["boehmer_kolari[0,1]"], abs=5e-7)
    assert table.loc["kp", "p_value"] == pytest.approx(expected["boehmer_kolari_p[0,1]"], abs=5e-7)
    assert table.loc["grank", "statistic"] == pytest.approx(expected["grank_t[0,1]"], abs=5e-7)
    assert table.loc["grank", "p_value"] == pytest.approx(expected["grank_t_p[0,1]"], abs=5e-8)
