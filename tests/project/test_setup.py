"""The set-up files agree with each other, and the notebooks are fit to be validated."""

from __future__ import annotations

import ast
import json
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pandas as pd
import pytest
import yaml
from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parents[2]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("[0-9]*.ipynb"))
LOCKS = ["requirements.lock", "requirements-lab.lock"]
CONDA_NAMES = {"arch-py": "arch"}
each_notebook = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)


def required(*extras: str) -> dict[str, str]:
    """Return ``{name: specifier}`` of the package and of `extras` (all without any)."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    optional = project["optional-dependencies"]
    lines = [*project["dependencies"]]
    for extra in extras or optional:
        lines += optional[extra]
    return {r.name: str(r.specifier) for r in map(Requirement, lines)}


def locked(name: str) -> dict[str, str]:
    pins = re.findall(r"^([a-z0-9._-]+)==([^ \\]+)", (ROOT / name).read_text(), re.M)
    return dict(pins)


def cells(path: Path) -> list[dict]:
    return json.loads(path.read_text())["cells"]


def code_cells(path: Path) -> list[dict]:
    return [cell for cell in cells(path) if cell["cell_type"] == "code"]


def test_environment_yml_pins_what_the_lock_pins_for_its_python():
    from packaging.markers import Marker

    listed = yaml.safe_load((ROOT / "environment.yml").read_text())["dependencies"]
    pip = next(entry["pip"] for entry in listed if isinstance(entry, dict))
    conda = dict(e.split("=") for e in listed if isinstance(e, str) and e != "pip")
    python = conda.pop("python")
    assert python == "3.11"
    found = {CONDA_NAMES.get(name, name): version for name, version in conda.items()}
    found |= {r.name: str(r.specifier)[2:] for r in map(Requirement, pip[1:])}
    here = {"python_full_version": f"{python}.9", "python_version": python}
    lines = re.findall(r"^(\S+)==(\S+)(?: ; (.*?))? \\$", (ROOT / LOCKS[1]).read_text(), re.M)
    pins = {n: v for n, v, marker in lines if not marker or Marker(marker).evaluate(here)}
    assert found == {name: pins[name] for name in required()}
    assert pip[0] == "-e ."


def test_environment_yml_is_what_its_script_writes():
    script = ROOT / "scripts/environment_yml.py"
    subprocess.run([sys.executable, script, "--check"], check=True)


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_names_no_address_and_hashes_every_package(name):
    text = (ROOT / name).read_text()
    assert not re.search(r"://|^-|--index|--find-links", text, re.M)
    blocks = re.split(r"^(?=[a-z0-9])", text, flags=re.M)[1:]
    assert all("--hash=sha256:" in block for block in blocks)


@pytest.mark.parametrize(
    ("name", "extras"), [(LOCKS[0], ("garch", "refresh", "test")), (LOCKS[1], ())]
)
def test_a_lock_holds_a_fitting_version_of_everything_required(name, extras):
    from packaging.specifiers import SpecifierSet

    pins = locked(name)
    for package, specifier in required(*extras).items():
        assert pins[package] in SpecifierSet(specifier), package


def test_the_lab_shares_every_version_and_stays_apart():
    base, lab = locked(LOCKS[0]), locked(LOCKS[1])
    assert {name: lab.get(name) for name in base} == base
    assert "jupyterlab" not in base


def test_make_lists_every_target_that_the_readme_names():
    listed = subprocess.run(["make", "-C", ROOT], capture_output=True, text=True, check=True).stdout
    readme = (ROOT / "README.md").read_text()
    for target in {"report", "test", "lab", "lint", *re.findall(r"`make ([a-z-]+)`", readme)}:
        assert re.search(rf"^  make {target} ", listed, re.M), target


def test_caches_are_kept_out_of_the_environments():
    # JupyterLab writes there before there is a .venv; uv makes none where a folder is in the way
    exported = re.findall(r"^export \w+ := (.+)$", (ROOT / "Makefile").read_text(), re.M)
    assert exported
    assert all(value.startswith("$(CURDIR)/$(CACHE)/") for value in exported)


def test_continuous_integration_runs_the_test_command_of_the_readme():
    assert (ROOT / ".ci/run").read_text().splitlines()[-1] == "make test"
    assert re.search(r"^make test\b", (ROOT / "README.md").read_text(), re.M)


def test_make_thorough_leaves_no_case_out():
    dry = ["make", "-C", ROOT, "--no-print-directory", "-n"]
    made = {
        target: subprocess.run([*dry, target], capture_output=True, text=True, check=True).stdout
        for target in ("test", "thorough")
    }
    once, every = (re.search(r"--nbval .*\n.* tests .*", said)[0] for said in made.values())
    chosen = '-m "not simulation and not thorough"'
    assert chosen in once
    assert every.split() == once.replace(chosen, "").split()
    assert re.search(r'-m "not end_to_end .*" tests; ', made["thorough"])  # on the newest Python


def fake_python(folder: Path, name: str, does: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_text(f"#!/bin/sh\n{does}\n")
    path.chmod(0o755)
    return path


def newest_python(home: Path) -> str:
    """Return what the script finds where nothing but these and a 3.11 is installed."""
    ours = fake_python(home / "bin", "python3.11", "echo 11")
    script = [shutil.which("bash"), ROOT / "scripts/newest_python.sh", ours]
    environment = {"PATH": str(home / "bin"), "PYENV_ROOT": str(home / ".pyenv")}
    return subprocess.run(
        script, env=environment, capture_output=True, text=True, check=True
    ).stdout.strip()


def test_the_newest_python_that_runs_is_the_one_tested_on(tmp_path):
    fake_python(tmp_path / "bin", "python3.12", "exit 0")
    fake_python(tmp_path / "bin", "python3.14", "exit 127")  # as pyenv leaves them on PATH
    assert newest_python(tmp_path) == str(tmp_path / "bin/python3.12")
    pyenv = fake_python(tmp_path / ".pyenv/versions/3.13.0/bin", "python3.13", "exit 0")
    assert newest_python(tmp_path) == str(pyenv)


def test_a_python_that_cannot_make_an_environment_is_passed_over(tmp_path):
    fake_python(tmp_path / "bin", "python3.14", 'case "$2" in *venv*) exit 1;; esac')
    assert newest_python(tmp_path) == ""


def test_where_the_default_python_is_the_newest_nothing_more_is_tested(tmp_path):
    fake_python(tmp_path / "bin", "python3.10", "exit 0")
    assert newest_python(tmp_path) == ""


def test_importing_the_package_imports_nothing_heavy():
    heavy = {"scipy", "statsmodels", "seaborn", "matplotlib", "pandera", "papermill"}
    heavy |= {"exchange_calendars", "arch", "requests", "rich", "typer", "pydantic"}
    script = f"import rareearth_research, sys; print(*{heavy!r} & set(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == []


def test_every_public_name_is_there():
    import rareearth_research

    for name in rareearth_research.__all__:
        assert getattr(rareearth_research, name) is not None, name
    assert sorted(rareearth_research.__all__) == dir(rareearth_research)


def test_editors_know_every_public_name():
    script = ROOT / "scripts/public_names.py"
    subprocess.run([sys.executable, script, "--check"], check=True)


@pytest.mark.skipif(pd.__version__ < "3.1", reason="it warns of this from 3.1 on")
def test_what_pandas_is_about_to_change_fails_a_test():
    with pytest.raises(DeprecationWarning, match=r"Series\.values"):
        _ = pd.Series(pd.to_datetime(["2025-04-04T10:00Z"])).values


def test_every_module_stays_short():
    long = {
        str(path.relative_to(ROOT)): lines
        for path in (ROOT / "rareearth_research").rglob("*.py")
        if (lines := len(path.read_text().splitlines())) > 300
    }
    assert long == {}


def test_texts_are_read_and_written_in_an_encoding_that_is_named():
    before = {"read_text": 0, "write_text": 1, "open": 99}  # arguments before an encoding
    found = []
    for path in (ROOT / "rareearth_research").rglob("*.py"):
        for call in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(call, ast.Call):
                continue
            of, _, does = ast.unparse(call.func).rpartition(".")
            if does not in before or (of and does == "open"):  # of an archive
                continue
            binary = re.search(r"'[rwax]\+?b\+?'", ast.unparse(call))
            named = "encoding" in {word.arg for word in call.keywords}
            if not (binary or named or len(call.args) > before[does]):
                found.append(f"{path.relative_to(ROOT)}:{call.lineno}")
    assert found == []


@each_notebook
def test_a_notebook_opens_with_a_title_and_a_typed_parameters_cell(path):
    from rareearth_research.reports import read_parameters

    assert "".join(cells(path)[0]["source"]).startswith("# ")
    for parameter in read_parameters(path).values():
        assert parameter.kind, parameter.name


@each_notebook
def test_every_code_cell_of_a_notebook_was_run_in_order_and_without_error(path):
    # nbval compares nothing where a cell was never run
    counts = [cell["execution_count"] for cell in code_cells(path)]
    assert counts == list(range(1, len(counts) + 1))
    for cell in code_cells(path):
        for output in cell["outputs"]:
            assert output["output_type"] != "error"
            assert output.get("name") != "stderr", output


@each_notebook
def test_a_notebook_says_header_finding_and_rerun_command(path):
    notes = [
        output.get("metadata", {}).get("rareearth", {})
        for cell in code_cells(path)
        for output in cell["outputs"]
    ]
    assert {"study", "result", "parameters"} <= {key for note in notes for key in note}


@each_notebook
def test_a_notebooks_footer_repeats_all_its_parameters(path):
    from rareearth_research.reports import read_parameters

    notes = [
        output["metadata"]["rareearth"]["parameters"]
        for cell in code_cells(path)
        for output in cell["outputs"]
        if "parameters" in output.get("metadata", {}).get("rareearth", {})
    ]
    assert notes == [{p.name: p.default for p in read_parameters(path).values()}]


@each_notebook
def test_a_notebook_is_stored_as_make_notebooks_writes_it(path):
    notebook = json.loads(path.read_text())
    assert set(notebook["metadata"]) == {"kernelspec", "language_info"}
    assert {key for cell in notebook["cells"] for key in cell["metadata"]} <= {"tags"}


@each_notebook
def test_a_notebook_tells_and_does_not_compute(path):
    source = "\n".join("".join(cell["source"]) for cell in code_cells(path))
    assert not re.search(r"^\s*(def|class) ", source, re.M)


def test_every_path_of_the_tree_can_be_checked_out_on_any_system():
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert [path for path in listed.stdout.split("\0") if set(path) & set('<>:"|?*\\')] == []


def test_the_citation_names_the_version_and_licence_of_the_package():
    cited = yaml.safe_load((ROOT / "CITATION.cff").read_text())
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    for field in ("version", "license", "keywords"):
        assert cited[field] == project[field]
