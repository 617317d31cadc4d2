"""What a kernel can receive: values as JSON carries them, and text that is text."""

from __future__ import annotations

import datetime as dt
import json
import math
import re
from collections.abc import Mapping
from typing import Any

from rareearth_research.errors import SpecificationError, shown
from rareearth_research.reports.reading.typed import Quoted, Typed

LONGEST = 100_000  # characters of one value, written as JSON


def plain(value: Any, name: str) -> Any:
    """Return `value` as JSON can carry it; words as they were typed stay marked as such."""
    try:
        plain = _carried(value)
        if len(json.dumps(plain, ensure_ascii=False).encode()) > LONGEST:
            raise ValueError(f"it is longer than {LONGEST:,} characters")
    except (ValueError, TypeError, RecursionError) as error:
        why = f": {error}" if type(error) is ValueError else ""
        raise SpecificationError(
            f"parameter {shown(name)} cannot be {shown(value)}{why}; use finite numbers, strings, "
            "lists, or dates as 'YYYY-MM-DD'"
        ) from error
    return plain


def _carried(value: Any) -> Any:
    if isinstance(value, dt.date) and value == value:  # NaT differs from itself
        return value.isoformat().removesuffix("T00:00:00")
    if getattr(getattr(value, "dtype", None), "kind", "") == "M":  # NumPy's and pandas' dates
        value = value.astype(str)
    if hasattr(value, "tolist"):
        value = value.tolist()
    if isinstance(value, list | tuple):
        return [_carried(item) for item in value]
    if isinstance(value, Mapping):
        return {_checked_text(key): _carried(item) for key, item in value.items()}
    if isinstance(value, str):
        return _checked_text(value)
    if isinstance(value, bool | int | None) or (isinstance(value, float) and math.isfinite(value)):
        return value
    raise TypeError


def _checked_text(text: Any) -> str:
    if not isinstance(text, str):
        raise TypeError
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ValueError("it is not text that can be written as UTF-8") from None
    if re.search("[\x00-\x08\x0b-\x1f\x7f]", text):
        raise ValueError("it holds a control character")
    return text if isinstance(text, Typed | Quoted) else str(text)
