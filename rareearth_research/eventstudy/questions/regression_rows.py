"""Which rows go into a regression of CARs? One window's CARs, joined with characteristics."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

import pandas as pd

from rareearth_research.arguments import check_frame
from rareearth_research.errors import DataError, SpecificationError, shown
from rareearth_research.eventstudy.inputs.events import check_labels

FARTHEST = 20.0  # a CAR of +2,000 %: what lies beyond is a code


def car_frame(car: Any, weighted: bool) -> pd.DataFrame:
    """Return the frame of CARs, judged: one finite number and, if needed, variance per row."""
    given = car if isinstance(car, pd.DataFrame) else getattr(car, "car", None)
    if not isinstance(given, pd.DataFrame):
        raise SpecificationError(
            f"car must be a fitted study or its `car` frame; got {shown(car)}. Fit a study first: "
            "study.fit()"
        )
    needed = ["event_id", "security", "window", "car", *(["variance"] if weighted else [])]
    frame = check_frame("car", given, needed)
    if frame.empty:
        raise SpecificationError("car has no rows; give the `car` frame of a fitted study")
    for name in needed[:3]:
        check_labels(frame[name], frame["event_id"], "car")
    for name in needed[3:]:
        if frame[name].dtype.kind not in "iuf":
            raise DataError(
                f"column {name!r} of car is {frame[name].dtype}, not numbers; use pd.to_numeric"
            )
        wrong = frame[name].abs() > FARTHEST
        if name == "variance":
            wrong |= frame[name] <= 0
        if wrong.any():
            row = frame.loc[wrong].iloc[0]
            raise DataError(
                f"{name} is {row[name]} for security {shown(row['security'])} at event "
                f"{shown(row['event_id'])}; leave out that row"
            )
    return frame


def one_window(car: pd.DataFrame, window: str | None) -> tuple[pd.DataFrame, str]:
    labels = [str(label) for label in car["window"].unique()]
    listed = shown(", ".join(labels), 200)
    if window is None and len(labels) > 1:
        raise SpecificationError(f"car has several windows; choose one of {listed}")
    label = labels[0] if window is None else window
    if not isinstance(label, str) or label not in labels:
        raise SpecificationError(
            f"window {shown(window)} is not among {listed}; choose one of them"
        )
    rows = car[car["window"].astype(str) == label].copy()
    twice = rows.duplicated(["event_id", "security"])
    if twice.any():
        first = rows.loc[twice, ["event_id", "security"]].iloc[0].to_dict()
        raise DataError(f"car lists {shown(first)} more than once; keep one row each")
    return rows, label


def joined(rows: pd.DataFrame, characteristics: pd.DataFrame) -> tuple[pd.DataFrame, set[str]]:
    """Join characteristics on the keys they carry; return the columns that both have, too."""
    table = characteristics
    if any(name in ("security", "ticker", "event_id") for name in table.index.names):
        table = check_frame("characteristics", table.reset_index(allow_duplicates=True))
    if "security" not in table.columns:
        table = table.rename(columns={"ticker": "security"})
    keys = [key for key in ("event_id", "security") if key in table.columns]
    if not keys:
        raise SpecificationError(
            "characteristics need a column (or index) 'security' or 'event_id' to be joined on"
        )
    if table.empty:
        raise SpecificationError("characteristics has no rows; give one per security or event")
    for key in keys:
        odd = [value for value in table[key] if not isinstance(value, Hashable)]
        if odd:
            raise DataError(f"characteristics: {key} {shown(odd[0])} is no name; give one a row")
    if table.duplicated(keys).any():
        first = table.loc[table.duplicated(keys), keys].iloc[0].to_dict()
        raise DataError(f"characteristics list {shown(first)} more than once; keep one row each")
    for key in keys:
        if not set(table[key]) & set(rows[key]):
            raise SpecificationError(
                f"no {key} of the characteristics is in the study: they have "
                f"{shown(table[key].iloc[0])}, the study {shown(rows[key].iloc[0])}"
            )
    clash = [c for c in table.columns if c in rows.columns and c not in keys]
    return rows.merge(table.drop(columns=clash), on=keys, how="left"), {*clash}
