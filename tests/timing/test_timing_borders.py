"""Every argument of `timing` against everything that is not meant."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import FrozenInstanceError
from typing import Any

import numpy as np
import pandas as pd
import pytest

from rareearth_research.errors import DataError, TimingError
from rareearth_research.timing import (
    benchmark_clock,
    clean_events,
    confounders,
    date_conventions,
    event_clock,
    event_session,
    exchange_of,
    map_sessions,
    overlaps,
    sessions_of,
    timing_summary,
)

LIST = pd.DataFrame({"event_id": ["a", "b"], "date": ["2025-04-04", "2025-07-08"]})
OTHERS = LIST.assign(event_id=["x", "y"])
TIMED = LIST[["event_id"]].assign(
    announced_earliest=LIST["date"] + "T10:00Z", announced_latest=LIST["date"] + "T11:00Z"
)
INSTANT = "2025-04-04T18:00+08:00"
HUGE = "x" * 1_000_000
Call = Callable[[Any], object]


def first(value: object, column: str = "date", events: pd.DataFrame = LIST) -> pd.DataFrame:
    """Return the list with `value` in the first row of a column."""
    rest = events[column].iloc[1] if column in events else None
    return events.assign(**{column: pd.Series([value, rest], dtype=object)})


def session(events: pd.DataFrame, exchange: str = "XNYS") -> str:
    return str(map_sessions(events, exchange)["session"].iloc[0].date())


# Who takes what.
FRAMES: dict[str, Call] = {
    "map_sessions": lambda events: map_sessions(events, "XNYS"),
    "overlaps": overlaps,
    "clean_events": clean_events,
    "clean_events against": lambda against: clean_events(OTHERS, against=against),
    "confounders": confounders,
    "confounders against": lambda against: confounders(OTHERS, against=against),
    "date_conventions": date_conventions,
    "timing_summary": lambda events: timing_summary(events, ["XNYS"]),
    "timing_summary against": lambda against: timing_summary(OTHERS, "XNYS", against=against),
    "event_session": lambda events: event_session(first_row(events)),
    "event_clock": lambda events: event_clock(first_row(events)),
}
EXCHANGE: dict[str, Call] = {
    "event_session": lambda mic: event_session("2025-04-04", mic),
    "overlaps": lambda mic: overlaps(LIST, 3, mic),
    "clean_events": lambda mic: clean_events(LIST, 3, mic),
    "confounders": lambda mic: confounders(LIST, exchange=mic),
    "date_conventions": lambda mic: date_conventions(LIST, mic),
    "benchmark_clock": lambda mic: benchmark_clock(mic, "XNYS"),
    "benchmark_clock benchmark_exchange": lambda mic: benchmark_clock("XNYS", mic),
    "sessions_of": sessions_of,
}
EXCHANGES: dict[str, Call] = {
    "map_sessions": lambda mics: map_sessions(LIST, mics),
    "event_clock": lambda mics: event_clock(INSTANT, mics),
    "timing_summary": lambda mics: timing_summary(LIST, mics),
}
CHOICES: dict[str, Call] = {
    "map_sessions timing": lambda timing: map_sessions(LIST, "XNYS", timing=timing),
    "event_session timing": lambda timing: event_session("2025-04-04", timing=timing),
    "overlaps timing": lambda timing: overlaps(LIST, timing=timing),
    "clean_events timing": lambda timing: clean_events(LIST, timing=timing),
    "confounders timing": lambda timing: confounders(LIST, timing=timing),
    "confounders policy": lambda policy: confounders(LIST, policy=policy),
    "map_sessions rule": lambda rule: map_sessions(LIST, "XNYS", rule=rule),
    "event_session rule": lambda rule: event_session("2025-04-04", rule=rule),
    "date_conventions rule": lambda rule: date_conventions(LIST, rule=rule),
}
COUNTS: dict[str, Call] = {
    "map_sessions max_shift": lambda n: map_sessions(LIST, "XNYS", max_shift=n),
    "event_session max_shift": lambda n: event_session("2025-04-04", max_shift=n),
    "date_conventions max_shift": lambda n: date_conventions(LIST, max_shift=n),
    "overlaps sessions": lambda n: overlaps(LIST, n),
    "clean_events sessions": lambda n: clean_events(LIST, n),
    "timing_summary sessions": lambda n: timing_summary(LIST, "XNYS", n),
}

# What is not meant, and what the message must say.
NO_FRAME = [None, [1], {"event_id": ["a"]}, "x", 5, np.nan, np.ones((2, 2)), LIST["date"], HUGE]
BAD_FRAMES: list[tuple[str, pd.DataFrame, str]] = [
    ("no id column", LIST.drop(columns="event_id"), "no column 'event_id'"),
    ("no date", LIST[["event_id"]], "needs a column 'date'.*has neither, only 'event_id'"),
    ("two date columns", pd.concat([LIST, LIST["date"]], axis=1), "'date' more than once"),
    ("two id columns", pd.concat([LIST, LIST["event_id"]], axis=1), "'event_id' more than once"),
    ("two levels", pd.concat({"x": LIST}, axis=1), "2 levels of column names"),
    ("id missing", first(None, "event_id"), "no event_id in row 0"),
    ("id blank", first(" ", "event_id"), "no event_id in row 0"),
    ("id a list", first(["a"], "event_id"), "event_id .*among others"),
    *[
        (f"date {value!r:.30}", first(value), "'a': date .*(write|use|give|reaches|correct)")
        for value in (
            "2025-04", "2025", "2025Q2", "Apr 2025", "04/05/2025", "2025-02-30", "0000-01-01",
            "9999-01-01", "2025-04-04T16:30", "20250404", 2025, 20250404, 45751.0, np.inf, True,
            [1], {}, b"x", HUGE, np.datetime64("2025-04"), pd.Period("2025-04", "M"), dt.time(3),
        )
    ],
    *[
        (f"zone {value!r:.30}", first(value, "announced_tz"), "'a': announced_tz .*'[A-Z][a-z]+/")
        for value in (
            8, 8.0, True, ["Asia/Shanghai"], b"UTC", dt.UTC, "CST", "EST", "asia/shanghai",
            "Asia/Peking", "+08:00", "UTC+8", "../etc/passwd", "a\0b", "\ud800", "Asia", HUGE,
        )
    ],
    *[
        (f"precision {value!r}", first(value, "date_precision"), "'a': date_precision .*'month'")
        for value in ("moth", "Month", 5, True, ["day"])
    ],
    *[
        (f"earliest {value!r}", first(value, "announced_earliest", TIMED), f"'a'.*{says}")
        for value, says in (
            ("2025-04-04T10:00", "no zone"),
            ("2025-04-04", "no zone"),
            (pd.Timestamp("2025-04-04"), "no zone"),
            ("soon", "is no instant; write"),
            (5, "is no instant; write"),
            (["x"], "is no instant; write"),
            (None, "only one end"),
            (pd.NaT, "only one end"),
            ("2025-04-04T12:00Z", "lies before"),
        )
    ],
    ("one end", TIMED.drop(columns="announced_latest"), "only one of the columns"),
    ("a zone under another name", LIST.assign(tz="Asia/Shanghai"), "'tz' that is not read"),
    ("a time under another name", LIST.assign(time="16:30"), "'time' that is not read"),
    ("a misspelt column", LIST.assign(announced_earlist=INSTANT), "rename .*'announced_earliest'"),
    ("two dates", LIST.rename(columns={"date": "Day"}).assign(t0="2025-04-01"), "each could"),
]  # fmt: skip
NO_EXCHANGE = [None, "", "XNYZ", "nyse", 5, np.nan, True, b"XNYS", [], ["XNYS"], {"XNYS"}, {}, HUGE]
NO_EXCHANGES = [
    None, "", "XNYZ", 5, np.nan, True, b"XNYS", [], (), {}, ["XNYS", None], ["XNYS", "XNYS"],
    [["XNYS"], ["XASX", "XNYS"]], np.array([]), pd.DataFrame({"a": ["XNYS"]}), HUGE,
]  # fmt: skip
NO_CHOICE = [None, "", "nearest", "Latest", 5, np.nan, [], np.array(["latest"]), HUGE]
NO_COUNT = [None, -1, 2.5, "3", np.nan, np.inf, True, [3], (1, 2), 10**30, np.array([1]), HUGE]
NO_WINDOW = [
    None, 5, "01", (1,), (0, 1, 2), ("a", "b"), (0.5, 1), (np.nan, 1), (None, 1), (True, 1),
    {0, 1}, (0, 10**30), (1, -1),
]  # fmt: skip
NO_EVENT = [
    None, np.nan, pd.NaT, "", " ", "2", 5, 2025, 20250404, True, [], (INSTANT,), (INSTANT,) * 3,
    {INSTANT, "2025-04-05T18:00+08:00"}, b"x", np.array([1, 2]), object(), dt.time(3),
    pd.Timedelta("1D"), np.datetime64("NaT", "ns"), np.datetime64("2025-04"),
    pd.Period("2025-04", "M"), "2025-04", "2025", "20250404", "2025-W14-5", "2025Q2", "2025-4-4",
    "04/05/2025", "2025-02-30",
    "0000-01-01", "9999-01-01", "2025-04-04T16:00", dt.datetime(2025, 4, 4, 16), "2" * 10**6,
    ("2025-04-04", "2025-04-05"), (INSTANT, None), (INSTANT, "2025-04-03T18:00+08:00"),
    LIST, LIST.iloc[:0], LIST["date"], {}, {"when": "2025-04-04"}, {"date": ["2025-04-04"] * 2},
]  # fmt: skip
NO_TICKER = [None, "", " ", 5, np.nan, True, ["MP"], b"MP", ".AX", "MP.", "EGX.CA", HUGE]


def first_row(events: Any) -> Any:
    return events.iloc[[0]] if isinstance(events, pd.DataFrame) else events


def refusal(call: Call, value: object, error: type[Exception] = TimingError) -> str:
    with pytest.raises(error) as caught:
        call(value)
    message = str(caught.value)
    assert len(message) < 700, message[:200]
    return message


def given(calls: dict[str, Call], values: list[Any]) -> Any:
    cases = [(name, value) for name in calls for value in values]
    ids = [f"{name} {i} {type(value).__name__}" for name in calls for i, value in enumerate(values)]
    return pytest.mark.parametrize(("name", "value"), cases, ids=ids)


@given({name: FRAMES[name] for name in FRAMES if "event_" not in name}, NO_FRAME[1:])
def test_what_is_no_frame_is_no_list_of_events(name: str, value: Any) -> None:
    wanted = "against" if "against" in name else "events"
    assert refusal(FRAMES[name], value).startswith(f"{wanted} must be a DataFrame")


@pytest.mark.parametrize("name", ["map_sessions", "overlaps", "clean_events", "confounders"])
def test_none_is_no_list_of_events(name: str) -> None:
    assert refusal(FRAMES[name], None).startswith("events must be a DataFrame")


@pytest.mark.parametrize("name", FRAMES)
@pytest.mark.parametrize(("kind", "events", "says"), BAD_FRAMES, ids=[b[0] for b in BAD_FRAMES])
def test_a_damaged_list_is_refused_by_everything_that_reads_it(
    name: str, kind: str, events: pd.DataFrame, says: str
) -> None:
    if not (kind == "id a list" and name.startswith("event_")):  # one row is of one kind
        with pytest.raises(TimingError, match=says):
            FRAMES[name](events)


@given(EXCHANGE, NO_EXCHANGE)
def test_what_is_no_exchange_is_refused_naming_the_argument(name: str, value: Any) -> None:
    argument = name.split()[-1] if " " in name else "exchange"
    message = refusal(EXCHANGE[name], value)
    assert message.startswith(f"{argument}=")
    assert "such as 'XNYS', 'XPAR' or 'XKRX'" in message


@given(EXCHANGES, NO_EXCHANGES)
def test_what_are_no_exchanges_is_refused_naming_the_argument(name: str, value: Any) -> None:
    if not (name == "event_clock" and value is None):  # those of this project
        assert refusal(EXCHANGES[name], value).startswith("exchanges")


@given(CHOICES, NO_CHOICE)
def test_an_unknown_word_is_refused_with_those_that_are_known(name: str, value: Any) -> None:
    argument = name.split()[1]
    message = refusal(CHOICES[name], value)
    assert message.startswith(f"{argument}=")
    assert "choose from '" in message


@given(COUNTS, NO_COUNT)
def test_what_is_no_count_is_refused_naming_the_argument(name: str, value: Any) -> None:
    assert refusal(COUNTS[name], value).startswith(f"{name.split()[1]} must be a whole number")


@pytest.mark.parametrize("window", NO_WINDOW, ids=str)
def test_what_is_no_window_is_refused(window: Any) -> None:
    assert refusal(lambda value: confounders(LIST, value), window).startswith("window")


@given({"event_or_instant": event_session, "event": event_clock}, NO_EVENT)
def test_what_is_no_event_is_refused_naming_argument_or_event(name: str, value: Any) -> None:
    call = event_session if name == "event_or_instant" else event_clock
    message = refusal(call, value)
    assert message.startswith((name, "event 'this event'", "timing='latest' needs a column"))


@pytest.mark.parametrize("ticker", NO_TICKER, ids=lambda ticker: f"{ticker!r:.20}")
def test_what_is_no_ticker_has_no_exchange(ticker: Any) -> None:
    assert refusal(exchange_of, ticker).startswith("ticker ")


def test_words_that_name_no_event_are_refused() -> None:
    refusal(event_session, "Apr 2025", DataError)


# What is right is read, in whatever form it comes.
@pytest.mark.parametrize("value", ["XNYS", ["XNYS"], ("XNYS",), np.array(["XNYS"]), {"XNYS"}])
def test_one_exchange_may_come_in_any_list(value: Any) -> None:
    pd.testing.assert_frame_equal(map_sessions(LIST, value), map_sessions(LIST, "XNYS"))
    pd.testing.assert_frame_equal(timing_summary(LIST, value), timing_summary(LIST, "XNYS"))


def test_a_set_of_exchanges_is_put_in_order() -> None:
    found = map_sessions(LIST, {"XSHG", "XASX", "XNYS"})["exchange"]
    assert found.tolist() == ["XASX", "XNYS", "XSHG"] * 2


@pytest.mark.parametrize(
    "day",
    [
        "2025-04-04", " 2025-04-04 ", dt.date(2025, 4, 4), dt.datetime(2025, 4, 4),
        pd.Timestamp("2025-04-04"), np.datetime64("2025-04-04"), pd.Period("2025-04-04", "D"),
        {"date": "2025-04-04"}, LIST.iloc[0], LIST.iloc[0].drop("event_id"), LIST.iloc[[0]],
        next(LIST.itertuples()),
    ],
    ids=lambda day: type(day).__name__,
)  # fmt: skip
def test_a_day_may_come_in_any_form(day: Any) -> None:
    assert event_session(day, "XNYS").session == pd.Timestamp("2025-04-04")


@pytest.mark.parametrize("ids", [[1, 2], [1.0, 2.0], pd.Categorical(["a", "b"]), ["1", "b"]])
def test_an_id_may_be_a_number_or_a_category(ids: Any) -> None:
    events = LIST.assign(event_id=ids, date="2025-04-04")
    assert overlaps(events).clusters["event_ids"].tolist() == [";".join(map(str, ids))]
    assert len(confounders(events)) == 2


def test_zones_and_instants_may_be_mixed_in_one_list() -> None:
    mixed = ["2025-04-04T06:00-04:00", "2025-04-04T18:00+08:00"]
    events = TIMED.assign(announced_earliest=mixed, announced_latest=mixed)
    assert map_sessions(events, "XNYS")["session"].nunique() == 1


@pytest.mark.parametrize("word", ["", " ", None, "no", "None", "false", False, 0, "n/a", np.nan])
def test_a_word_for_none_is_no_confounder(word: Any) -> None:
    events = LIST.assign(confounders=pd.Series([word, "payrolls"], dtype=object))
    assert confounders(events)["event_id"].tolist() == ["b"]


def test_a_whole_column_of_truth_values_or_numbers_names_confounders() -> None:
    assert confounders(LIST.assign(confounders=False)).empty
    assert confounders(LIST.assign(confounders=[True, False]))["event_id"].tolist() == ["a"]
    assert confounders(LIST.assign(date="2025-04-04", tier=1, name=[1.5, None]))[
        "description"
    ].tolist() == ["", 1.5]
    assert confounders(LIST.assign(date="2025-04-04"))["description"].tolist() == ["", ""]


def test_an_answer_cannot_be_changed_by_accident() -> None:
    calendar = sessions_of("XNYS")
    clock = benchmark_clock("XASX", "XNYS")
    for answer in (event_session(INSTANT), overlaps(LIST), clock, calendar, calendar.exchange):
        with pytest.raises(FrozenInstanceError):
            setattr(answer, next(iter(answer.__dataclass_fields__)), "XASX")
