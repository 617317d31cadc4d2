"""How the command line speaks: tables for people, JSON for programs, errors as one panel.

Every console can be written to: what its encoding lacks is put in other words, and text from
outside loses the control characters that a terminal would obey.
"""

from __future__ import annotations

import codecs
import enum
import io
import json
import os
import re
import signal
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import typer
from rich.console import Console
from rich.panel import Panel
from rich.table import Table

from rareearth_research.cli.remedies import in_shell
from rareearth_research.errors import RareEarthError, SpecificationError

# all but line feed and tab
_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]+")
SHORT = 10  # characters, as of a day: columns of no more are never wrapped
REWORDED = "rareearth-reworded"
# the signs this project prints; a minus sign must not become a question mark
_IN_ASCII = {
    "✓": "ok", "−": "-", "–": "-", "—": "-", "…": "...", "•": "*", "·": "-", "→": "->", "≤": "<=",
    "≥": ">=", "×": "x", "±": "+/-", "“": '"', "”": '"', "„": '"', "‘": "'", "’": "'", "√": "sqrt",
    "\u00a0": " ", "\u202f": " ", "\u2009": " ",
}  # fmt: skip

console = Console(highlight=False)
errors = Console(stderr=True, highlight=False)


class Format(enum.StrEnum):
    """How a listing is written."""

    table = "table"
    json = "json"


def emit(rows: Sequence[Mapping[Any, Any]], form: Format, title: str = "") -> None:
    """Print `rows` as one table, or as a JSON list."""
    if form is Format.json:
        print_json(list(rows))
        return
    table = Table(title=_plain(title) or None, title_justify="left", box=None, header_style="bold")
    for name in rows[0] if rows else ():
        number = all(isinstance(row[name], int | float) for row in rows)
        short = max(len(text) for text in (name, *(_cell(row[name]) for row in rows))) <= SHORT
        table.add_column(
            name.replace("_", " "), justify="right" if number else "left", overflow="fold",
            no_wrap=short,
        )  # fmt: skip
    for row in rows:
        table.add_row(*(_cell(value) for value in row.values()))
    console.print(table)


def print_json(content: Any) -> None:
    """Print `content` as JSON; what the encoding lacks as escapes, which lose nothing."""
    wide = str(getattr(sys.stdout, "encoding", None) or "").lower().replace("-", "") == "utf8"
    print(json.dumps(content, indent=2, ensure_ascii=not wide, default=str))


def print_csv(text: str) -> None:
    """Print CSV, and say so where the encoding lacks some of its signs."""
    try:
        text.encode(sys.stdout.encoding or "utf-8")
    except UnicodeEncodeError:
        errors.print(
            f"{sys.stdout.encoding} lacks some signs of this table, and they are replaced; set "
            "PYTHONIOENCODING=utf-8 to keep them.",
            soft_wrap=True,
        )
    print(text, end="")


def speak_any_encoding() -> None:
    """Let standard output and error take any text, unless the user chose how errors are handled."""
    codecs.register_error(REWORDED, _reworded)
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:  # closed by the caller, as in `rareearth studies >&-`
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115
        elif isinstance(stream, io.TextIOWrapper) and stream.errors == "strict":
            stream.reconfigure(errors=REWORDED)


def _reworded(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    found = error.object[error.start : error.end]
    return "".join(_IN_ASCII.get(sign, "?") for sign in found), error.end


@contextmanager
def asked_for() -> Iterator[None]:
    """Within it, an error is about what the user named: exit code 2 and not 1."""
    try:
        yield
    except RareEarthError as error:
        raise SpecificationError(str(error)) from error


def show_error(error: BaseException, title: str = "Error") -> None:
    """Print the message of `error`, in the words of the shell, in a panel on standard error."""
    from rich.text import Text

    text = re.sub(r"(\S{300})\S{100,}", r"\1…", _CONTROLS.sub("", in_shell(str(error))))
    errors.print(Panel(Text(text), title=_plain(title), title_align="left", border_style="red"))


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, int) and value > 9999:
        return f"{value:,}"
    return _plain(str(value))


def _plain(text: str) -> str:
    """Return `text` so that it is printed as it stands: no markup, nothing a terminal obeys."""
    from rich.markup import escape

    return escape(_CONTROLS.sub("", text))


@contextmanager
def terminating_as_interrupt(farewell: str) -> Iterator[None]:
    """Let `kill` clean up as Ctrl-C does: stop what runs, remove what is half-written."""

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    previous = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    except KeyboardInterrupt:
        errors.print(farewell)
        raise typer.Exit(130) from None
    finally:
        signal.signal(signal.SIGTERM, previous)
