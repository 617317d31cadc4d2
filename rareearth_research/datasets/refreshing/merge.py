"""Join old raw figures and new ones: what is added, what is revised, what is on a new scale.

Rows are matched by their key. New ones are added; a figure that changed is taken over and listed;
old rows keep their place, so that a refresh reads as a small difference in git. Prices are looked
at security by security: what is wrong with one leaves that one as it was, and the rest goes on; and
a close that an answer lacks stays.
"""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pandas as pd

from rareearth_research.datasets.refreshing import incoming
from rareearth_research.datasets.refreshing.report import MATERIAL, Changes, too_many
from rareearth_research.datasets.refreshing.rescale import on_new_scale, return_changes
from rareearth_research.datasets.sources.rawfiles import RawFile
from rareearth_research.errors import SourceError

MIN_OVERLAP = 5  # sessions needed to put an adjusted series on its new scale
LARGEST = 1.0  # ordinary revision, as a share of the figure or, where that is larger, the median


def merge(
    raw: RawFile, old: pd.DataFrame, new: pd.DataFrame, accept_revisions: bool = False
) -> tuple[pd.DataFrame, Changes]:
    """Join what is there with what came, and say what that changes.

    Parameters
    ----------
    raw
        The raw file's description.
    old
        The file as it is, every column text.
    new
        What a source fetched, in the same columns.
    accept_revisions
        Whether a security whose past changed is taken over all the same.

    Returns
    -------
    DataFrame, Changes
        The merged file, every column text, in the order of the old one.

    Raises
    ------
    SourceError
        If `new` cannot be compared with `old`: impossible dates or figures, rows twice, no overlap;
        of prices, if that is so of more than half of the securities, or their volumes are in
        another unit.
    """
    aside: dict[str, str] = {}
    if raw.compare == "return" and list(new.columns) == list(raw.columns) and len(new):
        new, aside = _sound(raw, old, new, accept_revisions)
    new = incoming.accept(raw, new)
    missing: tuple[str, ...] = ()
    if raw.series and len(old):
        known, sent = _keys(old, raw.series).unique(), _keys(new, raw.series)
        names = (" / ".join(name) for name in known[~known.isin(sent.unique())])
        missing = tuple(name for name in names if name not in aside)
        if raw.known_series_only:
            new = new[sent.isin(known)]
    if not len(old):
        return new, replace(_summary(raw, old, new, new, missing), aside=aside)
    old_rows, new_rows = old.set_index(list(raw.key)), new.set_index(list(raw.key))
    shared = old_rows.index.intersection(new_rows.index)
    _need_overlap(raw, old, new, shared)
    added = new_rows.loc[new_rows.index.difference(shared, sort=False)]
    lacking = _removed(raw, old, new)
    rescaled: dict[str, float] = {}
    was, now = old_rows.loc[shared], new_rows.loc[shared]
    if raw.compare == "return":
        returns = return_changes(raw, old_rows, new_rows).rename(raw.figures[0])
        beside = _changes(raw, was, now, raw.figures[1:])
        # no volume, dividend or split: the answer lacks it, and a known one stays
        beside = beside.mask(now[beside.columns].apply(incoming.numbers_of) == 0, 0.0)
        changes, judged = pd.concat([returns, beside], axis=1), returns
        kept, rescaled = on_new_scale(raw, old_rows, new_rows)
        for name in raw.figures[1:]:
            rows = beside.index[beside[name] > 0]
            kept.loc[rows, name] = now.loc[rows, name]
    else:
        changes = _changes(raw, was, now, raw.figures)
        judged = changes.max(axis=1)
        kept = _revise(raw, old_rows.drop(index=lacking), now[judged > 0])
    merged = pd.concat([kept, added]).reset_index()[list(raw.columns)]
    merged = _in_order_of(old, merged, raw)
    revised = changes[(changes > 0).any(axis=1)]
    material, unsettled = judged > MATERIAL, _unsettled(raw, was, now)
    return merged, replace(
        _summary(raw, old, added.reset_index(), merged, missing),
        overlap=len(shared),
        revised=len(revised),
        material=int((material & ~unsettled).sum()),
        ordinary=int((material & unsettled).sum()),
        unsettled=int(unsettled.sum()),
        removed=0 if raw.compare == "return" else len(lacking),
        lacking=len(lacking) if raw.compare == "return" else 0,
        jumps=(*incoming.jumps(raw, merged, added.index), *incoming.other_scale(raw, old, added)),
        gaps=incoming.gaps(raw, added),
        aside=aside,
        rescaled=rescaled,
        revisions=_listing(old_rows, new_rows, revised),
    )


