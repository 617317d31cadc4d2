"""What a refresh says when it is done."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from rareearth_research.datasets.refreshing.changes import Changes
from rareearth_research.summary import Report, Summary

__all__ = ["RefreshReport", "sentence", "top_revisions"]


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
