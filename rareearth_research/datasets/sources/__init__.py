"""Live upstreams, one module each. `available` lists them, `get` finds one by name."""

from __future__ import annotations

import importlib
import os

from rareearth_research.datasets.sources.base import UPSTREAMS, Source
from rareearth_research.errors import SourceError, did_you_mean, shown

__all__ = ["NAMES", "Source", "available", "get"]

NAMES = (*UPSTREAMS, "local")


def available() -> dict[str, Source]:
    """Return every source by name."""
    return {name: _load(name) for name in NAMES}


def get(name: str) -> Source:
    """Return the source `name`; ``local:PATH`` is your own file by the mapping at ``PATH``.

    Raises
    ------
    SourceError
        For an unknown name, and for a mapping that cannot be used.
    """
    if not isinstance(name, str):
        raise SourceError(f"source must be a name, such as 'fred'; got {shown(name)}")
    kind, _, path = name.partition(":")
    if kind == "local":
        if not path:
            raise SourceError("say which mapping: local:my_prices.yaml; see docs/refreshing.md")
        from rareearth_research.datasets.sources.local import from_mapping

        if "\0" in path:
            raise SourceError(f"source: {shown(name)} names no mapping file")
        return from_mapping(os.path.expanduser(path))
    if name not in NAMES:
        raise SourceError(
            f"source: there is no source {shown(name)}{did_you_mean(name, NAMES)}. "
            f"Known: {', '.join(NAMES)}; rareearth data refresh all asks them all"
        )
    return _load(name)


def _load(name: str) -> Source:
    source: Source = importlib.import_module(f"{__name__}.{name}").SOURCE
    return source