def _sound(
    raw: RawFile, old: pd.DataFrame, new: pd.DataFrame, accept_revisions: bool
) -> tuple[pd.DataFrame, dict[str, str]]:
    """Return the rows of the securities with nothing wrong, and what is wrong with the others."""
    [name] = raw.series
    good, aside = [], {}
    before = dict(list(old.groupby(name)))
    for ticker, rows in new.groupby(name, sort=False):
        try:
            sound = incoming.accept(raw, rows)
            if len(known := before.get(ticker, old.head(0))):
                why = _trouble(raw, known, sound)
                if why and not accept_revisions:
                    raise SourceError(f"{ticker}: {why}; --accept-revisions takes it over")
        except SourceError as error:
            aside[str(ticker)] = str(error)
            continue
        good.append(rows)
    if len(aside) > len(good):
        first = next(iter(aside.values()))
        raise SourceError(
            first if len(aside) == 1 else f"{len(aside)} securities cannot be taken over: {first}"
        )
    return pd.concat(good, ignore_index=True), aside


def _trouble(raw: RawFile, old: pd.DataFrame, new: pd.DataFrame) -> str:
    """Say why a security's new prices are not those of the one we know, if that is so."""
    old_rows, new_rows = old.set_index(list(raw.key)), new.set_index(list(raw.key))
    shared = old_rows.index.intersection(new_rows.index)
    _need_overlap(raw, old, new, shared)
    incoming.refuse_other_unit(raw, old_rows.loc[shared], new_rows.loc[shared])
    material = int((return_changes(raw, old_rows, new_rows) > MATERIAL).sum())
    if too_many(material, len(shared)):
        return f"{material} of {len(shared)} known returns changed by more than {MATERIAL:.1%}"
    added = new_rows.loc[new_rows.index.difference(shared)]
    kept, _ = on_new_scale(raw, old_rows, new_rows)
    far = incoming.jumps(raw, pd.concat([kept, added]).reset_index(), added.index)
    return f"a new price jumps as if the unit had changed ({far[0]})" if far else ""


def _changes(
    raw: RawFile, old: pd.DataFrame, new: pd.DataFrame, figures: tuple[str, ...]
) -> pd.DataFrame:
    """Relative change of each figure; 0 where it is the same up to rounding or slack, or empty."""
    if raw.compare == "text":
        columns = [c for c in old.columns if c not in ("status", "note")]
        return (old[columns] != new[columns]).astype(float)
    changes = pd.DataFrame(index=old.index, columns=[*figures], dtype=float)
    for name in figures:
        was, now = incoming.numbers_of(old[name]), incoming.numbers_of(new[name])
        size = (now - was).abs()
        relative = size / was.abs().where(was != 0, 1.0)
        # The old text may carry fewer digits: what rounds to it is the same figure.
        decimals = old[name].str.replace(r"^[^.]*\.?", "", regex=True).str.len()
        rounding = np.minimum(0.5001 * 10.0**-decimals, 0.1 * MATERIAL * was.abs())
        same = (size <= rounding) | (size <= 1e-6 * was.abs()) | (size <= raw.slack * 1.000001)
        changes[name] = relative.mask(same | size.isna(), 0.0)
    return changes


def _unsettled(raw: RawFile, old: pd.DataFrame, new: pd.DataFrame) -> pd.Series:
    """Return which rows are young enough, and changed little enough, to be an ordinary revision."""
    if not raw.settles or old.empty:
        return pd.Series(False, index=old.index)
    was = old[[*raw.figures]].apply(incoming.numbers_of)
    now = new[[*raw.figures]].apply(incoming.numbers_of)
    size = (now - was).abs() / was.clip(lower=was.median(), axis=1)
    days = pd.to_datetime(old.index.get_level_values(raw.when))
    young = days > days.max() - pd.Timedelta(days=raw.settles)
    return (size.max(axis=1) <= LARGEST) & young


def _revise(raw: RawFile, kept: pd.DataFrame, new: pd.DataFrame) -> pd.DataFrame:
    kept = kept.copy()
    for name in kept.columns.difference(["status", "note"]):  # a person wrote these
        known = new[name] != "" if name in raw.blank else slice(None)
        kept.loc[new[known].index, name] = new.loc[known, name]
    return kept


