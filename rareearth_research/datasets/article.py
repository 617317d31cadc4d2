"""The article that started the project, claim by claim."""

from __future__ import annotations

import pandas as pd

from rareearth_research.datasets._filters import Names, choose
from rareearth_research.datasets.catalog import held

__all__ = ["load_article_claims"]


def load_article_claims(kind: Names | None = None) -> pd.DataFrame:
    """Return the claims of the origin article with verdict, facts and events.

    Parameters
    ----------
    kind : str or list of str, optional
        ``"claim"`` or ``"omission"`` (what the article leaves out); both by default.

    Returns
    -------
    DataFrame
        In the order of the article; ``checkable`` claims can be tested on ``check_tables``.

    Raises
    ------
    DataError
        For another kind.
    """
    return choose(held("article_claims"), "", kind=("kind", kind))
