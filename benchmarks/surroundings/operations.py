"""What writes: each command, the folder that it begins with, and how to tell that nothing is lost.

`state` reads what is there as a user would and raises if a part of it is not whole; what it returns
must be what it was before the operation or what it is after one that nothing disturbed.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import rareearth_research as rer
from rareearth_research.cli import main
from rareearth_research.datasets import catalog
from rareearth_research.datasets.building import build as build_module
from rareearth_research.datasets.building import verify as verify_module
from rareearth_research.errors import RareEarthError
from rareearth_research.keeping.bundle import SUMS
from rareearth_research.keeping.stored import identity
from tests.support import refresh_root
from tests.support.eventstudy_cases import synthetic_returns
from tests.support.synthetic import ANALYSIS, write_notebook

SHIPPED = Path(__file__).resolve().parents[2] / "data"
RUN = "01_synthetic_squares"
TODAY = ["today", "China adds controls", "--at", "2025-10-09T09:00+08:00/2025-10-09T09:29+08:00",
         "--materials", "Dy,Tb", "--until", "2025-10-08"]  # fmt: skip
CELLS = {
    "studies": "event_study",
    "parameters": {"event_ids": "cn-2024-08-antimony", "securities": "MP"},
    "grid": {"model": ["raw", "mean"]},
}


@dataclass(frozen=True)
class Operation:
    """`run` does it in the folder `make` made; `moments` of its changes are struck at most."""

    run: Callable[[], int]
    make: Callable[[Path], object]
    state: Callable[[Path], Any]
    moments: int = 6
    once: bool = False  # refuses what it has made
    tiny: bool = False  # on the data of two tables


def command(*arguments: str) -> Callable[[], int]:
    """Return what runs ``rareearth`` with these arguments as a shell would, and its exit code."""

    def run() -> int:
        import sys

        sys.argv = ["rareearth", *arguments]
        try:
            main()
        except SystemExit as end:
            return int(end.code or 0)
        return 0

    return run


def here(run: Callable[[], int], folder: Path) -> None:
    """Do an operation in `folder` on the shipped data, while a folder is made."""
    os.chdir(folder)
    os.environ["RAREEARTH_DATA"] = str(SHIPPED)
    assert run() == 0, f"{folder} could not be made"


# data build, data refresh
def two_tables() -> None:
    """Let the data be two tables: a build of all takes longer than a case may."""
    build_module.all_tables = refresh_root.two_tables
    verify_module.all_tables = refresh_root.two_tables


def corrected(root: Path) -> None:
    refresh_root.make(root / "data")
    path = root / "data/raw/vix_daily_2026_09.csv"
    path.write_text("".join(path.read_text().splitlines(keepends=True)[:-1]))


def last_days(root: Path) -> tuple[Any, ...]:
    os.environ["RAREEARTH_DATA"] = str(root / "data")
    return tuple(catalog.read(name)["date"].max() for name in refresh_root.TABLES)


# save_result, to_csv
def fitted(model: str) -> Any:
    returns = synthetic_returns(securities=4)
    return rer.EventStudy(returns, [returns.index[300]], "MKT", windows=[(0, 1)], model=model).fit()


OLD, NEW = fitted("mean"), fitted("market")


def by_hand(work: Callable[[], object]) -> Callable[[], int]:
    """Return what does `work` as a user's script would, with its exit code."""

    def run() -> int:
        try:
            work()
        except RareEarthError as error:
            print(error)
            return 1
        except KeyboardInterrupt:
            print("stopped")
            return 130
        return 0

    return run


def tables(root: Path) -> str:
    for path in root.glob("tables/*.csv"):
        assert path.read_text() == getattr(NEW, path.stem).to_csv(index=False), path
    return "every table that is there is whole"


# report, compare, bundle
def with_report(root: Path) -> None:
    write_notebook(root / "own", RUN)
    here(command("report", f"own/{RUN}.ipynb", "--out", "out"), root)
    write_notebook(root / "own", RUN, ANALYSIS.replace("i * i", "i * i * i"))


def report(root: Path) -> list[str]:
    """Return what each run found; all that its record names must be there."""
    found = []
    for record in sorted(root.glob("out/*/run.json")):
        run = json.loads(record.read_text())
        names = [*run["files"].values()]
        names += [f"{kind}/{name}" for kind in ("figures", "tables") for name in run[kind]]
        assert all((record.parent / name).stat().st_size for name in names), names
        found.append(run["result"])
    assert_pages(root)
    return found


def assert_pages(root: Path) -> None:
    for page in root.rglob("*.html"):
        if not any(part.startswith(".") for part in page.relative_to(root).parts):
            assert page.read_text(encoding="utf-8").rstrip().endswith("</html>"), page


def with_bundle(root: Path) -> None:
    with_report(root)
    here(command("bundle", RUN, "--out", "out"), root)


def bundled(root: Path) -> int:
    """Return how many files the bundle lists; each must be as it was written."""
    folder = root / "out/bundles" / RUN
    lines = (folder / SUMS).read_text().splitlines()
    for line in lines:
        digest, _, name = line.partition("  ")
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == digest, name
    return len(lines)


# sweep, today, new
def asked(root: Path) -> None:
    root.mkdir(exist_ok=True)
    (root / "two.yaml").write_text(json.dumps(CELLS))


def cells(root: Path) -> str:
    for record in root.glob("out/sweep-two/cells/*.json"):
        assert "error" not in json.loads(record.read_text()), record
    assert_pages(root)
    return "every cell that is there is whole"


def with_card(root: Path) -> None:
    root.mkdir(exist_ok=True)
    here(command(*TODAY, "--out", "out"), root)


def card(root: Path) -> str:
    for path in root.glob("out/*/*.json"):
        json.loads(path.read_text())
    assert_pages(root)
    (kept,) = root.glob("out/*/card.json")
    return hashlib.sha256(kept.read_bytes()).hexdigest()


def files_in(root: Path, name: str) -> list[str]:
    assert_pages(root)
    return sorted(p.relative_to(root).as_posix() for p in root.glob(f"{name}/**/*") if p.is_file())


OPERATIONS = {
    "data build": Operation(
        command("data", "build", "--root", "data"), corrected, last_days, tiny=True
    ),
    "data refresh": Operation(
        command("data", "refresh", "fred", "--root", "data"),
        lambda root: refresh_root.make(root / "data"), last_days, tiny=True,
    ),
    "save_result": Operation(
        by_hand(lambda: rer.save_result(NEW, "kept")),
        lambda root: rer.save_result(OLD, root / "kept"),
        lambda root: identity(rer.load_result(root / "kept")),
    ),
    "to_csv": Operation(by_hand(lambda: NEW.to_csv("tables")), lambda root: root.mkdir(), tables),
    "new": Operation(
        command("new", "mine"), lambda root: root.mkdir(), partial(files_in, name="mine"), once=True
    ),
    "today": Operation(command(*TODAY, "--out", "out"), with_card, card, 2),
    "compare": Operation(
        command("compare", RUN, RUN, "--out", "out", "--page", "page.html"), with_report, report, 3
    ),
    "report": Operation(
        command("report", f"own/{RUN}.ipynb", "--out", "out"), with_report, report, 3
    ),
    "bundle": Operation(command("bundle", RUN, "--out", "out", "--whole"), with_bundle, bundled, 3),
    "sweep": Operation(
        command("sweep", "two.yaml", "--out", "out", "--workers", "2"), asked, cells, 2
    ),
}  # fmt: skip
