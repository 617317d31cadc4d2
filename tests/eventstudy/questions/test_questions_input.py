"""What is asked after a study is judged at the border: every argument, every kind of corruption."""

from __future__ import annotations

import re
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

import rareearth_research as rer
from rareearth_research.errors import DataError, RareEarthError, SpecificationError
from rareearth_research.eventstudy import compare_dates
from rareearth_research.plots import plot_car, plot_power_curves, plot_size_table

DAYS = pd.bdate_range("2022-01-03", periods=400)
NAMES = list("ABCD")
RNG = np.random.default_rng(0)
MARKET = RNG.normal(0, 0.01, 400)
RETURNS = pd.DataFrame(MARKET[:, None] + RNG.normal(0, 0.02, (400, 4)), DAYS, NAMES)
RETURNS = RETURNS.assign(MKT=MARKET)
VOLUMES = pd.DataFrame(RNG.lognormal(10, 1, (400, 4)).round(), DAYS, NAMES)
DATES = [DAYS[310], DAYS[350]]
STUDY = rer.EventStudy(RETURNS, DATES, "MKT", windows=[(0, 1)])
FITTED = STUDY.fit()
TRAITS = pd.DataFrame({"security": NAMES, "size": [1.0, 2.0, 4.0, 9.0]})
HUGE = "x" * 10**7
EVENTS = pd.DataFrame({"event_id": ["a", "b"], "date": DATES})


def own_test(sample: Any) -> float:
    return 0.5


NOT_WHOLE = [1.5, "100", float("nan"), True, [1], None, HUGE, pd.Series([1])]
NOT_NUMBER = ["x", float("nan"), None, [0.5], True, HUGE, pd.Series([0.5])]
NOT_SPAN = [5, "x", (1,), (1, 2, 3), (0.0, 1.5), (None, 1), (np.nan, 1), (5, -5), HUGE, None]
NOT_TEXT = [5, None, ["x"], np.nan]
NOT_DRAWN = {
    "n": [0, -1, 10**12, *[v for v in NOT_WHOLE if v is not None]],
    "seed": [-1, *NOT_WHOLE],
    "exclude_near": [
        [pd.NaT], ["2024-01-02", None], [20240102], 5, "1/2/2024", [], HUGE, pd.DataFrame(),
        pd.DataFrame({"event_id": ["x"], "date": [pd.NaT]}), np.nan,
        pd.concat([EVENTS, EVENTS[["date"]]], axis=1),
    ],
}  # fmt: skip
COVERAGE = {"coverage": [-0.5, 1.5, *NOT_NUMBER]}
STATISTIC = {"statistic": ["median", 5, ["bmp"], HUGE]}
NOT_STUDY = {"study": [None, 5, "x", RETURNS, [STUDY]]}
PLACED = {"windows": [[(0, 10**6)], [(0, 10**12)], [(-20, 0)], [(1, 0)]]}


def bad_volumes() -> list[Any]:
    spoilt = VOLUMES.copy()
    spoilt.iloc[7, 2] = -99
    code = VOLUMES.copy()
    code.iloc[7, 2] = 9.99e35
    return [
        None, VOLUMES["A"], VOLUMES.iloc[:0], VOLUMES * 0, VOLUMES * np.nan, -VOLUMES, spoilt, code,
        VOLUMES.astype(str), VOLUMES > 0, VOLUMES.tz_localize("UTC"), VOLUMES.add_prefix("x"),
        VOLUMES.replace(VOLUMES.iloc[3, 1], np.inf), pd.concat([VOLUMES, VOLUMES], axis=1),
        VOLUMES.reset_index(drop=True), VOLUMES[::-1],
        VOLUMES.set_axis(DAYS + pd.Timedelta("9999D")),
    ]  # fmt: skip


