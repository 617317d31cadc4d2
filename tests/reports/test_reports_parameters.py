"""Parameters are refused before a kernel starts, in words that say what to do."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path

import numpy as np
import pytest

from rareearth_research.errors import SpecificationError
from rareearth_research.reports.parameters import check_parameters, read_parameters
from rareearth_research.reports.reading.meaning import read_meaning
from rareearth_research.reports.reading.typed import parse_assignment
from rareearth_research.reports.studies import find_study, list_studies
from tests.support.synthetic import with_parameters, write_notebook


@pytest.fixture
def study(tmp_path: Path) -> Path:
    return write_notebook(tmp_path)


def test_parameters_are_read_with_type_default_help_and_choices(study):
    count, label, windows, since = read_parameters(study).values()
    assert (count.name, count.kind, count.default, count.help) == (
        "count", "int", 3, "how many rows",
    )  # fmt: skip
    assert label.choices == ("plain", "bold")
    assert windows.default == [[-1, 1], [0, 5]]
    assert (since.kind, since.default, since.help) == ("str | None", None, "")


def test_a_comment_line_above_explains_the_parameter_below(tmp_path):
    study = with_parameters(tmp_path, "# how many draws\nn_draws: int = 99\nseed = 1  # of draws")
    assert [p.help for p in read_parameters(study).values()] == ["how many draws", "of draws"]


def test_a_type_is_inferred_from_the_default_where_none_is_written(tmp_path):
    study = with_parameters(tmp_path, "a = 1\nb = ['x']\nc = 0.5\nd = True")
    kinds = [p.kind for p in read_parameters(study).values()]
    assert kinds == ["int", "list[str]", "float", "bool"]


def test_a_literal_type_limits_the_choices(tmp_path):
    study = with_parameters(tmp_path, "model: Literal['market', 'mean'] = 'market'")
    assert check_parameters(study, {"model": "mean"}) == {"model": "mean"}
    with pytest.raises(SpecificationError, match="'model' cannot be 'maen'; nearest: 'mean'"):
        check_parameters(study, {"model": "maen"})


def test_an_unknown_name_is_refused_with_the_nearest(study):
    with pytest.raises(SpecificationError, match="has no parameter 'cuont'; nearest: 'count'"):
        check_parameters(study, {"cuont": 3})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("count", "abc"),
        ("count", 1.5),
        ("count", True),
        ("count", None),
        ("count", [1]),
        ("label", 3.5),
        ("windows", [[-1, "b"]]),
        ("windows", float("nan")),
        ("since", {"a": 1}),
        ("count", object()),
    ],
)
def test_an_ill_typed_value_is_refused_by_name(study, name, value):
    with pytest.raises(SpecificationError, match=f"parameter '{name}'"):
        check_parameters(study, {name: value})


def test_values_become_what_a_kernel_can_receive(study):
    given = {"count": np.int64(4), "windows": ((-1, 1),), "since": dt.date(2024, 8, 15)}
    assert check_parameters(study, given) == {
        "count": 4, "windows": [[-1, 1]], "since": "2024-08-15",
    }  # fmt: skip


def test_a_single_window_stands_for_a_list_of_one(study):
    assert check_parameters(study, {"windows": [-2, 2]}) == {"windows": [[-2, 2]]}


def test_words_with_commas_become_a_list_only_where_a_list_is_asked_for(tmp_path):
    study = with_parameters(tmp_path, "names: list[str] = []\nnote: str = ''")
    given = check_parameters(study, {"names": "a, b", "note": "a, b"})
    assert given == {"names": ["a", "b"], "note": "a, b"}


@pytest.mark.parametrize("windows", [[[1, -1]], [[0]], [["a", "b"]], [[0.5, 1]], [3]])
def test_a_window_is_two_ordered_whole_numbers(windows):
    with pytest.raises(SpecificationError, match="is not a window"):
        read_meaning("windows", windows)


def test_a_window_far_outside_the_data_is_refused():
    with pytest.raises(SpecificationError, match="more than 1,000 sessions"):
        read_meaning("windows", [[0, 99_999]])


def test_an_estimation_window_may_not_overlap_an_event_window(tmp_path):
    cell = "windows: list = [[-1, 1]]\nestimation: list = [-260, -11]"
    study = with_parameters(tmp_path, cell)
    assert check_parameters(study, {"windows": [[-10, 5]]}) == {"windows": [[-10, 5]]}
    with pytest.raises(SpecificationError, match=r"\[-260, -1\] overlaps .* \[-1, 1\]"):
        check_parameters(study, {"estimation": [-260, -1]})


def test_an_unknown_event_is_refused_with_the_nearest():
    with pytest.raises(SpecificationError, match="no event 'cn-2025-10-no55-85'; nearest: 'cn-"):
        read_meaning("event_ids", ["cn-2025-10-no55-85"])


@pytest.mark.parametrize(
    ("name", "wrong", "right"),
    [
        ("tickers", "MPX", "MP"),
        ("benchmark", "SPYY", "SPY"),
        ("benchmark", "globall", "local"),
        ("benchmarks", "SPYY", "SPY"),
        ("directions", "tightning", "tightening"),
        ("group", "rare_earth_producer", "rare_earth_producers"),
        ("materials", "Zz", "Ga"),
        ("actor", "XX", "CN"),
        ("control_group", "antimny", "antimony"),
        ("control_event_id", "cn-2024-08-antimny", "cn-2024-08-antimony"),
    ],
)
def test_names_in_parameters_must_exist_in_the_data(name, wrong, right):
    read_meaning(name, right)
    with pytest.raises(SpecificationError, match=f"parameter '{name}': there is no .* '{wrong}'"):
        read_meaning(name, wrong)


@pytest.mark.parametrize(
    ("name", "typed", "meant"),
    [
        ("materials", "dysprosium", ["Dy"]),
        ("materials", "dy, GALLIUM,Graphite", ["Dy", "Ga", "C"]),
        ("benchmark", "spy", "SPY"),
        ("tickers", "lyc.ax", ["LYC.AX"]),
        ("directions", "Easing", ["easing"]),
    ],
)
def test_names_are_known_in_any_case_and_materials_by_their_words(tmp_path, name, typed, meant):
    cell = "materials: list[str] = []\ntickers: list[str] = []\ndirections: list[str] = []"
    study = with_parameters(tmp_path, f"{cell}\nbenchmark: str = 'local'")
    assert check_parameters(study, dict([parse_assignment(f"{name}={typed}")])) == {name: meant}


LIMITED = """\
draws: int = 9  # how many; from 1 to 99
share: float = 0.5  # of days; from 0.1 to 0.9
windows: list[list[int]] = [[0, 1]]  # sessions; from -250 to 250
window: list[int] = [0, 1]  # at least 2 sessions
names: list[str] = ["a", "b"]  # at least 2 names
others: list[str] = ["a"]
free: list[str] = ["a"]  # empty: all
prices_file: str = \"\""""


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("draws=100", "'draws' cannot be 100: it is not from 1 to 99; for example draws=9"),
        ("draws=-1", "it is not from 1 to 99"),
        ("share=1", "it is not from 0.1 to 0.9"),
        ("windows=0,1;0,400", "400 is not from -250 to 250"),
        ("windows=[]", "needs at least 1 item and holds none; for example windows=[[0, 1]]"),
        ("window=1,1", "needs at least 2 sessions and holds 1"),
        ("window=1,0", "[1, 0] is not a window; give two whole numbers, first <= last"),
        ("names=a", "needs at least 2 names and holds 1"),
        ("others=[]", "needs at least 1 item"),
        ("prices_file=none.csv", "there is no file 'none.csv'; write its path as it is seen from"),
    ],
)
def test_ranges_and_lengths_are_read_from_the_comment_beside_a_parameter(tmp_path, given, said):
    with pytest.raises(SpecificationError, match=re.escape(said)):
        check_parameters(with_parameters(tmp_path, LIMITED), dict([parse_assignment(given)]))


