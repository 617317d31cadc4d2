"""What would have happened without the event? Three counterfactuals, each with its own check."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from rareearth_research.arguments import check_choice, check_names, check_whole
from rareearth_research.datasets import load_events, load_prices, load_securities
from rareearth_research.dynamics import (
    StateSpaceImpact,
    SyntheticControl,
    SyntheticDid,
    state_space_impact,
    synthetic_control,
    synthetic_did,
)
from rareearth_research.errors import SpecificationError, listed
from rareearth_research.studies.answer import Notes, StudyAnswer
from rareearth_research.studies.own_files import reads_files
from rareearth_research.summary import options_of
from rareearth_research.timing import event_session

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["CounterfactualStudy", "counterfactual"]

EVERY = {"week": "W-FRI", "session": None}


@dataclass(frozen=True, repr=False)
class CounterfactualStudy(StudyAnswer):
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
    units : DataFrame
        By unit: what a synthetic control and the state space say of it alone.
    """

    event: pd.Series
    wide: pd.DataFrame
    synthetic: SyntheticControl
    differences: SyntheticDid | None
    impact: StateSpaceImpact
    units: pd.DataFrame

    @options_of("plot_synthetic_control")
    def plot(self, **options: Any) -> Figure:
        """Draw the units, their synthetic control, and the gap beside those of placebos."""
        return self.synthetic.plot(**{"title": self._title("synthetic control"), **options})

    @options_of("plot_impact")
    def plot_impact(self, **options: Any) -> Figure:
        """Draw the units and what their past and the controls let expect."""
        return self.impact.plot(**{"title": self._title("state space"), **options})

    def _title(self, method: str) -> str:
        (row,) = self.table[self.table["method"] == method].to_dict("records")
        tells = not row["lower"] <= 0 <= row["upper"] and row["guard"] == "passed"
        verdict = "an unusual time" if tells else "cannot tell"
        names = listed(self.units["unit"].unique())
        return f"{names}: {_percent(row['effect'])} on average by {method}; {verdict}."


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
        Tickers that it did not touch, or the name of one group; those on the exchange of `unit`
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
    listing = load_securities([*units, *beside])
    exchange = _one_exchange(listing.loc[units, "exchange"])
    given = check_names("donors", donors)
    pool = given
    if len(given) == 1 and given[0] not in load_securities().index:
        pool = list(load_securities(group=given[0]).index)
    placed = load_securities(pool)["exchange"] == exchange
    pool = [name for name in pool if placed[name] and name not in {*units, *beside}]
    first = event_session(events, exchange).session
    wide, dropped = _window([*units, *pool, *beside], len(units), first, before, after, every)
    used = [name for name in wide.columns if name not in {*units, *beside}]
    panel = wide[[*units, *used]]
    synthetic = synthetic_control(panel, units, used, first, demean=True, seed=seed)
    differences = None
    if find_spec("diff_diff"):
        differences = synthetic_did(panel, units, used, first, seed=seed)
    mean = wide[units].mean(axis=1).rename(listed(units))
    impact = state_space_impact(mean, first, controls=wide[beside])
    table = _table(synthetic, differences, impact)
    names = load_securities(units)["name"]
    return CounterfactualStudy(
        parameters=asked,
        finding=_finding(table, names, wide.index, first, every),
        limits=Notes(_limits(events.iloc[0], synthetic, differences, impact, dropped, used)),
        table=table,
        event=events.iloc[0],
        wide=wide,
        synthetic=synthetic,
        differences=differences,
        impact=impact,
        units=_alone(wide, units, used, beside, first, names),
    )


def _one_exchange(exchanges: pd.Series) -> str:
    if exchanges.nunique() > 1:
        raise SpecificationError(
            f"unit: {listed(exchanges.index)} trade on several exchanges, whose sessions differ; "
            "study them one by one"
        )
    return str(exchanges.iloc[0])


def _window(
    tickers: list[str], own: int, first: pd.Timestamp, before: int, after: int, every: str
) -> tuple[pd.DataFrame, list[str]]:
    """Return log closes by period around the event, and the donors that have holes there."""
    closes = load_prices(tickers)
    rule = EVERY[every]
    wide = closes.resample(rule).last() if rule else closes.dropna(how="all")
    at = int(wide.index.searchsorted(first))
    wide = wide.iloc[max(at - before, 0) : at + after]
    if at < before or len(wide) < before + after or wide[tickers[:own]].isna().to_numpy().any():
        raise SpecificationError(
            f"unit: {listed(tickers[:own])} have no price in every one of {before} {every}s before "
            f"and {after} after {first.date()}; ask for fewer with before= and after="
        )
    whole = wide.notna().all()
    logs = pd.DataFrame(np.log(wide.loc[:, whole]))
    return logs, [name for name in tickers if not whole[name]]


