"""Several exchanges in one frame: each security keeps its own sessions, benchmark and event day."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from rareearth_research.errors import SpecificationError
from rareearth_research.eventstudy import EventStudy, EventStudyResults
from rareearth_research.eventstudy.questions.split import _place
from rareearth_research.timing import EXCHANGES, exchanges
from tests.support.eventstudy_cases import synthetic_returns

SPAN = ("2018-01-01", "2019-12-31")


def sessions(mic: str) -> pd.DatetimeIndex:
    dates = pd.DatetimeIndex(exchanges.sessions_of(mic).dates)
    return dates[(dates >= SPAN[0]) & (dates <= SPAN[1])]


def mixed_returns() -> pd.DataFrame:
    """Return synthetic returns of two US, two Shanghai and two Sydney names and benchmarks."""
    parts = []
    for mic, names in (
        ("XNYS", ["AA", "BB", "SPX"]),
        ("XSHG", ["600001.SS", "600002.SS", "000001.SS"]),
        ("XASX", ["AAA.AX", "BBB.AX", "XJ.AX"]),
    ):
        index = sessions(mic)
        block = synthetic_returns(len(index), 2, seed=len(names[0]) + len(index)).set_axis(
            names, axis=1
        )
        parts.append(block.set_index(index))
    return pd.concat(parts, axis=1, sort=True)


BENCHMARKS = {"XNYS": "SPX", "XSHG": "000001.SS", "XASX": "XJ.AX"}


@pytest.fixture(scope="module")
def returns() -> pd.DataFrame:
    return mixed_returns()


@pytest.fixture(scope="module")
def result(returns: pd.DataFrame) -> EventStudyResults:
    return EventStudy(returns, ["2019-10-09"], BENCHMARKS, windows=[(-1, 3)]).fit()


def test_each_security_counts_sessions_of_its_own_exchange(
    result: EventStudyResults, returns: pd.DataFrame
) -> None:
    for ticker, mic in (("AA", "XNYS"), ("600001.SS", "XSHG"), ("AAA.AX", "XASX")):
        own = result.abnormal[result.abnormal["security"] == ticker].set_index("relative_session")
        calendar = sessions(mic)
        at = calendar.get_loc(own.loc[0, "session"])
        assert list(own["session"]) == list(calendar[at - 1 : at + 4])


def test_a_holiday_is_no_missing_day(result: EventStudyResults) -> None:
    assert (result.attrition["n_estimation"] == 250).all()
    assert result.diagnostics["pairs_with_gaps"] == 0
    assert result.diagnostics["multi_session_returns"] == 0


def test_mixed_frame_equals_studies_exchange_by_exchange(
    result: EventStudyResults, returns: pd.DataFrame
) -> None:
    for mic, names in (("XNYS", ["AA", "BB"]), ("XSHG", ["600001.SS", "600002.SS"])):
        benchmark = BENCHMARKS[mic]
        own = returns[[*names, benchmark]].dropna(how="all")
        alone = EventStudy(own, ["2019-10-09"], benchmark, windows=[(-1, 3)]).fit()
        together = result.car[result.car["security"].isin(names)]
        np.testing.assert_allclose(together["car"], alone.car["car"], rtol=1e-10)
        np.testing.assert_allclose(together["variance"], alone.car["variance"], rtol=1e-10)


def test_benchmarks_of_a_mapping_are_no_securities(result: EventStudyResults) -> None:
    assert set(result.attrition["security"]) == {
        "AA", "BB", "600001.SS", "600002.SS", "AAA.AX", "BBB.AX"}  # fmt: skip


def test_one_instant_is_priced_on_each_exchange_by_its_own_close(returns: pd.DataFrame) -> None:
    # 08:00 in Shanghai on 10 October is still the evening of the 9th in New York, after its close
    instant = pd.Timestamp("2019-10-10 00:00", tz="UTC")
    events = pd.DataFrame(
        {
            "event_id": ["x"],
            "announced_earliest": [instant],
            "announced_latest": [instant],
            "announced_tz": ["Asia/Shanghai"],
        }
    )
    result = EventStudy(returns, events, BENCHMARKS).fit()
    session = result.attrition.set_index("security")["session"].dt.strftime("%m-%d")
    assert session["AA"] == "10-10"
    assert session["600001.SS"] == "10-10"
    assert result.diagnostics["n_dates"] == 1


def test_securities_of_one_event_are_one_block_though_dates_differ(returns: pd.DataFrame) -> None:
    # during New York hours on Wednesday: Thursday in Shanghai
    instant = pd.Timestamp("2019-10-16 15:00", tz="UTC")
    events = pd.DataFrame(
        {
            "event_id": ["x"],
            "announced_earliest": [instant],
            "announced_latest": [instant],
            "announced_tz": ["America/New_York"],
        }
    )
    result = EventStudy(returns, events, BENCHMARKS).fit()
    assert result.attrition["session"].nunique() == 2
    assert result.diagnostics["n_dates"] == 1
    assert result.diagnostics["mixed_calendars"]
    assert result.headline["test"] == "kp"


def test_correlation_across_exchanges_uses_common_dates(returns: pd.DataFrame) -> None:
    shocked = returns.copy()
    rng = np.random.default_rng(0)
    common = pd.Series(rng.normal(0, 0.03, len(returns)), index=returns.index)
    names = ["AA", "BB", "600001.SS", "600002.SS"]
    shocked[names] = shocked[names].add(common, axis=0)
    result = EventStudy(shocked[[*names, "SPX", "000001.SS"]], ["2019-10-09"],
                        {"XNYS": "SPX", "XSHG": "000001.SS"}).fit()  # fmt: skip
    assert result.diagnostics["mean_correlation"] > 0.5


def test_an_exchange_without_a_benchmark_is_a_reason(returns: pd.DataFrame) -> None:
    result = EventStudy(returns, ["2019-10-09"], {"XNYS": "SPX", "XSHG": "000001.SS"}).fit()
    ledger = result.attrition.set_index("security")["reason"]
    assert ledger["AAA.AX"] == "no_benchmark"
    assert ledger["AA"] == ""


def test_a_mapping_of_unknown_exchanges_is_refused(returns: pd.DataFrame) -> None:
    with pytest.raises(SpecificationError, match=r"'XNYX'.*nearest: 'XNYS'"):
        EventStudy(returns, ["2019-10-09"], {"XNYX": "SPX"})


# Which calendar a column follows


def indices() -> pd.DataFrame:
    """Return synthetic returns of two indices without suffix, one of them with New York's days."""
    days = pd.bdate_range(*SPAN)
    frame = synthetic_returns(len(days), 2, seed=3).set_axis(["SP500", "DAX", "WORLD"], axis=1)
    frame = frame.set_axis(days, axis=0)
    frame.loc[~days.isin(sessions("XNYS")), "SP500"] = np.nan
    return frame


