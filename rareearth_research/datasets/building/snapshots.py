"""What was fetched, when and from where, kept beside the raw files it replaced.

``data/snapshots/<source>/<UTC time>/`` holds every answer as it came, the raw files as they were
before, and ``meta.json`` with addresses (without keys), times and hashes. The folder is not in git:
many upstreams forbid passing their answers on.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rareearth_research.datasets.sources.base import Source
    from rareearth_research.datasets.sources.http import Client, Download

FOLDER = "snapshots"


def write(root: Path, client: Client, previous: Mapping[str, bytes], changes: list[str]) -> Path:
    """Keep the answers of `client` and the raw files before the change; all of it or nothing."""
    now = dt.datetime.now(dt.UTC)
    parent = root / FOLDER / client.source.name
    stamp = now.strftime("%Y%m%dT%H%M%S%fZ")
    for left in parent.glob("[0-9]*T[0-9]*Z.part"):  # of a refresh that was killed
        shutil.rmtree(left, ignore_errors=True)
    part = parent / f"{stamp}.part"
    try:
        _fill(part, client, previous, changes, now)
        os.rename(part, parent / stamp)
    except BaseException:
        shutil.rmtree(part, ignore_errors=True)
        raise
    return parent / stamp


def keep(root: Path, path: str) -> Path:
    """Move what lies at `path` of the data folder aside, and return where it is now."""
    stamp = dt.datetime.now(dt.UTC).strftime("%Y%m%dT%H%M%S%fZ")
    kept = root / FOLDER / "build" / stamp / path
    kept.parent.mkdir(parents=True)
    os.rename(root / path, kept)
    return kept


def _fill(
    part: Path, client: Client, previous: Mapping[str, bytes], changes: list[str], now: dt.datetime
) -> None:
    (part / "previous").mkdir(parents=True)
    for name, content in previous.items():
        (part / "previous" / name).write_bytes(content)
    answers = []
    for number, download in enumerate(client.downloads, start=1):
        name = f"{number:03d}.{download.kind}"
        (part / name).write_bytes(download.content)
        answers.append(
            {
                "file": name,
                "url": download.url,
                "retrieved": download.retrieved.isoformat(timespec="seconds"),
                "bytes": len(download.content),
                "sha256": download.sha256,
            }
        )
    meta = {
        "source": client.source.name,
        "title": client.source.title,
        "licence": client.source.licence,
        "written": now.isoformat(timespec="seconds"),
        "changes": [line.strip() for line in changes],
        "answers": answers,
    }
    (part / "meta.json").write_text(
        client.redact(json.dumps(meta, indent=1, ensure_ascii=False)) + "\n", encoding="utf-8"
    )


def remove(snapshot: Path) -> None:
    """Forget a snapshot whose figures did not come into force."""
    shutil.rmtree(snapshot, ignore_errors=True)
    for folder in (snapshot.parent, snapshot.parent.parent):
        if folder.is_dir() and not any(folder.iterdir()):
            folder.rmdir()


def counted(source: Source, show: Callable[..., None]) -> Callable[[Download], None]:
    """Return what to call for each answer, so that `show` says how many have come."""
    sizes: list[int] = []

    def seen(download: Download) -> None:
        sizes.append(len(download.content))
        show(len(sizes), label=f"fetching {source.title}: {sum(sizes) / 2**20:.1f} MB")

    return seen
