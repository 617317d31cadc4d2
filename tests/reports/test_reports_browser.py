"""The pages as a browser shows them, scripts run. Synthetic notebook."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from rareearth_research.reports import run_study, write_site
from tests.support.synthetic import write_data, write_notebook

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")

pytestmark = [
    pytest.mark.browser,
    pytest.mark.end_to_end,
    pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed"),
]
OPTIONS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--virtual-time-budget=2000",
)
WORDS = """\
frame = pd.DataFrame({"name": ["one", "two"], "x": [1, 2], "square": [1, 4]})
frame"""


@pytest.fixture(scope="module")
def index(tmp_path_factory) -> Path:
    root = tmp_path_factory.mktemp("site")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RAREEARTH_DATA", str(write_data(root / "data")))
        run_study(write_notebook(root, "01_words", WORDS), out=root / "out")
        return write_site(root / "out")


HOSTILE = "x` <script>document.title='RAN'</script><img src=x onerror=\"document.title='RAN'\">"
SAYS = """\
from IPython.display import HTML, Markdown, display
display(HTML(f"<p>{label}</p>"), Markdown(label))
from rareearth_research.reports.tables import interactive_table
rer.report_result(f"The label is {label}.")
frame = pd.DataFrame({"x": range(10), "square": [1, 2] * 5})
interactive_table(frame)"""


@pytest.fixture(scope="module")
def hostile(tmp_path_factory) -> Path:
    root = tmp_path_factory.mktemp("hostile")
    study = write_notebook(root, "01_says", SAYS)
    study.write_text(study.read_text().replace("  # one of: plain, bold", ""))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RAREEARTH_DATA", str(write_data(root / "data")))
        run = run_study(study, {"label": HOSTILE}, out=root / "out")
        write_site(root / "out")
    return run.html


@pytest.fixture
def rendered(tmp_path):
    def dump(page: Path) -> str:
        command = [CHROMIUM, *OPTIONS, f"--user-data-dir={tmp_path}", "--dump-dom", page.as_uri()]
        home = os.environ | {"HOME": str(tmp_path)}  # Chromium writes there too
        done = subprocess.run(
            command, env=home, capture_output=True, text=True, timeout=90, check=True
        )
        return done.stdout

    return dump


def test_the_index_shows_one_card_with_a_picture_that_loads(index, rendered):
    page = rendered(index)
    assert page.count("<article") == 1
    assert "Synthetic squares" in page
    picture = re.search(r'<img src="([^"]+)"', page)[1]
    assert (index.parent / picture).read_bytes().startswith(b"\x89PNG")


def test_every_link_of_index_and_report_leads_somewhere(index, rendered):
    for page in (index, index.parent / "01_words/01_words.html"):
        for link in re.findall(r'href="([^"#]+)"', rendered(page)):
            assert (page.parent / link).is_file(), link


def test_columns_of_words_are_set_from_the_left(index, rendered):
    page = rendered(index.parent / "01_words/01_words.html")
    assert re.search(r'<td class="words[^"]*">one</td>\s*<td(?! class="words)', page)


def test_a_parameter_full_of_markup_is_shown_and_runs_nothing(hostile, rendered):
    for page in (hostile, hostile.parents[1] / "index.html"):
        shown = rendered(page)
        assert "<title>RAN" not in shown
        assert "&lt;script&gt;document.title=" in shown


def test_a_script_that_is_not_the_page_s_own_does_not_run(hostile, rendered):
    foreign = "<script>document.title = 'RAN'</script><img src=x onerror=\"document.title='RAN'\">"
    page = hostile.with_name("tampered.html")
    page.write_text(hostile.read_text().replace("</main>", f"{foreign}</main>"))
    assert "<title>RAN" not in rendered(page)
    unlocked = re.sub("<meta http-equiv[^>]+>", "", page.read_text())
    page.write_text(unlocked)
    assert "<title>RAN" in rendered(page)  # so it is the policy that stops it


def test_the_page_s_own_script_folds_code_and_makes_tables_sortable(hostile, rendered):
    shown = rendered(hostile)
    assert shown.count('title="sort"') == 2
    assert 'class="rer-table"' in shown
