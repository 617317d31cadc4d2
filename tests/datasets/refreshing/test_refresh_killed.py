"""``kill -9`` at any moment of a refresh leaves a data folder that loads, old or new, and heals."""

from __future__ import annotations

import shutil
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest

from rareearth_research.datasets import catalog
from rareearth_research.datasets.building import build as build_module
from rareearth_research.datasets.building import verify as verify_module
from rareearth_research.datasets.building.verify import verify
from rareearth_research.datasets.refreshing.refresh import refresh
from tests.support import refresh_root, upstream_formats
from tests.support.local_upstream import FAST, running

REPOSITORY = Path(__file__).resolve().parents[3]
ENDPOINT = "/fred/series/observations"
OLD, NEW = pd.Timestamp("2026-08-07"), pd.Timestamp("2026-08-11")

# A refresh renames twice (the snapshot, then the staging folder: the moment the new data come into
# force) and then moves eight files: three raw, two clean, two documents, the manifest.
MOMENTS = [("rename", 1), ("rename", 2), *(("replace", n) for n in range(1, 9))]

# For each moment, a forked child refreshes its own folder and kills itself just before the n-th
# call of that function. One process imports everything, so that ten children cost little.
KILLER = textwrap.dedent(
    """
    import os, signal, sys
    from rareearth_research.datasets.building import build as build_module
    from rareearth_research.datasets.refreshing.refresh import refresh
    from tests.support import refresh_root
    from tests.support.local_upstream import FAST

    build_module.all_tables = refresh_root.two_tables

    def killed(root, name, fatal):
        real, calls = getattr(os, name), 0

        def counted(*args, **kwargs):
            nonlocal calls
            calls += 1
            if calls == fatal:
                os.kill(os.getpid(), signal.SIGKILL)
            return real(*args, **kwargs)

        setattr(os, name, counted)
        refresh("fred", root=root, progress=False, limits=FAST)

    warm, *roots = sys.argv[1:]
    refresh("fred", root=warm, progress=False, limits=FAST)  # imports everything once
    for root in roots:
        name, fatal = os.path.basename(root).split("-")
        child = os.fork()
        if child == 0:
            killed(root, name, int(fatal))
            os._exit(0)
        assert os.waitpid(child, 0)[1] == signal.SIGKILL, root
    """
)


@pytest.fixture(scope="module")
def patched() -> Iterator[pytest.MonkeyPatch]:
    with pytest.MonkeyPatch.context() as patch, running() as server:
        yuan = refresh_root.rows_of("fx_usdcny_daily.csv")
        yuan += [("2026-08-10", "6.7501"), ("2026-08-11", "6.7555")]
        vix = [*refresh_root.rows_of("vix_daily.csv"), ("2026-07-24", "19.02")]
        bodies = {"DEXCHUS": upstream_formats.fred(yuan), "VIXCLS": upstream_formats.fred(vix)}
        server.serve(ENDPOINT, lambda r: bodies[r.query["series_id"][0]])
        patch.setenv("RAREEARTH_SOURCE_BASE_FRED", server.url)
        patch.setenv("FRED_API_KEY", "secret-fred-key")
        patch.setattr(build_module, "all_tables", refresh_root.two_tables)
        patch.setattr(verify_module, "all_tables", refresh_root.two_tables)
        yield patch


@pytest.fixture(scope="module")
def folders(patched: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Data folders, each left by a refresh killed at one moment."""
    folder = tmp_path_factory.mktemp("killed")
    whole = refresh_root.make(folder / "whole")
    roots = [folder / "warm", *(folder / f"{function}-{n}" for function, n in MOMENTS)]
    for root in roots:
        shutil.copytree(whole, root)
    subprocess.run([sys.executable, "-c", KILLER, *map(str, roots)], cwd=REPOSITORY, check=True)
    return folder


def last_day(root: Path, patch: pytest.MonkeyPatch) -> pd.Timestamp:
    """Load both tables the way a user does; they must be of the same state."""
    patch.setenv("RAREEARTH_DATA", str(root))
    yuan, vix = catalog.read("usdcny")["date"].max(), catalog.read("vix")["date"].max()
    assert (yuan, vix) in ((OLD, pd.Timestamp("2026-07-23")), (NEW, pd.Timestamp("2026-07-24")))
    return yuan


@pytest.mark.parametrize(("function", "n"), MOMENTS)
def test_a_refresh_killed_before_any_of_its_moves_leaves_one_state_whole(
    folders: Path, patched: pytest.MonkeyPatch, function: str, n: int
) -> None:
    root = folders / f"{function}-{n}"
    in_force = OLD if function == "rename" else NEW
    assert last_day(root, patched) == in_force
    report = refresh("fred", root=root, progress=False, limits=FAST)
    assert report.table["added"].tolist() == ([2, 1] if in_force == OLD else [0, 0])
    assert not (root / "pending.part").exists()
    build_module.build(root, progress=False)
    assert last_day(root, patched) == NEW
    assert verify(root).ok
    assert {p.name for p in root.rglob("*.part")} == {"lock.part", "refresh.part"}
