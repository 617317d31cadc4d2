"""Two runs side by side: what was asked and found, and which tables, pictures and data differ."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from rareearth_research.errors import listed, some
from rareearth_research.numerals import counted
from rareearth_research.reports.runs import differences
from rareearth_research.reports.runs.differences import ALL
from rareearth_research.reports.runs.records import find_run
from rareearth_research.summary import Result, Summary

MOST = 5  # cells of one table that a page shows


@dataclass(frozen=True, repr=False)
class RunComparison(Result):
    """Result of `compare_runs`; every frame holds what differs, with columns ``first, second``.

    Attributes
    ----------
    first, second : mapping
        The records of both runs.
    parameters, findings, data, versions : DataFrame
        Versions (of the package and its libraries) are told and do not count.
    files : DataFrame
        Cells of tables and pictures: ``file, row, column, first, second``.
    """

    first: Mapping[str, Any]
    second: Mapping[str, Any]
    parameters: pd.DataFrame
    findings: pd.DataFrame
    data: pd.DataFrame
    versions: pd.DataFrame
    files: pd.DataFrame

    @property
    def same(self) -> bool:
        """Whether parameters, findings, tables, pictures and data are the same."""
        return not (self.table["differ"] > 0)[self.table["part"] != "versions"].any()

    @property
    def table(self) -> pd.DataFrame:
        """How much differs: parameters, findings, files, data and versions, a row each."""
        drawn = self.files["file"].str.startswith("figures/")
        pictures = self.files.loc[drawn, "file"].str.replace(r"\.\w+$", "", regex=True)
        parts = {
            "parameters": len(self.parameters),
            "findings": len(self.findings),
            "tables": self.files.loc[~drawn, "file"].nunique(),
            "pictures": pictures.nunique(),
            "data": len(self.data),
            "versions": len(self.versions),
        }
        return pd.DataFrame({"part": list(parts), "differ": list(parts.values())})

    def parts(self) -> list[tuple[str, pd.DataFrame]]:
        """Return what differs by heading, whole rows and many cells of a table as counts."""
        rows: list[list[str]] = []
        for name, group in self.files.groupby("file", sort=False):
            cells, whole = (group[group["column"] != ALL], group[group["column"] == ALL])
            for ends, gone in whole.groupby(["first", "second"]):
                what = ALL if ALL in [*gone["row"]] else counted(len(gone), "row")
                rows.append([str(name), what, ALL, *map(str, ends)])
            rows += [
                [*row[:3], *_shortened(*row[3:])] for row in cells.head(MOST).to_numpy().tolist()
            ]
            if len(cells) > MOST:
                rows.append([str(name), counted(len(cells) - MOST, "more cell"), "", "", ""])
        shown = pd.DataFrame(rows, columns=self.files.columns, dtype="str")
        return [
            ("Parameters", self.parameters),
            ("Findings", self.findings),
            ("Tables and pictures", shown.replace({"file": {r"^\w+/": ""}}, regex=True)),
            ("Data", self.data),
            ("Versions", self.versions),
        ]

    def summary(self) -> Summary:
        """Return what differs in a sentence, counted by part, and the parameters by name."""
        pair = f"{self.first['name']} and {self.second['name']}"
        if self.same:
            return Summary(f"{pair} are the same.", self.table)
        parts = [
            counted(row["differ"], row["part"].removesuffix("s"), row["part"])
            for row in self.table.to_dict("records")
            if row["differ"] and row["part"] not in ("data", "versions")
        ]
        parts += ["the data"] if len(self.data) else []
        names = some(self.parameters["parameter"], 6)
        asked = (f"Parameters: {names}.",) if names else ()
        return Summary(f"{pair} differ in {listed(parts)}.", self.table, asked)


def compare_runs(
    first: str | Path, second: str | Path, out: str | Path = "reports"
) -> RunComparison:
    """Lay two runs side by side.

    Parameters
    ----------
    first, second : str or Path
        Folder, name, or the beginning of a name that only one run of `out` has.
    out : str or Path
        A folder of reports made by `run_study`.

    Returns
    -------
    RunComparison

    Raises
    ------
    SpecificationError
        If no run, or more than one, answers to a name.
    DataError
        If a record, table or picture of theirs is damaged.

    Examples
    --------
    >>> rer.compare_runs("02_event_study", "02_event_study, group users")  # doctest: +SKIP
    """
    one, other = (find_run(run, out) for run in (first, second))
    return RunComparison(
        first=one,
        second=other,
        parameters=differences.values(one["parameters"], other["parameters"], "parameter"),
        findings=differences.values(findings_of(one), findings_of(other), "finding"),
        # a table that only one of them read is told by the parameters
        data=differences.values(*data_of(one, other), "data", shared=True),
        versions=differences.values(versions_of(one), versions_of(other), "version", shared=True),
        files=differences.files(one, other),
    )


def write_comparison(compared: RunComparison, path: str | Path) -> Path:
    """Write both runs side by side as one page to `path`.

    Parameters
    ----------
    compared : RunComparison
    path : str or Path
        Of the page; its links lead from there to both runs.

    Returns
    -------
    Path

    Raises
    ------
    RareEarthError
        If the page cannot be written.
    """
    from rareearth_research.reports.runs.site import card, put_page

    page = Path(path)
    return put_page(
        page,
        "compare.html.j2",
        runs=[card(run, page.parent) for run in (compared.first, compared.second)],
        headline=compared.summary().headline,
        same=compared.same,
        parts=compared.parts(),
    )


def data_of(
    one: Mapping[str, Any], other: Mapping[str, Any]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the hash of each file that two runs read; where one does not say, that of all."""
    if one["data"] and other["data"]:
        return {**one["data"], **one["yours"]}, {**other["data"], **other["yours"]}
    return {"all tables": one["data_hash"]}, {"all tables": other["data_hash"]}


def findings_of(run: Mapping[str, Any]) -> dict[str, str]:
    """Return the verdict of a run and its sentences, numbered beyond the first."""
    names = ("finding" if i == 1 else f"finding {i}" for i in itertools.count(1))
    return {"verdict": run["verdict"], **dict(zip(names, run["results"], strict=False))}


def versions_of(run: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a run was made with: package, commit, notebook, Python, libraries, system."""
    git = run.get("git") or {}
    known = {
        "rareearth_research": run["rareearth_research"],
        "commit": git.get("commit", "")[:10] + " and changes" * bool(git.get("changed")),
        "notebook": run.get("notebook"),
        "python": run.get("python"),
        "platform": run.get("platform"),
        **run.get("libraries", {}),
    }
    return {name: version for name, version in known.items() if version}


def _shortened(*texts: str) -> tuple[str, ...]:
    """Return numbers with six digits, where that still tells them apart."""
    try:
        short = tuple(f"{float(text):.6g}" if len(text) > 8 else text for text in texts)
    except ValueError:
        return texts
    return short if len({*short}) == len({*texts}) else texts
