"""How far has long work come? Bars on a terminal, and nothing anywhere else."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from rich.console import Console

T = TypeVar("T")


@contextmanager
def progress_bar(
    label: str, total: int | None = None, unit: str = "", *, wanted: bool = True
) -> Iterator[Callable[..., None]]:
    """Show a bar on standard error, if that is a terminal, until the work is done.

    Parameters
    ----------
    label : str
        What is being done.
    total : int, optional
        Steps in all, if they are known.
    unit : str
        What the steps are.
    wanted : bool
        False shows nothing.

    Yields
    ------
    callable
        ``show(done, total=None, label=None)`` says how many steps are done, and anything new.
    """
    with progress_bars(unit, wanted=wanted) as add:
        yield add(label, total)


def _terminal() -> Console | None:
    """Return the terminal that errors go to, if they go to one: rich is slow to import."""
    plain = sys.stderr is None or not sys.stderr.isatty()
    if plain and not {*os.environ} & {"TTY_COMPATIBLE", "FORCE_COLOR"}:
        return None
    from rich.console import Console

    console = Console(stderr=True)
    return console if console.is_terminal else None


@contextmanager
def progress_bars(
    unit: str = "", *, wanted: bool = True
) -> Iterator[Callable[..., Callable[..., None]]]:
    """Show several bars below each other, of work that goes on side by side.

    Yields
    ------
    callable
        ``add(label, total=None)`` adds a bar, and returns what moves it, as `progress_bar` does.
    """
    console = _terminal() if wanted else None
    if console is None:
        yield lambda label, total=None: lambda done, total=None, label=None: None
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn(unit, markup=False),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console, transient=True) as bars:

        def add(label: str, total: int | None = None) -> Callable[..., None]:
            task = bars.add_task(label, total=total)

            def show(done: int, total: int | None = None, label: str | None = None) -> None:
                bars.update(task, completed=done, total=total, description=label)

            return show

        yield add


def tracked(items: Sequence[T], label: str, unit: str = "", *, wanted: bool = True) -> Iterator[T]:
    """Yield `items`, with a `progress_bar` that counts them."""
    with progress_bar(label, len(items), unit, wanted=wanted) as show:
        for done, item in enumerate(items):
            show(done)
            yield item
