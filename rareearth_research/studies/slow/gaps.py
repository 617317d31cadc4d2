"""How far from where they would have been, by three methods, and what if asked otherwise?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import pandas as pd

from rareearth_research.dynamics import (
    StateSpaceImpact,
    SyntheticControl,
    SyntheticDid,
    state_space_impact,
    synthetic_control,
)
from rareearth_research.errors import listed
from rareearth_research.numerals import counted
from rareearth_research.studies.slow.judged import Judged, by_dates, tried

LEVEL, FOUND_FROM = 0.95, 1.96 + 0.84  # of intervals; standard errors found four times in five
PASSED = "passed"
BY = {"synthetic control": "other sets", "state space": "earlier dates"}  # its interval and p


@dataclass(frozen=True)
class Asked:
    """Log closes, and who is compared with whom from when on."""

    wide: pd.DataFrame
    units: list[str]
    donors: list[str]
    controls: list[str]
    first: pd.Timestamp
    seed: int

    def mixture(self, **other: Any) -> SyntheticControl:
        """Return the synthetic control of the units."""
        panel = self.wide[[*self.units, *self.donors]]
        options = {"demean": True, "level": LEVEL, "seed": self.seed, **other}
        return synthetic_control(panel, self.units, self.donors, self.first, **options)

    def carried_on(self) -> StateSpaceImpact:
        """Return what the past of their mean and the controls let expect."""
        mean = self.wide[self.units].mean(axis=1).rename(listed(self.units))
        controls = self.wide[self.controls] if self.controls else None
        return state_space_impact(mean, self.first, controls=controls, level=LEVEL)


def methods(
    synthetic: SyntheticControl, differences: SyntheticDid | None, impact: StateSpaceImpact,
    ordinary: float,
) -> pd.DataFrame:  # fmt: skip
    """Return what each method says, what it would find, and whether its own check objects."""
    rows: list[tuple[str, Any, Judged]] = [
        ("synthetic control", synthetic, of_mixture(synthetic, ordinary))
    ]
    if differences is not None:
        one = differences.table.iloc[0]
        found = _judged(one, FOUND_FROM * float(one["se"]), ordinary, differences.doubts)
        rows.append((str(one["method"]), differences, found))
    rows.append(("state space", impact, of_past(impact, ordinary)))
    return pd.DataFrame(
        {"method": name, **judged.row, "by": BY.get(name, "donors"),
         "guard": PASSED if fit.guard else "objects", "note": in_logs(" ".join(fit.doubts))}
        for name, fit, judged in rows
    )  # fmt: skip


def of_mixture(found: SyntheticControl, ordinary: float) -> Judged:
    """Judge a synthetic control by its average gap among those of the placebos."""
    return _judged(found.table.iloc[1], found.detectable, ordinary, found.doubts)


def of_past(found: StateSpaceImpact, ordinary: float) -> Judged:
    """Judge a state-space model by its average effect among those at earlier dates."""
    return by_dates(found.table.iloc[0], ordinary, 1, found.doubts)


def _judged(row: pd.Series, detectable: float, ordinary: float, doubts: tuple[str, ...]) -> Judged:
    return Judged(float(row["effect"]), float(row["lower"]), float(row["upper"]),
                  float(row["p_value"]), detectable, ordinary, 1, doubts)  # fmt: skip


def other_ways(
    ask: Asked, synthetic: SyntheticControl, impact: StateSpaceImpact, before: int, after: int,
    ordinary: float, verdict: str,
) -> pd.DataFrame:  # fmt: skip
    """Ask the two methods again with one thing changed at a time, against the verdict of all."""
    heaviest = str(synthetic.weights.idxmax())
    others = [name for name in ask.donors if name != heaviest]
    halved, sooner = ask.wide.iloc[before // 2 :], ask.wide.iloc[: before + max(1, after // 2)]
    ways: list[tuple[str, Asked]] = [
        (f"half the past ({before - before // 2} rows)", replace(ask, wide=halved)),
        (f"the first {counted(max(1, after // 2), 'period')} alone", replace(ask, wide=sooner)),
    ]
    if len(ask.units) > 1:
        moved = (
            ask.wide[ask.units][ask.first :].mean() - ask.wide[ask.units].iloc[before - 1]
        ).abs()
        some = [unit for unit in ask.units if unit != moved.idxmax()]
        ways.append((f"without {moved.idxmax()}, which moved most", replace(ask, units=some)))
    mixtures: list[tuple[str, Callable[[], Judged]]] = [
        (f"synthetic control without {heaviest}, the heaviest donor",
         lambda: of_mixture(replace(ask, donors=others).mixture(), ordinary)),
        ("synthetic control that also meets the level",
         lambda: of_mixture(ask.mixture(demean=False), ordinary)),
        ("state space without controls",
         lambda: of_past(replace(ask, controls=[]).carried_on(), ordinary)),
    ]  # fmt: skip
    mixtures += [
        (f"state space, {change}", partial(lambda one: of_past(one.carried_on(), ordinary), one))
        for change, one in ways
    ]
    return tried(of_past(impact, ordinary), mixtures, verdict)


def alone(ask: Asked, names: pd.Series) -> pd.DataFrame:
    """Return what two methods say of each unit by itself."""
    rows = []
    for name in ask.units:
        one = replace(ask, units=[name])
        ordinary = float(ask.wide[name].diff()[: ask.first].std())
        mixture, past = one.mixture(), one.carried_on()
        both: tuple[tuple[str, Any, Judged], ...] = (
            ("synthetic control", mixture, of_mixture(mixture, ordinary)),
            ("state space", past, of_past(past, ordinary)),
        )
        for method, fit, judged in both:
            guard = PASSED if fit.guard else "objects"
            rows.append({"unit": names[name], "method": method, **judged.row, "guard": guard})
    return pd.DataFrame(rows)


def in_logs(doubt: str) -> str:
    """Return what an estimator objects, with the unit of this study."""
    return doubt.replace("in units of the series", "in logs of prices")
