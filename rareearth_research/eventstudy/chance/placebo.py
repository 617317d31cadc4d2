"""Could it be chance? The study again at every session on which nothing was announced.

A placebo test needs no assumption about the distribution of returns, their correlation between
securities or the number of them: all of that is in the placebo sessions too. What it does assume
is that the event session is like the others apart from the event. Because an event may raise the
variance as well as move the mean, the statistic is studentized by the dispersion of SCARs in the
event window itself; measured by an unstudentized mean, a doubled event variance alone is
"significant" in 28 of 100 studies.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from rareearth_research.choices import Statistic
from rareearth_research.eventstudy.chance.draws import Draws, check_drawing, draw, draw_each
from rareearth_research.eventstudy.chance.p_values import never_below, placebo_p, stepped_p
from rareearth_research.eventstudy.chance.reach import check_reach
from rareearth_research.eventstudy.chance.securities import pair_table
from rareearth_research.eventstudy.chance.subject import chosen_statistic, pooled_values, subject_of
from rareearth_research.eventstudy.inputs.checks import check_windows
from rareearth_research.eventstudy.pairs.setup import label_of
from rareearth_research.eventstudy.results.results import EventStudyResults
from rareearth_research.eventstudy.study import EventStudy
from rareearth_research.labels import label
from rareearth_research.summary import Drawn, Summary, p_value, remarks

FEWEST = 19  # draws below which no p-value reaches 5 %
SPLIT = (
    "dates with overlapping windows moved apart for want of room: their dependence is understated"
)


@dataclass(frozen=True, repr=False)
class PlaceboResult(Drawn):
    """Result of `placebo`.

    Attributes
    ----------
    table : DataFrame
        One row per window: ``window, test, statistic, p_value, p_romano_wolf`` (over the
        windows, from `joint`; never below ``p_value``) ``, n`` (placebo draws) ``, n_pairs,
        valid, note``.
    securities : DataFrame
        One row per event, security and window: ``event_id, security, window, value`` (SCAR,
        or CAR for ``caar``) ``, p_value, p_romano_wolf`` (over the securities of the event date)
        ``, n``.
    distribution : DataFrame, shape (n, windows)
        The statistic at each placebo draw of its window. Where one event date was moved the
        index is the placebo session, missing where it is not admissible for a window. Else every
        window has rows (random draws) of its own, missing for the other windows.
    joint : DataFrame, shape (m, windows)
        All windows at the same draws, over the sessions that are admissible for every window:
        what a correction over the windows needs (``adjust(method="romano_wolf")``).
    statistic : {"bmp", "scar", "caar"}
        What was computed.
    exact : bool
        Whether every admissible session was used, once each.
    seed : int
        Seed of the random draws, which matters only if not `exact`.
    """

    picture: ClassVar[str] = "plot_placebo"
    table: pd.DataFrame
    securities: pd.DataFrame
    distribution: pd.DataFrame
    joint: pd.DataFrame
    statistic: str
    exact: bool
    seed: int

    def summary(self) -> Summary:
        """Return where the event stands among the draws, window by window."""
        first = self.table.iloc[0]
        statistic = f"{first['statistic']:+z.2f}".replace("-", "−")
        what = "other sessions" if self.exact else "random draws of other sessions"
        finding = (
            f"placebo p {p_value(first['p_value'])} over {first['n']:,} {what} "
            f"({label('test', self.statistic)} {statistic})"
        )
        if not np.isfinite(first["p_value"]):
            finding = "no placebo p-value"
        columns = ["window", "statistic", "p_value", "p_romano_wolf", "n", "n_pairs"]
        return Summary(
            f"Window {first['window']}: {finding}.",
            self.table[columns],
            remarks(self.table, "window"),
        )


def placebo(
    study: EventStudy | EventStudyResults,
    *,
    windows: Any = None,
    exclude_near: Any = None,
    statistic: Statistic | None = None,
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
        event list to compare with sessions on which nothing was announced. By default the study's
        ``known_events``.
    statistic : {"bmp", "scar", "caar"}, optional
        ``bmp`` (default): √N·mean(SCAR)/sd(SCAR). ``scar`` (default for a single pair, which has
        no dispersion): ΣSCAR/√N, studentized by the forecast error only. ``caar``: the mean CAR.
    n : int, optional
        Draws, at most 100,000. By default every admissible session if the study has one event
        date (or one group of overlapping ones), 999 random draws if it has several.
    coverage : float, default 0.8
        Share of the securities of an event date that must have a value at a placebo session, 0
        to 1.
    seed : int, default 0
        0 or more.

    Returns
    -------
    PlaceboResult

    Raises
    ------
    SpecificationError
        An argument out of its range, windows that touch the estimation window or lie beyond the
        data, a study with windows of its own for each event, or ``model="garch"``.

    Notes
    -----
    ``p = (1 + #{|T*| ≥ |T|})/(1 + n)``: the event counts as one of the sessions it could have
    been, so no p-value is below 1/(1 + n). A session is admissible for a window if that window
    there shares no session with the same window of any event: each window is judged as if it
    were the only one. Events whose windows overlap move together at their distance, groups of
    them independently, always with their own securities and exchanges; a group with fewer than 99
    places is split into its dates. Windows of neighbouring placebo sessions overlap, so the n
    sessions are not n independent draws. Romano-Wolf needs all windows at the same draws: these
    come from the sessions that are admissible for every window. Each session is estimated as the
    event is, before, behind or around it and in the bounds of its own; what ``leave_out`` takes
    from the estimation windows are sessions of a security, which it lacks wherever its window is
    moved.

    References
    ----------
    Brown, S. J. and Warner, J. B. (1985). Using daily stock returns. Journal of Financial
    Economics 14, 3-31.
    Gelbach, J. B., Helland, E. and Klick, J. (2013). Valid inference in single-firm,
    single-event studies. American Law and Economics Review 15, 495-541.
    Romano, J. P. and Wolf, M. (2005). Stepwise multiple testing as formalized data snooping.
    Econometrica 73, 1237-1282.
    """
    options = check_drawing(n, coverage, seed)
    subject = subject_of(study, exclude_near, known=True)
    spec = subject.result.specification
    spans = check_windows(spec.windows if windows is None else windows, spec.estimation)
    check_reach("windows", spans, subject)
    name = chosen_statistic(statistic, subject)
    options |= {"statistic": name, "avoid": subject.avoid}
    values = pooled_values(subject.every_session(spans), name)
    drawn = draw_each(subject.pairs, values, spans, **options)
    labels = [label_of(span) for span in spans]
    distribution = placebo_frame(drawn, labels)
    exact = all(window.exact for window in drawn)
    joint = distribution.dropna()
    if not exact and len(spans) > 1:
        reach = (min(a for a, _ in spans), max(b for _, b in spans))
        common = draw(subject.pairs, values, reach=reach, **options).values
        joint = pd.DataFrame(common, columns=labels).rename_axis("draw").dropna()
    observed = np.concatenate([window.observed for window in drawn])
    found = [placebo_p(window.observed, window.values) for window in drawn]
    p, counts = (np.concatenate(part) for part in zip(*found, strict=True))
    table = pd.DataFrame(
        {
            "window": labels,
            "test": f"placebo_{name}",
            "statistic": observed,
            "p_value": p,
            "p_romano_wolf": never_below(stepped_p(observed, joint.to_numpy()), p),
            "n": counts,
            "n_pairs": [window.n[0] for window in drawn],
            "valid": (counts >= FEWEST) & np.isfinite(observed),
            "note": [
                _note(window, name, int(count), len(joint), len(spans))
                for window, count in zip(drawn, counts, strict=True)
            ],
        }
    )
    return PlaceboResult(
        table=table,
        securities=pair_table(subject, values, drawn, labels),
        distribution=distribution,
        joint=joint,
        statistic=name,
        exact=exact,
        seed=options["seed"],
    )


