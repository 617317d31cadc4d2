"""What is a sample, by what its members are? Names and counts computed from the securities kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from rareearth_research.datasets import load_groups, load_returns, load_securities
from rareearth_research.datasets.own.events import YOURS
from rareearth_research.errors import listed
from rareearth_research.eventstudy import EventStudy, leave_one_out, split, verdict
from rareearth_research.eventstudy.chance.placebo import PlaceboResult
from rareearth_research.eventstudy.questions.split import Split
from rareearth_research.eventstudy.results.results import EventStudyResults
from rareearth_research.eventstudy.results.words import detail, reasons
from rareearth_research.labels import label
from rareearth_research.numerals import counted, numeral, p_said
from rareearth_research.plots.study import rose
from rareearth_research.studies.sample import benchmark_words, conditions, event_words
from rareearth_research.timing import EXCHANGES

CHINA = ("XSHG", "XSHE")
ROLES = {  # narrowest first: a sample has the first name that fits every member
    "rare_earth_producers": ("rare-earth producer", ""),
    "rare_earth_developers": ("rare-earth developer", ""),
    "magnet_makers": ("magnet maker", ""),
    "users_cars": ("car maker", ""),
    "users_defence": ("defence company", "defence companies"),
    "users_chips": ("chip maker", ""),
    "users": ("user of critical minerals", "users of critical minerals"),
    "gallium_germanium": ("gallium or germanium company", "gallium and germanium companies"),
    "antimony": ("antimony company", "antimony companies"),
    "tungsten": ("tungsten company", "tungsten companies"),
    "graphite": ("graphite company", "graphite companies"),
    "rare_earths": ("rare-earth company", "rare-earth companies"),
    "controlled_metals": ("company in other minerals", "companies in other controlled minerals"),
    "funds": ("fund of minerals", "funds of minerals"),
}
UNIONS = ("rare_earths", "controlled_metals", "users")  # groups of groups
MINERAL = ("rare_earths", "controlled_metals")
WIDER = "with REMX and Alkane"
FEWEST = 3  # securities of a part
ACTORS = {"CN": "Chinese ", "US": "US "}
NOUNS = {"tightening": "tightening", "easing": "easing", "threat": "threat"}


def sample_name(result: EventStudyResults) -> str:
    """Return what the securities kept are, as `named` says it."""
    return named(_kept(result))


def named(kept: pd.DataFrame) -> str:
    """Return what securities are: ``"22 rare-earth companies, 11 listed in China"``.

    A name holds for every one of them: they are "producers" only if all are, and "listed outside
    China" only if none is listed there.
    """
    groups = kept["groups"].str.get_dummies(";")
    inside, mineral = groups.all(), groups.filter(items=MINERAL).any(axis=1).all()
    fits = (name for group, name in ROLES.items() if inside.get(group, False))
    other = ("mineral company", "mineral companies") if mineral else ("security", "securities")
    one, several = next(fits, other)
    if len(kept) == 1:
        return str(kept["name"].iloc[0])
    many, china = counted(len(kept), one, several), int(kept["exchange"].isin(CHINA).sum())
    if china == 0:
        return f"{many} listed outside China"
    if china == len(kept):
        return f"{many} listed in China"
    return f"{many}, {numeral(china)} of them listed in China,"


def composition_words(result: EventStudyResults) -> str:
    """Count the securities kept by what they are and where they are listed, of those asked for."""
    kept, asked = _kept(result), _asked(result)
    counts = kept["groups"].str.get_dummies(";").sum()
    roles = [
        counted(int(counts[group]), *ROLES[group])
        for group in load_groups().index
        if group in ROLES and group not in UNIONS and counts.get(group, 0)
    ]
    there = kept["exchange"].value_counts()
    places = [
        f"{EXCHANGES[str(mic)].city} {there.get(mic, 0)} of {count}"
        for mic, count in asked["exchange"].value_counts(sort=False).items()
    ]
    none = [
        EXCHANGES[mic].city
        for mic in asked["exchange"].unique()
        if mic not in set(kept["exchange"])
    ]
    words = f"Securities kept: {'; '.join(places)}."
    if roles:
        words += f" By business: {', '.join(roles)}"
        words += " (some are counted twice)." if len(roles) > 1 else "."
    exporters = kept.index[~kept["exchange"].isin(CHINA) & (kept["plants_in"] == "CN")]
    if len(exporters):
        words += (
            f" Listed abroad with plants in China: {listed(kept.loc[exporters, 'name'])}, in no "
            "part by place."
        )
    return words + (f" Not measured at all: {listed(none)}." if none else "")


def detail_words(result: EventStudyResults, found: pd.DataFrame, benchmark: str) -> str:
    """Return test, dates, placebo, sample, window and model behind a verdict, for a small line."""
    kept, spec = _kept(result), result.specification
    counts = result.diagnostics
    what = "securities" if counts["n_events"] == 1 else "event–security pairs"
    why = reasons(result)
    china = int(kept["exchange"].isin(CHINA).sum())
    parts = [
        detail(result, found),
        f"{counts['n_pairs']:.0f} of {counts['n_asked']:.0f} {what}{f': {why}' if why else ''}",
        f"{china} listed in China, {len(kept) - china} outside",
        f"window {spec.labels[0].replace('-', '−')}",
        f"{label('model', spec.model)} {benchmark_words(spec.model, benchmark)}".strip(),
    ]
    return f"{'; '.join(parts)}."


def limit_words(result: EventStudyResults) -> str:
    """Count the pairs that end a window at a price limit of Shanghai or Shenzhen."""
    chinese = _kept(result)
    chinese = chinese[chinese["exchange"].isin(CHINA)]
    if chinese.empty:
        return ""
    if "origin" in chinese and (chinese["origin"] == YOURS).any():
        known = "which of your closes are at a limit is not known."
    else:
        limited = result.flags["price_limit"][result.keep]
        known = f"pairs that end a window on such a day: {limited.sum()} of {len(limited)}."
    return (
        "In Shanghai and Shenzhen a price limit (±10 or ±20 %) cuts off the return of a day, so "
        f"first sessions understate a move; {known}"
    )


def parts_of(result: EventStudyResults) -> dict[str, list[str]]:
    """Return the parts of a sample, by place of listing and by business, of three or more.

    A firm listed abroad whose plants stand in China is in no part of a place: it is averaged
    neither with those outside, whose rival it is, nor with other listings.
    """
    kept = _kept(result)
    inside = kept["exchange"].isin(CHINA)
    exporter = ~inside & (kept["plants_in"] == "CN")
    chosen = {"listed in China": inside, "listed outside China": ~inside & ~exporter}
    for mic in kept["exchange"].unique():
        chosen[EXCHANGES[mic].city] = (kept["exchange"] == mic) & ~exporter
    held = kept["groups"].str.get_dummies(";").astype(bool)
    for group, title in load_groups()["title"].items():
        if group in ROLES and group not in UNIONS and group in held:
            chosen[title] = held[group]
    return {
        name: list(kept.index[own])
        for name, own in chosen.items()
        if FEWEST <= own.sum() < len(own)
    }


def judged(
    result: EventStudyResults,
    events: pd.DataFrame,
    *,
    chance: PlaceboResult | None = None,
    family: Mapping[str, float] | None = None,
) -> pd.DataFrame:
    """Return the verdict on a study, with its sample and its events by name."""
    measured = events[events["event_id"].isin(result.labels[0])]
    who, around = sample_name(result), event_names(measured)
    return verdict(result, chance=chance, family=family, who=who, around=around)


def range_words(parts: pd.DataFrame, left: pd.DataFrame) -> str:
    """Say how far the answer depends on the sample: over all considered, and one left out."""
    p, words = parts["p_value"].dropna(), []
    if len(p) > 1:
        words.append(
            f"Over the {counted(len(p), 'sample')} considered, this one and its parts by place and "
            f"business among them, the test gives {p_said(p.min())} to {p_said(p.max())}."
        )
    alone = left["p_value"].dropna()
    if len(alone):
        words.append(
            f"With any one security left out it gives {p_said(alone.min())} to "
            f"{p_said(alone.max())}."
        )
    return " ".join(words)


def titled(result: EventStudyResults, title: str, options: Mapping[str, Any]) -> str:
    """Return the title of the securities' picture: how many rose, and the verdict on them all.

    Another window than the first has no verdict with names, and keeps the picture's own title.
    """
    return "" if options.get("window") is not None else f"{rose(result)}. {title}"


def event_names(events: pd.DataFrame) -> str:
    """Return how a sentence calls the events: by kind and date, or by actor and direction."""
    if len(events) == 1:
        return event_words(events.iloc[0])
    actors, directions = set(events["actor"]), set(events["direction"])
    who = ACTORS.get(actors.pop(), "") if len(actors) == 1 else ""
    what = NOUNS.get(directions.pop(), "") if len(directions) == 1 else ""
    return counted(len(events), f"{who}{what or 'policy event'}")


def _kept(result: EventStudyResults) -> pd.DataFrame:
    return load_securities(list(dict.fromkeys(result.labels[1])))


def _asked(result: EventStudyResults) -> pd.DataFrame:
    names: Sequence[str] = result.specification.names
    return load_securities([names[i] for i in dict.fromkeys(result.pairs.security)])


def without_each(result: EventStudyResults, checks: bool) -> pd.DataFrame:
    """Return the first window without each security, strongest first; no row unless asked."""
    if not checks or result.diagnostics["n_securities"] < 2:
        columns = ["left_out", "window", "caar", "test", "statistic", "p_value", "n", "n_effective"]
        return pd.DataFrame(columns=columns)
    left = leave_one_out(result, by="security")
    first = left[left["window"] == result.specification.labels[0]]
    return first.sort_values("p_value", ignore_index=True)


def sample_history(parts: pd.DataFrame) -> str:
    """Say what the default sample owes to choices made after results had been seen."""
    wider = parts[parts["part"] == WIDER]
    if wider.empty:
        return ""
    row = wider.iloc[0]
    told = f" With both in {p_said(row['p_value'])}." if np.isfinite(row["p_value"]) else ""
    return (
        "For this event two choices of sample matter. They follow from what the securities are, "
        "but results had been seen before they were settled: the fund REMX is left out because it "
        f"holds the others, and Alkane because it gave up its rare-earth project in 2020.{told}"
    )


def considered(
    result: EventStudyResults,
    events: pd.DataFrame,
    before: pd.DataFrame | None,
    options: dict[str, Any],
) -> Split:
    """Return the answer for each sample, the one studied first; `before` two choices, the last."""
    found = split(result, parts_of(result))
    if before is None:
        return found
    # Alkane is in the group; its exposure dates are what leaves it out
    returns = load_returns([*before.index, "REMX"])
    shared = conditions(returns) | {"exposure": load_securities().drop(index="ALK.AX")}
    wider = EventStudy(returns, events, **options, **shared).fit()
    row = split(wider, {}).table.assign(part=WIDER)
    return replace(found, table=pd.concat([found.table, row], ignore_index=True))


def pair_words(result: EventStudyResults) -> list[str]:
    """Say how many pairs other news or two possible sessions make doubtful."""
    n = int(result.diagnostics["n_pairs"])
    news, times = (
        f"{int(result.diagnostics[flag])} of {n}." for flag in ("confounded", "ambiguous_sessions")
    )
    cause = "An abnormal return is not a cause: it holds whatever else happened."
    return [
        f"{cause} Pairs with another listed event or confounder in the window: {news}",
        f"Pairs whose event session is ambiguous: {times}",
    ]
