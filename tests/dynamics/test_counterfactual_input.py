"""What is no series, panel or date is refused, and what the message says to do is done here."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

import rareearth_research as rer
from rareearth_research.dynamics.rows import rows_before
from rareearth_research.dynamics.series import check_series
from rareearth_research.errors import DataError, RareEarthError, SpecificationError
from tests.dynamics.test_state_space import DAYS, synthetic_series
from tests.dynamics.test_synthetic_control import synthetic_panel

Given = dict[str, Any]
WIDE = synthetic_panel(units=7)
Y, CONTROLS = synthetic_series(rows=200)


def panel(**given: Any) -> Given:
    return {"wide": WIDE, "unit": "D0", "donors": None, "date": "2020-01-01"} | given


def holed(column: str, row: int = 3) -> pd.DataFrame:
    wide = WIDE.copy()
    wide.loc[wide.index[row], column] = np.nan
    return wide


def coded(column: str, code: float) -> pd.DataFrame:
    wide = WIDE + 100
    wide.loc["2017-03-01", column] = code
    return wide


def flat(column: str) -> pd.DataFrame:
    return WIDE.assign(**{column: WIDE[column].where(WIDE.index >= "2020-01-01", 5.0)})


OTHERS = [f"D{i}" for i in range(1, 7)]
PANELS: dict[str, tuple[Given, type[RareEarthError], str, Given]] = {
    "an unknown unit": (panel(unit="D00"), SpecificationError,
        "unit: 'D00' is not a column of wide; nearest: 'D0'", panel()),
    "an unknown donor": (panel(donors=["D1", "Dx"]), SpecificationError,
        "donors: 'Dx' is not a column of wide", panel(donors=["D1", "D2"])),
    "the unit among its donors": (panel(donors=["D0", "D1", "D2"]), SpecificationError,
        "donors names 'D0'.*leave it out of donors", panel(donors=["D1", "D2"])),
    "a donor twice": (panel(donors=["D1", "D1", "D2"]), SpecificationError,
        "donors=.* names one twice; name it once", panel(donors=["D1", "D2"])),
    "one donor": (panel(donors=["D1"]), SpecificationError,
        "donors has 1 column, and a mixture needs 2 or more; name more", panel(donors=OTHERS)),
    "a hole in a donor": (panel(wide=holed("D2")), DataError,
        "no finite number in 'D2' on '2015-04-01.*leave the column out of donors",
        panel(wide=holed("D2"), donors=["D1", "D3"])),
    "a hole at the start": (panel(wide=holed("D2", 0)), DataError, r"wide\.dropna\(subset=",
        panel(wide=holed("D2", 0).dropna(subset=["D0", *OTHERS]))),
    "a missing month": (panel(wide=WIDE.drop(WIDE.index[4])), DataError,
        r"no value for the months 2015-05.*begin after them, with wide\['D0'\]\.iloc\[4:\]",
        panel(wide=WIDE.drop(WIDE.index[4]).iloc[4:])),
    "a unit that never moved": (panel(wide=flat("D0")), SpecificationError,
        "unit: 'D0' is 5 in every row before 2020-01-01.*leave it out", panel(unit="D1")),
    "a donor that never moved": (panel(wide=flat("D3")), SpecificationError,
        "donors: 'D3' is 5 in every row before", panel(donors=["D1", "D2"])),
    "two of the same": (panel(wide=WIDE.assign(D3=WIDE["D2"])), SpecificationError,
        "wide has the same values in 'D2' and 'D3'.*leave one of the two out",
        panel(wide=WIDE.assign(D3=WIDE["D2"]), donors=["D1", "D2"])),
    "an impossible number": (panel(wide=WIDE.assign(D2=WIDE["D2"] + 1e200)), DataError,
        r"wide\['D2'\] is 1e.200 on .*; correct that row, or leave it out", panel()),
    "a code for a missing value": (panel(wide=coded("D4", -99.0)), DataError,
        r"wide\['D4'\] is -99 on 2017-03-01.*leave such rows out",
        panel(wide=coded("D4", -99.0).drop(columns="D4"))),
    "too few rows before": (panel(date="2015-04-01"), SpecificationError,
        r"date 2015-04-01 leaves 3 rows before it, while 5 are needed for the weights; choose a ",
        panel(date="2015-06-01")),
    "a date after the end": (panel(date="2030-01-01"), SpecificationError,
        "date in wide: '2030-01-01' is outside of the series, 2015-01-01 to 2022-06-01; choose a",
        panel(date="2022-06-01")),
    "a date that is none": (panel(date="04/05/2020"), SpecificationError,
        "can be read in more than one way; write the day as 'YYYY-MM-DD'", panel()),
    "two dates": (panel(date=["2019-01-01", "2020-01-01"]), SpecificationError,
        "date must be one day, and .* are 2; ask for one at a time", panel()),
    "text": (panel(wide=WIDE.astype(str)), DataError, "makes numbers of them",
        panel(wide=WIDE.astype(str).apply(pd.to_numeric, errors="coerce"))),
    "unsorted rows": (panel(wide=WIDE.iloc[::-1]), DataError, r"sort_index\(\)",
        panel(wide=WIDE.iloc[::-1].sort_index())),
    "a share of one": (panel(level=1), SpecificationError, "level must be a number between 0 and 1",
        panel(level=0.9)),
}  # fmt: skip


@pytest.mark.parametrize("function", [rer.synthetic_control, rer.synthetic_did])
@pytest.mark.parametrize("case", PANELS)
def test_a_panel_that_cannot_be_used_is_refused_and_its_remedy_works(
    case: str, function: Callable[..., Any]
) -> None:
    bad, error, said, mended = PANELS[case]
    with pytest.raises(error, match=said):
        function(**bad)
    more = {"draws": 20} if function is rer.synthetic_did else {}
    assert np.isfinite(function(**mended, **more).table["effect"]).all()


def asked(**given: Any) -> Given:
    return {"series": Y, "date": DAYS[150], "controls": CONTROLS} | given


LATE = CONTROLS.assign(c=np.where(np.arange(200) < 160, 1.0, 2.0))
SUMMED = CONTROLS.assign(c=CONTROLS["a"] - 2 * CONTROLS["b"])
SERIES: dict[str, tuple[Given, type[RareEarthError], str, Given]] = {
    "a frame": (asked(series=Y.to_frame()), DataError, r"one column of a frame is series\['name'\]",
        asked(series=Y.to_frame()["y"])),
    "a hole": (asked(series=Y.where(Y.index != DAYS[20])), DataError, r"series\.dropna\(\)",
        asked(series=Y.where(Y.index != DAYS[20]).dropna())),
    "a constant": (asked(series=Y * 0 + 3), DataError, "3 in every row.*give a series that varies",
        asked()),
    "constant before": (asked(series=Y.where(Y.index >= DAYS[150], 1.0)), SpecificationError,
        "date leaves nothing to learn from: y is 1 in every row before.*choose a later date",
        asked(series=Y.where(Y.index >= DAYS[150], 1.0), date=DAYS[180])),
    "too few rows before": (asked(date=DAYS[25]), SpecificationError,
        "30 are needed for a level and 2 controls; choose a later date", asked(date=DAYS[40])),
    "a short series": (asked(series=Y[:15], controls=None), DataError,
        "has 15 rows, and 21 are needed; give a longer series", asked(controls=None)),
    "controls with a hole": (asked(controls=CONTROLS.drop(DAYS[170])), DataError,
        "no finite number of controls in 'a'", asked(series=Y.drop(DAYS[170]))),
    "controls that end earlier": (asked(controls=CONTROLS[:180]), DataError,
        "or shorten the series", asked(series=Y[:180], controls=CONTROLS[:180])),
    "a control that stands still": (asked(controls=LATE), SpecificationError,
        r"controls: 'c' does not vary before .*controls\.drop\(columns='c'\)",
        asked(controls=LATE.drop(columns="c"))),
    "collinear controls": (asked(controls=SUMMED), SpecificationError,
        r"controls: 'c' is a sum of multiples of the others", asked(controls=SUMMED[["a", "c"]])),
    "controls that are none": (asked(controls=[1, 2]), SpecificationError,
        "controls must be a Series or a DataFrame", asked(controls=CONTROLS["a"])),
}  # fmt: skip


@pytest.mark.parametrize("case", SERIES)
def test_a_series_that_cannot_be_used_is_refused_and_its_remedy_works(case: str) -> None:
    bad, error, said, mended = SERIES[case]
    with pytest.raises(error, match=said):
        rer.state_space_impact(**bad)
    assert np.isfinite(rer.state_space_impact(**mended).table["effect"]).all()


@pytest.mark.parametrize(
    ("index", "date", "before"),
    [
        (pd.date_range("2015-01-01", periods=60, freq="MS"), "2017-03-20", 26),
        (pd.date_range("2015-01-31", periods=60, freq="ME"), "2017-03-20", 26),
        (pd.period_range("2015-01", periods=60, freq="M"), "2017-03-20", 26),
        (pd.date_range("2015-01-01", periods=60, freq="MS").to_period("D"), "2017-03-20", 26),
        (pd.date_range("2015-01-02", periods=60, freq="W-FRI"), "2015-02-04", 5),
        (pd.date_range("2015-01-02", periods=60, freq="W-FRI"), "2015-02-07", 6),  # a Saturday
        (pd.period_range("2015-01-02", periods=60, freq="W-FRI"), "2015-02-04", 5),
        (pd.period_range("2013Q1", periods=60, freq="Q-NOV"), "2014-12-20", 8),
        (pd.period_range("2000", periods=60, freq="Y-JUN"), "2010-08-01", 11),
        (pd.date_range("2015-01-01", periods=60, freq="QS"), "2017-03-20", 8),
        (pd.bdate_range("2015-01-01", periods=60), "2015-01-11", 7),
        (pd.RangeIndex(1950, 2010), 1989, 39),
        (pd.RangeIndex(1950, 2010), "1989-06-01", 39),
    ],
)
def test_the_period_that_holds_the_date_counts_as_after_it(
    index: Any, date: Any, before: int
) -> None:
    values = np.random.default_rng(0).normal(size=60)
    series = check_series("series", pd.Series(values, index))
    assert rows_before("series", date, series, 5, "") == before


def test_a_step_beyond_all_others_is_remarked_wherever_it_is() -> None:
    wide, said = coded("D4", 0.0), "steps by"
    asked = (
        rer.synthetic_control(**panel(wide=wide)),
        rer.state_space_impact(wide["D4"], "2020-01-01", wide[["D1"]]),
        rer.state_space_impact(wide["D1"], "2020-01-01", wide[["D4"]]),
    )
    for found in asked:
        assert any(said in note and "2017-0" in note for note in found.notes), found.notes
