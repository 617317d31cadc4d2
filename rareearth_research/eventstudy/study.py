"""Did the securities move when the policy became known? The model class of the event study.

`EventStudy(...)` judges every input; `.fit()` estimates each pair of event and security on its own
estimation window and tests the event windows. Inputs are any wide frame of returns and any list of
events; this project's tables are not needed.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from rareearth_research.arguments import check_choice, check_whole
from rareearth_research.eventstudy.inputs import checks
from rareearth_research.eventstudy.inputs.benchmark import (
    Regressors,
    check_benchmark,
    names_in,
    resolve_benchmark,
)
from rareearth_research.eventstudy.inputs.calendars import exchanges_of
from rareearth_research.eventstudy.inputs.events import check_events, event_windows
from rareearth_research.eventstudy.inputs.factors import factor_regressors
from rareearth_research.eventstudy.inputs.idle import idle_notes, refuse_idle
from rareearth_research.eventstudy.models.estimate import MODELS, fit_pairs
from rareearth_research.eventstudy.pairs import markets as panel
from rareearth_research.eventstudy.pairs import policies
from rareearth_research.eventstudy.pairs.exposure import check_exposure
from rareearth_research.eventstudy.pairs.further import Further, place_known
from rareearth_research.eventstudy.pairs.limits import check_flags
from rareearth_research.eventstudy.pairs.screen import Screen, refuse_none, refuse_unplaced, screen
from rareearth_research.eventstudy.pairs.sessions import list_pairs
from rareearth_research.eventstudy.pairs.weights import check_weights, portfolio_weights
from rareearth_research.eventstudy.results.measure import build_results
from rareearth_research.eventstudy.results.results import EventStudyResults, Specification
from rareearth_research.eventstudy.statistics.ported import WARNING
from rareearth_research.eventstudy.statistics.verdicts import DEFAULT_TESTS, TESTS

__all__ = ["EventStudy"]


class EventStudy:
    """Specify an event study; `fit` runs it.

    Parameters
    ----------
    returns : DataFrame, shape (T, N)
        Returns as fractions, one column per security, tz-naive ascending session dates as index.
        NaN where a security did not trade; the return after a gap covers the gap.
    events : DataFrame or list of dates
        ``event_id`` with a ``date`` (session) or an announcement interval
        (``announced_earliest``, ``announced_latest``). With a column ``security`` each row is one
        pair; without, every security is in every event. A day is ISO text or a date object; a
        text or True in ``confounders`` says that other news came at the same time.
    benchmark : str, Series or mapping, optional
        A column of `returns`, a ticker of this project's data, a series, a mapping from exchange
        or security to any of these, or ``"local"``.
    model : str, default "market"
        ``raw, mean, market_adjusted, market, scholes_williams, dimson, factors, garch``.
    estimation : (int, int), default (-260, -11)
        First and last session of the estimation window, relative to the event session.
    windows : sequence of (int, int), default ((-1, 1),)
        Event windows; ``"events"`` reads one window per event from the columns ``window_start``
        and ``window_end``.
    tests : sequence of str, optional
        Tests to run; all except ``skewness_adjusted`` by default.
    timing : {"latest", "earliest", "effective", "reported"}
        Which moment of the announcement gives session 0.
    rule, max_shift : {"next", "previous", "skip"}, int
        Where an event on a closed day goes; at most `max_shift` calendar days away (10).
    return_type : {"log", "simple"}
        What `returns` holds.
    convention : {"textbook", "eventstudy2"}
        The second reproduces that software's forms, with a warning.
    min_obs : int, optional
        Matched estimation days a pair must have; half the window (at least k + 3) by default.
    factors : DataFrame or sequence of str, optional
        For ``model="factors"``; a column ``rf`` (a fraction a row) turns returns into excess
        returns.
    confounders, overlap : {"flag", "drop", "leave_one_out"}
        What happens to pairs with another event inside the window, and to pairs whose windows
        overlap an earlier event of the same security. ``leave_one_out`` keeps them and makes
        `summary` say how far the answer depends on single events.
    known_events : DataFrame, optional
        Further events that count as confounders though they are not studied; with a column
        ``security``, each for that security only. They are placed as the events are.
    gaps : {"matched", "trade_to_trade"}
        ``matched`` pairs a return over several sessions with its last session's benchmark;
        ``trade_to_trade`` compounds the benchmark over the same span and scales the variance.
    leads_lags : int, default 1
        Leads and lags of ``model="dimson"``.
    limit_days : {"ignore", "flag", "extend"}
        What to do when a window ends on a price-limit day, listed in `price_flags`: nothing, flag
        the pair, or extend the window to the first close off the limit.
    price_flags : DataFrame, optional
        Rows ``date, ticker, flag`` with flags ``limit_up`` and ``limit_down``.
    exposure : DataFrame, optional
        By ``ticker`` (or index) ``exposure_from, exposure_until``; pairs outside are dropped.
    weights : Series or DataFrame, optional
        For the test ``portfolio``: market value by security, or by date and security (the last
        one before the event windows counts). Equal weights by default. Nothing else is weighted.

    Raises
    ------
    SpecificationError, DataError, TimingError
        Where an input has no meaning; the message names it. Nothing is computed before.

    Notes
    -----
    Windows count sessions. Names with an exchange suffix (``LYC.AX``) use their exchange's
    calendar; an unknown suffix is refused. For names without one the rows of `returns` in which
    such names trade are the sessions (New York's beside names with a suffix, unless one of them
    trades when New York is closed), and announcements with clock times are placed by New York's
    hours. What is given and not used ends up in ``result.notes``, where it cannot change the
    answer, and is refused where it could.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> days = pd.bdate_range("2022-01-03", periods=400)
    >>> market = rng.normal(0, 0.01, 400)
    >>> returns = pd.DataFrame(market[:, None] + rng.normal(0, 0.02, (400, 4)), days, list("ABCD"))
    >>> returns.loc[days[350]] += 0.08  # the news
    >>> study = EventStudy(returns, [days[350]], pd.Series(market, days), windows=[(0, 1)])
    >>> result = study.fit()
    >>> print(result.summary().table.to_string(index=False))
    window CAAR, % leading test statistic      p     r̄  N effective N
    [0, 1]   +9.54           kp      3.96 0.0288 +0.005  4         3.9
    """

    def __init__(
        self,
        returns: pd.DataFrame,
        events: pd.DataFrame | Sequence[Any],
        benchmark: Any = None,
        model: str = "market",
        estimation: tuple[int, int] = (-260, -11),
        windows: Any = ((-1, 1),),
        *,
        tests: Sequence[str] | None = None,
        timing: str = "latest",
        rule: str = "next",
        max_shift: int = 10,
        return_type: str = "log",
        convention: str = "textbook",
        min_obs: int | None = None,
        factors: pd.DataFrame | Sequence[str] | None = None,
        confounders: str = "flag",
        overlap: str = "flag",
        known_events: pd.DataFrame | None = None,
        gaps: str = "matched",
        leads_lags: int = 1,
        limit_days: str = "ignore",
        price_flags: pd.DataFrame | None = None,
        exposure: pd.DataFrame | None = None,
        weights: pd.Series | pd.DataFrame | None = None,
    ) -> None:
        check_choice("model", model, MODELS)
        checks.check_choices(
            return_type=return_type, convention=convention, timing=timing, rule=rule, gaps=gaps,
            confounders=confounders, overlap=overlap, limit_days=limit_days,
        )  # fmt: skip
        tests = checks.check_tests(tests, TESTS, DEFAULT_TESTS)
        check_whole("max_shift", max_shift, 0, 3660)
        check_whole("leads_lags", leads_lags, 1)
        check_benchmark(benchmark)
        self.returns = checks.check_returns(returns, return_type)
        self.events = check_events(events, "events", set(self.returns.columns))
        self.estimation = checks.check_estimation(estimation)
        refuse_idle(model, gaps, factors, leads_lags, weights, tests, limit_days, price_flags)
        self.own_windows = isinstance(windows, str) and windows == "events"
        spans = event_windows(self.events) if self.own_windows else windows
        self.windows = checks.check_windows(spans, self.estimation)
        checks.check_length(self.returns, self.estimation, self.windows)
        if convention == "eventstudy2":
            warnings.warn(WARNING, UserWarning, stacklevel=2)

        self.benchmark, self.model, self.factors = benchmark, model, factors
        self.tests, self.convention, self.return_type = tests, convention, return_type
        self.timing, self.rule, self.max_shift = timing, rule, max_shift
        self.gaps, self.leads_lags, self.limit_days = gaps, leads_lags, limit_days
        self.confounders, self.overlap, self.known_events = confounders, overlap, known_events
        self.regressor_names: tuple[str, ...] = ()
        if model != "factors":  # before regressors are laid out, of which there may be too many
            checks.check_min_obs(min_obs, self.estimation, model, self.estimated)
        self.price_flags = None if price_flags is None else check_flags(price_flags)
        self.exposure = None if exposure is None else check_exposure(exposure)
        self.weights = check_weights(weights, list(self.returns.columns))
        self.notes = idle_notes(self)
        self._place()
        self.min_obs = checks.check_min_obs(min_obs, self.estimation, model, self.estimated)

    def _place(self) -> None:
        """Put returns and regressors on exchange calendars and events on sessions."""
        self.names = names = list(self.returns.columns)
        benchmarks = set(names_in(self.benchmark))
        self.exchanges, notes = exchanges_of(self.returns, benchmarks)
        self.notes += tuple(notes)
        regressors = self._regressors()
        self.regressor_names = regressors.names
        markets = panel.build_markets(self.returns, self.exchanges, regressors)
        reach = {"scholes_williams": 1, "dimson": self.leads_lags}.get(self.model, 0)
        spans = self.gaps == "trade_to_trade" and MODELS[self.model].regressors
        markets = panel.as_read(markets, reach, self.return_type if spans else "")
        self.markets = markets
        # a benchmark is no security to study, even where the model does not use it
        apart = {*regressors.names, *benchmarks}
        eligible = np.array([name not in apart for name in names])
        placing: dict[str, Any] = {
            "timing": self.timing,
            "rule": self.rule,
            "max_shift": self.max_shift,
        }
        self.pairs = list_pairs(self.events, markets, names, eligible, **placing)
        refuse_unplaced(self.pairs.reason, pd.DatetimeIndex(self.returns.index))
        self.further: tuple[Further, ...] = ()
        if self.known_events is not None:
            self.further, unused = place_known(self.known_events, markets, names, **placing)
            self.notes += unused

    def _regressors(self) -> Regressors:
        if self.model == "factors":
            return factor_regressors(self.factors, self.returns, self.return_type)
        if MODELS[self.model].regressors:
            return resolve_benchmark(self.benchmark, self.returns, self.exchanges, self.return_type)
        none = np.full(len(self.names), -1, dtype=np.int64)
        return Regressors((), np.empty((0, 1, len(self.returns))), none)

    @property
    def estimated(self) -> int:
        """Coefficients k that the model estimates per pair."""
        k = MODELS[self.model].estimated
        if self.model == "factors":
            k += len(self.regressor_names)
        if self.model == "dimson":
            k += 2 * self.leads_lags + 1
        return k

    def fit(self) -> EventStudyResults:
        """Estimate every pair and test every window.

        Returns
        -------
        EventStudyResults

        Raises
        ------
        SpecificationError
            If no pair can be studied; the message counts the reasons.
        """
        windows, first, last = policies.place_windows(self)
        found = screen(
            self.pairs,
            self.markets,
            self.estimation,
            windows.sessions,
            first,
            last,
            self.min_obs,
            needs_regressors=MODELS[self.model].regressors,
            simple=self.return_type == "simple",
        )
        context = policies.judge(self, found, windows, last)
        reason = context.reason
        refuse_none(reason)
        keep = np.flatnonzero(reason == "")
        windows = windows.take(keep)
        fitted = fit_pairs(
            self.model,
            self.markets,
            self.pairs.market[keep],
            self.pairs.row[keep],
            self.pairs.position[keep],
            found.complete[keep],
            windows,
            spans=self.gaps == "trade_to_trade",
        )
        bad = fitted.constant | ~np.isfinite(fitted.sigma2)
        if bad.any():
            failure = "no_convergence" if self.model == "garch" else "collinear_factors"
            reason[keep] = np.where(fitted.constant, "constant_returns", np.where(bad, failure, ""))
            refuse_none(reason)
            keep, fitted, windows = keep[~bad], fitted.take(~bad), windows.take(~bad)
        fitted = replace(fitted, weights=portfolio_weights(self, keep))
        screened = Screen(reason, found.n_estimation, found.complete, found.multi_session)
        return build_results(
            Specification.of(self),
            self.pairs,
            self.markets,
            screened,
            context.flags,
            keep,
            fitted,
            windows,
        )
