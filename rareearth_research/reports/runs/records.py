"""Which runs are there, and which one is meant? Each leaves its record, `run.json`."""

from __future__ import annotations

import json
import os
import re
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any

from rareearth_research.datasets.disk import said
from rareearth_research.errors import DataError, SpecificationError, did_you_mean, listed, shown
from rareearth_research.reports.page.headline import verdict_of
from rareearth_research.reports.reading.texts import quoted
from rareearth_research.reports.runs.earlier import ID, run_id
from rareearth_research.reports.runs.elsewhere import is_address
from rareearth_research.reports.runs.names import run_title

RECORD = "run.json"
NUMBER = re.compile(r"\d+_")  # of a study, which need not be said


def _is_name(value: Any) -> bool:
    """Say whether it is the name of a file in the run's own folders, or of a study: no path."""
    return (
        isinstance(value, str) and not {"/", "\\", "\0"} & {*value} and value not in ("..", ".", "")
    )


def _is_commit(value: Any) -> bool:
    return isinstance(value, str) and re.fullmatch("[0-9a-f]{7,64}", value) is not None


def _is_day(value: Any) -> bool:
    return isinstance(value, str) and datetime.fromisoformat(value) is not None


def _is_study(value: Any) -> bool:
    return _is_name(value) and not value.endswith(".ipynb")


# What a record holds: a type, a check, a list of one of them, or a mapping (... is any key).
_TEXTS = ("title", "question", "result", "command", "data_hash", "rareearth_research")
_NEEDED: dict[str, Any] = {
    **dict.fromkeys(_TEXTS, str), "study": _is_study, "started": _is_day, "changed": [str],
    **{key: [_is_name] for key in ("figures", "tables")}, "parameters": dict,
    "files": {"html": _is_name, "notebook": _is_name}, "seconds": {"total": (int, float)},
}  # fmt: skip
_LATER: dict[str, Any] = {  # what earlier versions did not note
    **dict.fromkeys(("name", "verdict", "sentence", "notebook", "python", "platform"), str),
    "picture": {"file": _is_name, "alt": str}, "results": [str], "sources": [dict],
    **{key: {...: str} for key in ("data", "yours", "libraries")}, "git": {"commit": _is_commit},
    "events": {"hash": str, "last": str}, "downloads": [_is_name],
}  # fmt: skip
_MAY_BE_NULL = ("picture", "git", "events")


def folder_of(out: object) -> Path:
    """Return the folder of reports that `out` names."""
    if not isinstance(out, str | os.PathLike) or not str(out).strip() or "\0" in str(out):
        raise SpecificationError(f"out must be the path of a folder of reports; got {shown(out)}")
    if is_address(out):
        raise SpecificationError(
            f"out={shown(out)} is an address; give a folder of this machine, or let `rareearth "
            "report --out` send reports there"
        )
    return Path(out)


def read_runs(folder: Path) -> list[dict[str, Any]]:
    """Return the record of every complete run in `folder`, in order of folder name.

    Raises
    ------
    DataError
        If a ``run.json`` is damaged.
    """
    with said("out cannot be read"):
        found = sorted(folder.glob(f"[!.]*/{RECORD}"))
    # what is no file is exchanged this moment, and there again in the next
    return [read_record(path.parent) for path in found if path.is_file()]


def read_record(folder: Path) -> dict[str, Any]:
    """Return the record of the run in `folder`, with ``path``, the folder.

    What runs of earlier versions did not note is filled in: name, verdict, picture, data.
    """
    path = folder / RECORD
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
        _check_record(record)
    except (OSError, ValueError, RecursionError) as error:
        why = f"damaged ({quoted(error, 100)})" if path.exists() else "missing"
        raise DataError(
            f"{quoted(path)} is {why}; remove its folder, and run that study again"
        ) from error
    changed = {n: record["parameters"][n] for n in record["changed"] if n in record["parameters"]}
    verdict, sentence = verdict_of(record["result"])
    pictures = [name for name in record["figures"] if name.endswith(".png")]
    filled = {
        "name": run_title(record["study"], changed),
        "verdict": verdict,
        "sentence": sentence,
        "picture": {"file": pictures[0], "alt": ""} if pictures else None,
        "results": [record["result"]] if record["result"] else [],
        "data": {},
        "yours": {},
        "events": None,
    }
    return {**filled, **record, "changed": [*changed], "path": folder}


