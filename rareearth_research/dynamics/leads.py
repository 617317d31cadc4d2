"""Which of two series moves first? Cross-correlations with bands, and Granger's test."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pandas as pd
from scipy import stats

from rareearth_research.arguments import check_share, check_whole
from rareearth_research.arrays import Floats, Ints
from rareearth_research.dynamics.belief import typeset
from rareearth_research.dynamics.series import check_series
from rareearth_research.errors import DataError, SpecificationError
from rareearth_research.summary import Drawn, Summary, p_value

FEW = 30  # rows beyond the leads
CLOCK = (
    "Rows of one date are not one moment: where one market closes hours before the other, a lead "
    "of one row is the clock's."
)


@dataclass(frozen=True, repr=False)
class LeadLag(Drawn):
    """Result of `lead_lag`.

    Attributes
    ----------
    table : DataFrame
        One row per lead: ``lead, correlation, lower, upper, joint_lower, joint_upper, p_value``.
        A positive lead is how many rows `first` comes before `second`. The bands hold the
        correlations of unrelated series at one lead, and at all of them together.
    tests : DataFrame
        Granger's test both ways: ``leader, follower, lags, statistic, p_value``.
    ahead : int
        The lead at which one is told to come first: outside of the joint band, and further from
        zero than the correlation at the opposite lead, by more than unrelated series show; 0 if
        none is.
    first, second : str
    unit : str
    n : int
    notes : tuple of str
    """

    picture: ClassVar[str] = "plot_lead_lag"
    table: pd.DataFrame
    tests: pd.DataFrame
    ahead: int
    first: str
    second: str
    unit: str
    n: int
    notes: tuple[str, ...]

    def summary(self) -> Summary:
        """Return which series comes first by correlation and by Granger's test."""
        table = self.table
        inside = table["correlation"].between(table["joint_lower"], table["joint_upper"])
        apart = table[~inside & table["lead"].ne(0)]
        by_lead = table.set_index("lead")["correlation"]
        if self.ahead:
            pair = (self.first, self.second) if self.ahead > 0 else (self.second, self.first)
            rows = abs(self.ahead)
            headline = (
                f"{pair[0]} comes {rows} {self.unit}{'s' * (rows > 1)} before {pair[1]}: "
                f"correlation {by_lead[self.ahead]:z.2f}, beyond what unrelated series show at any "
                f"lead, and {by_lead[-self.ahead]:z.2f} the other way round."
            )
        elif len(apart):
            headline = (
                f"{self.first} and {self.second} are tied over several {self.unit}s, either way "
                "about as much: which of them comes first cannot be told."
            )
        else:
            headline = (
                f"Neither {self.first} nor {self.second} is seen to come first: no correlation "
                "beyond the same row leaves the band of unrelated series."
            )
        granger = [
            f"{row['leader']} helps to forecast {row['follower']}: p {p_value(row['p_value'])} "
            f"(Granger, {row['lags']} lags, White's errors)."
            for row in self.tests.dropna().to_dict("records")
        ]
        if self.tests["p_value"].isna().any():
            granger.append("One is the other, moved in time, so Granger's test has no answer.")
        return Summary(typeset(headline), table, (*granger, *self.notes))


