"""Lay one's own rows over the shipped tables, and say in a column `origin` whose each row is.

A security of one's own replaces the shipped one of its ticker: its prices, and the flags on them.
What was not said of it (group, benchmark, exposure) is kept from the shipped row, if there is one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd

from rareearth_research.datasets.oddities import home_of
from rareearth_research.datasets.own.events import YOURS, own_events, own_sources
from rareearth_research.datasets.own.layers import Layer, layers
from rareearth_research.datasets.reading.words import is_index, is_market
from rareearth_research.datasets.venues import VENUES
from rareearth_research.errors import DataError, did_you_mean, few, shown

GROUP = YOURS  # of all securities of one's own that are no index
SHIPPED = "shipped"
NAMES = {name: mic for mic, _, _, _, names, *_ in VENUES for name in (mic, *names)}


def laid_over(name: str, shipped: pd.DataFrame) -> pd.DataFrame:
    """Return the table `name` with rows of one's own before those that ship.

    Where nothing of one's own is in play the table is returned as it is.
    """
    found = layers() if name in OWN else []
    if not found:
        return shipped
    frame = OWN[name](shipped.assign(origin=SHIPPED), found)
    frame.attrs = dict(shipped.attrs)
    return frame


def own_hashes() -> list[tuple[str, str]]:
    """Return name and sha256 of every file of one's own that is in play."""
    return [item for layer in layers() for item in layer.hashes.items()]


def _events(shipped: pd.DataFrame, found: list[Layer]) -> pd.DataFrame:
    plain = shipped.drop(columns="origin")
    files = [(layer.events, layer.events_file) for layer in found]
    own = [own_events(frame, file, plain) for frame, file in files if frame is not None]
    every = pd.concat([*own, shipped]).drop_duplicates("event_id")
    return every.sort_values("date", ignore_index=True, kind="stable")


def _sources(shipped: pd.DataFrame, found: list[Layer]) -> pd.DataFrame:
    own = [own_sources(layer.events) for layer in found if layer.events is not None]
    theirs = {event for frame in own for event in frame["event_id"]}
    return pd.concat([*own, shipped[~shipped["event_id"].isin(theirs)]], ignore_index=True)


def _securities(shipped: pd.DataFrame, found: list[Layer]) -> pd.DataFrame:
    known: dict[str, Any] = {row["ticker"]: row for row in shipped.to_dict("records")}
    rows: dict[str, dict[str, Any]] = {}
    for layer in found:
        for ticker in _tickers(layer):
            rows.setdefault(ticker, _security(ticker, layer, known.get(ticker)))
        _refuse_placeless(rows, layer)
    _add_benchmarks(rows, shipped)
    rows |= {ticker: row for ticker, row in known.items() if ticker not in rows}
    _add_groups(rows, found)
    frame = pd.DataFrame([*rows.values()], columns=shipped.columns)
    return frame.astype(shipped.dtypes.to_dict()).sort_values("ticker", ignore_index=True)


def _groups(shipped: pd.DataFrame, found: list[Layer]) -> pd.DataFrame:
    rows = [
        {"group": name, "title": name.replace("_", " ").capitalize(), "description": "yours",
         "includes": "", "securities": len(members), "origin": YOURS}
        for name, members in _own_groups(found).items()
    ]  # fmt: skip
    return pd.concat([pd.DataFrame(rows), shipped]).drop_duplicates("group", ignore_index=True)


def _flags(shipped: pd.DataFrame, found: list[Layer]) -> pd.DataFrame:
    own = {ticker for layer in found for ticker in layer.columns}
    return shipped[~shipped["ticker"].isin(own)].drop(columns="origin").reset_index(drop=True)


OWN: Mapping[str, Callable[[pd.DataFrame, list[Layer]], pd.DataFrame]] = {
    "policy_events": _events,
    "policy_event_sources": _sources,
    "securities": _securities,
    "groups": _groups,
    "price_flags": _flags,
}


def _tickers(layer: Layer) -> list[str]:
    return list(dict.fromkeys([*layer.columns, *layer.described.securities]))


