"""What would have happened without the event? Three counterfactuals, each with its own check."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from rareearth_research.arguments import check_choice, check_names, check_whole
from rareearth_research.datasets import load_events, load_prices, load_securities
from rareearth_research.datasets.citing import titles
from rareearth_research.dynamics import (
    StateSpaceImpact,
    SyntheticControl,
    SyntheticDid,
    synthetic_did,
)
from rareearth_research.dynamics.structural.impact import BEFORE, EACH
from rareearth_research.errors import SpecificationError, listed, shown
from rareearth_research.numerals import counted
from rareearth_research.studies.answer import Notes, Said
from rareearth_research.studies.own_files import reads_files
from rareearth_research.studies.slow.gaps import LEVEL, PASSED, Asked, alone, methods, other_ways
from rareearth_research.studies.slow.judged import (
    SlowStudy,
    drawn_from,
    news_beside,
    others_found,
    survival,
)
from rareearth_research.studies.words import without as said
from rareearth_research.summary import options_of
from rareearth_research.timing import event_session

if TYPE_CHECKING:
    from matplotlib.figure import Figure

FAR = 0.8  # in logs: what a picture shows at least of intervals that reach farther
PAPERS = ("goldsmith_pinkham_lyu_2025", "ostry_2026")
EVERY = {"week": "W-FRI", "session": None}


@dataclass(frozen=True, repr=False)
class CounterfactualStudy(SlowStudy):
    """Result of `counterfactual`; `table` has a row per method.

    Attributes
    ----------
    event : Series
        As `load_events` gives it.
    wide : DataFrame
        Log closes of units and donors.
    synthetic : SyntheticControl
    differences : SyntheticDid or None
        None without the package diff-diff.
    impact : StateSpaceImpact
        Of the units' mean.
    known : DataFrame
        What others found, as far as it was read.
    units : DataFrame
        By unit: what a synthetic control and the state space say of it alone.
    """

    event: pd.Series
    wide: pd.DataFrame
    synthetic: SyntheticControl
    differences: SyntheticDid | None
    impact: StateSpaceImpact
    known: pd.DataFrame
    units: pd.DataFrame

    @options_of("plot_did_it_move")
    def plot(self, **options: Any) -> Figure:
        """Draw the effect by each method with its interval; hollow where its check objects."""
        from rareearth_research.plots import in_per_cent, plot_did_it_move

        answers = SimpleNamespace(
            table=self.table.assign(guard=self.table["guard"] == PASSED),
            level=self.impact.level,
            summary=self.summary,
        )
        title = (
            f"{self._names}: {said.lead(self.table, answers.level)}: "
            f"{said.words(self.table, self.verdict)}."
        )
        drawn = plot_did_it_move(answers, **{"title": title, "source": self.source, **options})
        far = max(FAR, 1.1 * self.table["effect"].abs().max())  # an interval beyond runs off
        low, high = drawn.axes[0].get_xlim()
        drawn.axes[0].set_xlim(max(low, -far), min(high, far))
        return in_per_cent(drawn.axes[0].xaxis, "Away from where they would have been, on average")

    @property
    def rests(self) -> tuple[str, pd.Timestamp | None]:
        units, donors = self.parameters["unit"], self.synthetic.weights
        words = f"{counted(len(units), 'unit')}, {counted(len(donors), 'donor')}"
        return words, self.wide.index[-1]

    @options_of("plot_synthetic_control", "events")
    def plot_synthetic(self, **options: Any) -> Figure:
        """Draw the units, their synthetic control, and the gap beside those of placebos."""
        from rareearth_research.plots import in_per_cent

        title = self._title("synthetic control")
        usual = {"title": title, "source": self.source}
        drawn = self.synthetic.plot(events=self.news, **{**usual, **options})
        drawn.axes[0].set_ylabel("Log price, mean of shares")
        return in_per_cent(drawn.axes[1].yaxis, "Gap")

    @options_of("plot_impact", "events")
    def plot_impact(self, **options: Any) -> Figure:
        """Draw the units and what their past and the controls let expect."""
        from rareearth_research.plots import in_per_cent

        title = self._title("state space")
        usual = {"title": title, "source": self.source}
        drawn = self.impact.plot(events=self.news, **{**usual, **options})
        drawn.axes[0].set_ylabel("Log price, mean of shares")
        in_per_cent(drawn.axes[1].yaxis, "Effect")
        return in_per_cent(drawn.axes[2].yaxis, "Average effect")

    @property
    def _names(self) -> str:
        return listed(self.units["unit"].unique())

    def _title(self, method: str) -> str:
        (row,) = self.table[self.table["method"] == method].to_dict("records")
        objects = "" if row["guard"] == PASSED else ", to which its own check objects"
        verdict = said.words(self.table, self.verdict).partition(",")[0]
        return f"{self._names}: {said.effect(row)} on average by {method}{objects}: {verdict}."


@reads_files
def counterfactual(
    event_id: str = "cn-2025-10-no61-no62",
    unit: Sequence[str] | str = ("MP", "UUUU", "NB"),
    donors: Sequence[str] | str = ("controls",),
    controls: Sequence[str] | str = ("SPY", "XME"),
    before: int = 104,
    after: int = 8,
    every: Literal["week", "session"] = "week",
    seed: int = 0,
    events_file: str = "",
    prices_file: str = "",
    exchanges: str | Mapping[str, str] = "",
) -> CounterfactualStudy:
    """Compare what shares did after an event with three ideas of what they would have done.

    Parameters
    ----------
    event_id : str
    unit : sequence of str
        Tickers that the event may have touched; their mean is studied, then each alone.
    donors : sequence of str
        Tickers that it did not touch, or names of groups; those on the exchange of `unit`
        with a price in every period are used.
    controls : sequence of str
        Tickers whose moves the state-space model takes off.
    before, after : int
        Periods before the event and from it on.
    every : {"week", "session"}
        Closes of each week (to Friday) or session.
    seed : int
        Of the placebo sets and of the draws of synthetic difference-in-differences.
    events_file, prices_file : str
    exchanges : str or mapping
        As in `event_study`; `unit` then names columns of your own (all of them by default).

    Returns
    -------
    CounterfactualStudy

    Raises
    ------
    DataError, SpecificationError
        For unknown names, units on several exchanges, and too few donors or periods.

    Notes
    -----
    Log closes. `synthetic_control` and `synthetic_did` weigh donors, `state_space_impact` the past
    and `controls`. The first period is the one that holds the first session after the news.
    """
    asked = dict(locals())
    (event_id,) = check_names("event_id", [event_id])
    events = load_events(event_ids=event_id)
    units, beside = check_names("unit", unit), check_names("controls", controls)
    check_choice("every", every, EVERY)
    check_whole("before", before, 20, 5000), check_whole("after", after, 1, 500)
    if twice := [name for name in units if name in beside]:
        raise SpecificationError(
            f"unit and controls both name {shown(twice[0])}; leave it out of one of them"
        )
    least = BEFORE + EACH * len(beside)
    if before < least:
        raise SpecificationError(
            f"before is {before}, and a level with {counted(len(beside), 'control')} needs {least} "
            f"periods; set before={least}"
        )
    listing = load_securities([*units, *beside])
    exchange = _one_exchange(listing.loc[units, "exchange"])
    known, pool = load_securities(), pd.Index([])
    for name in check_names("donors", donors):
        own = [name] if name in known.index else load_securities(group=name).index
        pool = pool.union(own, sort=False)
    placed = known.loc[pool, "exchange"] == exchange
    pool = pool[placed].difference([*units, *beside], sort=False)
    first = event_session(events, exchange).session
    closes = load_prices([*units, *pool, *beside])
    wide, dropped = _window(closes, len(units), first, before, after, every)
    used = [name for name in wide.columns if name not in {*units, *beside}]
    ask = Asked(wide, units, used, beside, first, seed)
    synthetic, impact = ask.mixture(), ask.carried_on()
    differences = None
    if find_spec("diff_diff"):
        panel = wide[[*units, *used]]
        differences = synthetic_did(panel, units, used, first, level=LEVEL, seed=seed)
    ordinary = float(wide[units].mean(axis=1).diff()[:first].std())
    table = methods(synthetic, differences, impact, ordinary)
    verdict = said.verdict(table)
    again = other_ways(ask, synthetic, impact, before, after, ordinary, verdict)
    names = load_securities(units)["name"]
    return CounterfactualStudy(
        parameters=asked,
        finding=said.finding(
            table, verdict, names, events.iloc[0], first, counted(after, every), impact.level
        ),
        detail=said.detail(table, synthetic, before, every),
        limits=Notes(said.limits(events.iloc[0], synthetic, differences, impact, dropped, used)),
        table=table,
        event=events.iloc[0],
        wide=wide,
        synthetic=synthetic,
        differences=differences,
        impact=impact,
        verdict=verdict,
        tried=again,
        survives=Said(survival(again)),
        news=news_beside(events),
        data=drawn_from([closes, events]),
        known=others_found(*PAPERS),
        units=alone(ask, names),
        source=titles([load_prices(units), closes, events]),
    )


def _one_exchange(exchanges: pd.Series) -> str:
    if exchanges.nunique() > 1:
        raise SpecificationError(
            f"unit: {listed(exchanges.index)} trade on several exchanges, whose sessions differ; "
            "study them one by one"
        )
    return str(exchanges.iloc[0])


def _window(
    closes: pd.DataFrame, own: int, first: pd.Timestamp, before: int, after: int, every: str
) -> tuple[pd.DataFrame, list[str]]:
    """Return log closes by period around the event, and the donors that have holes there."""
    tickers, rule = [*closes.columns], EVERY[every]
    wide = closes.resample(rule).last() if rule else closes.dropna(how="all")
    at = int(wide.index.searchsorted(first))
    wide = wide.iloc[max(at - before, 0) : at + after]
    if at < before or len(wide) < before + after or wide[tickers[:own]].isna().to_numpy().any():
        raise SpecificationError(
            f"unit: {listed(tickers[:own])} {'has' if own == 1 else 'have'} no price in every one "
            f"of {before} {every}s before and {after} after {first.date()}; ask for fewer with "
            "before= and after="
        )
    whole = wide.notna().all()
    logs = pd.DataFrame(np.log(wide.loc[:, whole]))
    return logs, [name for name in tickers if not whole[name]]