def test_a_column_follows_the_exchange_that_is_named() -> None:
    """27 May 2019 was Memorial Day in New York, and a session in Frankfurt."""
    for named in ({"SP500": "XNYS", "DAX": "XETR"}, {"SP500": "own", "DAX": "own"}, "own"):
        study = EventStudy(indices(), ["2019-05-28"], "WORLD", exchanges=named)
        days = study.fit().abnormal.set_index("security")["session"].dt.strftime("%m-%d")
        assert list(days["SP500"]) == ["05-24", "05-28", "05-29"]
        assert list(days["DAX"]) == ["05-27", "05-28", "05-29"]


def test_an_exchange_named_for_all_equals_its_suffix() -> None:
    frame = indices()[["DAX", "WORLD"]]
    named = EventStudy(frame, ["2019-05-28"], "WORLD", exchanges="XETR").fit()
    suffixed = EventStudy(frame.rename(columns={"DAX": "DAX.DE"}), ["2019-05-28"], "WORLD").fit()
    np.testing.assert_array_equal(named.car["car"], suffixed.car["car"])
    assert any("on which XETR was closed are not used" in note for note in named.notes)


def test_own_days_of_one_column_need_no_benchmark_gap_to_be_filled() -> None:
    frame = indices()
    gap = frame.index[(frame.index > "2019-05-28")][60]
    frame.loc[gap, "WORLD"] = np.nan
    study = EventStudy(frame, ["2019-05-28"], "WORLD", exchanges="own")
    assert (study.fit().attrition["status"] == "kept").all()


def test_a_part_is_named_by_its_city_its_exchange_or_whose_days_it_has() -> None:
    held = {name: SimpleNamespace(exchange=name) for name in ("XNYS", "XSHG", "")}
    markets: Any = list(held.values())
    labels = np.array(["A", "B", "A"], dtype=object)
    assert _place(held["XNYS"], markets, labels) == EXCHANGES["XNYS"].city
    assert _place(held["XSHG"], markets, labels) == EXCHANGES["XSHG"].city
    assert _place(held[""], markets, labels) == "own calendar"
    twice: Any = [held[""], SimpleNamespace(exchange="")]
    assert _place(twice[0], twice, labels) == "days of A and 1 more"
    again: Any = [held["XNYS"], SimpleNamespace(exchange="XNYS")]
    assert _place(again[0], again, labels) == EXCHANGES["XNYS"].name


