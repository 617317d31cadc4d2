"""The page of a card in a browser: its own script alone, light and dark, on phone and paper."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

import rareearth_research as rer
from tests.support.chromium import AXE, CHROMIUM, Page, chromium

pytestmark = [
    pytest.mark.browser,
    pytest.mark.end_to_end,
    pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed"),
]
AT, UNTIL = "2025-10-09T09:00+08:00", "2025-10-08"


@pytest.fixture(scope="module")
def pages(tmp_path_factory) -> list[Path]:
    """The page of a card before the close, and of the same card after it."""
    folder = tmp_path_factory.mktemp("cards")
    card = rer.announcement_card("A <b>title</b>", AT, materials=["Dy"], until=UNTIL)
    return [card.save(folder / "before"), card.save(folder / "after", card.after())]


@pytest.fixture(scope="module")
def tab(tmp_path_factory) -> Iterator[Page]:
    with chromium(tmp_path_factory.mktemp("chromium")) as page:
        yield page


@pytest.fixture(params=[0, 1], ids=["before", "after"])
def page(request, pages, tab) -> Page:
    tab.look()
    tab.open(pages[request.param].as_uri())
    return tab


def test_the_page_allows_nothing_but_its_own_and_the_console_is_silent(page, pages):
    policy = page.ask("document.querySelector('meta[http-equiv]').content")
    assert policy.startswith("default-src 'none'; script-src 'sha256-")
    assert "unsafe" not in policy
    assert page.said == []
    assert page.ask("document.querySelector('h1').textContent") == "A <b>title</b>"
    page.ask("document.body.append(Object.assign(document.createElement('script'), {text: 'x=1'}))")
    assert "script-src" in page.said[-1] or page.ask("typeof x") == "undefined"


def test_the_page_is_dark_by_the_system_and_by_its_switch_and_light_on_paper(page):
    colour = "getComputedStyle(document.body).backgroundColor"
    dark, light = "rgb(24, 29, 33)", "rgb(255, 255, 255)"
    page.look(scheme="dark")
    assert page.ask(colour) == dark
    page.ask("document.getElementById('theme').click()")
    assert page.ask(colour) == light
    page.ask("document.getElementById('theme').click()")
    page.look(media="print")
    assert page.ask("getComputedStyle(document.querySelector('td')).color") == "rgb(29, 36, 40)"
    assert page.ask("getComputedStyle(document.getElementById('theme')).display") == "none"
    page.ask("localStorage.clear()")


@pytest.mark.parametrize(("width", "media"), [(390, ""), (688, "print"), (1200, "")])
def test_no_part_of_a_card_leaves_the_screen_or_the_sheet(page, width, media):
    page.look(width=width, media=media)
    page.settle()
    tables = "[...document.querySelectorAll('table')]"
    assert page.ask("document.documentElement.scrollWidth") <= width
    assert page.ask(f"{tables}.every((t) => t.getBoundingClientRect().right <= innerWidth)")


@pytest.mark.skipif(not AXE.is_file(), reason="axe-core is not installed")
@pytest.mark.parametrize(("width", "scheme"), [(1200, "light"), (1200, "dark"), (390, "light")])
def test_axe_finds_nothing_serious_in_a_card(page, width, scheme):
    page.look(width=width, scheme=scheme)
    page.settle()
    assert page.faults() == []