def lead_lag(
    first: pd.Series,
    second: pd.Series,
    max_lag: int = 10,
    *,
    lags: int = 5,
    block: int | None = None,
    draws: int = 999,
    level: float = 0.95,
    seed: int = 0,
) -> LeadLag:
    """Correlate two series at leads and lags, and ask whether either forecasts the other.

    Parameters
    ----------
    first, second : Series
        Returns or changes. Rows that both have are compared.
    max_lag : int, default 10
        Largest lead either way.
    lags : int, default 5
        Of Granger's regressions.
    block : int, optional
        Mean length of a block; the cube root of the rows, rounded up, by default.
    draws : int, default 999
        Pairs of unrelated series.
    level : float, default 0.95
        Confidence of the bands.
    seed : int, default 0

    Returns
    -------
    LeadLag

    Raises
    ------
    DataError, SpecificationError
        For series without dates in common, with gaps, or too short for the leads.

    Notes
    -----
    Unrelated series: each is drawn anew by the stationary bootstrap, by itself, which keeps how it
    follows itself and breaks every tie between the two. Two series that follow themselves and are
    tied in the same row are correlated at leads either way; so one is said to come first only where
    the correlation at its lead is further from zero than at the opposite one, by more than `level`
    of the largest such differences of unrelated series. Granger's test is a Wald test of the
    leader's lags in a regression on both pasts.

    References
    ----------
    Politis, D. & Romano, J. (1994). The stationary bootstrap. Journal of the American Statistical
    Association 89. Granger, C. (1969). Econometrica 37.
    """
    ones = [check_series(what, one, changes=True)
            for what, one in (("first", first), ("second", second))]  # fmt: skip
    kinds = [f"{one.unit}s in a {type(one.index).__name__}" for one in ones]
    if kinds[0] != kinds[1]:
        raise DataError(
            f"first has {kinds[0]} and second {kinds[1]}; give both the same, as with "
            ".resample('W').sum() or .to_timestamp()"
        )
    common = ones[0].index.intersection(ones[1].index)
    if not len(common):
        raise DataError(
            f"first and second have no date in common: first is from {ones[0].label(0)} to "
            f"{ones[0].label(-1)}, second from {ones[1].label(0)} to {ones[1].label(-1)}; give "
            "series of one time, and months or weeks by the same day, as .to_period() makes them"
        )
    max_lag, lags = check_whole("max_lag", max_lag, 1, 250), check_whole("lags", lags, 1, 50)
    if len(common) < max(2 * max_lag, 2 * lags) + FEW:
        raise SpecificationError(
            f"first and second have {len(common)} rows in common, and {max_lag} leads with {lags} "
            f"lags need {max(2 * max_lag, 2 * lags) + FEW}; ask for fewer, or give longer series"
        )
    a, b = (stats.zscore(check_series(what, one.loc[common]).values)
            for what, one in (("first", first), ("second", second)))  # fmt: skip
    n = len(common)
    block = check_whole("block", int(np.ceil(n ** (1 / 3))) if block is None else block, 1, n)
    check_whole("draws", draws, 99, 100_000)
    level = check_share("level", level)
    rng = np.random.default_rng(check_whole("seed", seed, 0))
    own = _correlations(a[None], b[None], max_lag)[0]
    unrelated = np.concatenate([
        _correlations(a[_blocks(rng, count, n, block)], b[_blocks(rng, count, n, block)], max_lag)
        for count in [*[50] * (draws // 50), draws % 50] if count
    ])  # fmt: skip
    edge, joint = (np.quantile(x, level, axis=0)
                   for x in (np.abs(unrelated), np.abs(unrelated).max(axis=1)))  # fmt: skip
    skew = np.quantile(np.abs(unrelated - unrelated[:, ::-1]).max(axis=1), level)
    size = np.abs(own)
    told = np.where((size > joint) & (size - size[::-1] > skew), size, 0.0)
    ahead = int(told.argmax()) - max_lag if told.any() else 0
    table = pd.DataFrame({
        "lead": np.arange(-max_lag, max_lag + 1), "correlation": own, "lower": -edge,
        "upper": edge, "joint_lower": -joint, "joint_upper": joint,
        "p_value": (1 + (np.abs(unrelated) >= np.abs(own)).sum(axis=0)) / (1 + draws),
    })  # fmt: skip
    names = [ones[0].name, ones[1].name]
    tests = pd.DataFrame(
        [(*names, lags, *_granger(a, b, lags)), (*names[::-1], lags, *_granger(b, a, lags))],
        columns=["leader", "follower", "lags", "statistic", "p_value"],
    )
    notes = [note for one in ones for note in one.notes]
    if lost := len(first) + len(second) - 2 * n:
        notes.append(f"{lost} rows that only one of the two has are not compared.")
    if ones[0].unit == "session":
        notes.append(CLOCK)
    return LeadLag(table, tests, ahead, names[0], names[1], ones[0].unit, n, tuple(notes))


def _correlations(a: Floats, b: Floats, most: int) -> Floats:
    """Return the correlation of a[t] and b[t + k] for k from −most to most: (draws, 2 most + 1)."""
    a, b = (x - x.mean(axis=1, keepdims=True) for x in (a, b))
    scale = np.sqrt((a**2).sum(axis=1) * (b**2).sum(axis=1))
    n = a.shape[1]
    sums = [(a[:, max(0, -k) : n - max(0, k)] * b[:, max(0, k) : n + min(0, k)]).sum(axis=1)
            for k in range(-most, most + 1)]  # fmt: skip
    return np.stack(sums, axis=1) / scale[:, None]


def _blocks(rng: np.random.Generator, count: int, n: int, mean: int) -> Ints:
    """Return rows of the stationary bootstrap: blocks of geometric length, around the end."""
    begins = rng.random((count, n)) < 1 / mean
    begins[:, 0] = True
    last = np.maximum.accumulate(np.where(begins, np.arange(n), 0), axis=1)
    start = np.take_along_axis(rng.integers(0, n, (count, n)), last, axis=1)
    return (start + np.arange(n) - last) % n


def _granger(leader: Floats, follower: Floats, lags: int) -> tuple[float, float]:
    """Return Wald's F of the leader's lags in a regression of the follower on both pasts.

    NaN where one is the other, moved in time.
    """
    import statsmodels.api as sm

    n = len(leader)
    past = [x[lags - j : n - j] for x in (follower, leader) for j in range(1, lags + 1)]
    right = sm.add_constant(np.column_stack(past))
    if np.linalg.matrix_rank(np.column_stack([right, follower[lags:]])) < right.shape[1] + 1:
        return float("nan"), float("nan")
    fit = sm.OLS(follower[lags:], right).fit(cov_type="HC1")
    wanted = np.eye(2 * lags + 1)[lags + 1 :]
    test = fit.f_test(wanted)
    return float(test.fvalue), float(test.pvalue)
