"""What is not understood does not become a number: days, columns, suffixes, side tables."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

import rareearth_research as rer
from rareearth_research.eventstudy import EventStudy
from tests.support.border import (
    DAYS,
    EVENT,
    EVENTS,
    FACTORS,
    FLAGS,
    NAN,
    RETURNS,
    fit,
    refusal,
)

# --- days --------------------------------------------------------------------------------------

NO_DAYS = [
    "2020-05", "2020", "2020Q2", "May 2020", "5/2020", "05.06.2020", "13.06.2020", "06/05/2020",
    "2020-05-06T16:30", "May 6, 2020", "TBD", "n/a", "2020-02-30", "0000-01-01", "today",
    2020, 20200506, 43957, 43957.0, True, b"2020-05-06", pd.Period("2020-05"),
    pd.Timestamp("2020-05-06 16:30"), np.datetime64("2020-05"),
]  # fmt: skip


@pytest.mark.parametrize("value", NO_DAYS, ids=repr)
def test_what_is_no_day_is_no_event(value: Any) -> None:
    assert "events, a list of dates: in row 1" in refusal(events=[EVENT, value])
    dates = pd.Series([EVENT, value], dtype=object)
    assert "event 'b' (row 1): date" in refusal(events=EVENTS.assign(date=dates))


@pytest.mark.parametrize("column", ["effective_date", "reported_date"])
@pytest.mark.parametrize("value", NO_DAYS, ids=repr)
def test_other_dates_of_an_event_are_read_alike(column: str, value: Any) -> None:
    dates = pd.Series([pd.NaT, value], dtype=object)
    assert f"event 'b' (row 1): {column}" in refusal(events=EVENTS.assign(**{column: dates}))


@pytest.mark.parametrize("value", NO_DAYS, ids=repr)
def test_dates_of_side_tables_are_read_alike(value: Any) -> None:
    known = pd.DataFrame({"event_id": ["k"], "date": pd.Series([value], dtype=object)})
    assert "known_events: event 'k'" in refusal(known_events=known)
    limits = pd.Series([value], dtype=object)
    exposure = pd.DataFrame({"ticker": ["S0"], "exposure_from": limits, "exposure_until": ""})
    assert "exposure_from in row 'S0'" in refusal(exposure=exposure)
    flags = pd.DataFrame({"date": limits, "ticker": ["S0"], "flag": "limit_up"})
    assert "price_flags: date in row 0" in refusal(price_flags=flags, limit_days="flag")


@pytest.mark.parametrize(
    "dates",
    [
        ["2020-05-06"],
        [pd.Timestamp("2020-05-06").date()],
        pd.DatetimeIndex(["2020-05-06"]),
        np.array(["2020-05-06"], dtype="M8[D]"),
        pd.period_range("2020-05-06", periods=1, freq="D"),
    ],
    ids=repr,
)
def test_days_are_read_from_lists_and_frames_alike(dates: Any) -> None:
    listed = fit(events=dates)
    framed = fit(events=pd.DataFrame({"event_id": ["2020-05-06"], "date": dates}))
    pd.testing.assert_frame_equal(listed.car, framed.car)
    assert listed.car["session"].eq(pd.Timestamp("2020-05-06")).all()


def test_an_instant_counts_from_its_clock_in_lists_and_frames_alike() -> None:
    instant = "2020-05-06T21:00+00:00"  # 17:00 in New York, after the bell
    listed = fit(events=[instant])
    framed = fit(events=pd.DataFrame({"event_id": ["x"], "date": [instant]}))
    assert (
        listed.car["session"].unique()
        == framed.car["session"].unique()
        == DAYS[DAYS > "2020-05-06"][0]
    )


@pytest.mark.parametrize("precision", ["month", "quarter", "year"])
def test_a_month_is_no_day_in_a_frame_of_ones_own_either(precision: str) -> None:
    result = fit(events=EVENTS.assign(date_precision=[precision, "day"]))
    assert result.attrition["reason"].tolist() == ["imprecise_date", ""]
    assert "date_precision='about'" in refusal(events=EVENTS.assign(date_precision="about"))


# --- what is given is read, refused or said ------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    ["estimation_start", "est_end", "event_window", "benchmark", "weight", "exchange", "timezone",
     "exclude", "event_date", "datetime", "announced_date", "time", "Date", "confounded"],
)  # fmt: skip
def test_a_column_that_looks_like_input_and_is_not_read_is_refused(name: str) -> None:
    events = EVENTS.assign(**{name: 1})
    assert f"events.drop(columns={name!r})" in refusal(events=events)
    assert len(fit(events=events.drop(columns=name)).car) == 2


def test_columns_that_cannot_change_the_answer_are_carried_and_said() -> None:
    result = fit(events=EVENTS.assign(company="Acme", title="News", window_start=0))
    said = "Columns of events that are not used: 'company', 'window_start'."
    assert result.notes == (said,)
    assert said in str(result.summary())


@pytest.mark.parametrize("symbol", ["^GSPC", "SPY", "spy.us", "SPX Index"])
def test_a_market_among_the_columns_is_studied_only_where_it_is_named(symbol: str) -> None:
    own = RETURNS.rename(columns={RETURNS.columns[0]: symbol})
    plain = {"returns": own, "events": EVENTS[["event_id", "date"]], "benchmark": None}
    plain["model"] = "mean"
    result = fit(**plain)
    assert symbol not in {*result.car["security"]}
    assert any(f"by its symbol: {symbol!r}; to study it, name" in note for note in result.notes)
    named = EVENTS.assign(security=symbol)
    assert {*fit(**plain | {"events": named}).car["security"]} == {symbol}
    alone = fit(**plain | {"returns": own[[symbol]]})
    assert {*alone.car["security"]} == {symbol}
    assert "by its symbol" not in " ".join(alone.notes)


def test_the_shipped_list_makes_no_noise() -> None:
    events = rer.load_events(event_ids="cn-2025-10-no61-no62")
    assert rer.EventStudy(rer.load_returns(["MP"]), events, "SPY").fit().notes == ()


SIDE: dict[str, tuple[Any, dict[str, Any]]] = {
    "price_flags": (FLAGS, {"limit_days": "flag"}),
    "exposure": (
        pd.DataFrame({"ticker": ["S0"], "exposure_from": ["2020-01-01"], "exposure_until": [""]}),
        {},
    ),
}


@pytest.mark.parametrize("name", SIDE)
def test_a_side_table_that_matches_nothing_is_refused(name: str) -> None:
    table, options = SIDE[name]
    assert f"{name} names no security" in refusal(**{name: table.assign(ticker="Z"), **options})
    assert f"{name} names ' s0'" in refusal(**{name: table.assign(ticker=" s0"), **options})
    both = pd.concat([table, table.assign(ticker="Z")])
    assert fit(**{name: both, **options}).notes[0].endswith("such column: 'Z'.")
    assert fit(**{name: table, **options}).notes == ()


def test_known_events_that_match_nothing_are_refused() -> None:
    assert "known_events: none of them falls on" in refusal(known_events=["2031-01-06"])


def test_known_events_of_a_security_confound_that_security_only() -> None:
    known = pd.DataFrame({"event_id": ["k"], "date": [EVENT], "security": ["S3"]})
    result = fit(events=[EVENT], known_events=known)
    flagged = result.attrition.set_index("security")["flags"]
    assert flagged[flagged != ""].to_dict() == {"S3": "confounded"}


WEIGHTS = pd.Series(1.0, RETURNS.columns)


@pytest.mark.parametrize(
    ("idle", "mended"),
    [
        ({"price_flags": FLAGS}, {"limit_days": "flag"}),
        ({"limit_days": "flag"}, {"price_flags": FLAGS}),
        ({"factors": FACTORS}, {"model": "factors"}),
        ({"leads_lags": 2}, {"model": "dimson"}),
        ({"weights": WEIGHTS, "tests": ["kp"]}, {"tests": ["kp", "portfolio"]}),
    ],
    ids=str,
)
def test_an_argument_without_effect_is_refused_with_what_gives_it_one(
    idle: dict[str, Any], mended: dict[str, Any]
) -> None:
    said = refusal(**idle)
    assert all(name in said for name in (*idle, *mended) if name != "tests")
    fit(**{**idle, **mended})


def test_a_benchmark_that_the_model_does_not_use_is_said() -> None:
    assert fit(model="mean").notes == ()  # it keeps the column from the securities
    other = fit(RETURNS.drop(columns="MKT"), model="mean", benchmark=RETURNS["MKT"])
    assert other.notes == ("The benchmark is not used: model='mean' takes none.",)


@pytest.mark.parametrize("no", [False, "no", "None", 0, 0.0, "-", NAN, None, "", "n/a", "FALSE"])
def test_a_confounders_column_that_says_no_means_none(no: object) -> None:
    named = pd.Series([no, "central bank day"], dtype=object)
    assert fit(events=EVENTS.assign(confounders=named)).diagnostics["confounded"] == 1
    assert fit(events=EVENTS.assign(confounders=True)).diagnostics["confounded"] == 2


# --- suffixes ------------------------------------------------------------------------------------


@pytest.mark.parametrize("suffix", ["XX", "CA", "ZZZ", "xx"])
def test_an_unknown_suffix_is_refused_alone_and_beside_known_ones(suffix: str) -> None:
    name = f"ERA.{suffix}"
    alone = RETURNS[["S0", "MKT"]].rename(columns={"S0": name})
    beside = alone.assign(**{"LYC.AX": RETURNS["S1"]})
    for frame in (alone, beside):
        assert f"exchanges={{{name!r}: 'own'}}" in refusal(frame, [EVENT])
        mended = fit(frame, [EVENT], exchanges={name: "own"}).car.set_index("security")
        plain = fit(RETURNS[["S0", "MKT"]], [EVENT]).car["car"].item()
        assert mended.loc[name, "car"] == pytest.approx(plain, rel=1e-12)


@pytest.mark.parametrize("name", ["ERA.PA", "S0", "BRK.B", "Lynas Ltd."])
@pytest.mark.parametrize("neighbour", ["LYC.AX", "UCU.V", "600111.SH", "DAX"])
def test_a_neighbour_changes_no_answer(name: str, neighbour: str) -> None:
    """New York is closed on the event day, and the frame and Paris are not."""
    closed = ["2020-05-25"]
    alone = RETURNS[["S0", "MKT"]].rename(columns={"S0": name})
    both = fit(alone.assign(**{neighbour: RETURNS["S1"]}), closed)
    own = both.car[both.car["security"] == name]
    np.testing.assert_allclose(own["car"], fit(alone, closed).car["car"], rtol=1e-12)
    told = any("New York was closed on" in note for note in both.notes)
    assert told is ((name == "ERA.PA") == (neighbour == "DAX"))


def test_names_of_benchmarks_may_have_any_dot() -> None:
    frame = RETURNS.rename(columns={"MKT": "MKT.RF"})
    pd.testing.assert_frame_equal(fit(frame, benchmark="MKT.RF").car, fit().car)


# --- one placement -------------------------------------------------------------------------------


@pytest.mark.parametrize(("rule", "day"), [("next", 0), ("previous", 4)])
@pytest.mark.parametrize("frame", [False, True])
def test_further_events_are_placed_by_the_rule_of_the_study(
    rule: str, day: int, frame: bool
) -> None:
    saturday = next(d for d in DAYS[200:] if d.day_of_week == 4) + pd.Timedelta(days=1)
    further: Any = [saturday]
    if frame:
        further = pd.DataFrame({"event_id": ["x"], "date": further})
    study = EventStudy(RETURNS, [EVENT], "MKT", rule=rule, windows=[(0, 0)], known_events=further)
    placed = study.setup.markets[0].sessions[study.setup.further[0].position]
    assert placed.day_of_week.tolist() == [day]
    left_out = rer.placebo(study, exclude_near=further).distribution.index
    bare = EventStudy(RETURNS, [EVENT], "MKT", rule=rule, windows=[(0, 0)])
    others = rer.placebo(bare).distribution.index.difference(left_out)
    assert others.tolist() == placed.tolist()
    own = EventStudy(RETURNS, further, "MKT", rule=rule, estimation=(-150, -11))
    assert own.fit().car["session"].unique().tolist() == placed.tolist()


@pytest.mark.parametrize(
    ("rule", "moved"), [("next", (0, None)), ("previous", (None, 499)), ("skip", (None, None))]
)
def test_further_events_stand_from_the_first_session_to_the_last_and_ten_days_beyond(
    rule: str, moved: tuple[int | None, int | None]
) -> None:
    first, last, day = DAYS[0], DAYS[-1], pd.Timedelta(days=1)
    at = {"far": first - 11 * day, "before": first - 10 * day, "first": first, "last": last,
          "after": last + 10 * day, "late": last + 11 * day}  # fmt: skip
    known = pd.DataFrame({"event_id": list(at), "date": list(at.values())})
    places = {"before": moved[0], "first": 0, "last": 499, "after": moved[1]}
    expected = {name: place for name, place in places.items() if place is not None}
    for security, row in ((None, -1), ("S1", 1)):
        given = known if security is None else known.assign(security=security)
        study = EventStudy(RETURNS, [EVENT], "MKT", rule=rule, known_events=given)
        [found] = study.setup.further
        assert dict(zip(found.event_ids, found.position.tolist(), strict=True)) == expected
        assert set(found.row.tolist()) == {row}


def test_an_event_before_another_one_in_the_estimation_window_is_flagged() -> None:
    events = pd.DataFrame({"event_id": ["a", "b"], "date": DAYS[[330, 400]], "security": "S0"})
    flags = fit(events=events).attrition["flags"].tolist()
    assert flags == ["", "estimation_overlaps_event"]
