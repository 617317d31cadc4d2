"""What is a run called? Its study, and what was changed in it against the defaults.

In words ``02_event_study, since 2023-01-01, group users``; as a folder the same, in signs that
every file system takes and no shell has to quote. Both follow from study and changes alone.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from typing import Any

from rareearth_research.errors import some
from rareearth_research.reports.reading.meaning import idle_beside

LONGEST = 80  # characters of a folder, in which files bear its name again: Windows takes 260
MOST = 3  # items of a list in a title
WORD = re.compile(r"(?!(?:yes|no|none|empty|[\d.]+)$)\w(?:[\w.-]*\w)?", re.A)
UNSAFE = re.compile(r"[^\w.+-]+", re.A)


def run_name(study: str, changed: Mapping[str, Any]) -> str:
    """Return the folder of a run: ``02_event_study--since-2023-01-01--group-users``.

    Parameters
    ----------
    study : str
    changed : mapping
        Values that differ from the defaults, in the order of the notebook's parameters.

    Notes
    -----
    A name that is too long, or could stand for other values as well, ends in a hash of them.
    """
    told = _told(changed)
    parts = [f"{key}-{UNSAFE.sub('-', _words(value, '+', ('', 'to', '')))}" for key, value in told]
    name = "--".join([study, *parts])
    if len(name) <= LONGEST and all(_is_plain(value) for _, value in told):
        return name
    text = json.dumps(dict(changed), sort_keys=True, ensure_ascii=False)
    digest = hashlib.sha256(text.encode()).hexdigest()[:8]
    return f"{name[: max(LONGEST - 9, len(study))].rstrip('.+-')}-{digest}"


def run_title(study: str, changed: Mapping[str, Any]) -> str:
    """Return the name of a run in words: ``02_event_study, since 2023-01-01, group users``."""
    told = [f"{key} {_words(value, MOST, ('[', ', ', ']'))}" for key, value in _told(changed)]
    return re.sub(r"(?<=[\[ ])-(?=\d)", "−", ", ".join([study, *told]))


def _told(changed: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """Leave out lists that are empty because a filter was asked for in their place."""
    return [
        (key, value)
        for key, value in changed.items()
        if value != [] or not set(idle_beside(key)) & set(changed)
    ]


def _words(value: Any, joined: str | int, span: tuple[str, str, str]) -> str:
    """Return a value in words; lists joined by a sign, or shortened to so many of their items."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if value is None or value in ([], {}, ""):
        return "none" if value is None else "empty"
    if isinstance(value, Mapping):
        value = [f"{key} {_words(item, joined, span)}" for key, item in value.items()]
    if not isinstance(value, list):
        return str(value)
    begin, between, end = span
    if len(value) == 2 and all(type(item) is int for item in value):
        return f"{begin}{value[0]}{between}{value[1]}{end}"
    items = [_words(item, joined, span) for item in value]
    return joined.join(items) if isinstance(joined, str) else some(items, joined)


def _is_plain(value: Any) -> bool:
    """Return whether no other value of this type is written the same in a folder's name."""
    if isinstance(value, list):
        pairs = all(isinstance(item, list) and len(item) == 2 for item in value)
        return all(v != "" and _is_plain(v) and (pairs or type(v) is not list) for v in value)
    if isinstance(value, str):
        return value == "" or (WORD.fullmatch(value) is not None and "--" not in value)
    return not isinstance(value, Mapping)