def _removed(raw: RawFile, old: pd.DataFrame, new: pd.DataFrame) -> pd.Index:
    """Old rows within the dates a series now covers that are not in it any more."""
    if raw.folder == "candidates":
        return old.set_index(list(raw.key)).index[:0]
    if raw.series:
        span = new.groupby([*raw.series])[raw.when].agg(["min", "max"])
        limits = old[[*raw.series]].merge(span, how="left", left_on=[*raw.series], right_index=True)
    else:
        limits = pd.DataFrame(
            {"min": new[raw.when].min(), "max": new[raw.when].max()}, index=old.index
        )
    inside = (old[raw.when] >= limits["min"]) & (old[raw.when] <= limits["max"])
    keys = old[inside].set_index(list(raw.key)).index
    return keys.difference(new.set_index(list(raw.key)).index, sort=False)


def _need_overlap(raw: RawFile, old: pd.DataFrame, new: pd.DataFrame, shared: pd.Index) -> None:
    """Refuse figures that leave a gap, or whose scale cannot be known, series by series."""
    if raw.folder == "candidates" or not len(new):
        return
    if raw.compare != "return":
        known = _keys(new, raw.series).isin(_keys(old, raw.series)).any() if raw.series else True
        if known and not len(shared):
            raise SourceError(_gap(raw, raw.name, old, new, 1))
        return
    [name] = raw.series
    common = shared.to_frame(index=False)[name].value_counts()
    lengths = old[name].value_counts()
    for ticker, rows in new.groupby(name):
        needed = min(MIN_OVERLAP, int(lengths.get(ticker, 0)))
        if common.get(ticker, 0) < needed:
            of_ticker = old[old[name] == ticker]
            raise SourceError(_gap(raw, f"{raw.name}, {ticker}", of_ticker, rows, needed))


def _gap(raw: RawFile, what: str, old: pd.DataFrame, new: pd.DataFrame, needed: int) -> str:
    return (
        f"{what}: the new figures begin {new[raw.when].min()}, the old end "
        f"{old[raw.when].max()}; {needed} common row{'s are' if needed > 1 else ' is'} needed to "
        "compare them. Use an earlier since, or a file that reaches further back"
    )


def _summary(
    raw: RawFile,
    old: pd.DataFrame,
    added: pd.DataFrame,
    merged: pd.DataFrame,
    missing: tuple[str, ...],
) -> Changes:
    dates = added[raw.when] if len(added) else pd.Series([""])
    every = merged[raw.when] if len(merged) else dates
    return Changes(
        file=raw.name,
        before=len(old),
        added=len(added),
        first_added=str(dates.min()),
        last_added=str(dates.max()),
        last=str(every.max()),
        missing_series=missing,
    )


def _listing(old: pd.DataFrame, new: pd.DataFrame, changes: pd.DataFrame) -> pd.DataFrame:
    """Name of each changed row the figure that changed most, as it was and as it is."""
    change = changes.max(axis=1).sort_values(ascending=False)
    rows, figure = change.index, changes.loc[change.index].idxmax(axis=1)
    at = np.arange(len(rows)), old.columns.get_indexer(pd.Index(figure))
    table = pd.DataFrame(
        {
            "figure": figure.to_numpy(),
            "old": old.loc[rows].to_numpy()[at],
            "new": new.loc[rows, old.columns].to_numpy()[at],
            "change": change.round(6).to_numpy(),
        },
        index=rows,
    )
    return table.reset_index()


def _in_order_of(old: pd.DataFrame, merged: pd.DataFrame, raw: RawFile) -> pd.DataFrame:
    """Sort the merged rows the way the old file is sorted, so that a refresh moves no old row."""
    for order in itertools.permutations(raw.key, min(len(raw.key), 3)):
        if pd.MultiIndex.from_frame(old[list(order)]).is_monotonic_increasing:
            return merged.sort_values(list(order), ignore_index=True, kind="stable")
    # No plain order: old rows keep their place, new ones follow the last row of their series.
    place = _keys(old, raw.key).get_indexer(_keys(merged, raw.key))
    added, behind = place < 0, np.full(len(merged), len(old))
    if raw.series:
        ends = pd.Series(np.arange(len(old)), index=_keys(old, raw.series))
        ends = ends[~ends.index.duplicated(keep="last")]
        behind = ends.reindex(_keys(merged, raw.series), fill_value=len(old)).to_numpy()
    return (
        merged.assign(_place=np.where(added, behind, place), _added=added)
        .sort_values(["_place", "_added", raw.when], ignore_index=True, kind="stable")
        .drop(columns=["_place", "_added"])
    )


def _keys(frame: pd.DataFrame, columns: tuple[str, ...]) -> pd.MultiIndex:
    return pd.MultiIndex.from_frame(frame[[*columns]])
