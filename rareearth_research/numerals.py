"""How is a number written in prose? Small counts as words, returns in per cent."""

from __future__ import annotations

import math
import re

import numpy as np

from rareearth_research.errors import SpecificationError, did_you_mean, shown

SMALL = (  # numbers that prose writes out
    "no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven",
    "twelve",
)  # fmt: skip
TINY = 1e-8  # per cent below which a value is zero
MARKS = {  # languages (and countries) by their decimal mark and what parts thousands
    ".,": "en ja ko zh th he",
    ",.": "de da es id it nl pt tr el hr sl ro vi",
    ",\u202f": "fr",
    ",\u00a0": "cs fi hu nb no pl ru sk sv uk bg lt lv et",
    ".\u2019": "de_ch it_ch",
}
LOCALES = {name: marks for marks, names in MARKS.items() for name in names.split()}
SENTENCE = re.compile(r"(?<=[.!?])(?<!\bNo\.)\s+(?![a-z])")  # what parts two
# no part of a version, a date, a ticker or a word
NUMBER = re.compile(r"(?<![\w.,])(\d{1,3}(?:,\d{3})+|\d+)(\.\d+)?(?!\w|[.,]\d)")


def per_cent(value: float, *, sign: bool = True) -> str:
    """Return a fraction in per cent, one decimal, or two below 1 %: ``"+7.4 %"``.

    What would round to zero has more decimals, one of them no zero; zero has no sign.
    """
    if not np.isfinite(value):
        return "–"
    return f"{_fixed([100 * (value if sign else abs(value))], sign)[0]} %"


def interval(lower: float, upper: float) -> str:
    """Return an interval of fractions in per cent: ``"−3.9 to +11.5 %"``.

    It has the decimals, two more at most, that tell its ends from zero and from each other.
    """
    if not (np.isfinite(lower) and np.isfinite(upper)):
        return "unknown"
    return " to ".join(_fixed([100 * lower, 100 * upper], lower < 0 < upper)) + " %"


def _fixed(values: list[float], sign: bool) -> list[str]:
    """Write values with the same number of decimals."""
    far = max(map(abs, values))
    digits = 1 if far >= 0.995 else 2
    if TINY < far < 0.005:
        digits = -math.floor(math.log10(far))
    apart = {*values, 0.0}
    for more in range(3 if len(values) > 1 else 0):
        if len({round(value, digits + more) for value in apart}) == len(apart):
            digits += more
            break
    plus = "+" if sign else ""
    ends = [round(value, digits) for value in values]
    return [f"{end:{plus if end else ''}z.{digits}f}".replace("-", "−") for end in ends]


def counted(number: int, one: str, many: str = "", *, digits: bool = False) -> str:
    """Return a number of things, small ones in words: ``"one event"``, ``"17 events"``."""
    said = f"{number:,}" if digits else numeral(number)
    return f"{said} {one if number == 1 else many or f'{one}s'}"


def numeral(number: int) -> str:
    return SMALL[number] if number < len(SMALL) else f"{number:,}"


def p_said(p: float) -> str:
    """Return a p-value in prose: ``"p = 0.004"``, ``"p < 0.001"``, never zero."""
    if not np.isfinite(p):
        return "p unknown"
    return "p < 0.001" if p < 0.001 else f"p = {p:.3f}"


def step(session: int) -> str:
    """Return a session counted from that of the event: ``"+1"``, ``"−20"``, ``"0"``."""
    return f"{session:+d}".replace("-", "−") if session else "0"


def capital(text: str) -> str:
    """Return a text with its first letter large and the others as they are."""
    return text[:1].upper() + text[1:]


def sentences(text: str) -> list[str]:
    """Return the sentences of a text; ``"No. 18"`` ends none."""
    return SENTENCE.split(text)


def typeset(name: str) -> str:
    """Return a name with minus signs before its numbers: ``"about −72% y/y"``."""
    return re.sub(r"(?<!\w)-(?=\d)", "−", name)


def tied(text: str) -> str:
    """Return `text` with no line break inside a percentage or a p-value."""
    text = re.sub(r"\bp ([=<]|&lt;) (?=\d)", "p\u00a0\\1\u00a0", text)
    return re.sub(r"(?<=\d) %", "\u00a0%", text)


def localised(text: str, locale: str) -> str:
    """Return `text` with the numbers in it as readers of a language write them; words stay.

    Parameters
    ----------
    text : str
        With numbers such as ``1,082.5``.
    locale : str
        ``"de"``, ``"de_CH"``, ``"fr-FR"``.
    """
    code = locale.partition(".")[0].casefold().replace("-", "_")
    marks = LOCALES.get(code) or LOCALES.get(code.partition("_")[0])
    if marks is None:
        raise SpecificationError(
            f"locale {shown(locale)} is not known{did_you_mean(code, sorted(LOCALES))}; "
            f"choose one of: {', '.join(sorted(LOCALES))}"
        )

    def written(number: re.Match[str]) -> str:
        return number[1].replace(",", marks[1]) + (number[2] or "").replace(".", marks[0])

    return NUMBER.sub(written, text)
