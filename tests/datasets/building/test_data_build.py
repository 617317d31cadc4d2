"""The build: the same bytes every time, and what it writes about each table."""

import shutil
from pathlib import Path

import pytest

from rareearth_research import datasets
from rareearth_research.datasets import catalog
from rareearth_research.datasets.building.build import RawFiles, build
from rareearth_research.datasets.building.documents import rule_summaries
from rareearth_research.datasets.building.verify import verify
from rareearth_research.datasets.catalog import data_dir, read
from rareearth_research.datasets.cleaning.measures import KNOWN_UNTIL
from rareearth_research.datasets.cleaning.prices import fetched, markets
from rareearth_research.datasets.cleaning.prices.fetched import FETCHED, FILES
from rareearth_research.datasets.cleaning.prices.markets import CN_ADJUSTED
from rareearth_research.datasets.cleaning.prices.tables import MARKETS
from rareearth_research.datasets.cleaning.prices.unfinished import drop_unfinished
from rareearth_research.datasets.sources import rawfiles
from rareearth_research.datasets.tables import registry
from rareearth_research.datasets.tables.registry import CODEBOOK, CleaningLog, all_tables, described
from rareearth_research.errors import DataError

DATA = Path(__file__).resolve().parents[3] / "data"


def contents(root: Path) -> dict[str, bytes]:
    """Every file of the data package: not locks, nor what a user's own refreshes have kept."""
    kept = ("snapshots/", "candidates/")
    files = [p for p in root.rglob("*") if p.is_file() and not p.name.endswith(".part")]
    paths = {str(p.relative_to(root)): p for p in files}
    return {name: p.read_bytes() for name, p in paths.items() if not name.startswith(kept)}


@pytest.fixture(scope="module")
def rebuilt(tmp_path_factory):
    root = tmp_path_factory.mktemp("rebuilt")
    shutil.copytree(DATA / "raw", root / "raw")
    return root, build(root, progress=False).log


def test_building_gives_the_committed_files_byte_for_byte(rebuilt):
    root, _ = rebuilt
    committed, fresh = contents(DATA), contents(root)
    assert committed.keys() == fresh.keys()
    assert [name for name in fresh if fresh[name] != committed[name]] == []


@pytest.mark.thorough
def test_building_again_changes_no_byte(rebuilt):
    root, _ = rebuilt
    before = contents(root)
    report = build(root, progress=False)
    assert contents(root) == before
    assert not report.tables["changed"].any()


def test_the_committed_data_are_as_built():
    report = verify(DATA)
    assert report.ok, str(report)


def test_the_data_folder_stays_below_25_megabytes():
    assert sum(map(len, contents(DATA).values())) < 25e6


@pytest.mark.thorough
def test_the_data_package_is_valid_for_frictionless():
    frictionless = pytest.importorskip("frictionless")
    report = frictionless.Package(str(DATA / "datapackage.json")).validate()
    assert report.valid, report.flatten(["name", "type", "message"])[:5]


def test_every_field_has_a_description_and_every_table_a_source_and_licence():
    for resource in catalog.manifest(DATA)["resources"]:
        assert all(field["description"] for field in resource["schema"]["fields"])
        assert resource["sources"]
        assert resource["licenses"]


def test_every_codebook_is_that_of_a_table():
    files = {path.stem for path in CODEBOOK.glob("*.toml")}
    assert files <= {table.name for table in all_tables()}
    assert KNOWN_UNTIL in described("measure_status").description


@pytest.mark.parametrize("column", ['"Level."', '"Level."\nlevel.unit = "t"\nlevel.colour = "red"'])
def test_a_column_that_is_described_wrongly_is_named(tmp_path, monkeypatch, column):
    (tmp_path / "levels.toml").write_text(f"[columns]\nlevel.number = {column}\n", "utf-8")
    monkeypatch.setattr(registry, "CODEBOOK", tmp_path)
    with pytest.raises(DataError, match=r"codebook/levels\.toml: column 'level': .*(unit|colour)"):
        described("levels")


def test_a_raw_file_that_a_refresh_writes_has_a_date():
    with pytest.raises(DataError, match=r"levels\.csv: new rows are told by one of .*'month'"):
        rawfiles._described("levels.csv", {"columns": ("level",)})


SHOWN = ("volumes_", "price_")  # what else the cleaning of prices gives


@pytest.mark.parametrize(
    "table", [t for t in all_tables() if not t.name.startswith(SHOWN)], ids=lambda table: table.name
)
def test_a_table_is_made_of_the_files_and_sources_that_it_names(table, monkeypatch):
    """Of these it is seen whether a refresh has to build it again."""

    class Watched(RawFiles):
        def __getitem__(self, name):
            read.add(name)
            return super().__getitem__(name)

        def __contains__(self, name):
            read.add(name)
            return super().__contains__(name)

    def dated(rows, source, *more):
        sources.add(source)
        return drop_unfinished(rows, source, *more)

    read, sources = set(), set()
    for module in (markets, fetched):
        monkeypatch.setattr(module, "drop_unfinished", dated)
    table.build(Watched(data_dir(), {}), CleaningLog(table.name))
    assert read == {*table.raw}
    assert sources <= {*table.sources}


def test_every_file_that_a_price_is_read_from_is_recorded():
    raw = {table.name: table.raw for table in all_tables()}
    assert {*raw["price_flags"]} == {*raw["price_seams"]}
    for market in MARKETS:
        assert {*raw[f"volumes_{market}"]} == {*raw[f"prices_{market}"]} < {*raw["price_flags"]}
    assert {file for file, *_ in CN_ADJUSTED.values()} < {*raw["prices_cn"]} < {*raw["price_flags"]}
    for exchange, market in {"XNYS": "us", "XASX": "au", "XSHG": "cn"}.items():
        assert {FILES[source] for source in FETCHED[exchange]} < {*raw[f"prices_{market}"]}


# A tiny data folder, so that failures can be tried in milliseconds.


def test_every_rule_that_ran_is_a_documented_function_and_has_one_entry_for_each_table(rebuilt):
    root, log = rebuilt
    assert {step.rule for step in log.steps} <= rule_summaries().keys()
    sections = (root / "CLEANING.md").read_text().split("\n## ")[1:]
    assert len(sections) == len({step.table for step in log.steps})
    for section in sections:
        rules = [line for line in section.splitlines() if line.startswith("### ")]
        assert len(rules) == len(set(rules))


def test_the_seams_of_all_shares_are_one_table():
    report = (DATA / "CLEANING.md").read_text()
    chinese = report.partition("## `prices_cn`")[2].partition("### check_seam")[2]
    entry = chinese.partition("###")[0]
    seams = read("price_seams")["ticker"].str.contains(r"\.S[SZ]$")
    assert entry.count("wo sources of one security") == 1
    assert entry.count("\n| ") == 1 + seams.sum()  # a head, and a row each


def test_the_readme_says_how_to_load_every_table():
    page = (DATA / "README.md").read_text()
    for resource in catalog.manifest(DATA)["resources"]:
        for loader in resource["loaders"][:1]:
            assert f"| `rer.{loader}` |" in page
            assert loader in datasets.__all__
