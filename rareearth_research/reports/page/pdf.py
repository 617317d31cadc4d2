"""A page as PDF, printed by the Chromium or Chrome that is on this machine."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from rareearth_research.errors import RareEarthError
from rareearth_research.reports.reading.texts import quoted

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
LONGEST = 120.0  # seconds


def find_browser() -> str:
    """Return the browser that prints; raise RareEarthError if there is none."""
    found = next(filter(None, map(shutil.which, NAMES)), None)
    if found is None:
        raise RareEarthError(
            f"a PDF is printed by Chromium or Chrome, and none of {', '.join(NAMES)} is on the "
            "PATH; install Chromium, or leave out --pdf and print the page from a browser"
        )
    return found


def write_pdf(page: Path) -> Path:
    """Print the page at `page` on A4 as a PDF beside it; return its path."""
    target = page.with_suffix(".pdf")
    root = hasattr(os, "geteuid") and os.geteuid() == 0  # its sandbox refuses to run as root
    with tempfile.TemporaryDirectory(prefix="rer-", ignore_cleanup_errors=True) as home:
        command = [
            find_browser(), "--headless", *(["--no-sandbox"] if root else []), "--disable-gpu",
            "--disable-background-networking", "--no-first-run", "--no-pdf-header-footer",
            f"--user-data-dir={home}", f"--print-to-pdf={target}", page.resolve().as_uri(),
        ]  # fmt: skip
        try:
            done = subprocess.run(
                command,
                capture_output=True,
                timeout=LONGEST,
                check=False,
                env=os.environ | {"HOME": home},
            )
            said = done.stderr.decode(errors="replace").strip().rpartition("\n")[2]
        except (OSError, subprocess.TimeoutExpired) as error:
            said = str(error)
    if not target.is_file():
        raise RareEarthError(
            f"{quoted(command[0])} did not print {quoted(page.name)} ({quoted(said, 200)}); leave "
            "out --pdf and print the page from a browser"
        )
    return target
