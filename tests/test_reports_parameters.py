"""Parameters are refused before a kernel starts, in words that say what to do."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np
import pytest
from synthetic import write_notebook

from rareearth_research.errors import SpecificationError
from rareearth_research.reports.meaning import check_meaning
from rareearth_research.reports.parameters import (
    check_parameters,
    parse_assignment,
    read_parameters,
)


@pytest.fixture
def study(tmp_path: Path) -> Path:
    return write_notebook(tmp_path)


def with_parameters(folder: Path, cell: str) -> Path:
    path = write_notebook(folder)
    text = path.read_text()
    import nbformat

    notebook = nbformat.reads(text, as_version=4)
    notebook.cells[1].source = cell
    nbformat.write(notebook, path)
    return path


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


@pytest.mark.parametrize("cell", ["x = open('f')", "print(1)", "x: nonsense = 1", "x = ("])
def test_a_parameters_cell_that_computes_is_refused(tmp_path, cell):
    with pytest.raises(SpecificationError, match="01_synthetic_squares"):
        read_parameters(with_parameters(tmp_path, cell))


def test_an_annotation_cannot_run_code(tmp_path):
    study = with_parameters(tmp_path, "x: __import__('os').system('true') = 1")
    with pytest.raises(SpecificationError, match="cannot read the type"):
        read_parameters(study)


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


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("x=3", 3),
        ("x=abc", "abc"),
        ("x=[[-1, 1]]", [[-1, 1]]),
        ("x=[MP, LYC.AX]", ["MP", "LYC.AX"]),
        ("x=null", None),
        ("x=true", True),
        ("x=a: b", "a: b"),
        ("x=a=b", "a=b"),
        ("x=2025-10-09", dt.date(2025, 10, 9)),
    ],
)
def test_assignments_are_read_as_a_person_means_them(text, value):
    assert parse_assignment(text) == ("x", value)


@pytest.mark.parametrize("text", ["x", "=3", "a b=3"])
def test_an_assignment_without_name_or_equals_sign_is_refused(text):
    with pytest.raises(SpecificationError, match="name=value"):
        parse_assignment(text)


@pytest.mark.parametrize("windows", [[[1, -1]], [[0]], [["a", "b"]], [[0.5, 1]], [3]])
def test_a_window_is_two_ordered_whole_numbers(windows):
    with pytest.raises(SpecificationError, match="is not a window"):
        check_meaning("windows", windows)


def test_a_window_far_outside_the_data_is_refused():
    with pytest.raises(SpecificationError, match="more than 1,000 sessions"):
        check_meaning("windows", [[0, 99_999]])


def test_an_estimation_window_may_not_overlap_an_event_window(tmp_path):
    cell = "windows: list = [[-1, 1]]\nestimation: list = [-260, -11]"
    study = with_parameters(tmp_path, cell)
    assert check_parameters(study, {"windows": [[-10, 5]]}) == {"windows": [[-10, 5]]}
    with pytest.raises(SpecificationError, match=r"\[-260, -1\] overlaps .* \[-1, 1\]"):
        check_parameters(study, {"estimation": [-260, -1]})


@pytest.mark.parametrize("date", ["2024-13-01", "yesterdayish", ""])
def test_a_date_must_exist(date):
    if date:
        with pytest.raises(SpecificationError, match="is not a date"):
            check_meaning("since", date)
    else:
        check_meaning("since", date)  # empty means no limit


def test_an_unknown_event_is_refused_with_the_nearest():
    with pytest.raises(SpecificationError, match="no event 'cn-2025-10-no55-85'; nearest: 'cn-"):
        check_meaning("event_ids", ["cn-2025-10-no55-85"])


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
    check_meaning(name, right)
    with pytest.raises(SpecificationError, match=f"parameter '{name}': there is no .* '{wrong}'"):
        check_meaning(name, wrong)
