"""A bundle stands for itself: its check meets the headline without this package."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

import rareearth_research as rer
from rareearth_research.datasets.own.layers import files_of
from rareearth_research.datasets.own.overlay import own_hashes
from rareearth_research.errors import RareEarthError
from rareearth_research.keeping import bundle_run, verify
from rareearth_research.keeping.checkable import write_checkable
from rareearth_research.keeping.verify import student_p, student_quantile
from rareearth_research.reports.page.notebook import rerun_command
from rareearth_research.studies.planned.measure import Measured
from rareearth_research.workspace.making import make_workspace
from tests.support.eventstudy_cases import synthetic_returns
from tests.support.own_study import EVENT, write_study

pytestmark = pytest.mark.end_to_end

BLOCKED = "rareearth_research", "scipy", "statsmodels", "matplotlib"
ASKED = {
    "event_ids": ["cn-2023-07-ga-ge-controls", "cn-2023-10-graphite", "cn-2025-10-no61-no62"],
    "group": "rare_earth_producers",
}
HEADINGS = (  # of the template README of the Social Science Data Editors
    "Overview", "Data Availability and Provenance Statements", "Statement about Rights",
    "Summary of Availability", "Details on each Data Source", "Dataset list",
    "Computational requirements", "Software Requirements", "Controlled Randomness",
    "Memory, Runtime, Storage Requirements", "Description of programs/code", "License for Code",
    "Instructions to Replicators", "List of tables and programs", "References",
)  # fmt: skip


@pytest.fixture(scope="module")
def reports(tmp_path_factory) -> Path:
    out = tmp_path_factory.mktemp("bundled") / "reports"
    rer.run_study("event_study", ASKED, out)
    return out


@pytest.fixture(scope="module")
def bundle(reports) -> Path:
    return bundle_run("event_study", reports)


@pytest.fixture(scope="module")
def whole(reports) -> Path:
    return bundle_run("event_study", reports, to=reports / "whole", whole=True)


def verified(folder: Path, console: str = "utf-8") -> subprocess.CompletedProcess[str]:
    """Run the check with everything blocked but numpy and pandas."""
    script = (
        f"import runpy, sys; sys.stdout.reconfigure(encoding={console!r}, errors='strict'); "
        f"sys.modules.update(dict.fromkeys({BLOCKED})); "
        f"runpy.run_path({str(folder / 'verify.py')!r}, run_name='__main__')"
    )
    command = [sys.executable, "-I", "-B", "-W", "error", "-c", script]
    return subprocess.run(command, cwd="/", capture_output=True, text=True, encoding=console)


def test_the_check_meets_every_number_of_the_headline_without_this_package(bundle):
    done = verified(bundle)
    assert done.returncode == 0, done.stdout + done.stderr
    said = [float(off) for off in re.findall(r"differs by (\S+)", done.stdout)]
    assert len(said) == 7
    assert max(said) <= 1e-9
    assert "The headline is met" in done.stdout


def test_a_console_that_lacks_signs_of_the_finding_gets_the_check_all_the_same(bundle):
    assert not json.loads((bundle / "verify/headline.json").read_text())["finding"].isascii()
    done = verified(bundle, "ascii")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "The headline is met" in done.stdout


def test_with_returns_the_check_estimates_abnormal_returns_anew(whole):
    done = verified(whole)
    assert done.returncode == 0, done.stdout + done.stderr
    for what in ("CAR", "variance", "correlation"):
        (off,) = re.findall(rf"{what} from returns +differs by (\S+)", done.stdout)
        assert float(off) <= 1e-9


def test_the_headline_is_that_of_the_run(bundle, reports):
    (run,) = (json.loads(p.read_text()) for p in reports.glob("02*/run.json"))
    known = json.loads((bundle / "verify/headline.json").read_text())
    verdict = pd.read_csv(bundle / "output/tables/verdict.csv")
    assert known["finding"] == run["result"]
    found = known["samples"][""]["quantities"]
    assert found["mean"] == pytest.approx(verdict["caar"].iloc[0], abs=1e-12)
    assert found["lower"] == pytest.approx(verdict["lower"].iloc[0], abs=1e-12)


def test_the_check_names_a_file_that_was_changed(bundle):
    content = (bundle / "verify/pairs.csv").read_bytes()
    (bundle / "verify/pairs.csv").write_bytes(content.replace(b"1", b"2", 1))
    done = verified(bundle)
    (bundle / "verify/pairs.csv").write_bytes(content)
    assert done.returncode == 1
    assert "Not as the bundle was made:\n  verify/pairs.csv" in done.stdout


def test_a_number_that_does_not_follow_is_not_met(bundle, tmp_path):
    copy = shutil.copytree(bundle, tmp_path / "copy")
    known = json.loads((copy / "verify/headline.json").read_text())
    known["samples"][""]["quantities"]["lower"] += 2e-9
    (copy / "verify/headline.json").write_text(json.dumps(known))
    (copy / "SHA256SUMS").write_text("")
    done = verified(copy)
    assert done.returncode == 1
    assert "NOT met" in done.stdout


def test_no_row_that_may_not_be_passed_on_is_in_a_bundle(bundle, whole):
    tables = json.loads((bundle / "data/datapackage.json").read_text())["resources"]
    rows = {t["name"]: len(pd.read_csv(bundle / "data" / t["path"], dtype=str)) for t in tables}
    for table in tables:
        terms = {source["redistribution"] for source in table["sources"]}
        assert (rows[table["name"]] > 0) == (terms <= {"free", "attribution"}), table["name"]
    assert not (bundle / "verify/returns.csv").exists()
    assert len(pd.read_csv(whole / "data/clean/prices_us.csv", dtype=str)) > 1000
    assert "may not be passed on" in (whole / "README.md").read_text()


def test_the_readme_has_the_headings_of_data_editors_and_every_recipe(bundle):
    text = (bundle / "README.md").read_text(encoding="utf-8")
    found = re.findall(r"^#{2,3} (.+)$", text, re.M)
    assert [heading for heading in found if heading in HEADINGS] == [*HEADINGS]
    assert "| prices_us | `rareearth data refresh yahoo`" in text
    for named in re.findall(r"\| `((?:data|output)/[^`]+)`", text):
        assert (bundle / named).is_file(), named


def test_code_lock_tables_and_pictures_are_there(bundle):
    for name in ("code/rareearth_research/__init__.py", "code/requirements.lock", "code/LICENSE",
                 "code/notebooks/02_event_study.ipynb", "output/tables/tests.tex",
                 "output/figures/figure-01.png"):  # fmt: skip
        assert (bundle / name).is_file(), name
    assert not [*bundle.rglob("__pycache__")]


def test_a_run_whose_finding_is_another_today_is_not_bundled(reports, tmp_path):
    (run,) = reports.glob("02*/")
    old = shutil.copytree(run, tmp_path / "reports" / run.name)
    record = json.loads((old / "run.json").read_text())
    record |= {"results": ["It was 3 %."], "data": record["data"] | {"prices_us": "older"}}
    (old / "run.json").write_text(json.dumps(record))
    with pytest.raises(RareEarthError, match=r"another today .*prices_us: older → .*run again"):
        bundle_run("event_study", tmp_path / "reports")
    assert not (tmp_path / "reports/bundles/02_event_study").exists()


def test_a_folder_that_is_no_bundle_is_left_alone(reports, tmp_path):
    (tmp_path / "letter.txt").write_text("dear")
    for sums in ("", "0000  letter.txt\n"):  # the sums of another download
        (tmp_path / "SHA256SUMS").write_text(sums)
        with pytest.raises(RareEarthError, match="which is no part of a bundle; move that away"):
            bundle_run("event_study", reports, to=tmp_path)
    assert (tmp_path / "letter.txt").read_text() == "dear"


def test_a_bundle_is_not_put_into_its_run_nor_through_a_link(reports, tmp_path):
    (run,) = reports.glob("02_event_study*")
    with pytest.raises(RareEarthError, match="is in the run itself; choose another folder"):
        bundle_run("event_study", reports, to=run / "bundle")
    (tmp_path / "link").symlink_to(tmp_path)
    with pytest.raises(RareEarthError, match="is no bundle; choose another folder"):
        bundle_run("event_study", reports, to=tmp_path / "link")


OWN = {"event_ids": [EVENT, "fr-2025-03-arrete"], "group": "yours"}


@pytest.fixture
def own_run(reports, tmp_path, monkeypatch) -> Path:
    """A run in a workspace, as the notebook would leave it of what the study finds there."""
    folder = make_workspace(tmp_path / "Étude")
    write_study(folder)
    with open(folder / "study.yaml", "a") as file:
        file.write("\nexchanges: XPAR\n")
    monkeypatch.chdir(folder)
    return recorded(reports, folder / "reports/02_event_study--group-yours", OWN)


def recorded(reports: Path, run: Path, asked: dict[str, Any]) -> Path:
    (of,) = reports.glob("02*/")
    shutil.copytree(of, run)
    record = json.loads((run / "run.json").read_text())
    with files_of(asked):
        yours = dict(own_hashes())
    record |= {"results": [rer.studies.event_study(**asked).finding], "yours": yours,
               "parameters": asked, "changed": [*asked], "name": "event_study, group yours",
               "command": rerun_command("02_event_study", asked)}  # fmt: skip
    (run / "run.json").write_text(json.dumps(record))
    return run


@pytest.mark.thorough
def test_a_bundle_of_a_workspace_holds_what_it_rests_on_and_gives_it_again(own_run, monkeypatch):
    made, folder = bundle_run(own_run, to="bundle"), Path.cwd()
    names = ["study.yaml", "events.csv", "prices/cours.csv"]
    assert all((made / "data/yours" / n).read_bytes() == (folder / n).read_bytes() for n in names)
    done = verified(made)
    assert done.returncode == 0, done.stdout + done.stderr
    assert len(re.findall(r"from returns +differs by \d", done.stdout)) == 3  # all are one's own
    readme = (made / "README.md").read_text(encoding="utf-8")
    for name in names:
        digest = hashlib.sha256((folder / name).read_bytes()).hexdigest()
        assert f"#### `data/yours/{name}`\n\n- The author's own file, sha256 `{digest}`" in readme
    assert "Licence: your own file" in readme
    monkeypatch.chdir(own_run)
    monkeypatch.setenv("RAREEARTH_WORKSPACE", str(made / "data/yours"))  # as the README says
    assert (
        rer.studies.event_study(**OWN).finding
        in json.loads((own_run / "run.json").read_text())["results"]
    )


def test_own_files_that_changed_or_are_elsewhere_are_named(own_run, monkeypatch, tmp_path):
    (Path.cwd() / "events.csv").write_text(f"event_id,date\n{EVENT},2024-06-05\n")
    with pytest.raises(RareEarthError, match=r"own files are not those .* read: events\.csv\. Go "):
        bundle_run(own_run)
    monkeypatch.chdir(tmp_path)
    said = r"events\.csv, prices/cours\.csv, study\.yaml\. Go into its workspace, or make the run "
    with pytest.raises(RareEarthError, match=said):
        bundle_run(own_run)


@pytest.mark.thorough
def test_files_that_were_given_by_name_are_in_a_bundle_and_in_its_command(reports, tmp_path):
    write_study(tmp_path)
    events, prices = str(tmp_path / "events.csv"), str(tmp_path / "prices")
    asked = {"events_file": events, "prices_file": prices, "exchanges": "XPAR"}
    made = bundle_run(recorded(reports, tmp_path / "run", asked), to=tmp_path / "bundle")
    assert (made / "data/yours/prices/cours.csv").is_file()
    command = "-p events_file=data/yours/events.csv -p prices_file=data/yours/prices"
    assert command in (made / "README.md").read_text(encoding="utf-8")
    assert verified(made).returncode == 0


def test_a_link_in_a_run_is_not_followed(reports, tmp_path):
    (run,) = reports.glob("02*/")
    run = shutil.copytree(run, tmp_path / "run")
    (run / "notes.txt").symlink_to("/etc/hosts")
    with pytest.raises(RareEarthError, match=r"notes\.txt is a link; put the file itself there"):
        bundle_run(run, to=tmp_path / "bundle")
    assert not (tmp_path / "bundle").exists()


def test_the_own_student_t_is_that_of_scipy():
    from scipy.special import stdtr, stdtrit

    for df in (1, 2, 4.5, 23, 250):
        for t in (0.0, 0.3, 1.7, 6.0, 40.0):
            assert student_p(t, df) == pytest.approx(2 * stdtr(df, -t), rel=1e-11, abs=1e-300)
        assert student_quantile(0.975, df) == pytest.approx(stdtrit(df, 0.975), rel=1e-12)


RETURNS = synthetic_returns(securities=5, shared=0.01)
GAPPY = RETURNS.mask(np.random.default_rng(3).random(RETURNS.shape) < 0.03).assign(
    MKT=RETURNS["MKT"]
)
EVENTS = [RETURNS.index[i] for i in (270, 271, 300, 340)]


@pytest.mark.parametrize(
    ("returns", "events", "asked"),
    [
        (GAPPY, EVENTS, {"model": "market", "windows": [(-1, 3)], "min_obs": 150}),
        (GAPPY, EVENTS[:1], {"model": "mean", "min_obs": 150}),
        (RETURNS, EVENTS, {"model": "market_adjusted", "leave_out": "own_events"}),
        (RETURNS[["S0", "MKT"]], EVENTS[2:], {"model": "raw"}),
    ],
)
def test_other_models_gaps_and_single_pairs_are_met_as_well(returns, events, asked, tmp_path):
    benchmark = "MKT" if asked["model"].startswith("market") else None
    returns = returns if benchmark else returns.drop(columns="MKT")
    fitted = rer.EventStudy(returns, events, benchmark, **{"windows": [(0, 1)]} | asked).fit()
    (tmp_path / "verify").mkdir()
    answer = SimpleNamespace(result=fitted, finding="Made up.")
    assert write_checkable(answer, tmp_path / "verify", whole=True)
    shutil.copy(verify.__file__, tmp_path)
    (tmp_path / "SHA256SUMS").write_text("")
    done = verified(tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr


def test_announcements_that_count_once_are_met_sample_by_sample(tmp_path):
    ended = GAPPY.assign(S0=GAPPY["S0"].where(GAPPY.index < RETURNS.index[290]))
    fits = [rer.EventStudy(r, EVENTS, "MKT", min_obs=150).fit() for r in (GAPPY, ended)]
    measured = {f"sample {i}": Measured(found, found.attrition) for i, found in enumerate(fits)}
    (tmp_path / "verify").mkdir()
    answer = SimpleNamespace(measured=measured, finding="Made up.")
    assert write_checkable(answer, tmp_path / "verify", whole=True)
    shutil.copy(verify.__file__, tmp_path)
    (tmp_path / "SHA256SUMS").write_text("")
    done = verified(tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    said = re.findall(r"mean +(\S+)", done.stdout)
    assert said == [f"{found.finding.caar:+.12f}" for found in measured.values()]
    assert said[1] != f"{fits[1].findings[0].caar:+.12f}"  # the mean over pairs


def test_a_study_without_an_event_study_says_that_nothing_is_recomputed(tmp_path):
    (tmp_path / "verify").mkdir()
    assert not write_checkable(None, tmp_path / "verify", whole=True)
    shutil.copy(verify.__file__, tmp_path)
    (tmp_path / "SHA256SUMS").write_text("")
    assert "its files are checked, no more" in verified(tmp_path).stdout
