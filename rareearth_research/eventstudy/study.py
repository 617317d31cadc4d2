"""Did the securities move when the policy became known? The model class of the event study.

`EventStudy(...)` judges every input; `.fit()` estimates each pair of event and security on its own
estimation window and tests the event windows. Inputs are any wide frame of returns and any list of
events; this project's tables are not needed.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd

from rareearth_research.arguments import check_share, check_whole
from rareearth_research.eventstudy.fit import fit
from rareearth_research.eventstudy.inputs import checks
from rareearth_research.eventstudy.inputs.benchmark import (
    Regressors,
    check_benchmark,
    names_in,
    resolve_benchmark,
)
from rareearth_research.eventstudy.inputs.calendars import exchanges_of
from rareearth_research.eventstudy.inputs.choices import MODELS, check_choices
from rareearth_research.eventstudy.inputs.event_columns import unread
from rareearth_research.eventstudy.inputs.events import check_events, event_windows
from rareearth_research.eventstudy.inputs.factors import factor_regressors
from rareearth_research.eventstudy.inputs.idle import idle_notes, refuse_idle
from rareearth_research.eventstudy.inputs.side_tables import refuse_strangers
from rareearth_research.eventstudy.pairs.exposure import check_exposure
from rareearth_research.eventstudy.pairs.further import place_known
from rareearth_research.eventstudy.pairs.limits import check_flags
from rareearth_research.eventstudy.pairs.markets import as_read, build_markets
from rareearth_research.eventstudy.pairs.screen import refuse_unplaced
from rareearth_research.eventstudy.pairs.sessions import Placing, list_pairs
from rareearth_research.eventstudy.pairs.setup import Setup, Specification
from rareearth_research.eventstudy.pairs.weights import check_weights
from rareearth_research.eventstudy.results.results import EventStudyResults
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
    tests : sequence of str or function, optional
        Tests to run; all except ``skewness_adjusted`` by default. A function is a test of your
        own: called with a `Sample` (arrays of one window over its pairs, documented in
        `rareearth_research.eventstudy.statistics.verdicts`), it returns a p-value or (statistic,
        p-value), NaN for none, and appears under its name. `size_of` says how often it is wrong.
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
    matters : float, optional
        Size of an average move, as a fraction, below which it is not worth knowing: only with it
        can the verdict be ``none_larger``. By default the median residual daily standard deviation
        of the securities, one ordinary day's move of one share.

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
        tests: Sequence[str | Callable[..., Any]] | None = None,
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
        matters: float | None = None,
    ) -> None:
        check_choices(
            model=model, return_type=return_type, convention=convention, timing=timing, rule=rule,
            gaps=gaps, confounders=confounders, overlap=overlap, limit_days=limit_days,
        )  # fmt: skip
        named, own_tests = checks.check_tests(tests, TESTS, DEFAULT_TESTS)
        check_whole("max_shift", max_shift, 0, 3660)
        check_whole("leads_lags", leads_lags, 1)
        if matters is not None:
            matters = check_share("matters", matters)
        check_benchmark(benchmark)
        returns = checks.check_returns(returns, return_type)
        names = tuple(returns.columns)
        events = check_events(events, "events", set(names))
        estimation = checks.check_estimation(estimation)
        refuse_idle(
            model=model, gaps=gaps, factors=factors, leads_lags=leads_lags, weights=weights,
            tests=named, limit_days=limit_days, price_flags=price_flags,
        )  # fmt: skip
        own_windows = isinstance(windows, str) and windows == "events"
        spans = event_windows(events) if own_windows else windows
        windows = checks.check_windows(spans, estimation)
        checks.check_length(len(returns), estimation, windows)
        if convention == "eventstudy2":
            warnings.warn(WARNING, UserWarning, stacklevel=2)
        estimated = MODELS[model].estimated + (2 * leads_lags + 1) * (model == "dimson")
        if model != "factors":  # before regressors are laid out, of which there may be too many
            checks.check_min_obs(min_obs, estimation, model, estimated)
        tables, of_tables = _side_tables(price_flags, exposure, weights, names)
        benchmarks = set(names_in(benchmark))
        exchanges, of_calendars = exchanges_of(returns, benchmarks)
        regressors = _regressors(model, benchmark, factors, returns, exchanges, return_type)
        estimated += len(regressors.names) * (model == "factors")
        markets = as_read(
            build_markets(returns, exchanges, regressors),
            {"scholes_williams": 1, "dimson": leads_lags}.get(model, 0),
            return_type if gaps == "trade_to_trade" and MODELS[model].regressors else "",
        )
        # a benchmark is no security to study, even where the model does not use it
        apart = {*regressors.names, *benchmarks}
        eligible = np.array([name not in apart for name in names])
        placing = Placing(timing, rule, max_shift)
        pairs = list_pairs(events, markets, names, eligible, placing)
        refuse_unplaced(pairs.reason, pd.DatetimeIndex(returns.index))
        further, of_further = place_known(known_events, markets, names, placing)
        notes = unread(events.columns, "events", windows=own_windows)
        notes += idle_notes(names, model=model, benchmark=benchmark, rule=rule, max_shift=max_shift)
        self.setup = Setup(
            specification=Specification(
                names=names,
                model=model,
                regressors=regressors.names,
                estimation=estimation,
                windows=windows,
                own_windows=own_windows,
                tests=named,
                own_tests=own_tests,
                convention=convention,
                return_type=return_type,
                estimated=estimated,
                min_obs=checks.check_min_obs(min_obs, estimation, model, estimated),
                gaps=gaps,
                confounders=confounders,
                overlap=overlap,
                limit_days=limit_days,
                matters=matters,
                notes=(*notes, *of_tables, *of_calendars, *of_further),
                placing=placing,
            ),
            events=events,
            markets=markets,
            pairs=pairs,
            benchmark_of=regressors.set_of,
            further=further,
            **tables,
        )

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
        return fit(self.setup)


def _side_tables(
    price_flags: Any, exposure: Any, weights: Any, names: Sequence[str]
) -> tuple[dict[str, Any], list[str]]:
    """Return those tables beside the returns that were given, judged, and what of them is idle."""
    tables: dict[str, Any] = {}
    named: dict[str, Any] = {}
    if price_flags is not None:
        tables["price_flags"] = check_flags(price_flags)
        named["price_flags"] = tables["price_flags"]["ticker"].unique()
    if exposure is not None:
        tables["exposure"] = check_exposure(exposure)
        named["exposure"] = tables["exposure"].index
    if weights is not None:
        table = tables["weights"] = check_weights(weights, names)
        named["weights"] = table.columns if table.ndim == 2 else table.index
    notes = [note for what in named for note in refuse_strangers(what, named[what], names)]
    return tables, notes


def _regressors(
    model: str,
    benchmark: Any,
    factors: Any,
    returns: pd.DataFrame,
    exchanges: Sequence[str],
    return_type: str,
) -> Regressors:
    if model == "factors":
        return factor_regressors(factors, returns, return_type)
    if MODELS[model].regressors:
        return resolve_benchmark(benchmark, returns, exchanges, return_type)
    none = np.full(returns.shape[1], -1, dtype=np.int64)
    return Regressors((), np.empty((0, 1, len(returns))), none)
