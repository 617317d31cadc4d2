"""`rareearth doctor`: can this installation do its work?"""

from __future__ import annotations

import platform
import re
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from rareearth_research import __version__
from rareearth_research.errors import RareEarthError
from rareearth_research.reports.reading.texts import quoted

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Finding:
    """One thing looked at: `state` is ok, WARN or FAIL; `detail` says what was seen, what to do."""

    check: str
    state: str
    detail: str

    def row(self) -> dict[str, str]:
        """Return the finding as a table row."""
        return {"check": self.check, "state": self.state, "detail": self.detail}


def examine(out: Path) -> list[Finding]:
    """Look at Python, packages, data, notebooks, kernel and the output folder `out`."""
    checks: tuple[tuple[str, Callable[[], tuple[str, str]]], ...] = (
        ("python", _python),
        ("package", lambda: ("ok", f"rareearth_research {__version__} in {ROOT}")),
        ("locked versions", _versions),
        ("data", _data),
        ("notebooks", _notebooks),
        ("kernel", _kernel),
        ("output folder", lambda: _output(out)),
    )
    findings = []
    for name, check in checks:
        try:
            state, detail = check()
        except RareEarthError as error:
            state, detail = "FAIL", str(error)
        except Exception as error:  # whatever is broken here: to find it is what a doctor is for
            state, detail = "FAIL", f"{type(error).__name__}: {quoted(error)}"
        findings.append(Finding(name, state, detail))
    return findings


def _python() -> tuple[str, str]:
    return "ok", f"{platform.python_version()} at {sys.executable}"


def _versions() -> tuple[str, str]:
    from packaging.requirements import Requirement

    lock = ROOT / "requirements.lock"
    if not lock.is_file():
        return "WARN", f"no {lock}; versions are not checked"
    lines = re.findall(r"^([a-z0-9][^\s\\]*==[^\\\n]+)", lock.read_text(encoding="utf-8"), re.M)
    pinned = [requirement for line in lines if _applies(requirement := Requirement(line))]
    wrong = []
    for requirement in pinned:
        try:
            found = version(requirement.name)
        except PackageNotFoundError:
            found = "missing"
        if found not in requirement.specifier:
            wrong.append(f"{requirement.name} {found} (lock: {str(requirement.specifier)[2:]})")
    if wrong:
        return "WARN", f"{len(wrong)} differ from requirements.lock: {', '.join(wrong[:8])}"
    return "ok", f"{len(pinned)} packages as in requirements.lock"


def _applies(requirement: object) -> bool:
    marker = getattr(requirement, "marker", None)
    return marker is None or bool(marker.evaluate())


def _data() -> tuple[str, str]:
    from rareearth_research.datasets import data_hash
    from rareearth_research.datasets.building.verify import verify

    found = verify()
    return ("ok", f"{found}, hash {data_hash()}") if found.ok else ("FAIL", str(found))


def _notebooks() -> tuple[str, str]:
    from rareearth_research.reports import list_studies, read_parameters

    studies = list_studies()
    for study in studies:
        read_parameters(study.path)
    return "ok", f"{len(studies)} studies, parameters readable"


def _kernel() -> tuple[str, str]:
    from nbclient import NotebookClient
    from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
    from nbformat.v4 import new_code_cell, new_notebook

    from rareearth_research.reports.kernels.private import private_kernel

    notebook = new_notebook(cells=[new_code_cell("import rareearth_research; print(6 * 7)")])
    start = time.perf_counter()
    try:
        with private_kernel() as manager:
            NotebookClient(
                notebook, timeout=60, kernel_name="python3", kernel_manager_class=manager
            ).execute()
    except (CellExecutionError, CellTimeoutError, DeadKernelError, RuntimeError) as error:
        return "FAIL", f"no kernel runs here: {str(error).strip().splitlines()[-1]}"
    if notebook.cells[0].outputs[0]["text"].strip() != "42":
        return "FAIL", "the kernel started but computed nothing"
    return "ok", f"started and answered in {time.perf_counter() - start:.1f} s"


def _output(out: Path) -> tuple[str, str]:
    from rareearth_research.reports.place import writable

    existed = out.exists()
    folder = writable(out)
    if not existed:
        folder.rmdir()
    return "ok", f"{folder} can be written"
