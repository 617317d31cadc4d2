"""What wheel and sdist bring beside the code: the notebooks, and the tables that may be passed on.

They travel to people who have no checkout. They hold every table whose sources allow passing them
on; the others are there with their columns and no row, because their publishers' terms restrict
it. The data package in them describes just these files, hashes included. What was built is opened
again: one row that may not be passed on, and the build fails. RAREEARTH_WHOLE=1 (`make wheel-full`)
builds a wheel with every table, for private use.
"""

from __future__ import annotations

import importlib.util
import os
import tarfile
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

SHIPPED = "rareearth_research/shipped"


def passing(root: Path) -> Any:
    """Return the module that says what may be passed on, without the package around it."""
    path = root / "rareearth_research/datasets/tables/passing.py"
    spec = importlib.util.spec_from_file_location("passing", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class ShippedHook(BuildHookInterface):
    """Adds notebooks and tables; an editable wheel finds them in the checkout."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if version == "editable":
            return
        self._folder = tempfile.TemporaryDirectory()
        root, made = Path(self.root), Path(self._folder.name)
        self._whole = self.target_name == "wheel" and os.environ.get("RAREEARTH_WHOLE") == "1"
        passing(root).write_tables(root / "data", made, whole=self._whole)
        home = f"{SHIPPED}/" if self.target_name == "wheel" else ""
        build_data["force_include"][str(made)] = f"{home}data"
        notebooks = root / "notebooks"
        for path in sorted([*notebooks.glob("*.ipynb"), *notebooks.glob("*.yaml")]):
            build_data["force_include"][str(path)] = f"{home}notebooks/{path.name}"

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        if version == "editable":
            return
        self._folder.cleanup()
        if self._whole:
            return
        if refused := passing(Path(self.root)).restricted_rows(files_of(Path(artifact_path))):
            os.unlink(artifact_path)
            raise SystemExit(f"May not be passed on, and was built in: {', '.join(refused)}")


def files_of(archive: Path) -> Iterator[tuple[str, bytes]]:
    """Yield path and content of every file of a wheel or sdist."""
    if archive.suffix == ".whl":
        with zipfile.ZipFile(archive) as wheel:
            for name in wheel.namelist():
                yield name, wheel.read(name)
        return
    with tarfile.open(archive) as sdist:
        for member in sdist.getmembers():
            if member.isfile() and (file := sdist.extractfile(member)) is not None:
                yield member.name, file.read()
