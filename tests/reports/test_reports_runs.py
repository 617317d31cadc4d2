"""Runs are recorded whole, found by name, laid side by side and made again. The smallest study."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import sys
from pathlib import Path
from typing import Any

import matplotlib.image as images
import pandas as pd
import pytest

import rareearth_research as rer
from rareearth_research.cli import main
from rareearth_research.errors import DataError, RareEarthError, SpecificationError
from rareearth_research.keeping import bundle_run
from rareearth_research.reports import find_run, runner, write_comparison, write_site
from rareearth_research.reports.checking import since
from rareearth_research.reports.page.headline import NO_TEST, verdict_of
from rareearth_research.reports.runs.earlier import run_id

pytestmark = pytest.mark.end_to_end

ROOT = Path(__file__).parents[2]
STUDY = "07_trade_response"
OTHER = f"{STUDY}--series-natural-graphite-"  # and a hash, for the space
KINDS = {"text": str, "list": list, "mapping": dict, "null": type(None), "number": (int, float),
         "whole number": int}  # fmt: skip


@pytest.fixture(scope="module")
def reports(tmp_path_factory) -> Path:
    """A folder with two runs of the smallest study that ships, and one as earlier versions left."""
    out = tmp_path_factory.mktemp("runs") / "reports"
    rer.run_study(STUDY, {"series": ["natural graphite"]}, out)
    first = rer.run_study(STUDY, out=out).directory
    old = shutil.copytree(first, out / f"{STUDY}-0123abcd")
    known = {"study", "title", "question", "changed", "command", "data_hash", "started", "git",
             "rareearth_research", "python", "libraries", "seconds", "parameters", "result",
             "figures", "tables", "files"}  # fmt: skip
    record = record_of(old) | {"changed": ["trend"]}
    rewrite(old, {key: record[key] for key in known})
    return out


@pytest.fixture
def changed(reports, tmp_path) -> Path:
    """A copy of the first run with another cell, another pixel, and of another table."""
    run = shutil.copytree(reports / STUDY, tmp_path / "reports" / STUDY)
    table = run / "tables/phases.csv"
    rows = table.read_text(encoding="utf-8").splitlines()
    rows[1] = re.sub(r"-?\d+\.\d+", "7.5", rows[1], count=1)
    table.write_text("\n".join(rows) + "\n", encoding="utf-8")
    pixels = images.imread(run / "figures/figure-02.png").copy()
    pixels[5, 5] = 0.5
    images.imsave(run / "figures/figure-02.png", pixels)
    record = record_of(run)
    record["data"]["trade"] = "an older one"
    rewrite(run, record | {"python": "3.10.1"})
    return run


def record_of(run: Path) -> dict[str, Any]:
    return json.loads((run / "run.json").read_text(encoding="utf-8"))


def rewrite(run: Path, record: dict[str, Any]) -> None:
    (run / "run.json").write_text(json.dumps(record), encoding="utf-8")


@pytest.fixture
def rareearth(monkeypatch, capsys):
    def run(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["rareearth", *map(str, arguments)])
        with pytest.raises(SystemExit) as end:
            main()
        return (end.value.code, *capsys.readouterr())

    return run


def test_the_record_holds_what_its_page_says_and_nothing_else(reports):
    page = (ROOT / "docs/runs.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (`.+?) \| (.+?) \| .*\|$", page, re.M)
    documented = {
        key: kinds.split(", ")[i if ", " in kinds else 0].split(" or ")
        for keys, kinds in rows
        for i, key in enumerate(re.findall(r"`(\w+)`", keys))
    }
    record = record_of(reports / STUDY)
    assert record.keys() == documented.keys()
    for key, kinds in documented.items():
        assert isinstance(record[key], tuple(KINDS[kind] for kind in kinds)), key


def test_the_record_says_what_was_executed_on_which_data_and_how_long_it_took(reports):
    record = record_of(reports / STUDY)
    defaults = rer.reports.read_parameters(STUDY)
    assert record["parameters"] == {name: known.default for name, known in defaults.items()}
    assert record["data"].keys() > {"policy_events", "graphite_trade"}
    assert record["events"]["rows"] == len(rer.load_events())
    assert record["events"]["hash"] == record["data"]["policy_events"]
    assert record["libraries"]["pandas"]
    cells = record["seconds"]["cells"].values()
    assert 0 < sum(cells) <= record["seconds"]["execution"] <= record["seconds"]["total"]
    assert len(cells) == 12
    assert record["verdict"] == "unsettled"
    assert "unsettled" in record["sentence"]
    assert record["sentence"] in record["result"]


@pytest.mark.parametrize(
    "name",
    [STUDY, "trade_response", "trade_response, series", "07_TRADE_RESPONSE, series natural", OTHER,
     f"{STUDY}-0", "trade_response, trend yes"],
)  # fmt: skip
def test_a_run_is_found_by_folder_name_words_and_unique_beginning(reports, name):
    assert find_run(name, reports)["study"] == STUDY
    found = find_run(name, reports)["path"].name
    assert found == find_run(reports / found)["path"].name
    assert ("series" in found) == ("series" in name)


@pytest.mark.parametrize(
    ("name", "said"),
    [("trade_responze", "nearest: 'trade_response'"), ("07", "more than one run begins with '07'"),
     ("", "run must be"), (None, "run must be"), ("zzz", "there are: 07_trade_response,")],
)  # fmt: skip
def test_a_name_that_no_run_or_more_than_one_has_is_refused(reports, name, said):
    with pytest.raises(SpecificationError, match=re.escape(said)):
        find_run(name, reports)


def test_the_index_names_each_study_once_and_each_run_with_verdict_sentence_and_picture(reports):
    page = write_site(reports).read_text(encoding="utf-8")
    assert page.count("Did exports move?") == 1
    assert page.count("<article") == page.count("</span>unsettled</span>") == 3
    for name in (STUDY, f"{STUDY}, series natural graphite", f"{STUDY}, trend yes"):
        assert f'.html">{name}</a>' in page
    pictures = re.findall(r'<img src="\./([^"]+)" alt="([^"]+)"', page)
    assert [Path(file).name for file, _ in pictures] == ["small.svg", "small.svg", "figure-01.png"]
    assert all((reports / file).is_file() for file, _ in pictures)
    assert all("natural graphite" in alt for _, alt in pictures[:2])


def test_the_picture_of_the_index_is_drawn_for_its_size(reports):
    drawn = (reports / STUDY / "figures/small.svg").read_text(encoding="utf-8")
    width = float(re.search(r'<svg [^>]*width="([\d.]+)pt"', drawn)[1])
    assert width == pytest.approx(3.5 * 72)


def test_a_run_is_the_same_as_itself(reports, rareearth):
    assert rareearth("compare", "trade_response", STUDY, "--out", reports)[0] == 0
    found = rer.compare_runs(STUDY, f"{STUDY}-0", reports)  # which knows no data but the whole
    assert found.same
    assert "are the same" in str(found)


def test_two_runs_differ_in_what_was_asked_and_found(reports, rareearth):
    found = rer.compare_runs("trade_response", OTHER, reports)
    assert not found.same
    assert [*found.parameters["parameter"]] == ["series"]
    assert [*found.findings["finding"]] == ["finding"]
    assert found.data.empty
    gone = found.files[
        (found.files["file"] == "tables/phases.csv") & (found.files["column"] == "all")
    ]
    assert {(row.first, row.second) for row in gone.itertuples()} == {("there", "–")}
    assert all(row.startswith("artificial graphite") for row in gone["row"])
    code, out, _ = rareearth("compare", "trade_response", OTHER, "--out", reports)
    assert code == 1
    assert "artificial graphite" in out
    code, out, _ = rareearth("compare", STUDY, OTHER, "--out", reports, "--format", "json")
    assert json.loads(out)["parameters"][0]["second"] == ["natural graphite"]


def test_other_data_is_said_and_counts_and_other_versions_do_not(reports, changed):
    found = rer.compare_runs(reports / STUDY, changed)
    assert found.data.to_dict("records") == [
        {"data": "trade", "first": record_of(reports / STUDY)["data"]["trade"],
         "second": "an older one"}
    ]  # fmt: skip
    assert "python" in [*found.versions["version"]]
    rewrite(changed, record_of(reports / STUDY) | {"python": "3.10.1"})
    for kind in ("tables", "figures"):
        shutil.copytree(reports / STUDY / kind, changed / kind, dirs_exist_ok=True)
    assert rer.compare_runs(reports / STUDY, changed).same


def test_the_page_of_two_runs_links_both_and_shows_what_differs(reports):
    found = rer.compare_runs("trade_response", OTHER, reports)
    page = write_comparison(found, reports / "compare.html")
    text = page.read_text(encoding="utf-8")
    links = re.findall(r'(?:href|src)="(?!data:)([^"]+)"', text)
    assert len(links) == 6
    assert all((reports / link).is_file() for link in links)
    assert "artificial graphite" in text
    assert text.count("</span>unsettled</span>") == 2


def test_more_than_one_run_is_told_by_ids_that_can_be_written_instead(reports):
    with pytest.raises(SpecificationError, match="write one of these ids in its place") as said:
        find_run("07", reports)
    ids = re.findall(r"(rer-\w+) \((.+?)\)", str(said.value))
    assert len(ids) == 3
    assert all(find_run(one, reports)["name"] == name for one, name in ids)


def test_trouble_with_a_comparison_is_code_2(reports, rareearth, tmp_path):
    code, _, said = rareearth("compare", "trade_responze", STUDY, "--out", reports)
    assert (code, "nearest" in said) == (2, True)
    run = shutil.copytree(reports / STUDY, tmp_path / STUDY)
    (run / "tables/phases.csv").unlink()
    code, _, said = rareearth("compare", run, STUDY, "--out", reports)
    assert (code, "phases.csv" in said, "run that study again" in said) == (2, True, True)


def test_names_of_runs_complete(reports, monkeypatch, rareearth):
    monkeypatch.chdir(reports.parent)
    monkeypatch.setenv("_RAREEARTH_COMPLETE", "complete_bash")
    for typed in (
        "rareearth compare trade_response--",
        "rareearth report --check trade_response--",
    ):
        monkeypatch.setenv("COMP_WORDS", typed)
        monkeypatch.setenv("COMP_CWORD", str(typed.count(" ")))
        (offered,) = rareearth()[1].split()
        assert f"07_{offered}" == find_run(OTHER, reports)["path"].name


@pytest.mark.thorough
def test_a_run_made_again_is_the_same_to_the_last_pixel(reports, rareearth):
    before = sorted(path.stat().st_mtime_ns for path in reports.rglob("*"))
    code, out, _ = rareearth("report", "--check", OTHER, "--out", reports)
    assert code == 0
    assert out.startswith("All as in its record.\n")
    assert "all six tables and four picture files are the same" in out
    assert before == sorted(path.stat().st_mtime_ns for path in reports.rglob("*"))


@pytest.mark.thorough
def test_what_comes_out_otherwise_is_named_after_what_is_otherwise_today(changed, rareearth):
    code, out, _ = rareearth("report", "--check", changed)
    assert code == 1
    lines = [line.strip() for line in out.splitlines()]
    assert lines[:3] == ["Not as in its record:", f"trade: an older one → {since_of(changed)}",
                         f"python: 3.10.1 → {sys.version.split()[0]}"]  # fmt: skip
    assert "two files differ" in lines[3]
    assert re.fullmatch(
        r"tables/phases\.csv, natural graphite · .+, effect: 7\.5 → -?[\d.]+", lines[4]
    )
    assert re.fullmatch(r"figures/figure-02\.png, pixels: [\d,]+ → 1 of them others", lines[5])


def since_of(run: Path) -> str:
    changes = since(find_run(run)).set_index("what")
    return str(changes.loc["trade", "second"])


def test_a_check_takes_no_parameters_and_names_the_nearest_run(reports, rareearth):
    code, _, said = rareearth("report", STUDY, "--check", STUDY, "--out", reports)
    assert (code, "name no other" in said) == (2, True)
    code, _, said = rareearth("report", "--check", "trade_responze", "--out", reports)
    assert (code, "nearest: 'trade_response'" in said) == (2, True)


@pytest.mark.parametrize(
    ("finding", "verdict", "sentence"),
    [
        ("Ten companies did on average 3.0 % better than expected. One of 9 sets did.", "moved", 0),
        ("Five rose on average by 2.0 % (1.0 to 3.0 %): unsettled, for …. More.", "unsettled", 0),
        (
            "Of 13 claims 5 are wrong. They moved by +3.8 %: this study cannot tell.",
            "cannot tell",
            1,
        ),
        ("They did 8.0 % better (0.6 to 9 %): an unusual day. Four others.", "an unusual day", 0),
        ("They did 8.0 % better (0.6 to 9 %): unusual stretches of two sessions. One, of 9 sets.",
         "unusual stretches", 0),
        (
            "No average move larger than 3 % in either direction.",
            "no average move larger than 3 %",
            0,
        ),
        ("The 95 % confidence set of the event session: −1 to 0. They rose by 2 %.",
         "sessions singled out", 0),
        ("The set holds all: no session stands out, so. They did 2 % better.",
         "no session stands out", 0),
        ("Of 199 events 192 have a session. See No. 61 of them.", NO_TEST, 0),
    ],
)  # fmt: skip
def test_a_verdict_is_read_from_the_sentence_that_says_it(finding, verdict, sentence):
    said = re.split(r"(?<=[.…]) (?=[A-Z])(?!61)", finding)
    assert verdict_of(finding) == (verdict, said[sentence])


@pytest.mark.parametrize(
    ("verdict", "word"),
    [("moved", "moved"), ("unsettled", "unsettled"), ("?", "cannot tell"),
     ("none_larger", "no average move larger than 3 %")],
)  # fmt: skip
def test_a_stored_verdict_counts_before_what_a_sentence_reads_like(tmp_path, verdict, word):
    first, second = "Here one cannot tell.", "No average move larger than 3 % (−1 to 1)."
    rows = {"verdict": [verdict, "unsettled"], "words": [f"{second} The users fell.", "Others."]}
    pd.DataFrame(rows).to_csv(tmp_path / "verdict.csv", index=False)
    said = verdict_of(f"{first} {second} The users fell.", [tmp_path / "verdict.csv"])
    assert said == (word, first if verdict == "?" else second)


@pytest.mark.parametrize(
    "part",
    [{"picture": "x"}, {"started": "soon"}, {"events": ["x"]}, {"yours": {"events.csv": 7}},
     {"git": {"commit": "--output=elsewhere"}}, {"tables": ["../../secret.csv"]},
     {"files": {"html": "/etc/hosts", "notebook": "a"}}, {"study": "elsewhere.ipynb"}],
)  # fmt: skip
def test_a_damaged_record_is_said_and_the_others_are_found_by_folder(reports, tmp_path, part):
    run = shutil.copytree(reports / STUDY, tmp_path / STUDY)
    rewrite(run, record_of(run) | part)
    with pytest.raises(DataError, match=rf"is damaged .*{next(iter(part))}.*run that study again"):
        find_run(run)
    assert os.fspath(find_run(reports / STUDY)["path"]).endswith(STUDY)


@pytest.mark.parametrize(
    "content", [None, b"", b"caar,lower,upper\n", b"caar,lower,upper\nx,1,2\n", b"\xff\0", b'"']
)
def test_a_damaged_verdict_is_named_with_the_line_that_makes_the_run_again(
    reports, tmp_path, content
):
    run = shutil.copytree(reports / STUDY, tmp_path / "reports" / STUDY)
    record = record_of(run)
    (run / "tables/verdict.csv").unlink()
    if content is not None:
        (run / "tables/verdict.csv").write_bytes(content)
    said = rf"verdict\.csv of the run is .*; make the run again: {re.escape(record['command'])}$"
    with pytest.raises(DataError, match=said):
        rer.cite(run_id(find_run(run)), run.parent)
    shutil.rmtree(run)
    shutil.copytree(reports / STUDY, run)  # what that line leaves
    assert rer.cite(run_id(find_run(run)), run.parent).value == {}


def test_a_run_without_its_record_cannot_be_cited_until_it_is_made_again(reports, tmp_path):
    run = shutil.copytree(reports / STUDY, tmp_path / STUDY)
    made = runner._as_run(record_of(run), run)
    (run / "run.json").unlink()
    said = r"run\.json is missing; remove its folder, and run that study again: rareearth report "
    with pytest.raises(DataError, match=said):
        rer.cite(made)
    shutil.rmtree(run)
    shutil.copytree(reports / STUDY, run)
    assert rer.cite(made).id == run_id(find_run(reports / STUDY))


def test_a_file_of_ones_own_that_is_gone_is_named_as_changed(reports, tmp_path):
    run = shutil.copytree(reports / STUDY, tmp_path / STUDY)
    rewrite(run, record_of(run) | {"yours": {"events.csv": "0a1b"}})
    assert "Since then: events.csv: 0a1b → –" in str(rer.cite(run_id(find_run(run)), tmp_path))
    with pytest.raises(RareEarthError, match=r"read: events\.csv\. Go into its workspace, or make"):
        rer.check_run(run, then=True)


def test_a_run_that_lost_a_table_is_not_made_again_before_that_is_said(reports, tmp_path):
    run = shutil.copytree(reports / STUDY, tmp_path / STUDY)
    (run / "tables/phases.csv").unlink()
    said = r"phases\.csv of the run is missing; make the run again: rareearth report 07"
    for ask in (rer.check_run, bundle_run):
        with pytest.raises(DataError, match=said):
            ask(run)


@pytest.fixture
def corrected(tmp_path, monkeypatch) -> None:
    """Data of today in which one figure is another than when the runs were made."""
    data = shutil.copytree(ROOT / "data", tmp_path / "data", ignore=shutil.ignore_patterns("raw"))
    package = json.loads((data / "datapackage.json").read_text(encoding="utf-8"))
    (table,) = (r for r in package["resources"] if r["name"] == "graphite_trade")
    content = (data / table["path"]).read_bytes()
    content = re.sub(rb"(\d)(\r?\n)$", lambda end: b"%d" % (9 - int(end[1])) + end[2], content)
    (data / table["path"]).write_bytes(content)
    table |= {"hash": f"sha256:{hashlib.sha256(content).hexdigest()}", "bytes": len(content)}
    (data / "datapackage.json").write_text(json.dumps(package), encoding="utf-8")
    monkeypatch.setenv("RAREEARTH_DATA", str(data))


def test_an_id_gives_the_value_of_its_run_after_a_correction_and_names_it(reports, request):
    run = reports / STUDY
    before = rer.cite(run_id(find_run(run)), reports)
    request.getfixturevalue("corrected")
    after = rer.cite(before.id, reports)
    assert (after.id, after.sentence, after.value) == (before.id, before.sentence, before.value)
    assert record_of(run)["result"] in after.sentence
    assert "graphite_trade" not in [*before.changes["what"]]
    assert "graphite_trade" in [*after.changes["what"]]
    assert re.search("^Since then: graphite_trade: \\w+ → \\w+$", str(after), re.M)


@pytest.mark.thorough
def test_a_run_comes_out_the_same_on_the_data_of_its_commit(reports, corrected, rareearth):
    code, out, err = rareearth("report", "--check", STUDY, "--then", "--out", reports)
    assert code == 0, out + err
    assert "graphite_trade: " in out
    assert "are the same" in out


def test_data_that_are_in_no_commit_are_not_made_up(reports, tmp_path):
    old = shutil.copytree(reports / STUDY, tmp_path / "reports" / STUDY)
    rewrite(old, record_of(old) | {"data": {"trade": "0123456789ab"}})
    with pytest.raises(RareEarthError, match=r"not those of its commit .*trade; .*RAREEARTH"):
        rer.check_run(old, then=True)
    rewrite(old, record_of(old) | {"git": None})
    with pytest.raises(RareEarthError, match="commit unknown is not in a checkout"):
        rer.check_run(old, then=True)


def test_an_edited_run_has_another_id_and_the_old_one_is_refused(reports, changed):
    old = run_id(find_run(reports / STUDY))
    assert run_id(find_run(changed)) != old
    assert find_run(old, reports)["path"] == reports / STUDY
    with pytest.raises(SpecificationError, match=f"has the id {old}"):
        find_run(old, changed.parent)
