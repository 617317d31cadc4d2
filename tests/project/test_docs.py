"""What the documents show is what happens."""

from __future__ import annotations

import doctest
import re
import shlex
import tomllib
from pathlib import Path

import pytest
from typer.testing import CliRunner

from rareearth_research import catalog, plots
from rareearth_research.cli.root import app

ROOT = Path(__file__).resolve().parents[2]
OWN = ("README.md", "CONTRIBUTING.md", "SECURITY.md")
PAGES = [*(ROOT / name for name in OWN), *sorted((ROOT / "docs").glob("*.md"))]
each_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)


@each_page
def test_the_examples_of_a_page_print_what_it_says(page: Path) -> None:
    text = re.sub(r"^```.*$", "", page.read_text(encoding="utf-8"), flags=re.M)
    examples = doctest.DocTestParser().get_doctest(text, {}, page.name, str(page), 0)
    said: list[str] = []
    doctest.DocTestRunner().run(examples, out=said.append)
    assert not said, "".join(said)


@pytest.mark.end_to_end
def test_the_readmes_commands_run_one_after_the_other(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    block = re.search(r"## From the shell\n\n```bash\n(.*?)```", readme, re.S)[1]
    lines = re.findall(r"^rareearth (?!today)(.+)", block, re.M)  # the card's clock has a test
    for line in lines:
        done = CliRunner().invoke(app, shlex.split(line, comments=True), catch_exceptions=False)
        differ = line.startswith("compare")  # which says so as `diff` does
        assert done.exit_code == differ, (line, done.output)
    assert len(list((tmp_path / "reports").glob("*/run.json"))) == 2


@each_page
def test_the_links_of_a_page_lead_somewhere(page: Path) -> None:
    links = re.findall(r"\]\(([^)#]+)\)", page.read_text(encoding="utf-8"))
    missing = [link for link in links if "://" not in link and not (page.parent / link).exists()]
    assert missing == []


def test_the_gallery_shows_every_picture_function_once_and_how_it_was_called() -> None:
    listed = tomllib.loads((ROOT / "docs/gallery.toml").read_text(encoding="utf-8"))
    given = listed.pop("given")
    shown = {name: one["call"] for section in listed.values() for name, one in section.items()}
    assert sorted(shown) == sorted(name for name in plots.__all__ if name.startswith("plot_"))
    assert all(f"{name}(" in call.split("\n")[0] for name, call in shown.items())
    assert all(re.search(rf"\b{name}\b", " ".join(shown.values())) for name in given)


def test_the_data_guide_draws_every_table() -> None:
    assert sorted(tomllib.loads((ROOT / "docs/tables.toml").read_text())) == sorted(catalog().index)


def test_every_promise_of_the_security_page_names_tests_that_exist() -> None:
    page = (ROOT / "SECURITY.md").read_text(encoding="utf-8")
    rows = page.split("## Promises")[1].split("## ")[0].splitlines()[4:]
    assert len(rows) > 15
    for row in filter(None, rows):
        named = re.findall(r"`(tests/[\w/.]+)::(\w+)`", row)
        assert named, row
        for file, test in named:
            assert f"def {test}(" in (ROOT / file).read_text(encoding="utf-8"), test


def test_the_index_lists_every_page() -> None:
    listed = (ROOT / "docs/index.md").read_text(encoding="utf-8").split()
    pages = {f"/docs/{page.stem}" for page in (ROOT / "docs").glob("*.md")} - {"/docs/index"}
    assert pages - set(listed) == set()
