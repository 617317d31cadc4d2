"""Finding, checking and citing tables."""

import shutil
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from rareearth_research import datasets
from rareearth_research.datasets import catalog
from rareearth_research.datasets.catalog import data_hash, read
from rareearth_research.datasets.citing import cite
from rareearth_research.errors import DataError

DATA = Path(__file__).resolve().parents[3] / "data"


@pytest.fixture
def own_copy(tmp_path, monkeypatch):
    root = tmp_path / "data"
    (root / "clean").mkdir(parents=True)
    for name in ("datapackage.json", "clean/securities.csv", "clean/groups.csv"):
        shutil.copy(DATA / name, root / name)
    monkeypatch.setenv("RAREEARTH_DATA", str(root))
    monkeypatch.setattr(catalog, "_frames", {})
    return root


def test_the_catalogue_lists_every_table_with_rows_span_and_licence():
    tables = catalog.catalog()
    assert {"prices_us", "prices_au", "prices_cn", "securities", "policy_events"} <= set(
        tables.index
    )
    assert tables.loc["prices_us", ["first", "last"]].tolist() == ["2009-01-02", "2026-10-09"]
    assert (tables["rows"] > 0).all()
    assert (tables["licence"] != "").all()
    assert "restricted" in tables.loc["prices_us", "redistribution"]


def test_a_table_carries_its_provenance():
    provenance = read("prices_us").attrs["provenance"]
    assert provenance["table"] == "prices_us"
    assert provenance["sources"] == [
        "yahoo_us_2026",
        "yahoo_us_2026_10",
        "us_as_traded_2026_10",
        "yahoo_mcp",
        "project_securities",
    ]
    assert len(provenance["sha256"]) == 64


def test_changing_a_frame_does_not_change_the_next_one():
    mine = read("groups")
    mine.loc[0, "title"] = "changed"
    mine.attrs["provenance"]["table"] = "changed"
    assert read("groups").loc[0, "title"] != "changed"
    assert read("groups").attrs["provenance"]["table"] == "groups"


def test_a_citation_names_publisher_licence_and_hash():
    text = cite("prices_us")
    assert "Yahoo Finance" in text
    assert "retrieved 2026-08-03" in text
    assert "personal use" in text
    assert read("prices_us").attrs["provenance"]["sha256"][:12] in text


@pytest.mark.parametrize(
    ("word", "tables"),
    [
        ("prices", ["prices_us", "prices_au", "prices_cn"]),
        ("returns", ["prices_us", "prices_au", "prices_cn", "price_flags"]),
        ("volumes", ["volumes_us", "volumes_au", "volumes_cn"]),
        ("events", ["policy_events"]),
        ("load_events", ["policy_events"]),
        ("indicators", ["indicators_annual", "indicators_monthly"]),
        ("usgs", ["usgs_mcs2026"]),
    ],
)
def test_the_word_behind_a_loader_cites_every_table_it_serves(word, tables):
    head, *sources = cite(word).splitlines()
    assert [name.partition("'")[0] for name in head.split("(table '")[1:]] == tables
    assert len(sources) == len(set(sources)) >= 1


LOADERS = [n for n in datasets.__all__ if n.startswith("load_") and n != "load_series"]  # of tables


@pytest.mark.parametrize("name", LOADERS)
def test_every_loader_is_cited_by_its_word_and_says_where_its_frame_comes_from(name):
    frame = getattr(datasets, name)()
    tables = catalog.catalog()
    found = frame.attrs["provenance"]
    for entry in found if isinstance(found, list) else [found]:
        assert entry["sha256"] == read(entry["table"]).attrs["provenance"]["sha256"]
        assert entry["sources"] == tables.loc[entry["table"], "sources"].split("; ")
    assert set(cite(frame).splitlines()[1:]) == set(
        cite(name.removeprefix("load_")).splitlines()[1:]
    )


def test_a_frame_is_cited_by_the_tables_it_was_made_from():
    text = cite(datasets.load_returns("MP", since="2025-01-01"))
    assert "'prices_us'" in text
    assert "Shanghai" not in text


def test_a_frame_from_elsewhere_cannot_be_cited():
    with pytest.raises(DataError, match="does not say where it comes from"):
        cite(pd.DataFrame({"x": [1]}))


def test_a_citation_of_an_unknown_word_names_the_nearest():
    with pytest.raises(DataError, match="no table or loader 'pricse'; nearest: 'prices'"):
        cite("pricse")


def test_the_data_hash_is_short_and_stable():
    assert data_hash() == data_hash()
    assert len(data_hash()) == 12


def test_an_unknown_table_names_the_nearest():
    with pytest.raises(DataError, match=r"no table 'price_us'; nearest: 'prices_us'"):
        read("price_us")


def test_a_damaged_file_is_refused_with_both_hashes_and_what_to_run(own_copy):
    path = own_copy / "clean" / "securities.csv"
    path.write_bytes(path.read_bytes().replace(b"Lynas", b"Lymas"))
    with pytest.raises(DataError) as error:
        read("securities")
    message = str(error.value)
    assert "clean/securities.csv" in message
    assert "expected sha256:" in message
    assert "found sha256:" in message
    assert "rareearth data build" in message


def test_a_missing_file_is_named(own_copy):
    (own_copy / "clean" / "securities.csv").unlink()
    with pytest.raises(
        DataError, match=r"securities\.csv .* is missing; run `rareearth data build`"
    ):
        read("securities")


def test_a_damaged_package_description_is_an_error(own_copy):
    (own_copy / "datapackage.json").write_text('{"resources": [')
    with pytest.raises(DataError, match=r"datapackage\.json is not valid JSON"):
        read("securities")


def test_a_data_folder_that_does_not_exist_is_an_error(monkeypatch, tmp_path):
    monkeypatch.setenv("RAREEARTH_DATA", str(tmp_path / "nowhere"))
    with pytest.raises(DataError, match="nowhere' does not exist; set the environment variable"):
        read("securities")


def test_reading_does_not_import_the_schema_or_calendar_libraries():
    code = (
        "import sys; from rareearth_research.datasets import load_prices; load_prices();"
        "print([m for m in ('pandera', 'exchange_calendars', 'rich', 'scipy') if m in sys.modules])"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"