def bad_traits() -> list[Any]:
    size = TRAITS["size"]
    return [
        None, 5, size, TRAITS.iloc[:0], pd.concat([TRAITS, TRAITS]), TRAITS.assign(size=np.inf),
        TRAITS.assign(size=1.0), TRAITS.assign(size=np.nan), TRAITS.assign(size="a"),
        TRAITS.assign(size=size.astype(str)), TRAITS.assign(size=["", "a", "b", "c"]),
        TRAITS.assign(size=["a", 1, 2, 3]), TRAITS.assign(size=pd.Timestamp("2024-01-02")),
        TRAITS.assign(size=[[1]] * 4), pd.concat([TRAITS, TRAITS[["size"]]], axis=1),
        TRAITS.assign(security=[["A"]] * 4), TRAITS.assign(security="x"), TRAITS[["size"]],
    ]  # fmt: skip


ENTRIES: dict[str, tuple[Any, dict[str, Any], dict[str, list[Any]]]] = {
    "placebo": (
        rer.placebo,
        {"study": FITTED, "n": 30},
        {**NOT_STUDY, **NOT_DRAWN, **COVERAGE, **STATISTIC, **PLACED},
    ),
    "timing_curve": (
        rer.timing_curve,
        {"study": FITTED, "n": 30},
        {
            **NOT_STUDY, **NOT_DRAWN, **COVERAGE, **STATISTIC,
            "shifts": [(-1000, 1000), (1, 20), (-1, 1), (-(10**12), 10**12), *NOT_SPAN],
            "window": [(0, 10**6), (-11, 0), *[v for v in NOT_SPAN if v is not None]],
            "level": [0, 1, 5, -0.1, *NOT_NUMBER],
            "direction": ["UP", 1, ["up"], HUGE],
            "leave_out_events": [None, 5, [], [pd.NaT], "1/2/2024", HUGE, pd.DataFrame()],
        },
    ),
    "anticipation": (
        rer.anticipation,
        {"study": FITTED, "leads": 2, "n": 30},
        {
            **NOT_STUDY, **NOT_DRAWN, **COVERAGE, **STATISTIC,
            "leads": [0, -1, 1000, 10**12, [], [1, "x"], [0], 1.5, "100", np.nan, True, None, HUGE],
            "until": [-1, 10**6, *[v for v in NOT_WHOLE if v is not None]],
        },
    ),
    "abnormal_volatility": (
        rer.abnormal_volatility,
        {"study": FITTED, "n": 30},
        {**NOT_STUDY, **NOT_DRAWN, **COVERAGE, **PLACED},
    ),
    "abnormal_volume": (
        rer.abnormal_volume,
        {"study": STUDY, "volumes": VOLUMES, "n": 30},
        {"study": [FITTED, None, 5], **NOT_DRAWN, **PLACED, "volume": bad_volumes()},
    ),
    "cross_section": (
        rer.cross_section,
        {"car": FITTED, "characteristics": TRAITS, "formula": "size"},
        {
            "car": [None, 5, STUDY, FITTED.car.iloc[:0], FITTED.car.drop(columns="car"),
                    FITTED.car.assign(car=np.inf), FITTED.car.assign(car="a"),
                    pd.concat([FITTED.car, FITTED.car[["car"]]], axis=1)],
            "characteristics": bad_traits(),
            "formula": [None, 5, "", " ", ["size"], HUGE, "zise", "y ~ size", "0", "size +", "((("],
            "window": ["[9, 9]", 5, (0, 1), HUGE],
            "weights": ["size", None, 5, ["equal"], HUGE],
            "cluster": ["event", 5, [], np.nan, ["security"] * 2, ["a", "b", "c"], HUGE],
        },
    ),
    "specification_curve": (
        rer.specification_curve,
        {"returns": RETURNS, "events": DATES, "benchmarks": ["MKT"], "progress": False},
        {
            "models": [5, None, "market", [], ["marke"], [["market"]], [None]],
            "windows": [5, None, "x", [], [(1, 0)], [5], [(0, 1), (0, 1)]],
            "benchmarks": [5, None, "MKT", [], {}, [RETURNS["MKT"], RETURNS["MKT"]]],
            "timings": [5, None, "latest", [], ["late"], [5]],
            "sample": [5, ["A"], {}, {"a": 5}, {"a": []}, {"a": [None]}, {"a": ["Z"]}],
            "estimation": [5, None, (-11, -260), ("a", "b")],
            "progress": ["no", None, 1],
            **NOT_DRAWN, **COVERAGE, "joint": ["no", None, 1],
            "confounders": ["leave", None], "estimaton": [(-260, -11)],
        },
    ),
    "compare_dates": (
        compare_dates,
        {"returns": RETURNS, "events": EVENTS, "benchmark": "MKT"},
        {
            "events": [None, DATES, 5, EVENTS.drop(columns="event_id")],
            "dates": [5, [], ["late"], [None]],
            "exchange": [5, None, "XXXX"],
            "windoes": [[(0, 1)]],
        },
    ),
    "adjust": (
        rer.adjust,
        {"p": [0.01, 0.02]},
        {
            "p": [None, 5, "0.05", ["0.01"], [True], {}, {"a": 0.1}, [], [1.2], [-0.1], [np.inf],
                  [[0.1]], pd.DataFrame({"a": [0.1]}), [0.1j], [pd.Timestamp("2024-01-02")], HUGE],
            "family": [5, "ab", ["a"], ["a", None], [["a"], ["b"]], HUGE],
            "method": ["sidak", None, 5, ["holm"], HUGE],
            "draws": [[[1.0, 2.0]]],
        },
    ),
    "leave_one_out": (
        rer.leave_one_out,
        {"result": FITTED},
        {"result": [None, STUDY, 5, FITTED.table], "by": ["date", None, 5, ["event"], HUGE]},
    ),
    "size_of": (
        rer.size_of,
        {"function": own_test, "designs": ["independent_3"], "replications": 2, "progress": False},
        {
            "function": [None, "kp", 5, lambda sample: 2.0, len],
            "designs": [5, [], "one_dat", ["independent_3", None]],
            "replications": [0, -1, *NOT_WHOLE], "seed": [-1, *NOT_WHOLE], "progress": ["no", None],
        },
    ),
    "load_size_table": (
        rer.load_size_table, {}, {"level": ["5%", 5, 0.07, float("nan"), True]},
    ),
    "load_power_table": (rer.load_power_table, {}, {"level": ["0.05", 0, [0.05], HUGE]}),
    "result.plot": (
        FITTED.plot, {}, {"title": [5, ["x"], np.nan], "source": NOT_TEXT, "colour": ["red"]},
    ),
    "placebo.plot": (
        rer.placebo(FITTED, n=30).plot,
        {},
        {"window": ["[9, 9]", 5, (0, 1)], "title": [5, ["x"], np.nan], "colour": ["red"]},
    ),
    "timing_curve.plot": (
        rer.timing_curve(FITTED, n=30).plot, {}, {"title": [5, ["x"], np.nan], "colour": ["red"]},
    ),
    "anticipation.plot": (
        rer.anticipation(FITTED, 2, n=30).plot, {}, {"source": NOT_TEXT, "colour": ["red"]},
    ),
    "plot_car": (
        plot_car,
        {"result": FITTED},
        {"window": [5, (9, 9), "[0, 1]"], "limit": [0, -1, *NOT_WHOLE], "names": [5, ["A"], {}]},
    ),
    "plot_size_table": (
        plot_size_table,
        {"size": rer.load_size_table()},
        {
            "size": [None, 5, RETURNS], "level": [0.07, "x", None],
            "designs": [7, "one", [], ["one_date", 5]],
        },
    ),
    "plot_power_curves": (
        plot_power_curves,
        {"power": rer.load_power_table()},
        {"power": [None, 5, RETURNS], "level": [0.07, "x", None]},
    ),
}  # fmt: skip
CASES = [
    pytest.param(entry, argument, value, id=f"{entry}-{argument}-{i}")
    for entry, (_, _, spoilt) in ENTRIES.items()
    for argument, values in spoilt.items()
    for i, value in enumerate(values)
]
WHICH = {"volume": "volumes", "sample": "samples"}  # told apart by fewer letters in messages


