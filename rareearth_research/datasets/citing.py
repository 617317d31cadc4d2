"""Whose figures are these? Sources, citation and terms of tables, as recorded with the data."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pandas as pd

from rareearth_research.datasets.catalog import data_dir, digest_of, manifest, resource_of
from rareearth_research.datasets.own.overlay import OWN, own_hashes
from rareearth_research.errors import DataError, did_you_mean, shown

PRICES = ("prices_us", "prices_au", "prices_cn")


def cite(what: str | pd.DataFrame | pd.Series) -> str:
    """Return the citation of tables: their titles and hashes, then one line per source.

    Parameters
    ----------
    what : str, DataFrame or Series
        A table that `catalog` lists (``"prices_us"``), the word behind ``rer.load_...``
        (``"prices"``, ``"returns"``, ``"events"``: every table that loader serves), or a frame
        or series a loader returned (the tables it was made from).

    Returns
    -------
    str

    Raises
    ------
    DataError
        For an unknown name, and for a frame that does not say where it comes from.

    Examples
    --------
    >>> print(cite("vix").splitlines()[0].partition(" (")[0])
    VIX, daily close
    """
    package = manifest()
    resources = _cited(what, package)
    titles = "; ".join(
        f"{r['title']} (table {r['name']!r}, sha256 {digest_of(r)[:12]})" for r in resources
    )
    sources = {source["id"]: source for r in resources for source in r["sources"]}
    version = f", version {package['version']}"
    lines = [f"{titles}; {package.get('title', 'data')}{version}. Made from:"]
    for source in sources.values():
        where = f", {source['path']}" if source.get("path") else ""
        when = f", retrieved {source['retrieved']}" if source.get("retrieved") else ""
        lines.append(
            f"- {source['publisher']}: {source['title']}{where}{when}. "
            f"Licence: {source['licence']}."
        )
    if any(resource["name"] in {*OWN, *PRICES} for resource in resources):
        lines += [f"- yours: {name}, sha256 {digest[:12]}." for name, digest in own_hashes()]
    return "\n".join(lines)


def terms(tables: Iterable[str]) -> list[dict[str, Any]]:
    """Return every source of these tables once, as recorded, with the ``tables`` made from it."""
    found: dict[str, dict[str, Any]] = {}
    for name in tables:
        for source in resource_of(name, data_dir())["sources"]:
            found.setdefault(source["id"], {**source, "tables": []})["tables"].append(name)
    return list(found.values())


def publishers(tables: Iterable[str]) -> str:
    """Return who published what these tables were made from, each once, this project last."""
    found = {source["publisher"].partition(" (")[0]: None for source in terms(tables)}
    found.pop("not recorded", None)
    return "; ".join(sorted(found, key=lambda name: name == __name__.partition(".")[0]))


def last_day(tables: Iterable[str]) -> pd.Timestamp | None:
    """Return the last day of these tables' figures; lists that this project keeps are none."""
    days = [
        pd.Timestamp(resource["last"])
        for resource in (resource_of(name, data_dir()) for name in tables)
        if resource["last"] and not all(s["id"].endswith("_compiled") for s in resource["sources"])
    ]
    return max(days, default=None)


def titles(frames: Iterable[pd.DataFrame | pd.Series]) -> str:
    """Return the titles of the tables behind what loaders returned, each once, for a picture."""
    found: dict[str, None] = {}
    for frame in frames:
        entries = frame.attrs.get("provenance") or {"title": "your file"}
        for entry in entries if isinstance(entries, list) else [entries]:
            found[entry["title"]] = None
    return "; ".join(found)


def _cited(what: str | pd.DataFrame | pd.Series, package: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the tables behind a name, a loader's word or a frame."""
    if isinstance(what, pd.DataFrame | pd.Series):
        found = what.attrs.get("provenance")
        if not found:
            raise DataError(
                "what: this frame does not say where it comes from (no .attrs['provenance']); cite "
                "the frame a loader returned, or name the table"
            )
        entries = found if isinstance(found, list) else [found]
        try:
            return [resource_of(str(entry["table"]), data_dir()) for entry in entries]
        except (KeyError, TypeError):
            raise DataError("what.attrs['provenance'] is not as a loader left it") from None
    if not isinstance(what, str) or not what.strip():
        raise DataError(
            f"what must be the name of a table, the word behind a loader, or a frame a loader "
            f"returned; got {shown(what)}. See rer.catalog() for all"
        )
    known = {resource["name"]: resource for resource in package["resources"]}
    if what in known:
        return [known[what]]
    loader = "load_" + what.removeprefix("load_")
    served = [r for r in package["resources"] if loader in r["loaders"]]
    if not served:
        words = {name.removeprefix("load_") for r in known.values() for name in r["loaders"]}
        raise DataError(
            f"what: there is no table or loader {shown(what)}"
            f"{did_you_mean(what, sorted({*known, *words}))}. See rer.catalog() for all"
        )
    return served
