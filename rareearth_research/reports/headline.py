"""What stands for a run on an index: its verdict as a word, one sentence, one picture."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING

from rareearth_research.reports.reading.cells import source_of, tags_of

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from nbformat import NotebookNode

__all__ = ["SMALL", "headline_cell", "headline_picture", "keep_small", "verdict_of"]

SMALL = "small.svg"  # among the figures of a run
TAG = "headline"  # of the cell whose picture carries the finding; without one, the first picture
GIVEN = "given.ipynb"  # what is being executed, in the folder of its run
NO_TEST = "no test"
# As the sentences of studies say them; in one sentence a doubt counts before what was measured.
VERDICTS = (
    (r"\bcannot tell\b", "cannot tell"),
    (r"\b(an unusual \w+|unusual \w+(?= of\b|[.,:]))", r"\1"),
    (r"\bunsettled\b", "unsettled"),
    (r"\bno average move larger than ([\d.,]+ %)", r"no average move larger than \1"),
    (r"\b(?:did (?:on average )?[\d.]+ % (?:better|worse)|(?:rose|fell) (?:on average )?by \d)",
     "moved"),
    (r": moved\b", "moved"),
    (r"\bno session stands out\b", "no session stands out"),
    (r"\bno single session accounts\b", "no single session"),
    (r"\bconfidence set of the event session\b", "sessions singled out"),
)  # fmt: skip
SENTENCES = re.compile(r"(?<=[.!?])(?<!\bNo\.)\s+(?![a-z])")


def verdict_of(finding: str) -> tuple[str, str]:
    """Return the verdict of a finding as a word, and the one sentence that says it.

    A finding that tests nothing has ``"no test"``, and its first sentence.
    """
    sentences = SENTENCES.split(finding)
    for sentence in sentences:
        for pattern, word in VERDICTS:
            if said := re.search(pattern, sentence, re.I):
                return said.expand(word), sentence
    return NO_TEST, sentences[0]


def headline_cell(folder: Path | None) -> str:
    """Return the source of the tagged cell of the notebook being run in `folder`, if any."""
    try:
        given = json.loads(((folder or Path()) / GIVEN).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return ""
    tagged = (source_of(cell) for cell in given["cells"] if TAG in tags_of(cell))
    return next(tagged, "").strip()


def keep_small(figure: Figure, folder: Path) -> None:
    """Keep `figure` as it is drawn for an index beside the pictures of the run in `folder`."""
    import matplotlib.pyplot as plt

    from rareearth_research.plots._small import small

    drawn = small(figure)
    if drawn is not None:
        target = folder / "figures" / SMALL
        target.parent.mkdir(exist_ok=True)
        with plt.rc_context({"svg.hashsalt": "rareearth_research"}):  # the same text every time
            drawn.savefig(target, metadata={"Date": None})


def headline_picture(notebook: NotebookNode, folder: Path) -> dict[str, str] | None:
    """Return file and text of the picture that stands for an executed notebook, if it has one."""
    pictures = [
        (TAG in tags_of(cell), output)
        for cell in notebook.cells
        for output in cell.get("outputs", [])
        if "image/png" in output.get("data", {})
    ]
    if not pictures:
        return None
    _, chosen = max(pictures, key=lambda picture: picture[0])  # of those tagged, or of all
    number = [output is chosen for _, output in pictures].index(True) + 1
    drawn = (folder / "figures" / SMALL).is_file()
    alt = chosen.metadata.get("image/png", {}).get("alt", "")
    return {"file": SMALL if drawn else f"figure-{number:02d}.png", "alt": alt}
