"""Every answer says itself in the same way: a table, a summary, its text and HTML, a picture."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import re
from dataclasses import FrozenInstanceError, fields
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

import rareearth_research as rer
from rareearth_research.datasets.building.build import BuildReport
from rareearth_research.datasets.building.verify import VerifyReport
from rareearth_research.datasets.refreshing.everything import RefreshAll
from rareearth_research.datasets.refreshing.report import RefreshReport
from rareearth_research.datasets.tables.registry import CleaningLog
from rareearth_research.errors import SpecificationError
from rareearth_research.reports import RunCheck, RunComparison
from rareearth_research.reports.runs.differences import COLUMNS as PLACE
from rareearth_research.reports.sweeps.asked import cells_of
from rareearth_research.reports.sweeps.cells import keep, run_cell
from rareearth_research.summary import Drawn, Report, Result, Summary, p_value, remarks
from rareearth_research.workspace.checking import CheckReport
from tests.support.answers import answer_of
from tests.support.eventstudy_cases import synthetic_returns
from tests.support.same import assert_same

PAGE = (Path(__file__).resolve().parents[2] / "docs/architecture.md").read_text(encoding="utf-8")
RETURNS = synthetic_returns(securities=6, shared=0.01)
STUDY = rer.EventStudy(RETURNS, [RETURNS.index[300]], "MKT", windows=[(0, 1)])
CURVE: dict[str, Any] = {"windows": [(0, 1), (0, 2)], "benchmarks": ["MKT"], "progress": False}
FILES = pd.DataFrame({"path": ["clean/a.csv"], "bytes": [1], "status": ["ok"]})
RUN = {"name": "07_trade, series <b>", "tables": ["t.csv"], "figures": []}
ASKED = pd.DataFrame({"parameter": ["series"], "first": [["<b>"]], "second": [[]]})
PLACES = pd.DataFrame([["tables/t.csv", "a", "p", "1", "2"]], columns=PLACE)
TABLES = pd.DataFrame({"table": ["a"], "rows": [1], "sha256": ["0"], "changed": [True]})


def cross_section() -> Any:
    names = [f"S{i}" for i in range(6)]
    size = pd.DataFrame({"security": names, "size": np.arange(6.0)})
    return rer.cross_section(STUDY.fit(), size, "size", cluster=None)


def volume() -> Any:
    rng = np.random.default_rng(0)
    traded = pd.DataFrame(rng.lognormal(12, 0.3, RETURNS.shape), RETURNS.index, RETURNS.columns)
    return rer.abnormal_volume(STUDY, traded)


MONTHS = pd.Series(
    np.random.default_rng(2).normal(size=120).cumsum(),
    pd.date_range("2010-01-01", periods=120, freq="MS"),
    name="synthetic",
)
PRICE = MONTHS.abs() + 1
TWO = ["cn-2024-08-antimony", "cn-2024-12-ban-to-us"]
UNITS = {"abroad": "USD/kg", "home": "CNY/kg"}


@cache
def october() -> Any:
    at = "2025-10-09T09:00+08:00"
    return rer.announcement_card("No. 61", at, materials=["Dy", "Tb"], until="2025-10-08")


def panel() -> Any:
    rng = np.random.default_rng(4)
    values = rng.normal(size=(60, 1)).cumsum(axis=0) + rng.normal(size=(60, 6))
    return pd.DataFrame(values, pd.date_range("2020-01-01", periods=60, freq="MS"), list("ABCDEF"))


def impact() -> Any:
    return rer.state_space_impact(panel()["A"], "2024-06-01", panel()[["B", "C"]])


def shifted() -> pd.Series:
    values = np.random.default_rng(4).normal(size=80) + 1.5 * (np.arange(80) >= 40)
    return pd.Series(values, pd.date_range("2019-01-01", periods=80, freq="MS"), name="shifted")


def swept() -> Any:
    cells = cells_of({"studies": "01", "grid": {"since": ["2025-01-01", "2026-01-01"]}})
    folder = Path(mkdtemp())
    keep(folder, cells[0], run_cell(cells[0]))
    return rer.reports.Sweep.of(folder, cells)


ANSWERS = {
    "LocalProjection": lambda: rer.local_projection(MONTHS, ["2014-03-01", "2016-05-01"], 3, 1),
    "InterruptedSeries": lambda: rer.interrupted(MONTHS, "2016-05-01"),
    "Nervousness": lambda: rer.volatility(RETURNS["S0"], [RETURNS.index[300]]),
    "LeadLag": lambda: rer.lead_lag(RETURNS["S0"], RETURNS["S1"], 3, draws=99),
    "Premium": lambda: rer.premium(PRICE, PRICE, 7.1, vat=0.13, units=UNITS, every="month"),
    "EventStudyResults": lambda: STUDY.fit(),
    "PlaceboResult": lambda: rer.placebo(STUDY),
    "TimingCurve": lambda: rer.timing_curve(STUDY, shifts=(-3, 3)),
    "AnticipationResult": lambda: rer.anticipation(STUDY, 3),
    "ActivityResult": volume,
    "CrossSection": cross_section,
    "SpecificationCurve": lambda: rer.specification_curve(RETURNS, [RETURNS.index[300]], **CURVE),
    "Comparison": lambda: rer.compare(STUDY.fit(), impact(), names=["<b>", "b"]),
    "Split": lambda: rer.split(STUDY.fit(), {"a": ["S0", "S1", "S2"], "b": ["S3", "S4"]}),
    "SyntheticControl": lambda: rer.synthetic_control(panel(), "A", None, "2024-06-01"),
    "SyntheticDid": lambda: rer.synthetic_did(panel(), "A", None, "2024-06-01", draws=20),
    "StateSpaceImpact": impact,
    "Breaks": lambda: rer.find_breaks(shifted()),
    "PolicyDistance": lambda: rer.nearest_policy(rer.find_breaks(shifted()), ["2022-05-01"]),
    "DidItMove": lambda: rer.did_it_move(PRICE, "2016-05-01"),
    "ArticleStudy": lambda: answer_of("origin_article"),
    "TimelineStudy": lambda: answer_of("policy_timeline"),
    "EventsStudy": lambda: answer_of("event_study"),
    "AnticipationStudy": lambda: rer.studies.anticipation(TWO, "antimony", leads=3, lags=3),
    "PriceDynamicsStudy": lambda: rer.studies.price_dynamics("PLMMODY"),
    "PlannedStudy": lambda: answer_of("planned_questions"),
    "SymmetryStudy": lambda: rer.studies.tightening_and_easing(
        ["cn-2023-10-graphite", "talks-2025-10-kl-framework"]
    ),
    "SpilloverStudy": lambda: rer.studies.spillovers("cn-2025-10-no61-no62", "producers_new_york"),
    "TradeStudy": lambda: answer_of("trade_response"),
    "CounterfactualStudy": lambda: rer.studies.counterfactual(before=40, after=4),
    "RobustnessStudy": lambda: rer.studies.robustness(TWO, "antimony", ["mean", "market"]),
    "AnnouncementCard": lambda: october(),
    "AnnouncementOutcome": lambda: october().after("2025-10-14T00:00Z"),
    "Sweep": lambda: swept(),
    "RunComparison": lambda: RunComparison(RUN, RUN, ASKED, ASKED[:0], ASKED, ASKED, PLACES),
    "RunCheck": lambda: RunCheck(RUN, ASKED, ASKED, PLACES),
    "CheckReport": lambda: CheckReport(Path("study"), {}, pd.DataFrame(), (), ("no <event>",)),
    "Overlaps": lambda: rer.overlaps(rer.load_events(since="2025-06-01", until="2025-06-30")),
    "BuildReport": lambda: BuildReport(Path("data"), TABLES, CleaningLog(), 1.0, left=("b.csv",)),
    "VerifyReport": lambda: VerifyReport(Path("data"), FILES, ("clean/a.csv: 2 bytes <now>",)),
    "RefreshReport": lambda: RefreshReport("fred", "FRED", (), to_review=("A <b>",)),
    "RefreshAll": lambda: RefreshAll(
        (RefreshReport("fred", "FRED", (), aside={"A": "<b>"}),), {"gpr": "HTTP 503"}
    ),
}
each_answer = pytest.mark.parametrize("name", ANSWERS)


@cache
def answer(name: str) -> Any:
    return ANSWERS[name]()


def kinds(base: type = Result) -> dict[str, type]:
    """All kinds of answers in the package, by name."""
    for module in pkgutil.walk_packages(rer.__path__, "rareearth_research."):
        importlib.import_module(module.name)
    found, more = {}, [base]
    while more:
        more += (below := more.pop().__subclasses__())
        found |= {kind.__name__: kind for kind in below}
    return {name: kind for name, kind in found.items() if "__dataclass_fields__" in vars(kind)}


def test_every_kind_of_answer_is_tested_here_and_listed_on_the_page() -> None:
    listed = set(re.findall(r"^\| `(\w+)` \| `", PAGE, re.M))
    shared = {"StudyAnswer", "SampleAnswer", "BesidePlan", "SlowStudy"}
    assert kinds().keys() - shared == ANSWERS.keys() == listed


@each_answer
def test_an_answer_is_frozen_and_has_a_table(name: str) -> None:
    found = answer(name)
    assert isinstance(found.table, pd.DataFrame)
    with pytest.raises(FrozenInstanceError):
        setattr(found, fields(found)[0].name, None)


@each_answer
def test_an_answer_is_shown_as_its_summary(name: str) -> None:
    found = answer(name)
    said = found.summary()
    assert isinstance(said, Summary)
    assert said.headline.strip()
    assert all(note.strip() for note in said.notes)
    assert repr(found) == str(found) == (said.lines if isinstance(found, Report) else str(said))
    assert found._repr_html_() == said._repr_html_()


# the first two hold a fit of statsmodels and a function; the others what an EventsStudy holds
NOT_KEPT = {"CrossSection", "AnticipationStudy", "ArticleStudy", "PlannedStudy", "RobustnessStudy",
            "SymmetryStudy", "SpilloverStudy", "AnnouncementOutcome"}  # fmt: skip


@pytest.mark.parametrize("name", sorted(ANSWERS.keys() - NOT_KEPT))
def test_an_answer_comes_back_from_its_folder_to_the_last_bit(name: str, tmp_path: Path) -> None:
    loaded = rer.load_result(rer.save_result(answer(name), tmp_path / "kept"))
    assert_same(answer(name), loaded)
    assert loaded._repr_html_() == answer(name)._repr_html_()


@each_answer
def test_a_summary_has_no_line_that_a_terminal_would_break(name: str) -> None:
    said = answer(name).summary()
    words = str(Summary(said.headline, said.table.iloc[:0, :0], said.notes)).splitlines()
    assert max(map(len, words)) <= 100


@each_answer
def test_the_page_says_how_an_answer_is_drawn(name: str) -> None:
    row = re.search(rf"^\| `{name}` \|.*\|.*\| (.*) \| (.*) \|$", PAGE, re.M)
    kind = kinds()[name]
    picture = f"`{kind.picture}`" if issubclass(kind, Drawn) else "its own"
    assert row is not None
    assert row[1] == (picture if hasattr(kind, "plot") else "–")
    assert row[2] == ("sentences" if issubclass(kind, Report) else "summary")


@each_answer
def test_an_answer_with_a_picture_draws_it(name: str) -> None:
    if hasattr(answer(name), "plot"):
        assert answer(name).plot().get_suptitle()
        plt.close("all")


@each_answer
def test_each_picture_of_an_answer_says_its_options_and_refuses_others(name: str) -> None:
    found = answer(name)
    for method in (getattr(found, part) for part in dir(found) if part.startswith("plot")):
        options = inspect.signature(method).parameters
        assert {"title", "source"} <= options.keys()
        assert all(f"{option}" in method.__doc__ for option in options)
        with pytest.raises(SpecificationError, match="nearest: 'title'"):
            method(titel="x")


def test_texts_in_a_summary_are_no_markup() -> None:
    html = Summary("a <b>", pd.DataFrame({"<i>": ["<u>"]}), ("<script>",))._repr_html_()
    assert not re.search("<(b|i|u|script)>", html.replace("<p><b>", ""))


def test_a_summary_wraps_for_a_narrow_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)
    wide = pd.DataFrame({f"column {i}": [i] for i in range(12)})
    assert max(map(len, str(Summary("word " * 30, wide, ("note " * 30,))).splitlines())) <= 40


def test_a_table_is_not_broken_where_no_terminal_is_written_to() -> None:
    wide = pd.DataFrame({f"column {i}": [i] for i in range(20)})
    assert len(str(Summary("Wide.", wide)).splitlines()) == 4


def test_notes_of_a_table_say_which_rows_they_are_about() -> None:
    table = pd.DataFrame({"test": ["kp", "bmp", "kp"], "note": ["few", "few", ""]})
    assert remarks(table, "test") == ("kp, bmp: few",)


def test_numbers_in_words_are_never_zero_by_rounding_nor_missing_by_name() -> None:
    assert [p_value(p) for p in (0.00001, 0.25, np.nan)] == ["< 0.0001", "0.2500", "–"]
