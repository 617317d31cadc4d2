"""How is a text or a table set in LaTeX? For pdflatex with nothing beyond booktabs."""

from __future__ import annotations

import re
import unicodedata

import pandas as pd

_SIGNS = {
    "\\": r"\textbackslash{}", "&": r"\&", "%": r"\%", "$": r"\$", "#": r"\#", "_": r"\_",
    # BibTeX counts a brace even after a backslash
    "{": r"\textbraceleft{}", "}": r"\textbraceright{}",
    "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "<": "$<$", ">": "$>$", "|": "$|$",
    "[": "{[}", "*": "{*}",  # at the head of a row they belong to the \\ before it
    "−": "$-$", "–": "--", "—": "---", "…": r"\ldots{}", "≤": r"$\leq$", "≥": r"$\geq$",
    "≠": r"$\neq$", "±": r"$\pm$", "×": r"$\times$", "√": r"$\surd$", "∞": r"$\infty$",
    "·": r"$\cdot$", "→": r"$\rightarrow$", "“": "``", "”": "''", "‘": "`", "’": "'", "„": "``",
    '"': "''", "²": "$^2$", "°": r"$^\circ$", "µ": r"$\mu$", "€": "EUR", "§": r"\S{}",
    "β": r"$\beta$", "σ": r"$\sigma$", "ρ": r"$\rho$", "α": r"$\alpha$", "†": r"$\dagger$",
    "✓": "yes", "\u00a0": "~", "\u202f": r"\,", "\u2009": r"\,", "\N{COMBINING MACRON}": "",
    "ß": r"\ss{}", "æ": r"\ae{}", "Æ": r"\AE{}", "ø": r"\o{}", "Ø": r"\O{}", "œ": r"\oe{}",
    "Œ": r"\OE{}", "ł": r"\l{}", "Ł": r"\L{}",
}  # fmt: skip
# grave, acute, circumflex, tilde, macron, breve, dot, diaeresis, ring, two acutes, caron, cedilla
_ACCENTS = dict(zip("\u0300\u0301\u0302\u0303\u0304\u0306\u0307\u0308\u030a\u030b\u030c\u0327",
                    "`'^~=u.\"rHvc", strict=True))  # fmt: skip


def escaped(text: object) -> str:
    """Return a text as ASCII that any pdflatex compiles; a sign it lacks becomes a question mark.

    It stays on one line, and every brace in it is closed, as BibTeX asks for.

    Examples
    --------
    >>> escaped("S&P 500: −3 %, p < 0.05")
    'S\\\\&P 500: $-$3 \\\\%, p $<$ 0.05'
    """
    plain = re.sub(r"[\t-\r ]+", " ", str(text))
    plain = re.sub("(\\w)\N{COMBINING MACRON}", r"mean \1", plain)  # r̄ has no sign of its own
    plain = re.sub(r"(?<![\w\])])-(?=[\d.])", "−", plain)
    return "".join(map(_sign, unicodedata.normalize("NFC", plain)))


def _sign(sign: str) -> str:
    if sign in _SIGNS:
        return _SIGNS[sign]
    if unicodedata.category(sign)[0] == "C":  # of control, which no text shows
        return ""
    parts = unicodedata.normalize("NFD", sign)
    base, marks = parts[0], parts[1:]
    if not base.isascii() or (marks and not base.isalpha()):
        return "?"
    for mark in marks:
        base = f"\\{_ACCENTS[mark]}{{{base}}}" if mark in _ACCENTS else base
    return base


def tabular(frame: pd.DataFrame, caption: str = "", notes: str = "", columns: str = "") -> str:
    r"""Return a frame of texts as a ``table`` with booktabs rules, its caption and notes.

    Parameters
    ----------
    frame : DataFrame
        Shown without its index.
    caption, notes : str
    columns : str, optional
        Of the tabular, as ``"lrr"``; by default text at the left and numbers at the right.
    """
    kinds = columns or "".join("r" if dtype.kind in "iufb" else "l" for dtype in frame.dtypes)
    rows = [[escaped(cell) for cell in row] for row in frame.itertuples(index=False, name=None)]
    head, *body = [" & ".join(cells) + r" \\" for cells in ([*map(escaped, frame.columns)], *rows)]
    lines = ["% needs \\usepackage{booktabs}", r"\begin{table}[htbp]", r"\centering"]
    lines += [rf"\caption{{{escaped(caption)}}}"] if caption else []
    lines += [rf"\begin{{tabular}}{{{kinds}}}", r"\toprule", head, r"\midrule", *body]
    lines += [r"\bottomrule", r"\end{tabular}"]
    if notes:
        lines += ["", r"\medskip", r"\begin{minipage}{0.95\linewidth}\footnotesize"]
        lines += [rf"\emph{{Notes:}} {escaped(notes)}", r"\end{minipage}"]
    return "\n".join([*lines, r"\end{table}", ""])
