"""Several answers side by side, as text, HTML and LaTeX that compiles."""

from __future__ import annotations

import re
import shutil
import subprocess
from typing import Any

import numpy as np
import pandas as pd
import pytest

import rareearth_research as rer
from rareearth_research.errors import SpecificationError
from rareearth_research.latex import escaped, tabular
from tests.support.eventstudy_cases import synthetic_returns

RETURNS = synthetic_returns(securities=6, shared=0.01)
DAYS = [RETURNS.index[i] for i in (260, 290, 320, 350)]


def fit(**asked: Any) -> Any:
    return rer.EventStudy(RETURNS, DAYS, "MKT", windows=[(0, 1)], **asked).fit()


@pytest.fixture(scope="module")
def both() -> Any:
    simple = {"return_type": "simple", "min_obs": 200, "estimation": (-255, -11)}
    return rer.compare(fit(), fit(**simple), names=["all & sundry", "simple"])


def test_each_column_holds_the_numbers_of_its_answer(both):
    found, row = fit(), both.table.iloc[0]
    verdict = found.verdict.iloc[0]
    assert [*row[["effect", "lower", "upper"]]] == [*verdict[["caar", "lower", "upper"]]]
    tests = found.table.set_index("test")
    assert row["p_value"] == tests.loc["kp", "p_value"]
    assert row["p_dates"] == tests.loc["date_t", "p_value"]
    assert (row["n"], row["dates"], row["dropped"]) == (24, 4, 0)


def test_units_that_differ_are_said_in_every_column(both):
    shown = both.side_by_side.set_index("")
    assert [*shown.loc["Unit"]] == ["log %", "% (simple returns)"]
    assert "Unit" not in [*rer.compare(fit(), fit()).side_by_side[""]]


def test_what_was_dropped_is_counted_and_why(both):
    last = rer.EventStudy(RETURNS.iloc[:351], DAYS, "MKT", windows=[(0, 5)]).fit()
    row = rer.compare(last).table.iloc[0]
    assert row["dropped"] == 6
    assert "dropped: " in row["notes"]


def test_other_news_in_the_windows_is_counted_in_the_table():
    near = pd.DataFrame({"event_id": ["other"], "date": DAYS[:1]})
    amid = rer.compare(fit(known_events=near), fit())
    assert [*amid.table["amid"]] == [6, 0]
    assert [*amid.side_by_side.set_index("").loc["Amid other news"]] == ["6", "0"]


def test_one_date_is_held_against_other_dates():
    one = rer.EventStudy(RETURNS, DAYS[:1], "MKT", windows=[(0, 1)]).fit()
    row = rer.compare(one).table.iloc[0]
    assert row["by_dates"] == "placebo"
    assert row["p_dates"] == one.verdict["placebo_p"].iloc[0]


def test_interval_and_p_value_of_a_series_are_those_its_summary_leads_with():
    days = pd.bdate_range("2020-01-01", periods=70)
    series = pd.Series(np.random.default_rng(3).normal(size=70).cumsum(), days, name="y")
    few = series[:24]
    for found, by in [
        (rer.local_projection(series, [days[35]], 2), "other dates"),
        (rer.local_projection(series, [*days[10:60:4]], 2), "formula"),
        (rer.interrupted(series, days[50]), "other dates"),
        (rer.state_space_impact(series, days[66]), "other dates"),
        (rer.state_space_impact(few, days[22]), "formula"),
    ]:
        row = rer.compare(found).table.iloc[0]
        said = found.summary().headline.replace("−", "-")
        ends = re.search(r"90 % interval[a-z ]* ([-+.\d]+) to ([-+.\d]+)", said).groups()
        assert [*map(float, ends)] == pytest.approx([*row[["lower", "upper"]]], rel=0.01)
        assert row["by"] == by
        level = 1 - found.level
        assert (row["p_value"] <= level) == (row["lower"] > 0 or row["upper"] < 0)


def test_results_without_one_effect_are_refused_by_place():
    with pytest.raises(SpecificationError, match=r"results\[1\] must be an answer with one effect"):
        rer.compare(fit(), rer.placebo(fit()))


def test_latex_has_a_cell_for_every_column_and_no_sign_that_means_something_else(both):
    text = both.to_latex(caption="100 % of A&B, r̄ ≤ 0.1")
    rows = re.findall(r"^(.*) \\\\$", text, re.M)
    assert {len(re.findall(r"(?<!\\)&", row)) for row in rows} == {2}
    assert not re.search(r"(?<!\\)[%#_~^](?! needs)", text)
    assert not re.search(r"^\[", text, re.M)  # \\[...] is a length
    assert text.count("{") - text.count(r"\{") == text.count("}") - text.count(r"\}")
    assert re.search(r"\\toprule.*\\midrule.*\\bottomrule", text, re.S)


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="needs pdflatex")
def test_latex_compiles_with_booktabs_alone(both, tmp_path):
    every = " ".join(map(chr, range(0x250))) + " − – — … ≤ ≥ ≠ √ ∞ → β ệ 稀"
    signs = pd.DataFrame({"[0, 1]": ["[a]", "*", every]})
    parts = [both.to_latex(), fit().to_latex(), tabular(signs, every, "^1\n\n\\end{table}")]
    page = r"\documentclass{article}\usepackage{booktabs}\begin{document}"
    (tmp_path / "a.tex").write_text("\n".join([page, *parts, r"\end{document}"]), encoding="utf-8")
    command = ["pdflatex", "-halt-on-error", "-interaction=nonstopmode", "a.tex"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-2000:]


def test_a_sign_that_latex_lacks_is_a_question_mark_and_an_accent_stays():
    said = escaped("稀 Étude r̄ [-260, 2025-10-09]")
    assert said == r"? \'{E}tude mean r {[}$-$260, 2025-10-09]"


def test_no_sign_reaches_latex_as_more_than_a_sign():
    known = re.compile(r"\\[a-zA-Z]+\{\}|\\.|\$[^$]+\$|\{[\[*]\}")
    for sign in map(chr, [*range(0x3000), 0xFEFF, 0x1F600, 0xD800]):
        text = escaped(f"a{sign}b")
        assert text.isascii(), text
        assert text.isprintable(), text
        assert text.count("{") == text.count("}"), text
        assert not {*known.sub("", text)} & {*"\\#$%&_^*["}, text
