"""What a fitted study hands out: frames that reconcile, policies with reasons, exports."""

from __future__ import annotations

from dataclasses import FrozenInstanceError
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from rareearth_research.eventstudy import EventStudy, EventStudyResults, leave_one_out
from rareearth_research.eventstudy.pairs.screen import REASONS
from tests.support.eventstudy_cases import pair_events, synthetic_returns

RETURNS = synthetic_returns(500, 6, shared=0.01)


@pytest.fixture(scope="module")
def result() -> EventStudyResults:
    returns = RETURNS.copy()
    returns.iloc[:330, 1] = np.nan  # listed after the first event
    returns.iloc[:, 2] = 0.0  # never traded
    returns.iloc[300:, 3] = np.nan  # delisted
    returns.iloc[315, 4] = np.nan  # no trade on the last session of a window
    returns.iloc[120:126, 5] = np.nan  # a suspension in the estimation window
    days = [returns.index[310], returns.index[440]]
    return EventStudy(returns, days, "MKT", windows=[(-1, 1), (0, 5)]).fit()


def test_attrition_has_one_row_per_event_and_security_and_known_reasons(
    result: EventStudyResults,
) -> None:
    ledger = result.attrition
    assert len(ledger) == 2 * 6 == result.diagnostics["n_asked"]
    assert not ledger.duplicated(["event_id", "security"]).any()
    assert set(ledger["reason"]) <= set(REASONS)
    assert ((ledger["status"] == "kept") == (ledger["reason"] == "")).all()
    assert (ledger["status"] == "kept").sum() == result.diagnostics["n_pairs"]
    kept = ledger[ledger["status"] == "kept"][["event_id", "security"]]
    assert len(result.car) == 2 * len(kept)
    assert set(map(tuple, result.params[["event_id", "security"]].to_numpy())) == set(
        map(tuple, kept.to_numpy())
    )


def test_every_dropped_pair_has_the_reason_that_fits(result: EventStudyResults) -> None:
    first = result.attrition.head(6).set_index("security")["reason"]
    assert first["S1"] == "listed_later"
    assert first["S2"] == "constant_returns"
    assert first["S3"] == "ended_earlier"
    assert first["S4"] == "missing_event_window"
    assert first["S0"] == first["S5"] == ""
    second = result.attrition.tail(6).set_index("security")["reason"]
    assert second["S1"] == "too_few_estimation_obs"


def test_frames_have_the_promised_columns(result: EventStudyResults) -> None:
    promised = {
        "table": "window test statistic p_value df n valid headline note",
        "car": "event_id security session window car variance scar p_value",
        "aar": "relative_session aar caar lower upper n",
        "attrition": "event_id security status reason n_estimation session flags",
        "abnormal": "event_id security relative_session session return expected_return",
    }
    for name, columns in promised.items():
        found = list(getattr(result, name).columns)
        assert found[: len(columns.split())] == columns.split()
    assert result.table["note"].notna().all()


def test_abnormal_returns_add_up_to_cars_and_averages(result: EventStudyResults) -> None:
    frame = result.abnormal
    inside = frame[frame["relative_session"].between(0, 5)]
    sums = inside.groupby(["event_id", "security"])["abnormal_return"].sum()
    car = result.car[result.car["window"] == "[0, 5]"].set_index(["event_id", "security"])["car"]
    np.testing.assert_allclose(sums.sort_index(), car.sort_index(), rtol=1e-12)
    means = frame.groupby("relative_session")["abnormal_return"].mean()
    np.testing.assert_allclose(result.aar["aar"], means, rtol=1e-12)
    assert result.aar["caar"].iloc[-1] == pytest.approx(
        frame.groupby(["event_id", "security"])["abnormal_return"].sum().mean()
    )


def test_band_is_the_kolari_pynnonen_interval() -> None:
    returns = synthetic_returns(securities=8, shared=0.02)
    fitted = EventStudy(returns, [returns.index[320]], "MKT", windows=[(0, 4)]).fit()
    car, r = fitted.car["car"], fitted.diagnostics["mean_correlation"]
    error = car.std() / np.sqrt(8) * np.sqrt((1 + 7 * r) / (1 - r))
    last = fitted.aar.iloc[-1]
    assert (last["upper"] - last["lower"]) / 2 == pytest.approx(2.3646242515927849 * error)


def test_summary_says_the_finding_and_what_to_distrust(result: EventStudyResults) -> None:
    text = str(result.summary())
    assert text.startswith("Three securities moved on average by ")
    assert "of 12 event–security pairs kept; dropped: " in text
    assert "missing returns" in text
    assert "<table" in result._repr_html_()
    assert repr(result) == text


