"""Materials: which minerals there are, how they are classed, and who controls them."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from rareearth_research.arguments import check_flag, check_names
from rareearth_research.datasets.catalog import read
from rareearth_research.datasets.loaders.filters import Names
from rareearth_research.datasets.tables.vocabulary import OTHER_SYMBOLS
from rareearth_research.errors import DataError, did_you_mean, shown


def load_materials(
    symbols: Names | None = None, *, rare_earths: bool | None = None
) -> pd.DataFrame:
    """Return the materials table, one row per element.

    Parameters
    ----------
    symbols : str or list of str, optional
        Chemical symbols or element names; all by default. Rows come in the order asked for.
    rare_earths : bool, optional
        ``True`` for the 17 rare earths only, ``False`` for the other minerals only.

    Returns
    -------
    DataFrame
        With a RangeIndex and the columns described in ``data/README.md``.

    Raises
    ------
    DataError
        For a symbol or name the table does not hold.
    """
    materials = read("materials")
    if symbols is not None:
        rows = materials.set_index("symbol", drop=False)
        materials = rows.loc[symbols_of("symbols", symbols, materials["symbol"])].reset_index(
            drop=True
        )
    if rare_earths is not None:
        keep = materials["is_rare_earth"] == check_flag("rare_earths", rare_earths, DataError)
        materials = materials[keep].reset_index(drop=True)
    return materials


def symbols_in(lists: pd.Series, names: Names | None) -> list[str] | None:
    """Return the symbols behind the argument `materials`, which must be in ``;`` separated lists.

    None stands for all.
    """
    if names is None:
        return None
    parts = lists.str.split(";").explode()
    return symbols_of("materials", names, parts[parts != ""])


def symbols_of(argument: str, names: Names, known: Iterable[str]) -> list[str]:
    """Return the symbols behind `names`, which may be symbols in `known` or element names.

    `argument` is what the caller calls `names`. Case does not count.
    """
    symbols = {name.casefold(): symbol for name, symbol in spoken(known).items()}
    found = []
    for name in check_names(argument, names, DataError):
        if name.casefold() not in symbols:
            raise DataError(
                f"{argument}: {shown(name)} is not a known symbol or element name"
                f"{did_you_mean(name, spoken(known))}. See rer.load_materials() for all"
            )
        found.append(symbols[name.casefold()])
    return found


def spoken(known: Iterable[str]) -> dict[str, str]:
    """Return the symbol behind each symbol in `known` and each element name of one of them."""
    table = read("materials")
    names = OTHER_SYMBOLS | dict(zip(table["symbol"], table["name"], strict=True))
    symbols = {symbol: symbol for symbol in known}
    for symbol in [*symbols]:
        # "carbon (graphite)" is known by either word
        words = names.get(symbol, "").replace("(", "").replace(")", "").split()
        symbols |= dict.fromkeys(words, symbol)
    return symbols
