"""What every study gives back: a finding in a sentence, a table, and what stands against it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from rareearth_research.summary import Result, Summary

__all__ = ["Notes", "StudyAnswer", "p_value"]


class Notes(tuple[str, ...]):
    """Sentences; a notebook shows them as a list. Empty ones are left out."""

    def __new__(cls, sentences: Iterable[str]) -> Notes:
        return super().__new__(cls, filter(None, sentences))

    def _repr_markdown_(self) -> str:
        return "\n".join(f"- {sentence}" for sentence in self)


@dataclass(frozen=True, repr=False)
class StudyAnswer(Result):
    """What all studies have in common.

    Attributes
    ----------
    parameters : mapping
        As the function was given them, for the footer of a report.
    finding : str
        The answer, made from the numbers.
    limits : Notes
        What the answer leaves open, for these parameters.
    table : DataFrame
        The numbers behind the finding.
    """

    parameters: Mapping[str, Any]
    finding: str
    limits: Notes
    table: pd.DataFrame

    def summary(self) -> Summary:
        """Return the finding, its table and its limits (text and HTML)."""
        return Summary(self.finding, self.table, self.limits)


def p_value(p: float) -> str:
    """Return a p-value to three digits, never as zero."""
    return "< 0.001" if p < 0.0005 else f"{p:.3f}"
