"""Text that a person typed, on the command line or in a parameter file, as text.

What ``ON``, ``010`` or ``2024`` mean depends on the parameter, so nothing is converted here: words
stay words until `values` reads them by the type of the parameter. Quotes make a word text for good.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import yaml

from rareearth_research.errors import SpecificationError, shown
from rareearth_research.reports.reading.texts import one_line, quoted

LARGEST = 1_000_000  # bytes of a parameter file
DEEPEST = 12


class Typed(str):
    """A word as it was typed, without quotes: the type of its parameter says what it means."""

    __slots__ = ()


class Quoted(str):
    """A word typed in quotes: text, also if it is ``None``."""

    __slots__ = ()


def parse_assignment(text: str) -> tuple[str, str]:
    """Split ``name=value``; a value in quotes is `Quoted`, any other is `Typed`.

    Raises
    ------
    SpecificationError
        If there is no name or no equals sign.
    """
    name, equals, value = text.partition("=")
    if not equals or not name.strip().isidentifier():
        raise SpecificationError(f"{shown(text)} is not of the form name=value")
    return name.strip(), _unquoted(value.strip())


def read_parameter_file(path: Path) -> dict[str, Any]:
    """Return the ``name: value`` lines of a YAML file, every value as text or nested text.

    Parameters
    ----------
    path : Path
        UTF-8, at most 1 MB. Only what parameters need is read: no anchors, aliases or tags.

    Raises
    ------
    SpecificationError
        Naming the file, and the line where there is one.
    """
    try:
        with path.open("rb") as handle:
            content = handle.read(LARGEST + 1)
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or error
        raise SpecificationError(f"cannot read {quoted(path)}: {why}") from error
    if len(content) > LARGEST:
        raise SpecificationError(
            f"{quoted(path)} is larger than 1 MB; a parameter file holds one line for each "
            "parameter"
        )
    try:
        found = _read_yaml(content.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise SpecificationError(
            f"{quoted(path)} is not UTF-8 text (byte {error.start + 1}); save it as UTF-8"
        ) from error
    except yaml.YAMLError as error:
        raise SpecificationError(
            f"{quoted(path)}, {_about(error)}; write 'name: value' lines, lists as [a, b]"
        ) from error
    if not isinstance(found, dict):
        raise SpecificationError(
            f"{quoted(path)} must hold 'name: value' lines, one for each parameter"
        )
    return found


def read_flow(text: str) -> Any:
    """Return ``[ON, [MP, "x"]]`` as nested lists and mappings of text.

    Raises
    ------
    ValueError
        If brackets or quotes do not match.
    """
    try:
        return _read_yaml(text)
    except yaml.YAMLError as error:
        raise ValueError(_about(error).partition(": ")[2]) from error


def _unquoted(text: str) -> str:
    if len(text) > 1 and text[0] == text[-1] and text[0] in "\"'":
        for read in (json.loads, _read_yaml):
            try:
                found = read(text)
            except (ValueError, RecursionError, yaml.YAMLError):
                continue
            if isinstance(found, str):
                return Quoted(found)
    return Typed(text)


class _Loader(yaml.BaseLoader):
    """YAML without what can multiply (aliases), run (tags) or overflow (depth)."""

    depth = 0

    def compose_node(self, parent: Any, index: Any) -> Any:
        event = self.peek_event()
        if getattr(event, "anchor", None) is not None:
            raise _problem("anchors and aliases are not read; write the value out", event)
        if getattr(event, "tag", None) is not None:
            raise _problem("tags such as '!x' are not read; leave it out", event)
        if self.depth == DEEPEST:
            raise _problem(f"nested more than {DEEPEST} deep", event)
        self.depth += 1
        node = super().compose_node(parent, index)
        self.depth -= 1
        return node


def _read_yaml(text: str) -> Any:
    loader = _Loader(text)
    try:
        node = loader.get_single_node()
    finally:
        loader.dispose()
    return None if node is None else _texts(node)


def _texts(node: yaml.Node) -> Any:
    if isinstance(node, yaml.ScalarNode):
        return Typed(node.value) if node.style is None else Quoted(node.value)
    if isinstance(node, yaml.SequenceNode):
        return [_texts(item) for item in node.value]
    found: dict[str, Any] = {}
    for key, value in node.value:
        if not isinstance(key, yaml.ScalarNode):
            raise _problem("a name must be one word", key)
        if key.value in found:
            raise _problem(f"{shown(key.value)} is there twice; keep one", key)
        found[str(key.value)] = _texts(value)
    return found


def _problem(text: str, place: Any) -> yaml.MarkedYAMLError:
    return yaml.MarkedYAMLError(problem=text, problem_mark=place.start_mark)


def _about(error: yaml.YAMLError) -> str:
    mark = getattr(error, "problem_mark", None)
    problem = one_line(str(getattr(error, "problem", None) or getattr(error, "reason", "")))
    if "'\\t'" in problem or "\\t" in problem:
        problem = "a tab where YAML wants spaces; indent with spaces"
    if "expected a single document" in str(getattr(error, "context", "")):
        problem = "a second document begins; keep one"
    where = f"line {mark.line + 1}" if mark is not None else "as YAML"
    return f"{where}: {problem or 'cannot be read'}"[:300]
