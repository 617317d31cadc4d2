"""What an editor is told: signatures of lazy names, and the words that an argument takes."""

from __future__ import annotations

import inspect
import re
import subprocess
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Literal, get_args, get_origin, get_type_hints

import pytest

import rareearth_research as rer
from rareearth_research import choices, datasets, studies, timing
from rareearth_research.dynamics.abroad import STEPS
from rareearth_research.eventstudy.inputs.choices import MODELS, OPTIONS
from rareearth_research.eventstudy.questions.dating.curve import SIGNS
from rareearth_research.eventstudy.statistics.verdicts import TESTS
from rareearth_research.studies.sample import BENCHMARKED, OF_CONTROLS
from tests.support.thorough import first_of

ROOT = Path(__file__).resolve().parents[2]
FIRST = """
import sys, jedi
jedi.settings.cache_directory = sys.argv[1]
source = f"import rareearth_research as rer\\n{sys.argv[2]}("
script = jedi.Script(source)
print(*(found.name for found in script.complete() if found.type == "param"))
print(script.get_signatures()[0].docstring())
"""
TABLES: dict[str, Callable[[], Iterable[str]]] = {
    "ModelName": lambda: MODELS,
    "StudyModel": lambda: ("raw", "mean", *BENCHMARKED, *OF_CONTROLS),
    "TestName": lambda: TESTS,
    "Sign": lambda: SIGNS,
    "Group": lambda: rer.load_groups().index,
    "Listing": lambda: rer.load_securities()["exchange"],
    "QuoteStep": lambda: STEPS,
    "Direction": lambda: rer.load_events()["direction"],
}
CALLED = ("EventStudy", "placebo", "load_events", "load_returns", "studies.event_study")


PACKAGES = [rer, datasets, studies, timing]
LISTED = re.compile(r'^(\w+) : \{("[^}]*)\}', re.M)  # in a docstring: ``timing : {"latest", ...}``


def named(call: str) -> Any:
    value: Any = rer
    for part in call.split("."):
        value = getattr(value, part)
    return value


def words_of(annotation: Any) -> set[str]:
    """The words of every `Literal` in an annotation, however deep."""
    if get_origin(annotation) is Literal:
        return {*get_args(annotation)}
    return {word for inner in get_args(annotation) for word in words_of(inner)}


@pytest.mark.parametrize("name", TABLES)
def test_the_words_that_complete_are_those_of_the_table(name: str) -> None:
    assert {*get_args(getattr(choices, name))} == {*TABLES[name]()}


def test_every_option_of_a_study_completes_to_what_it_may_be() -> None:
    hints = get_type_hints(rer.EventStudy.__init__)
    assert {name: words_of(hints[name]) for name in OPTIONS} == {
        name: {*words} for name, words in OPTIONS.items()
    }
    assert words_of(hints["tests"]) == {*TESTS}
    assert words_of(hints["windows"]) == {"events", "clean"}


@pytest.mark.parametrize("package", PACKAGES)
def test_words_that_a_docstring_lists_complete(package: Any) -> None:
    for name in package.__all__:
        value = getattr(package, name)
        for argument, words in LISTED.findall(inspect.getdoc(value) or ""):
            if argument in inspect.signature(value).parameters:  # else a column or an attribute
                hints = get_type_hints(value.__init__ if inspect.isclass(value) else value)
                listed = set(re.findall('"([^"]*)"', words))
                assert words_of(hints[argument]) == listed, (name, argument)


@pytest.mark.parametrize("package", PACKAGES)
def test_a_default_is_one_of_the_words_of_its_argument(package: Any) -> None:
    for name in package.__all__:
        function = getattr(package, name)
        if not inspect.isfunction(function):
            continue
        hints = get_type_hints(function)
        for argument, parameter in inspect.signature(function).parameters.items():
            words, default = words_of(hints.get(argument)), parameter.default
            if words and isinstance(default, str):
                assert default in words, (name, argument)


@pytest.mark.parametrize("call", first_of(CALLED))
def test_a_first_completion_names_every_argument_and_shows_the_docstring(
    call: str, tmp_path: Path
) -> None:
    command = [sys.executable, "-c", FIRST, tmp_path, f"rer.{call}"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    completed, said = done.stdout.split("\n", 1)
    known = [name for name in inspect.signature(named(call)).parameters if name != "self"]
    assert sorted(word.removesuffix("=") for word in completed.split()) == sorted(known)
    assert inspect.getdoc(named(call)).splitlines()[0] in said


@pytest.mark.end_to_end
def test_a_type_checker_knows_the_words_and_refuses_others(tmp_path: Path) -> None:
    source = "import rareearth_research as rer\nrer.EventStudy(frame, [], model='markt')\n"
    script = tmp_path / "study.py"
    script.write_text(f"import pandas as pd\nframe = pd.DataFrame()\n{source}", encoding="utf-8")
    # with the project's own settings, so that what `make lint` has found is not found anew
    done = subprocess.run(
        [sys.executable, "-m", "mypy", script], cwd=ROOT, capture_output=True, text=True
    )
    assert "expected \"Literal['raw', 'mean'" in done.stdout
    assert "Found 1 error" in done.stdout


def test_benchmarks_call_the_package_as_it_is() -> None:
    scripts = [*(ROOT / "benchmarks").rglob("[a-z]*.py")]
    done = subprocess.run(
        [sys.executable, "-m", "mypy", *scripts], cwd=ROOT, capture_output=True, text=True
    )
    calls = ("[call-arg]", "[call-overload]", "[import-not-found]", "[name-defined]", "[syntax]")
    assert f"(checked {len(scripts)} source files)" in done.stdout
    assert [line for line in done.stdout.splitlines() if line.endswith(calls)] == []