def _table(
    synthetic: SyntheticControl, differences: SyntheticDid | None, impact: StateSpaceImpact
) -> pd.DataFrame:
    """Return what each method says, and whether its own check objects."""
    rows: list[tuple[str, Any, Any]] = [("synthetic control", synthetic.table.iloc[1], synthetic)]
    if differences is not None:
        by_method = differences.table.set_index("method")
        name = "synthetic difference-in-differences"
        rows.append((name, by_method.loc[name], differences))
    rows.append(("state space", impact.table.iloc[0], impact))
    return pd.DataFrame(
        {
            "method": name,
            **row[["effect", "lower", "upper", "p_value"]],
            "guard": "passed" if fit.guard else "objects",
            "note": " ".join(fit.doubts),
        }
        for name, row, fit in rows
    )


def _alone(
    wide: pd.DataFrame, units: list[str], used: list[str], beside: list[str],
    first: pd.Timestamp, names: pd.Series,
) -> pd.DataFrame:  # fmt: skip
    rows = []
    for name in units:
        one = synthetic_control(wide[[name, *used]], name, used, first, demean=True)
        past = state_space_impact(wide[name], first, controls=wide[beside])
        for method, row, fit in (("synthetic control", one.table.iloc[1], one),
                                 ("state space", past.table.iloc[0], past)):  # fmt: skip
            rows.append({"unit": names[name], "method": method,
                         **row[["effect", "lower", "upper", "p_value"]],
                         "guard": "passed" if fit.guard else "objects"})  # fmt: skip
    return pd.DataFrame(rows)


def _finding(
    table: pd.DataFrame, names: pd.Series, index: pd.Index, first: pd.Timestamp, every: str
) -> str:
    effects = [
        f"{_percent(row['effect'])} by {row['method']}"
        + " (to which its own check objects)" * (row["guard"] == "objects")
        for row in table.to_dict("records")
    ]
    periods = int((index >= first).sum())
    verb = "was" if len(names) == 1 else "were on average"
    start = f"Over {periods} {every}s from {first.day} {first:%B %Y} {listed(names)} {verb} "
    passed = table["guard"] == "passed"
    outside = (table["lower"] > 0) | (table["upper"] < 0)
    signs = np.sign(table["effect"]).nunique()
    if signs > 1:
        verdict = "the methods do not agree on the sign: cannot tell"
    elif (passed & outside).sum() >= 2:
        verdict = "at least two methods whose checks pass leave out zero: an unusual time"
    elif not passed.any():
        verdict = "no method passes its own check: cannot tell"
    else:
        held = "holds" if passed.sum() == 1 else "hold"
        verdict = f"{listed(table.loc[passed, 'method'])} {held}, "
        verdict += "but no two of them leave out zero: cannot tell"
    where = (
        "from where it would have been" if len(names) == 1 else "from where they would have been"
    )
    return f"{start}{listed(effects)} {where}; {verdict}."


def _percent(log: float) -> str:
    """Return a log change, compounded."""
    return f"{100 * np.expm1(log):+.0f} %".replace("-", "−")


def _limits(
    event: pd.Series, synthetic: SyntheticControl, differences: SyntheticDid | None,
    impact: StateSpaceImpact, dropped: list[str], used: list[str],
) -> list[str]:  # fmt: skip
    without = "Synthetic difference-in-differences needs the package diff-diff, which is not here."
    return [
        *(f"Synthetic control: {doubt}" for doubt in synthetic.doubts),
        *([without] if differences is None else
          (f"Synthetic difference-in-differences: {doubt}" for doubt in differences.doubts)),
        *(f"State space: {doubt}" for doubt in impact.doubts),
        (f"Donors: {', '.join(used)}. Without a price in every period: "
        f"{', '.join(dropped) if dropped else 'none'}."),
        f"Other news at the time, as recorded: {event['confounders']}"
        if event["confounders"] else "",
        ("Not shown: that the announcement caused the gap. Whatever else touched these companies "
        "and not the donors, such as news of their own, is in it."),
    ]  # fmt: skip
