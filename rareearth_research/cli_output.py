"""How the command line speaks: tables for people, JSON for programs, errors as one panel."""

from __future__ import annotations

import enum
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from rich.console import Console
from rich.panel import Panel
from rich.table import Table

from rareearth_research.errors import RareEarthError, SpecificationError

__all__ = ["Format", "asked_for", "console", "emit", "errors", "show_error"]

console = Console(highlight=False)
errors = Console(stderr=True, highlight=False)


class Format(enum.StrEnum):
    """How a listing is written."""

    table = "table"
    json = "json"


def emit(rows: Sequence[dict[str, Any]], form: Format, title: str = "") -> None:
    """Print `rows` as one table, or as a JSON list."""
    if form is Format.json:
        print(json.dumps(list(rows), indent=2, ensure_ascii=False, default=str))
        return
    table = Table(title=title or None, title_justify="left", box=None, header_style="bold")
    for name in rows[0] if rows else ():
        number = all(isinstance(row[name], int | float) for row in rows)
        table.add_column(
            name.replace("_", " "), justify="right" if number else "left", overflow="fold"
        )
    for row in rows:
        table.add_row(*(_cell(value) for value in row.values()))
    console.print(table)


@contextmanager
def asked_for() -> Iterator[None]:
    """Within it, an error is about what the user named: exit code 2 and not 1."""
    try:
        yield
    except RareEarthError as error:
        raise SpecificationError(str(error)) from error


def show_error(error: BaseException, title: str = "Error") -> None:
    """Print the message of `error` in a panel on standard error."""
    from rich.text import Text

    errors.print(Panel(Text(str(error)), title=title, title_align="left", border_style="red"))


def _cell(value: Any) -> str:
    from rich.markup import escape

    if value is None:
        return ""
    return f"{value:,}" if isinstance(value, int) and value > 9999 else escape(str(value))
