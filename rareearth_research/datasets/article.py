"""What others wrote: the article that started the project, and papers on the same questions."""

from __future__ import annotations

import pandas as pd

from rareearth_research.datasets._filters import Names, choose
from rareearth_research.datasets.catalog import held

__all__ = ["load_article_claims", "load_literature"]


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


def load_literature() -> pd.DataFrame:
    """Return what other authors found on the same questions, as far as it was read.

    Returns
    -------
    DataFrame
        One row per paper. ``read`` says what was read: ``"abstract"``, ``"report by others"`` or
        ``"no"``; ``their_number`` is empty unless it stood there.
    """
    return held("literature").reset_index(drop=True)
