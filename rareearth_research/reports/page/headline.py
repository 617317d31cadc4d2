"""What stands for a run where there is little room: a verdict as a word, a sentence, a picture."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from rareearth_research.numerals import sentences
from rareearth_research.reports.reading.cells import source_of, tags_of

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from nbformat import NotebookNode

SMALL = "small.svg"  # among the figures of a run
TAG = "headline"  # of the cell whose picture carries the finding; without one, the first picture
GIVEN = "given.ipynb"  # what is being executed, in the folder of its run
NO_TEST = "no test"
# As the sentences of studies say them; in one sentence a doubt counts before what was measured.
VERDICTS = (
    ("cannot_tell", r"\bcannot tell\b", "cannot tell"),
    ("unsettled", r"\b(an unusual \w+|unusual \w+(?= of\b|[.,:]))", r"\1"),
    ("unsettled", r"\bunsettled\b", "unsettled"),
    ("none_larger", r"\bno average move larger than ([\d.,]+ %)",
     r"no average move larger than \1"),
    ("moved", r"\bdid (?:on average )?[\d.]+ % (?:better|worse)", "moved"),
    ("moved", r"\b(?:rose|fell) (?:on average )?by \d|: moved\b", "moved"),
    ("", r"\bno session stands out\b", "no session stands out"),
    ("", r"\bno single session accounts\b", "no single session"),
    ("", r"\bconfidence set of the event session\b", "sessions singled out"),
)  # fmt: skip


def verdict_of(finding: str, tables: Iterable[Path] = ()) -> tuple[str, str]:
    """Return the verdict of a finding as a word, and the one sentence that says it.

    The verdict is that of the row whose words the finding says first, where one of the `tables`
    saved holds ``verdict`` and ``words``, and else read out of the sentences. A finding that tests
    nothing has ``"no test"``, and its first sentence.
    """
    code, said = min(_stored(finding, tables), default=(0, "", ""))[1:]
    told = [said] if code else sentences(finding)
    for sentence in told:
        for of, pattern, word in VERDICTS:
            if code in ("", of) and (found := re.search(pattern, sentence, re.I)):
                return found.expand(word), sentence
    return code.replace("_", " ") or NO_TEST, told[0]


def _stored(finding: str, tables: Iterable[Path]) -> Iterator[tuple[int, str, str]]:
    """Give place in the finding, verdict and sentence of each stored row that it says."""
    import pandas as pd

    known = {code for code, *_ in VERDICTS if code}
    for path in tables:
        table = pd.read_csv(path, dtype=str, keep_default_na=False)
        if {"verdict", "words"} <= {*table}:
            for code, words in table[["verdict", "words"]].itertuples(index=False):
                sentence = sentences(words)[0]
                if code in known and sentence and sentence in finding:
                    yield finding.index(sentence), code, sentence


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
    from rareearth_research.plots.drawing.small import small

    drawn = small(figure)
    if drawn is not None:
        _keep(drawn, folder / "figures" / SMALL)


def keep_narrow(figure: Figure, folder: Path) -> dict[str, str]:
    """Keep `figure` as it is drawn for a phone there too; return the name, to note with it."""
    from rareearth_research.plots.drawing.print import COLUMN, fit, legible
    from rareearth_research.plots.drawing.style import facts_of

    try:
        drawn = fit(figure, COLUMN, facts_of(figure))
        narrow = legible(drawn)
    except Exception:  # whatever a picture of somebody else's breaks
        narrow = False
    if not narrow:  # then it is shown whole, and smaller
        return {}
    name = f"narrow-{len([*folder.glob('figures/narrow-*')]) + 1:02d}.svg"
    _keep(drawn, folder / "figures" / name)
    return {"narrow": name}


def _keep(drawn: Figure, target: Path) -> None:
    import matplotlib.pyplot as plt

    target.parent.mkdir(exist_ok=True)
    with plt.rc_context({"svg.hashsalt": "rareearth_research"}):  # the same text every time
        drawn.savefig(target, metadata={"Date": None})
    plt.close(drawn)


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
