"""A user's own file by a mapping: read exactly, or refused with what is wrong in it."""

from __future__ import annotations

import datetime as dt
import shutil
from pathlib import Path

import pandas as pd
import pytest

from rareearth_research.datasets import catalog, cite, load_metal_spot, sources
from rareearth_research.datasets.building import build as build_module
from rareearth_research.datasets.refreshing.refresh import refresh
from rareearth_research.datasets.sources.http import Client
from rareearth_research.datasets.sources.mapping import LAYOUTS, PRODUCTS
from rareearth_research.datasets.tables.registry import all_tables
from rareearth_research.errors import SourceError
from tests.support.refresh_root import RAW

MAPPING = """
file: nd.csv
raw: metal_spot_daily.csv
title: My neodymium quotes
licence: subscription, not to be passed on
delimiter: ";"
date_format: "%d.%m.%Y"
decimal: ","
thousands: "."
columns: {date: Datum, price: Mittel}
constants: {element: Nd, grade: my grade, unit: CNY/mt}
"""
TABLE = "Datum;Mittel;Rest\n03.08.2026;705.000,50;x\n04.08.2026;710.000;x\n;;\n"


def write(folder: Path, mapping: str = MAPPING, table: str = TABLE) -> str:
    (folder / "nd.csv").write_text(table, encoding="utf-8")
    (folder / "nd.yaml").write_text(mapping, encoding="utf-8")
    return f"local:{folder / 'nd.yaml'}"


def fetch(name: str) -> pd.DataFrame:
    source = sources.get(name)
    return source.fetch(Client(source), None, {})["metal_spot_daily.csv"]


def test_a_continental_csv_is_read_by_its_mapping(tmp_path: Path) -> None:
    frame = fetch(write(tmp_path))
    assert frame.values.tolist() == [
        ["2026-08-03", "Nd", "my grade", "CNY/mt", 705000.5],
        ["2026-08-04", "Nd", "my grade", "CNY/mt", 710000.0],
    ]


def test_since_leaves_out_earlier_rows(tmp_path: Path) -> None:
    source = sources.get(write(tmp_path))
    frame = source.fetch(Client(source), dt.date(2026, 8, 4), {})["metal_spot_daily.csv"]
    assert frame["date"].tolist() == ["2026-08-04"]


def test_title_and_licence_of_the_mapping_are_the_sources_own(tmp_path: Path) -> None:
    source = sources.get(write(tmp_path))
    assert (source.title, source.licence) == (
        "My neodymium quotes",
        "subscription, not to be passed on",
    )


def test_an_excel_file_is_read_by_sheet_name(tmp_path: Path) -> None:
    pytest.importorskip("openpyxl")
    book = pd.DataFrame({"Day": [pd.Timestamp("2026-08-03")], "Close": [97.5]})
    book.to_excel(tmp_path / "nd.xlsx", sheet_name="Nd", index=False)
    name = write(
        tmp_path,
        "file: nd.xlsx\nsheet: Nd\nraw: metal_spot_daily.csv\ncolumns: {date: Day, price: Close}\n"
        "constants: {element: Nd, grade: g, unit: USD/kg}\n",
    )
    assert fetch(name).values.tolist() == [["2026-08-03", "Nd", "g", "USD/kg", 97.5]]


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (("price: Mittel", "price: Mitte"), "has no column 'Mitte'.*nearest: 'Mittel'; it has"),
        (("raw: metal_spot_daily.csv", "raw: metal_spot.csv"), "not a raw table that can be"),
        (
            ("file: nd.csv", "file: other.csv"),
            "other.csv is not there; write its path under 'file'",
        ),
        (("columns: {date", "colums: {date"), "unknown key 'colums'; nearest: 'columns'"),
        (("raw: metal_spot_daily.csv\n", ""), "the key 'raw' is missing"),
        (("price: Mittel", "prise: Mittel"), "has no column 'prise'; nearest: 'price'"),
        (("grade: my grade, ", ""), "also needs 'grade'; map each to a column"),
        (("%d.%m.%Y", "%m/%d/%Y"), "row 2: '03.08.2026' in 'Datum' is not a date of the form"),
        (('thousands: "."', 'thousands: "\'"'), "row 2: '705.000,50' in 'Mittel' is not a number"),
        (("columns: {", "columns: ["), "not valid YAML"),
        (("{date: Datum, price: Mittel}", "[Datum, Mittel]"), "'columns' must be pairs"),
    ],
)
def test_a_wrong_mapping_says_what_is_wrong(
    tmp_path: Path, change: tuple[str, str], says: str
) -> None:
    with pytest.raises(SourceError, match=says):
        fetch(write(tmp_path, MAPPING.replace(*change)))


