"""Which pairs share sessions, counted pair by pair on two calendars. Synthetic."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd
import pytest

from rareearth_research.eventstudy.dependence import clusters
from rareearth_research.eventstudy.dependence.clusters import (
    calendar_rows,
    dependences,
    estimation_rows,
    find_clusters,
)
from rareearth_research.eventstudy.dependence.correlation import (
    block_correlation,
    cell_sums,
    mean_correlation,
)
from rareearth_research.eventstudy.dependence.overlap import (
    announcement_clusters,
    overlapping_sum,
    sessions_in_common,
)
from rareearth_research.eventstudy.pairs.markets import Market
from rareearth_research.eventstudy.pairs.sessions import PairList
from rareearth_research.eventstudy.pairs.windows import Windows

DAYS = pd.bdate_range("2020-01-01", periods=60)
OFF = [7, 22, 23]  # holidays of the second market


def market(rows: Any, securities: list[int]) -> Market:
    rows, n = np.asarray(rows), len(securities)
    returns = np.zeros((n, len(rows)))
    return Market(
        exchange="", sessions=DAYS[rows], rows=rows, securities=np.array(securities),
        returns=returns, regressors=np.zeros((1, 1, len(rows))), set_of=np.zeros(n, dtype=int),
        spans=np.ones(returns.shape, dtype=np.int16),
    )  # fmt: skip


MARKETS = (market(range(60), [0, 1, 2]), market([d for d in range(60) if d not in OFF], [3, 4]))


def pairs(*rows: tuple[int, int, int]) -> PairList:
    """Pairs of event, security and the day of session 0 (on or after it)."""
    event, security, day = map(np.array, zip(*rows, strict=True))
    of = (security >= 3).astype(int)
    position = [int(np.searchsorted(MARKETS[m].rows, d)) for m, d in zip(of, day, strict=True)]
    found = PairList.of_rows(security - 3 * of, np.array(position), event)
    ids = np.array([f"e{i}" for i in range(event.max() + 1)], dtype=object)
    return replace(found, market=of, security=security, event_ids=ids)


def days_of(found: PairList, i: int, first: int, last: int) -> set[int]:
    rows, at = MARKETS[found.market[i]].rows, found.position[i]
    return {int(rows[s]) for s in range(at + first, at + last + 1) if 0 <= s < len(rows)}


SPREAD = pairs((0, 0, 30), (0, 1, 30), (0, 3, 30), (1, 0, 33), (1, 4, 33), (2, 2, 50), (3, 0, 52))
WINDOWS = Windows.of((-15, -4), np.array([0, -1]), np.array([0, 4]))


def test_what_is_held_of_sessions_is_gathered_and_missing_beyond_the_calendar() -> None:
    held = [market.rows for market in MARKETS]
    near = pairs((0, 0, 1), (1, 3, 58), (2, 4, 59), (3, 1, 59))
    near = replace(near, position=np.where(np.arange(4) == 3, -1, near.position))
    found = near.gather(held, np.arange(-2, 3), -7)
    assert found.tolist() == [
        [-7, 0, 1, 2, 3], [56, 57, 58, 59, -7], [57, 58, 59, -7, -7], [-7] * 5,
    ]  # fmt: skip
    own = near.gather(held, np.array([[0, 1], [0, 1], [-1, 0], [0, 0]]), -7)
    assert own.tolist() == [[1, 2], [58, 59], [58, 59], [-7, -7]]
    returns = [np.arange(180).reshape(3, 60), np.arange(1000, 1114).reshape(2, 57)]
    assert near.gather(returns, np.array([0]), -7).ravel().tolist() == [1, 1055, 1113, -7]


@pytest.mark.parametrize("bounds", [None, np.array([[-15, -4]] * 6 + [[-40, 12]])])
def test_sessions_estimated_on_end_before_the_windows_and_with_the_calendar(bounds: Any) -> None:
    windows = Windows.of((-15, -4), WINDOWS.first, WINDOWS.last, bounds=bounds)
    held = [market.rows for market in MARKETS]
    before, after = estimation_rows(SPREAD, held, windows)
    for i in range(7):
        begin, end = (-15, -4) if bounds is None else bounds[i]
        for (first, last), ends in ((before, (begin, min(end, -2))), (after, (5, end))):
            days = days_of(SPREAD, i, *ends) if ends[1] >= ends[0] else set()
            assert set(range(first[i], last[i] + 1)) >= days
            assert (
                (last[i] < first[i])
                if not days
                else ((first[i], last[i]) == (min(days), max(days)))
            )


def test_dates_and_events_are_one_block_across_calendars() -> None:
    block, mixed = clusters._date_blocks(SPREAD, MARKETS)
    assert mixed
    assert [sorted(np.flatnonzero(block == b)) for b in np.unique(block)] == [
        [0, 1, 2], [3, 4], [5], [6],
    ]  # fmt: skip
    # one event on two days binds each to those of the same days, in as many steps as it takes
    chained = pairs((0, 0, 22), (0, 3, 22), (1, 4, 24), (1, 1, 26), (2, 2, 26), (3, 0, 40))
    block, mixed = clusters._date_blocks(chained, MARKETS)
    assert block.tolist() == [0, 0, 0, 0, 0, 1]
    assert mixed
    apart = pairs((0, 0, 30), (1, 3, 31), (2, 4, 31))
    assert clusters._date_blocks(apart, MARKETS)[1] is False
    one = pairs((5, 0, 30), (6, 1, 30), (5, 2, 31))  # on one calendar days alone count
    assert clusters._date_blocks(one, MARKETS)[0].tolist() == [0, 0, 1]


def test_partners_and_overlaps_are_counted_window_by_window() -> None:
    found = find_clusters(SPREAD, MARKETS, WINDOWS, constant=True)
    held = [market.rows for market in MARKETS]
    rows = calendar_rows(SPREAD, held, WINDOWS)
    alike = (3 * 2 + 2 * 1) / 7
    for g, (first, last) in enumerate(((0, 0), (-1, 4))):
        days = [days_of(SPREAD, i, first, last) for i in range(7)]
        shares = [len(a & b) / np.sqrt(len(a) * len(b)) for a, b in combinations(days, 2)]
        partners = 2 * sum(shares) / 7
        assert found.shared[g] == (max(partners, alike) > 0.25)
        assert found.across[g] == (partners - alike > 0.25 * (1 + 0.3 * alike))
        twice = {i for a, b in combinations(range(7), 2) if days[a] & days[b]
                 and SPREAD.security[a] == SPREAD.security[b] for i in (a, b)}  # fmt: skip
        assert found.overlapping[g] == len(twice)
        inside = np.where(WINDOWS.members[g] > 0, rows, -1)
        estimated = estimation_rows(SPREAD, held, WINDOWS)
        both, left = sessions_in_common(inside, estimated)
        np.fill_diagonal(both, 0.0)
        np.fill_diagonal(left, 0.0)
        np.testing.assert_allclose(both.sum(), 2 * sum(shares), rtol=1e-12)
        assert found.kept[g] == pytest.approx(np.clip(left.sum() / both.sum(), 0, 1), rel=1e-9)
        ends = [(min(d), max(d)) for d in days]
        np.testing.assert_array_equal(
            found.announcements[g],
            announcement_clusters(SPREAD.event, *np.array(ends).T),
        )
    assert find_clusters(SPREAD, MARKETS, WINDOWS, constant=False).kept.tolist() == [1, 1]


def test_an_event_in_the_estimation_window_of_another_is_less_correlated_with_it() -> None:
    near = pairs((0, 0, 30), (1, 1, 37), (1, 2, 37), (1, 3, 37), (1, 4, 37))
    held = [market.rows for market in MARKETS]
    for windows in (Windows.of((-15, -4), np.array([0]), np.array([0])), WINDOWS):
        found = find_clusters(near, MARKETS, windows, constant=True).kept
        rows = calendar_rows(near, held, windows)
        for g, kept in enumerate(found):
            inside = np.where(windows.members[g] > 0, rows, -1)
            both, left = sessions_in_common(inside, estimation_rows(near, held, windows))
            np.fill_diagonal(both, 0.0)
            np.fill_diagonal(left, 0.0)
            assert 0 < left.sum() < both.sum()
            assert kept == pytest.approx(left.sum() / both.sum(), rel=1e-9)
    alone = find_clusters(near.take(np.array([0, 3])), MARKETS, WINDOWS, constant=True)
    assert alone.kept[0] == 1  # without partners nothing is taken off


def test_the_first_session_of_a_calendar_is_a_session_in_common_like_any_other() -> None:
    rows, estimated = np.array([[0, 1], [-1, 0], [2, 3]]), (np.array([9] * 3), np.array([20] * 3))
    both, _ = sessions_in_common(rows, [estimated])
    expected = [[1, 1 / np.sqrt(2), 0], [1 / np.sqrt(2), 1, 0], [0, 0, 1]]
    np.testing.assert_allclose(both, expected, rtol=1e-12)


@pytest.mark.parametrize(
    ("count", "sizes"),
    [(10, [10]), (11, [7, 4]), (13, [8, 5])],  # 12, 13 and 15 sessions; windows hold three
)
def test_a_chain_of_more_than_four_windows_is_cut_into_equal_blocks(
    count: int, sizes: list[int]
) -> None:
    first = np.arange(count)
    found = announcement_clusters(np.arange(count)[::-1], first, first + 2)
    assert found.tolist() == np.repeat(np.arange(len(sizes)), sizes).tolist()


@pytest.mark.parametrize(("others", "shared"), [(6, False), (5, True)])
def test_a_quarter_of_a_partner_to_a_pair_is_not_yet_shared(others: int, shared: bool) -> None:
    at = [(0, 0, 10), (1, 1, 10), *((2 + i, 2, 14 + 4 * i) for i in range(others))]
    found = find_clusters(pairs(*at), MARKETS[:1], Windows.of((-5, -2), np.array([0]),
                          np.array([0])), constant=False)  # fmt: skip
    assert found.shared.tolist() == [shared]
    assert not found.across.any()


@pytest.mark.parametrize(("dates", "across"), [(8, False), (7, True)])
def test_dates_are_dependent_from_where_other_dates_add_to_what_each_explains(
    dates: int, across: bool
) -> None:
    # of three securities a date the limit is 0.25 (1 + 0.3 · 2) = 0.4; two dates that have one of
    # two sessions in common make 2 · 9 · 0.5 partners among three times as many pairs as dates
    days = [10, 11, *range(14, 14 + 4 * (dates - 2), 4)]
    many = pairs(*((d, security, day) for d, day in enumerate(days) for security in range(3)))
    one = Windows.of((-5, -2), np.array([0]), np.array([1]))
    assert find_clusters(many, MARKETS[:1], one, constant=False).across.tolist() == [across]


@pytest.mark.parametrize(("others", "shared"), [(38, False), (37, True)])
def test_more_than_a_twentieth_of_pairs_that_overlap_their_own_security_are_shared(
    others: int, shared: bool
) -> None:
    # two windows of six days of which one is common: a third of a partner among forty
    at = [(0, 0, 10), (1, 0, 15), *((2 + i, 1 + i, 20 + i) for i in range(others))]
    event, security, day = map(np.array, zip(*at, strict=True))
    many = replace(PairList.of_rows(security, day, event), security=security)
    single = Windows.of((-5, -2), np.zeros((len(day), 1), int),
                        np.where(day < 20, 5, 0)[:, None])  # fmt: skip
    wide = market(range(60), list(range(40)))
    found = find_clusters(many, (wide,), single, constant=False)
    assert (found.overlapping.tolist(), found.shared.tolist()) == ([2], [shared])


def test_cells_are_pairs_of_one_market_and_session_unless_windows_are_their_own() -> None:
    assert clusters._cells(SPREAD, WINDOWS).tolist() == [0, 0, 4, 1, 5, 2, 3]
    own = Windows.of((-15, -4), np.zeros((7, 1), int), np.zeros((7, 1), int))
    bound = Windows.of((-15, -4), WINDOWS.first, WINDOWS.last, bounds=np.array([[-15, -4]] * 7))
    for windows in (own, bound):
        assert clusters._cells(SPREAD, windows).tolist() == list(range(7))


@pytest.mark.parametrize("which", [range(7), [0, 1, 3, 5, 6], [0, 3]])
@pytest.mark.parametrize("estimation", [(-15, -4), (-15, 8)])
def test_dependence_is_that_within_dates_and_by_the_sessions_that_dates_share(
    estimation: tuple[int, int], which: list[int]
) -> None:
    asked, mixed = SPREAD.take(np.array(which)), len(which) == 7
    windows = Windows.of(estimation, np.array([0, -1]), np.array([0, 4]))
    n, rng = len(asked), np.random.default_rng(1)
    residuals = rng.normal(size=(n, estimation[1] - estimation[0] + 1)) + rng.normal(
        size=estimation[1] - estimation[0] + 1
    )
    held = [market.rows for market in MARKETS]
    rows = asked.gather(held, np.arange(estimation[0], estimation[1] + 1), -1)
    if windows.unused is not None:
        residuals[:, windows.unused], rows[:, windows.unused] = np.nan, -1
    found = find_clusters(asked, MARKETS, windows, constant=True)
    shared = replace(found, shared=np.array([True, False]))
    by_sessions, apart = dependences(shared, asked, MARKETS, residuals, windows)
    assert apart.mean == pytest.approx(mean_correlation(residuals), rel=1e-9)
    assert np.isnan(apart.within)
    within = block_correlation(residuals, found.block, rows if mixed else None)
    assert by_sessions.within == pytest.approx(within.within, rel=1e-9, nan_ok=True)
    cell = np.arange(n)  # every pair one of its own
    events = np.where(windows.members[0] > 0, calendar_rows(asked, held, windows), -1)
    between = overlapping_sum(cell_sums(residuals, cell), rows, events, found.block)
    expected = found.kept[0] * (within.mean + between / (n * (n - 1)))
    assert by_sessions.mean == pytest.approx(expected, rel=1e-9)
    alone = replace(shared, block=found.block[:1])  # the others explained by the model
    [first, _] = dependences(alone, asked.take(np.array([0])), MARKETS, residuals[:1], windows)
    assert np.isnan(first.mean)
    none = replace(found, shared=np.array([False, False]))
    for one in dependences(none, asked, MARKETS, residuals, windows):
        assert one.mean == pytest.approx(mean_correlation(residuals), rel=1e-9)
