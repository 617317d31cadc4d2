"""In which order does a page tell? The answer and its picture first, whatever the notebook's order.

A notebook computes before it can say; a reader asks for the answer. Below the question stand the
finding, the picture that carries it and what stands against it; the rest follows as it was.
"""

from __future__ import annotations

import itertools
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nbformat import NotebookNode

HEADLINE = "headline"  # tag of the cell whose picture stands below the finding
OPTIONAL = "optional"  # tag of a heading whose section goes where no cell of it shows anything
HEADING = re.compile(r"\s*(#{1,6}) [^\n]*")
AGAINST = re.compile(r"\s*## Limits\s*(\n|$)")
PICTURES = {"image/png", "image/svg+xml", "image/jpeg"}


def reading_order(cells: list[NotebookNode]) -> list[int]:
    """Return the numbers of cells in the order of a page.

    Parameters
    ----------
    cells : list of NotebookNode
        With outputs, in the order of the notebook.

    Returns
    -------
    list of int
        Title and question; the finding (the first cell that called `report_result`); the cell
        tagged ``headline``, or else the first with a picture; the section *Limits*; the rest,
        without headings that lost all that stood below them. Without a finding: as they are. A
        section whose heading is tagged ``optional`` is left out where its cells show nothing.
    """
    silent = {i for start in range(len(cells)) for i in _silent(cells, start)}
    every = [i for i in range(len(cells)) if i not in silent]
    said = [i for i in every if _noted(cells[i], "result")]
    if not said:
        return every
    drawn = [i for i in every if any(PICTURES & {*o.get("data", ())} for o in _outputs(cells[i]))]
    drawn = [i for i in drawn if HEADLINE in cells[i].metadata.get("tags", [])] or drawn
    title = [i for i in every[:1] if cells[i].cell_type == "markdown"]
    first = [*dict.fromkeys([*title, said[0], *drawn[:1], *_against(cells)])]
    rest = [i for i in every if i not in first]
    return first + [
        i
        for i, following in itertools.zip_longest(rest, rest[1:])
        if not (_bare(cells[i]) and i + 1 in first and _begins(cells, following))
    ]


def _silent(cells: list[NotebookNode], start: int) -> range:
    """Return the optional section that begins at this cell, if nothing is shown in it."""
    heading = _prose(cells[start]) and HEADING.match(cells[start].source)
    if not heading or OPTIONAL not in cells[start].metadata.get("tags", []):
        return range(0)
    deeper = re.compile(rf"\s*#{{{len(heading[1]) + 1},6}} ")
    within = (
        i
        for i in range(start + 1, len(cells))
        if _begins(cells, i) and not (_prose(cells[i]) and deeper.match(cells[i].source))
    )
    section = range(start, next(within, len(cells)))
    return range(0) if any(_outputs(cells[i]) for i in section) else section


def _against(cells: list[NotebookNode]) -> list[int]:
    """Return the section that says what stands against the finding, up to the next or the end."""
    starts = [i for i, cell in enumerate(cells) if _prose(cell) and AGAINST.match(cell.source)]
    if not starts:
        return []
    within = (i for i in range(starts[0] + 1, len(cells)) if _begins(cells, i))
    return [*range(starts[0], next(within, len(cells)))]


def _begins(cells: list[NotebookNode], i: int | None) -> bool:
    """Return whether a section of its own begins at this cell, or nothing is left."""
    if i is None or _noted(cells[i], "parameters"):
        return True
    return _prose(cells[i]) and HEADING.match(cells[i].source) is not None


def _bare(cell: NotebookNode) -> bool:
    """Return whether a cell is a heading with nothing below it."""
    return _prose(cell) and HEADING.fullmatch(cell.source.rstrip()) is not None


def _prose(cell: NotebookNode) -> bool:
    return bool(cell.cell_type == "markdown")


def _noted(cell: NotebookNode, what: str) -> bool:
    notes = (o.get("metadata", {}).get("rareearth") or {} for o in _outputs(cell))
    return any(what in note for note in notes)


def _outputs(cell: NotebookNode) -> list[NotebookNode]:
    return [*cell.get("outputs", [])]