def test_a_damaged_workbook_is_refused(tmp_path: Path) -> None:
    mapping = MAPPING.replace("file: nd.csv", "file: nd.xlsx").replace('delimiter: ";"\n', "")
    name = write(tmp_path, mapping)
    (tmp_path / "nd.xlsx").write_bytes(b"PK\x03\x04 not a workbook")
    with pytest.raises(SourceError, match=r"nd.xlsx sent a damaged archive"):
        fetch(name)


def test_a_mapping_that_is_not_there_points_to_the_guide() -> None:
    with pytest.raises(SourceError, match=r"no mapping file .*see docs/refreshing.md"):
        sources.get("local:/nowhere/nd.yaml")


def test_local_without_a_mapping_says_how() -> None:
    with pytest.raises(SourceError, match=r"local:my_prices.yaml"):
        sources.get("local")


# Layouts of price reporters. The figures are synthetic; the layouts are those of `layouts.py`.

ROWS = "2026-08-03,520000,530000,525000\n2026-08-04,520000,530000,525000\n"
EXPORTS = {
    "smm": f"Date,Low,High,Average\n{ROWS}",
    "smm_cn": f"日期,最低价,最高价,均价\n{ROWS}",
    "argus": f"Date,Low,High\n{ROWS.replace(',525000', '')}",
    "asian_metal": f"Date,Low,High,Average\n{ROWS}",
    "baiinfo": f"日期,最低价,最高价,平均价\n{ROWS}",
}


def export(
    folder: Path, layout: str, product: str = "NdPr oxide", more: str = "", table: str = ""
) -> str:
    """Write a synthetic export in the layout of a price reporter, and its mapping."""
    content = (table or EXPORTS[layout]).encode("gb18030" if layout == "baiinfo" else "utf-8")
    (folder / "synthetic.csv").write_bytes(content)
    mapping = f"file: synthetic.csv\nlayout: {layout}\nproduct: {product}\n"
    mapping += more or "constants: {unit: CNY/mt}\n"
    (folder / "synthetic.yaml").write_text(mapping, encoding="utf-8")
    return f"local:{folder / 'synthetic.yaml'}"


@pytest.mark.parametrize("layout", LAYOUTS)
def test_each_layout_is_read_by_its_name(tmp_path: Path, layout: str) -> None:
    frame = fetch(export(tmp_path, layout))
    grade = f"oxide, {LAYOUTS[layout].publisher}"
    assert frame.values.tolist() == [
        ["2026-08-03", "NdPr", grade, "CNY/mt", 525000.0],
        ["2026-08-04", "NdPr", grade, "CNY/mt", 525000.0],
    ]


@pytest.mark.parametrize("product", PRODUCTS)
def test_each_oxide_has_its_symbol(tmp_path: Path, product: str) -> None:
    frame = fetch(export(tmp_path, "smm", product))
    assert frame["element"].unique().tolist() == [product.removesuffix(" oxide")]


def test_own_keys_count_before_those_of_a_layout(tmp_path: Path) -> None:
    more = (
        "title: Mine\ndate_format: '%d/%m/%Y'\ncolumns: {date: Day, price: Mid}\n"
        "constants: {unit: USD/kg, grade: oxide 99.5% fob}\n"
    )
    name = export(tmp_path, "argus", "Dy oxide", more, "Day,Low,High,Mid\n03/08/2026,1,3,2.5\n")
    assert sources.get(name).title == "Mine"
    row = ["2026-08-03", "Dy", "oxide 99.5% fob", "USD/kg", 2.5]
    assert fetch(name).values.tolist() == [row]


