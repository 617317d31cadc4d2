"""How is a result said in a sentence and shown in a small table?"""

from __future__ import annotations

import html
import textwrap
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from rareearth_research.eventstudy.inputs.shipped import shipped_notes
from rareearth_research.eventstudy.models.estimate import MODELS
from rareearth_research.eventstudy.results.asynchrony import asynchrony_notes
from rareearth_research.eventstudy.statistics.correlation import effective_n

if TYPE_CHECKING:
    from rareearth_research.eventstudy.results.results import EventStudyResults

__all__ = ["Summary", "latex", "summary", "to_csv", "written"]

WIDTH = 100  # characters of a line in a plain terminal


@dataclass(frozen=True, repr=False)
class Summary:
    """A headline sentence, a small table, and lines that say how far to trust them."""

    headline: str
    table: pd.DataFrame
    notes: tuple[str, ...]

    def __str__(self) -> str:
        table = self.table.to_string(index=False)
        notes = (textwrap.fill(note, WIDTH, subsequent_indent="  ") for note in self.notes)
        return "\n".join([textwrap.fill(self.headline, WIDTH), "", table, "", *notes])

    __repr__ = __str__

    def _repr_html_(self) -> str:
        notes = "".join(f"<li>{html.escape(note)}</li>" for note in self.notes)
        table = self.table.to_html(index=False, border=0, na_rep="–")
        return f"<p><b>{html.escape(self.headline)}</b></p>\n{table}\n<ul>{notes}</ul>"


def summary(result: EventStudyResults) -> Summary:
    """Return the result in words and one row per window."""
    return Summary(_sentence(result), _small_table(result), _notes(result))


def latex(result: EventStudyResults) -> str:
    """Return the small table as a booktabs tabular with its caption."""
    frame = _small_table(result).rename(columns=lambda name: name.replace("%", r"\%"))
    frame.columns = [name.replace("r̄", r"$\bar r$") for name in frame.columns]
    frame["leading test"] = frame["leading test"].str.replace("_", " ")
    caption = _sentence(result).replace("%", r"\%").replace("−", "-").replace("_", r"\_")
    caption = caption.replace("–", "--").replace("r̄", r"$\bar r$").replace("&", r"\&")
    return frame.to_latex(index=False, caption=caption, na_rep="--")


def to_csv(result: EventStudyResults, folder: Path) -> list[Path]:
    """Write every frame into `folder`, whole files only."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for name in ("table", "car", "aar", "params", "abnormal", "attrition"):
        path = folder / f"{name}.csv"
        part = path.with_suffix(".csv.part")
        getattr(result, name).to_csv(part, index=False, lineterminator="\n")
        part.replace(path)
        paths.append(path)
    return paths


def written(text: str, path: str | Path | None) -> str:
    """Write `text` to `path` if there is one, and return it."""
    if path is not None:
        Path(path).write_text(text, encoding="utf-8")
    return text


def _sentence(result: EventStudyResults) -> str:
    spec, found = result.specification, result.diagnostics
    lead = _leading(result, 0)
    caar = float(result.fitted.car[:, 0].mean())
    if lead is None:
        verdict = "none of the tests asked for is valid here"
    elif not np.isfinite(lead["p_value"]):
        verdict = lead["note"]
    else:
        verdict = f"{_verdict(lead['p_value'])} ({lead['test']}: p {_p(lead['p_value'])})"
    label = spec.labels[0]
    over = "each event's own window" if label == "own" else f"sessions {label}"
    return f"Abnormal return of {_percent(caar)} over {over}, {_who(found)}: {verdict}."


def _who(found: pd.Series) -> str:
    n, events, securities = (int(found[k]) for k in ("n_pairs", "n_events", "n_securities"))
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


def _small_table(result: EventStudyResults) -> pd.DataFrame:
    found = result.diagnostics
    rows = []
    for g, label in enumerate(result.specification.labels):
        lead, r = _leading(result, g), result.dependences[g].mean
        rows.append(
            {
                "window": label,
                "CAAR, %": f"{100 * result.fitted.car[:, g].mean():+.2f}",
                "leading test": "–" if lead is None else lead["test"],
                "statistic": "–" if lead is None else _number(lead["statistic"], ".2f"),
                "p": "–" if lead is None else _p(lead["p_value"]),
                "r̄": _number(r, "+.3f"),
                "N": int(found["n_pairs"]),
                "effective N": _number(effective_n(int(found["n_pairs"]), r), ".1f"),
            }
        )
    return pd.DataFrame(rows)


def _notes(result: EventStudyResults) -> tuple[str, ...]:
    spec, found = result.specification, result.diagnostics
    asked, kept = int(found["n_asked"]), int(found["n_pairs"])
    against = (
        f" against {spec.benchmark}" if spec.benchmark and MODELS[spec.model].regressors else ""
    )
    how = f"{MODELS[spec.model].title}{against}, {spec.return_type} returns, estimated on sessions"
    notes = [
        f"{how} [{spec.estimation[0]}, {spec.estimation[1]}].",
        f"{kept} of {asked} event–security pairs kept" + _dropped(result),
    ]
    if found["shared_dates"]:
        invalid = result.table.loc[~result.table["valid"], "test"].unique()
        listed = ", ".join(invalid)
        shared = (
            f"All {kept} pairs share one event date: they move together."
            if found["n_dates"] == 1
            else f"Event dates are shared or windows overlap ({found['n_dates']} dates for {kept} "
            "pairs): pairs move together."
        )
        notes.append(shared + (f" Not valid here: {listed}." if listed else ""))
    for name, text in (
        ("confounded", "with another event or a listed confounder inside the window"),
        ("overlapping", "whose window overlaps another event of the same security"),
        ("ambiguous_sessions", "whose event session is ambiguous"),
        ("pairs_with_gaps", "with missing returns (matched days only)"),
    ):
        if found[name]:
            notes.append(f"{found[name]} of {kept} pairs {text}.")
    notes += [*shipped_notes(result), *asynchrony_notes(result)]
    if spec.convention != "textbook":
        notes.append("Statistics follow eventstudy2, which over-rejects; not for inference.")
    if "leave_one_out" in spec.policies and found["n_events"] > 1:
        from rareearth_research.eventstudy.results.leave_one_out import leave_one_out

        left = leave_one_out(result)
        left = left[left["window"] == spec.labels[0]]
        notes.append(
            f"Leaving out one event at a time, CAAR{spec.labels[0]} runs from "
            f"{_percent(left['caar'].min())} to {_percent(left['caar'].max())}, and p from "
            f"{_p(left['p_value'].min())} to {_p(left['p_value'].max())}."
        )
    return (*notes, *spec.notes)


def _dropped(result: EventStudyResults) -> str:
    reasons = result.screened.reason
    values, counts = np.unique(reasons[reasons != ""].astype(str), return_counts=True)
    if not len(values):
        return "."
    return (
        "; dropped: "
        + ", ".join(f"{count} {value}" for value, count in zip(values, counts, strict=True))
        + "."
    )


def _leading(result: EventStudyResults, g: int) -> pd.Series | None:
    table = result.table
    rows = table[table["headline"] & (table["window"] == result.specification.labels[g])]
    return rows.iloc[0] if len(rows) else None


def _percent(value: float) -> str:
    return f"{100 * value:+.2f} %".replace("-", "−")


def _p(value: float) -> str:
    if not np.isfinite(value):
        return "–"
    return "< 0.0001" if value < 0.0001 else f"{value:.4f}"


def _number(value: float, form: str) -> str:
    return format(value, form) if np.isfinite(value) else "–"
