"""Which events and securities, and under which conditions? The same for every study.

A security counts only while it was in the business (exposure dates), a window that ends on a
price-limit day is flagged, and every listed event counts as a confounder. A study that left one of
these out would give another number for the same question.
"""

from __future__ import annotations

from collections.abc import Sequence, Sized
from typing import Any, get_args

import pandas as pd

from rareearth_research.arguments import check_names
from rareearth_research.choices import StudyModel
from rareearth_research.datasets import (
    load_events,
    load_firm_news,
    load_price_flags,
    load_returns,
    load_securities,
)
from rareearth_research.datasets.own.events import YOURS
from rareearth_research.errors import SpecificationError, few, listed, shown
from rareearth_research.eventstudy.fit import fit
from rareearth_research.eventstudy.inputs.checks import check_windows
from rareearth_research.eventstudy.results.benchmark_end import benchmark_end
from rareearth_research.eventstudy.results.results import EventStudyResults
from rareearth_research.eventstudy.results.sentences import over
from rareearth_research.labels import label
from rareearth_research.numerals import counted
from rareearth_research.timing import EXCHANGES, map_sessions
from rareearth_research.timing.spoken import TWO, either

SINCE = "2009-01-01"
BENCHMARKED = ("market_adjusted", "market", "scholes_williams", "dimson")
OF_CONTROLS = ("synthetic", "synthetic_market")
MODELS = get_args(StudyModel)
TIGHTENINGS = (
    "cn-2023-07-ga-ge-controls",
    "cn-2023-10-graphite",
    "cn-2024-08-antimony",
    "cn-2024-12-ban-to-us",
    "cn-2025-02-no10-w-te-bi-mo-in",
    "cn-2025-04-no18-seven-ree",
    "cn-2025-10-no61-no62",
    "cn-2026-01-japan-no1",
)


def conditions(returns: pd.DataFrame) -> dict[str, Any]:
    """Return the arguments of `EventStudy` that every study of `returns` shares."""
    flags = load_price_flags()
    return {
        "known_events": load_events(),
        "exposure": load_securities(),
        **({"price_flags": flags, "limit_days": "flag"} if len(flags) else {}),  # a wheel has none
        **calendars(returns),
    }


def calendars(returns: pd.DataFrame) -> dict[str, Any]:
    """Return the exchanges of securities of one's own, whose names need not say them."""
    listed = load_securities(list(returns.columns))
    if "origin" not in listed:
        return {}
    return {"exchanges": listed.loc[listed["origin"] == YOURS, "exchange"].to_dict()}


def own_words(events: pd.DataFrame, securities: pd.DataFrame, timing: str = "") -> str:
    """Say how much of a sample is the user's own, where files of one's own are in play.

    With a `timing`, also which of the user's events leave two sessions possible.
    """
    if "origin" not in securities:
        return ""
    counts = [
        f"{(frame['origin'] == YOURS).sum()} of {len(frame)} {what}"
        for frame, what in ((events, "events"), (securities, "securities"))
    ]
    words = f"Yours: {' and '.join(counts)}; everything else is shipped."
    own = securities.index[securities["origin"] == YOURS]
    if len(own) and not load_firm_news()["security"].isin(own).any():
        words += " No list of news of single firms holds any of yours."
    yours = events[events["origin"] == YOURS]
    return " ".join([words, *session_words(yours, securities, timing)])


def session_words(events: pd.DataFrame, securities: pd.DataFrame, timing: Any) -> list[str]:
    """Say which events leave two sessions possible on the exchanges of the securities."""
    exchanges = sorted(securities["exchange"].unique())
    if events.empty or timing not in TWO:
        return []
    names = {event["event_id"]: event_words(event) for _, event in events.iterrows()}
    return either(map_sessions(events, exchanges, timing=timing), names, timing)


