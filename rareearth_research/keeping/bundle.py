"""What does a data editor need of a run? Code, lock, data or how to get it, tables, and a check.

A bundle stands for itself: `verify.py` meets its headline with numpy and pandas, without this
package. Figures whose publishers restrict passing them on are replaced by how to fetch them.
"""

from __future__ import annotations

import hashlib
import inspect
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rareearth_research import studies
from rareearth_research.arguments import check_flag
from rareearth_research.datasets.catalog import data_dir
from rareearth_research.datasets.disk import PACKAGE, shipped_folder, workshop
from rareearth_research.datasets.own.description import workspaces
from rareearth_research.datasets.own.layers import PARAMETERS, files_of
from rareearth_research.datasets.sources.base import UPSTREAMS
from rareearth_research.datasets.tables.passing import may_be_passed_on, write_tables
from rareearth_research.errors import RareEarthError, SpecificationError, shown, some
from rareearth_research.keeping.checkable import rests_on_own, write_checkable
from rareearth_research.reports.checking import since, told
from rareearth_research.reports.page.notebook import rerun_command
from rareearth_research.reports.place import (
    cannot_write,
    check_replaceable,
    exchange,
    writable,
)
from rareearth_research.reports.reading.texts import quoted
from rareearth_research.reports.runs.earlier import refuse_damaged, refuse_other_files, run_id
from rareearth_research.reports.runs.records import NUMBER, find_run, folder_of

HERE = Path(__file__).parent
SUMS = "SHA256SUMS"
YOURS = "data/yours"
OF_CODE = ("pyproject.toml", "hatch_build.py", "LICENSE", "README.md", "requirements.lock",
           "environment.yml")  # fmt: skip
NOT_CODE = shutil.ignore_patterns("__pycache__", "shipped", "*.pyc")


def bundle_run(
    run: str | Path, out: str | Path = "reports", *, to: str | Path = "", whole: bool = False
) -> Path:
    """Make a replication bundle of a run: a folder that a data editor can check by itself.

    Parameters
    ----------
    run, out : str or Path
        As in `compare_runs`.
    to : str or Path, optional
        The folder to make; by default ``bundles/NAME`` in `out`.
    whole : bool
        With every figure, also those that may not be passed on: for your own archive.

    Returns
    -------
    Path
        The folder: ``README.md`` (in the layout that data editors ask for), ``verify.py``,
        ``verify/``, ``code/`` (package, lock, notebook), ``data/`` (with your own files in
        ``yours/``), ``output/`` (page, notebook, tables, pictures, ``run.json``) and
        ``SHA256SUMS``.

    Raises
    ------
    SpecificationError
        If no run, or more than one, answers to `run`.
    RareEarthError
        If the finding of the run is another today, or your own files are (the message says what
        changed), if a file of the run is a link, if its
        ``verify.py`` does not meet the headline, or if the folder cannot be written.
    """
    check_flag("whole", whole)
    if not isinstance(to, str | os.PathLike) or "\0" in str(to):
        raise SpecificationError(f"to must be the path of a folder; got {shown(to)}")
    record = find_run(run, out)
    final = (
        Path(to).absolute() if to else writable(folder_of(out)) / "bundles" / record["path"].name
    )
    if final.is_relative_to(record["path"].absolute()):
        raise RareEarthError(f"{quoted(final)} is in the run itself; choose another folder")
    check_replaceable(final, _made(final), "bundle")
    refuse_damaged(record)
    files = _yours(record)
    answer = _answered(record)
    try:
        with workshop(writable(final.parent), final.name) as room:
            (new := room / "new").mkdir()
            _write(new, record, answer, files, whole=whole)
            _verified(new)
            exchange(new, final)
    except OSError as error:
        raise cannot_write(final, error) from error
    return final


def _made(final: Path) -> set[str]:
    """Return the files of the bundle in a folder, none where there is no bundle."""
    try:
        lines = (final / SUMS).read_text(encoding="utf-8").splitlines()
    except (OSError, ValueError):
        return set()
    listed = {line.partition("  ")[2] for line in lines}
    return listed | {SUMS} if {"verify.py", "output/run.json"} <= listed else set()


def _yours(record: Mapping[str, Any]) -> dict[str, Path]:
    """Return the files of one's own that a run read, by the names that its record gives them."""
    named = [Path(str(record["parameters"].get(name) or "")) for name in PARAMETERS[:2]]
    homes = [*workspaces(), *(path.parent for path in named)]
    refuse_other_files(record)
    places = [(name, home / name) for name in record["yours"] for home in homes]
    return {name: path for name, path in places if path.is_file()}


