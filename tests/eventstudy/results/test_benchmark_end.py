"""Sydney has no benchmark after 31 December 2025: said, never helped out with another market's."""

import ast
import re

import pandas as pd
import pytest

import rareearth_research as rer
from rareearth_research.errors import SpecificationError
from rareearth_research.eventstudy.results import benchmark_end
from tests.support.eventstudy_cases import synthetic_returns

JAPAN = "cn-2026-01-japan-no1"  # 6 January 2026; session 0 in Sydney is the 7th


def fitted(tickers, benchmark="local", model="market"):
    events = rer.load_events(event_ids=JAPAN)
    return rer.EventStudy(
        rer.load_returns(tickers), events, benchmark, model, windows=[(0, 1)]
    ).fit()


def remedy(text):
    """Read the arguments that a message names."""
    named = re.search(r"benchmark=(\{.*?\}|'\w+') with model=('\w+')", text)
    return [ast.literal_eval(value) for value in named.groups()]


def test_a_pair_behind_the_end_of_its_benchmark_is_left_out_and_the_summary_says_so():
    result = fitted(["LYC.AX", "ILU.AX", "MP"])
    reasons = result.attrition.set_index("security")["reason"]
    assert reasons.to_dict() == {"LYC.AX": "no_benchmark", "ILU.AX": "no_benchmark", "MP": ""}
    notes = " ".join(result.summary().notes)
    assert "XJO.AX, the benchmark of Sydney, covers sessions to 31 December 2025: 2 pairs" in notes


def test_a_pair_left_out_for_another_reason_is_not_counted_with_those_behind_the_end():
    returns = rer.load_returns(["LYC.AX", "ILU.AX", "MP"])
    returns.loc["2026-01-06":"2026-01-09", "ILU.AX"] = float("nan")
    events = rer.load_events(event_ids=JAPAN)
    result = rer.EventStudy(returns, events, "local", windows=[(0, 1)]).fit()
    assert result.attrition.set_index("security")["reason"]["ILU.AX"] == "missing_event_window"
    notes = " ".join(result.summary().notes)
    assert "covers sessions to 31 December 2025: 1 pair that ends later" in notes


def test_the_remedy_of_the_summary_keeps_every_pair_and_the_other_benchmarks():
    benchmark, model = remedy(" ".join(fitted(["LYC.AX", "MP", "600111.SS"]).summary().notes))
    assert benchmark == {"XASX": "SPY", "XNYS": "SPY", "XSHG": "000300.SS"}
    result = fitted(["LYC.AX", "MP", "600111.SS"], benchmark, model)
    assert (result.attrition["status"] == "kept").all()
    assert result.specification.model == "dimson"


def test_a_study_of_sydney_alone_is_refused_with_a_remedy_that_works():
    with pytest.raises(SpecificationError, match=r"XJO\.AX, .* 31 December 2025") as refused:
        fitted(["LYC.AX", "ILU.AX"])
    assert len(fitted(["LYC.AX", "ILU.AX"], *remedy(str(refused.value))).car) == 2


def test_a_study_function_says_the_same_with_a_remedy_of_its_own_arguments():
    asked = {"event_ids": [JAPAN], "securities": ["LYC.AX", "MP"], "windows": [(0, 1)]}
    answer = rer.studies.event_study(**asked)
    assert "Not measured at all: Sydney." in " ".join(answer.limits)
    benchmark, model = remedy(" ".join(answer.limits))
    again = rer.studies.event_study(**asked, benchmark=benchmark, model=model)
    assert (again.result.attrition["status"] == "kept").all()
    assert "31 December 2025" not in " ".join(again.limits)


def test_nothing_is_said_where_the_benchmark_goes_on():
    notes = fitted(["MP", "600111.SS"]).summary().notes
    assert not re.search("the benchmark of .* covers sessions to", " ".join(notes))


def test_the_remedy_for_securities_without_an_exchange_works_too():
    returns = rer.load_returns(["DBB", "IWM"], since="2024-01-01")
    returns.loc["2026-09-01":, "IWM"] = float("nan")
    events = pd.DataFrame({"event_id": ["made-up"], "date": ["2026-09-10"]})
    with pytest.raises(SpecificationError, match="benchmark of the securities") as refused:
        rer.EventStudy(returns, events, "IWM", windows=[(0, 1), (0, 2)]).fit()
    benchmark, model = remedy(str(refused.value))
    assert benchmark == {"XNYS": "SPY"}
    again = rer.EventStudy(returns[["DBB"]], events, benchmark, model, windows=[(0, 2)])
    assert len(again.fit().car) == 1


@pytest.mark.parametrize(
    ("benchmark", "cut", "when"),
    [("SPY", "2026-09-01", "2026-10-07"), ("IWM", "2026-09-01", "2026-10-09")],
)
def test_no_substitute_is_offered_that_ends_too_early_itself(benchmark, cut, when):
    returns = rer.load_returns(["DBB", benchmark], since="2024-01-01")
    returns.loc[cut:, benchmark] = float("nan")
    later = pd.DataFrame({"DBB": 0.0}, index=pd.bdate_range("2026-10-12", periods=5))  # made up
    events = pd.DataFrame({"event_id": ["made-up"], "date": [when]})
    with pytest.raises(SpecificationError, match="Name another benchmark that covers them"):
        rer.EventStudy(pd.concat([returns, later]), events, benchmark, windows=[(0, 2)]).fit()


def test_no_substitute_reaches_where_the_data_have_none(monkeypatch):
    assert benchmark_end._reaches(pd.Timestamp("2020-01-02"))
    monkeypatch.setattr(benchmark_end, "shipped_tickers", lambda: ())
    assert benchmark_end._reaches(pd.Timestamp("2020-01-02")) is False


def test_an_exchange_without_a_benchmark_leaves_none_to_study():
    returns = synthetic_returns(500)[["S0"]]
    study = rer.EventStudy(returns, [returns.index[350]], "local", exchanges="XKRX")
    with pytest.raises(SpecificationError, match=r"no event–security pair .*1 no_benchmark"):
        study.fit()
