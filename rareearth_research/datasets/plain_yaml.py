"""Read YAML in which everything is the text that was written.

YAML 1.1 makes true of ``on`` and ``NO``, 8 of ``010`` and a date of ``2026-01-05``; here they are
names of columns, tickers and formats. So no type is guessed, and whoever needs a number reads it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from rareearth_research.datasets.disk import said
from rareearth_research.errors import RareEarthError, shown

MAX_BYTES = 2**20


def read_yaml(path: Path, what: str, guide: str, error: type[RareEarthError]) -> Any:
    """Return what the file at `path` holds, every scalar as text.

    Parameters
    ----------
    path : Path
        UTF-8, at most 1 MB.
    what, guide : str
        What the file is and the document that describes it, for messages.
    error : type
        The class of `RareEarthError` to raise.
    """
    import yaml

    class Texts(yaml.BaseLoader):
        """Every scalar as text; a key given twice is an error."""

        def construct_mapping(self, node: Any, deep: bool = False) -> Any:
            keys = [str(key.value) for key, _ in node.value]
            twice = next((key for key in keys if keys.count(key) > 1), None)
            if twice is not None:
                raise yaml.YAMLError(f"the key {shown(twice)} is given twice")
            return super().construct_mapping(node, deep=True)

    missing = f"there is no {what} file {path}; see {guide}"
    with said(f"the {what} cannot be read", error, missing), open(path, "rb") as file:
        content = file.read(MAX_BYTES + 1)
    if len(content) > MAX_BYTES:
        raise error(f"{path} is larger than a {what} can be; is it the table itself?")
    try:
        return yaml.load(content.decode("utf-8-sig"), Loader=Texts)
    except UnicodeDecodeError as problem:
        line = content[: problem.start].count(b"\n") + 1
        raise error(
            f"{path} is not UTF-8 (line {line}); save the {what} again with the encoding UTF-8"
        ) from None
    except (yaml.YAMLError, ValueError, RecursionError) as problem:
        raise error(
            f"{path} is not valid YAML: {shown(str(problem), 300)}; write it as "
            f"the example in {guide}"
        ) from None
