"""How is a text or a table set in LaTeX? For pdflatex with nothing beyond booktabs."""

from __future__ import annotations

import re
import unicodedata

import pandas as pd

__all__ = ["escaped", "tabular"]

_SIGNS = {
    "\\": r"\textbackslash{}", "&": r"\&", "%": r"\%", "$": r"\$", "#": r"\#", "_": r"\_",
    "{": r"\{", "}": r"\}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "<": "$<$",
    ">": "$>$", "|": "$|$", "−": "$-$", "–": "--", "—": "---", "…": r"\ldots{}", "≤": r"$\leq$",
    "≥": r"$\geq$", "±": r"$\pm$", "×": r"$\times$", "√": r"$\surd$", "∞": r"$\infty$",
    "·": r"$\cdot$", "→": r"$\rightarrow$", "“": "``", "”": "''", "‘": "`", "’": "'", "„": "``",
    '"': "''", "²": "$^2$", "β": r"$\beta$", "σ": r"$\sigma$", "ρ": r"$\rho$", "α": r"$\alpha$",
    "[": "{[}", "†": r"$\dagger$", "✓": "yes", "\u00a0": "~", "\u202f": r"\,", "\u2009": r"\,",
    "\N{COMBINING MACRON}": "",
}  # fmt: skip


def escaped(text: object) -> str:
    """Return a text as LaTeX that any pdflatex compiles; a sign it lacks becomes a question mark.

    Examples
    --------
    >>> escaped("S&P 500: −3 %, p < 0.05")
    'S\\\\&P 500: $-$3 \\\\%, p $<$ 0.05'
    """
    plain = re.sub("(\\w)\N{COMBINING MACRON}", r"mean \1", str(text))  # r̄ has no sign of its own
    plain = re.sub(r"(?<![\w\])])-(?=[\d.])", "−", plain)
    return "".join(map(_sign, unicodedata.normalize("NFC", plain)))


def _sign(sign: str) -> str:
    if sign in _SIGNS:
        return _SIGNS[sign]
    base = unicodedata.normalize("NFD", sign)[0]
    return sign if base.isascii() or sign in "ßæøÆØœŒ" else "?"


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
