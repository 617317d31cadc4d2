"""Which move would be unusual? The same move on ordinary sessions, in units of recent volatility.

A mark is fixed before any price of the event: it takes returns up to the day before and nothing
later, so that no later figure can change it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from rareearth_research.arrays import Floats, Ints
from rareearth_research.choices import ModelName
from rareearth_research.datasets import load_events, load_returns, load_securities
from rareearth_research.errors import DataError
from rareearth_research.eventstudy import EventStudy
from rareearth_research.eventstudy.chance.dates import Pairs, blocked, separate_dates
from rareearth_research.eventstudy.chance.draws import moved_sums
from rareearth_research.eventstudy.chance.every_session import every_session
from rareearth_research.eventstudy.inputs.events import check_events
from rareearth_research.eventstudy.pairs.further import place_further
from rareearth_research.eventstudy.pairs.screen import screen
from rareearth_research.eventstudy.pairs.windows import Windows
from rareearth_research.studies.cards.asked import ESTIMATION, Asked
from rareearth_research.studies.sample import conditions, refuse_unmeasured
from rareearth_research.timing import map_sessions

MODEL: ModelName = "market"
LEVEL = 0.05  # one session in twenty
POWER = 0.80
MEMORY = 60  # sessions whose moves say how volatile the sample is now
REFRESH = "rareearth data refresh yahoo"  # brings prices of every market
COVERAGE = 0.8  # share of the sample that must have a value
BENCHMARK = "say which it has in study.yaml, such as securities: {LVMH: {benchmark: SPY}}"
ROOM = pd.Timedelta(days=60)  # calendar behind the announcement, so that windows fall into it


@dataclass(frozen=True)
class Ordinary:
    """The same window on sessions without listed news, of one security or the sample's mean.

    Attributes
    ----------
    units : ndarray, shape (n,)
        Moves there, each over the root mean square of the `MEMORY` moves known before it.
    scale : float
        The same root mean square before the event; NaN if it is not known.
    side : {1, -1, 0}
        Which way a move counts; 0 for both.
    """

    units: Floats = field(repr=False)
    scale: float
    side: int

    @cached_property
    def bound(self) -> float:
        """Units beyond which at most `LEVEL` of the sessions lie, the event counted as one.

        With n sessions the k-th largest, k = ⌊LEVEL·(n + 1)⌋: a move beyond it has a placebo
        p-value (1 + #{larger})/(1 + n) ≤ LEVEL. NaN where k is 0.
        """
        k = int(LEVEL * (len(self.units) + 1) + 1e-9)
        return float(np.sort(self._toward(self.units))[-k]) if k else float("nan")

    @property
    def mark(self) -> float:
        """Size of the move beyond which it would be unusual."""
        return self.bound * self.scale

    @property
    def detectable(self) -> float:
        """The shift of an ordinary session that would pass the mark four times in five."""
        if not len(self.units):
            return float("nan")
        tails = [np.quantile(s * self.units, 1 - POWER) for s in (1, -1) if s != -self.side]
        return float((self.bound - min(tails)) * self.scale)

    def as_unusual(self, move: float) -> int:
        """Return how many sessions were as unusual as `move`, the event not counted."""
        return int((self._toward(self.units) >= self._toward(np.array(move / self.scale))).sum())

    def _toward(self, values: Floats) -> Floats:
        return np.abs(values) if self.side == 0 else self.side * values


@dataclass(frozen=True)
class Marked:
    """What is known before the event: the sample's mean, each security, and earlier events.

    Attributes
    ----------
    sample : Ordinary
    securities : dict
        An `Ordinary` by ticker.
    ends : dict
        The last session with a return that was used, by ticker.
    earlier : DataFrame
        ``event_id, move, securities``: the mean over the sample at earlier events.
    hash : str
        Of the returns, exposures and events that all of this rests on.
    """

    sample: Ordinary
    securities: dict[str, Ordinary]
    ends: dict[str, pd.Timestamp]
    earlier: pd.DataFrame
    hash: str


def study_of(asked: Asked, until: pd.Series) -> EventStudy:
    """Return the study of the announcement on returns that end where `until` says.

    Parameters
    ----------
    asked : Asked
    until : Series
        Last session of each exchange that may be used, by MIC.
    """
    table = load_securities()
    chosen = table.loc[list(asked.securities)]
    refuse_unmeasured(chosen, "local", [MODEL], [BENCHMARK])
    local = chosen["benchmark"][chosen["benchmark"] != ""]
    # every exchange has a column, so that names without suffix keep New York's calendar
    indices = [name for name in table["benchmark"].unique() if name]
    names = list(dict.fromkeys([*asked.securities, *indices]))
    latest = max(until.max(), asked.until)
    returns = load_returns(names, until=latest)
    for name in names:
        last = until.get(table["exchange"][name], latest)  # an index may trade elsewhere
        returns.loc[returns.index > last, name] = np.nan
    end = max(returns.index[-1], asked.day + ROOM)
    returns = returns.reindex(returns.index.union([end]))
    return EventStudy(
        returns,
        asked.event.merge(pd.DataFrame({"security": list(asked.securities)}), how="cross"),
        benchmark=local.to_dict(),
        model=MODEL,
        estimation=ESTIMATION,
        windows=[asked.window],
        **conditions(returns) | {"known_events": load_events(until=latest)},
    )


def before(asked: Asked) -> pd.Series:
    """Return the last session before the announcement that each exchange's marks may use."""
    mics = load_securities(list(asked.securities))["exchange"].unique()
    first = map_sessions(asked.event, list(mics)).set_index("exchange")["session_earliest"]
    return first.map(lambda session: min(session - pd.Timedelta(days=1), asked.until))


def marked(asked: Asked, earlier: pd.DataFrame) -> Marked:
    """Measure ordinary sessions and earlier events on returns up to the day before."""
    import hashlib

    study = study_of(asked, before(asked))
    setup, spec = study.setup, study.setup.specification
    cars = [
        car
        for car, _ in every_session(setup.markets, MODEL, ESTIMATION, [asked.window], spec.min_obs)
    ]
    avoid = [np.array([known.row, known.position]) for known in setup.further]
    pairs = setup.pairs
    over = Windows.of(ESTIMATION, *np.array([asked.window]).T)
    rule: Any = {"min_obs": spec.min_obs, "needs_regressors": True}
    here = np.flatnonzero(screen(pairs, setup.markets, over, **rule).n_estimation >= spec.min_obs)
    if not len(here):
        mend = f"bring the prices up to date: {REFRESH}"
        if asked.cut:
            mend = f"they are cut at until={asked.until.date()}: name a later day, or leave it out"
        raise DataError(
            f"no security of {', '.join(asked.securities)} has {spec.min_obs} returns in the "
            f"{-ESTIMATION[0]} sessions before {asked.day.date()}; {mend}"
        )

    def of(chosen: Ints) -> Ordinary:
        # days on which only other exchanges trade are no sessions of these
        used, market = np.unique(pairs.market[chosen], return_inverse=True)
        own = Pairs(
            tuple(setup.markets[m].sessions for m in used),
            pairs.event[chosen],
            market,
            pairs.row[chosen],
            pairs.position[chosen],
        )
        their_cars, their_events = ([held[m] for m in used] for held in (cars, avoid))
        return ordinary(own, their_cars, their_events, asked.window, asked.side)

    digest = hashlib.sha256()
    for market in setup.markets:
        for part in (market.sessions.as_unit("s").asi8, market.returns, market.regressors):
            digest.update(np.ascontiguousarray(part).tobytes())
    exposed = load_securities(list(asked.securities))[["exposure_from", "exposure_until"]]
    digest.update(exposed.to_csv().encode())
    for known in setup.further:
        digest.update("\n".join(sorted(known.event_ids)).encode() + known.position.tobytes())
    return Marked(
        sample=of(here),
        securities={spec.names[pairs.security[i]]: of(np.array([i])) for i in here},
        ends={
            spec.names[column]: market.sessions[np.isfinite(own).nonzero()[0][-1]]
            for market in setup.markets
            for column, own in zip(market.securities, market.returns, strict=True)
            if spec.names[column] in asked.securities and np.isfinite(own).any()
        },
        earlier=_earlier(study, cars, earlier, exposed),
        hash=digest.hexdigest()[:12],
    )


def ordinary(
    pairs: Pairs,
    cars: Sequence[Floats],
    avoid: Sequence[Ints],
    window: tuple[int, int],
    side: int,
) -> Ordinary:
    """Return what the mean CAR of one event's pairs was on ordinary sessions.

    Parameters
    ----------
    pairs : Pairs
        Of one event, each on the sessions of its market.
    cars : sequence of ndarray, shape (1, n, S)
        CARs with every session as session 0, per market; NaN where not known.
    avoid : sequence of ndarray, shape (2, A)
        Row (-1 for all) and session of listed events, per market.
    window : (int, int)
    side : {1, -1, 0}

    Notes
    -----
    x_t is the mean CAR with the event moved to session t, each exchange at its own distance, where
    a share of `COVERAGE` of the pairs has one. Volatility changes, so x_t is divided by
    s_t = √(mean of the last `MEMORY` x² whose windows ended before t), and marks are multiplied by
    the s of the event: historical simulation with volatility updating (Hull and White 1998).
    Sessions whose window shares a session with that of a listed event are no ordinary ones; they
    do count in s.

    References
    ----------
    Hull, J. and White, A. (1998). Incorporating volatility updating into the historical simulation
    method for value-at-risk. Journal of Risk 1, 5-19.
    """
    here = np.arange(len(pairs.event))
    date = int(separate_dates(pairs)[0])
    sums, enough = moved_sums(pairs, cars, here, date, COVERAGE)
    seen = np.flatnonzero(enough)
    x = np.full(len(pairs.union), np.nan)
    x[seen] = sums[1, seen, 0] / sums[0, seen, 0]
    scale = _recent(x, seen, window[1] + 1)
    with np.errstate(divide="ignore", invalid="ignore"):
        units = x / scale
    free = np.isfinite(units) & ~blocked(pairs, here, date, window, avoid, window)
    return Ordinary(units[free], float(scale[date]), side)


def _recent(x: Floats, seen: Ints, lag: int) -> Floats:
    """Return the root mean square of the last `MEMORY` values seen `lag` places before each."""
    scale = np.full(len(x), np.nan)
    if len(seen) >= MEMORY:
        squares = np.lib.stride_tricks.sliding_window_view(x[seen] ** 2, MEMORY).mean(axis=1)
        known = np.searchsorted(seen, np.arange(len(x)) - lag, side="right")
        enough = known >= MEMORY
        scale[enough] = np.sqrt(squares[known[enough] - MEMORY])
    return scale


def _earlier(
    study: EventStudy, cars: Sequence[Floats], events: pd.DataFrame, exposed: pd.DataFrame
) -> pd.DataFrame:
    """Return the mean CAR of the sample at earlier events, and over how many securities."""
    spec, rows = study.setup.specification, []
    if len(events):
        listed, _ = check_events(events, "events", studied=False)
        further = place_further(listed, study.setup.markets, spec.names, spec.placing)
        for market, known, car in zip(study.setup.markets, further, cars, strict=True):
            names = [spec.names[i] for i in market.securities]
            for event, at in zip(known.event_ids, known.position, strict=True):
                day = market.sessions[at]
                rows += [
                    (event, name, day, x) for name, x in zip(names, car[0, :, at], strict=True)
                ]
    pairs = pd.DataFrame(rows, columns=["event_id", "security", "session", "car"]).dropna()
    pairs = pairs.join(exposed, on="security", how="inner")
    outside = (pairs["session"] < pairs["exposure_from"]) | (
        pairs["session"] > pairs["exposure_until"]
    )
    by = pairs[~outside].groupby("event_id")["car"].agg(move="mean", securities="size")
    return by.reset_index()