@pytest.fixture(autouse=True)
def no_figure_stays_open() -> Any:
    yield
    plt.close("all")


@pytest.mark.parametrize(("entry", "argument", "value"), CASES)
def test_a_bad_argument_is_refused_by_name_in_few_words(entry: str, argument: str, value: Any):
    function, right, _ = ENTRIES[entry]
    with pytest.raises(RareEarthError) as refused:
        function(**(right | {WHICH.get(argument, argument): value}))
    message = str(refused.value)
    assert len(message) < 700 or "windows" in message
    assert re.search(argument.split("_")[0], message, re.IGNORECASE) or argument in UNNAMED


# named by what is in them: the column, the event, the model
UNNAMED = {"characteristics", "confounders", "estimation", "windows", "car", "formula", "p"}


@pytest.mark.parametrize("entry", ENTRIES)
def test_the_right_arguments_of_the_table_are_accepted(entry: str) -> None:
    function, right, _ = ENTRIES[entry]
    assert function(**right) is not None


def advised(function: Any, **options: Any) -> str:
    with pytest.raises(RareEarthError) as refused:
        function(**options)
    return str(refused.value)


def test_the_shifts_that_are_advised_are_possible_and_the_next_ones_are_not() -> None:
    said = advised(rer.timing_curve, study=FITTED, shifts=(-1000, 1000))
    low, high = map(int, re.findall(r"from (-\d+) to (\d+)", said)[0])
    assert len(rer.timing_curve(FITTED, shifts=(low, high)).table) == high - low + 1
    assert f"from {low} to {high}" in advised(rer.timing_curve, study=FITTED, shifts=(low - 1, 5))


