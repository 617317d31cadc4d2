"""What happened to a bad input: refused clearly, unclear, warned, the same answer, or silent?"""

from __future__ import annotations

import dataclasses
import re
import warnings
from functools import cache, lru_cache
from typing import Any

import numpy as np
import pandas as pd
from robustness_bad import corruptions
from robustness_cases import ENTRIES

from rareearth_research.errors import RareEarthError

__all__ = ["judge"]

SAYS_WHAT = re.compile(
    r"must|choose|write|\buse\b|give|\badd\b|keep|rename|drop|\bset\b|convert|sort|divide|\bname\b|"
    r"load|\bsee\b|nearest|one of|known:|it has|say |run `|leave|pass |shorten|remove|needs|replace|"
    r"try again|example|list ", re.IGNORECASE)  # fmt: skip
WORDS = ("reason", "flags", "note", "drops", "dropped", "ambiguous", "order_certain")


def judge(entry_name: str, argument: str, corruption: str) -> tuple[str, str]:
    """Return the verdict on a case, and what happened in words."""
    entry = ENTRIES()[entry_name]
    bad = bad_values(entry_name, argument)[corruption]
    try:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            answer = entry.call(**entry.right(argument) | {argument: bad})
            given = digest(answer)
    except RareEarthError as error:
        return refusal(error, entry, argument, corruption)
    except Exception as error:
        return "unclear", f"{type(error).__name__}: {str(error)[:300]}"
    right, words = right_answer(entry_name, argument)
    if same(given, right):
        return "same", ""
    said = [str(w.message) for w in caught if issubclass(w.category, UserWarning)]
    if said:
        return "warned", said[0][:300]
    new = texts(given) - words
    if new:
        return "warned", "; ".join(sorted(new))[:300]
    return "silent", difference(given, right)


@lru_cache(maxsize=2)
def bad_values(entry_name: str, argument: str) -> dict[str, Any]:
    return dict(corruptions(ENTRIES()[entry_name].value(argument)))


@cache
def right_answer(entry_name: str, argument: str) -> tuple[Any, set[str]]:
    entry = ENTRIES()[entry_name]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = digest(entry.call(**entry.right(argument)))
    return found, texts(found)


def refusal(error: Exception, entry: Any, argument: str, corruption: str) -> tuple[str, str]:
    message = str(error)
    if len(message) > 2000:
        return "unclear", f"{len(message):,} characters: {message[:200]}"
    stem = argument.removesuffix("s").replace("_", "[_ ]")
    place = re.search(stem, message, re.IGNORECASE) or any(
        re.search(rf"\b{re.escape(word)}", message) for word in corruption.split()[:1] if len(word) > 3
    )
    if not place:
        return "unclear", f"names no place: {type(error).__name__}: {message[:300]}"
    if not SAYS_WHAT.search(message):
        return "unclear", f"no remedy: {type(error).__name__}: {message[:300]}"
    return "refused", message[:300]


def digest(answer: Any) -> dict[str, Any]:
    """Everything of an answer that is a number or a word of it, by name."""
    if hasattr(answer, "attrition"):
        parts = {name: getattr(answer, name) for name in ("table", "car", "attrition", "diagnostics")}
        return {name: ordered(part) for name, part in parts.items()}
    if isinstance(answer, pd.DataFrame | pd.Series | np.ndarray):
        return {"answer": answer}
    if dataclasses.is_dataclass(answer):
        values = {f.name: getattr(answer, f.name) for f in dataclasses.fields(answer)}
        return {k: ordered(v) for k, v in values.items() if k not in ("study", "result", "fit")}
    if isinstance(answer, tuple | list):
        return {str(i): v for i, v in enumerate(answer)}
    return {"answer": answer}


def ordered(part: Any) -> Any:
    """The rows of a frame in the order of their labels, for rows may come in any order."""
    if not isinstance(part, pd.DataFrame):
        return part
    labels = [c for c in part.columns if c in ("event_id", "security", "window", "session", "date")]
    return part.sort_values(labels, kind="stable").reset_index(drop=True) if labels else part


def same(a: dict[str, Any], b: dict[str, Any]) -> bool:
    return a.keys() == b.keys() and all(equal(a[k], b[k]) for k in a if k != "seed")


def equal(a: Any, b: Any) -> bool:
    try:
        if isinstance(b, pd.DataFrame):
            pd.testing.assert_frame_equal(a, b, check_dtype=False, check_names=False, rtol=1e-9,
                                          check_index_type=False, check_column_type=False,
                                          check_freq=False)  # fmt: skip
            return True
        if isinstance(b, pd.Series):
            pd.testing.assert_series_equal(a, b, check_dtype=False, check_names=False, rtol=1e-9,
                                           check_index_type=False, check_freq=False)  # fmt: skip
            return True
        if isinstance(b, np.ndarray):
            np.testing.assert_allclose(a, b)
            return True
        if isinstance(b, dict):
            return a.keys() == b.keys() and all(equal(a[k], b[k]) for k in b)
        return bool(a == b) or (a != a and b != b)
    except (AssertionError, TypeError, ValueError, AttributeError):
        return False


def texts(found: dict[str, Any]) -> set[str]:
    """The reasons, flags and notes in an answer."""
    out: set[str] = set()
    for key, value in found.items():
        if key in WORDS and not isinstance(value, pd.DataFrame):
            out.add(f"{key}: {value}")
        if isinstance(value, pd.DataFrame):
            for column in value.columns:
                if str(column) in WORDS:
                    out |= {str(v) for v in value[column].unique()}
        elif isinstance(value, dict):
            out |= texts(value)
    return out


def difference(a: dict[str, Any], b: dict[str, Any]) -> str:
    for key in b:
        if key not in a or not equal(a[key], b[key]):
            now, then = (" ".join(str(x.get(key)).split())[:160] for x in (a, b))
            if key == "table":
                now, then = (" ".join(x[key].iloc[:1].to_string(header=False).split())[:120]
                             if isinstance(x.get(key), pd.DataFrame) else str(x.get(key))[:100]
                             for x in (a, b))  # fmt: skip
            return f"{key}: {now} | right: {then}"
    return f"more: {sorted(a.keys() - b.keys())}"
