"""Which run has this id, and what were its data? Both by hashes, whatever happened since."""

from __future__ import annotations

import hashlib
import io
import json
import os
import re
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rareearth_research.datasets.disk import PACKAGE
from rareearth_research.datasets.own.layers import files_of
from rareearth_research.datasets.own.overlay import own_hashes
from rareearth_research.errors import DataError, RareEarthError, some

ID = re.compile(r"rer-[0-9a-f]{10}")
DECIDES = ("study", "parameters", "data_hash", "data", "yours", "events", "notebook",
           "rareearth_research", "results")  # fmt: skip


def run_id(record: Mapping[str, Any]) -> str:
    """Return the id of a run: of what it was asked, of which data, and of every table it found.

    One cell of a table more or less, and the run has another id.
    """
    content = {key: record.get(key) for key in DECIDES}
    for name in record["tables"]:
        path = record["path"] / "tables" / name
        content[name] = hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""
    text = json.dumps(content, sort_keys=True)
    return f"rer-{hashlib.sha256(text.encode()).hexdigest()[:10]}"


def own_now(record: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return name and sha256 of one's own files that a run would read today; none if they fail."""
    try:
        with files_of(record["parameters"]):
            return own_hashes()
    except RareEarthError:
        return []


def refuse_other_files(record: Mapping[str, Any]) -> None:
    """Raise if one's own files are others than those a run read; no commit has them."""
    if changed := {*own_now(record)} ^ {*record["yours"].items()}:
        raise RareEarthError(
            f"your own files are not those that {record['name']} read: "
            f"{some(sorted({name for name, _ in changed}), 6)}. Go into its workspace, or make the "
            f"run again there: {record['command']}"
        )


def refuse_damaged(record: Mapping[str, Any]) -> None:
    """Raise if a table or picture of a run is gone."""
    for kind in ("tables", "figures"):
        for path in (record["path"] / kind / name for name in record[kind]):
            if not path.is_file():
                raise DataError(
                    f"{path} of the run is missing; make the run again: {record['command']}"
                )


@contextmanager
def data_then(record: Mapping[str, Any]) -> Iterator[None]:
    """Within it, the data folder is that of a run's commit, held against the recorded hashes.

    Raises
    ------
    RareEarthError
        If they are not to be had.
    """
    refuse_other_files(record)
    commit = (record.get("git") or {}).get("commit", "")
    command = ["git", "-C", str(PACKAGE.parent), "archive", commit, "data/clean",
               "data/datapackage.json"]  # fmt: skip
    with tempfile.TemporaryDirectory(prefix="rer-", ignore_cleanup_errors=True) as folder:
        try:
            found = subprocess.run(command, capture_output=True, check=True)
            with tarfile.open(fileobj=io.BytesIO(found.stdout)) as archive:
                archive.extractall(folder, filter="data")
        except (OSError, subprocess.SubprocessError):
            raise RareEarthError(
                f"the data of {record['name']} are not to be had: commit {commit or 'unknown'} is "
                f"not in a checkout at {PACKAGE.parent}; run from a clone that has it"
            ) from None
        package = json.loads(Path(folder, "data/datapackage.json").read_text(encoding="utf-8"))
        hashes = {r["name"]: r["hash"].partition(":")[2] for r in package["resources"]}
        others = [
            n for n, known in record["data"].items() if not hashes.get(n, "").startswith(known)
        ]
        if others or not record["data"]:
            raise RareEarthError(
                f"the data of {record['name']} are not those of its commit {commit[:10]}: "
                f"{some(others, 4) or 'it does not say which it read'}; they had been changed "
                "before it ran, or lay elsewhere: set RAREEARTH_DATA to them"
            )
        before = os.environ.get("RAREEARTH_DATA")
        os.environ["RAREEARTH_DATA"] = str(Path(folder, "data"))
        try:
            yield
        finally:
            del os.environ["RAREEARTH_DATA"]
            if before is not None:
                os.environ["RAREEARTH_DATA"] = before
