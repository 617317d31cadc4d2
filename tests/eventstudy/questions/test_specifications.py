"""The specification curve asks the same study in every way, and counts honestly."""

from __future__ import annotations

from dataclasses import replace

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from curve_size import p_values

from rareearth_research.errors import SpecificationError
from rareearth_research.eventstudy import EventStudy, SpecificationCurve, specification_curve
from rareearth_research.eventstudy.questions.specifications import curve, results

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


def curve_of(returns: pd.DataFrame, at=DATES, **options) -> SpecificationCurve:
    events = returns.index[at] if isinstance(at, list) and isinstance(at[0], int) else at
    choices = {"models": ["market", "mean"], "windows": [(0, 1), (-1, 1)]}
    choices |= {"benchmarks": ["M1", "M2"], "progress": False}
    return specification_curve(returns, events, **(choices | options))


def test_every_row_is_the_more_cautious_view_of_the_study_it_names(returns: pd.DataFrame) -> None:
    row = curve_of(returns).table.query("model == 'market' and benchmark == 'M2'").iloc[1]
    result = EventStudy(returns[[*NAMES, "M2"]], DATES, "M2", windows=[(-1, 1)]).fit()
    assert row["window"] == "[-1, 1]"
    assert row["caar"] == result.fitted.car[:, 0].mean()
    found = result.findings[0]
    assert found.date_t.p_value > result.headline["p_value"]
    assert (row["test"], row["p_value"]) == ("date_t", found.date_t.p_value)
    assert row["statistic"] == found.date_t.statistic
    assert (row["lower"], row["upper"]) == (found.lower, found.upper)
    assert row["verdict"] == "moved"
    assert row["n"] == 12
    assert list(row.index) == [
        "specification", *results.CHOICES, "caar", "lower", "upper", "test", "statistic", "p_value",
        "n", "n_events", "verdict", "same_as", "note",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("windows", "progress", "shown"), [(20, True, True), (20, False, False), (19, True, False)]
)
def test_twenty_specifications_are_worth_a_progress_bar(
    returns: pd.DataFrame, windows: int, progress: bool, shown: bool, monkeypatch
) -> None:
    asked = []
    monkeypatch.setattr(curve, "tracked", lambda cases, *_, wanted: asked.append(wanted) or cases)
    ends = [(0, last) for last in range(windows)]
    curve_of(returns, models=["mean"], windows=ends, joint=False, progress=progress)
    assert asked == [shown]


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


@pytest.mark.parametrize(
    ("reached", "said"), [(0, "none have a"), (1, "one has a"), (90, "90 have a")]
)
def test_a_curve_says_how_many_draws_go_as_far(reached: int, said: str) -> None:
    p = [(1 + reached) / 100, 0.21, 0.34]
    names = ["median effect", "share significant", "mean statistic"]
    joint = pd.DataFrame({"statistic": names, "observed": [0.02, 0.4, 1.2], "p_value": p, "n": 99})
    found = SpecificationCurve(pd.DataFrame(), joint)
    assert "Of 99 placebo draws that move" in found.joint_words
    assert f"{said} median as far from zero (joint p = {p[0]:.3f})." in found.joint_words
    assert found.joint_further == (
        "By the share of specifications that stand out in one direction from their own draws "
        "(40 %) joint p = 0.210, by the mean statistic p = 0.340."
    )


def test_an_average_of_zero_is_not_positive_and_p_of_five_per_cent_is_significant() -> None:
    found = pd.DataFrame({
        "model": ["market", "market", "mean"], "window": "[0, 1]", "benchmark": ["M1", "M2", "M1"],
        "caar": [0.0, -0.01, 0.02], "p_value": [0.05, 0.01, 0.0501],
    })  # fmt: skip
    found.attrs["returns"] = "simple"
    assert results._sentence(found) == (
        "In 1 of 3 specifications the average is positive, in 2 it is significant at 5 % by the "
        "more cautious of its tests (1 positive, 1 negative); the median is 0.00 %."
    )
    table = results._by_choice(found).set_index(["choice", "value"])
    assert table["positive"].tolist() == [0, 1, 1, 0]
    assert table[results.SIGNIFICANT].tolist() == [2, 0, 1, 1]
    assert table["specifications"].tolist() == [2, 1, 2, 1]
    assert table.columns[-1] == "median, %"
    assert table["median, %"].tolist() == ["-0.50", "+2.00", "+1.00", "-1.00"]


