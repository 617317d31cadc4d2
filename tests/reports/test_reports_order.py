"""A page tells the answer first, whatever the order of its notebook."""

from __future__ import annotations

import re

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from rareearth_research.reports.page.html import to_html
from rareearth_research.reports.page.order import reading_order
from tests.reports.test_reports_pages import RUN, body_of

FINDING = {"rareearth": {"result": "It moved."}}


def said(text="> **Finding.** It moved.", metadata=FINDING):
    output = new_output("display_data", {"text/markdown": text}, metadata=metadata)
    return new_code_cell("say", outputs=[output])


def drawn(name, *tags):
    picture = new_output("display_data", {"image/png": "iVBORw0KGgo="})
    picture.metadata["image/png"] = {"alt": name}
    return new_code_cell("draw", outputs=[picture], metadata={"tags": list(tags)})


def table(*tags):
    output = new_output("display_data", {"text/html": "<table><tr><td>A table</td></tr></table>"})
    return new_code_cell("t", outputs=[output], metadata={"tags": list(tags)})


BOOK = [
    new_markdown_cell("# Title\n\nQuestion?"),
    new_markdown_cell("## Data"),
    table(),
    drawn("First"),
    new_markdown_cell("## The path"),
    drawn("Second", "headline"),
    new_markdown_cell("## In one sentence"),
    said(),
    new_markdown_cell("## Limits"),
    said("- A limit.", {}),
    said("the command", {"rareearth": {"parameters": {}}}),
]


def positions(cells, *texts):
    body = body_of(to_html(new_notebook(cells=cells), {**RUN, "figures": ["figure-02.png"]}))
    return [body.index(text) for text in texts]


def test_question_finding_picture_and_limits_come_before_everything_else():
    wanted = ["Question?", "It moved.", "Second", "A limit.", "Data</h2>", "A table", "First",
              "the command"]  # fmt: skip
    found = positions(BOOK, *wanted)
    assert found == sorted(found)


def test_a_heading_whose_cell_went_to_the_top_is_not_left_behind():
    body = body_of(to_html(new_notebook(cells=BOOK), RUN))
    assert re.findall("<h2[^>]*>(.*?)</h2>", body) == ["Limits", "Data"]


def test_a_heading_with_more_below_it_stays():
    cells = [BOOK[0], new_markdown_cell("## The path"), drawn("P"), table(), said()]
    assert reading_order(cells) == [0, 4, 2, 1, 3]


def test_without_a_tag_the_first_picture_carries_the_finding():
    cells = [*BOOK[:5], drawn("Second"), *BOOK[6:]]
    assert reading_order(cells)[:3] == [0, 7, 3]


@pytest.mark.parametrize("cells", [[], BOOK[:6], [table(), drawn("P")]])
def test_a_notebook_without_a_finding_keeps_its_order(cells):
    assert reading_order(cells) == list(range(len(cells)))


def test_pictures_keep_the_numbers_of_their_files():
    body = body_of(to_html(new_notebook(cells=BOOK), {**RUN, "figures": ["figure-02.png"]}))
    second = body.partition('alt="Second"')[2].partition("</div>")[0]
    assert "figures/figure-02.png" in second


def test_a_folded_cell_that_gave_nothing_is_left_out():
    empty = new_code_cell("None", metadata={"tags": ["folded"]})
    assert "Show the table" not in body_of(to_html(new_notebook(cells=[said(), empty]), RUN))


def test_a_folded_table_is_shown_on_request():
    body = body_of(to_html(new_notebook(cells=[said(), table("folded")]), RUN))
    assert re.search(r'<details class="more"><summary>.*A table.*</details>', body, re.S)


@pytest.mark.parametrize(
    ("tags", "below", "kept"),
    [
        (["optional"], new_code_cell("None"), []),
        (["optional"], table(), ["The plan", "Its power", "t"]),
        ([], new_code_cell("None"), ["The plan", "Its power", "None"]),
    ],
)
def test_an_optional_section_in_which_nothing_is_shown_is_left_out(tags, below, kept):
    heading = new_markdown_cell("## The plan\n\nAs fixed.", metadata={"tags": tags})
    cells = [said(), heading, new_markdown_cell("### Its power\n\nMuch."), below]
    cells += [new_markdown_cell("## Data"), table()]
    order = reading_order(cells)
    told = [cells[i].source.partition("\n")[0].lstrip("# ") for i in order]
    assert told == ["say", *kept, "Data", "t"]
