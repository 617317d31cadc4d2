"""When did the market learn? The study with its event session moved, and the sessions that fit.

The curve shows the statistic as the assumed session moves from before to after the announced one.
The confidence set turns the placebo test round. For each candidate session s the hypothesis is
"the news came at s and at no other session near the event". If that is so, every other session of
the stretch is an ordinary one, and the largest statistic among those whose window does not
overlap that of s is no larger than in stretches without an event. Where it is larger, something
happened elsewhere and s is rejected. What is not rejected at level α is a set that contains the
true session with probability 1 − α, whatever the size of the reaction. Its size speaks:

- one or a few sessions: the market learned then;
- every session: nothing stands out, so the prices do not say when;
- none: no single session accounts for what happened (news came more than once, or the reaction
  outlasts the window).

Two things that are known beforehand sharpen it: other announcements in the stretch, whose sessions
cannot speak against a candidate, and the direction in which the news moves prices.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from rareearth_research.arguments import check_choice, check_share, check_span
from rareearth_research.arrays import Ints
from rareearth_research.choices import Sign, Statistic
from rareearth_research.errors import SpecificationError, shown
from rareearth_research.eventstudy.chance import reach
from rareearth_research.eventstudy.chance.dates import separate_dates
from rareearth_research.eventstudy.chance.draws import check_drawing, draw
from rareearth_research.eventstudy.chance.p_values import confidence_p, placebo_p
from rareearth_research.eventstudy.chance.subject import (
    Subject,
    chosen_statistic,
    pooled_values,
    subject_of,
)
from rareearth_research.eventstudy.questions.dating import results
from rareearth_research.eventstudy.questions.dating.results import TimingCurve
from rareearth_research.eventstudy.questions.dating.rivals import clear_of_others, free_stretches
from rareearth_research.eventstudy.results.results import EventStudyResults
from rareearth_research.eventstudy.study import EventStudy

MOST_NUMBERS = 10_000_000  # draws times shifts held at once: 240 MB
SIGNS = {"up": 1, "down": -1}


def timing_curve(
    study: EventStudy | EventStudyResults,
    *,
    shifts: tuple[int, int] = (-20, 20),
    window: tuple[int, int] | None = None,
    level: float = 0.05,
    direction: Sign | None = None,
    leave_out_events: Any = True,
    exclude_near: Any = None,
    statistic: Statistic | None = None,
    n: int | None = None,
    coverage: float = 0.8,
    seed: int = 0,
) -> TimingCurve:
    """Move the assumed event session and say which sessions could be the true one.

    Parameters
    ----------
    study : EventStudy or EventStudyResults
    shifts : (int, int), default (-20, 20)
        First and last shift of the event session, in sessions of each security's exchange. The
        data must hold an estimation window before the first, and most of the shifts.
    window : (int, int), optional
        Response window around each candidate session; the study's first by default. A shorter
        one dates more sharply, a longer one bears a slower reaction.
    level : float, default 0.05
    direction : {"up", "down"}, optional
        How the news moved the securities, where that is known beforehand. Moves the other way,
        such as a reversal some sessions later, then speak against no other session.
    leave_out_events : bool, DataFrame or list of dates, default True
        Other events in the stretch. Where their response windows meet that of a shift, pairs do
        not count against other candidates; with fewer than half of the pairs left the shift does
        not. True: the study's `known_events` and its own other events. False: none.
    exclude_near : DataFrame or list of dates, optional
    statistic : {"bmp", "scar", "caar"}, optional
    n : int, optional
    coverage : float, default 0.8
    seed : int, default 0
        As in `placebo`.

    Returns
    -------
    TimingCurve

    Raises
    ------
    SpecificationError
        Shifts that do not contain 0, leave no session outside the window of one, or lie beyond
        the data; what `placebo` refuses.

    Notes
    -----
    With T_s the statistic at shift s and O_s the shifts whose window does not overlap that of s,
    M_s = ``max |T|`` over O_s and p_s = (1 + #{M*_s ≥ M_s})/(1 + n), M*_s the same maximum in n
    event-free stretches of the same length. Under "the news came at s" M_s and the M*_s are
    exchangeable, so P(p_s ≤ α) ≤ α and {s: p_s > α} has confidence 1 − α (a test inverted into a
    set: Neyman 1937). It assumes that the event moves prices within the window of its session
    only, and that other sessions are like those of placebo stretches.

    With a direction, say up, M_s = max(max over O_s of T, −T_s), and M*_s likewise. Signed maxima
    are as exchangeable as others. If the news came at s and raised prices or did nothing, T_s is
    at least what it would have been, so that M_s is at most as large as in an ordinary stretch and
    P(p_s ≤ α) ≤ α still holds. A fall at s that is large for a whole stretch rejects s; a small one
    does not, because news without an effect leaves the sign to chance.

    Pairs and shifts left out for other events are left out of M*_s at the same shifts, so the two
    stay exchangeable; a shift left out remains a candidate. Events in the announced session itself
    are part of the news that is dated.

    Where fewer than 99 event-free stretches can be found, M*_s is the maximum of as many
    independent placebo sessions. Windows of neighbouring sessions overlap and their statistics
    are positively associated, which makes their true maximum smaller (Šidák 1967): the set is
    then too large rather than too small.

    All candidates share one estimation window: the study's, moved back by the earliest shift.

    Of 95 % sets, ten securities with ρ = 0.3, 93.5 % (s.e. 0.6) held the session of the news with
    one date and 96.0 % (1.0) with six. Where the volatility of the common factor rises after the
    news, moves that are only wilder reject it: × 1.4 leaves 81 and 84 %, × 2 48 and 62 %; the right
    direction adds up to nine points (`benchmarks/timing_coverage.py`).

    References
    ----------
    Neyman, J. (1937). Outline of a theory of statistical estimation. Philosophical Transactions
    of the Royal Society A 236, 333-380.
    Šidák, Z. (1967). Rectangular confidence regions for the means of multivariate normal
    distributions. Journal of the American Statistical Association 62, 626-633.
    """
    options: dict[str, Any] = check_drawing(n, coverage, seed)
    level = check_share("level", level)
    if direction is not None:
        check_choice("direction", direction, SIGNS)
    low, high = check_span("shifts", shifts)
    subject = subject_of(study, exclude_near)
    spec = subject.result.specification
    span = spec.windows[0] if window is None else check_span("window", window)
    width = span[1] - span[0] + 1
    reach.check_behind(span, spec.estimation)
    reach.check_reach("window", [span], subject)
    if not low <= 0 <= high:
        raise SpecificationError(f"shifts={shown(shifts)} must run from 0 or before to 0 or after")
    if high - low < 2 * width:
        raise SpecificationError(
            f"shifts={shown(shifts)} leave too few sessions beside a window of {width}; widen them"
        )
    last = reach.farthest(subject)[1] - span[1]
    reach.check_moved_back(
        "shifts",
        shifts,
        -low,
        spec.estimation,
        subject,
        lambda room: f"take shifts from -{room} to {last}",
    )
    if 2 * (min(high, last) - low + 1) < high - low + 1:
        raise SpecificationError(
            f"shifts={shown(shifts)}: {high - last:,} of {high - low + 1:,} shifts lie beyond the "
            f"data; take shifts from {low} to {last}"
        )
    name = chosen_statistic(statistic, subject)
    steps = np.arange(low, high + 1)
    spans = [(int(s) + span[0], int(s) + span[1]) for s in steps]
    estimation = (spec.estimation[0] + low, spec.estimation[1] + low)
    found = subject.every_session(spans, estimation)
    values = pooled_values(found, name)
    if (options["n"] or 0) * len(steps) > MOST_NUMBERS:
        raise SpecificationError(
            f"n={n:,} draws of {len(steps)} shifts do not fit; take n up to "
            f"{MOST_NUMBERS // len(steps):,}"
        )
    options |= {"statistic": name, "avoid": subject.avoid}
    moved = {"reach": (spans[0][0], spans[-1][1]), "avoid_reach": span, **options}
    drawn = draw(subject.pairs, values, **moved)
    if not np.isfinite(drawn.observed).any():
        raise SpecificationError(
            f"the statistic {name!r} has no value at any of the shifts {shown(shifts)}: the pairs "
            "have too few returns there; use more securities or shifts nearer to 0"
        )
    use, others, left_out = clear_of_others(subject.result, steps, width, leave_out_events)
    clear = drawn if use.all() else draw(subject.pairs, values, use=use, **moved)
    alone = [v[[-low] * len(steps)] for v in values]
    (every, _), (null, stretches) = (
        free_stretches(subject, alone, found, span, counted, options)
        for found, counted in ((drawn, None), (clear, use))
    )
    p_timing = confidence_p(clear.observed, null, width, SIGNS.get(direction or "", 0))
    p_value, _ = placebo_p(drawn.observed, every)
    observed = np.abs(drawn.observed)
    p_any, _ = placebo_p(
        np.array([np.nanmax(observed)]), np.abs(every).max(axis=1, initial=0.0)[:, None]
    )
    cars = [car for car, _ in found]
    table = pd.DataFrame(
        {
            "shift": steps,
            "session": _sessions(subject, steps),
            "caar": subject.mean_at_event(cars),
            "statistic": drawn.observed,
            "p_value": p_value,
            "rival": clear.observed,
            "others": others,
            "p_timing": p_timing,
            "in_set": p_timing > level,
        }
    )
    chosen = tuple(int(s) for s in steps[p_timing > level])
    against = results.against_announced(
        table,
        subject.mean_at_event(cars, use),
        level,
        width,
        direction,
        len(null),
        spec.return_type,
    )
    return TimingCurve(
        table=table,
        left_out=left_out,
        confidence_set=chosen,
        level=level,
        critical=float(np.quantile(np.abs(every), 1 - level)) if every.size else float("nan"),
        p_any=float(p_any[0]),
        peak=int(steps[np.nanargmax(observed)]),
        window=(int(span[0]), int(span[1])),
        estimation=estimation,
        n=len(null),
        stretches=stretches,
        direction=direction,
        statistic=name,
        finding=against + results.finding_of(chosen, steps, level, direction, not use.all())
        if len(null)
        else "No placebo, no confidence set.",
        note=results.note_of(
            len(null),
            stretches,
            len(steps),
            int((~np.isfinite(observed)).sum()),
            len(subject.pairs.event) - int(drawn.n[-low]),
            len(subject.pairs.event),
        ),
        seed=options["seed"],
    )


def _sessions(subject: Subject, steps: Ints) -> pd.DatetimeIndex:
    """Return the session of each shift on the exchange that saw the event first."""
    if len(np.unique(separate_dates(subject.pairs))) > 1:
        return pd.DatetimeIndex([pd.NaT] * len(steps))
    pairs = subject.pairs
    first = int(np.argmin(pairs.anchors))
    sessions = pairs.sessions[int(pairs.market[first])]
    at = int(pairs.position[first]) + steps
    inside = (at >= 0) & (at < len(sessions))
    dates = pd.Series(sessions[np.clip(at, 0, len(sessions) - 1)])
    return pd.DatetimeIndex(dates.where(inside))
