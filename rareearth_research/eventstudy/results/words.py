"""How is a result said in a sentence and shown in a small table?"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from rareearth_research.eventstudy.inputs.choices import MODELS
from rareearth_research.eventstudy.inputs.shipped import asynchrony_notes, shipped_notes
from rareearth_research.eventstudy.results.evidence import Evidence
from rareearth_research.eventstudy.results.frames import event_sessions, params
from rareearth_research.eventstudy.results.leave_one_out import leave_one_out
from rareearth_research.eventstudy.statistics.correlation import effective_n
from rareearth_research.summary import Summary, number, p_value, percent

__all__ = ["latex", "mixture_words", "summary", "written"]


def summary(found: Evidence) -> Summary:
    """Return the result in words and one row per window."""
    return Summary(_sentence(found), _small_table(found), _notes(found))


def latex(found: Evidence) -> str:
    """Return the small table as a booktabs tabular with its caption."""
    frame = _small_table(found).rename(columns=lambda name: name.replace("%", r"\%"))
    frame.columns = [name.replace("r̄", r"$\bar r$") for name in frame.columns]
    frame["leading test"] = frame["leading test"].str.replace("_", " ")
    caption = _sentence(found).replace("%", r"\%").replace("−", "-").replace("_", r"\_")
    caption = caption.replace("–", "--").replace("r̄", r"$\bar r$").replace("&", r"\&")
    return frame.to_latex(index=False, caption=caption, na_rep="--")


def written(text: str, path: str | Path | None) -> str:
    """Write `text` to `path` if there is one, and return it."""
    if path is not None:
        Path(path).write_text(text, encoding="utf-8")
    return text


def _sentence(found: Evidence) -> str:
    lead = _leading(found, 0)
    caar = float(found.fitted.car[:, 0].mean())
    if lead is None:
        verdict = "none of the tests asked for is valid here"
    elif not np.isfinite(lead["p_value"]):
        verdict = lead["note"]
    else:
        verdict = f"{_verdict(lead['p_value'])} ({lead['test']}: p {p_value(lead['p_value'])})"
    label = found.specification.labels[0]
    over = "each event's own window" if label == "own" else f"sessions {label}"
    who = _who(*(int(found.diagnostics[k]) for k in ("n_pairs", "n_events", "n_securities")))
    return f"Abnormal return of {percent(caar)} over {over}, {who}: {verdict}."


def _who(n: int, events: int, securities: int) -> str:
    if n == 1:
        return "one security at one event"
    if events == 1:
        return f"average of {n} securities at one event"
    if securities == 1:
        return f"average of one security at {events} events"
    return f"average of {n} event–security pairs ({events} events, {securities} securities)"


def _verdict(p: float) -> str:
    if p < 0.01:
        return "hardly chance"
    if p < 0.05:
        return "unlikely to be chance"
    if p < 0.1:
        return "weak evidence"
    return "could be chance"


def _small_table(found: Evidence) -> pd.DataFrame:
    n, rows = int(found.diagnostics["n_pairs"]), []
    for g, label in enumerate(found.specification.labels):
        lead, r = _leading(found, g), found.dependences[g].mean
        rows.append(
            {
                "window": label,
                "CAAR, %": f"{100 * found.fitted.car[:, g].mean():+.2f}",
                "leading test": "–" if lead is None else lead["test"],
                "statistic": "–" if lead is None else number(lead["statistic"], ".2f"),
                "p": "–" if lead is None else p_value(lead["p_value"]),
                "r̄": number(r, "+.3f"),
                "N": n,
                "effective N": number(effective_n(n, r), ".1f"),
            }
        )
    return pd.DataFrame(rows)


def _notes(found: Evidence) -> tuple[str, ...]:
    spec, counts = found.specification, found.diagnostics
    asked, kept = int(counts["n_asked"]), int(counts["n_pairs"])
    model = MODELS[spec.model]
    link = "of" if model.regressors == "donors" else "against"
    against = f" {link} {spec.benchmark}" if spec.benchmark and model.regressors else ""
    how = f"{model.title}{against}, {spec.return_type} returns, estimated on sessions"
    notes = [
        f"{how} [{spec.estimation[0]}, {spec.estimation[1]}].",
        f"{kept} of {asked} event–security pairs kept{_dropped(found)}.",
    ]
    if counts["shared_dates"]:
        invalid = found.table.loc[~found.table["valid"], "test"].unique()
        listed = ", ".join(invalid)
        shared = (
            f"All {kept} pairs share one event date: they move together."
            if counts["n_dates"] == 1
            else f"Event dates are shared or windows overlap ({counts['n_dates']} dates for {kept} "
            "pairs): pairs move together."
        )
        notes.append(shared + (f" Not valid here: {listed}." if listed else ""))
    for name, text in (
        ("confounded", "with another event or a listed confounder inside the window"),
        ("overlapping", "whose window overlaps another event of the same security"),
        ("ambiguous_sessions", "whose event session is ambiguous"),
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
        notes.append(
            f"Leaving out one event at a time, CAAR{spec.labels[0]} runs from "
            f"{percent(left['caar'].min())} to {percent(left['caar'].max())}, and p from "
            f"{p_value(left['p_value'].min())} to {p_value(left['p_value'].max())}."
        )
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
    low, high = (f"{v:d}" if whole else number(v, ".2f") for v in (values.min(), values.max()))
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


def _dropped(found: Evidence) -> str:
    reasons = found.screened.reason
    values, counts = np.unique(reasons[reasons != ""].astype(str), return_counts=True)
    listed = [f"{count} {value}" for value, count in zip(values, counts, strict=True)]
    return f"; dropped: {', '.join(listed)}" if listed else ""


def _leading(found: Evidence, g: int) -> pd.Series | None:
    table = found.table
    rows = table[table["headline"] & (table["window"] == found.specification.labels[g])]
    return rows.iloc[0] if len(rows) else None
