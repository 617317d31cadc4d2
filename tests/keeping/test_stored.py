"""A result comes back from its folder to the last bit, or says what is wrong with the folder."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import rareearth_research as rer
from rareearth_research.errors import DataError, RareEarthError, SpecificationError
from rareearth_research.keeping.stored import _digest, identity
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
    holder = replace(result, counts={**result.counts, "odd": odd})
    loaded = rer.load_result(rer.save_result(holder, tmp_path / "odd")).counts["odd"]
    assert_same(odd, loaded)
    assert np.signbit(loaded["float"].iloc[1])


def test_an_id_is_that_of_the_content_and_lasts_through_saving(result, folder):
    again = rer.EventStudy(RETURNS, [RETURNS.index[300]], "MKT", windows=[(0, 1)]).fit()
    other = rer.EventStudy(RETURNS, [RETURNS.index[301]], "MKT", windows=[(0, 1)]).fit()
    assert identity(result) == identity(again) == identity(rer.load_result(folder))
    assert identity(other) != identity(result)


def test_a_result_is_replaced_as_a_whole_and_a_failure_leaves_the_old_one(
    result, folder, monkeypatch
):
    before, other = document(folder), replace(result, counts={**result.counts, "more": 1})
    monkeypatch.setattr("rareearth_research.keeping.stored.exchange", lambda *_: os.rename("", ""))
    with pytest.raises(RareEarthError, match=r"cannot write to .*kept"):
        rer.save_result(other, folder)
    assert document(folder) == before
    monkeypatch.undo()
    rer.save_result(other, folder)
    assert rer.load_result(folder).counts == other.counts
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


def _linked(folder: Path) -> None:
    path = folder / "table.csv"
    path.rename(folder.parent / "elsewhere.csv")
    path.symlink_to(folder.parent / "elsewhere.csv")


DAMAGES = {
    "there is no result.json": lambda folder: (folder / "result.json").unlink(),
    "cannot be read": lambda folder: (folder / "result.json").write_text("{"),
    "is no result of rareearth_research": lambda folder: _rewrite(folder, kind="a letter"),
    "is of format 99, this version reads 1": lambda folder: _rewrite(folder, format=99),
    "result.json is not as it was saved": lambda folder: _rewrite(folder, value=7),
    "table.csv is not as it was saved": _another_digit,
    "table.csv cannot be read": lambda folder: (folder / "table.csv").unlink(),
    "table.csv is a link or no file": _linked,
}


@pytest.mark.parametrize("said", DAMAGES)
def test_a_foreign_or_damaged_folder_is_refused_and_saving_again_helps(said, folder, result):
    DAMAGES[said](folder)
    with pytest.raises(DataError, match=said):
        rer.load_result(folder)
    shutil.rmtree(folder)
    assert_same(result, rer.load_result(rer.save_result(result, folder)))


def _sealed(folder: Path, content: dict[str, Any]) -> None:
    """Write a document with the hashes that it ought to have."""
    for name in {*content["files"]} & {path.name for path in folder.iterdir()}:
        content["files"][name] = hashlib.sha256((folder / name).read_bytes()).hexdigest()
    _rewrite(folder, **content | {"sha256": _digest(content)})


CIRCLE, DEEP = {"tuple": [{"ref": 0}]}, "[" * 900 + "]" * 900
DOUBLED = [{"tuple": [{"ref": i - 1}] * 2} if i else {"tuple": []} for i in range(40)]
LONG = {"span": [0, 10**12, 1], "name": None}
HOSTILE: dict[str, tuple[list[Any], str]] = {
    "code": ([{"class": "os:system", "fields": {}}], "class of another package"),
    "a command": ([{"class": "rareearth_research.cli.__main__:x"}], "class of another package"),
    "a function": (
        [{"class": "rareearth_research.keeping.decoding:json.loads"}], "is no class"),
    "a type variable": ([{"class": "rareearth_research.arrays:T"}], "is no class"),
    "another class's parts": (
        [{"class": "rareearth_research.summary:Summary", "fields": {"x": 1}}], "other parts"),
    "a reader of pandas": ([{"missing": "read_pickle"}], "read_pickle"),
    "a file as a zone": (
        [{"instant": "2024-01-01T00:00+00:00", "unit": "s", "zone": "dateutil//etc/passwd"}],
        "is not known"),
    "itself": ([CIRCLE], "cannot be read by this version"),
    "twice as much forty times": (DOUBLED, "more values than fit into memory"),
    "a wide text": ([{"dtype": "<U999999", "cells": ["a"] * 1000}], "more text than fits"),
    "a long index": ([LONG], "more rows than fit into memory"),
    "a whole number": ([{"tuple": [10**20]}], "beyond 64 bits"),
    # from Python 3.13 on the parser itself takes that depth
    "depth": ([{"tuple": [json.loads(DEEP)]}], "cannot be read by this version|which is no result"),
    "a day that is none": ([{"day": "soon"}], "cannot be read by this version"),
}  # fmt: skip


@pytest.mark.parametrize("what", HOSTILE)
def test_a_folder_with_hashes_that_fit_cannot_bring(what, folder):
    objects, said = HOSTILE[what]
    content = document(folder) | {"objects": objects, "value": {"ref": len(objects) - 1}}
    _sealed(folder, content)
    with pytest.raises(DataError, match=said):
        rer.load_result(folder)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"value": 7}, "holds 7, which is no result"),
        ({"files": {"../../secret.csv": "0"}}, "names a file elsewhere"),
        ({"files": {"result.json": "0"}}, "names a file elsewhere"),
    ],
)
def test_a_folder_cannot_name_files_elsewhere_nor_hold_something_else(change, said, folder):
    _sealed(folder, document(folder) | change)
    with pytest.raises(DataError, match=said):
        rer.load_result(folder)


def test_a_field_longer_than_a_csv_may_have_and_a_folder_too_large_are_said(folder, monkeypatch):
    with open(folder / "table.csv", "a") as file:
        file.write("x" * 200_000)
    _sealed(folder, document(folder))
    with pytest.raises(DataError, match="field larger than"):
        rer.load_result(folder)
    monkeypatch.setattr("rareearth_research.keeping.decoding.LARGEST", 10_000)
    with pytest.raises(DataError, match="which is no result"):
        rer.load_result(folder)


@pytest.fixture(scope="module")
def drawn(result, tmp_path_factory) -> tuple[Any, dict[str, bytes]]:
    answer = rer.placebo(result)
    kept = rer.save_result(answer, tmp_path_factory.mktemp("drawn") / "kept")
    return answer, {path.name: path.read_bytes() for path in kept.iterdir()}


ODD = [None, True, -1, 2**62, 2**64, 1e308, "", "json:", "json:[1", 'json:{"ref": 0}', "9" * 5000,
       "NaT", "\r", "os:system", "<U999999", "object", "category", [], [[[]]], {}, {"ref": -1},
       {"ref": 3}, {"float": "inf"}, LONG]  # fmt: skip


def _places(value: Any) -> list[tuple[Any, Any]]:
    """Return every holder and key within a document."""
    inside = value.items() if isinstance(value, dict) else enumerate(value)
    found = [(value, key) for key, _ in inside]
    for holder, key in [*found]:
        if isinstance(holder[key], dict | list):
            found += _places(holder[key])
    return found


@given(data=st.data())
@settings(max_examples=60)
def test_whatever_is_changed_a_folder_gives_the_same_result_or_a_clear_error(drawn, data):
    answer, files = drawn
    with TemporaryDirectory() as place:
        folder = Path(place)
        for name, content in files.items():
            (folder / name).write_bytes(content)
        content, odd = document(folder), data.draw(st.sampled_from(ODD))
        sealed = data.draw(st.booleans())
        if data.draw(st.booleans()):
            name = data.draw(st.sampled_from(sorted(content["files"])))
            cells = re.split(r"([,\n])", (folder / name).read_text(encoding="utf-8"))
            cells[data.draw(st.integers(0, len(cells) - 1))] = str(odd)
            (folder / name).write_text("".join(cells), encoding="utf-8")
        else:
            parts = {key: content[key] for key in ("files", "objects")}
            holder, key = data.draw(st.sampled_from(_places(parts)))
            holder[key] = odd
            content |= parts
            _rewrite(folder, **content)
        try:
            if sealed:
                _sealed(folder, content)
            loaded = rer.load_result(folder)
        except DataError:
            return
        except (TypeError, ValueError):  # of the seal: `files` is none any more
            assert sealed
        else:
            if sealed:
                assert isinstance(loaded, type(answer))
            else:
                assert_same(answer, loaded)


def test_a_function_of_ones_own_cannot_be_kept_and_the_remedy_works(result, tmp_path):
    own = {"mine": lambda sample: (0.0, 1.0)}
    study = rer.EventStudy(RETURNS, [RETURNS.index[300]], "MKT", tests=["kp", *own.values()])
    with pytest.raises(SpecificationError, match="which no file can keep; write down"):
        rer.save_result(study.fit(), tmp_path / "own")
    assert not (tmp_path / "own").exists()
