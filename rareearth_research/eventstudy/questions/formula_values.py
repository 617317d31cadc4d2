"""What numbers does a formula stand for? Finished columns, computed from its syntax trees.

Nothing is run: each node of a tree that `formula` has judged is looked up here. Only the coding of
classes is left to patsy, which is handed finished columns.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from rareearth_research.errors import SpecificationError, shown

FUNCTIONS: dict[str, Callable[[Any], Any]] = {
    "I": lambda x: x,
    "log": np.log,
    "exp": np.exp,
    "sqrt": np.sqrt,
    "center": lambda x: x - np.mean(x),
    "standardize": lambda x: (x - np.mean(x)) / np.std(x),
}
OPERATORS: dict[type, Callable[[Any, Any], Any]] = {
    ast.Add: np.add,
    ast.Sub: np.subtract,
    ast.Mult: np.multiply,
    ast.Div: np.divide,
    ast.Pow: np.power,
}
_LARGEST = 1e100  # whose square a regression can still add up
_CLASSES = (str, bool, np.bool_, int, np.integer, float, np.floating)


def design(
    terms: Sequence[tuple[str, ...]], factors: Mapping[str, ast.expr], rows: pd.DataFrame
) -> pd.DataFrame:
    """Return the regressors, one named column each, for rows without a missing value.

    Parameters
    ----------
    terms : sequence of tuple of str
        Names of the factors of each term; the empty term is the intercept.
    factors : mapping of str to ast.expr
        The syntax tree behind each factor's name.
    rows : DataFrame
        The columns of the formula, with ``security`` and ``event_id`` for messages.
    """
    import patsy

    used = dict.fromkeys(name for term in terms for name in term)
    if not used:
        return pd.DataFrame({"Intercept": 1.0}, index=rows.index)
    data = {name: _factor(factors[name], rows, name) for name in used}
    looked_up = {
        name: patsy.LookupFactor(name, force_categorical=call_of(factors[name])[0] == "C")
        for name in used
    }
    listed = [patsy.Term([looked_up[name] for name in term]) for term in terms]
    made = patsy.dmatrix(patsy.ModelDesc([], listed), data)
    return pd.DataFrame(np.asarray(made), rows.index, made.design_info.column_names)


def call_of(node: ast.expr) -> tuple[str, ast.expr]:
    """Return name and argument of a call ``name(argument)``; the name is "" for anything else."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and len(node.args) == 1:
        argument = node.args[0]
        if not node.keywords and not isinstance(argument, ast.Starred):
            return node.func.id, argument
    return "", node


def column_of(node: ast.expr) -> str | None:
    """Return the column that ``name`` or ``Q("name")`` stands for, or None."""
    if isinstance(node, ast.Name):
        return node.id
    called, argument = call_of(node)
    if called == "Q" and isinstance(argument, ast.Constant) and isinstance(argument.value, str):
        return argument.value
    return None


def _factor(node: ast.expr, rows: pd.DataFrame, name: str) -> Any:
    """Return the values of a factor: classes, or finite numbers."""
    called, inner = call_of(node)
    column, named = column_of(inner if called == "C" else node), called == "C"
    if column is not None:
        values = rows[column].infer_objects()
        if named or not _is_numeric(values):
            return _classes(values, column, named=named)
    with np.errstate(all="ignore"):
        found = np.broadcast_to(_number(node, rows), len(rows)).astype(np.float64)
    wrong = ~(np.abs(found) < _LARGEST)
    if wrong.any():
        row = rows.loc[wrong].iloc[0]
        raise SpecificationError(
            f"{shown(name)} of the formula is {found[wrong][0]} for security "
            f"{shown(row['security'])} at event {shown(row['event_id'])}; leave out or transform "
            "what is too large or not defined there"
        )
    return found


def _number(node: ast.expr, rows: pd.DataFrame) -> Any:
    column = column_of(node)
    if column is not None:
        values = rows[column].infer_objects()
        if values.dtype.kind not in "iufb":
            raise SpecificationError(
                f"column {shown(column)} is {values.dtype}, not numbers; use it as C({column}), or "
                "convert it with pd.to_numeric"
            )
        return values.to_numpy(dtype=np.float64)
    if isinstance(node, ast.Constant):
        value: Any = node.value
        return np.float64(min(value, 1e300))  # of a whole number of any length
    if isinstance(node, ast.BinOp):
        return OPERATORS[type(node.op)](_number(node.left, rows), _number(node.right, rows))
    if isinstance(node, ast.UnaryOp):
        value = _number(node.operand, rows)
        return -value if isinstance(node.op, ast.USub) else value
    called, argument = call_of(node)
    return FUNCTIONS[called](_number(argument, rows))


def _is_numeric(values: pd.Series) -> bool:
    dtype = values.dtype
    return pd.api.types.is_numeric_dtype(dtype) and not pd.api.types.is_bool_dtype(dtype)


def _classes(values: pd.Series, column: str, *, named: bool) -> list[Any]:
    """Return a column as classes, or raise where it holds numbers as text, blanks or no classes."""
    kinds = {type(value) for value in values}
    if len(kinds) > 1 or not all(issubclass(kind, _CLASSES) for kind in kinds):
        listed = ", ".join(sorted(kind.__name__ for kind in kinds))
        raise SpecificationError(
            f"column {shown(column)} holds {listed}; give numbers, or one kind of text for classes"
        )
    if kinds == {str}:
        if (values.str.strip() == "").any():
            raise SpecificationError(
                f"column {shown(column)} holds blank text; write NaN where nothing is known"
            )
        if not named and pd.to_numeric(values, errors="coerce").notna().all():
            raise SpecificationError(
                f"column {shown(column)} holds numbers as text; convert it with pd.to_numeric, or "
                f"write C({column}) for classes"
            )
    if len(values) and values.nunique() < 2:
        raise SpecificationError(
            f"column {shown(column)} is {shown(values.iloc[0])} in all {len(values)} rows, with "
            "nothing to compare; drop the term"
        )
    return values.tolist()
