"""Which announcements cannot be told apart, and count as one in tests over dates?"""

from __future__ import annotations

import numpy as np

from rareearth_research.arrays import Ints

__all__ = ["announcement_clusters"]

LONGEST_CHAIN = 4  # windows a chain of overlapping announcements may span before it is cut
BLOCK_WIDTH = 2  # windows that each part of a cut chain spans at least


def announcement_clusters(event: Ints, first: Ints, last: Ints) -> Ints:
    """Return the cluster of announcements that each pair belongs to, 0 ... C − 1 in order of time.

    Parameters
    ----------
    event : ndarray of int, shape (K,)
        The announcement of each pair.
    first, last : ndarray of int, shape (K,)
        First and last calendar session of each pair's window.

    Returns
    -------
    ndarray of int, shape (K,)

    Notes
    -----
    Announcements whose windows share sessions, on whatever exchange, are chained. A chain of more
    than four windows (their longest) is cut into equal calendar blocks of at least two windows, to
    which announcements belong by their first session: in dense samples everything would be one
    chain. Neighbouring blocks then share sessions at the cut.
    """
    code = np.unique(event, return_inverse=True)[1].ravel()
    begin = np.full(code.max() + 1, np.iinfo(np.int64).max)
    end = np.full(code.max() + 1, -1)
    np.minimum.at(begin, code, first)
    np.maximum.at(end, code, last)
    order = np.argsort(begin, kind="stable")
    start, reach = begin[order], np.maximum.accumulate(end[order])
    chain = np.cumsum(np.append(False, start[1:] > reach[:-1]))
    edges = np.flatnonzero(np.append(True, np.diff(chain) > 0))
    origin, length = start[edges], np.maximum.reduceat(reach, edges) - start[edges] + 1
    width = np.maximum.reduceat((end - begin + 1)[order], edges)
    parts = np.where(length > LONGEST_CHAIN * width, length // (BLOCK_WIDTH * width), 1)
    part = (start - origin[chain]) * parts[chain] // length[chain]
    cluster = np.empty(len(order), dtype=np.int64)
    cluster[order] = np.unique(chain * (parts.max() + 1) + part, return_inverse=True)[1].ravel()
    return cluster[code]