def test_the_sentence_counts_signs_and_significance(returns: pd.DataFrame) -> None:
    curve = curve_of(returns)
    loud = (curve.table["p_value"] <= 0.05).sum()
    sentence = curve.summary().headline
    assert f"In 6 of 6 specifications the average is positive, in {loud} it is" in sentence
    assert f"median is {100 * np.expm1(curve.table['caar'].median()):+.1f} %" in sentence
    assert "not independent" in " ".join(curve_of(returns, joint=False).summary().notes)
    assert "6 specifications stand out, all with the same sign" in curve.title
    still = replace(curve, table=curve.table.assign(caar=[0.0, *curve.table["caar"][1:]]))
    assert f"{len(still.distinct) - 1} with the same sign" in still.title


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


def p_by_hand(t: np.ndarray, caar: np.ndarray) -> list[float]:
    """Joint p-values of statistics and CAARs, (1 + D, V), by their definition, draw by draw."""
    critical = [sorted(np.abs(column))[-int(0.05 * len(t) + 1e-9)] for column in t.T]
    rows = []
    for own, mean in zip(t, caar, strict=True):
        signs = [np.sign(x) for x, c in zip(own, critical, strict=True) if abs(x) >= c]
        share = max(signs.count(1), signs.count(-1)) / len(own)
        rows.append((abs(np.median(mean)), share, abs(np.mean(own / critical))))
    first, drawn = rows[0], rows[1:]
    return [
        (1 + sum(row[k] >= first[k] * (1 - 1e-9) for row in drawn)) / len(rows) for k in range(3)
    ]


WINDOWS = [(0, 0), (-1, 1), (0, 3)]
SHORT = {"estimation": (-50, -11), "min_obs": 40}


def at_every_session(returns: pd.DataFrame, model: str, window: tuple[int, int]) -> pd.DataFrame:
    """SCAR and CAR of every security in a study of every session, by session."""
    sessions = range(len(returns))
    events = pd.DataFrame({"event_id": map(str, sessions), "date": returns.index[sessions]})
    car = EventStudy(returns, events, "M1", model, windows=[window], **SHORT).fit().car
    found = car.pivot(index="event_id", columns="security", values=["scar", "car"])
    return found.rename(index=int).sort_index().dropna()


def moved(cells: pd.DataFrame, draws: list[list[int]]) -> np.ndarray:
    """√N·mean(SCAR)/sd(SCAR) and the mean CAR of the study at each set of sessions, (D, 2)."""
    found = []
    for sessions in draws:
        scar, car = (
            np.concatenate([cells.loc[s, key] for s in sessions]) for key in ("scar", "car")
        )
        found.append((np.sqrt(len(scar)) * scar.mean() / scar.std(ddof=1), car.mean()))
    return np.array(found)


@pytest.fixture(scope="module")
def few(returns: pd.DataFrame) -> pd.DataFrame:
    return returns.drop(columns="M2").iloc[:200]


def test_the_joint_p_of_one_date_is_that_of_studies_at_every_other_session(few) -> None:
    curve = curve_of(few, at=[100], windows=WINDOWS, benchmarks=["M1"], **SHORT)
    cells = [at_every_session(few, m, w) for m in ("market", "mean") for w in WINDOWS]
    both = set.intersection(*(set(c.index) for c in cells))
    apart = sorted(s for s in both if abs(s - 100) > 4)  # [-1, 3] shares no session with its own
    t, caar = np.array([moved(c, [[s] for s in [100, *apart]]) for c in cells]).T
    assert curve.joint["n"].tolist() == [len(apart)] * 3
    np.testing.assert_allclose(curve.joint["p_value"], p_by_hand(t, caar), rtol=1e-9)
    np.testing.assert_allclose(curve.table["caar"], caar[0], rtol=1e-9)
    assert curve.joint["observed"].iloc[0] == pytest.approx(np.median(caar[0]), rel=1e-9)


def test_a_joint_draw_of_several_dates_is_a_study_of_them_moved(few) -> None:
    dates, near = [90, 150], 120
    curve = curve_of(
        few, at=dates, windows=WINDOWS, benchmarks=["M1"], n=99, seed=4,
        exclude_near=[few.index[near]], **SHORT,
    )  # fmt: skip
    cells = [at_every_session(few, m, w) for m in ("market", "mean") for w in WINDOWS]
    both = sorted(set.intersection(*(set(c.index) for c in cells)))
    pool = [s for s in both if min(abs(s - e) for e in [*dates, near]) > 4]
    rng = np.random.default_rng(4)
    draws = np.column_stack([rng.choice(pool, 99) for _ in dates]).tolist()
    t, caar = np.array([moved(c, [dates, *draws]) for c in cells]).T
    np.testing.assert_allclose(curve.joint["p_value"], p_by_hand(t, caar), rtol=1e-9)


