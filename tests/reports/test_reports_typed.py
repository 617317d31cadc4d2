"""What was typed means what its parameter can hold: on the line, in a file and from a program."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from rareearth_research.errors import SpecificationError
from rareearth_research.reports.parameters import check_parameters, read_parameters
from rareearth_research.reports.reading.annotations import read_type
from rareearth_research.reports.reading.typed import Typed, parse_assignment, read_parameter_file
from rareearth_research.reports.reading.values import fit
from tests.support.synthetic import with_parameters

# type, what was typed, what it means
READINGS = [
    ("list[str]", "ON", ["ON"]),
    ("list[str]", "[ON, MP]", ["ON", "MP"]),
    ("list[str]", "ON,MP", ["ON", "MP"]),
    ("list[str]", "NO", ["NO"]),
    ("list[str]", "[null, ~, 010, 1e3, 2024-01-01]", ["null", "~", "010", "1e3", "2024-01-01"]),
    ("list[str]", '["ON", "a,b"]', ["ON", "a,b"]),
    ("list[str]", "[]", []),
    ("list[str]", "MP,", ["MP"]),
    ("str", "yes", "yes"),
    ("str", "010", "010"),
    ("str", "null", "null"),
    ("str", "[draft] one: two", "[draft] one: two"),
    ("str", "a=b", "a=b"),
    ("str", "", ""),
    ("str", '"quoted"', "quoted"),
    ("str", "'quoted'", "quoted"),
    ("str", "2024", "2024"),
    ("int", "010", 10),
    ("int", "1e3", 1000),
    ("int", "0x1F", 31),
    ("int", "-7", -7),
    ("int", '"3"', 3),
    ("float", "1e-3", 0.001),
    ("float", ".5", 0.5),
    ("float", "5", 5.0),
    ("bool", "yes", True),
    ("bool", "ON", True),
    ("bool", "No", False),
    ("bool", "FALSE", False),
    ("str | None", "null", None),
    ("str | None", "None", None),
    ("str | None", "~", None),
    ("str | None", '"None"', "None"),
    ("Optional[int]", "None", None),
    ("int | str", "5", 5),
    ("int | str", '"5"', "5"),
    ("str | list[str]", "ON", "ON"),
    ("str | list[str]", "[ON, MP]", ["ON", "MP"]),
    ("list[int]", "-260,-11", [-260, -11]),
    ("list[int]", "[010, 1e1]", [10, 10]),
    ("tuple[int, int]", "-260,-11", [-260, -11]),
    ("list[list[int]]", "-1,1", [[-1, 1]]),
    ("list[list[int]]", "-1,1;0,5", [[-1, 1], [0, 5]]),
    ("list[list[int]]", "[-1, 1]", [[-1, 1]]),
    ("list[list[int]]", "[[-1, 1], [0, 5]]", [[-1, 1], [0, 5]]),
    ("list[tuple[int, int]]", "-1,1;0,5", [[-1, 1], [0, 5]]),
    ("Literal['yes', 'no']", "no", "no"),
    ("Literal[1, 2]", "2", 2),
    ("dict[str, int]", "{a: 010}", {"a": 10}),
    ("Any", "010", 10),
    ("Any", "ON", "ON"),
    ("Any", "true", True),
    ("Any", "2025-10-09", "2025-10-09"),
    ("Any", "[1, x]", [1, "x"]),
    ("Any", '"12"', "12"),
]


@pytest.mark.parametrize(("kind", "typed", "meaning"), READINGS)
def test_a_word_on_the_line_is_read_by_the_type_of_its_parameter(tmp_path, kind, typed, meaning):
    study = with_parameters(tmp_path, f"x: {kind} = None")
    name, text = parse_assignment(f"x={typed}")
    read = check_parameters(study, {name: text})["x"]
    assert (read, type(read)) == (meaning, type(meaning))


@pytest.mark.parametrize(
    ("kind", "line", "meaning"),
    [
        ("list[str]", "[ON, NO, 'a,b']", ["ON", "NO", "a,b"]),
        ("list[str]", "\n- ON\n- 010", ["ON", "010"]),
        ("str", "010", "010"),
        ("int", "010", 10),
        ("str", "2024-05-01", "2024-05-01"),
        ("str | None", "~", None),
        ("str | None", "'~x'", "~x"),
        ("bool", "yes", True),
        ("list[list[int]]", "[[-1, 1], [0, 5]]", [[-1, 1], [0, 5]]),
    ],
)
def test_a_line_of_a_file_is_read_like_one_on_the_command_line(tmp_path, kind, line, meaning):
    study = with_parameters(tmp_path, f"x: {kind} = None")
    (tmp_path / "p.yaml").write_text(f"x: {line}\n")
    assert check_parameters(study, read_parameter_file(tmp_path / "p.yaml")) == {"x": meaning}


@pytest.mark.parametrize(
    ("kind", "value", "meaning"),
    [
        ("list[str]", ["ON", "NO"], ["ON", "NO"]),
        ("str", "None", "None"),
        ("int", "3", 3),
        ("int | None", "None", None),
        ("int | str", "5", "5"),
        ("str", dt.date(2024, 8, 15), "2024-08-15"),
        ("str", pd.Timestamp("2024-08-15"), "2024-08-15"),
        ("list[int]", np.array([1, 2]), [1, 2]),
        ("list[str]", pd.Index(["MP", "ON"]), ["MP", "ON"]),
        ("list[str]", np.array(["2024-08-15"], "datetime64[D]"), ["2024-08-15"]),
        ("bool", np.True_, True),
        ("float", 5, 5),
    ],
)
def test_a_value_from_a_program_is_held_to_the_type(tmp_path, kind, value, meaning):
    study = with_parameters(tmp_path, f"x: {kind} = None")
    assert check_parameters(study, {"x": value}) == {"x": meaning}


@pytest.mark.parametrize(
    ("kind", "value", "said"),
    [
        ("int", Typed("abc"), "whole number"),
        ("int", Typed("1.5"), "whole number"),
        ("int", Typed("9" * 30), "18 digits"),
        ("int", Typed("9" * 100_001), "longer than"),
        ("int", 10**30, "18 digits"),
        ("int", 10**5000, "cannot be"),
        ("float", Typed("nan"), "finite"),
        ("float", Typed("1e999"), "finite"),
        ("float", Typed("1,5"), "finite"),
        ("bool", Typed("1"), "true or false"),
        ("bool", 1, "true or false"),
        ("str", 2024, "write '2024' in quotes"),
        ("str | None", "None", "for nothing give null"),
        ("list[str]", Typed("a,,b"), "empty"),
        ("list[str]", Typed("[a"), "cannot be read"),
        ("list[str]", Typed("[*a]"), "aliases"),
        ("list[str]", Typed("[" * 5000), "nested"),
        ("list[str]", Typed(""), r"nothing is given; an empty list is written \[\]"),
        ("list[str]", None, "list"),
        ("list[int]", Typed("1,x"), r"\[1\]"),
        ("tuple[int, int]", Typed("1,2,3"), "2 values"),
        ("dict[str, int]", Typed("a"), "mapping"),
        ("str", "\ud800", "UTF-8"),
        ("str", "a\x1bb", "control character"),
        ("str", object(), "cannot be"),
        ("str", pd.NaT, "cannot be"),
        ("list[str]", {"MP"}, "cannot be"),
        ("list[str]", pd.DataFrame({"a": [1]}), "cannot be"),
        ("dict[str, int]", {1: 1}, "cannot be"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_no_reading_fits_is_refused_by_name_and_in_few_words(tmp_path, kind, value, said):
    study = with_parameters(tmp_path, f"x: {kind} = None")
    with pytest.raises(SpecificationError, match=f"parameter 'x'.*{said}") as error:
        check_parameters(study, {"x": value})
    assert len(str(error.value)) < 500


def test_the_remedies_for_text_and_nothing_work(tmp_path):
    study = with_parameters(tmp_path, "x: str | None = 'a'\ny: str = ''")
    assert check_parameters(study, {"x": None, "y": "2024"}) == {"x": None, "y": "2024"}
    assert check_parameters(study, dict([parse_assignment("x=null")])) == {"x": None}


def test_a_list_that_contains_itself_is_refused(tmp_path):
    endless: list = []
    endless.append(endless)
    with pytest.raises(SpecificationError, match="cannot be"):
        check_parameters(with_parameters(tmp_path, "x: list = []"), {"x": endless})


@pytest.mark.parametrize("given", [None, 5, [("x", 1)], "x=1"])
def test_parameters_are_a_mapping(tmp_path, given):
    with pytest.raises(SpecificationError, match="must be a mapping"):
        check_parameters(with_parameters(tmp_path, "x: int = 1"), given)


@pytest.mark.parametrize("text", ["x", "=3", "a b=3", "x" * 10**6])
def test_an_assignment_without_name_or_equals_sign_is_refused(text):
    with pytest.raises(SpecificationError, match="name=value") as error:
        parse_assignment(text)
    assert len(str(error.value)) < 200


BOMB = "a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"x: \xff\xfe", "not UTF-8"),
        ("x: ä".encode("utf-16"), "not UTF-8"),
        (b"- 1\n- 2", "must hold 'name: value'"),
        (b"", "must hold 'name: value'"),
        (b"just words", "must hold 'name: value'"),
        (b"x: 1\ny: 2\nx: 3", "line 3: 'x' is there twice"),
        (b"x:\n\t- 1", "line 2: a tab"),
        (BOMB.encode(), "line 1: anchors and aliases"),
        (b"x: !!python/object/apply:os.system [ls]", "tags"),
        (b"x: 1\n---\nx: 2", "line 2: a second document"),
        (b"x: [1", "line 1"),
        (b"x: \x00", "special characters"),
        (b"x: " + b"[" * 100_000, "nested more than 12 deep"),
        (b"? [a, b]\n: 1", "a name must be one word"),
        (b"x: " + b"a" * 10_000_000, "larger than 1 MB"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_file_that_is_no_plain_list_of_parameters_is_refused(tmp_path, content, said):
    file = tmp_path / "p.yaml"
    file.write_bytes(content)
    with pytest.raises(SpecificationError, match=rf"p\.yaml.*{said}") as error:
        read_parameter_file(file)
    assert len(str(error.value)) < 600


@pytest.mark.parametrize("name", ["nowhere.yaml", ".", "a\0b", "x" * 5000])
def test_a_file_that_cannot_be_opened_is_named(tmp_path, name):
    with pytest.raises(SpecificationError, match="cannot read"):
        read_parameter_file(tmp_path / name)


def test_a_byte_order_mark_is_no_part_of_the_first_name(tmp_path):
    (tmp_path / "p.yaml").write_bytes(b"\xef\xbb\xbfx: 1\n")
    assert read_parameter_file(tmp_path / "p.yaml") == {"x": "1"}


@pytest.mark.parametrize(
    "cell",
    [
        "x: [c for c in ()] = 3",
        "x: __import__('os').system('true') = 1",
        "x: list[open('f')] = 1",
        "x: Literal[open] = 1",
        "x: int.__class__ = 1",
        "x: typing.os = 1",
        "x: (lambda: 1)() = 1",
        "x: 'open(1)' = 1",
        "x: f'{1}' = 1",
        "x: int[str] = 1",
        "x: dict[int] = 1",
        "x: nonsense = 1",
        f"x: {'list[' * 50}int{']' * 50} = 1",
        f"x: {' | '.join(['int'] * 500)} = 1",
    ],
)
def test_an_annotation_that_is_no_type_is_refused_unread(tmp_path, cell):
    with pytest.raises(SpecificationError, match="cannot read the type"):
        read_parameters(with_parameters(tmp_path, cell))


@pytest.mark.parametrize(
    ("annotation", "good", "bad"),
    [
        ("typing.Optional[typing.List[int]]", [1], "x"),
        ("'int | None'", 3, "x"),
        ("Union[int, None]", None, "x"),
        ("Dict[str, list[int]]", {"a": [1]}, {"a": ["x"]}),
        ("tuple[int, ...]", [1, 2, 3], ["x"]),
        ("Literal['a', -1, None]", -1, "b"),
        ("t.Any", {"a": [None]}, object()),
    ],
)
def test_every_way_of_writing_a_type_is_read(tmp_path, annotation, good, bad):
    study = with_parameters(tmp_path, f"x: {annotation} = None")
    assert check_parameters(study, {"x": good}) == {"x": good}
    with pytest.raises(SpecificationError, match="parameter 'x'"):
        check_parameters(study, {"x": bad})


def test_reading_a_type_gives_the_type_that_python_would():
    assert read_type("dict[str, list[int]]") == dict[str, list[int]]
    assert read_type("int | None") == int | None
    assert fit(Typed("5"), read_type("int")) == 5


def test_an_unknown_name_is_quoted_in_few_words(tmp_path: Path):
    study = with_parameters(tmp_path, "x: int = 1")
    with pytest.raises(SpecificationError, match="has no parameter") as error:
        check_parameters(study, {"y" * 10**6: 1})
    assert len(str(error.value)) < 300