def placebo_frame(drawn: Sequence[Draws], labels: Sequence[str]) -> pd.DataFrame:
    """Return the draws of each window as a column, by session or, if random, row by row apart."""
    columns = [
        pd.Series(window.values[:, 0], window.sessions, name=label)
        for window, label in zip(drawn, labels, strict=True)
    ]
    if all(window.sessions is not None for window in drawn):
        frame = pd.concat(columns, axis=1, sort=True).rename_axis("session")
    else:
        frame = pd.concat([c.reset_index(drop=True).to_frame() for c in columns], ignore_index=True)
        frame.index.name = "draw"
    return frame


def _note(drawn: Draws, statistic: str, count: int, common: int, windows: int) -> str:
    notes: list[str] = []
    if not np.isfinite(drawn.observed[0]):
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
    if statistic == "bmp" and drawn.n[0] < 5:
        notes.append(f"N = {drawn.n[0]}: little power")
    if len(drawn.pools) > 1:
        notes.append(f"{len(drawn.pools)} groups of event dates moved independently")
    if drawn.split:
        notes.append(SPLIT)
    if windows > 1 and not common:
        notes.append("not corrected over the windows: no session is admissible for all of them")
    elif windows > 1 and common != count:
        notes.append(f"corrected over the {common} draws that serve every window")
    return "; ".join(notes)
