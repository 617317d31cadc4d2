"""A study that answers planned questions where nothing was chosen, and else stands alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd

from rareearth_research.numerals import capital
from rareearth_research.studies.answer import Notes, StudyAnswer
from rareearth_research.studies.planned.headline import PlannedStudy
from rareearth_research.summary import Summary


@dataclass(frozen=True, repr=False)
class BesidePlan(StudyAnswer):
    """Result of a study that answers planned questions where nothing was chosen.

    Attributes
    ----------
    planned : PlannedStudy or None
        The planned questions; None where other things were asked for.
    attrition : DataFrame
        Every pair, by direction or group: ``event_id, security, status, reason``.
    """

    planned: PlannedStudy | None
    attrition: pd.DataFrame

    @property
    def broken(self) -> Notes:
        """How many changes leave each sentence of the finding as it is, and which do not."""
        return Notes(f"{capital(what)}. {found.headline}" for what, found in self.tests.items())

    @property
    def tests(self) -> dict[str, Summary]:
        """Each sentence of the finding asked again with one thing changed, by what it is about."""
        return {}

    @property
    def lost(self) -> pd.DataFrame:
        """How many pairs were lost for which reason; those without one were measured."""
        by = [self.attrition.columns[0], "reason"]
        return self.attrition.groupby(by, sort=False).size().rename("pairs").reset_index()

    def of_plan(self, name: str, *given: Any) -> Any:
        """Return what the planned questions have under a name; None where others were asked.

        Parameters
        ----------
        name : str
            An attribute or a method of `PlannedStudy`.
        *given : object
            What the method takes.
        """
        found = getattr(self.planned, name) if self.planned else None
        return found(*given) if callable(found) else found
