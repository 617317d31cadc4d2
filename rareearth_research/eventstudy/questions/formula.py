"""What may the formula of a regression say? Columns, operators and a few functions.

A formula is text from outside: it is data and never run. Its operators are read token by token
into terms, the factors of a term from their syntax tree, and what the tree may hold is listed
here. `formula_values` turns what was read into regressors.
"""

from __future__ import annotations

import ast
import io
import re
import tokenize
from dataclasses import dataclass

from rareearth_research.errors import SpecificationError, did_you_mean, shown
from rareearth_research.eventstudy.questions.formula_values import (
    FUNCTIONS,
    OPERATORS,
    call_of,
    column_of,
)

__all__ = ["Formula", "read_formula"]

Term = tuple[str, ...]  # the factors of a term; () is the intercept

_LEFT = re.compile(r"\s*(\w+)\s*~")
MOST_CHARACTERS, MOST_TERMS = 1000, 200
ALLOWED = (
    'columns of the characteristics, Q("name") for a name that is no identifier, + - * / : ** ( ), '
    "numbers, C, I, log, exp, sqrt, center and standardize"
)


@dataclass(frozen=True)
class Formula:
    """A formula that has been read.

    Attributes
    ----------
    text : str
    terms : tuple of tuple of str
        Names of the factors of each term; the empty term is the intercept.
    factors : dict of str to ast.expr
        The syntax tree behind each factor's name.
    columns : tuple of str
        Columns that the formula uses.
    """

    text: str
    terms: tuple[Term, ...]
    factors: dict[str, ast.expr]
    columns: tuple[str, ...]


def read_formula(text: object, columns: list[str]) -> Formula:
    """Read the right-hand side of a formula.

    Parameters
    ----------
    text : str
        As in ``"exposure + C(material_class) + log(size)"``; ``CAR ~`` may stand before it.
    columns : list of str
        Columns it may use.

    Raises
    ------
    SpecificationError
        Naming the term that is not in the list of what a formula may hold.
    """
    if not isinstance(text, str) or not text.strip():
        raise SpecificationError(
            f"formula must be text such as 'exposure + C(material_class)'; got {shown(text)}"
        )
    if len(text) > MOST_CHARACTERS:
        raise SpecificationError(
            f"formula has {len(text):,} characters; {MOST_CHARACTERS:,} are the most that is read"
        )
    left = _LEFT.match(text)
    if left and left[1].casefold() != "car":
        raise SpecificationError(
            f"formula {shown(text)} has {shown(left[1])} on its left; write 'CAR ~' there or the "
            "right-hand side alone"
        )
    right = text[left.end() :] if left else text
    return _Reader(right.strip().replace("\n", " "), columns).read()


