"""Texts from outside, as pages, terminals and messages may show them: they are data, not markup."""

from __future__ import annotations

import re

_CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]+")


def one_line(text: str) -> str:
    """Return `text` on one line, without control characters that a terminal would obey."""
    return _CONTROLS.sub("", " ".join(text.split()))


def quoted(text: object, most: int = 200) -> str:
    """Return a file name, or another's words, as a message says it: short, and without marks."""
    line = one_line(str(text))
    return line if len(line) <= most else f"{line[:most]}…"


def escape_markdown(text: str) -> str:
    """Return `text` so that Markdown shows it word for word: no link, no markup, no HTML.

    Ordinary prose stays as it is, brackets such as ``[0, 1]`` and names such as ``rare_earths``
    included.
    """
    text = text.replace("\\", "\\\\")
    text = re.sub(r"&(?=[#\w])", "&amp;", text).replace("<", "&lt;").replace(">", "&gt;")
    text = text.replace("|", "&#124;").replace("://", "&#58;//")  # no column, no link
    text = re.sub(r"([`*~$])", r"\\\1", text)
    text = re.sub(r"(?<!\w)_|_(?!\w)", r"\\_", text)  # inside a word it marks nothing
    return re.sub(r"\](?=[(\[:])", r"\\]", text)


def code_span(text: str) -> str:
    """Return `text` as Markdown code that also a table can hold."""
    line = one_line(text)
    plain = line and not set("`|") & set(line)
    return f"`{line}`" if plain else f"<code>{escape_markdown(line)}</code>"