def refuse_unmeasured(
    securities: pd.DataFrame,
    benchmark: str,
    models: Sequence[str],
    ways: Sequence[str] = (
        "name one of your columns or a ticker as benchmark",
        "use model='mean', which needs none",
    ),
) -> None:
    """Raise where a model needs the index of an exchange for which none is known."""
    if benchmark != "local" or "origin" not in securities or set(models).isdisjoint(BENCHMARKED):
        return
    own = securities["origin"] == YOURS
    lacking = securities[own & (securities["benchmark"] == "") & (securities["kind"] != "index")]
    if lacking.empty:
        return
    names = few([f"{name} ({exchange})" for name, exchange in lacking["exchange"].items()])
    every = load_securities()
    loose = every.index[(every["kind"] == "index") & (every["exchange"] == "")]
    index = "add the index to your prices under a name that begins with ^"
    if len(loose):
        index = f"say whose index {loose[0]} is, such as exchanges: {{{loose[0]}: XPAR}}"
    *before, last = index, *ways
    raise SpecificationError(f"no index is known for {names}; {', '.join(before)}, or {last}")


def names_or_all(name: str, value: Sequence[str] | str | None) -> list[str]:
    """Return one name or several as a list; nothing given is no name, and stands for all."""
    nothing = (
        isinstance(value, Sized) and not isinstance(value, str | pd.DataFrame) and not len(value)
    )
    return [] if value is None or nothing else check_names(name, value)


def named_events(event_ids: Sequence[str] | str) -> pd.DataFrame:
    """Return the events named, of which there must be one."""
    return load_events(event_ids=check_names("event_ids", event_ids))


def group_returns(group: str) -> pd.DataFrame:
    """Return the returns of the one group named."""
    return load_returns(group=check_names("group", [group]))


def choose_events(
    event_ids: Sequence[str] | str,
    actors: Sequence[str] | str = (),
    directions: Sequence[str] | str = (),
    materials: Sequence[str] | str = (),
    since: str = SINCE,
    suggested: bool = True,
) -> pd.DataFrame:
    """Return the events named, or without names those that the filters choose.

    `suggested` says that only events of the suggested sample, whose day is known, are chosen.

    Raises
    ------
    SpecificationError
        If both are given, or nothing satisfies the filters.
    """
    filters = {"actors": actors, "directions": directions, "materials": materials}
    wanted = {name: names_or_all(name, value) for name, value in filters.items()}
    given = [name for name, value in wanted.items() if value]
    given += ["since"] if since != SINCE else []
    if ids := names_or_all("event_ids", event_ids):
        if given:
            raise SpecificationError(
                f"event_ids and {listed(given)} both choose events; give event_ids=[] to choose by "
                f"{listed(given)}, or leave {listed(given)} out"
            )
        return load_events(event_ids=ids)
    events = load_events(
        actor=wanted["actors"] or None,
        direction=wanted["directions"] or None,
        materials=wanted["materials"] or None,
        since=since,
        usable=suggested or None,
        precision="day" if suggested else None,
    )
    if events.empty:
        of = " of the suggested sample" * suggested
        asked = listed([f"{name}={shown(wanted.get(name, since))}" for name in given])
        raise SpecificationError(
            f"no event{of} satisfies {asked}{' together' * (len(given) > 1)}; choose an earlier "
            "day, or leave one of them out"
        )
    return events


def choose_securities(securities: Sequence[str] | str, group: str, *, default: str) -> pd.DataFrame:
    """Return the securities named, or without names those of the group.

    Raises
    ------
    SpecificationError
        If both are given: a group other than `default` beside names.
    """
    tickers = names_or_all("securities", securities)
    if not tickers:
        return load_securities(group=check_names("group", [group]))
    if group != default:
        raise SpecificationError(
            f"securities and group={group!r} both choose securities; leave one of them out"
        )
    return load_securities(tickers)


