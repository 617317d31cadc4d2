"""What became of a bad input: refused clearly, unclear, warned, the same answer, or silent?

A refusal is clear if its class is ours, it names the argument or the place, and says what to do;
where `remedies` knows how to do that, it is done, and the answer must then be the right one.
"""

from __future__ import annotations

import dataclasses
import inspect
import re
import warnings
from functools import cache, lru_cache
from typing import Any

import numpy as np
import pandas as pd

from bad_input.breaks import breaks
from bad_input.calls import cards, counterfactuals, loaders, questions, studies, timing
from bad_input.corruptions import corruptions
from bad_input.dynamics import dynamics
from bad_input.entry import Entry
from bad_input.files import files, own_files, reports
from bad_input.remedies import lost, remedy
from rareearth_research.errors import RareEarthError

LONGEST = 2000  # characters of a message
SAYS_WHAT = re.compile(
    r"\b(must|choose|write|written|use|give|add|keep|rename|drop|set|convert|divide|name|load|see|"
    r"nearest|one of|it has|is not among|flags are|say|run|leave|pass|shorten|lengthen|remove|"
    r"needs?|replace|try|example|such as|swap|correct|end|map|make|get it|between|close|look at|"
    r"change|wait|makes numbers of|check|fill|save|read|update|put|cut|take|more than|stay within|"
    r"begin|its columns are)\b|"
    r"known:|there are:|e\.g\.|1678 to 2261",
    re.IGNORECASE,
)
FROM_INSIDE = re.compile(
    "endog|has no attribute|NoneType|unhashable|truth value|not supported betw"
)
WORDS = ("reason", "flags", "note", "notes", "unmapped", "dropped", "ambiguous", "order_certain")
GENERIC = re.compile(
    "^N = #|little power|needs at least [^(]*$|clusters by|admissible|placebo|False$"
)
CLOCK = re.compile(r".*clock (without zone|object)")  # half past four is not a day


@cache
def all_entries() -> dict[str, Entry]:
    """Return every entry point by name."""
    areas = (
        studies, questions, breaks, counterfactuals, dynamics, loaders, timing, cards, reports,
        files, own_files,
    )  # fmt: skip
    return {entry.name: entry for area in areas for entry in area()}


def judge(name: str, argument: str, corruption: str) -> tuple[str, str]:
    """Return the verdict on a case, and what happened in words."""
    entry = all_entries()[name]
    bad = bad_values(name, argument)[corruption]
    answer, said = attempt(entry, argument, bad)
    right, words = right_answer(name, argument)
    if isinstance(answer, RareEarthError):
        return refusal(answer, entry, argument, bad)
    if isinstance(answer, Exception):
        return "unclear", f"{type(answer).__name__}: {str(answer)[:300]}"
    if new := (said | texts(answer)) - words:
        return "warned", "; ".join(sorted(new))[:300]
    if not equal(answer, right):
        return "silent", difference(answer, right)
    return ("silent", "the clock was cut off") if CLOCK.fullmatch(corruption) else ("same", "")


