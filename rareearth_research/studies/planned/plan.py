"""What was fixed before any result was seen? The plan of the headline studies and its deviations.

The file never changes: what departs from it is entered in ``deviations.yaml`` beside it, and the
planned result stays in the table.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

from rareearth_research.datasets import load_securities
from rareearth_research.datasets.disk import said, shipped_folder
from rareearth_research.errors import DataError, shown

FROZEN = "plan.yaml"
DEVIATIONS = "deviations.yaml"
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # the same, seven times as fast
ENTRY = ("id", "date", "what", "why", "results_seen", "effect_on_headline")


@dataclass(frozen=True)
class Plan:
    """The plan of the headline studies, as its file says it.

    Attributes
    ----------
    text : mapping
        The file, block by block.
    sha256 : str
        Of the file, by which a reader sees that it never changed.
    deviations : tuple of mapping
        What departs from it: ``id, date, what, why, results_seen, effect_on_headline``.
    """

    text: Mapping[str, Any]
    sha256: str
    deviations: tuple[Mapping[str, Any], ...] = ()

    def __getitem__(self, block: str) -> Any:
        return self.text[block]

    @property
    def questions(self) -> pd.DataFrame:
        """One row per question: ``ask, sample, group, matched, window, expected, basis …``."""
        return pd.DataFrame.from_dict(self["questions"], orient="index").rename_axis("question")

    def clusters(self, sample: str) -> list[dict[str, Any]]:
        """Return the clusters of announcements of a sample, as frozen: its first event stands."""
        if sample.endswith("_rare_earths_only"):
            kept = {ids[0] for ids in self["variants"]["frozen"][sample]}
            sample = sample.removesuffix("_rare_earths_only")
            return [c for c in self["clusters"][sample] if c["event_id"] in kept]
        return list(self["clusters"][sample])

    @property
    def flagged(self) -> list[str]:
        """Events that stand for clusters in whose windows other listed news fell."""
        every = [*self["clusters"]["tightening"], *self["clusters"]["easing"]]
        return [cluster["event_id"] for cluster in every if cluster["flagged_by"]]

    def group(self, name: str) -> list[str]:
        """Return the tickers of a group, as frozen."""
        return list(self["groups"][name]["list"])

    @property
    def seen(self) -> pd.DataFrame:
        """What had been seen when the plan was written, and by whom: ``who, what``."""
        blind = self["plan"]["blindness"]
        rows = [("author of the plan", what) for what in blind["seen_unasked_by_author"]]
        rows += [
            (f"developers, study {item['study']}", item["what"])
            for item in blind["seen_before_by_developers"]
        ]
        return pd.DataFrame(rows, columns=["who", "what"])


def load_plan(file: str | Path | None = None) -> Plan:
    """Read the plan of the headline studies, and the deviations beside it.

    Parameters
    ----------
    file : str or Path, optional
        A plan of the same form; by default the one shipped with the notebooks.

    Returns
    -------
    Plan

    Raises
    ------
    DataError
        If the file cannot be read, is no plan, or names a security that is not known.
    """
    path = shipped_folder("notebooks") / FROZEN if file is None else Path(file)
    with said("the plan cannot be read"):
        content = path.read_bytes()
    text = yaml.load(content, LOADER)
    text = text if isinstance(text, dict) else {}
    missing = [b for b in ("plan", "questions", "clusters", "groups") if b not in text]
    if missing:
        raise DataError(f"{path.name} is no plan: it has no block {missing[0]!r}")
    plan = Plan(text, hashlib.sha256(content).hexdigest(), _deviations(path.parent / DEVIATIONS))
    named = {ticker for group in text["groups"].values() if isinstance(group, Mapping)
             for ticker in group.get("list", [])}  # fmt: skip
    strange = sorted(named - {*load_securities().index}, key=str)
    if strange:  # a bare ON is true in YAML
        raise DataError(
            f"{path.name} names {shown(strange[0])}, which is no ticker of the securities; write "
            "tickers in quotation marks"
        )
    return plan


def _deviations(path: Path) -> tuple[Mapping[str, Any], ...]:
    if not path.exists():
        return ()
    with said("the deviations from the plan cannot be read"):
        entries = yaml.load(path.read_bytes(), LOADER)["deviations"]
    for number, entry in enumerate(entries, 1):
        lacking = [name for name in ENTRY if name not in entry]
        if lacking:
            raise DataError(f"{path.name}: entry {number} lacks {lacking[0]!r}; write it")
    return tuple(entries)