def numbered(windows: Any) -> tuple[tuple[int, int], ...]:
    """Return windows that are the same for every pair, as the placebo of a study needs them."""
    if isinstance(windows, str):
        raise SpecificationError(
            f"windows={shown(windows)}: a study compares its windows with other sessions, so give "
            "them as numbers, such as [[0, 1]]; EventStudy takes 'clean' and 'events'"
        )
    return check_windows(windows, None)


def sample_words(event_ids: Sequence[str]) -> str:
    """Say by which rule the events were chosen, if by one."""
    if sorted(event_ids) == sorted(TIGHTENINGS):
        return (
            "The sample is fixed by a rule, not by returns: every Chinese licence requirement or "
            "ban since 2023 that tightened supply and is in the suggested sample, one per day."
        )
    return (
        f"The sample ({counted(len(event_ids), 'event')}) was chosen by name; a sample chosen for "
        "its returns makes p-values too small."
    )


def event_words(event: pd.Series) -> str:
    """Return what an event was and when: ``"the statement of 7 June 2025"``."""
    kind = label("instrument_type", event["instrument_type"]).replace("_", " ")
    date, precision = event["date"], event["date_precision"]
    day = f"{date.day} " if precision == "day" else ""
    return f"the {kind} of {day}{date:{'%Y' if precision == 'year' else '%B %Y'}}"


def benchmark_words(model: str, benchmark: str) -> str:
    """Return what returns were held against: ``"against each exchange's own index"``."""
    if model in OF_CONTROLS:
        return "against controls"
    if model not in BENCHMARKED:
        return "without a benchmark"
    return f"against {label('benchmark', benchmark)}"


def shared_words(result: EventStudyResults) -> str:
    """Say where the first window's pairs, and so its figures, hang on the others asked for."""
    spec, kept = result.specification, len(result.keep)
    if len(spec.windows) < 2:
        return ""
    alone = len(fit(result.setup.asking(windows=spec.windows[:1])).keep)
    if alone == kept:
        return ""
    return (
        f"Every window is measured on the same pairs: {counted(alone - kept, 'pair')} without a "
        f"price at the end of a later window {'is' if alone - kept == 1 else 'are'} in none. "
        f"Asked for alone, {over(spec.labels[0])} {alone} pairs would be measured and not {kept}, "
        "and every figure, the placebo among them, would be another."
    )


def prices_end(*results: EventStudyResults, returns: pd.DataFrame | None = None) -> str:
    """Say which session is the last one used and when prices of those still listed end, by city.

    `returns` are those studied, as `load_returns` gives them; without, they are loaded again.
    """
    names = {r.specification.names[i]: None for r in results for i in r.pairs.security}
    securities = load_securities(list(names))
    used = pd.concat([result.abnormal for result in results])
    last = used.groupby(used["security"].map(securities["exchange"]))["session"].max()
    parts = [f"{EXCHANGES[str(mic)].city} {day.day} {day:%B %Y}" for mic, day in last.items()]
    words = [f"Last session used: {', '.join(parts)}."]
    for result in results:
        words += benchmark_end(result.setup, result.screened.reason, one=True)
    listed = securities[securities["listed_until"].isna()]
    if listed.empty:
        return " ".join(words)
    columns = list(listed.index)
    known = (load_returns(columns) if returns is None else returns[columns]).notna()
    end: Any = known[::-1].idxmax()  # the last one known
    months = end[known.any()].dt.to_period("M")
    parts = []
    for exchange, own in months.groupby(listed["exchange"].reindex(months.index), sort=False):
        counts = own.value_counts().sort_index(ascending=False)
        ends = [month.strftime("%B %Y") for month in counts.index]
        if len(ends) > 1:
            ends = [f"{month} ({n})" for month, n in zip(ends, counts, strict=True)]
        parts.append(f"in {EXCHANGES[exchange].city} in {', '.join(ends)}")
    words.append(f"Prices end {'; '.join(parts)}: what is missing is never filled.")
    return " ".join(words)
