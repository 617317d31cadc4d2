"""How do several answers look side by side? A column each, as a paper shows them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from rareearth_research.arguments import check_names
from rareearth_research.dynamics.projection.results import LocalProjection
from rareearth_research.dynamics.segments.results import InterruptedSeries
from rareearth_research.dynamics.structural.result import StateSpaceImpact
from rareearth_research.dynamics.synthetic.differences import SyntheticDid
from rareearth_research.dynamics.synthetic.result import SyntheticControl
from rareearth_research.errors import SpecificationError, shown
from rareearth_research.eventstudy.inputs.choices import MODELS
from rareearth_research.eventstudy.results.results import EventStudyResults
from rareearth_research.eventstudy.results.sentences import SHOWN
from rareearth_research.eventstudy.results.words import reasons, written
from rareearth_research.labels import LOG, label
from rareearth_research.latex import tabular
from rareearth_research.studies.events import EventsStudy
from rareearth_research.summary import Result, Summary, number, p_value, signed

SIMPLE = "% (simple returns)"
SERIES = "unit of the series"


@dataclass(frozen=True, kw_only=True)
class Essence:
    """What stands of one answer in a table beside others; NaN and "" where it has none.

    Attributes
    ----------
    measured, unit : str
        What the effect is, and in which unit: fractions are shown in per cent.
    effect, lower, upper, level : float
        With its interval of that confidence.
    p_value, by : float, str
        Of the test that leads, and its name.
    p_dates, by_dates : float, str
        Over dates: of the test on clusters of announcements, or of other dates.
    n, dates, dropped : int
        Pairs (or rows) used, clusters of announcements, pairs asked for and not used.
    amid : float
        Pairs with other news in their windows; NaN where nobody looked.
    verdict, notes : str
    """

    measured: str
    unit: str
    effect: float
    lower: float
    upper: float
    level: float
    p_value: float
    by: str
    p_dates: float
    by_dates: str
    n: int
    dates: int
    dropped: int
    amid: float
    verdict: str
    notes: str


@dataclass(frozen=True, repr=False)
class Comparison(Result):
    """Result of `compare`.

    Attributes
    ----------
    table : DataFrame
        One row per answer: ``name`` and the attributes of `Essence`.
    """

    table: pd.DataFrame

    @property
    def side_by_side(self) -> pd.DataFrame:
        """The texts of the table: a row per quantity, a column per answer."""
        rows = self.table.to_dict("records")
        units = [*dict.fromkeys(row["unit"] for row in rows)]
        effect = f"Effect, {units[0]}" if len(units) == 1 else "Effect"
        levels = {row["level"] for row in rows}
        level = f"{100 * levels.pop():.0f} % interval" if len(levels) == 1 else "Interval"
        lines: dict[str, list[str]] = {"Measured": [row["measured"] for row in rows]}
        lines |= {"Unit": [row["unit"] for row in rows]} if len(units) > 1 else {}
        lines[effect] = [_number(row["effect"], row["unit"]) for row in rows]
        lines[level] = [_interval(row, with_level=level == "Interval") for row in rows]
        for name, p, by in (("p", "p_value", "by"), ("p over dates", "p_dates", "by_dates")):
            lines[name] = [p_value(row[p]) for row in rows]
            lines[f"{name}, by"] = [row[by] or "–" for row in rows]
        for name, of in (("N", "n"), ("Dates", "dates"), ("Dropped", "dropped")):
            lines[name] = [f"{row[of]:,}" for row in rows]
        lines["Amid other news"] = [number(row["amid"], ",.0f") for row in rows]
        lines["Verdict"] = [row["verdict"] for row in rows]
        frame = pd.DataFrame.from_dict(lines, orient="index", columns=[*self.table["name"]])
        return frame.rename_axis(index="").reset_index()

    @property
    def notes(self) -> tuple[str, ...]:
        """What each column is, and what is to be known of it."""
        return tuple(f"{row['name']}: {row['notes']}" for row in self.table.to_dict("records"))

    def summary(self) -> Summary:
        """Return how many answers stand side by side, the table, and what each is."""
        verdicts = ", ".join(f"{v} {n}" for n, v in self.table[["verdict", "name"]].to_numpy())
        return Summary(f"{len(self.table)} answers: {verdicts}.", self.side_by_side, self.notes)

    def to_latex(self, path: str | Path | None = None, *, caption: str = "") -> str:
        """Return the table as LaTeX (booktabs) with its notes, and write it to `path` if given."""
        frame = self.side_by_side
        columns = "l" + "c" * len(self.table)
        return written(tabular(frame, caption, " ".join(self.notes), columns), path)


def compare(*results: Any, names: Sequence[str] | None = None) -> Comparison:
    """Lay several answers side by side: effect, interval, both p-values, N, dates, dropped.

    Parameters
    ----------
    *results : EventStudyResults, answers of ``studies.event_study``, or results of
        ``local_projection, interrupted, synthetic_control, synthetic_did, state_space_impact``.
        Of several windows or horizons: the first window, the last horizon.
    names : sequence of str, optional
        Of the columns; by default ``(1), (2), …``.

    Returns
    -------
    Comparison
        With ``table``, text, HTML and ``to_latex()``.

    Raises
    ------
    SpecificationError
        If there is nothing to compare, a result has no single effect, or names do not fit.

    Examples
    --------
    >>> market = EventStudy(returns, events, "SPY").fit()  # doctest: +SKIP
    >>> rer.compare(market, mean, names=["market", "mean"]).to_latex()  # doctest: +SKIP
    """
    if not results:
        raise SpecificationError("results: give at least one, as rer.compare(study.fit())")
    if names is None:
        titles = [f"({i})" for i, _ in zip(count(1), results, strict=False)]
    else:
        titles = check_names("names", names)
        if len(titles) != len(results) or len({*titles}) < len(titles):
            raise SpecificationError(
                f"names must be {len(results)} different ones, a name for each result; got "
                f"{shown(names)}"
            )
    found = [asdict(essence(result, i)) for i, result in enumerate(results)]
    return Comparison(pd.DataFrame([{"name": n, **e} for n, e in zip(titles, found, strict=True)]))


def essence(result: Any, place: int = 0) -> Essence:
    """Return what stands of an answer in a table beside others."""
    if isinstance(result, EventStudyResults | EventsStudy):
        found = result if isinstance(result, EventStudyResults) else result.news.every
        return _of_events(found, result.verdict)
    read = next((read for kind, read in _SERIES.items() if isinstance(result, kind)), None)
    if read is None:
        raise SpecificationError(
            f"results[{place}] must be an answer with one effect: an EventStudyResults, of "
            f"studies.event_study, or of {', '.join(kind.__name__ for kind in _SERIES)}; got "
            f"{shown(result)}"
        )
    doubts, about = result.doubts, getattr(result, "name", "") or result.unit
    return Essence(
        level=result.level,
        unit=SERIES,
        dropped=0,
        amid=np.nan,
        verdict="no check objects" if result.guard else "not to be relied on",
        notes=" ".join([f"{type(result).__name__} of {about}.", *doubts[:1]]),
        **read(result),
    )


def _of_events(found: EventStudyResults, verdict: pd.DataFrame) -> Essence:
    spec, first, row = found.specification, found.findings[0], verdict.iloc[0]
    asked, kept = len(found.pairs), len(found.keep)
    lead = {"p_value": first.leading.p_value, "by": label("test", first.test)}
    over = {"p_dates": first.date_t.p_value, "by_dates": label("test", "date_t")}
    if first.few:
        over = {"p_dates": float(row["placebo_p"]), "by_dates": "placebo"}
    model = MODELS[spec.model]
    against = f" against {spec.benchmark}" if spec.benchmark and model.regressors else ""
    gone = reasons(found)
    notes = (
        f"{model.title}{against}, estimated on {spec.estimated_on}; N counts pairs of announcement "
        f"and security" + (f"; dropped: {gone}." if gone else ".")
    )
    return Essence(
        measured=f"CAAR{spec.labels[0]}",
        unit=LOG if spec.return_type == "log" else SIMPLE,
        effect=first.caar,
        lower=first.lower,
        upper=first.upper,
        level=0.95,
        **lead,
        **over,
        n=kept,
        dates=len(first.means),
        dropped=asked - kept,
        amid=float(found.counts["confounded"]),
        verdict=SHOWN[row["verdict"]],
        notes=notes,
    )


ENDS = ["effect", "lower", "upper", "p_value"]
ELSEWHERE = "other dates"


def _led(row: pd.Series, by_dates: bool) -> dict[str, Any]:
    """Return the interval and the p-value that its summary leads with, both of one yardstick."""
    names = ["effect", *(f"{'placebo_' * by_dates}{end}" for end in ("lower", "upper", "p"))]
    row = row.rename({"p_value": "p"})
    over = {"p_dates": row["placebo_p"], "by_dates": ELSEWHERE}
    led = dict(zip(ENDS, row[names], strict=True))
    return {**led, "by": ELSEWHERE if by_dates else "formula", **over}


def _of_projection(found: LocalProjection) -> dict[str, Any]:
    last = found.table[found.table["horizon"] == found.table["horizon"].max()].iloc[0]
    used = {"n": int(last["n"]), "dates": int(last["n_shocks"])}
    return {
        **_led(last, found.few),
        "measured": f"after {last['horizon']:.0f} {found.unit}s",
        **used,
    }


def _of_segments(found: InterruptedSeries) -> dict[str, Any]:
    lower, upper = found.interval
    p, by = (found.placebo_p, ELSEWHERE) if found.by_dates else (np.nan, "")
    effect = {"effect": found.effect, "lower": lower, "upper": upper, "p_value": p, "by": by}
    over = {"p_dates": found.placebo_p, "by_dates": ELSEWHERE}
    used = {"n": len(found.path), "dates": len(found.dates)}
    return {**effect, "measured": "average since the last date", **over, **used}


def _of_impact(found: StateSpaceImpact) -> dict[str, Any]:
    used = {"n": len(found.before) + len(found.effects), "dates": 1}
    led = _led(found.table.iloc[0], found.by_dates)
    return {**led, "measured": "average since the date", **used}


def _of_control(found: SyntheticControl) -> dict[str, Any]:
    ratio, average = found.table.iloc[0], found.table.iloc[1]
    effect = {**average[ENDS[:3]], "p_value": ratio["p_value"], "by": "RMSPE rank"}
    over = {"p_dates": found.earlier_p, "by_dates": "earlier date"}
    return {**effect, "measured": "average gap", **over, "n": len(found.gaps), "dates": 1}


def _of_did(found: SyntheticDid) -> dict[str, Any]:
    effect = {**found.table.iloc[0][ENDS], "by": "placebo units"}
    over = {"p_dates": np.nan, "by_dates": ""}
    used = {"n": len(found.unit_weights), "dates": 1}
    return {**effect, "measured": "synthetic DiD", **over, **used}


_SERIES: dict[type, Callable[[Any], dict[str, Any]]] = {
    LocalProjection: _of_projection,
    InterruptedSeries: _of_segments,
    StateSpaceImpact: _of_impact,
    SyntheticControl: _of_control,
    SyntheticDid: _of_did,
}


def _number(value: float, unit: str) -> str:
    if not np.isfinite(value):
        return signed(value).replace("+inf", "+∞").replace("−inf", "−∞").replace("+nan", "–")
    text = signed(value) if unit == SERIES else f"{100 * value:+z.2f}"
    return text.replace("-", "−")


def _interval(row: dict[Any, Any], *, with_level: bool) -> str:
    ends = " to ".join(_number(row[end], row["unit"]) for end in ("lower", "upper"))
    return f"{ends} ({100 * row['level']:.0f} %)" if with_level else ends
