"""The specification curve asks the same study in every way, and counts honestly."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from rareearth_research.errors import SpecificationError
from rareearth_research.eventstudy import EventStudy, SpecificationCurve, specification_curve

DATES = ["2024-03-04", "2024-06-03", "2024-09-10"]
NAMES = ["A", "B", "C", "D"]


@pytest.fixture(scope="module")
def returns() -> pd.DataFrame:
    """Synthetic returns: four securities and two benchmarks, with a rise at each event."""
    rng = np.random.default_rng(5)
    index = pd.bdate_range("2022-01-03", "2024-12-31")
    market = rng.normal(0, 0.01, len(index))
    frame = pd.DataFrame(
        market[:, None] + rng.normal(0, 0.02, (len(index), 4)), index=index, columns=NAMES
    )
    frame.loc[pd.DatetimeIndex(DATES), NAMES] += 0.05
    return frame.assign(M1=market, M2=market + rng.normal(0, 0.005, len(index)))


def curve_of(returns: pd.DataFrame, **options) -> SpecificationCurve:
    choices = {"models": ["market", "mean"], "windows": [(0, 1), (-1, 1)]}
    choices |= {"benchmarks": ["M1", "M2"], "progress": False}
    return specification_curve(returns, DATES, **(choices | options))


def test_every_row_is_the_headline_of_the_study_it_names(returns: pd.DataFrame) -> None:
    row = curve_of(returns).table.query("model == 'market' and benchmark == 'M2'").iloc[1]
    result = EventStudy(returns[[*NAMES, "M2"]], DATES, "M2", windows=[(-1, 1)]).fit()
    assert row["window"] == "[-1, 1]"
    assert row["caar"] == result.fitted.car[:, 0].mean()
    assert row["statistic"] == result.headline["statistic"]
    assert row["test"] == result.headline["test"]
    assert (row["lower"], row["upper"]) == tuple(result.aar.iloc[-1][["lower", "upper"]])
    assert row["n"] == 12


def test_a_window_does_not_disturb_the_other_windows(returns: pd.DataFrame) -> None:
    short = curve_of(returns, windows=[(0, 1)]).table
    both = curve_of(returns, windows=[(0, 1), (0, 60)]).table.query("window == '[0, 1]'")
    numbers = ["caar", "lower", "upper", "statistic", "p_value", "n"]
    pd.testing.assert_frame_equal(short[numbers], both[numbers].reset_index(drop=True))


def test_models_without_a_benchmark_are_run_once(returns: pd.DataFrame) -> None:
    table = curve_of(returns).table
    assert table.query("model == 'mean'")["benchmark"].tolist() == ["none", "none"]
    assert len(table) == 2 * 2 + 2
    assert table["specification"].tolist() == list(range(1, 7))


def test_no_benchmark_is_ever_a_security(returns: pd.DataFrame) -> None:
    assert set(curve_of(returns).table["n"]) == {len(NAMES) * len(DATES)}


def test_a_specification_that_fails_is_a_row_with_its_reason(returns: pd.DataFrame) -> None:
    curve = curve_of(returns, benchmarks=["M1", "NOPE"])
    failed = curve.table.query("benchmark == 'NOPE'")
    assert failed["caar"].isna().all()
    assert failed["note"].str.contains("'NOPE'").all()
    assert len(curve.distinct) == len(curve.table) - len(failed)
    assert any("2 of 6 could not be computed" in note for note in curve.summary().notes)


def test_a_security_without_the_window_is_counted_in_the_note(returns: pd.DataFrame) -> None:
    gappy = returns.copy()
    gappy.loc["2024-08-01":, "D"] = np.nan
    table = curve_of(gappy).table
    assert (table["n"] == 11).all()
    assert table["note"].str.contains("11 of 12 pairs kept").all()


def test_equal_specifications_are_shown_but_counted_once(returns: pd.DataFrame) -> None:
    curve = curve_of(returns, timings=["latest", "earliest"])
    assert len(curve.table) == 12
    assert len(curve.distinct) == 6
    again = curve.table[curve.table["same_as"].notna()]
    assert (again["timing"] == "earliest").all()
    first = curve.table.set_index("specification").loc[again["same_as"], "caar"]
    assert first.tolist() == again["caar"].tolist()
    assert "In 6 of 6 specifications" in curve.summary().headline


def test_samples_are_securities_or_events(returns: pd.DataFrame) -> None:
    events = pd.DataFrame({"event_id": ["x"], "date": [pd.Timestamp(DATES[0])]})
    samples = {"two": ["A", "B"], "one event": events}
    table = curve_of(returns, samples=samples, models=["market"]).table.set_index("sample")
    assert set(table.loc["two", "n"]) == {6}
    assert set(table.loc["one event", "n_events"]) == {1}


def test_the_sentence_counts_signs_and_significance(returns: pd.DataFrame) -> None:
    curve = curve_of(returns)
    loud = (curve.table["p_value"] <= 0.05).sum()
    sentence = curve.summary().headline
    assert f"In 6 of 6 specifications the average is positive, in {loud} it is" in sentence
    assert f"median is {100 * curve.table['caar'].median():+.1f} %" in sentence
    assert "not independent" in " ".join(curve.summary().notes)


def test_the_choice_that_matters_most_is_named(returns: pd.DataFrame) -> None:
    noisy = {"quiet": NAMES, "A alone": ["A"]}
    curve = curve_of(returns, samples=noisy, models=["market"], windows=[(0, 0), (-40, 40)],
                     estimation=(-260, -41))  # fmt: skip
    assert "depends most on the window" in curve.sensitivity


def test_no_choice_is_named_where_none_was_varied_or_none_mattered(returns: pd.DataFrame) -> None:
    assert curve_of(returns, models=["mean"], windows=[(0, 0)]).sensitivity == ""
    assert curve_of(returns, models=["mean"], windows=[(-50, 0), (-50, 1)],
                    estimation=(-260, -51)).sensitivity == ""  # fmt: skip


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"models": ["markt"]}, "nearest: 'market'"),
        ({"timings": ["late"]}, "timings='late' is not known"),
        ({"benchmarks": "M1"}, "list of at least one"),
        ({"windows": []}, "at least one"),
        ({"windows": [(-20, 1)]}, "overlaps event window"),
        ({"benchmark": "M1"}, "it varies models, windows, benchmarks and timings"),
        ({"samples": {"typo": ["AA"]}}, "'AA' is not a column of returns"),
    ],
)
def test_what_has_no_meaning_is_refused_in_words(returns, wrong, message) -> None:
    with pytest.raises(SpecificationError, match=message):
        curve_of(returns, **wrong)


@pytest.mark.parametrize("name", ["models", "timings"])
def test_a_choice_named_twice_would_count_twice_and_is_refused(
    returns: pd.DataFrame, name: str
) -> None:
    listed = {"models": ["mean", "mean"], "timings": ["latest", "latest"]}
    with pytest.raises(SpecificationError, match=f"{name}=.* lists one twice; name each once"):
        curve_of(returns, **{name: listed[name]})