class _Reader:
    """Reads operators by their precedence, weakest first: + -, * /, :, **."""

    def __init__(self, text: str, columns: list[str]) -> None:
        self.text, self.columns = text, columns
        self.factors: dict[str, ast.expr] = {}
        self.used: dict[str, None] = {}
        try:
            listed = list(tokenize.generate_tokens(io.StringIO(text).readline))
        except (tokenize.TokenError, SyntaxError):
            raise self.error(text) from None
        skip = (tokenize.NEWLINE, tokenize.NL, tokenize.ENDMARKER)
        self.tokens = [token for token in listed if token.type not in skip]
        self.at = 0

    def read(self) -> Formula:
        terms = self.sum(outermost=True)
        if self.at < len(self.tokens):
            raise self.error(self.peek())
        if not terms:
            raise SpecificationError(f"formula {shown(self.text)} stands for no term; add one")
        return Formula(self.text, tuple(terms.values()), self.factors, tuple(self.used))

    def error(self, part: str) -> SpecificationError:
        return SpecificationError(
            f"formula {shown(self.text)}: {shown(part)} cannot stand in a formula, which is never "
            f"run as code; it may hold {ALLOWED}"
        )

    def peek(self) -> str:
        return self.tokens[self.at].string if self.at < len(self.tokens) else ""

    def take(self) -> str:
        self.at += 1
        return self.tokens[self.at - 1].string if self.at <= len(self.tokens) else ""

    def sum(self, *, outermost: bool = False) -> dict[frozenset[str], Term]:
        """Terms by their factors, in order; the intercept is there unless taken out."""
        found: dict[frozenset[str], Term] = {frozenset(): ()} if outermost else {}
        sign = self.take() if self.peek() in ("+", "-") else "+"
        while True:
            if outermost and self.peek() in ("0", "1"):
                keep = (self.take() == "1") == (sign == "+")
                found.pop(frozenset(), None)
                found = {frozenset(): (), **found} if keep else found
            else:
                for key, term in self.product().items():
                    if sign == "+":
                        found.setdefault(key, term)
                    elif found.pop(key, None) is None:
                        raise self.error(f"- {':'.join(term)}, which takes out no term")
            if self.peek() not in ("+", "-"):
                return self.bounded(found)
            sign = self.take()

    def product(self) -> dict[frozenset[str], Term]:
        found = self.interaction()
        while self.peek() in ("*", "/"):
            nested = self.take() == "/"
            right = self.interaction()
            whole = tuple(dict.fromkeys(name for term in found.values() for name in term))
            left = {frozenset(whole): whole} if nested else found
            found = found | ({} if nested else right) | self.crossed(left, right)
        return self.bounded(found)

    def interaction(self) -> dict[frozenset[str], Term]:
        found = self.power()
        while self.peek() == ":":
            self.take()
            found = self.crossed(found, self.power())
        return found

    def power(self) -> dict[frozenset[str], Term]:
        base = self.atom()
        if self.peek() != "**":
            return base
        self.take()
        exponent = self.take()
        if not exponent.isdecimal() or not 1 <= int(exponent[:3]) <= 9 or len(exponent) > 1:
            raise self.error(f"** {exponent}")
        if len(base) == 1 and exponent != "1":
            name = ":".join(next(iter(base.values())))
            raise self.error(f"{name} ** {exponent} (write I({name} ** {exponent}))")
        found = base
        for _ in range(int(exponent) - 1):
            found = found | self.crossed(found, base)
        return found

    def atom(self) -> dict[frozenset[str], Term]:
        if self.peek() == "(":
            self.take()
            found = self.sum()
            if self.take() != ")":
                raise self.error(self.text)
            return found
        if self.at >= len(self.tokens):
            raise self.error(f"{self.text} …")
        first = self.tokens[self.at]
        name = self.take()
        if first.type != tokenize.NAME:
            raise self.error(name)
        if self.peek() in ("(", ".", "["):
            name = self.text[first.start[1] : self.end_of_call()]
        return self.factor(name)

    def end_of_call(self) -> int:
        """Go on to the end of a call, attribute or subscript; return where it ends in the text."""
        depth, end = 0, 0
        while self.at < len(self.tokens):
            token = self.peek()
            if not depth and token in (")", "]", "+", "-", "*", "/", ":", "**"):
                break
            depth += (token in "([{") - (token in ")]}")
            end = self.tokens[self.at].end[1]
            self.at += 1
        return end

    def factor(self, text: str) -> dict[frozenset[str], Term]:
        try:
            node = ast.parse(text, mode="eval").body
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            raise self.error(text) from None
        self.judge(node, text, outermost=True)
        name = ast.unparse(node)
        self.factors[name] = node
        return {frozenset([name]): (name,)}

    def judge(self, node: ast.expr, text: str, *, outermost: bool = False) -> None:
        """Raise unless the syntax tree holds only what is listed."""
        column, (called, argument) = column_of(node), call_of(node)
        if column is not None:
            if column not in self.columns:
                raise SpecificationError(
                    f"formula {shown(self.text)} cannot be evaluated: neither the "
                    f"characteristics nor car have a column {shown(column)}"
                    f"{did_you_mean(column, self.columns)}; use one of "
                    f'{shown(", ".join(self.columns), 300)} (a blank in it: Q("..."))'
                )
            self.used[column] = None
        elif called in FUNCTIONS or (
            called == "C" and outermost and column_of(argument) is not None
        ):
            self.judge(argument, text)
        elif isinstance(node, ast.BinOp) and type(node.op) in OPERATORS:
            self.judge(node.left, text)
            self.judge(node.right, text)
        elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub | ast.UAdd):
            self.judge(node.operand, text)
        elif not (isinstance(node, ast.Constant) and type(node.value) in (int, float)):
            dotted = node.func if isinstance(node, ast.Call) else node
            if isinstance(dotted, ast.Attribute) and dotted.attr in FUNCTIONS:
                text = f"{text} (write {dotted.attr}(...) alone)"
            raise self.error(text)

    def crossed(
        self, left: dict[frozenset[str], Term], right: dict[frozenset[str], Term]
    ) -> dict[frozenset[str], Term]:
        found: dict[frozenset[str], Term] = {}
        for one in left.values():
            for other in right.values():
                term = tuple(dict.fromkeys([*one, *other]))
                found.setdefault(frozenset(term), term)
            self.bounded(found)
        return found

    def bounded(self, terms: dict[frozenset[str], Term]) -> dict[frozenset[str], Term]:
        if len(terms) > MOST_TERMS:
            raise SpecificationError(
                f"formula {shown(self.text)} stands for more than {MOST_TERMS} terms; write fewer"
            )
        return terms
