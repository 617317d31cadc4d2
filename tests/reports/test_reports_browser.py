"""The pages as a browser shows them, scripts run. Synthetic notebook."""

from __future__ import annotations

import base64
import functools
import re
import threading
from collections.abc import Iterator
from dataclasses import replace
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import nbformat
import pytest

from rareearth_research.reports import compare_runs, run_study, write_comparison, write_site
from rareearth_research.reports.page.html import to_html
from tests.support.chromium import AXE, CHROMIUM, ROOT, Page, chromium
from tests.support.synthetic import write_data, write_notebook

pytestmark = [
    pytest.mark.browser,
    pytest.mark.end_to_end,
    pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed"),
]
WORDS = """\
frame = pd.DataFrame({
    "name": ["one", "two", "minus one", "none", *"abcd"], "x": [1, 2, -1, None, 10, 0.5, 0.05, 3],
})
frame["square"] = frame["x"] ** 2
frame"""


@pytest.fixture(scope="module")
def index(tmp_path_factory) -> Path:
    root = tmp_path_factory.mktemp("site")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RAREEARTH_DATA", str(write_data(root / "data")))
        run_study(write_notebook(root, "01_words", WORDS), out=root / "out")
        # compared with itself, as if it had been asked and found otherwise
        same = compare_runs("words", "words", root / "out")
        other = same.parameters.reindex(range(1)).fillna("windows [[0, 1], [−1, 5]] " * 9)
        cells = same.files.reindex(range(3)).fillna("tables/a_long_name-of-it.csv")
        write_comparison(replace(same, parameters=other, files=cells), root / "out/compare.html")
        return write_site(root / "out")