@pytest.mark.parametrize(
    "table",
    [
        "Date,Low,High,Average\n2026-08-03,520000,530000,525\n",
        "Date,Low,High,Average\n2026-08-03,530000,520000,525000\n",
    ],
)
def test_an_average_outside_low_and_high_is_refused(tmp_path: Path, table: str) -> None:
    with pytest.raises(SourceError, match=r"row 2: the price is 525.*, and low to high is 5"):
        fetch(export(tmp_path, "smm", table=table))


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ("product: Nd oxide\n", "layout is missing; layout and product go together"),
        ("layout: smm\n", "product is missing"),
        ("layout: sm\nproduct: Nd oxide\n", "layout 'sm' is not known; nearest: 'smm'"),
        ("layout: smm\nproduct: Nd oxid\n", "product 'Nd oxid' is not known; nearest: 'Nd oxide'"),
        ("layout: smm\nproduct: Nd oxide\n", "also needs 'unit'"),
        (
            "layout: smm\nproduct: Nd oxide\nraw: vix_daily.csv\n",
            "a layout feeds metal_spot_daily.csv; remove 'raw'",
        ),
        (
            "layout: argus\nproduct: Nd oxide\nconstants: {unit: CNY/mt}\n",
            "has no column 'Low' .mapped to 'low'",
        ),
    ],
)
def test_a_layout_that_does_not_fit_says_what_is_wrong(
    tmp_path: Path, more: str, says: str
) -> None:
    (tmp_path / "synthetic.csv").write_text("Date,Mid,High\n2026-08-03,1,2\n", encoding="utf-8")
    (tmp_path / "synthetic.yaml").write_text(f"file: synthetic.csv\n{more}", encoding="utf-8")
    with pytest.raises(SourceError, match=says):
        fetch(f"local:{tmp_path / 'synthetic.yaml'}")


@pytest.mark.end_to_end
def test_own_quotations_become_a_series_of_their_own_under_their_own_terms(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = tmp_path / "data"
    (root / "raw").mkdir(parents=True)
    for name in ("metal_spot_daily.csv", "materials.csv", "sources.csv"):
        shutil.copy(RAW / name, root / "raw" / name)
    needed = tuple(t for t in all_tables() if t.name in ("metal_spot", "materials"))
    monkeypatch.setattr(build_module, "all_tables", lambda: needed)
    monkeypatch.setenv("RAREEARTH_DATA", str(root))
    build_module.build(root, progress=False)
    before = load_metal_spot("Nd")

    report = refresh(write(tmp_path), root=root, progress=False)

    assert report.table["added"].tolist() == [2]
    after = load_metal_spot("Nd")
    pd.testing.assert_frame_equal(after.query("grade != 'my grade'"), before, check_like=True)
    mine = after.query("grade == 'my grade'")
    assert mine["price"].tolist() == [705000.5, 710000.0]
    assert mine["unit"].tolist() == ["CNY/t", "CNY/t"]
    assert mine["days_since_previous"].tolist()[1:] == [1]
    assert "My neodymium quotes: subscription, not to be passed on" in cite(after)
    assert catalog.catalog().loc["metal_spot", "redistribution"] == "restricted"

    again = refresh(write(tmp_path), root=root, progress=False)
    assert again.changes[0].nothing

    refresh(export(tmp_path, "smm"), root=root, progress=False)
    oxide = load_metal_spot("NdPr")
    assert oxide["form"].tolist() == ["oxide", "oxide"]
    assert oxide["days_unchanged"].tolist() == [0, 1]
    assert oxide.attrs["unchanged"] == {"NdPr, oxide, SMM, CNY/t": 0.5}
    assert set(load_metal_spot("Nd")["form"]) == {"metal"}
