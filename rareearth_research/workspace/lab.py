"""Which notebooks does JupyterLab open, and where does it write? Copies, all in one folder.

The notebooks that ship stay as they are. What JupyterLab and its kernels keep between runs lies in
a hidden folder beside the copies, so that nothing is written anywhere else.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import suppress
from itertools import count
from pathlib import Path

from rareearth_research.datasets.disk import PACKAGE
from rareearth_research.errors import SpecificationError
from rareearth_research.reports.place import cannot_write
from rareearth_research.reports.reading.cells import source_of
from rareearth_research.reports.studies import notebooks_dir, read_notebook
from rareearth_research.workspace.asking import here

COPIES = "yours"
PLACES = {
    "JUPYTER_CONFIG_DIR": "jupyter/config",
    "JUPYTER_DATA_DIR": "jupyter",
    "JUPYTER_RUNTIME_DIR": "jupyter/runtime",
    "IPYTHONDIR": "ipython",
    "MPLCONFIGDIR": "matplotlib",
    "XDG_CACHE_HOME": "",  # of completion
}
# Nothing is asked of a network, no kernel speaks in plain text, no other program is looked for.
CONFIG = Path(__file__).with_name("jupyter")


def lab_folder() -> Path:
    """Return the folder that JupyterLab opens: of the workspace, or beside the notebooks that ship.

    Raises
    ------
    SpecificationError
        Outside of a workspace and a checkout.
    """
    workspace = here()
    if workspace is not None:
        return workspace / "notebooks"
    shipped = notebooks_dir()
    if shipped.is_relative_to(PACKAGE):
        raise SpecificationError(
            "this folder is in no workspace, and copies of the notebooks need a folder of yours; "
            "make one with `rareearth new my-study`, go into it, and repeat `rareearth lab`"
        )
    return shipped / COPIES


def copy_notebooks(folder: Path, *, fresh: bool = False) -> list[str]:
    """Copy the notebooks that ship and are not there yet.

    Parameters
    ----------
    folder : Path
    fresh : bool
        Copy them all; what was changed is kept under another name.

    Returns
    -------
    list of str
        Names of those that were changed, or of which other cells ship by now.
    """
    changed = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for shipped in sorted(notebooks_dir().glob("[!._]*.ipynb")):
            copy = folder / shipped.name
            if copy.exists() and _cells(copy) != _cells(shipped):
                changed.append(copy.name)
                if fresh:
                    copy.rename(next(path for path in _names(copy) if not path.exists()))
            if fresh or not copy.exists():
                shutil.copyfile(shipped, copy)
    except OSError as error:
        raise cannot_write(folder, error) from error
    return changed


def lab_environment(folder: Path) -> dict[str, str]:
    """Return the environment of a JupyterLab that writes into `folder` only."""
    own = {name: str(folder / ".cache" / place) for name, place in PLACES.items()}
    config = [str(CONFIG), *filter(None, [os.environ.get("JUPYTER_CONFIG_PATH")])]
    own["JUPYTER_CONFIG_PATH"] = os.pathsep.join(config)
    # a backend chosen outside makes figures vanish
    return {**{k: v for k, v in os.environ.items() if k != "MPLBACKEND"}, **own}


def _cells(path: Path) -> list[str] | None:
    with suppress(SpecificationError):  # no notebook any more
        return [source_of(cell) for cell in read_notebook(path)["cells"]]
    return None


def _names(path: Path) -> Iterator[Path]:
    return (path.with_stem(f"{path.stem}-{COPIES}{n if n > 1 else ''}") for n in count(1))