def find_run(run: str | Path, out: str | Path = "reports") -> dict[str, Any]:
    """Return the record of the run called `run`.

    Parameters
    ----------
    run : str or Path
        The folder of a run; or, of a run in `out`, the name of that folder, the run's name in words
        (``"02_event_study, group users"``), or as much of one of them as no other begins with. The
        number of the study need not be said. Or the id that `cite` gives.
    out : str or Path
        A folder of reports.

    Returns
    -------
    dict
        As `read_record` gives it.

    Raises
    ------
    SpecificationError
        If no run, or more than one, answers to `run`; the message names the nearest.
    DataError
        If its record is damaged.
    """
    if not isinstance(run, str | os.PathLike) or not str(run).strip() or "\0" in str(run):
        raise SpecificationError(f"a run must be given by its name or its folder; got {shown(run)}")
    if os.path.isfile(Path(run) / RECORD):
        return read_record(Path(run))
    folder = folder_of(out)
    if ID.fullmatch(str(run)):
        named = [record for record in read_runs(folder) if run_id(record) == run]
        if named:
            return named[0]
        raise SpecificationError(
            f"no run in {quoted(folder)} has the id {run}; give the folder of reports that holds "
            "it as it was made: a changed table has another id"
        )
    known = names_of(folder)
    wanted = _plain(str(run).rstrip("/\\"))
    found = {home for name, home in known if _plain(name) == wanted}
    found = found or {home for name, home in known if _plain(name).startswith(wanted)}
    if len(found) == 1:
        return read_record(folder / found.pop())
    if not known:
        raise SpecificationError(
            f"there is no report in {quoted(folder)}; make one: rareearth report"
        )
    if found:
        raise SpecificationError(
            f"more than one run begins with {shown(str(run))}; write one of these ids in its "
            f"place: {'; '.join(map(_identified, (folder / name for name in sorted(found))))}"
        )
    hint = did_you_mean(run, [name for name, _ in known])
    hint = hint or f"; there are: {listed(sorted({home for _, home in known}))}"
    raise SpecificationError(f"no run in {quoted(folder)} is called {shown(str(run))}{hint}")


def _identified(folder: Path) -> str:
    record = read_record(folder)
    return f"{run_id(record)} ({record['name']})"


def names_of(folder: Path) -> list[tuple[str, str]]:
    """Return every name that a run in `folder` answers to, each with the folder of that run."""
    return [
        (name, record["path"].name)
        for record in read_runs(folder)
        for long in (record["path"].name, record["name"])
        for name in dict.fromkeys((long, NUMBER.sub("", long, count=1)))
    ]


def _plain(name: str) -> str:
    return name.casefold().replace("−", "-")


def _check_record(record: Any) -> None:
    if not isinstance(record, dict):
        raise ValueError("no mapping")
    there = {key: shape for key, shape in _LATER.items() if key in record}
    absent = [key for key in _MAY_BE_NULL if record.get(key) is None]
    wrong = [
        key for key, shape in (_NEEDED | there).items()
        if key not in absent and not _fits(record.get(key), shape)
    ]  # fmt: skip
    if wrong:
        raise ValueError(f"without {', '.join(wrong)}")


def _fits(value: Any, shape: Any) -> bool:
    if isinstance(shape, list):
        return isinstance(value, list) and all(_fits(item, shape[0]) for item in value)
    if isinstance(shape, dict):
        return isinstance(value, dict) and all(
            _fits(item, kind)
            for key, kind in shape.items()
            for item in (value.values() if key is ... else [value.get(key)])
        )
    if isinstance(shape, type | tuple):
        return isinstance(value, shape)
    with suppress(ValueError):
        return bool(shape(value))
    return False