def _security(ticker: str, layer: Layer, shipped: Mapping[str, Any] | None) -> dict[str, Any]:
    said = layer.described.securities.get(ticker, {})
    unsaid: dict[str, Any] = {
        "ticker": ticker, "name": ticker, "exchange": "", "currency": "", "groups": "",
        "kind": "index" if _is_index(ticker, said) else "etf" if is_market(ticker) else "equity",
        "materials": "",
        "benchmark": "", "plants_in": "",
        "exposure_from": pd.NaT, "exposure_until": pd.NaT, "listed_from": pd.NaT,
        "listed_until": pd.NaT, "source_ids": "", "note": "",
    }  # fmt: skip
    row = {**(shipped or unsaid), **said, "status": YOURS, "origin": YOURS}
    if named := said.get("exchange") or _named(ticker, layer):
        if named not in NAMES:
            raise DataError(
                f"{layer.where}: the exchange {shown(named)} of {shown(ticker)} is not known"
                f"{did_you_mean(named, NAMES)}; write its MIC, such as XPAR; rer.timing.EXCHANGES "
                "lists them"
            )
        row["exchange"] = NAMES[named]
    row["exchange"] = row["exchange"] or home_of(ticker)
    return row


def _refuse_placeless(rows: Mapping[str, Mapping[str, Any]], layer: Layer) -> None:
    names = [t for t, row in rows.items() if not row["exchange"] and row["kind"] != "index"]
    if names:
        given = ", ".join(f"{name}: XPAR" for name in names[:4])
        raise DataError(
            f"the exchange of {few(names)} is not known, so neither are its sessions; name it "
            f"in {layer.where}, such as exchanges: {{{given}}}, or one exchange for all"
        )


def _is_index(ticker: str, said: Mapping[str, str]) -> bool:
    return said.get("kind", "index" if is_index(ticker) else "") == "index"


def shares_of(layer: Layer) -> list[str]:
    """Return the columns of prices that are studied: none that is a market, unless it is said."""
    about = layer.described.securities
    return [
        name
        for name in layer.columns
        if about.get(name, {}).get("kind") == "equity"
        or not (is_market(name) or _is_index(name, about.get(name, {})))
    ]


def _named(ticker: str, layer: Layer) -> str:
    named = layer.described.exchanges
    if isinstance(named, Mapping):
        columns = _tickers(layer)
        for key in named:
            if key not in columns:
                raise DataError(
                    f"{layer.where}: exchanges names {shown(key)}, which is no column of prices"
                    f"{did_you_mean(key, columns)}; they are {shown(', '.join(columns), 300)}"
                )
        named = named.get(ticker, "")
    return named


def _add_benchmarks(rows: dict[str, dict[str, Any]], shipped: pd.DataFrame) -> None:
    """Give each security that names no benchmark the one index of its exchange, if there is one."""
    places = {row["exchange"] for row in rows.values() if row["kind"] != "index"}
    for row in rows.values():
        if row["kind"] == "index" and not row["exchange"] and len(places) == 1:
            row["exchange"] = next(iter(places))
    own: dict[str, list[str]] = {}
    for ticker, row in rows.items():
        if row["kind"] == "index":
            own.setdefault(row["exchange"], []).append(ticker)
    for row in rows.values():
        if row["kind"] == "index" or row["benchmark"]:
            continue
        theirs = shipped.loc[shipped["exchange"] == row["exchange"], "benchmark"]
        usual = own.get(row["exchange"]) or [*theirs[theirs != ""].mode()]
        row["benchmark"] = usual[0] if len(usual) == 1 else ""


def _own_groups(found: list[Layer]) -> dict[str, list[str]]:
    groups: dict[str, list[str]] = {}
    for layer in found:
        for name, own in [*layer.described.groups.items(), (GROUP, shares_of(layer))]:
            if own:
                groups.setdefault(name, own)
    return groups


def _add_groups(rows: dict[str, dict[str, Any]], found: list[Layer]) -> None:
    groups = _own_groups(found)
    for name, members in groups.items():
        for ticker in members:
            if ticker not in rows:
                raise DataError(
                    f"{found[-1].where}: group {shown(name)} holds {shown(ticker)}, which is "
                    f"neither a column of prices nor a shipped security{did_you_mean(ticker, rows)}"
                )
    for ticker, row in rows.items():
        kept = [name for name in str(row["groups"]).split(";") if name and name not in groups]
        row["groups"] = ";".join(
            [*(name for name, members in groups.items() if ticker in members), *kept]
        )