HOSTILE = "x` <script>document.title='RAN'</script><img src=x onerror=\"document.title='RAN'\">"
SAYS = """\
from IPython.display import HTML, Markdown, display
display(HTML(f"<p>{label}</p>"), Markdown(label))
from rareearth_research.reports.page.tables import interactive_table
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


@pytest.fixture(scope="module")
def tab(tmp_path_factory) -> Iterator[Page]:
    with chromium(tmp_path_factory.mktemp("chromium")) as page:
        yield page


@pytest.fixture(params=["file", "http"])
def report(request, index, tab) -> Iterator[Page]:
    """The report of the synthetic study, opened as a file and from a server."""
    path = "01_words/01_words.html"
    tab.look()
    if request.param == "file":
        tab.open((index.parent / path).as_uri())
        yield tab
        return
    handler = functools.partial(Quiet, directory=index.parent)
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        tab.open(f"http://127.0.0.1:{server.server_port}/{path}")
        yield tab
        server.shutdown()


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def rendered(tab):
    def dump(page: Path) -> str:
        tab.look()
        tab.open(page.as_uri())
        return tab.ask("document.documentElement.outerHTML")

    return dump


def test_the_index_shows_one_card_with_a_picture_drawn_for_its_size(index, rendered, tab):
    page = rendered(index)
    assert page.count("<article") == 1
    assert "Synthetic squares" in page
    picture = re.search(r'<img src="([^"]+)"', page)[1]
    assert (index.parent / picture).name == "small.svg"
    drawn = "document.querySelector('.picture img')"  # fetched when seen, maybe after all else
    assert tab.ask(f"{drawn}.decode().then(() => {drawn}.naturalWidth)") == 336


def test_every_link_of_index_and_report_leads_somewhere(index, rendered):
    for page in (index, index.with_name("compare.html"), index.parent / "01_words/01_words.html"):
        for link in re.findall(r'<a [^>]*href="([^"#]+)"', rendered(page)):
            assert (page.parent / link).is_file(), link


def test_a_picture_is_sharp_and_a_table_is_there_to_take_away(report, index):
    picture = "document.querySelector('.figure img')"
    assert report.ask(f"{picture}.src.slice(0, 26)") == "data:image/svg+xml;base64,"
    assert report.ask(f"{picture}.naturalWidth") > 0
    links = "[...document.querySelectorAll('.output .files a')].map((a) => a.getAttribute('href'))"
    home = index.parent / "01_words"
    found = report.ask(links)
    tables = [f"tables/table-01.{form}" for form in ("csv", "xlsx", "parquet", "tex")]
    assert sorted(found) == sorted([*tables, "figures/figure-01.svg", "figures/figure-01.png"])
    assert all((home / link).is_file() for link in found)


def test_a_phone_and_paper_have_each_the_picture_drawn_for_them(index, tab):
    tab.open((index.parent / "01_words/01_words.html").as_uri())
    picture = "document.querySelector('.figure img')"
    shown = {}
    for width, media in ((390, ""), (390, "print"), (1200, "")):
        tab.look(width=width, media=media)
        tab.settle()
        assert tab.ask(f"{picture}.offsetWidth <= {picture}.closest('.figure').clientWidth")
        shown[width, media] = tab.ask(f"{picture}.currentSrc")
    assert shown[390, "print"] == shown[1200, ""] == tab.ask(f"{picture}.src")
    narrow = base64.b64decode(shown[390, ""].partition(",")[2])
    assert narrow == (index.parent / "01_words/figures/narrow-01.svg").read_bytes()


def test_columns_of_words_are_set_from_the_left(index, rendered):
    page = rendered(index.parent / "01_words/01_words.html")
    assert re.search(r'<td class="words[^>]*>one</td>\s*<td(?! class="words)', page)


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


def test_the_page_s_own_script_folds_code_and_makes_tables_sortable(hostile, rendered, tab):
    assert 'class="rer-table"' in rendered(hostile)
    assert tab.ask("document.querySelectorAll('.rer-table th > button').length") == 2
    tab.ask("document.getElementById('toggle').click()")
    assert tab.ask("[...document.querySelectorAll('details.code')].every((cell) => cell.open)")


COLUMN = "[...document.querySelectorAll('.output.html tbody tr')].slice(0, 8).map((r) => %s)"


def test_a_table_is_sorted_by_the_keyboard_alone(report):
    report.ask("document.querySelector('.output.html .wide').focus()")
    for _ in range(2):  # past the name, to x
        report.press("Tab")
    assert report.ask("document.activeElement.textContent") == "x"
    assert report.ask("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    for order, names in (
        ("ascending", "minus one|c|b|one|two|d|a|none"),
        ("descending", "a|d|two|one|b|c|minus one|none"),
    ):
        report.press("Enter")
        head = report.ask("document.activeElement.parentElement.getAttribute('aria-sort')")
        assert head == order
        found = report.ask(COLUMN % "r.cells[0].textContent")
        assert found == names.split("|")


def test_a_table_is_searched_and_says_how_many_rows_are_left(report):
    report.ask("""{
        const search = document.querySelector("input[type=search]");
        search.value = "ONE"; search.dispatchEvent(new Event("input"));
    }""")
    assert report.ask("document.querySelector('.rer-tools [role=status]').textContent") == "3 rows"
    assert sum(report.ask(COLUMN % "r.hidden")) == 5


def test_the_switch_turns_dark_light_and_the_next_page_remembers(report):
    paper = "getComputedStyle(document.querySelector('main')).backgroundColor"
    light, dark = "rgb(255, 255, 255)", "rgb(24, 29, 33)"
    report.look(scheme="dark")
    assert report.ask(paper) == dark
    report.ask("document.getElementById('theme').click()")
    assert report.ask(paper) == light
    report.ask("document.getElementById('theme').click()")
    report.look(scheme="light")
    assert report.ask(paper) == dark
    report.open(report.ask("location.href"))
    assert report.ask(paper) == dark
    assert report.ask("document.getElementById('theme').getAttribute('aria-pressed')") == "true"
    report.look(media="print")
    assert report.ask("getComputedStyle(document.querySelector('td')).color") == "rgb(29, 36, 40)"
    report.ask("localStorage.clear()")


def test_the_contents_lead_to_every_heading(report):
    links = report.ask("[...document.querySelectorAll('.contents a')].map((a) => a.hash.slice(1))")
    heads = report.ask("[...document.querySelectorAll('main :is(h2, h3)')].map((h) => h.id)")
    assert links == heads == ["part-1"]


def test_a_page_is_printed_on_a4_and_linked(tmp_path, monkeypatch, rendered):
    monkeypatch.setenv("RAREEARTH_DATA", str(write_data(tmp_path / "data")))
    study = write_notebook(tmp_path, "01_words")
    run = run_study(study, out=tmp_path / "out", pdf=True)
    printed = run.html.with_suffix(".pdf")
    sheets = re.findall(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", printed.read_bytes())
    sides = {tuple(round(float(side) / 72 * 25.4) for side in sheet) for sheet in sheets}
    assert sides == {(210, 297)}
    assert f'<a href="{printed.name}">PDF</a>' in rendered(run.html)
    run_study(study, out=tmp_path / "out")
    assert not printed.exists()  # it was of a run that is gone


def test_the_console_has_nothing_to_say(report, index, tab):
    assert report.said == []
    for page in (index, index.with_name("compare.html")):
        tab.open(page.as_uri())
        assert tab.said == []


@pytest.mark.parametrize("width", [390, 1200, 1600])
def test_no_part_of_a_page_leaves_the_screen(report, index, tab, width):
    compared = index.with_name("compare.html").as_uri()
    for page in (report.ask("location.href"), index.as_uri(), compared):
        tab.look(width=width)
        tab.open(page)
        assert tab.ask("document.documentElement.scrollWidth") <= width


SHIPPED = sorted((ROOT / "notebooks").glob("0*.ipynb"))
RECORD = {
    "title": "T", "study": "s", "started": "2026-01-01T00:00:00Z", "git": None, "python": "3",
    "libraries": {"pandas": "3", "statsmodels": "0"}, "rareearth_research": "0", "figures": [],
    "tables": [],
}  # fmt: skip


@pytest.fixture(params=SHIPPED, ids=[path.stem for path in SHIPPED], scope="module")
def shipped(request, tab, tmp_path_factory) -> Page:
    """The page of a study that ships, from the outputs stored in its notebook."""
    page = tmp_path_factory.mktemp("page") / "page.html"
    page.write_text(to_html(nbformat.read(request.param, as_version=4), RECORD), encoding="utf-8")
    tab.look()
    tab.open(page.as_uri())
    return tab


@pytest.mark.parametrize(("width", "media"), [(390, ""), (688, "print")])  # A4 within its margins
def test_a_shipped_page_fits_a_phone_and_its_tables_a_sheet_of_paper(shipped, width, media):
    shipped.look(width=width, media=media)
    assert shipped.ask("document.documentElement.scrollWidth") <= width


BOXES = "[...document.querySelectorAll('.wide, .rer-table > div, .figure')]"


def test_no_table_or_picture_of_a_shipped_page_is_cut_off_on_a_phone(shipped):
    shipped.look(width=390)
    shipped.settle()
    assert shipped.ask(f"{BOXES}.filter((box) => box.scrollWidth > box.clientWidth).length") == 0
    stacked = "[...document.querySelectorAll('table.stacked td')].filter((c) => c.textContent)"
    assert shipped.ask(f"{stacked}.every((cell) => cell.dataset.label || !cell.cellIndex)")
    shipped.look(width=1200)
    shipped.settle()
    assert shipped.ask("document.querySelectorAll('.stacked').length") == 0
    assert shipped.ask(f"{BOXES}.filter((box) => box.scrollWidth > box.clientWidth).length") == 0


def test_twelve_tests_and_more_fit_a_phone_as_a_table(shipped):
    shipped.look(width=390)
    shipped.settle()
    tables = "[...document.querySelectorAll('.wide table')]"
    of_tests = f"{tables}.filter((table) => /wilcoxon/.test(table.textContent))"
    assert shipped.ask(f"{of_tests}.every((table) => !table.classList.contains('stacked'))")


def test_the_head_of_a_table_is_text_on_paper_where_a_button_would_not_be_repeated(shipped):
    shipped.look(media="print")
    heads = "[...document.querySelectorAll('th > button')].map((b) => getComputedStyle(b).display)"
    assert set(shipped.ask(heads)) <= {"contents"}


@pytest.mark.skipif(not AXE.is_file(), reason="axe-core is not installed")
@pytest.mark.parametrize(("width", "scheme"), [(1200, "light"), (1200, "dark"), (390, "light")])
def test_axe_finds_nothing_serious_in_a_shipped_page(shipped, width, scheme):
    shipped.look(width=width, scheme=scheme)
    shipped.ask("document.querySelectorAll('details').forEach((part) => { part.open = true; })")
    shipped.settle()
    assert shipped.faults() == []


@pytest.mark.skipif(not AXE.is_file(), reason="axe-core is not installed")
def test_axe_finds_nothing_serious_in_the_index_and_knows_a_fault(index, tab):
    for page in (index.with_name("compare.html"), index):
        for scheme in ("dark", "light"):
            tab.look(scheme=scheme)
            tab.open(page.as_uri())
            assert tab.faults() == []
    tab.ask("document.querySelector('h1').style.color = '#eeeeee'")
    assert "color-contrast" in tab.faults()[0]
