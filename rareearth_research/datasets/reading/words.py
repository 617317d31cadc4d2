"""What do others call a date, a security, a price? `words.toml` lists the names of columns."""

from __future__ import annotations

import re
from pathlib import Path

from rareearth_research.facts import facts

WORDS = facts(Path(__file__).with_suffix(".toml"))
ADJUSTED, CLOSES = frozenset(WORDS["columns"]["adjusted"]), frozenset(WORDS["columns"]["close"])
MEANINGS: dict[str, tuple[str, ...]] = {
    **{
        name: WORDS["columns"][name] for name in ("date", "security", "return", "currency", "other")
    },
    "price": WORDS["columns"]["adjusted"] + WORDS["columns"]["close"],
}
KNOWN = {name: meaning for meaning, names in MEANINGS.items() for name in names}
# What a return of that name is: percent or fraction, log or simple; "" where the name does not say.
UNITS = {
    name: tuple(
        next((word for word in words if name in WORDS["returns"][word]), "")
        for words in (("fraction", "percent"), ("simple", "log"))
    )
    for names in WORDS["returns"].values()
    for name in names
}
MARKETS = frozenset(WORDS["symbols"]["markets"])
SEPARATORS = (" - ", ":", "(", "_", ".", " ")


def is_index(symbol: str) -> bool:
    """Return whether a symbol is that of an index, ``^FCHI`` or ``CAC Index``."""
    bare = symbol.strip().upper()
    return bare.startswith("^") or bare.endswith(" INDEX")


def is_market(symbol: str) -> bool:
    """Return whether a symbol names an index, or a fund that holds a whole market."""
    bare = re.sub(r"( US)?( EQUITY)?$|\.US$", "", symbol.strip().upper())
    return is_index(bare) or bare in MARKETS


def plain(name: object) -> str:
    """Return a name without case, blanks and signs; the per cent sign stays."""
    return re.sub(r"[^\w%]|_", "", str(name).casefold())


def rank(name: object, meaning: str) -> int:
    """Return the place of a column among those of a meaning; the first counts."""
    names = MEANINGS[meaning]
    own = plain(name)
    return names.index(own) if own in names else len(names)


def split_label(label: str) -> tuple[str, str]:
    """Return security and field of a heading that holds both, as ``MP.Close``; else ("", "").

    ``VALE(P)`` and ``VALE(RI)`` are Datastream's way to write prices and total return indices.
    """
    code = re.fullmatch(r"(.+)\(([A-Z]{1,2})\)", label.strip())
    if code and code[2].lower() in WORDS["datastream"]:
        return code[1].strip(), WORDS["datastream"][code[2].lower()]
    for separator in SEPARATORS:
        for at in (label.rfind(separator), label.find(separator)):
            left, right = label[:at].strip(), label[at + len(separator) :].strip(" )")
            for name, other in ((left, right), (right, left)):
                if at > 0 and name and KNOWN.get(plain(other)) in ("price", "return", "other"):
                    return name, other
    return "", ""
