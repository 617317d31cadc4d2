"""What may the formula of a regression say? Columns, operators and a few functions.

A formula is text from outside: it is data and never run. patsy parses its operators, which become
terms here; the factors of a term are read from their syntax tree, and what it may hold is listed
here. `formula_values` turns what was read into regressors.
"""

from __future__ import annotations

import ast
import re
import tokenize
from dataclasses import dataclass
from typing import Any

from rareearth_research.errors import SpecificationError, did_you_mean, shown
from rareearth_research.eventstudy.questions import formula_values

Term = tuple[str, ...]  # the factors of a term; () is the intercept
Terms = dict[frozenset[str], Term]

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
    """Turns the tree of operators, as patsy parses them, into terms."""

    def __init__(self, text: str, columns: list[str]) -> None:
        self.text, self.columns = text, columns
        self.factors: dict[str, ast.expr] = {}
        self.used: dict[str, None] = {}

    def read(self) -> Formula:
        from patsy import PatsyError
        from patsy.parse_formula import parse_formula

        try:
            tree = parse_formula(self.text)
        except (PatsyError, SyntaxError, tokenize.TokenError, AssertionError):
            # AssertionError: patsy knows how the tokenizer of Python 3.11 complains, no later one
            raise self.error(self.text) from None
        if tree.token is not None:  # one that stands in the text
            raise self.error("~")
        terms = self.sum(tree.args[0], outermost=True)
        if not terms:
            raise SpecificationError(f"formula {shown(self.text)} stands for no term; add one")
        return Formula(self.text, tuple(terms.values()), self.factors, tuple(self.used))

    def error(self, part: str) -> SpecificationError:
        return SpecificationError(
            f"formula {shown(self.text)}: {shown(part)} cannot stand in a formula, which is never "
            f"run as code; it may hold {ALLOWED}"
        )

    def unknown(self, column: str) -> SpecificationError:
        return SpecificationError(
            f"formula {shown(self.text)} cannot be evaluated: neither the characteristics nor car "
            f"have a column {shown(column)}{did_you_mean(column, self.columns)}; use one of "
            f'{shown(", ".join(self.columns), 300)} (a blank in it: Q("..."))'
        )

    def sum(self, node: Any, *, outermost: bool = False) -> Terms:
        """Terms by their factors, in order; the intercept is there unless taken out."""
        found: Terms = {frozenset(): ()} if outermost else {}
        sign, parts = "+", (node,)
        if node.type in ("+", "-"):
            sign, parts = node.type, node.args
        if len(parts) == 2:
            found = self.sum(parts[0], outermost=outermost)
        if outermost and parts[-1].type in ("ZERO", "ONE"):
            found.pop(frozenset(), None)
            keep = (parts[-1].type == "ONE") == (sign == "+")
            return {frozenset(): (), **found} if keep else found
        for key, term in self.product(parts[-1]).items():
            if sign == "+":
                found.setdefault(key, term)
            elif found.pop(key, None) is None:
                raise self.error(f"- {':'.join(term)}, which takes out no term")
        return self.bounded(found)

    def product(self, node: Any) -> Terms:
        """Terms of what binds more tightly than + and -, or stands in brackets."""
        if node.type == "PYTHON_EXPR":
            return self.factor(node.token.extra)
        if node.type in ("+", "-"):
            return self.sum(node)
        if node.type == "**":
            return self.power(*node.args)
        if node.type not in (":", "*", "/"):
            raise self.error(node.token.extra or node.type)
        left, right = map(self.product, node.args)
        if node.type == ":":
            return self.crossed(left, right)
        if node.type == "*":
            return self.bounded(left | right | self.crossed(left, right))
        whole = tuple(dict.fromkeys(name for term in left.values() for name in term))
        return self.bounded(left | self.crossed({frozenset(whole): whole}, right))

    def power(self, node: Any, times: Any) -> Terms:
        base, exponent = self.product(node), str(times.token.extra)
        if not exponent.isdecimal() or len(exponent) > 1 or exponent == "0":
            raise self.error(f"** {exponent}")
        if len(base) == 1 and exponent != "1":
            name = ":".join(next(iter(base.values())))
            raise self.error(f"{name} ** {exponent} (write I({name} ** {exponent}))")
        found = base
        for _ in range(int(exponent) - 1):
            found = found | self.crossed(found, base)
        return found

    def factor(self, text: str) -> Terms:
        try:
            node = ast.parse(text, mode="eval").body
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            words = text.replace(" ", "").isidentifier()  # a name with blanks in it
            raise (self.unknown(text) if words else self.error(text)) from None
        self.judge(node, text, outermost=True)
        name = ast.unparse(node)
        self.factors[name] = node
        return {frozenset([name]): (name,)}

    def judge(self, node: ast.expr, text: str, *, outermost: bool = False) -> None:
        """Raise unless the syntax tree holds only what is listed."""
        column, (called, argument) = formula_values.column_of(node), formula_values.call_of(node)
        if column is not None:
            if column not in self.columns:
                raise self.unknown(column)
            self.used[column] = None
        elif called in formula_values.FUNCTIONS or (
            called == "C" and outermost and formula_values.column_of(argument) is not None
        ):
            self.judge(argument, text)
        elif isinstance(node, ast.BinOp) and type(node.op) in formula_values.OPERATORS:
            self.judge(node.left, text)
            self.judge(node.right, text)
        elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub | ast.UAdd):
            self.judge(node.operand, text)
        elif not (isinstance(node, ast.Constant) and type(node.value) in (int, float)):
            dotted = node.func if isinstance(node, ast.Call) else node
            if isinstance(dotted, ast.Attribute) and dotted.attr in formula_values.FUNCTIONS:
                text = f"{text} (write {dotted.attr}(...) alone)"
            raise self.error(text)

    def crossed(self, left: Terms, right: Terms) -> Terms:
        found: Terms = {}
        for one in left.values():
            for other in right.values():
                term = tuple(dict.fromkeys([*one, *other]))
                found.setdefault(frozenset(term), term)
            self.bounded(found)
        return found

    def bounded(self, terms: Terms) -> Terms:
        if len(terms) > MOST_TERMS:
            raise SpecificationError(
                f"formula {shown(self.text)} stands for more than {MOST_TERMS} terms; write fewer"
            )
        return terms
