"""Did the securities move when the policy became known? The model class of the event study.

`EventStudy(...)` judges every input; `.fit()` estimates each pair of event and security on its own
estimation window and tests the event windows. Inputs are any wide frame of returns and any list of
events; this project's tables are not needed.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal

import pandas as pd

from rareearth_research import choices
from rareearth_research.arguments import check_flag, check_share, check_whole
from rareearth_research.eventstudy.fit import fit
from rareearth_research.eventstudy.inputs import checks
from rareearth_research.eventstudy.inputs.benchmark import check_benchmark, names_in, studied
from rareearth_research.eventstudy.inputs.choices import (
    MODELS,
    check_choices,
    check_tests,
    idle_notes,
    refuse_idle,
)
from rareearth_research.eventstudy.inputs.donors import donor_names
from rareearth_research.eventstudy.inputs.event_columns import asked_spans, unread
from rareearth_research.eventstudy.inputs.events import check_events
from rareearth_research.eventstudy.inputs.factors import read_regressors
from rareearth_research.eventstudy.inputs.frame.periods import calendars_of, periods_of
from rareearth_research.eventstudy.inputs.suspects import served
from rareearth_research.eventstudy.pairs.clean import clean_windows
from rareearth_research.eventstudy.pairs.further import place_apart, place_known
from rareearth_research.eventstudy.pairs.markets import as_read, build_markets
from rareearth_research.eventstudy.pairs.screen import refuse_unplaced
from rareearth_research.eventstudy.pairs.sessions import Placing, list_pairs
from rareearth_research.eventstudy.pairs.setup import Setup, Specification, side_tables
from rareearth_research.eventstudy.results.results import EventStudyResults
from rareearth_research.eventstudy.statistics.ported import WARNING
from rareearth_research.eventstudy.statistics.verdicts import DEFAULT_TESTS, TESTS


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
        pair, as in a Series of dates by security; without, every security is in every event, and
        no index or fund of a market (``^GSPC``, ``SPY``) beside others. A day is ISO text or a
        date; ``confounders`` may say that other news came at the same time.
    benchmark : str, Series or mapping, optional
        A column of `returns`, a ticker of this project's data, a series, a mapping from exchange
        or security to any of these, or ``"local"``.
    model : str, default "market"
        ``raw, mean, market_adjusted, market, scholes_williams, dimson, factors, garch``;
        ``synthetic``, a mixture of unaffected securities (weights ≥ 0, sum 1, fitted on the
        estimation window), and ``synthetic_market``, the market model on their equal-weighted
        portfolio.
    estimation : (int, int), default (-260, -11)
        First and last session of the estimation window, relative to the event session. It may lie
        before the event windows, behind or around them; the sessions from the first to the last
        of all windows of a pair are never estimated on. ``"events"`` reads one estimation window
        per event from the columns ``estimation_start`` and ``estimation_end``.
    windows : sequence of (int, int), default ((-1, 1),)
        Event windows; ``"events"`` reads one window per event from the columns ``window_start``
        and ``window_end``. ``"clean"``: from session 0 to the last close before another listed
        event (of `events` or `known_events`, by the earlier end of its announcement), on each
        exchange by its own closes, [0, 10] at most. Events announced on the same day end no
        window: they are taken for the same news, and named in ``result.notes``.
    tests : sequence of str or function, optional
        Tests to run; all except ``skewness_adjusted`` by default. A function is a test of your
        own: called with a `Sample` (arrays of one window over its pairs, documented in
        `rareearth_research.eventstudy.statistics.sample`), it returns a p-value or (statistic,
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
        Matched estimation days a pair must have; half the (shortest) window, at least k + 3.
    factors : DataFrame or sequence of str, optional
        For ``model="factors"``; a column ``rf`` (a fraction a row) makes returns excess ones.
    donors : sequence of str or DataFrame, optional
        For ``model="synthetic"`` and ``"synthetic_market"``: columns of `returns`, which are then
        not studied, or returns by date. By default the shares of this project's group
        ``controls``: of the security's exchange if there are eight, else of New York. A security
        is never its own donor; of a mixture, neither is one that lacks a day of its windows.
    confounders, overlap : {"flag", "drop", "leave_one_out"}
        What happens to pairs with another event inside the window, or in that of an earlier event
        of the same security. ``leave_one_out`` keeps them and says how far single events matter.
    known_events : DataFrame, optional
        Further events that count as confounders though they are not studied; with a column
        ``security``, each for that security only. They are placed as the events are.
    leave_out : {"nothing", "own_events", "all_events"} or DataFrame or list of dates
        Events whose windows (first to last session of all) are left out of estimation windows, as
        missing days of the security: the study's other events of it; these and `known_events`; or
        exactly those given here. Pairs estimated on windows of listed events are flagged.
    gaps : {"matched", "trade_to_trade"}
        ``matched`` pairs a return over several sessions with its last session's benchmark;
        ``trade_to_trade`` compounds the benchmark over the same span and scales the variance.
    leads_lags : int, default 1
        Leads and lags of ``model="dimson"``.
    limit_days : {"ignore", "flag", "extend"}
        What to do when a window ends on a price-limit day of `price_flags`: nothing, flag the pair,
        or extend the window to the first close off the limit.
    price_flags : DataFrame, optional
        Rows ``date, ticker, flag``: `limit_days` reads ``limit_up, limit_down``; returns flagged
        ``stale, suspect_corporate_action, demerger, rights_issue`` are left out. Without it,
        what `flag_returns` finds is named in ``result.notes``.
    exposure : DataFrame, optional
        By ``ticker`` (or index) ``exposure_from, exposure_until``; pairs outside are dropped.
    weights : Series or DataFrame, optional
        For the test ``portfolio``: market value by security, or by date and security (the last
        one before the event windows counts). Equal by default. Nothing else is weighted.
    matters : float, optional
        Size of an average move, as a fraction, below which it is not worth knowing: only with it
        can the verdict be ``none_larger``. By default the median residual daily standard deviation
        of the securities, one ordinary day's move of one share.
    exchanges : str or mapping, optional
        Whose calendar securities follow: the MIC of an exchange (``"XPAR"``), or ``"own"``, the
        days on which the column has a return; one for all, or by column. By default suffixes say.

    Raises
    ------
    SpecificationError, DataError, TimingError
        Where an input has no meaning; the message names it. Nothing is computed before.

    Notes
    -----
    Windows count sessions, or the weeks or months that rows are. A vendor's exchange suffix
    (``LYC.AX``) names a calendar; without one, rows are the sessions (beside names with one: New
    York's, or the column's own days if it trades when New York is closed), and clock times are
    placed by New York's hours. What is not used is named in ``result.notes``.

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> days = pd.bdate_range("2022-01-03", periods=400)
    >>> market = rng.normal(0, 0.01, 400)
    >>> returns = pd.DataFrame(market[:, None] + rng.normal(0, 0.02, (400, 4)), days, list("ABCD"))
    >>> returns.loc[days[350]] += 0.08  # the news
    >>> study = EventStudy(returns, [days[350]], pd.Series(market, days), windows=[(0, 1)])
    >>> result = study.fit()
    >>> print(result.summary().table.to_string(index=False))
    window   verdict CAAR, log %   95 % interval detectable      by      p  N  dates
    [0, 1] unsettled       +9.54 +2.13 to +16.95       9.69 placebo 0.0344  4      1
    """

    def __init__(
        self,
        returns: pd.DataFrame,
        events: pd.DataFrame | Sequence[Any],
        benchmark: Any = None,
        model: choices.ModelName = "market",
        estimation: tuple[int, int] | Literal["events"] = (-260, -11),
        windows: Sequence[Sequence[int]] | Literal["events", "clean"] = ((-1, 1),),
        *,
        tests: Sequence[choices.TestName | Callable[..., Any]] | None = None,
        timing: choices.Timing = "latest",
        rule: choices.Rule = "next",
        max_shift: int = 10,
        return_type: choices.ReturnType = "log",
        convention: choices.Convention = "textbook",
        min_obs: int | None = None,
        factors: pd.DataFrame | Sequence[str] | None = None,
        donors: pd.DataFrame | Sequence[str] | None = None,
        confounders: choices.Policy = "flag",
        overlap: choices.Policy = "flag",
        known_events: pd.DataFrame | None = None,
        leave_out: choices.LeaveOut | pd.DataFrame | Sequence[Any] = "nothing",
        gaps: choices.Gaps = "matched",
        leads_lags: int = 1,
        limit_days: choices.LimitDays = "ignore",
        price_flags: pd.DataFrame | None = None,
        exposure: pd.DataFrame | None = None,
        weights: pd.Series | pd.DataFrame | None = None,
        matters: float | None = None,
        exchanges: str | Mapping[str, str] | None = None,
    ) -> None:
        check_choices(
            model=model, return_type=return_type, convention=convention, timing=timing, rule=rule,
            gaps=gaps, confounders=confounders, overlap=overlap, limit_days=limit_days,
        )  # fmt: skip
        named, own_tests = check_tests(tests, TESTS, DEFAULT_TESTS)
        check_whole("max_shift", max_shift, 0, 3660)
        check_whole("leads_lags", leads_lags, 1)
        if matters is not None:
            matters = check_share("matters", matters)
        check_benchmark(benchmark)
        returns = checks.check_returns(returns, return_type)
        names = tuple(returns.columns)
        events, as_read_in = check_events(events, "events", set(names))
        refuse_idle(
            model=model, gaps=gaps, convention=convention, factors=factors, donors=donors,
            leads_lags=leads_lags, weights=weights, tests=named, limit_days=limit_days,
            price_flags=price_flags,
        )  # fmt: skip
        spans, shortest = asked_spans(
            events, estimation, windows, len(returns), model=model, limit_days=limit_days
        )
        checks.check_length(len(returns), spans["estimation"], spans["windows"])
        if convention == "eventstudy2":
            warnings.warn(WARNING, UserWarning, stacklevel=2)
        estimated = MODELS[model].estimated + (2 * leads_lags + 1) * (model == "dimson")
        late = model in ("factors", "synthetic")  # its regressors may be too many to lay out first
        if not late:
            checks.check_min_obs(min_obs, *shortest, model, estimated)
        tables, of_tables = side_tables(price_flags, exposure, weights, names)
        flags = tables.get("price_flags")
        returns, suspects, doubted = served(returns, flags, return_type, limit_days)
        benchmarks = {*names_in(benchmark), *donor_names(donors)}
        periods = periods_of(pd.DatetimeIndex(returns.index))
        calendars, of_calendars = calendars_of(returns, benchmarks, exchanges, periods)
        regressors = read_regressors(
            model, benchmark, factors, donors, returns, calendars, return_type
        )
        estimated += len(regressors.names) * late
        markets = as_read(
            build_markets(returns, calendars, regressors, periods),
            {"scholes_williams": 1, "dimson": leads_lags}.get(model, 0),
            return_type if gaps == "trade_to_trade" and MODELS[model].regressors else "",
        )
        held = () if MODELS[model].regressors == "donors" else regressors.names
        eligible, of_markets = studied(names, {*benchmarks, *held}, events)
        placing = Placing(timing, rule, max_shift)
        pairs = list_pairs(events, markets, names, eligible, placing)
        refuse_unplaced(pairs.reason, pd.DatetimeIndex(returns.index))
        where = (markets, names, placing)
        known, further, of_further = place_known(known_events, "known_events", *where)
        whose, apart_from, of_apart = place_apart(leave_out, known, *where)
        notes = as_read_in + unread(events.columns, "events", windows=spans["own_windows"] == "own")
        if spans["own_windows"] == "clean":
            tables["clean"], told = clean_windows(events, known, pairs, *where)
            notes = told + notes
        notes += idle_notes(names, model=model, benchmark=benchmark, rule=rule, max_shift=max_shift)
        notes += of_markets
        self.setup = Setup(
            specification=Specification(
                names=names,
                model=model,
                regressors=regressors.names,
                **spans,
                leave_out=whose,
                tests=named,
                own_tests=own_tests,
                convention=convention,
                return_type=return_type,
                estimated=estimated,
                min_obs=checks.check_min_obs(min_obs, *shortest, model, estimated),
                gaps=gaps,
                confounders=confounders,
                overlap=overlap,
                limit_days=limit_days,
                matters=matters,
                notes=(*notes, *doubted, *of_tables, *of_calendars, *of_further, *of_apart),
                placing=placing,
                row=periods.name if periods else "session",
            ),
            events=events,
            markets=markets,
            pairs=pairs,
            uses=regressors.uses,
            further=further,
            apart=apart_from,
            suspects=suspects,
            **tables,
        )

    def fit(self, *, progress: bool = True) -> EventStudyResults:
        """Estimate every pair and test every window.

        Parameters
        ----------
        progress : bool
            Show a bar on a terminal.

        Raises
        ------
        SpecificationError
            If no pair can be studied; the message counts the reasons.
        """
        return fit(self.setup, progress=check_flag("progress", progress))
