"""How is a result said in a sentence and shown in a small table?"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from rareearth_research.datasets.disk import said, write_file
from rareearth_research.errors import some
from rareearth_research.eventstudy.dependence.correlation import effective_n
from rareearth_research.eventstudy.inputs.choices import MODELS
from rareearth_research.eventstudy.inputs.shipped import asynchrony_notes, shipped_notes
from rareearth_research.eventstudy.results.benchmark_end import benchmark_end
from rareearth_research.eventstudy.results.evidence import Evidence
from rareearth_research.eventstudy.results.frames import attrition, event_sessions, params
from rareearth_research.eventstudy.results.leave_one_out import leave_one_out
from rareearth_research.eventstudy.results.sentences import SHOWN
from rareearth_research.eventstudy.statistics.decision import LEVEL
from rareearth_research.eventstudy.statistics.parametric import Statistic
from rareearth_research.labels import LOG_WORDS, label, unit
from rareearth_research.latex import tabular
from rareearth_research.numerals import counted, p_said, per_cent
from rareearth_research.summary import Summary, number, p_value

NAMED = 12  # of those not measured for one reason
NOT_LEFT_OUT = (
    "have another listed event inside the estimation window; leave_out='all_events' leaves them out"
)


def summary(found: Evidence, verdict: pd.DataFrame) -> Summary:
    """Return the result in words and one row per window."""
    return Summary(verdict["words"].iloc[0], _small_table(found, verdict), _notes(found, verdict))


def latex(found: Evidence, verdict: pd.DataFrame) -> str:
    """Return the small table as a booktabs tabular with its caption."""
    return tabular(_small_table(found, verdict), verdict["words"].iloc[0])


def written(text: str, path: str | Path | None) -> str:
    """Write `text` to `path` if there is one, and return it."""
    if path is not None:
        with said("the result cannot be written"):
            write_file(Path(path), text.encode())
    return text


def _small_table(found: Evidence, verdict: pd.DataFrame) -> pd.DataFrame:
    """Return one row per window, in log points where returns are logs."""
    rows, of = [], unit(verdict)
    least = 100 * verdict["detectable"].min()  # calm returns need more digits
    digits = int(min(max(2, 1 - np.floor(np.log10(least))), 8)) if least > 0 else 2
    for g, row in enumerate(verdict.to_dict("records")):
        rows.append(
            {
                "window": row["window"],
                "verdict": SHOWN[row["verdict"]],
                f"CAAR, {of}": f"{100 * row['caar']:+z.{digits}f}",
                "95 % interval": " to ".join(
                    f"{100 * row[end]:+z.{digits}f}" for end in ("lower", "upper")
                ),
                "detectable": number(100 * row["detectable"], f".{digits}f"),
                "by": row["test"],
                "p": p_value(row["p_value"]),
                "N": len(found.keep),
                "dates": len(found.findings[g].means),
            }
        )
    return pd.DataFrame(rows)


def detail(found: Evidence, verdict: pd.DataFrame) -> str:
    """Return the numbers behind the sentence: leading test, dates, placebo, dependence."""
    first, r = found.findings[0], found.dependences[0].mean
    n = len(first.car)
    parts = [f"{label('test', first.test)} {_t(first.leading)}"]
    if first.few:
        parts.append(f"{counted(len(first.means), 'cluster')} of dates, too few for a test on them")
    else:
        parts.append(f"over dates {_t(first.date_t)}")
        if np.isfinite(first.date_flip.p_value):
            parts.append(f"sign flips {p_said(first.date_flip.p_value)}")
    chance = float(verdict["placebo_p"].iloc[0])
    if np.isfinite(chance):
        parts.append(f"placebo {p_said(chance)}")
    mean = number(r, "+z.2f").replace("-", "−")
    parts.append(f"r̄ {mean}, effective N {number(min(effective_n(n, r), n), '.1f')} of {n}")
    return "; ".join(parts)


def _t(found: Statistic) -> str:
    """Return a statistic with its degrees of freedom and its p-value."""
    if not np.isfinite(found.statistic):
        return "without a value"
    df = f"({found.df:.0f})" if found.df > 0 else ""
    return f"t{df} = {found.statistic:z.2f}, {p_said(found.p_value)}".replace("-", "−")


def _disagreeing(found: Evidence) -> str:
    """Name the valid tests of the first window that stand on different sides of 5 %."""
    table = found.table[
        found.table["valid"] & (found.table["window"] == found.specification.labels[0])
    ]
    low, high = (
        table.loc[side, "test"] for side in (table["p_value"] <= LEVEL, table["p_value"] > LEVEL)
    )
    if not (len(low) and len(high)):
        return ""
    sides = (", ".join(label("test", name) for name in side) for side in (low, high))
    return "Valid tests disagree: p ≤ 0.05 by {}; above by {}.".format(*sides)


def _varied(found: Evidence) -> list[str]:
    """Warn where securities or dates differ more than on ordinary days."""
    spread, notes = found.dispersion, []
    if spread.p_value <= LEVEL:
        notes.append(
            f"Securities differ {spread.ratio:,.1f} times as much as on ordinary days (variance, p "
            f"{p_value(spread.p_value)}): they respond differently, or each is more volatile."
        )
        if spread.heterogeneity > 0.5:
            table = found.table[found.table["window"] == found.specification.labels[0]]
            ours = (table["test"] == "portfolio") & table["statistic"].notna()
            for row in table[ours].to_dict("records"):
                t = f"{row['statistic']:z.2f}".replace("-", "−")
                notes[-1] += f" The portfolio of all has t = {t}, p {p_value(row['p_value'])}."
    if spread.p_between <= LEVEL:
        notes.append(
            f"Dates differ {spread.between:,.1f} times as much as ordinary days do (variance, p "
            f"{p_value(spread.p_between)}), which tests over securities do not see: "
            f"read {label('test', 'date_t')}."
        )
    return notes


def _notes(found: Evidence, verdict: pd.DataFrame) -> tuple[str, ...]:
    spec, counts = found.specification, found.counts
    asked, kept = int(counts["n_asked"]), int(counts["n_pairs"])
    gone = reasons(found)
    model = MODELS[spec.model]
    link = "of" if model.regressors == "donors" else "against"
    against = f" {link} {spec.benchmark}" if spec.benchmark and model.regressors else ""
    how = f"{model.title}{against}, {spec.return_type} returns, estimated on"
    notes = [
        f"{detail(found, verdict)}.",
        f"{how} {spec.estimated_on}.",
        f"{kept} of {asked} event–security pairs kept{gone and f'; dropped: {gone}'}.",
        *filter(None, [unmeasured(attrition(found))]),
    ]
    notes += benchmark_end(found.setup, found.screened.reason)
    if counts["shared_dates"]:
        invalid = found.table.loc[
            ~found.table["valid"] & found.table["statistic"].notna(), "test"
        ].unique()
        listed = ", ".join(label("test", name) for name in invalid)
        shared = (
            f"{'Both' if kept == 2 else f'All {kept}'} pairs share one event date: they move "
            "together."
            if counts["n_dates"] == 1
            else f"Windows share sessions ({counts['n_dates']} dates in "
            f"{counted(counts['n_clusters'], 'cluster')} for {kept} pairs): pairs move together."
        )
        notes.append(shared + (f" Not valid here: {listed}." if listed else ""))
    notes += [*filter(None, [_disagreeing(found)]), *_varied(found)]
    other = "an earlier session (timing='earliest')"
    if spec.timing == "earliest":
        other = "a later session (timing='latest')"
    for name, text in (
        ("confounded", "with another event or a listed confounder inside the window"),
        ("overlapping", "whose window overlaps another event of the same security"),
        ("estimation_overlaps_event", NOT_LEFT_OUT),
        ("estimation_left_out", "are estimated without the event windows of other events"),
        ("suspect_returns", "with a return inside the window that may be none"),
        ("ambiguous_sessions", f"could belong to {other}"),
        ("exact_fits", "explained exactly by the model, which are left out of tests and intervals"),
        ("pairs_with_gaps", "with missing returns (matched days only)"),
    ):
        if counts[name]:
            notes.append(f"{counts[name]} of {kept} pairs {text}.")
    if spec.model == "synthetic":
        notes.append(mixture_words(found))
    notes += _of_shipped_tables(found)
    if spec.convention != "textbook":
        notes.append("Statistics follow eventstudy2, which over-rejects; not for inference.")
    if "leave_one_out" in (spec.confounders, spec.overlap) and counts["n_events"] > 1:
        left = leave_one_out(found)
        left = left[left["window"] == spec.labels[0]]
        ends = left["caar"].min(), left["caar"].max()
        lowest, highest = map(per_cent, np.expm1(ends) if spec.return_type == "log" else ends)
        notes.append(
            f"Leaving out one event at a time, the average in {spec.labels[0]} runs from "
            f"{lowest} to {highest}, and p from "
            f"{p_value(left['p_value'].min())} to {p_value(left['p_value'].max())}."
        )
    notes += [LOG_WORDS] * (spec.return_type == "log")
    return (*notes, *spec.notes)


def mixture_words(found: Evidence) -> str:
    """Say how well the mixtures fit, before anybody trusts them."""
    fits = params(found)
    worse = int((fits["r_squared"] < 0).sum())
    return (
        f"Donors used: {_range(fits['n_donors'])} of {len(found.specification.regressors)}, "
        f"{_range(fits['n_positive'])} of them with a weight, the largest "
        f"{_range(fits['largest_weight'])}; R² in the estimation window {_range(fits['r_squared'])}"
        + (f", below 0 (worse than a constant) for {worse} of {len(fits)} pairs." if worse else ".")
    )


def _range(values: pd.Series) -> str:
    whole = values.dtype.kind == "i"
    low, high = (f"{v:d}" if whole else number(v, "z.2f") for v in (values.min(), values.max()))
    return low if low == high else f"{low} to {high}"


def _of_shipped_tables(found: Evidence) -> list[str]:
    """Say what the project's own tables know of the study's securities and benchmarks."""
    setup, spec = found.setup, found.specification
    notes = shipped_notes(
        spec.names,
        security=found.labels[1],
        session=event_sessions(found.kept, found.markets),
        exposure=setup.exposure is not None,
        known_events=bool(setup.further),
    )
    against: dict[tuple[str, str], None] = {}
    if spec.model not in ("dimson", "scholes_williams"):  # which allow for leads and lags
        for m, here in found.kept.by_market():
            used = np.flatnonzero(setup.uses[found.kept.security[here]].any(axis=0))
            exchange = found.markets[m].exchange
            against |= {(exchange, spec.regressors[b]): None for b in used if exchange}
    return notes + asynchrony_notes(against)


def unmeasured(pairs: pd.DataFrame, names: Mapping[str, str] | None = None) -> str:
    """Name the events and securities that were asked for and have no pair, with the reason.

    Parameters
    ----------
    pairs : DataFrame
        ``event_id, security, status, reason``, such as ``result.attrition``.
    names : mapping, optional
        What events and securities are called, by id and ticker.
    """
    parts, kept = [], pairs[pairs["status"] == "kept"]
    for column in ("event_id", "security"):
        lost = pairs[~pairs[column].isin(kept[column])].groupby(column, sort=False)["reason"]
        why: dict[str, list[str]] = {}
        for name, codes in lost.unique().items():
            reason = " or ".join(label("reason", code) for code in codes)
            why.setdefault(reason, []).append((names or {}).get(str(name), str(name)))
        parts += [f"{some(called, NAMED)} ({reason})" for reason, called in why.items()]
    return f"Asked for and not measured: {'; '.join(parts)}." if parts else ""


def reasons(found: Evidence) -> str:
    """Return why pairs were dropped, each reason with its count; "" where none was."""
    codes = found.screened.reason
    values, counts = np.unique(codes[codes != ""].astype(str), return_counts=True)
    return ", ".join(f"{label('reason', v)} ({n})" for v, n in zip(values, counts, strict=True))