def test_exports_hold_the_same_numbers(result: EventStudyResults, tmp_path: Path) -> None:
    paths = result.to_csv(tmp_path / "out")
    assert {path.stem for path in paths} == {
        "table", "verdict", "car", "aar", "params", "abnormal", "attrition"}  # fmt: skip
    back = pd.read_csv(tmp_path / "out/car.csv")
    np.testing.assert_allclose(back["car"], result.car["car"], rtol=1e-12)
    assert not list((tmp_path / "out").glob("*.part"))
    assert "\\toprule" in result.to_latex(tmp_path / "t.tex")
    assert "<table" in result.to_html(tmp_path / "t.html")
    assert (tmp_path / "t.tex").read_text() == result.to_latex()


def test_results_are_frozen(result: EventStudyResults) -> None:
    with pytest.raises(FrozenInstanceError):
        result.table = None  # type: ignore[misc, assignment]


def test_plot_draws_the_path(result: EventStudyResults) -> None:
    figure = result.plot()
    assert figure.axes[0].get_title(loc="left") or figure.texts or figure.axes[0].get_title()


# --- policies -----------------------------------------------------------------------------------


def close_events() -> pd.DataFrame:
    days = RETURNS.index[[300, 302, 304, 420]]
    return pd.DataFrame({"event_id": list("abcd"), "date": days})


def test_overlapping_events_are_flagged_by_default() -> None:
    result = EventStudy(RETURNS, close_events(), "MKT").fit()
    flags = result.attrition.groupby("event_id")["flags"].first()
    assert all("overlap_own_event" in flags[event] for event in "abc")
    assert flags["d"] == "estimation_overlaps_event"
    assert result.diagnostics["overlapping"] == 18
    assert "overlap" in str(result.summary())
    table = result.table.set_index("test")
    for test in ("portfolio", "crude_dependence", "rank"):
        assert not table.loc[test, "valid"]
        assert "share sessions" in table.loc[test, "note"]
    assert table.loc["kp", "valid"]


def test_overlapping_events_can_be_dropped_the_first_is_kept() -> None:
    result = EventStudy(RETURNS, close_events(), "MKT", overlap="drop").fit()
    reasons = result.attrition.groupby("event_id")["reason"].first()
    assert reasons.to_dict() == {"a": "", "b": "overlap_own_event", "c": "", "d": ""}


def test_known_events_inside_the_window_confound() -> None:
    known = pd.DataFrame({"event_id": ["a", "other"], "date": RETURNS.index[[300, 421]]})
    events = close_events().iloc[[0, 3]]
    flagged = EventStudy(RETURNS, events, "MKT", known_events=known).fit()
    assert flagged.diagnostics["confounded"] == 6
    dropped = EventStudy(RETURNS, events, "MKT", known_events=known, confounders="drop").fit()
    reasons = dropped.attrition.groupby("event_id")["reason"].first()
    assert reasons.to_dict() == {"a": "", "d": "confounded"}


def test_listed_confounders_count() -> None:
    events = close_events().iloc[[0, 3]].assign(confounders=["", "central bank day"])
    result = EventStudy(RETURNS, events, "MKT", confounders="drop").fit()
    assert set(result.attrition.query("reason == 'confounded'")["event_id"]) == {"d"}


def test_leave_one_out_equals_studies_without_each_event() -> None:
    events = close_events()
    result = EventStudy(RETURNS, events, "MKT", confounders="leave_one_out").fit()
    left = leave_one_out(result).set_index("left_out")
    for event in "abcd":
        rest = EventStudy(RETURNS, events[events["event_id"] != event], "MKT").fit()
        assert left.loc[event, "statistic"] == pytest.approx(rest.headline["statistic"])
        assert left.loc[event, "caar"] == pytest.approx(rest.car["car"].mean())
    assert "Leaving out one event at a time" in str(result.summary())


def test_leave_one_out_by_security_equals_studies_without_each_security() -> None:
    dates = [RETURNS.index[300]]
    left = leave_one_out(EventStudy(RETURNS, dates, "MKT").fit(), by="security")
    assert list(left["left_out"]) == [name for name in RETURNS.columns if name != "MKT"]
    for name, row in left.set_index("left_out").iterrows():
        rest = EventStudy(RETURNS.drop(columns=name), dates, "MKT").fit()
        assert row["statistic"] == pytest.approx(rest.headline["statistic"])


