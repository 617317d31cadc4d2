"""What a study notebook says about itself: header, finding, tables, footer.

Every line shown here is a function of the parameters, the package and the data, never of the
clock or the machine, so that nbval can compare it word for word. What belongs to one run (when,
how long, which commit) is written to `run.json` by the runner instead.
"""

from __future__ import annotations

import json
import os
import re
import shlex
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from rareearth_research.arguments import check_frame, check_text
from rareearth_research.errors import SpecificationError, shown
from rareearth_research.reports.page.press import LOCALE, keep_kit
from rareearth_research.reports.place import cannot_write
from rareearth_research.reports.reading.texts import code_span, escape_markdown, one_line

if TYPE_CHECKING:
    import pandas as pd

LONGEST = 5000  # characters of a finding
RUN_DIR = "RAREEARTH_RUN_DIR"
"""Environment variable naming the folder of the current run; unset when explored by hand."""


def header(study: str) -> None:
    """Show package version and data hash; show tables whole and pictures described, and keep them.

    Parameters
    ----------
    study : str
        Name of the notebook without its suffix, such as ``"02_event_study"``.

    Notes
    -----
    Under ``rareearth report`` each DataFrame displayed later is also written in full to
    ``tables/table-NN.csv`` (and as `save_table` says), and pictures are drawn at 2× and as SVG; in
    JupyterLab or under nbval nothing is written.
    """
    name = _study_name(study)
    _prepare_displays()
    _show(f"{code_span(name)} · {_versions()}", metadata={"study": name})


def report_result(sentence: str, detail: str = "") -> None:
    """Show the finding in one plain sentence, and hand it to the report's index page.

    In the page of a run it stands under the question, wherever the notebook calls this.

    Parameters
    ----------
    sentence : str
        Computed from the numbers above it, plain text: markup in it is shown and not obeyed.
        Called more than once, the first is the headline.
    detail : str
        The test, sample and window behind it, in a small line below.

    Raises
    ------
    SpecificationError
        If the sentence is empty or holds ``nan``: a finding that could not be computed must
        not read like one that was.
    """
    text, small = one_line(check_text("sentence", sentence)), one_line(check_text("detail", detail))
    if not text:
        raise SpecificationError("report_result() was given an empty sentence; say what was found")
    if len(text) > LONGEST:
        raise SpecificationError(
            f"report_result() was given {len(text):,} characters; a finding has at most {LONGEST:,}"
        )
    if re.search(r"\b(nan|NaT|None|inf)\b", text):
        raise SpecificationError(
            f"the result sentence holds a missing number: {shown(text, 300)}; say instead that it "
            "could not be computed"
        )
    below = f"\n>\n> {escape_markdown(small)}" if small else ""
    _show(f"> **Finding.** {escape_markdown(text)}{below}", metadata={"result": text})


def save_table(frame: pd.DataFrame, name: str) -> None:
    """Write `frame` to ``tables/NAME.csv`` of the current run; do nothing outside a run.

    Beside it stand the same table for Excel, as Parquet and for LaTeX, as far as what writes them
    (openpyxl, fastparquet) is installed.

    Parameters
    ----------
    frame : DataFrame
        Written with its index where the index carries a name.
    name : str
        Letters, digits, ``-`` and ``_``.

    Raises
    ------
    SpecificationError
        What is no frame, or another name.
    RareEarthError
        If the table cannot be written.
    """
    check_frame("frame", frame)
    if not isinstance(name, str) or not re.fullmatch(r"[A-Za-z0-9_-]{1,100}", name):
        raise SpecificationError(
            f"table name {shown(name)} may hold only letters, digits, - and _, at most 100"
        )
    run_dir = _run_dir()
    if run_dir is None:
        return
    from rareearth_research.reports.page.downloads import write_downloads

    path = run_dir / "tables" / f"{name}.csv"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_downloads(frame, path)
    except OSError as error:
        raise cannot_write(path, error) from error


def footer(study: str, **parameters: object) -> None:
    """Show version, data hash, every parameter, and the command that runs this study again.

    Parameters
    ----------
    study : str
        Name of the notebook without its suffix.
    **parameters : object
        The notebook's parameters under their own names: ``footer("02_event_study",
        event_ids=event_ids, windows=windows)``.
    """
    from rareearth_research.datasets.catalog import opened
    from rareearth_research.datasets.own.layers import files_of

    name = _study_name(study)
    rows = "\n".join(f"| `{k}` | {code_span(_literal(v))} |" for k, v in parameters.items())
    table = f"| parameter | value |\n|---|---|\n{rows}\n\n" if rows else ""
    with files_of(parameters):
        versions = _versions()
    _show(
        f"{table}{versions}\n\nRun this again:\n\n```bash\n{rerun_command(name, parameters)}\n```",
        metadata={
            "parameters": {k: json.loads(_literal(v)) for k, v in parameters.items()},
            "tables": opened(),
        },
    )


def rerun_command(study: str, parameters: dict[str, object]) -> str:
    """Return the shell line that runs `study` with `parameters`."""
    given = [f"-p {shlex.quote(f'{k}={_argument(v)}')}" for k, v in parameters.items()]
    return " ".join(["rareearth", "report", shlex.quote(study), *given])


def _argument(value: object) -> str:
    # A bare word reads as itself on the command line; anything else travels as JSON, and so does
    # a word that could also be read as something else than text.
    words = {"true", "false", "yes", "no", "on", "off", "null", "none"}
    if not isinstance(value, str) or value.lower() in words:
        return _literal(value)
    return value if re.fullmatch(r"[A-Za-z^.][\w.^/-]*", value) else _literal(value)


def _literal(value: object) -> str:
    try:
        return json.dumps(value, ensure_ascii=False, allow_nan=False)
    except (TypeError, ValueError, RecursionError) as error:
        raise SpecificationError(
            f"parameter value {shown(value)} ({type(value).__name__}) cannot be passed to a "
            "notebook; use numbers, strings, lists, or dates as 'YYYY-MM-DD'."
        ) from error


def _study_name(study: object) -> str:
    if not isinstance(study, str) or not study.strip():
        raise SpecificationError(
            f"study must be the notebook's name, such as '02_event_study'; got {shown(study)}"
        )
    return one_line(study)


def _versions() -> str:
    from rareearth_research import __version__
    from rareearth_research.datasets import data_hash

    return f"rareearth_research {__version__} · data `{data_hash()}`"


def _run_dir() -> Path | None:
    folder = os.environ.get(RUN_DIR)
    return Path(folder) if folder else None


def _prepare_displays() -> None:
    from IPython import get_ipython

    from rareearth_research.reports.page.displays import show_frames_whole, show_pictures_described

    shell = get_ipython()
    if shell is not None:
        show_frames_whole(shell, save_table)
        run_dir, locale = _run_dir(), os.environ.get(LOCALE)
        kits = None
        if run_dir and locale:
            kits = partial(keep_kit, folder=run_dir / "press", locale=locale)
        show_pictures_described(shell, run_dir, kits)


def _show(markdown: str, metadata: dict[str, object]) -> None:
    from IPython.display import Markdown, display

    display(Markdown(markdown), metadata={"rareearth": metadata})
