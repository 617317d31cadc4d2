"""Take a user's key out of whatever is shown or kept: whole, in part, and as it looks in a URL.

Servers echo what they were asked, cut it short, encode it, put it into pages. So a text is not
searched for the key but for any piece of it, over the letters and digits of both, and before
anything is cut from the text: the rest of a key that a cut went through could not be found.
"""

from __future__ import annotations

import re
from urllib.parse import unquote_to_bytes

PIECE = 8  # letters or digits in a row that betray a key; shorter runs occur by chance
PIECE_OF_ANSWER = 16  # an answer may hold millions of digits
MARK = "***"
# A key by its name, whosever it is; and the user and password of an address.
NAMED = re.compile(
    r"""(?ix) ( (?:api[_-]?key | subscription-key | crumb) ["']? \s* [=:] \s* ["']? ) [^&\s'"<>]+"""
)
LOGIN = re.compile(r"//[^/@\s]+@")
# One letter or digit, plain or percent-encoded (also more than once).
SIGN = re.compile(r"%(?:25)*([0-9A-Fa-f]{2})|([0-9A-Za-z])")


def redact(text: str, secret: str, piece: int = PIECE) -> str:
    """Return `text` with every piece of `secret` blanked.

    Parameters
    ----------
    text
        What an upstream sent, or an address.
    secret
        The key; empty if there is none.
    piece
        Letters and digits in a row that count as a piece of the key.
    """
    return LOGIN.sub(f"//{MARK}@", NAMED.sub(rf"\1{MARK}", _without(text, secret, piece)))


def redact_answer(content: bytes, secret: str) -> bytes:
    """Return an upstream's answer without the key, so that nothing made of it can hold it."""
    size = min(PIECE_OF_ANSWER, len(secret))
    pieces = {secret[i : i + size].lower().encode() for i in range(len(secret) - size + 1)}
    seen = unquote_to_bytes(content).lower() if b"%" in content else content.lower()
    if not secret or not any(piece in seen for piece in pieces):
        return content  # nearly always: a search through many letters takes its time
    return _without(content.decode("latin-1"), secret, PIECE_OF_ANSWER).encode("latin-1")


def _without(text: str, secret: str, piece: int) -> str:
    plain = "".join(sign for sign in secret if sign.isascii() and sign.isalnum()).casefold()
    if not plain:
        return text.replace(secret, MARK) if secret else text
    signs, places = _signs(text)
    size = min(piece, len(plain))
    pieces = {plain[i : i + size] for i in range(len(plain) - size + 1)}
    found = [i for i in range(len(signs) - size + 1) if signs[i : i + size] in pieces]
    out: list[str] = []
    end = 0
    for start in found:
        first, last = places[start][0], places[start + size - 1][1]
        if first > end or not out:
            out += [text[end:first], MARK]
        end = last
    return "".join([*out, text[end:]])


def _signs(text: str) -> tuple[str, list[tuple[int, int]]]:
    """Return the letters and digits of `text`, decoded and in lower case, and where each stands."""
    signs, places = [], []
    for match in SIGN.finditer(text):
        sign = chr(int(match[1], 16)) if match[1] else match[2]
        if sign.isascii() and sign.isalnum():
            signs.append(sign.casefold())
            places.append(match.span())
    return "".join(signs), places
