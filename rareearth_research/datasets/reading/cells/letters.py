"""Which letters are these bytes? Known for sure, or asked for; never those of another alphabet.

UTF-8 and UTF-16 show themselves. GB18030 and Windows-1252 do only in what they make of the
bytes: in Chinese text those beyond ASCII come in pairs and the letters are common ones, in Western
text they come singly between Latin letters.
"""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path

from rareearth_research.datasets.reading.cells.options import Options
from rareearth_research.facts import facts

# The letters that half of any Chinese text is made of, and those of tables of prices.
COMMON = frozenset("".join(facts(Path(__file__).with_suffix(".toml"))["common"]))
SIGNS = "€£¥$§°·’‘“”–—…²³½¼±×µ®©™«»ªº¡¿"
OFFERED = (
    "utf-16 if it is Excel's 'Unicode text', cp1252 from a Western Windows, gb18030 from a "
    "Chinese one, cp1251 from a Russian, cp1250 from a Central European, big5, shift_jis or euc-kr "
    "from Taiwan, Japan or Korea"
)
SCRIPTS = {"euc-kr": "가-힣", "cp1251": "А-яЁё", "shift_jis": "ぁ-ヿ一-鿿", "big5": "一-鿿"}
_HIGH = re.compile(rb"[\x80-\xff]+")


def decoded(content: bytes, what: str, options: Options) -> tuple[str, str]:
    """Return the text of a file, and the encoding it is in.

    Parameters
    ----------
    content : bytes
    what : str
        The file, for messages.
    options : Options
        Its `encoding` is taken at its word.
    """
    asked = options.encoding.lower()
    plain = asked in ("utf-8", "utf8", "")
    mark = content[:2] in (b"\xff\xfe", b"\xfe\xff")
    guess = asked if not plain else ("utf-16" if mark and not asked else "utf-8-sig")
    try:
        text = content.decode(guess)
        if "\0" not in text:
            return text, guess.removesuffix("-sig")
        at = content.index(b"\0")
    except UnicodeError as error:
        at = getattr(error, "start", 0)
    found = _found(content)
    if found and not asked:
        return content.decode(found), found
    fits = (name for name, letters in SCRIPTS.items()
            if re.fullmatch(f"[\1-\x7f{letters}]+", _reads(content, name)))  # fmt: skip
    offer = found or ("utf-16-le" if b"\0" in content else next(fits, "gb18030"))
    return options.refuse(
        f"{what}, line {content[:at].count(10) + 1}: not {(asked or 'utf-8').upper()}, so its "
        f"letters cannot be known; give its encoding, {options.key('encoding', offer)} ({OFFERED})"
    )


def _found(content: bytes) -> str:
    """Return the one encoding but UTF-8 that these bytes show, or an empty text."""
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return "utf-16" if _reads(content, "utf-16") else ""
    if b"\0" in content:
        first = content[:4000]
        for name, zeros in (("utf-16-le", first[1::2]), ("utf-16-be", first[::2])):
            if zeros.count(0) > len(zeros) / 4 and "\0" not in (_reads(content, name) or "\0"):
                return name
        return ""
    runs = _HIGH.findall(content)
    chinese = _reads(content, "gb18030")
    if chinese and (len(runs) > 1 or len(runs[0]) > 3):
        letters = {c for c in chinese if "\u4e00" <= c <= "\u9fff"}
        others = {c for c in chinese if ord(c) > 127 and not _is_chinese(c)}
        if letters and not others and len(letters & COMMON) * 2 >= len(letters):
            return "gb18030"
    western = _reads(content, "cp1252")
    beyond = {c for c in western if ord(c) > 127}
    if beyond and all(len(run) < 3 for run in runs) and all(map(_is_western, beyond)):
        lone = sum(len(run) == 1 for run in runs)
        return "cp1252" if lone * 3 >= len(runs) * 2 else ""
    return ""


def _reads(content: bytes, encoding: str) -> str:
    try:
        return content.decode(encoding)
    except UnicodeError:
        return ""


def _is_chinese(letter: str) -> bool:
    return (
        "\u4e00" <= letter <= "\u9fff"
        or "\u3000" <= letter <= "\u303f"
        or letter in "·—’“”‘…℃‰¥"
        or "\uff00" <= letter <= "\uffef"
    )


def _is_western(letter: str) -> bool:
    return (
        letter in SIGNS
        or letter == "\xa0"
        or (unicodedata.category(letter) in ("Ll", "Lu") and ord(letter) < 0x180)
    )