def test_what_is_within_the_limits_passes(tmp_path):
    good = ["draws=99", "share=0.1", "windows=-250,250", "window=0,1", "names=c,d", "free=[]"]
    given = dict(map(parse_assignment, good))
    checked = check_parameters(with_parameters(tmp_path, LIMITED), given)
    assert checked == {
        "draws": 99, "share": 0.1, "windows": [[-250, 250]], "window": [0, 1],
        "names": ["c", "d"], "free": [],
    }  # fmt: skip


@pytest.mark.parametrize("study", list_studies(), ids=lambda study: study.name)
def test_a_question_asks_and_how_to_ask_it_otherwise_stands_at_the_parameters(study):
    assert "rareearth report" not in study.question
    assert "below" not in study.question
    text = study.path.read_text("utf-8")
    named = set(re.findall(r"# .*rareearth report (\w+) -p name=value", text))
    assert {find_study(name) for name in named} <= {study}
    assert named or study.name[:2] in ("00", "01")


@pytest.mark.parametrize("study", [study.name for study in list_studies()])
def test_every_number_of_a_study_has_a_range_that_holds_its_default(study):
    for name, parameter in read_parameters(study).items():
        if "int" in parameter.kind:
            assert parameter.limits.span, name
            assert not parameter.limits.breach(parameter.default, name in ("window", "estimation"))


