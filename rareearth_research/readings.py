"""Which days can a text mean? Every form of a date that is known, in seven languages.

Day and month in numbers can be read in two ways; a name, a year in front or digits in one.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from calendar import monthrange
from collections import defaultdict

OFFSET = r"[+-](?:0[0-9]|1[0-4])"  # hours of a zone; 18:00-20:00 is two clock times
CLOCK = (
    r"(?:[T ]\s*(?P<clock>\d{1,2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?(?:\s?[AP]M)?)"
    rf"\s?(?:Z|UTC|GMT|{OFFSET}:?\d{{2}})?)?"
)
_NAMES = (  # English, German, French, Spanish, Italian, Portuguese, Dutch, without accents
    "january januar janner jaenner janvier enero gennaio janeiro januari",
    "february februar fevrier febrero febbraio fevereiro februari",
    "march marz maerz mrz mars marzo marco maart mrt",
    "april avril abril aprile",
    "may mai mayo maggio maio mei",
    "june juni juin junio giugno junho",
    "july juli juillet julio luglio julho",
    "august aout agosto augustus",
    "september septembre septiembre settembre setembro",
    "october oktober octobre octubre ottobre outubro",
    "november novembre noviembre novembro",
    "december dezember decembre diciembre dicembre dezembro",
)


def _months() -> dict[str, int]:
    """Return the month of each beginning of a name, of three letters or more, that has one."""
    found: dict[str, set[int]] = defaultdict(set)
    for number, names in enumerate(_NAMES, 1):
        for name in names.split():
            for end in range(3, len(name) + 1):
                found[name[:end]].add(number)
    return {name: months.pop() for name, months in found.items() if len(months) == 1}


MONTHS = _months()
MONTH = rf"(?P<name>{'|'.join(sorted(MONTHS, key=len, reverse=True))})\.?"
FORMS = {  # of text without accents
    "year first": r"(?P<y>\d{4})[-/.年](?P<m>\d{1,2})[-/.月](?P<d>\d{1,2})日?",
    "digits": r"(?P<y>(?:19|20)\d{2})(?P<m>0[1-9]|1[0-2])(?P<d>0[1-9]|[12]\d|3[01])",
    "numeric": r"(?P<a>\d{1,2})(?P<sign>[-/. ])(?P<b>\d{1,2})(?P=sign)(?P<y>\d{4}|\d{2})",
    "day and name": r"(?P<d>\d{1,2})(?:\.|er)?[ -]?(?:de )?"
    rf"{MONTH}[ -]?(?:de )?(?P<y>\d{{4}}|\d{{2}})",
    "name and day": rf"{MONTH} ?(?P<d>\d{{1,2}}),? ?(?P<y>\d{{4}})",
}
PATTERNS = {kind: re.compile(form + CLOCK, re.I | re.ASCII) for kind, form in FORMS.items()}


def flat(text: str) -> str:
    """Return a text without accents and blanks around it."""
    apart = unicodedata.normalize("NFD", text.strip())
    return "".join(letter for letter in apart if not unicodedata.combining(letter))


def readings(text: str) -> tuple[list[str], str]:
    """Return the days that a text can mean, as ISO text; if there are none, why not.

    Parameters
    ----------
    text : str
        A clock time behind the day is passed over.

    Returns
    -------
    list of str and str
        Both empty where the text has no form of a date.
    """
    plain = flat(text) if len(text) < 100 else ""  # no day with its clock time is as long
    found = next(filter(None, (form.fullmatch(plain) for form in PATTERNS.values())), None)
    if found is None:
        return [], ""
    parts = found.groupdict()
    if "a" in parts:
        a, b, y = (int(parts[name]) for name in "aby")
        ways = [(full_year(y), b, a), (full_year(y), a, b)]
        ways += [(full_year(a), b, y)] if len(parts["y"]) == 2 else []
    else:
        month = MONTHS[parts["name"].lower()] if "name" in parts else int(parts["m"])
        ways = [(full_year(int(parts["y"])), month, int(parts["d"]))]
    wrong = {way: _wrong(*way) for way in ways}
    days = sorted(str(dt.date(*way)) for way, why in wrong.items() if not why)
    return days, "" if days else min(wrong.values(), key=lambda why: "months" in why)


def full_year(year: int) -> int:
    """Return a year of two digits as one of four: 69 is 1969, 68 is 2068."""
    return year + (0 if year > 99 else 2000 if year < 69 else 1900)


def _wrong(year: int, month: int, day: int) -> str:
    """Say why there is no such day, or nothing."""
    if not 1 <= month <= 12:
        return "a year has twelve months"
    last, name = monthrange(max(year, 1), month)[1], _NAMES[month - 1].split()[0]
    return "" if 1 <= day <= last else f"{name.capitalize()} {year} has days 1 to {last}"


def no_clock(day: str, clock: str) -> str:
    """Say what to write for a clock time that no day has, such as 24:00."""
    if not re.match("24:00", clock):
        return "a clock shows 00:00 to 23:59"
    following = dt.date.fromisoformat(day) + dt.timedelta(days=1)
    return f"the end of a day is the beginning of the next, '{following}T00:00{clock[5:]}'"