def attempt(entry: Entry, argument: str, value: Any) -> tuple[Any, set[str]]:
    """Return the answer or the exception, and what was warned."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            answer: Any = digest(entry.call(**entry.right(argument) | {argument: value}))
        except Exception as error:
            answer = error
    said = (str(w.message) for w in caught if issubclass(w.category, UserWarning))
    return answer, {text for text in said if not text.startswith("Could not infer format")}


@lru_cache(maxsize=2)
def bad_values(name: str, argument: str) -> dict[str, Any]:
    return dict(corruptions(all_entries()[name].value(argument)))


@cache
def right_answer(name: str, argument: str) -> tuple[Any, set[str]]:
    entry = all_entries()[name]
    answer, said = attempt(entry, argument, entry.value(argument))
    if isinstance(answer, Exception):
        raise answer
    return answer, said | texts(answer)


# -- refusals ------------------------------------------------------------------------------------


def refusal(error: Exception, entry: Entry, argument: str, bad: Any) -> tuple[str, str]:
    right = entry.value(argument)
    answer: Any = error
    said: set[str] = set()
    for _ in range(9):  # a remedy may lead to the next fault
        if str(answer) in said:
            return "unclear", f"its remedy leads to the same: {error}"
        said.add(str(answer))
        if why := unclear(answer, entry, argument, bad, right):
            return "unclear", why if answer is error else f"then {why}"
        mended = remedy(" ".join(str(answer).split()), bad, right)
        if mended is None or equal(mended, bad):
            return "refused", " ".join(str(error).split())[:300]
        answer, _ = attempt(entry, argument, mended)
        if not isinstance(answer, RareEarthError):
            break
        bad = mended
    spared = lost(mended, right)
    expected = [right_answer(entry.name, argument)[0], attempt(entry, argument, spared)[0]]
    if isinstance(answer, Exception) or not any(equal(answer, right) for right in expected):
        return "unclear", f"the remedy gives no right answer ({str(answer)[:120]}): {error}"
    return "refused", f"(done) {' '.join(str(error).split())[:300]}"


def unclear(error: Exception, entry: Entry, argument: str, bad: Any, right: Any) -> str:
    """Say why a refusal is not clear, or return an empty text."""
    message = " ".join(str(error).split())
    what = f"{type(error).__name__}: {message[:300]}"
    if len(str(error)) > LONGEST:
        return f"{len(str(error)):,} characters: {message[:120]}"
    if not names_place(message, entry, argument, bad, right):
        return f"names no place: {what}"
    taken_for_another = isinstance(bad, str) and bad == "NO" and "'False'" in message
    if FROM_INSIDE.search(message) or taken_for_another:
        return f"speaks of something else: {what}"
    # what an upstream sends, nobody here can mend: there it is enough to say what it was
    if argument != "payload" and not SAYS_WHAT.search(message):
        return f"says not what to do: {what}"
    return ""


def names_place(message: str, entry: Entry, argument: str, bad: Any, right: Any) -> bool:
    """Say whether `message` names the argument, or a column or label of its value."""
    taken_apart = isinstance(bad, str) and len(bad) > 1 and repr(bad)[:40] not in message
    if taken_apart and re.search(rf"(?<!\w){re.escape(repr(bad[0]))}", message):
        return False
    stems = [re.sub("ies$|y$|s$", "", p) if len(p) > 3 else p for p in argument.split("_or_")]
    places = [rf"\b{stem.replace('_', '[_ ]')}" for stem in stems]
    places += [entry.place] if entry.place else []
    if isinstance(right, pd.DataFrame | pd.Series):
        frame = right if isinstance(right, pd.DataFrame) else right.to_frame()
        ids = frame.filter(items=["event_id", "ticker", "security"]).iloc[:, :1].to_numpy().ravel()
        places += [rf"'{re.escape(str(x))}'" for x in (*frame.columns, *frame.index[:2], *ids)]
    begins = re.match(r"(\w+)\b(?! ')", message)  # event 'x' is the place itself
    others = {a for e in all_entries().values() for a in e.arguments()} - {argument}
    if begins and begins[1] in others and not re.search(places[0], message, re.IGNORECASE):
        return False  # another argument than the one at fault
    alone = len(inspect.signature(entry.of or entry.call).parameters) == 1
    return alone or any(re.search(place, message, re.IGNORECASE) for place in places)


# -- answers -------------------------------------------------------------------------------------


def digest(answer: Any) -> Any:
    """Return what of an answer is compared: its tables by name, their rows in one order."""
    if hasattr(answer, "attrition"):
        parts = ("table", "car", "attrition", "diagnostics")
        notes = "; ".join(answer.notes)
        return {name: ordered(getattr(answer, name)) for name in parts} | {"notes": notes}
    if dataclasses.is_dataclass(answer):
        values = {f.name: getattr(answer, f.name) for f in dataclasses.fields(answer)}
        inner = values.pop("study", None) or values.pop("result", None)
        kept = {k: ordered(v) for k, v in values.items() if k not in ("fit", "formula", "seed")}
        kept |= {"notes": (*answer.doubts, *answer.remarks)} if hasattr(answer, "doubts") else {}
        return kept | ({"attrition": inner.attrition} if hasattr(inner, "attrition") else {})
    if isinstance(answer, tuple):
        return {str(i): part for i, part in enumerate(answer)}
    return ordered(answer)


def ordered(part: Any) -> Any:
    labels = ("event_id", "security", "window", "session", "date")
    by = [c for c in labels if c in getattr(part, "columns", ())]
    return part.sort_values(by, kind="stable", key=as_text).reset_index(drop=True) if by else part


def as_text(column: pd.Series) -> pd.Series:
    return column.astype(str)


def equal(a: Any, b: Any) -> bool:
    """Say whether two answers are the same, numbers to nine digits."""
    loose: Any = {"check_dtype": False, "check_names": False, "check_index_type": False,
                  "check_freq": False, "rtol": 1e-9}  # fmt: skip
    try:
        if isinstance(b, pd.DataFrame):
            pd.testing.assert_frame_equal(a, b, check_column_type=False, **loose)
        elif isinstance(b, pd.Series):
            pd.testing.assert_series_equal(a, b, **loose)
        elif isinstance(b, np.ndarray | float) and isinstance(a, np.ndarray | float):
            np.testing.assert_allclose(a, b, rtol=1e-9)
        elif isinstance(b, dict):
            return (
                isinstance(a, dict) and a.keys() == b.keys() and all(equal(a[k], b[k]) for k in b)
            )
        else:
            return bool(a == b) or bool(a != a and b != b)
    except (AssertionError, TypeError, ValueError, AttributeError):
        return False
    return True


def texts(answer: Any) -> set[str]:
    """Return the reasons, flags and notes of a study's answer, without the numbers in them."""
    if not isinstance(answer, dict):
        answer = {"": answer} if "exchange" in getattr(answer, "columns", ()) else {}
    found: set[str] = set()
    for key, value in answer.items():
        if isinstance(value, pd.DataFrame):
            said = ((c, v) for c in value.columns if c in WORDS for v in value[c].unique())
            found |= {v if isinstance(v, str) else f"{c} {bool(v)}" for c, v in said if pd.notna(v)}
        elif isinstance(value, tuple) and all(isinstance(part, str) for part in value):
            found |= set(value) if key in WORDS else set()
        elif key in WORDS:
            found.add(value if isinstance(value, str) else f"{key} {bool(value)}")
    parts = {part.strip() for text in found for part in text.split(";")}
    plain = {re.sub(r"[+-]?\d+(\.\d+)?|[+-]?nan", "#", part) for part in parts}
    return {part for part in plain if part and not GENERIC.search(part)}


def difference(a: Any, b: Any) -> str:
    if isinstance(a, dict) and isinstance(b, dict):
        key = next((k for k in b if k not in a or not equal(a[k], b[k])), "")
        return f"{key}: {brief(a.get(key))} | right: {brief(b.get(key))}"
    return f"{brief(a)} | right: {brief(b)}"


def brief(part: Any) -> str:
    if isinstance(part, pd.DataFrame):
        part = part.iloc[:2].to_string(header=False)
    return " ".join(str(part)[:2000].split())[:130]
