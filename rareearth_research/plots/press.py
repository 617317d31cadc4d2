"""A picture for a newspaper: one column or a page wide, readable in grey, and whole on its own.

What a picture rests on (source, sample, until when) stands inside it, because a picture travels
without its page. Texts become outlines in SVG, so that it looks the same everywhere.
"""

from __future__ import annotations

import io
import os
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rareearth_research.arguments import check_text
from rareearth_research.datasets.disk import write_file
from rareearth_research.days import read_day
from rareearth_research.errors import DataError, SpecificationError, shown
from rareearth_research.numerals import localised
from rareearth_research.plots.drawing.print import WIDTHS, fit, foot
from rareearth_research.plots.drawing.style import Facts, facts_of, joined
from rareearth_research.summary import Result

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def press_kit(
    picture: Any,
    folder: str | Path,
    *,
    source: str = "",
    sample: str = "",
    until: Any = None,
    locale: str = "en",
) -> list[Path]:
    """Write a picture for print: 85 and 180 mm wide, as SVG and PNG (300 dpi), and its text.

    Parameters
    ----------
    picture : Figure or result with a picture
        As a function of `plots` gives it, or any other of matplotlib. It stays as it is.
    folder : str or Path
        Of this picture alone, made if need be; what ends in ``.zip`` becomes one file.
    source, sample : str, optional
        Whose figures these are, and of whom; by default as the picture says it itself.
    until : str or date, optional
        Last day of the figures; by default as the picture knows it.
    locale : str
        How numbers are written: ``"en"`` 1,082.5, ``"de"`` 1.082,5, ``"fr"``, … Words stay.

    Returns
    -------
    list of Path
        ``85mm.svg``, ``85mm.png``, ``180mm.svg``, ``180mm.png``, ``text.txt`` (with the alternative
        text to copy), or the one zip.

    Raises
    ------
    SpecificationError
        If `picture` is none, if nobody says whose figures it shows, or if the locale is not known.
    DataError
        If nothing can be written.

    Examples
    --------
    >>> files = press_kit(study.result, "kit", source="Yahoo Finance")  # doctest: +SKIP
    """
    from matplotlib.figure import Figure

    for name, text in (("source", source), ("sample", sample), ("locale", locale)):
        check_text(name, text)
    localised("", locale)
    if not isinstance(folder, str | os.PathLike) or not str(folder).strip() or "\0" in str(folder):
        raise SpecificationError(f"folder must be the path of a folder or zip; got {shown(folder)}")
    day = None if until is None else read_day(until, "until", SpecificationError)
    figure = picture if isinstance(picture, Figure) else _drawn(picture)
    known = facts_of(figure)
    facts = Facts(
        joined(source) or known.source,
        joined(sample) or known.sample,
        known.until if day is None else day,
        known.again,
    )
    if not facts.source:
        raise SpecificationError(
            "source: the picture does not say whose figures it shows; give source='…', such as the "
            "publishers that rer.cite(...) names"
        )
    target = Path(folder)
    files = kit(figure, facts, locale)
    try:
        if target.suffix == ".zip":
            write_file(target, zipped(files))
            return [target]
        for name, content in files.items():
            write_file(target / name, content)
    except OSError as error:
        raise DataError(
            f"{shown(str(folder))} cannot be written ({error.strerror}); choose another folder"
        ) from error
    return [target / name for name in files]


def kit(figure: Figure, facts: Facts, locale: str) -> dict[str, bytes]:
    """Return the files of a press kit by name; blanks in `facts` are left out of the picture."""
    import matplotlib.pyplot as plt

    alt = localised(alternative_text(figure), locale)
    title = localised(joined(figure.get_suptitle()), locale)
    files = {}
    for width in WIDTHS:
        fitted = fit(figure, width, facts, locale)
        about = {"Title": title, "Description": alt}
        for form, options in (("svg", {"Date": None}), ("png", {"Software": None})):
            room = io.BytesIO()
            with plt.rc_context({"svg.fonttype": "path", "svg.hashsalt": "rareearth_research"}):
                fitted.savefig(room, format=form, dpi=300, metadata=about | options)
            files[f"{width}mm.{form}"] = room.getvalue()
        plt.close(fitted)
    words = [title, f"Alternative text:\n{alt}", localised(foot(facts), locale),
             "Texts in SVG files are outlines; PNG files have 300 dots per inch."]  # fmt: skip
    files["text.txt"] = "\n\n".join(filter(None, words)).encode() + b"\n"
    return files


def alternative_text(figure: Figure) -> str:
    """Return what a picture says in words: its title and the subtitles of its axes."""
    titles = [figure.get_suptitle()]
    titles += [axes.get_title(at) for axes in figure.axes for at in ("left", "center", "right")]
    words = dict.fromkeys(map(joined, titles))
    return " ".join(text if text[-1] in ".?!:" else f"{text}." for text in words if text)


def _drawn(answer: Any) -> Figure:
    from matplotlib.figure import Figure

    plot = getattr(answer, "plot", None) if isinstance(answer, Result) else None
    figure = None if plot is None else plot()
    if not isinstance(figure, Figure):
        raise SpecificationError(
            f"picture must be a picture, or a result with one; got {shown(answer)}"
        )
    return figure


def zipped(files: dict[str, bytes]) -> bytes:
    """Return files as one zip, the same whenever it is made."""
    room = io.BytesIO()
    with zipfile.ZipFile(room, "w", zipfile.ZIP_DEFLATED) as book:
        for name, content in files.items():
            book.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
    return room.getvalue()