def test_the_leads_and_the_end_that_are_advised_are_possible_and_the_next_ones_are_not() -> None:
    said = advised(rer.anticipation, study=FITTED, leads=999)
    most = int(re.findall(r"leads up to (\d+)", said)[0])
    assert rer.anticipation(FITTED, [most]).table["statistic"].notna().all()
    assert "leads up to" in advised(rer.anticipation, study=FITTED, leads=[most + 1])
    said = advised(rer.anticipation, study=FITTED, until=999)
    end = int(re.findall(r"(\d+) is the last", said)[0])
    assert rer.anticipation(FITTED, 1, until=end).until == end
    assert f"{end} is the last" in advised(rer.anticipation, study=FITTED, until=end + 1)


def test_the_draws_that_are_advised_for_many_shifts_are_possible() -> None:
    said = advised(rer.timing_curve, study=FITTED, shifts=(-80, 80), n=100_000)
    most = int(re.findall(r"n up to ([\d,]+)", said)[0].replace(",", ""))
    assert most * 161 <= 10**7 < (most + 1) * 161


def test_the_windows_that_are_advised_are_possible() -> None:
    said = advised(rer.placebo, study=FITTED, windows=[(0, 10**6)])
    last = int(re.findall(r"from -\d+ to (\d+)", said)[0])
    assert rer.placebo(FITTED, windows=[(0, last)]).table["statistic"].size == 1


KNOWN = VOLUMES.where(VOLUMES >= 2000)


@pytest.mark.parametrize(
    ("right", "spoilt", "mended"),
    [
        (VOLUMES, VOLUMES.astype(str), lambda v: v.apply(pd.to_numeric, errors="coerce")),
        (VOLUMES, VOLUMES.tz_localize("UTC"), lambda frame: frame.tz_localize(None)),
        (VOLUMES, VOLUMES[::-1], lambda frame: frame.sort_index()),
        (KNOWN, KNOWN.fillna(-99), lambda frame: frame.replace(-99.0, float("nan"))),
    ],
)
def test_volumes_mended_as_the_message_says_give_the_right_answer(
    right: pd.DataFrame, spoilt: pd.DataFrame, mended: Any
) -> None:
    with pytest.raises(DataError):
        rer.abnormal_volume(STUDY, spoilt)
    given = rer.abnormal_volume(STUDY, mended(spoilt)).table
    pd.testing.assert_frame_equal(given, rer.abnormal_volume(STUDY, right).table)


