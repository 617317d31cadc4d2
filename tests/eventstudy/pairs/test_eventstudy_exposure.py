"""Securities count only while they are in the business in question."""

from __future__ import annotations

import pandas as pd
import pytest

import rareearth_research as rer
from rareearth_research.errors import SpecificationError
from tests.support.eventstudy_cases import synthetic_returns

EVENTS = ["2019-09-02", "2020-03-02"]


def dates(**by_security: tuple[str, str]) -> pd.DataFrame:
    frame = pd.DataFrame(by_security, index=["exposure_from", "exposure_until"]).T
    return frame.rename_axis("ticker").reset_index()


def ledger(exposure: pd.DataFrame) -> pd.DataFrame:
    returns = synthetic_returns()
    study = rer.EventStudy(returns, EVENTS, model="mean", estimation=(-100, -11), exposure=exposure)
    return study.fit().attrition.set_index(["event_id", "security"])["reason"].unstack()


def test_events_outside_the_exposure_dates_are_dropped_with_a_reason():
    first, second, *others = synthetic_returns().columns
    reasons = ledger(dates(**{first: ("2020-01-01", ""), second: ("", "2019-12-31")}))
    assert reasons[first].tolist() == ["not_exposed", ""]
    assert reasons[second].tolist() == ["", "not_exposed"]
    assert (reasons[others] == "").all(axis=None)


def test_the_first_and_the_last_exposed_session_count():
    name = synthetic_returns().columns[0]
    assert ledger(dates(**{name: ("2019-09-02", "2020-03-02")}))[name].tolist() == ["", ""]


@pytest.mark.parametrize(
    ("table", "said"),
    [
        (pd.DataFrame({"ticker": ["A"], "exposure_from": ["2020-01-01"]}), "exposure_until"),
        (pd.concat([dates(A=("", ""))] * 2), "twice"),
        (dates(A=("soon", "")), "not a date"),
    ],
)
def test_a_table_without_meaning_is_refused(table, said):
    with pytest.raises(SpecificationError, match=said):
        ledger(table)


def test_the_shipped_exposure_dates_leave_out_a_coal_company_before_it_found_rare_earths():
    securities = rer.load_securities(["METC", "MP"])
    study = rer.EventStudy(
        rer.load_returns(["METC", "MP"]),
        rer.load_events(event_ids=["cn-2023-12-tech-catalogue", "cn-2025-10-no61-no62"]),
        benchmark="SPY",
        exposure=securities,
    )
    reasons = study.fit().attrition.set_index(["security", "event_id"])["reason"]
    assert reasons["METC", "cn-2023-12-tech-catalogue"] == "not_exposed"
    assert (reasons.drop(("METC", "cn-2023-12-tech-catalogue")) == "").all()
