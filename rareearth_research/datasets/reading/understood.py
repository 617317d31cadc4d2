"""What was understood of a file, as a short table before it is used."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from typing import Any

WIDTH = 78


def printed(said: Mapping[str, Any]) -> str:
    """Return what was understood as lines of text, what is empty left out."""
    lines = []
    for key, value in said.items():
        if value in ("", [], {}, None):
            continue
        if isinstance(value, Mapping):
            value = ", ".join(f"{name!r}: {count}" for name, count in value.items())
        if key == "delimiter":
            value = {"\t": "tab", ";": "semicolon", ",": "comma"}.get(str(value), value)
        parts = value if isinstance(value, list) and key == "notes" else [value]
        for part in parts:
            text = ", ".join(map(str, part)) if isinstance(part, list) else str(part)
            lines += textwrap.wrap(
                text, WIDTH, initial_indent=f"{key:<24}", subsequent_indent=" " * 24
            )
    return "\n".join(lines)


def merged(several: list[dict[str, Any]]) -> dict[str, Any]:
    """Return what was understood of several files as one, each differing thing once."""
    out: dict[str, Any] = {}
    for key in dict.fromkeys(key for said in several for key in said):
        values = [said[key] for said in several if key in said]
        if isinstance(values[0], dict):
            names = dict.fromkeys(name for value in values for name in value)
            out[key] = {name: sum(value.get(name, 0) for value in values) for name in names}
        elif isinstance(values[0], list):
            out[key] = list(dict.fromkeys(item for value in values for item in value))
        else:
            out[key] = " | ".join(dict.fromkeys(map(str, values)))
    return out