@pytest.mark.parametrize(
    ("study", "given", "said"),
    [
        ("02", "lags=1", "no parameter 'lags'"),
        ("02", "windows=[[0,400]]", "400 is not from -250 to 250"),
        ("02", "estimation=-11,-260", "first <= last"),
        ("02", "estimation=-15,-11", "at least 10 sessions and holds 5"),
        ("02", "materials=Unobtainium", "no material"),
        ("02", "actors=US|materials=Dy|since=2026-10", "no event of the suggested sample"),
        ("04", "lags=1000", "not from 0 to 250"),
        ("06", "series=NOPE", "no series 'NOPE'"),
        ("06", "window=0,0", "at least 2 months"),
        ("07", "marked=nope", "no event 'nope'"),
        ("08", "donors=nope", "no ticker or group 'nope'"),
        ("08", "before=-3", "not from 20 to 5000"),
        ("09", "event_ids=cn-2023-10-graphite", "at least 2 events"),
        ("09", "models=mean,raw|benchmarks=SPY", "'benchmarks' has no effect beside models="),
        ("01", "since=2027-02-01", "no event satisfies since='2027-02-01'"),
    ],
)
def test_a_study_refuses_what_has_no_answer_before_a_kernel_starts(study, given, said):
    with pytest.raises(SpecificationError, match=re.escape(said)):
        check_parameters(study, dict(map(parse_assignment, given.split("|"))))


def test_numbers_can_be_parted_by_commas_as_names_can():
    typed = dict(map(parse_assignment, ["estimation=-260,-11", "windows=0,1;-1,5"]))
    checked = {"estimation": [-260, -11], "windows": [[0, 1], [-1, 5]]}
    assert check_parameters("02", typed) == checked


EVENTS = """\
event_ids: list[str] = ["cn-2024-08-antimony"]
actors: list[str] = []
materials: list[str] = []
since: str = "2009-01-01"
group: str = "antimony"
model: str = "market"
benchmark: str = "local"
securities: list[str] = []"""
MORE = """\
models: list[str] = ["mean"]  # one of: market, mean
windows: list[list[int]] = [[-1, 1]]
estimation: list[int] = [-250, -11]"""


@pytest.mark.parametrize(
    ("given", "checked"),
    [
        ({"materials": "Ga"}, {"materials": ["Ga"], "event_ids": []}),
        ({"since": "2024"}, {"since": "2024", "event_ids": []}),
        ({"actors": "CN", "event_ids": "[]"}, {"actors": ["CN"], "event_ids": []}),
        ({"materials": "[]"}, {"materials": []}),
        ({"since": "2009-01-01"}, {"since": "2009-01-01"}),
        ({"securities": "ON"}, {"securities": ["ON"]}),
        ({"group": "rare_earths"}, {"group": "rare_earths"}),
        ({"model": "raw"}, {"model": "raw"}),
        ({"model": "mean", "benchmark": "local"}, {"model": "mean", "benchmark": "local"}),
        ({"group": "antimony", "securities": "ON"}, {"group": "antimony", "securities": ["ON"]}),
    ],
)
def test_a_filter_of_events_takes_the_place_of_the_default_events(tmp_path, given, checked):
    typed = dict(parse_assignment(f"{name}={value}") for name, value in given.items())
    assert check_parameters(with_parameters(tmp_path, EVENTS), typed) == checked


@pytest.mark.parametrize(
    ("given", "idle"),
    [
        ({"event_ids": ["cn-2024-08-antimony"], "materials": ["Ga"]}, "materials"),
        ({"event_ids": ["cn-2024-08-antimony"], "since": "2024"}, "since"),
        ({"securities": ["ON"], "group": "rare_earths"}, "group"),
        ({"model": "mean", "benchmark": "SPY"}, "benchmark"),
    ],
)
def test_a_parameter_without_effect_is_refused_and_leaving_one_out_helps(tmp_path, given, idle):
    study = with_parameters(tmp_path, EVENTS)
    with pytest.raises(SpecificationError, match=f"'{idle}' has no effect beside .* leave one of"):
        check_parameters(study, given)
    for left_out in given:  # the remedy
        assert check_parameters(study, {k: v for k, v in given.items() if k != left_out})


