"""A result comes back from its folder to the last bit, or says what is wrong with the folder."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import rareearth_research as rer
from rareearth_research.errors import DataError, RareEarthError, SpecificationError
from rareearth_research.keeping.stored import identity
from tests.support.eventstudy_cases import synthetic_returns
from tests.support.same import assert_same

RETURNS = synthetic_returns(securities=6, shared=0.01)


@pytest.fixture(scope="module")
def result() -> Any:
    return rer.EventStudy(RETURNS, [RETURNS.index[300]], "MKT", windows=[(0, 1)]).fit()


@pytest.fixture
def folder(result, tmp_path) -> Path:
    return rer.save_result(result, tmp_path / "kept")


def document(folder: Path) -> dict[str, Any]:
    return json.loads((folder / "result.json").read_text(encoding="utf-8"))


def test_what_comes_back_can_be_asked_the_same_questions(result, folder):
    loaded = rer.load_result(folder)
    assert_same(result, loaded)
    assert loaded.summary().lines == result.summary().lines
    assert_same(rer.placebo(loaded), rer.placebo(result))
    assert_same(rer.leave_one_out(loaded, by="security"), rer.leave_one_out(result, by="security"))


def test_a_saved_result_is_csv_and_json_that_any_program_reads(result, folder):
    assert {path.suffix for path in folder.iterdir()} == {".csv", ".json"}
    table = pd.read_csv(folder / "table.csv", dtype=str)
    np.testing.assert_array_equal(table["statistic"].astype(float), result.table["statistic"])


def test_odd_values_come_back_as_they_were(result, tmp_path):
    odd = pd.DataFrame(
        {
            "text": ["", "json:1", 'a,"b"\r\nc', None],
            "mixed": pd.Series([1, "1", pd.NaT, np.nan], dtype=object),
            "instant": pd.to_datetime(["2024-03-31", None, "1900-01-01", "2262-01-01"], utc=True),
            "whole": pd.array([1, None, 2**62, -1], dtype="Int64"),
            "kind": pd.Categorical(["b", "a", None, "b"], ["b", "a"], ordered=True),
            "float": [0.1 + 0.2, -0.0, np.inf, 5e-324],
            "span": pd.to_timedelta([1, None, 2, 3], unit="s"),
        },
        index=pd.MultiIndex.from_product([["x", "y"], [1, 2]], names=["a", None]),
    )
    odd.attrs["more"] = {("a", 1): (frozenset({"b"}), pd.Timestamp("2024-01-02", tz="Asia/Tokyo"))}
    loaded = rer.load_result(rer.save_result(replace(result, table=odd), tmp_path / "odd"))
    assert_same(odd, loaded.table)
    assert np.signbit(loaded.table["float"].iloc[1])


def test_an_id_is_that_of_the_content_and_lasts_through_saving(result, folder):
    again = rer.EventStudy(RETURNS, [RETURNS.index[300]], "MKT", windows=[(0, 1)]).fit()
    other = rer.EventStudy(RETURNS, [RETURNS.index[301]], "MKT", windows=[(0, 1)]).fit()
    assert identity(result) == identity(again) == identity(rer.load_result(folder))
    assert identity(other) != identity(result)


def test_a_result_is_replaced_as_a_whole_and_a_failure_leaves_the_old_one(
    result, folder, monkeypatch
):
    before = document(folder)
    monkeypatch.setattr("rareearth_research.keeping.stored.exchange", lambda *_: os.rename("", ""))
    with pytest.raises(RareEarthError, match=r"cannot write to .*kept"):
        rer.save_result(replace(result, counts={}), folder)
    assert document(folder) == before
    monkeypatch.undo()
    rer.save_result(replace(result, counts={}), folder)
    assert rer.load_result(folder).counts == {}
    assert [path.name for path in folder.parent.iterdir()] == ["kept"]


def test_a_folder_with_something_else_is_not_overwritten(result, tmp_path):
    (tmp_path / "letter.txt").write_text("dear")
    with pytest.raises(RareEarthError, match=r"holds letter\.txt, which is no part of a result"):
        rer.save_result(result, tmp_path)


def test_what_stands_beside_a_result_or_is_called_like_one_stays(result, tmp_path):
    kept = rer.save_result(result, tmp_path / "kept")
    (kept / "notes.txt").write_text("mine")
    (other := tmp_path / "other").mkdir()
    (other / "result.json").write_text('{"mine": 1}')
    for folder in (kept, other):
        with pytest.raises(RareEarthError, match="move that away, or choose another folder"):
            rer.save_result(result, folder)
    (kept / "notes.txt").unlink()
    assert rer.save_result(result, kept) == kept


def test_hidden_folders_of_others_beside_a_result_stay(result, tmp_path):
    for name in (".emacs-packages", ".old-keepsake", ".a-12345678"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "lock").write_text("x")
    (tmp_path / ".b-12345678").mkdir()
    before = sorted(tmp_path.rglob("*"))
    rer.save_result(result, tmp_path / "kept")
    assert set(before) <= set(tmp_path.rglob("*"))


def _rewrite(folder: Path, **changes: Any) -> None:
    text = json.dumps(document(folder) | changes)
    (folder / "result.json").write_text(text, encoding="utf-8")


def _another_digit(folder: Path) -> None:
    path = folder / "table.csv"
    path.write_text(path.read_text().replace("1", "2", 1))


DAMAGES = {
    "there is no result.json": lambda folder: (folder / "result.json").unlink(),
    "cannot be read": lambda folder: (folder / "result.json").write_text("{"),
    "is no result of rareearth_research": lambda folder: _rewrite(folder, kind="a letter"),
    "is of format 99, this version reads 1": lambda folder: _rewrite(folder, format=99),
    "result.json is not as it was saved": lambda folder: _rewrite(folder, value=7),
    "table.csv is not as it was saved": _another_digit,
    "table.csv cannot be read": lambda folder: (folder / "table.csv").unlink(),
}


@pytest.mark.parametrize("said", DAMAGES)
def test_a_foreign_or_damaged_folder_is_refused(said, folder):
    DAMAGES[said](folder)
    with pytest.raises(DataError, match=said):
        rer.load_result(folder)


@pytest.mark.parametrize(
    ("named", "said"),
    [("os:system", "class of another package"),
     ("rareearth_research.keeping.decoding:json.loads", "no class"),
     ("rareearth_research.arrays:T", "no class")],
)  # fmt: skip
def test_a_folder_cannot_name_code_nor_classes_of_others(named, said, folder):
    from rareearth_research.keeping.stored import _digest

    hostile = document(folder)
    hostile["objects"][-1]["class"] = named
    _rewrite(folder, **hostile | {"sha256": _digest(hostile)})
    with pytest.raises(DataError, match=said):
        rer.load_result(folder)


def test_a_folder_cannot_name_files_elsewhere(folder):
    from rareearth_research.keeping.stored import _digest

    hostile = document(folder)
    hostile["files"]["../../secret.csv"] = "0"
    _rewrite(folder, **hostile | {"sha256": _digest(hostile)})
    with pytest.raises(DataError, match="names a file elsewhere"):
        rer.load_result(folder)


def test_a_function_of_ones_own_cannot_be_kept_and_the_remedy_works(result, tmp_path):
    own = {"mine": lambda sample: (0.0, 1.0)}
    study = rer.EventStudy(RETURNS, [RETURNS.index[300]], "MKT", tests=["kp", *own.values()])
    with pytest.raises(SpecificationError, match="which no file can keep; write down"):
        rer.save_result(study.fit(), tmp_path / "own")
    assert not (tmp_path / "own").exists()
