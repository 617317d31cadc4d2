"""What a wheel brings beside the code: the notebooks, and the tables that may be passed on.

A wheel travels to people who have no checkout. It holds every table whose sources allow passing
them on; the others are there with their columns and no row, because their publishers' terms
restrict it. The data package in the wheel describes just these files, hashes included.
"""

from __future__ import annotations

import hashlib
import json
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

PASSED_ON = {"free", "attribution"}
SHIPPED = "rareearth_research/shipped"


class ShippedHook(BuildHookInterface):
    """Adds notebooks and tables to a wheel; an editable one finds them in the checkout."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if version == "editable":
            return
        self._folder = tempfile.TemporaryDirectory()
        root, made = Path(self.root), Path(self._folder.name)
        write_tables(root / "data", made)
        build_data["force_include"][str(made)] = f"{SHIPPED}/data"
        notebooks = root / "notebooks"
        for path in sorted([*notebooks.glob("*.ipynb"), *notebooks.glob("*.yaml")]):
            build_data["force_include"][str(path)] = f"{SHIPPED}/notebooks/{path.name}"

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        if version != "editable":
            self._folder.cleanup()


def write_tables(data: Path, made: Path) -> None:
    """Write the data package of a wheel into the folder `made`."""
    package = json.loads((data / "datapackage.json").read_text(encoding="utf-8"))
    for table in package["resources"]:
        content = (data / table["path"]).read_bytes().replace(b"\r\n", b"\n")
        if not {source["redistribution"] for source in table["sources"]} <= PASSED_ON:
            content = content.partition(b"\n")[0] + b"\n"
            table |= {"rows": 0, "first": "", "last": ""}
        digest = hashlib.sha256(content).hexdigest()
        table |= {"bytes": len(content), "hash": f"sha256:{digest}"}
        (made / table["path"]).parent.mkdir(exist_ok=True)
        (made / table["path"]).write_bytes(content)
    package["raw"] = []
    text = json.dumps(package, indent=1, ensure_ascii=False)
    (made / "datapackage.json").write_text(text + "\n", encoding="utf-8", newline="\n")