@pytest.mark.parametrize(
    ("name", "nothing", "remedy"),
    [
        ("windows", "[]", "[[0, 1]]"),
        ("estimation", "[]", "[-260, -11]"),
        ("event_ids", "", "[]"),
        ("group", "", "rare_earths"),
        ("benchmark", "", "SPY"),
        ("models", "[]", "market"),
        ("since", "", "2024"),
        ("materials", "['']", "Ga"),
        ("materials", "", "[]"),
    ],
)
def test_nothing_where_something_is_needed_is_refused(tmp_path, name, nothing, remedy):
    cell = f"{EVENTS}\n{MORE}"
    study = with_parameters(tmp_path, cell)
    with pytest.raises(SpecificationError, match=name):
        check_parameters(study, {name: nothing})
    assert name in check_parameters(study, {name: remedy})


def test_a_window_named_twice_or_inside_the_estimation_is_refused(tmp_path):
    study = with_parameters(tmp_path, "window: list = [0, 1]\nestimation: list = [-260, -11]")
    with pytest.raises(SpecificationError, match=r"estimation: .* overlaps event window"):
        check_parameters(study, {"estimation": [1, 90]})
    study = with_parameters(tmp_path, MORE)
    with pytest.raises(SpecificationError, match=r"'windows' has .* twice; name it once"):
        check_parameters(study, {"windows": "0,1;0,1"})


def test_the_rerun_line_of_a_footer_names_every_parameter_and_is_accepted(tmp_path):
    study = with_parameters(tmp_path, EVENTS)
    defaults = {name: p.default for name, p in read_parameters(study).items()}
    assert check_parameters(study, defaults) == defaults
    filtered = defaults | {"event_ids": [], "materials": ["Ga"]}
    assert check_parameters(study, filtered) == filtered


@pytest.mark.parametrize(
    ("name", "good", "bad", "said"),
    [
        ("since", "2024", "2024-13-01", "no day of the calendar"),
        ("since", "2024-05", "05.01.2024", "more than one way"),
        ("until", "2024-05-31", "2024-05-31 18:00", "no zone"),
        ("since", "2024-01-08", "", "is blank; write a day"),
        ("since", "2024-01", "20240108", "is a number; write the day as '2024-01-08'"),
        ("control_date", "2024-05-31", "2024-05", "is a month"),
        ("dates", ["2024-05-31"], ["2024-05-31", "2024"], "is a year"),
        ("start", "2024-05-31", "yesterdayish", "not a day"),
    ],
)
def test_days_and_spans_are_read_like_everywhere(name, good, bad, said):
    read_meaning(name, good)
    with pytest.raises(SpecificationError, match=f"parameter '{name}'.*{said}"):
        read_meaning(name, bad)


def test_a_year_on_the_command_line_is_text_and_a_span(tmp_path):
    study = with_parameters(tmp_path, "since: str = '2009-01-01'")
    assert check_parameters(study, dict([parse_assignment("since=2024")])) == {"since": "2024"}
    with pytest.raises(
        SpecificationError, match=r"'since' must be str, not 2024.*'2024' in quotes"
    ):
        check_parameters(study, {"since": 2024})


@pytest.mark.parametrize("value", [[{}], [5], [["MP"]], 5, {"a": 1}])
def test_a_name_that_is_no_text_does_not_exist(value):
    with pytest.raises(SpecificationError, match="parameter 'tickers': there is no ticker"):
        read_meaning("tickers", value)


@pytest.mark.parametrize("windows", [[0, 1], ["a"], "x", [[0, 1, 2]]])
def test_windows_of_another_form_are_not_compared(tmp_path, windows):
    cell = f"windows: list = {windows!r}\nestimation: list[int] = [-260, -11]\nx: int = 1"
    assert check_parameters(with_parameters(tmp_path, cell), {"x": 2}) == {"x": 2}


def test_long_values_are_quoted_in_few_words(tmp_path):
    with pytest.raises(SpecificationError) as error:
        read_meaning("tickers", ["x" * 10**6])
    assert len(str(error.value)) < 400