def _answered(record: Mapping[str, Any]) -> Any:
    """Return the answer of a run's study, asked again; None for a notebook of one's own."""
    function = getattr(studies, NUMBER.sub("", record["study"], count=1), None)
    if function is None:
        return None
    known = inspect.signature(function).parameters
    answer = function(**{k: v for k, v in record["parameters"].items() if k in known})
    if answer.finding not in record["results"]:
        changed = some(told(since(record)), 6) or "nothing that the record names"
        raise RareEarthError(
            f"the finding of {record['name']} is another today (changed since: {changed}); make "
            f"the run again and bundle that: {record['command']}"
        )
    return answer


def _write(
    new: Path, record: Mapping[str, Any], answer: Any, files: Mapping[str, Path], *, whole: bool
) -> None:
    if links := [path for path in record["path"].rglob("*") if path.is_symlink()]:
        raise RareEarthError(f"{quoted(links[0])} is a link; put the file itself there, or nothing")
    shutil.copytree(record["path"], new / "output")
    (new / "data").mkdir()
    (new / "verify").mkdir()
    for name, path in files.items():
        (target := new / YOURS / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)
    names = record["data"] or None  # where the record does not say: all
    tables = write_tables(data_dir(), new / "data", names, whole=whole)
    with files_of(record["parameters"]):
        returns = write_checkable(answer, new / "verify", whole=whole or rests_on_own(answer))
    locked = _code(new / "code", record)
    shutil.copyfile(HERE / "verify.py", new / "verify.py")
    made = {
        "record": record,
        "id": run_id(record),
        "tables": [{**t, "there": whole or may_be_passed_on(t)} for t in tables],
        "recipe": _recipe(tables),
        "yours": {f"{YOURS}/{name}": digest for name, digest in record["yours"].items()},
        "command": _command(record, files),
        "whole": whole,
        "returns": returns,
        "locked": locked,
        "recomputed": answer is not None and (new / "verify/pairs.csv").is_file(),
        "outputs": sorted(
            path.relative_to(new).as_posix()
            for path in (new / "output").rglob("*")
            if path.is_file() and path.suffix in (".tex", ".csv", ".png", ".svg")
        ),
    }
    (new / "README.md").write_text(_readme(**made), encoding="utf-8", newline="\n")
    lines = [
        f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.relative_to(new).as_posix()}\n"
        for path in sorted(new.rglob("*"))
        if path.is_file()
    ]
    (new / SUMS).write_text("".join(lines), encoding="utf-8", newline="\n")


def _command(record: Mapping[str, Any], files: Mapping[str, Path]) -> str:
    """Return the line that makes a run again, with the files where the bundle has them."""
    asked = {name: record["parameters"][name] for name in record["changed"]}
    for name in PARAMETERS[:2]:
        if asked.get(name):
            asked[name] = f"{YOURS}/{Path(asked[name]).name}"
    return rerun_command(record["study"], asked) if files else record["command"]


def _code(folder: Path, record: Mapping[str, Any]) -> bool:
    """Copy package, lock and notebook; say whether there is a lock."""
    shutil.copytree(PACKAGE, folder / PACKAGE.name, ignore=NOT_CODE)
    (folder / "notebooks").mkdir()
    for path in shipped_folder("notebooks").glob("*"):
        if path.name in (f"{record['study']}.ipynb", "plan.yaml"):
            shutil.copy(path, folder / "notebooks")
    checkout = PACKAGE.parent
    locked = (checkout / "requirements.lock").is_file()
    for name in OF_CODE:
        if (checkout / name).is_file() and locked:
            shutil.copy(checkout / name, folder)
    if not locked:  # a wheel has none; the record has the versions whose numbers these are
        pins = [f"{name}=={version}\n" for name, version in record.get("libraries", {}).items()]
        (folder / "requirements.txt").write_text("".join(pins), encoding="utf-8", newline="\n")
    return locked


def _recipe(tables: list[dict[str, Any]]) -> list[tuple[str, str]]:
    """Return for each table without rows the command that fetches its figures, "" for none."""
    fed = {file: name for name, upstream in UPSTREAMS.items() for file in upstream["feeds"]}
    found = []
    for table in tables:
        if not may_be_passed_on(table):
            sources = dict.fromkeys(fed[file] for file in table["raw"] if file in fed)
            lines = [f"`rareearth data refresh {source}`" for source in sources]
            found.append((table["name"], " or ".join(lines)))
    return found


def _readme(**made: Any) -> str:
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(HERE / "templates"),
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        undefined=jinja2.StrictUndefined,
    )
    return environment.get_template("README.md.j2").render(**made)


def _verified(new: Path) -> None:
    """Raise unless `verify.py` meets the headline, by itself and without this package."""
    command = [sys.executable, "-I", "-B", str(new / "verify.py")]
    done = subprocess.run(command, cwd=new, capture_output=True, text=True, errors="replace")
    if done.returncode:
        said = re.sub(r"\s+", " ", done.stdout + done.stderr)[-600:]
        raise RareEarthError(f"the bundle does not meet its own headline: {said}; report this")
