"""Facts that stand beside the code as data: what columns hold, who an upstream is."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any


def facts(path: Path) -> dict[str, Any]:
    """Return what a TOML file says; its lists are tuples, as nothing may change them."""
    return {key: _fixed(value) for key, value in tomllib.loads(path.read_text("utf-8")).items()}


def _fixed(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _fixed(part) for key, part in value.items()}
    return tuple(map(_fixed, value)) if isinstance(value, list) else value
