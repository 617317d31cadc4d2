"""Texts from outside are shown as text: nothing of them runs, loads or links in a page."""

from __future__ import annotations

import json
import re
from html import unescape
from html.parser import HTMLParser
from pathlib import Path

import nbformat
import pandas as pd
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from rareearth_research.errors import DataError, SpecificationError
from rareearth_research.pages import policy
from rareearth_research.reports import write_site
from rareearth_research.reports.page import notebook
from rareearth_research.reports.page.html import markdown_to_html, to_html
from rareearth_research.reports.page.sanitize import clean_html
from rareearth_research.reports.page.tables import interactive_table
from rareearth_research.reports.reading.texts import code_span, escape_markdown

HOSTILE = [
    "x` <script>document.title=1</script>",
    "<img src=x onerror=alert(1)>",
    "<svg onload=alert(1)><script>alert(1)</script></svg>",
    "[click](javascript:alert(1))",
    "[click](<javascript:alert(1)>)",
    "[a][b]\n\n[b]: javascript:alert(1)",
    "<javascript:alert(1)>",
    "![x](javascript:alert(1))",
    "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
    "<a href='java\nscript:alert(1)'>x</a>",
    "<a href='data:text/html,<script>alert(1)</script>'>x</a>",
    "<form action='https://example.org'><button formaction='javascript:alert(1)'>x</button></form>",
    "<base href='https://example.org/'>",
    "<meta http-equiv='refresh' content='0;url=https://example.org'>",
    "<link rel='stylesheet' href='https://example.org/x.css'>",
    "<style>body { display: none }</style>",
    "<div style='background: url(https://example.org/x)'>x</div>",
    "<img src='https://example.org/x.png'>",
    "<object data='x'></object><embed src='x'>",
    "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
    "```\n</code></pre><script>alert(1)</script>\n```",
    '"><script>alert(1)</script>',
    "--><script>alert(1)</script>",
    "</title><script>alert(1)</script>",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
]
RUN = {
    "study": "s", "title": "T", "question": "Q?", "result": "", "results": [], "command": "c",
    "started": "2026-01-01T00:00:00Z", "data_hash": "0", "rareearth_research": "0", "git": None,
    "python": "3", "libraries": {}, "parameters": {}, "changed": [], "figures": [], "tables": [],
    "files": {"html": "a.html", "notebook": "a.ipynb"}, "seconds": {"total": 1.0},
}  # fmt: skip


