"""What a refresh would do to a raw file, when that is refused, and what it says when it is done.

History is not supposed to change. If many figures changed, rows or series vanished, or new figures
jump, the upstream more likely broke than corrected itself: the user has to accept it knowingly.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from rareearth_research.datasets.sources.rawfiles import RawFile
from rareearth_research.summary import Report, Summary

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


@dataclass(frozen=True, repr=False)
class RefreshReport(Report):
    """What a refresh changed, file by file; ``str()`` says it in a few lines.

    ``snapshot`` is the folder with the answers and the previous raw files; None if nothing was
    written (a dry run, or nothing new). ``aside`` says by ticker why a security was left as it was,
    ``told`` how a user's own file was read.
    """

    source: str
    title: str
    changes: tuple[Changes, ...]
    dry_run: bool = False
    snapshot: Path | None = None
    to_review: tuple[str, ...] = ()
    aside: dict[str, str] = field(default_factory=dict)
    told: tuple[str, ...] = ()
    seconds: float = 0.0

    @property
    def table(self) -> pd.DataFrame:
        """One row per raw file."""
        columns = ("file", "before", "added", "revised", "removed", "last")
        rows = [{name: getattr(change, name) for name in columns} for change in self.changes]
        return pd.DataFrame(rows, columns=list(columns)).set_index("file")

    @property
    def revisions(self) -> pd.DataFrame:
        """Every figure that changed: its key, the old one, the new one, the relative change."""
        parts = [c.revisions.assign(file=c.file) for c in self.changes if len(c.revisions)]
        return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()

    def summary(self) -> Summary:
        """Return what changed, file by file, and what to look at."""
        head = f"{self.title}: " + ("what a refresh would change" if self.dry_run else "refreshed")
        lines: list[str] = []
        for change in self.changes:
            lines += [sentence(change), *top_revisions(change)]
        lines += [f"  {one}" for one in self.told]
        for why in dict.fromkeys(self.aside.values()):
            named = [ticker for ticker, reason in self.aside.items() if reason == why]
            lines.append(f"  left as it was: {', '.join(named)}: {why}")
        if self.to_review:
            lines.append(
                f"  {len(self.to_review)} new returns beyond ±25 %, entered in "
                f"data/raw/outliers_reviewed.csv as not investigated: {', '.join(self.to_review)}"
            )
        if self.snapshot:
            lines.append(f"previous raw files and answers: {self.snapshot}")
        return Summary(head, self.table.reset_index(), tuple(lines))


def sentence(change: Changes) -> str:
    """Say what changes in one raw file, in one line."""
    if change.nothing:
        parts = [f"nothing new; last {change.last}"]
    else:
        span = f" ({change.first_added} to {change.last_added})" if change.added else ""
        rows = "row" if change.added == 1 else "rows"
        parts = [f"{change.added} {rows} added{span}", f"{change.revised} revised"]
        if change.ordinary:
            parts.append(f"{change.ordinary} of them as recent figures of this source are")
        if change.removed:
            parts.append(f"{change.removed} removed")
        if change.rescaled:
            parts.append(f"{len(change.rescaled)} adjusted series on a new scale")
        parts.append(f"last {change.last}")
    if change.unfinished:
        parts.append(f"left out: {change.unfinished}, which was not over")
    if change.gaps:
        parts.append(f"a gap each, no figure was sent: {', '.join(change.gaps)}")
    if change.lacking:
        parts.append(f"{change.lacking} known prices that the answer lacks stay")
    if change.missing_series:
        parts.append(f"not in the answer: {', '.join(change.missing_series)}")
    return f"  {change.file}: {', '.join(parts)}"


def top_revisions(change: Changes, most: int = 5) -> list[str]:
    """Name the largest revisions, one line each."""
    keys = change.revisions.columns.difference(["figure", "old", "new", "change"], sort=False)
    lines = []
    for row in change.revisions.head(most).to_dict("records"):
        name = " / ".join(str(row[key]) for key in keys)
        lines.append(f"    {name}: {row['figure']} {row['old']} became {row['new']}")
    if change.revised > most:
        lines.append(f"    and {change.revised - most} smaller ones")
    return lines