def test_an_event_further_away_without_a_day_may_be_dropped_as_the_message_says() -> None:
    blank = pd.concat([EVENTS, pd.DataFrame({"event_id": ["x"], "date": [pd.NaT]})])
    assert "drop the row" in advised(rer.placebo, study=FITTED, exclude_near=blank)
    mended = rer.placebo(FITTED, exclude_near=blank.dropna(), n=30).table
    pd.testing.assert_frame_equal(mended, rer.placebo(FITTED, exclude_near=EVENTS, n=30).table)


def test_events_further_away_may_come_one_by_one() -> None:
    listed = rer.placebo(FITTED, exclude_near=[DAYS[200], DAYS[250]], n=30).table
    one_by_one = rer.placebo(FITTED, exclude_near=(DAYS[i] for i in (200, 250)), n=30).table
    pd.testing.assert_frame_equal(listed, one_by_one)
    assert not listed.equals(rer.placebo(FITTED, n=30).table)


def test_a_family_in_another_order_is_refused_and_reindexed_is_right() -> None:
    p = pd.Series([0.01, 0.02, 0.03], index=list("xyz"))
    family = pd.Series(["a", "a", "b"], index=list("xyz"))
    assert "family.reindex(p.index)" in advised(rer.adjust, p=p, family=family[::-1])
    mended = rer.adjust(p, family=family[::-1].reindex(p.index))
    assert mended.tolist() == rer.adjust(p, family=["a", "a", "b"]).tolist()


def test_a_study_is_fitted_before_events_are_left_out_as_the_message_says() -> None:
    assert "study.fit()" in advised(rer.leave_one_out, result=STUDY)
    assert len(rer.leave_one_out(STUDY.fit())) == 2


def test_benchmarks_of_one_name_may_be_told_apart_by_a_mapping() -> None:
    two = {"first": RETURNS["MKT"].rename("x"), "second": RETURNS["MKT"].rename("x")}
    given: dict[str, Any] = {"windows": [(0, 1)], "models": ["market"], "progress": False}
    assert "name them apart" in advised(
        rer.specification_curve, returns=RETURNS[NAMES], events=DATES,
        benchmarks=list(two.values()), **given,
    )  # fmt: skip
    assert len(rer.specification_curve(RETURNS[NAMES], DATES, benchmarks=two, **given).table) == 2


def test_a_sample_may_be_one_name_of_several_letters() -> None:
    returns = RETURNS.rename(columns={"A": "LYC"})
    curve = rer.specification_curve(
        returns, DATES, samples={"one": "LYC"}, benchmarks=["MKT"], progress=False
    )
    assert set(curve.table["n"]) == {2}


def test_a_numpy_lead_means_all_leads_up_to_it_as_a_plain_one_does() -> None:
    plain, numpy = (rer.anticipation(FITTED, k, n=30).table for k in (3, np.int64(3)))
    pd.testing.assert_frame_equal(plain, numpy)


def test_pairs_that_drop_out_of_a_longer_run_up_are_counted() -> None:
    young = RETURNS.copy()
    young.loc[DAYS[:140], "D"] = np.nan
    study = rer.EventStudy(young, DATES, "MKT", windows=[(0, 1)])
    table = rer.anticipation(study, [100], n=30).table
    assert table["n_pairs"].tolist() == [6]
    assert "6 of 8 pairs have a value" in table["note"].iloc[0]


def test_what_a_placebo_has_no_draws_for_is_not_drawn() -> None:
    alone = rer.placebo(FITTED, exclude_near=list(DAYS))
    with pytest.raises(SpecificationError, match="no placebo to draw"):
        alone.plot()
    with pytest.raises(SpecificationError, match="no placebo to draw"):
        rer.timing_curve(FITTED, exclude_near=list(DAYS)).plot()
