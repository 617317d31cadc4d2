"""What a refresh would do to a raw file, and when that is refused.

History is not supposed to change. If many figures changed, rows or series vanished, or new figures
jump, the upstream more likely broke than corrected itself: the user has to accept it knowingly.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import pandas as pd

from rareearth_research.datasets.sources.rawfiles import RawFile

__all__ = ["MATERIAL", "Changes", "too_many"]

MATERIAL = 0.005  # relative change of a level, or change of a daily return
MATERIAL_SHARE = 0.01  # of the rows old and new share
MATERIAL_ROWS = 3  # so few are listed, but never a reason to refuse
ORDINARY_SHARE = 0.5  # of the rows that a source still revises


@dataclass(frozen=True)
class Changes:
    """What a refresh would do to one raw file.

    ``overlap`` counts the rows old and new share, ``revised`` those whose figure changed,
    ``material`` those that changed by more than 0.5 %, ``ordinary`` those of the ``unsettled`` rows
    that did, which their source still revises (`RawFile.settles`), ``removed`` old rows the
    upstream no longer has, ``lacking`` old prices that stay although the answer lacks them.
    ``jumps`` names added rows implausibly far from the row before, ``gaps`` those without a figure,
    ``unfinished`` the session left out because it was not over, ``aside`` by ticker why a security
    was left as it was. ``rescaled`` gives, by series, the factor by which an adjusted past moved.
    """

    file: str
    before: int
    added: int = 0
    overlap: int = 0
    revised: int = 0
    material: int = 0
    ordinary: int = 0
    unsettled: int = 0
    removed: int = 0
    lacking: int = 0
    first_added: str = ""
    last_added: str = ""
    last: str = ""
    missing_series: tuple[str, ...] = ()
    jumps: tuple[str, ...] = ()
    unfinished: str = ""
    gaps: tuple[str, ...] = ()
    aside: dict[str, str] = field(default_factory=dict)
    rescaled: dict[str, float] = field(default_factory=dict)
    revisions: pd.DataFrame = field(default_factory=pd.DataFrame)

    @property
    def nothing(self) -> bool:
        """Whether the file stays as it is."""
        return not (self.added or self.revised or self.removed or self.rescaled)

    def objections(self, raw: RawFile) -> list[str]:
        """Return the reasons to refuse, in words; none if the refresh is an ordinary one."""
        found = []
        if self.removed:
            found.append(f"{self.removed} rows of {self.file} are gone from the upstream")
        if too_many(self.material, self.overlap):
            found.append(
                f"{self.material} of {self.overlap} known rows of {self.file} changed by more "
                f"than {MATERIAL:.1%}"
            )
        elif self.ordinary > ORDINARY_SHARE * self.unsettled:
            found.append(
                f"{self.ordinary} of the {self.unsettled} last rows of {self.file}, which are "
                f"still revised, changed by more than {MATERIAL:.1%}; up to a half is ordinary"
            )
        elif self.added and 0 < self.overlap == self.material:
            found.append(f"none of the {self.overlap} known rows of {self.file} agrees")
        if self.jumps:
            found.append(
                f"{len(self.jumps)} new rows of {self.file} jump as if the unit had changed "
                f"({self.jumps[0]})"
            )
        if self.missing_series and not raw.series_may_end:
            found.append(
                f"{self.file}: the upstream no longer has {', '.join(self.missing_series[:5])}"
            )
        return found


def too_many(material: int, overlap: int) -> bool:
    """Return whether so many changed rows look like another series rather than corrections."""
    return material > max(MATERIAL_ROWS, MATERIAL_SHARE * overlap)
