"""Could it be chance? The study again at every session on which nothing was announced.

A placebo test needs no assumption about the distribution of returns, their correlation between
securities or the number of them: all of that is in the placebo sessions too. What it does assume
is that the event session is like the others apart from the event. Because an event may raise the
variance as well as move the mean, the statistic is studentized by the dispersion of SCARs in the
event window itself; measured by an unstudentized mean, a doubled event variance alone is
"significant" in 28 of 100 studies.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from rareearth_research.eventstudy.checks import check_windows
from rareearth_research.eventstudy.families import romano_wolf
from rareearth_research.eventstudy.placebo_draws import Draws, draw
from rareearth_research.eventstudy.placebo_pairs import pair_table
from rareearth_research.eventstudy.placebo_study import chosen_statistic, pooled_values, subject_of
from rareearth_research.eventstudy.results import EventStudyResults
from rareearth_research.eventstudy.study import EventStudy

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["PlaceboResult", "confidence_p", "placebo", "placebo_p", "stepped_p"]

FEWEST = 19  # draws below which no p-value reaches 5 %
SPLIT = (
    "dates with overlapping windows moved apart for want of room: their dependence is understated"
)


@dataclass(frozen=True)
class PlaceboResult:
    """Result of `placebo`.

    Attributes
    ----------
    table : DataFrame
        One row per window: ``window, test, statistic, p_value, p_romano_wolf`` (over the
        windows) ``, n`` (placebo draws) ``, n_pairs, valid, note``.
    securities : DataFrame
        One row per event, security and window: ``event_id, security, window, value`` (SCAR,
        or CAR for ``caar``) ``, p_value, p_romano_wolf`` (over the securities of the event date)
        ``, n``.
    distribution : DataFrame, shape (n, windows)
        The statistic at each placebo draw; the index is the placebo session where one event
        date was moved, else the number of the draw.
    statistic : {"bmp", "scar", "caar"}
        What was computed.
    exact : bool
        Whether every admissible session was used, once each.
    seed : int
        Seed of the random draws, which matters only if not `exact`.
    """

    table: pd.DataFrame
    securities: pd.DataFrame
    distribution: pd.DataFrame
    statistic: str
    exact: bool
    seed: int

    def plot(self, **options: Any) -> Figure:
        """Draw the placebo distribution with the event marked in it."""
        from rareearth_research.plots import plot_placebo

        return plot_placebo(self, **options)

    def __repr__(self) -> str:
        columns = ["window", "statistic", "p_value", "n", "n_pairs", "note"]
        return f"Placebo test ({self.statistic})\n{self.table[columns].to_string(index=False)}"

    def _repr_html_(self) -> str:
        return self.table.to_html(index=False, float_format="{:.4f}".format)


def placebo(
    study: EventStudy | EventStudyResults,
    *,
    windows: Any = None,
    exclude_near: Any = None,
    statistic: str | None = None,
    n: int | None = None,
    coverage: float = 0.8,
    seed: int = 0,
) -> PlaceboResult:
    """Test a study against the same study at other sessions.

    Parameters
    ----------
    study : EventStudy or EventStudyResults
    windows : sequence of (int, int), optional
        Event windows; those of the study by default.
    exclude_near : DataFrame or list of dates, optional
        Events besides the study's own whose windows no placebo window may touch: pass the whole
        event list to compare with sessions on which nothing was announced.
    statistic : {"bmp", "scar", "caar"}, optional
        ``bmp`` (default): √N·mean(SCAR)/sd(SCAR). ``scar`` (default for a single pair, which has
        no dispersion): ΣSCAR/√N, studentized by the forecast error only. ``caar``: the mean CAR.
    n : int, optional
        Draws. By default every admissible session if the study has one event date (or one group
        of overlapping ones), 999 random draws if it has several.
    coverage : float, default 0.8
        Share of the securities of an event date that must have a value at a placebo session.
    seed : int, default 0

    Returns
    -------
    PlaceboResult

    Raises
    ------
    SpecificationError
        Unknown statistic, windows that touch the estimation window, a study with windows of its
        own for each event, or ``model="garch"``.

    Notes
    -----
    p = (1 + #{|T*| ≥ |T|})/(1 + n): the event itself counts as one of the sessions it could have
    been, so no p-value is below 1/(1 + n). A session is admissible if its windows share no
    session with those of any event. Events whose windows
    overlap move together at their distance, groups of them independently, always with their own
    securities and exchanges; a group with fewer than 99 places is split into its dates. Windows of
    neighbouring placebo sessions overlap, so the n sessions are not n independent draws.

    References
    ----------
    Brown, S. J. and Warner, J. B. (1985). Using daily stock returns. Journal of Financial
    Economics 14, 3-31.
    Gelbach, J. B., Helland, E. and Klick, J. (2013). Valid inference in single-firm,
    single-event studies. American Law and Economics Review 15, 495-541.
    Romano, J. P. and Wolf, M. (2005). Stepwise multiple testing as formalized data snooping.
    Econometrica 73, 1237-1282.
    """
    subject = subject_of(study, exclude_near)
    spec = subject.result.specification
    spans = check_windows(spec.windows if windows is None else windows, spec.estimation)
    name = chosen_statistic(statistic, subject)
    reach = (min(a for a, _ in spans), max(b for _, b in spans))
    values = pooled_values(subject.every_session(spans, spec.estimation), name)
    drawn = draw(
        subject.pairs,
        values,
        statistic=name,
        reach=reach,
        avoid=subject.avoid,
        coverage=coverage,
        n=n,
        seed=seed,
    )
    labels = [f"[{a}, {b}]" for a, b in spans]
    p, counts = placebo_p(drawn.observed, drawn.values)
    table = pd.DataFrame(
        {
            "window": labels,
            "test": f"placebo_{name}",
            "statistic": drawn.observed,
            "p_value": p,
            "p_romano_wolf": stepped_p(drawn.observed, drawn.values),
            "n": counts,
            "n_pairs": drawn.n,
            "valid": (counts >= FEWEST) & np.isfinite(drawn.observed),
            "note": [_note(drawn, name, w, int(counts[w])) for w in range(len(spans))],
        }
    )
    index = (
        pd.RangeIndex(len(drawn.values), name="draw")
        if drawn.sessions is None
        else drawn.sessions.rename("session")
    )
    return PlaceboResult(
        table=table,
        securities=pair_table(subject, values, drawn, labels),
        distribution=pd.DataFrame(drawn.values, index=index, columns=labels),
        statistic=name,
        exact=drawn.exact,
        seed=seed,
    )


def placebo_p(
    observed: NDArray[np.float64], draws: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return (1 + #{|T*| ≥ |T|})/(1 + n) and n, column by column.

    Parameters
    ----------
    observed : ndarray, shape (W,)
    draws : ndarray, shape (n, W)
        Undefined draws do not count.

    Returns
    -------
    p, n : ndarray, shape (W,)
        p is NaN where T is, or where there is no draw.
    """
    known = np.isfinite(draws)
    counts = known.sum(axis=0)
    # a statistic equal to T up to rounding is as large as T
    least = np.abs(observed) * (1 - 1e-12)
    larger = (known & (np.abs(np.where(known, draws, 0.0)) >= least)).sum(axis=0)
    p = (1 + larger) / (1 + counts)
    return np.where(np.isfinite(observed) & (counts > 0), p, np.nan), counts


def confidence_p(
    observed: NDArray[np.float64], null: NDArray[np.float64], width: int
) -> NDArray[np.float64]:
    """Return each candidate's p-value of "the news came here and nowhere else", (S,).

    `observed` (S,) and `null` (n, S) hold |T| at consecutive sessions, of the event and of
    event-free stretches; candidates closer than `width` sessions overlap.
    """
    at = np.arange(len(observed))
    p = np.full(len(observed), np.nan)
    for s in at:
        others = (np.abs(at - s) >= width) & np.isfinite(observed)
        if not others.any():
            continue
        largest = observed[others].max()
        p[s] = placebo_p(np.array([largest]), null[:, others].max(axis=1)[:, None])[0][0]
    return p


def stepped_p(observed: NDArray[np.float64], draws: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return Romano-Wolf p-values over the columns; NaN where the statistic is not defined."""
    usable = np.isfinite(observed)
    adjusted = np.full(len(usable), np.nan)
    if usable.any() and np.isfinite(draws[:, usable]).all(axis=1).any():
        adjusted[usable] = romano_wolf(observed[usable], draws[:, usable])
    return adjusted


def _note(drawn: Draws, statistic: str, w: int, count: int) -> str:
    notes: list[str] = []
    if not np.isfinite(drawn.observed[w]):
        notes.append("not defined: the statistic has no value at the event")
    if not count:
        sizes = [len(pool) for pool in drawn.pools]
        return (
            f"no admissible placebo session for {sum(not s for s in sizes)} of"
            f" {len(sizes)} groups of event dates: load a longer history or exclude fewer events"
        )
    if count < FEWEST:
        notes.append(
            f"only {count} placebo sessions: the smallest possible p is {1 / (1 + count):.2f}"
        )
    if statistic == "scar":
        notes.append("studentized by forecast error only: rejects too often if the event itself"
                     " raises the variance")  # fmt: skip
    if statistic == "caar":
        notes.append("not studentized: rejects too often if the event itself raises the variance")
    if statistic == "bmp" and drawn.n[w] < 5:
        notes.append(f"N = {drawn.n[w]}: little power")
    if len(drawn.pools) > 1:
        notes.append(f"{len(drawn.pools)} groups of event dates moved independently")
    if drawn.split:
        notes.append(SPLIT)
    return "; ".join(notes)