def test_a_draw_keeps_the_distance_between_two_timings_of_one_announcement(few) -> None:
    day, after = (f"{few.index[s].date()}T12:00-05:00" for s in (125, 126))
    events = {"event_id": ["x"], "announced_earliest": [day], "announced_latest": [after]}
    curve = curve_of(
        few, at=pd.DataFrame(events), models=["mean"], windows=[(0, 0)], benchmarks=["M1"],
        timings=["latest", "earliest"], **SHORT,
    )  # fmt: skip
    cells = at_every_session(few, "mean", (0, 0))
    # neither session of a draw is one of the two at which the news may have come
    apart = [s for s in cells.index if s + 1 in cells.index and not {s, s + 1} & {125, 126}]
    places = [125, *apart]
    t, caar = np.array(
        [moved(cells, [[s + later] for s in places]) for later in (1, 0)]
    ).T  # fmt: skip
    assert curve.joint["n"].tolist() == [len(apart)] * 3
    np.testing.assert_allclose(curve.joint["p_value"], p_by_hand(t, caar), rtol=1e-9)


def test_samples_of_securities_and_of_events_move_together(few) -> None:
    listed = pd.DataFrame({"event_id": ["b"], "date": [few.index[150]]})
    samples = {"two": ["A", "B"], "second": listed}
    curve = curve_of(
        few, at=[90, 150], models=["mean"], windows=[(0, 0)], benchmarks=["M1"], n=49, seed=1,
        samples=samples, **SHORT,
    )  # fmt: skip
    cells = at_every_session(few, "mean", (0, 0))
    pool = [s for s in cells.index if s not in (90, 150)]
    rng = np.random.default_rng(1)
    draws = np.column_stack([rng.choice(pool, 49) for _ in range(2)]).tolist()
    two = cells.loc[:, (slice(None), ["A", "B"])]
    every = [moved(two, [[90, 150], *draws]), moved(cells, [[150], *([d[1]] for d in draws)])]
    np.testing.assert_allclose(
        curve.joint["p_value"], p_by_hand(*np.array(every).transpose(2, 1, 0)), rtol=1e-9
    )


def test_a_variance_model_does_not_take_part_and_is_named(few) -> None:
    curve = curve_of(few, at=[100], models=["mean", "garch"], windows=[(0, 0)],
                     benchmarks=["M1"], **SHORT)  # fmt: skip
    assert curve.joint is not None
    assert "Not in the joint test: specification 2 (a variance model" in curve.joint_note
    alone = curve_of(few, at=[100], models=["garch"], windows=[(0, 0)], benchmarks=["M1"],
                     **SHORT)  # fmt: skip
    assert alone.joint is None
    assert "No joint p-value" in " ".join(alone.summary().notes)


def test_without_room_for_draws_there_is_no_joint_p_and_a_remedy(few) -> None:
    options = {"windows": [(0, 0)], "benchmarks": ["M1"], **SHORT}
    crowded = curve_of(few, at=[100], exclude_near=list(few.index), **options)
    assert crowded.joint is None
    assert "exclude fewer events" in crowded.joint_note
    assert "draw more" in curve_of(few, at=[100], n=10, **options).joint_note
    assert curve_of(few, at=[100], n=19, **options).joint["n"].tolist() == [19] * 3
    assert "rest on" in curve_of(few.iloc[:140], at=[100], **options).joint_note


def test_the_joint_p_values_are_said_in_counts_and_drawn(few) -> None:
    curve = curve_of(few, at=[100], windows=WINDOWS, benchmarks=["M1"], **SHORT)
    median = curve.joint.iloc[0]
    reached = round(median["p_value"] * (1 + median["n"])) - 1
    assert f"Of {median['n']} placebo draws" in curve.joint_words
    assert f"in all specifications, {reached or 'none'} have a median" in curve.joint_words
    assert curve.joint_words in curve.summary().notes
    shown = " ".join(text.get_text() for text in curve.plot().findobj(plt.Text))
    assert "The curve as a whole, jointly" in " ".join(shown.split())
    plt.close("all")


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"joint": "yes"}, "joint must be True or False"),
        ({"n": 0}, "n must be a whole number from 1"),
        ({"seed": -1}, "seed must be a whole number, 0 or more"),
        ({"coverage": 2}, "coverage must be a number from 0 to 1"),
        ({"exclude_near": []}, "exclude_near is empty"),
        ({"joint": False, "n": 99}, "are of the joint draws"),
    ],
)
def test_bad_requests_for_joint_draws_are_refused_in_words(few, wrong, message) -> None:
    with pytest.raises(SpecificationError, match=message):
        curve_of(few, at=[100], windows=[(0, 0)], benchmarks=["M1"], **SHORT, **wrong)


@pytest.mark.simulation
@pytest.mark.parametrize("design", ["one date", "six dates"])
def test_the_joint_p_values_hold_their_size_where_nothing_happened(design) -> None:
    rejected = (pd.DataFrame(p_values(design, 0.0, 200, seed=5)) <= 0.05).mean()
    assert (rejected <= 0.10).all()  # nominal 5 %, 200 studies: three standard errors
