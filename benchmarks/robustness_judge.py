"""What became of a bad input: refused clearly, unclear, warned, the same answer, or silent?

A refusal is clear if its class is ours, it names the argument or the place, and says what to do;
where `REMEDIES` knows how to do that, it is done, and the answer must then be the right one.
"""

from __future__ import annotations

import dataclasses
import re
import warnings
from collections.abc import Callable
from functools import cache, lru_cache
from typing import Any

import numpy as np
import pandas as pd
from robustness_bad import corruptions
from robustness_cases import Entry, all_entries

from rareearth_research.errors import RareEarthError

__all__ = ["judge"]

LONGEST = 2000  # characters of a message
SAYS_WHAT = re.compile(
    r"\b(must|choose|writ(e|ten)|use|give|add|keep|renam|drop|set|convert|divide|name|load|see|"
    r"nearest|one of|known:|it has|flags are|say|run|leave|pass|shorten|lengthen|remove|needs|"
    r"replace|try|example|e\.g\.|such as|swap|correct|end the|map|make|get it|between|close|"
    r"look at|change|wait|check|fill|save|update|reach)|1678 to 2261", re.IGNORECASE)  # fmt: skip
WORDS = ("reason", "flags", "note", "dropped", "ambiguous", "order_certain")
TOLD_APART = re.compile(r".*clock (without zone|object)")  # a day is not what was given
Mend = Callable[[Any, Any, re.Match[str]], Any]


def judge(name: str, argument: str, corruption: str) -> tuple[str, str]:
    """Return the verdict on a case, and what happened in words."""
    entry = all_entries()[name]
    bad = bad_values(name, argument)[corruption]
    answer, said = attempt(entry, argument, bad)
    right, words = right_answer(name, argument)
    if isinstance(answer, RareEarthError):
        return refusal(answer, entry, argument, corruption, bad)
    if isinstance(answer, Exception):
        return "unclear", f"{type(answer).__name__}: {str(answer)[:300]}"
    if equal(answer, right) and not TOLD_APART.fullmatch(corruption):
        return "same", ""
    if new := (said | texts(answer)) - words:
        return "warned", "; ".join(sorted(new))[:300]
    return "silent", difference(answer, right)


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


def refusal(
    error: Exception, entry: Entry, argument: str, corruption: str, bad: Any
) -> tuple[str, str]:
    message = " ".join(str(error).split())
    what = f"{type(error).__name__}: {message[:300]}"
    right = entry.value(argument)
    if len(str(error)) > LONGEST:
        return "unclear", f"{len(str(error)):,} characters: {message[:120]}"
    if not names_place(message, entry, argument, right):
        return "unclear", f"names no place: {what}"
    if not SAYS_WHAT.search(message):
        return "unclear", f"says not what to do: {what}"
    answer: Any = error
    for _ in range(3):  # a remedy may lead to the next fault
        mended = remedy(" ".join(str(answer).split()), bad, right)
        if mended is None:
            return ("refused", message[:300]) if answer is error else ("unclear", f"then: {answer}")
        answer, _ = attempt(entry, argument, mended)
        if not isinstance(answer, RareEarthError):
            break
        bad = mended
    spared = lost(mended, right)
    expected = [right_answer(entry.name, argument)[0], attempt(entry, argument, spared)[0]]
    if isinstance(answer, Exception) or not any(equal(answer, right) for right in expected):
        return "unclear", f"the remedy gives no right answer ({str(answer)[:120]}): {what}"
    return "refused", f"(done) {message[:300]}"


def names_place(message: str, entry: Entry, argument: str, right: Any) -> bool:
    """Say whether `message` names the argument, or a column or label of its value."""
    stems = [re.sub("ies$|y$|s$", "", part) for part in argument.split("_or_")]
    places = [rf"\b{stem.replace('_', '[_ ]')}" for stem in stems if len(stem) > 1]
    places += [entry.place] if entry.place else []
    if argument == "p":
        places.append(r"\bp\b|p-value")
    if isinstance(right, pd.DataFrame | pd.Series):
        columns = right.columns if isinstance(right, pd.DataFrame) else [right.name]
        labels = [*columns, *right.index[:2]]
        places += [rf"'{re.escape(str(label))}'" for label in labels]
    begins = re.match(r"(\w+)\b", message)
    others = {a for e in all_entries().values() for a in e.arguments()} - {argument}
    if begins and begins[1] in others and not re.search(places[0], message, re.IGNORECASE):
        return False  # another argument than the one at fault
    return any(re.search(place, message, re.IGNORECASE) for place in places)


def remedy(message: str, bad: Any, right: Any) -> Any:
    """Do to `bad` what `message` says; None where nothing here knows how."""
    for pattern, mend in REMEDIES:
        if found := re.search(pattern, message):
            try:
                return mend(bad, right, found)
            except Exception:
                return None
    return None


def lost(mended: Any, right: Any) -> Any:
    """Return `right` without the values that a remedy gave up."""
    same = isinstance(right, pd.DataFrame | pd.Series) and np.shape(mended) == np.shape(right)
    return right.where(pd.notna(np.asarray(mended))) if same else right


def put(bad: Any, right: Any, new: Any) -> Any:
    """Put `new` where the first difference to the right value is, or in place of all of it."""
    if isinstance(bad, pd.DataFrame) and bad.shape == right.shape:
        for column in bad.columns:
            if str(bad[column].iloc[0]) != str(right[column].iloc[0]):
                column_of = [new, *right[column].iloc[1:]]
                return bad.assign(**{column: pd.Series(column_of, bad.index, dtype=object)})
    return new if isinstance(bad, str | int | float) or not np.iterable(bad) else None