def test_parts_of_own_days_are_told_apart() -> None:
    from rareearth_research.eventstudy import split

    result = EventStudy(indices(), ["2019-05-28"], "WORLD", exchanges="own").fit()
    assert list(split(result).table["part"]) == ["all", "days of SP500", "days of DAX"]


@pytest.mark.parametrize(
    ("exchanges", "says"),
    [
        ("XNYX", "exchanges='XNYX' is not known; nearest: 'XNYS'"),
        ({"DAX": "XETX"}, r"exchanges\['DAX'\]='XETX' is not known; nearest: .*'XETR'"),
        ({"DAXX": "XETR"}, "names 'DAXX', which is not a column of returns; nearest: 'DAX'"),
        ({"DAX": None}, r"exchanges\['DAX'\]=None is not known"),
        (["XNYS"], "must be the MIC of an exchange"),
        (True, "must be the MIC of an exchange"),
    ],
)
def test_an_exchange_that_nobody_knows_is_refused(exchanges: object, says: str) -> None:
    with pytest.raises(SpecificationError, match=says):
        EventStudy(indices(), ["2019-05-28"], "WORLD", exchanges=exchanges)


def test_shipped_data_run_with_local_benchmarks() -> None:
    import rareearth_research as rer

    shipped = rer.load_returns(["MP", "LYC.AX", "600111.SS"])
    result = rer.EventStudy(shipped, ["2025-07-10"], benchmark="local", windows=[(0, 0)]).fit()
    moved = result.abnormal.set_index("security")["return"]
    assert np.expm1(moved["MP"]) == pytest.approx(0.506, abs=0.001)  # +50.6 % on the day
    assert set(result.specification.benchmark.split(", ")) == {"SPY", "XJO.AX", "000300.SS"}


@pytest.mark.parametrize("timing", ["latest", "earliest", "effective"])
def test_dates_in_a_frame_of_ones_own_are_sessions_of_that_frame(timing: str) -> None:
    """Labor Day closes New York, but not the frame, whatever moment of the event is asked for."""
    returns = synthetic_returns().set_axis(pd.bdate_range("2023-08-01", periods=400), axis=0)
    day = pd.Timestamp("2024-09-02")
    events = pd.DataFrame({"event_id": ["e"], "date": [day], "effective_date": [day]})
    study = EventStudy(returns, events, "MKT", timing=timing)
    assert set(study.fit().attrition["session"]) == {day}


@pytest.mark.parametrize(
    ("benchmark", "model", "gaps", "told"),
    [
        ("SPY", "market", "matched", True),
        ("SPY", "market", "trade_to_trade", True),
        ("SPY", "dimson", "matched", False),
        ("local", "market", "matched", False),
        ("local", "market", "trade_to_trade", False),
    ],
)
def test_a_benchmark_of_other_hours_is_named_in_the_summary(benchmark, model, gaps, told) -> None:
    import rareearth_research as rer

    returns = rer.load_returns(["LYC.AX", "ILU.AX", "600111.SS"])
    study = EventStudy(returns, ["2024-08-15"], benchmark, model, gaps=gaps)
    notes = " ".join(study.fit().summary().notes)
    assert ("SPY for XASX: New York closes" in notes) is told
    assert notes.count(" closes ") == (2 if told else 0)


def test_a_security_without_any_return_says_so() -> None:
    empty = synthetic_returns().assign(EMPTY=np.nan)
    study = EventStudy(empty, [empty.index[300]], "MKT")
    reasons = study.fit().attrition.set_index("security")["reason"]
    assert reasons["EMPTY"] == "no_returns"


def test_a_summary_of_ones_own_data_needs_no_table_of_this_project(
    returns: pd.DataFrame, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    day = returns.dropna().index[-30]
    benchmarks = dict.fromkeys(("XNYS", "XASX", "XSHG"), returns.mean(axis=1).rename("SPY"))
    result = EventStudy(returns, [day], benchmarks, estimation=(-120, -11)).fit()
    monkeypatch.setenv("RAREEARTH_DATA", str(tmp_path / "none"))
    assert "95 % interval" in str(result.summary())