class Live(HTMLParser):
    """Collects whatever of a page could run, load or navigate by itself."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("script", "iframe", "object", "embed", "form", "base", "link", "meta", "style"):
            self.found.append(tag)
        for name, value in attrs:
            address = re.sub(r"[\s\x00]", "", value or "").lower()
            if name.startswith("on") or name in ("srcdoc", "formaction", "action", "xlink:href"):
                self.found.append(f"{tag} {name}")
            if address.startswith(("javascript:", "vbscript:", "data:text")):
                self.found.append(f"{tag} {name}={address[:20]}")
            if name in ("src", "style") and re.match("(https?:)?//|.*url[(]", address):
                self.found.append(f"{tag} {name}={address[:40]}")


def page_of(*cells: nbformat.NotebookNode) -> str:
    return to_html(new_notebook(cells=list(cells)), RUN)


def body_of(page: str) -> str:
    return page.partition("<main>")[2].partition("</main>")[0]


def shown_markdown(text: str) -> nbformat.NotebookNode:
    output = new_output("display_data", {"text/markdown": text})
    return new_code_cell("x", outputs=[output])


def shown_html(text: str) -> nbformat.NotebookNode:
    return new_code_cell("x", outputs=[new_output("display_data", {"text/html": text})])


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("cell", [new_markdown_cell, shown_markdown, shown_html, new_code_cell])
def test_nothing_that_a_notebook_brings_is_live_in_its_page(cell, text):
    assert Live(body_of(page_of(cell(text)))).found == []


@pytest.mark.parametrize("text", HOSTILE)
def test_a_finding_with_markup_shows_it_word_for_word(monkeypatch, text):
    said = []
    monkeypatch.setattr(notebook, "_show", lambda markdown, metadata: said.append(markdown))
    notebook.report_result(f"The name is {text}.")
    html = markdown_to_html(said[0])
    assert Live(html).found == []
    assert " ".join(text.split()) in unescape(re.sub(r"<[^>]+>", "", html))


@pytest.mark.parametrize("text", HOSTILE)
def test_header_footer_and_index_show_parameters_as_text(monkeypatch, tmp_path, text):
    said = []
    monkeypatch.setattr(notebook, "_show", lambda markdown, metadata: said.append(markdown))
    notebook.header(text)
    notebook.footer(text, name=text, names=[text])
    for markdown in said:
        assert Live(markdown_to_html(markdown)).found == []
    run = {**RUN, "title": text, "question": text, "result": text, "command": text}
    name = text.replace("/", "∕")  # no path is a name
    run |= {"parameters": {"name": text}, "changed": ["name"], "figures": [name], "tables": [name]}
    run |= {"study": name, "files": {"html": name, "notebook": name}}
    (tmp_path / "a").mkdir()
    (tmp_path / "a/run.json").write_text(json.dumps(run))
    page = write_site(tmp_path).read_text()
    assert Live(page.partition("<header>")[2]).found == []
    assert "<title>Critical-mineral" in page


def test_a_folder_named_like_a_script_is_only_a_folder(tmp_path):
    (tmp_path / "javascript:alert(1)").mkdir()
    (tmp_path / "javascript:alert(1)/run.json").write_text(json.dumps(RUN))
    page = write_site(tmp_path).read_text()
    assert set(re.findall(r'href="(.{13})', page)) == {"./javascript%"}


@pytest.mark.parametrize(
    "text",
    [
        "Over [0, 1] the return of rare_earth_producers was +2.9% (p = 0.004).",
        "In 169 of 171 specifications the average is positive; the median is −2.8 %.",
    ],
)
def test_ordinary_prose_is_not_touched(text):
    assert escape_markdown(text) == text


@pytest.mark.parametrize("text", ["a`b", "`", "``x``", "a|b", "[x](y)", "a  b", "<b>", ""])
def test_code_in_a_table_shows_the_text(text):
    html = markdown_to_html(f"| a |\n|---|\n| {code_span(text)} |")
    assert html.count("<td>") == 1
    cell = re.sub(r"<[^>]+>", "", re.search(r"<td>(.*)</td>", html)[1])
    assert unescape(cell).strip() == " ".join(text.split())


def test_tables_results_pictures_and_links_survive():
    frame = pd.DataFrame({"a": ["x & y", "<b>"], "b": [1.5, 2.0]})
    table = frame.to_html(index=False)
    kept = clean_html(table)
    assert re.findall("<t[hd]>.*?</t[hd]>", kept) == re.findall("<t[hd]>.*?</t[hd]>", table)
    assert 'class="dataframe"' in kept
    assert 'align="right"' in markdown_to_html("| a |\n|-:|\n| 1 |")
    assert clean_html('<p style="color: red">a</p>') == "<p>a</p>"
    prose = markdown_to_html("# Title\n\n*a* **b** `c` [d](https://example.org) [e](run.json)")
    for part in ("<h1", "<em>a</em>", "<strong>b</strong>", "<code>c</code>", "run.json"):
        assert part in prose
    assert 'href="https://example.org"' in prose


def test_a_table_that_can_be_searched_keeps_its_tools():
    frame = pd.DataFrame({"kind": ["a", "b"] * 5, "n": range(10)})
    kept = clean_html(interactive_table(frame).data)
    for part in ('class="rer-table"', 'type="search"', "<select data-column", "<option", "<tbody>"):
        assert part.replace('"', "'") in kept.replace('"', "'")
    assert Live(kept).found == []


@pytest.mark.parametrize(
    ("form", "content"),
    [("image/png", "iVBORw0KGgo="), ("image/jpeg", "/9j/"),
     ("image/svg+xml", "<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'></svg>")],
)  # fmt: skip
def test_a_picture_stands_in_the_page_as_a_picture(form, content):
    cell = new_code_cell("x", outputs=[new_output("display_data", {form: content})])
    body = body_of(page_of(cell))
    assert f'src="data:{form};base64,' in body
    assert "onload" not in body


def test_a_page_allows_its_own_style_and_scripts_and_nothing_else(tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "a/run.json").write_text(json.dumps(RUN))
    pages = {2: page_of(new_markdown_cell("text")), 1: write_site(tmp_path).read_text()}
    for count, page in pages.items():
        allowed = unescape(re.search(r'Content-Security-Policy" content="([^"]+)"', page)[1])
        scripts = re.findall(r"<script>(.*?)</script>", page, re.S)
        (style,) = re.findall(r"<style>(.*?)</style>", page, re.S)
        assert len(scripts) == page.count("<script") == count
        assert allowed == policy(style, *scripts)
        assert "default-src 'none'" in allowed
        assert "unsafe" not in allowed
        assert " style=" not in page


@pytest.mark.parametrize(("hashes", "same"), [("00", True), ("01", False)])
def test_the_index_says_that_studies_share_their_data_only_where_they_do(tmp_path, hashes, same):
    for folder, data_hash in zip("ab", hashes, strict=True):
        (tmp_path / folder).mkdir()
        run = {**RUN, "data_hash": data_hash}
        (tmp_path / folder / "run.json").write_text(json.dumps(run))
    assert ("from the same data." in write_site(tmp_path).read_text()) == same


def test_no_line_ends_between_a_number_and_its_per_cent_sign_and_code_stays_as_it_is(tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "a/run.json").write_text(json.dumps({**RUN, "result": "It moved 8.0 %."}))
    assert "moved 8.0\u00a0%" in write_site(tmp_path).read_text("utf-8")
    for cell in (shown_markdown("8.0 % of"), shown_html("<p>8.0 % of</p>")):
        assert "8.0\u00a0% of" in body_of(page_of(cell))
    assert "\u00a0" not in body_of(page_of(new_code_cell('"8 % 3"')))


@pytest.mark.parametrize(
    "content",
    ["", "{", "[]", "5", "null", "{}", json.dumps({**RUN, "figures": None}), "\ud800",
     json.dumps({**RUN, "parameters": []}), json.dumps({**RUN, "files": {"html": 1}}), "[" * 10**5],
    ids=range(11),
)  # fmt: skip
def test_a_damaged_record_is_named_and_removing_it_helps(tmp_path, content):
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "run.json").write_text(json.dumps(RUN))
    (tmp_path / "a/run.json").write_bytes(content.encode("utf-8", "surrogatepass"))
    with pytest.raises(DataError, match=r"a/run\.json is damaged.*remove its folder"):
        write_site(tmp_path)
    (tmp_path / "a/run.json").unlink()  # the remedy
    assert write_site(tmp_path).read_text().count("<article") == 1


@pytest.mark.parametrize("out", [None, 5, "a\0b", Path("nowhere")])
def test_a_folder_without_reports_is_said(out):
    with pytest.raises(SpecificationError, match=r"out must be|there is no report"):
        write_site(out)


@pytest.mark.parametrize("study", [None, "", "  ", 5])
def test_header_and_footer_ask_for_the_name_of_the_study(study):
    with pytest.raises(SpecificationError, match="study must be the notebook's name"):
        notebook.header(study)
    with pytest.raises(SpecificationError, match="study must be the notebook's name"):
        notebook.footer(study)


def test_a_finding_is_not_a_book():
    with pytest.raises(SpecificationError, match="at most 5,000"):
        notebook.report_result("a" * 10**6)