def as_iso(bad: Any, right: Any, _: Any) -> Any:
    if isinstance(right, pd.DataFrame):
        for column in bad.columns.intersection(right.columns):
            if str(bad[column].iloc[0]) != str(right[column].iloc[0]):
                value = right[column].iloc[0]
                whole = isinstance(value, pd.Timestamp) and value.tzinfo is None
                return put(bad, right, f"{value:%Y-%m-%d}" if whole else str(value))
        return None
    return right if isinstance(right, str) else None


def not_prices(bad: Any, right: Any, found: re.Match[str]) -> Any:
    """Make returns of prices and fractions of per cent, in the column that is named."""
    def mend(values: Any) -> Any:
        return np.log(values).diff() if (values > 0).all(axis=None) else values / 100

    if isinstance(bad, pd.Series):
        return mend(bad)
    whole = bad.select_dtypes("number").drop(columns="rf", errors="ignore")
    odd = [c for c in whole if not whole[c].equals(right[c])]
    return bad.assign(**{column: mend(bad[column]) for column in odd})


REMEDIES: list[tuple[str, Mend]] = [
    (r"sort_index\(\)", lambda bad, *_: bad.sort_index()),
    (r"tz_localize\(None\)", lambda bad, *_: bad.tz_localize(None)),
    (r"to_timestamp\(\)", lambda bad, *_: bad.to_timestamp()),
    (r"droplevel\(0, axis=1\)", lambda bad, *_: bad.droplevel(0, axis=1)),
    (r"origin='1899-12-30'", lambda bad, right, _: put(bad, right, pd.to_datetime(
        first_odd(bad, right), unit="D", origin="1899-12-30"))),
    (r"set_index\(pd\.to_datetime", lambda bad, *_: bad.set_axis(pd.to_datetime(bad.index), axis=0)
        if "date" not in bad else bad.set_index(pd.to_datetime(bad["date"])).drop(columns="date")),
    (r"set_index\('date'\)", lambda bad, *_: bad.set_index("date")),
    (r"keep one row a date", lambda bad, *_: bad[~bad.index.duplicated()]),
    (r"more than once; keep", lambda bad, *_: bad.loc[:, ~bad.columns.duplicated()]),
    (r"drop (those|these|the|such) (rows|days|sessions)", lambda bad, *_: bad[bad.ne(0).any(axis=1)]),
    (r"errors=.coerce.", lambda bad, *_: bad.apply(pd.to_numeric, errors="coerce")
        if isinstance(bad, pd.DataFrame) else pd.to_numeric(bad, errors="coerce")),
    (r"pd\.to_numeric", lambda bad, *_: bad.apply(pd.to_numeric)),
    (r"Use np\.log\(prices\)", not_prices),
    (r"by NaN", lambda bad, *_: bad.where(bad.abs() < 5)),
    (r"no column '(\w+)'; nearest: '([^']+)'", lambda bad, _, m: bad.rename(columns={m[2]: m[1]})),
    (r"nearest: '([^']+)'", lambda bad, _, m: m[1] if isinstance(bad, str) else None),
    (r"(?:write|as|alone|such as)[^']*'((?!2025-04-04|2024-04-04)\d{4}-\d\d-\d\d)'",
        lambda bad, right, m: put(bad, right, m[1])),
    (r"'?YYYY-MM-DD'?|'2025-04-04'", as_iso),
]  # fmt: skip


def first_odd(bad: Any, right: Any) -> Any:
    if not isinstance(bad, pd.DataFrame):
        return bad
    odd = (c for c in bad.columns if str(bad[c].iloc[0]) != str(right[c].iloc[0]))
    return bad[next(odd)].iloc[0]


# -- answers -------------------------------------------------------------------------------------


def digest(answer: Any) -> Any:
    """Return what of an answer is compared: its tables by name, their rows in one order."""
    if hasattr(answer, "attrition"):
        parts = ("table", "car", "attrition", "diagnostics")
        return {name: ordered(getattr(answer, name)) for name in parts}
    if dataclasses.is_dataclass(answer):
        values = {f.name: getattr(answer, f.name) for f in dataclasses.fields(answer)}
        inner = values.pop("study", None) or values.pop("result", None)
        kept = {k: ordered(v) for k, v in values.items() if k not in ("fit", "formula", "seed")}
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
        elif isinstance(b, np.ndarray):
            np.testing.assert_allclose(a, b, rtol=1e-9)
        elif isinstance(b, dict):
            return isinstance(a, dict) and a.keys() == b.keys() and all(equal(a[k], b[k]) for k in b)
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
            found |= {f"{c}: {v}" for c in value.columns if c in WORDS for v in value[c].unique()}
        elif key in WORDS:
            found.add(f"{key}: {value}")
    generic = r"N = #|not defined for N|clusters by|No admissible|admissible|only # placebo|: $|False$"
    plain = {re.sub(r"[+-]?\d+(\.\d+)?|[+-]?nan", "#", text) for text in found}
    return {text for text in plain if not re.search(generic, text)}


def difference(a: Any, b: Any) -> str:
    if isinstance(a, dict) and isinstance(b, dict):
        key = next((k for k in b if k not in a or not equal(a[k], b[k])), "")
        return f"{key}: {brief(a.get(key))} | right: {brief(b.get(key))}"
    return f"{brief(a)} | right: {brief(b)}"


def brief(part: Any) -> str:
    if isinstance(part, pd.DataFrame):
        part = part.iloc[:2].to_string(header=False)
    return " ".join(str(part)[:2000].split())[:130]
