"""A run leaves a complete report or nothing. Synthetic notebooks, real kernels."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from html import unescape
from pathlib import Path

import nbformat
import pandas as pd
import pytest
from typer.testing import CliRunner

from rareearth_research.cli import root as cli
from rareearth_research.errors import DataError, RareEarthError, SpecificationError
from rareearth_research.reports import read_parameters, run_study, write_site
from rareearth_research.reports.artefacts import environment
from rareearth_research.reports.studies import find_study, list_studies
from tests.support.synthetic import write_bare_notebook, write_data, write_notebook
from tests.support.thorough import first_of

pytestmark = pytest.mark.end_to_end
FAILS = """\
if not __import__("os").path.exists("{}/mended"):
    raise ValueError("made up")
frame = pd.DataFrame({{"x": [1], "square": [1]}})"""


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """A folder of notebooks and data of their own, found through the environment."""
    root = tmp_path_factory.mktemp("world")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RAREEARTH_DATA", str(write_data(root / "data")))
        patch.setenv("RAREEARTH_NOTEBOOKS", str(root / "notebooks"))
        patch.setenv("MPLBACKEND", "Agg")  # as some shells do; pictures must not vanish
        write_notebook(root / "notebooks", "01_squares")
        write_notebook(root / "notebooks", "02_fails", analysis=FAILS.format(root))
        yield root


@pytest.fixture(scope="module")
def run(world):
    steps = []
    done = run_study("squares", {"count": 4}, world / "out", progress=lambda *n: steps.append(n))
    return done, steps


def leftovers(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if path.name.startswith("."))


def test_a_run_leaves_notebook_page_figure_table_and_record(run):
    done, _ = run
    assert done.result == "The plain sum of 4 squares is 14."
    assert done.directory.name.startswith("01_squares-")
    assert nbformat.read(done.notebook, as_version=4).cells[2].metadata.tags == [
        "injected-parameters"
    ]
    assert done.figures[0].read_bytes().startswith(b"\x89PNG")
    assert pd.read_csv(done.tables[0])["square"].tolist() == [0, 1, 4, 9]
    record = json.loads((done.directory / "run.json").read_text())
    assert record["parameters"] == {
        "count": 4, "label": "plain", "windows": [[-1, 1], [0, 5]], "since": None,
    }  # fmt: skip
    assert record["changed"] == ["count"]
    assert record["libraries"]["pandas"] == pd.__version__
    assert re.fullmatch("[0-9a-f]{12}", record["data_hash"])
    assert record["command"] == "rareearth report 01_squares -p count=4"


def test_progress_counts_every_code_cell(run):
    _, steps = run
    assert steps[0] == (1, 6)
    assert steps[-1] == (6, 6)


def test_the_page_stands_alone_and_folds_the_code(run):
    page = run[0].html.read_text()
    assert "http://" not in page.replace("http://www.w3.org/", "")
    assert "https://" not in page
    assert not re.search(r"<(script|link|img)[^>]+(src|href)=\"(?!data:)", page)
    assert page.count('<details class="code">') == 6  # folded; the run's parameters are open
    assert page.count('<details class="code" open>') == 1
    assert "The plain sum of 4 squares is 14." in page


def test_nothing_of_this_machine_is_left_in_the_executed_notebook(run, world):
    text = run[0].notebook.read_text()
    assert str(world) not in text
    assert "start_time" not in text


def test_the_index_shows_question_finding_and_links_that_exist(run, world):
    page = write_site(world / "out")
    text = page.read_text()
    assert "Do squares of made-up numbers <em>grow</em>?" in text
    assert "The plain sum of 4 squares is 14." in text
    assert len({*links_of(page)}) >= 5


def test_a_failed_run_has_a_page_that_the_index_leads_to_until_it_is_made(world):
    out = world / "out2"
    with pytest.raises(RareEarthError, match=r"^ValueError: made up\. 02_fails .*if not") as e:
        run_study("02_fails", {"label": "bold"}, out)
    page = Path(re.search(r"see (\S+)$", str(e.value))[1])
    kept = nbformat.read(page.with_suffix(".ipynb"), as_version=4)
    assert kept.cells[0].source.startswith("**ValueError: made up**")
    assert any("papermill-error-cell" in cell.source for cell in kept.cells[1:])
    assert [p.name for p in out.iterdir()] == ["failed"]
    index = write_site(out)
    links = {address for file in (index, page) for address in links_of(file)}
    assert {page, page.with_suffix(".ipynb"), page.with_name("run.json"), index} == links
    text = unescape(page.read_text())
    assert "ValueError: made up. 02_fails failed in the cell that begins" in text
    asked = re.findall(r"<dt.*?>(\w+)</dt><dd>(.*?)</dd>", text)
    assert asked[:2] == [("count", "3"), ("label", '"bold"')]
    again = re.search('<pre class="again">(.*?)</pre>', text)[1]
    assert again == "rareearth report 02_fails -p label=bold"
    (world / "mended").touch()
    done = CliRunner().invoke(cli.app, [*again.split()[1:], "--out", str(out)])
    assert done.exit_code == 0
    assert sorted(p.name for p in out.iterdir()) == ["02_fails--label-bold", "failed", "index.html"]
    assert not any("failed" in str(link) for link in links_of(index))


def links_of(page: Path) -> list[Path]:
    found = re.findall(r'(?:href|src)="(?!data:)([^"#]+)"', page.read_text())
    return [(page.parent / address).resolve(strict=True) for address in found]


def test_an_error_of_ours_inside_a_notebook_keeps_its_kind(world):
    fails = "import rareearth_research as rer\nrer.datasets.read('made_upp')"
    notebook = write_bare_notebook(world / "apart", "03_asks_wrongly", fails)
    with pytest.raises(DataError, match="made_upp"):
        run_study(notebook, out=world / "out2")


def test_a_slow_cell_is_stopped_and_named(world):
    notebook = write_bare_notebook(world / "apart", "04_slow", "import time\ntime.sleep(60)")
    with pytest.raises(RareEarthError, match=r"begins 'import time'.*longer than 3 s"):
        run_study(notebook, out=world / "out2", timeout=3)
    assert leftovers(world / "out2") == []


def test_a_dying_kernel_is_named(world):
    kill = "import os, signal\nos.kill(os.getpid(), signal.SIGKILL)"
    notebook = write_bare_notebook(world / "apart", "05_dies", kill)
    with pytest.raises(RareEarthError, match=r"05_dies died .*begins 'import os, signal'"):
        run_study(notebook, out=world / "out2")
    assert leftovers(world / "out2") == []


def test_an_output_folder_that_cannot_be_written_is_said_before_anything_runs(world):
    (world / "a_file").write_text("")
    with pytest.raises(RareEarthError, match=r"cannot write to .*a_file.*choose another folder"):
        run_study("01_squares", out=world / "a_file")


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")
@pytest.mark.parametrize("stop", first_of([signal.SIGINT, signal.SIGTERM]))
def test_stopping_a_run_keeps_the_old_report_and_leaves_no_kernel(world, stop):
    mark = world / f"started-{stop.value}"
    slow = f"import os, time\nopen({str(mark)!r}, 'w').write(str(os.getpid()))\ntime.sleep(120)"
    notebook = write_bare_notebook(world / "apart", f"06_stopped_{stop.value}", slow)
    out = world / f"out-{stop.value}"
    (out / notebook.stem).mkdir(parents=True)
    (out / notebook.stem / "run.json").write_text("the old report")
    command = [sys.executable, "-m", "rareearth_research.cli", "report", str(notebook)]
    process = subprocess.Popen(
        [*command, "--out", str(out)],
        stderr=subprocess.PIPE,
        text=True,
        # as from a terminal: a suite started in the background inherits that SIGINT is ignored
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    _wait_for(lambda: mark.exists() and mark.read_text())
    kernel = int(mark.read_text())
    process.send_signal(stop)
    _, said = process.communicate(timeout=120)
    assert process.returncode == 130
    assert "Stopped" in said
    assert "Traceback" not in said
    assert [path.name for path in out.iterdir()] == [notebook.stem]
    assert (out / notebook.stem / "run.json").read_text() == "the old report"
    _wait_for(lambda: not _alive(kernel))


def test_studies_answer_to_name_short_name_number_and_path(world):
    names = [study.name for study in list_studies()]
    assert names == ["01_squares", "02_fails"]
    path = world / "notebooks/01_squares.ipynb"
    for name in ("01_squares", "squares", "1", "01", "01_squares.ipynb", path):
        assert find_study(name).path == path
    assert list(read_parameters("1")) == ["count", "label", "windows", "since"]
    with pytest.raises(SpecificationError, match=r"no study .* 'squarse'; nearest: 'squares'"):
        find_study("squarse")


def test_a_file_that_is_no_notebook_is_refused(world):
    (world / "apart").mkdir(exist_ok=True)
    (world / "apart/broken.ipynb").write_text("{")
    with pytest.raises(SpecificationError, match=r"broken\.ipynb is not a Jupyter notebook"):
        find_study(world / "apart/broken.ipynb")


@pytest.mark.thorough
def test_running_a_notebook_again_in_place_gives_the_same_bytes(world):
    notebook = write_notebook(world / "again", "07_again")
    script = Path(__file__).parents[2] / "scripts/execute_notebooks.py"

    def execute(*options: str) -> int:
        return subprocess.run([sys.executable, script, *options, notebook], check=False).returncode

    assert execute("--check") == 1  # never run
    assert execute() == 0
    assert execute("--check") == 0


def _wait_for(condition, seconds: float = 120) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.1)


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_a_parameter_is_no_file_because_it_is_called_as_one(world, tmp_path):
    path = write_bare_notebook(world / "apart", "07_exchanges", "print(exchanges)")
    notebook = nbformat.read(path, as_version=4)
    notebook.cells[0].source = 'exchanges: list[str] = ["XSHG"]  # and no prices_file, as in 01'
    nbformat.write(notebook, path)
    run = run_study(str(path), {"exchanges": ["XNYS"]}, tmp_path)
    assert run.parameters["exchanges"] == ["XNYS"]


def test_a_pdf_without_a_browser_is_refused_before_anything_runs_and_leaving_it_out_helps(
    world, monkeypatch, tmp_path
):
    with monkeypatch.context() as patch:
        patch.setenv("PATH", str(tmp_path))
        with pytest.raises(RareEarthError, match=r"by Chromium or Chrome.*leave out --pdf"):
            run_study("squares", out=tmp_path / "out", pdf=True)
        assert not (tmp_path / "out").exists()
    with pytest.raises(SpecificationError, match="pdf must be"):
        run_study("squares", out=tmp_path / "out", pdf="yes")
    assert run_study("squares", out=tmp_path / "out").html.is_file()


def test_a_changed_file_is_seen_in_whatever_encoding_its_name_is(tmp_path):
    def git(*arguments: str) -> None:
        settings = ["-c", "user.name=A", "-c", "user.email=a@example.org"]
        subprocess.run(["git", "-C", tmp_path, *settings, *arguments], check=True)

    file = tmp_path / os.fsdecode(b"\xff.txt")
    git("init", "-q")
    git("config", "core.quotePath", "false")  # else git writes such names in ASCII
    file.write_text("old")
    git("add", "-A")
    git("commit", "-q", "-m", "first")
    clean = environment(tmp_path)["git"]
    assert re.fullmatch("[0-9a-f]{40}", clean["commit"])
    assert not clean["changed"]
    file.write_text("new")
    assert environment(tmp_path)["git"] == {"commit": clean["commit"], "changed": True}
