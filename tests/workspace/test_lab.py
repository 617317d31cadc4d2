"""JupyterLab opens copies, asks nothing, and writes into their folder only."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import time
from pathlib import Path

import pytest

from rareearth_research.errors import RareEarthError
from rareearth_research.workspace.lab import copy_notebooks, lab_environment, lab_folder
from rareearth_research.workspace.making import make_workspace
from tests.support.chromium import CHROMIUM, chromium

ROOT = Path(__file__).resolve().parents[2]
LAB = ROOT / ".venv-lab"
STUDY = "02_event_study.ipynb"


def change(notebook: Path) -> str:
    content = json.loads(notebook.read_text(encoding="utf-8"))
    content["cells"][0]["source"] = "# Mine"
    notebook.write_text(json.dumps(content), encoding="utf-8")
    return notebook.read_text(encoding="utf-8")


def test_what_is_there_is_kept_and_what_is_missing_is_copied(tmp_path):
    assert copy_notebooks(tmp_path / "a") == []
    mine = change(tmp_path / "a" / STUDY)
    (tmp_path / "a/explore.ipynb").unlink()
    assert copy_notebooks(tmp_path / "a") == [STUDY]
    assert (tmp_path / "a" / STUDY).read_text(encoding="utf-8") == mine
    assert (tmp_path / "a/explore.ipynb").is_file()


def test_a_fresh_copy_stands_beside_ones_own(tmp_path):
    for number in ("", "2"):
        copy_notebooks(tmp_path)
        mine = change(tmp_path / STUDY)
        copy_notebooks(tmp_path, fresh=True)
        own = tmp_path / f"02_event_study-yours{number}.ipynb"
        assert own.read_text(encoding="utf-8") == mine
        assert (tmp_path / STUDY).read_bytes() == (ROOT / "notebooks" / STUDY).read_bytes()


def test_a_copy_that_was_only_run_or_broken_is_told_apart(tmp_path):
    copy_notebooks(tmp_path)
    run = json.loads((tmp_path / STUDY).read_text(encoding="utf-8"))
    for cell in run["cells"]:
        cell |= {"outputs": []} if cell["cell_type"] == "code" else {}
    (tmp_path / STUDY).write_text(json.dumps(run), encoding="utf-8")
    (tmp_path / "explore.ipynb").write_text("broken", encoding="utf-8")
    assert copy_notebooks(tmp_path) == ["explore.ipynb"]


def test_a_folder_that_cannot_be_written_is_said(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(RareEarthError, match="cannot write to"):
        copy_notebooks(tmp_path / "file/notebooks")


def test_a_workspace_has_its_own_folder_and_a_checkout_one_that_git_ignores(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert lab_folder() == ROOT / "notebooks/yours"
    ignored = subprocess.run(["git", "check-ignore", "-q", lab_folder() / STUDY], cwd=ROOT)
    assert ignored.returncode == 0
    monkeypatch.chdir(make_workspace(tmp_path / "mine"))
    assert lab_folder() == tmp_path / "mine/notebooks"


def test_all_that_jupyter_keeps_lies_in_the_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("MPLBACKEND", "agg")
    found = lab_environment(tmp_path)
    places = {name: Path(to) for name, to in found.items() if to != os.environ.get(name)}
    assert {"JUPYTER_CONFIG_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR"} <= {*places}
    assert places.pop("JUPYTER_CONFIG_PATH") == ROOT / "rareearth_research/workspace/jupyter"
    assert all(place.is_relative_to(tmp_path) for place in places.values())
    assert "MPLBACKEND" not in found


# --- opened ---


def files_of(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }


@pytest.fixture(scope="module")
def checkout(tmp_path_factory):
    """A checkout of its own, with the data and the JupyterLab of this one."""
    folder = tmp_path_factory.mktemp("checkout")
    for part in ("rareearth_research", "notebooks"):
        left_out = shutil.ignore_patterns("__pycache__", "yours", ".cache")
        shutil.copytree(ROOT / part, folder / part, ignore=left_out)
    for part in ("data", ".venv-lab"):
        (folder / part).symlink_to(ROOT / part)
    return folder


@pytest.fixture(scope="module")
def opened(checkout, tmp_path_factory):
    """The address of a JupyterLab that `rareearth lab` started, its home, and what it says."""
    home = tmp_path_factory.mktemp("home")
    log = tmp_path_factory.mktemp("log") / "said"
    options = ("--no-browser", "--port=0", "--expose-app-in-browser")
    env = {"PATH": os.environ["PATH"], "HOME": str(home), "PYTHONPATH": str(checkout)}
    with log.open("w") as said:
        process = subprocess.Popen(
            [LAB / "bin/python", "-m", "rareearth_research.cli", "lab", *options],
            cwd=home, env=env, stdout=said, stderr=said,
        )  # fmt: skip
    try:
        for _ in range(300):
            if found := re.search(r"http://127\S+/lab\?token=\w+", log.read_text()):
                break
            assert process.poll() is None, log.read_text()
            time.sleep(0.2)
        yield found[0], home, log
    finally:
        process.terminate()
        process.wait(timeout=60)


RUN = """(async () => {
  const app = window.jupyterapp;
  await app.restored;
  const panel = await app.commands.execute('docmanager:open', {path: '%s'});
  await panel.context.ready;
  await panel.sessionContext.ready;
  await app.commands.execute('notebook:run-all-cells');
  await panel.context.save();
  const cells = panel.content.widgets;
  const code = cells.filter((cell) => cell.model.type === 'code');
  for (const index of cells.keys()) await panel.content.scrollToItem(index);
  const outputs = code.flatMap((cell) => cell.model.sharedModel.getOutputs());
  const pictures = outputs.filter((output) => output.data && output.data['image/png']);
  const seen = [...panel.node.querySelectorAll('.jp-OutputArea img')];
  await Promise.all(seen.map((image) => image.decode()));
  const answer = {
    notRun: code.filter((cell) => cell.model.executionCount === null).length,
    errors: outputs.filter((output) => output.output_type === 'error').map((o) => o.evalue),
    said: outputs.filter((output) => output.name === 'stderr').map((output) => output.text),
    pictures: pictures.length,
    visible: seen.filter((image) => image.naturalWidth > 50).length,
    asked: document.querySelectorAll('.jp-Dialog, .Toastify__toast').length,
  };
  await panel.sessionContext.shutdown();
  return answer;
})()"""


@pytest.mark.end_to_end
@pytest.mark.browser
@pytest.mark.skipif(
    CHROMIUM is None or not LAB.is_dir(), reason="needs Chromium, and JupyterLab of `make lab`"
)
def test_every_notebook_runs_in_jupyterlab_which_asks_nothing_and_leaves_nothing_elsewhere(
    checkout, opened, tmp_path
):
    address, home, log = opened
    before, outside = files_of(checkout / "notebooks"), files_of(home)
    names = sorted(path.name for path in (ROOT / "notebooks").glob("*.ipynb"))
    with chromium(tmp_path) as page:
        page.patience = 300.0
        page.look()
        page.open(address)
        while not page.ask("Boolean(window.jupyterapp)"):
            time.sleep(0.2)
        for name in names:
            found = page.ask(RUN % name)
            assert found["notRun"] == 0, (name, found)
            assert (found["errors"], found["said"], found["asked"]) == ([], [], 0), (name, found)
            assert found["visible"] >= max(found["pictures"], 1), (name, found)
        assert page.said == []
    after = files_of(checkout / "notebooks")
    assert {name: after[name] for name in before if not name.startswith("yours/")} == {
        name: before[name] for name in before if not name.startswith("yours/")
    }
    assert all(name.startswith("yours/") for name in after.keys() - before.keys())
    assert files_of(home) == outside == {}
    assert "without encryption" not in log.read_text()