# --- windows, dates, limits ---------------------------------------------------------------------


def test_each_event_can_have_its_own_window() -> None:
    events = close_events().iloc[[0, 3]].assign(window_start=[0, -2], window_end=[1, 4])
    result = EventStudy(RETURNS, events, "MKT", windows="events").fit()
    for row, (first, last) in zip(("a", "d"), ((0, 1), (-2, 4)), strict=True):
        alone = EventStudy(RETURNS, events[events["event_id"] == row], "MKT",
                           windows=[(first, last)]).fit()  # fmt: skip
        own = result.car[result.car["event_id"] == row]
        np.testing.assert_allclose(own["car"], alone.car["car"], rtol=1e-10)
        np.testing.assert_allclose(own["variance"], alone.car["variance"], rtol=1e-10)
    table = result.table.set_index("test")
    assert set(table.index[table["statistic"].isna()]) == {"date_t", "date_flip"}  # of four dates


@pytest.mark.parametrize(("rule", "expected"), [("next", 0), ("previous", -1), ("skip", None)])
def test_a_closed_day_goes_where_the_rule_says(rule: str, expected: int | None) -> None:
    monday = next(i for i in range(300, 320) if RETURNS.index[i].weekday() == 0)
    sunday = RETURNS.index[monday] - pd.Timedelta(days=1)
    events = pd.DataFrame({"event_id": ["x", "y"], "date": [sunday, RETURNS.index[440]]})
    result = EventStudy(RETURNS, events, "MKT", rule=rule).fit()
    first = result.attrition.iloc[0]
    if expected is None:
        assert first["reason"] == "no_session"
    else:
        assert first["session"] == RETURNS.index[monday + expected]


def test_max_shift_bounds_the_move() -> None:
    holes = RETURNS.drop(RETURNS.index[301:312])
    events = pd.DataFrame({"event_id": ["x", "y"], "date": RETURNS.index[[301, 400]]})
    result = EventStudy(holes, events, "MKT", max_shift=5).fit()
    assert result.attrition.iloc[0]["reason"] == "no_session"


def test_a_limit_day_extends_the_window_to_the_first_free_close() -> None:
    days = RETURNS.index[[320, 321]]
    flags = pd.DataFrame({"date": days, "ticker": "S0", "flag": "limit_up"})
    events = [RETURNS.index[320]]
    extended = EventStudy(
        RETURNS, events, "MKT", windows=[(0, 0)], limit_days="extend", price_flags=flags
    ).fit()
    wide = EventStudy(RETURNS, events, "MKT", windows=[(0, 2)]).fit()
    narrow = EventStudy(RETURNS, events, "MKT", windows=[(0, 0)]).fit()
    assert extended.car["car"].iloc[0] == pytest.approx(wide.car["car"].iloc[0])
    assert extended.car["car"].iloc[1] == pytest.approx(narrow.car["car"].iloc[1])
    assert extended.attrition["flags"].tolist() == ["window_extended"] + [""] * 5
    flagged = EventStudy(
        RETURNS, events, "MKT", windows=[(0, 0)], limit_days="flag", price_flags=flags
    ).fit()
    assert flagged.attrition["flags"].tolist() == ["price_limit"] + [""] * 5


@pytest.mark.parametrize(("at", "hit"), [(200, 0), (470, 1)])  # to be estimated on, or studied
def test_an_impossible_simple_return_drops_only_the_pairs_it_touches(at: int, hit: int) -> None:
    returns = RETURNS.copy()
    returns.iloc[at, 0] = -1.74
    events = [returns.index[310], returns.index[470]]
    result = EventStudy(returns, events, "MKT", return_type="simple").fit()
    bad = result.attrition.query("reason == 'impossible_return'")
    assert bad[["event_id", "security"]].to_numpy().tolist() == [[str(events[hit].date()), "S0"]]


def test_ten_thousand_events_take_memory_for_the_pairs_only() -> None:
    returns = synthetic_returns(900, 40)
    events = pair_events(returns, 3000)
    result = EventStudy(returns, events, "MKT", windows=[(-10, 10)]).fit()
    assert result.fitted.residuals.nbytes == 3000 * 250 * 8
    assert result.table["statistic"].notna().all()


def test_the_example_in_the_documentation_gives_what_it_shows() -> None:
    import doctest

    from rareearth_research.eventstudy import study

    assert doctest.testmod(study).attempted > 5
    assert doctest.testmod(study).failed == 0
