"""A number is cited by a sentence, a BibTeX entry and an id of its own."""

from __future__ import annotations

import re
import shutil
import subprocess

import pandas as pd
import pytest

import rareearth_research as rer
from tests.support.eventstudy_cases import synthetic_returns

RETURNS = synthetic_returns(securities=6, shared=0.01)


def fit(day: int = 300):
    return rer.EventStudy(RETURNS, [RETURNS.index[day]], "MKT", windows=[(0, 1)]).fit()


def test_the_id_is_that_of_the_value_and_lasts_through_saving(tmp_path):
    cited = rer.cite(fit())
    assert re.fullmatch(r"rer-[0-9a-f]{10}", cited.id)
    assert rer.cite(fit()).id == cited.id != rer.cite(fit(301)).id
    assert rer.cite(rer.load_result(rer.save_result(fit(), tmp_path / "kept"))).id == cited.id
    assert cited.value["effect"] == fit().verdict["caar"].iloc[0]


def test_the_sentence_holds_finding_id_and_data():
    cited = rer.cite(fit())
    assert fit().summary().headline in cited.sentence
    assert cited.id in cited.sentence
    assert "data as given" in cited.sentence  # not the shipped tables
    assert cited.sentence in str(cited)


def test_an_answer_without_one_effect_is_cited_by_its_sentence():
    cited = rer.cite(rer.placebo(fit()))
    assert cited.value == {}
    assert cited.id in cited.bibtex


def test_tables_are_cited_as_before():
    assert rer.cite("vix") == rer.datasets.cite("vix")
    assert isinstance(rer.cite(rer.load_vix()), str)
    assert isinstance(rer.load_vix(), pd.DataFrame | pd.Series)


def parsed(entry: str) -> dict[str, str]:
    """Return the fields of a BibTeX entry, its braces counted as BibTeX counts them."""
    kind, _, rest = entry.partition("{")
    assert kind == "@misc"
    fields, depth, start = {}, 1, 0
    for i, sign in enumerate(rest):
        depth += (sign == "{") - (sign == "}")
        assert depth >= 0
        if (depth == 1 and sign == ",") or depth == 0:
            name, _, value = rest[start:i].partition(" = ")
            fields[name.strip()], start = value, i + 1
    assert depth == 0
    assert not rest[start:].strip()
    return fields


def test_bibtex_is_one_entry_whatever_stands_in_it(monkeypatch):
    result = fit()
    for title in ("EventStudyResults", *'{}@"%#\\,\n\0', "} @misc{x, a = {b}", "é}{{"):
        monkeypatch.setattr("rareearth_research.keeping.citation.titled", lambda _, t=title: t)
        fields = parsed(rer.cite(result).bibtex)
        assert [*fields][1:-1] == ["author", "title", "year", "note"], title


def test_titles_are_words():
    assert "Event study, computed with" in rer.cite(fit()).sentence
    assert "Placebo, computed with" in rer.cite(rer.placebo(fit())).bibtex


@pytest.mark.skipif(shutil.which("bibtex") is None, reason="needs bibtex")
def test_bibtex_is_read_by_bibtex(tmp_path, monkeypatch):
    monkeypatch.setattr("rareearth_research.keeping.citation.titled", lambda _: 'a } { " @ \\ b')
    cited = rer.cite(fit())
    (tmp_path / "a.bib").write_text(cited.bibtex, encoding="utf-8")
    lines = [rf"\citation{{{cited.id}}}", r"\bibdata{a}", r"\bibstyle{plain}"]
    (tmp_path / "a.aux").write_text("\n".join(lines))
    done = subprocess.run(["bibtex", "a"], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout
    assert "Warning" not in done.stdout
