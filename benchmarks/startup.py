"""Does importing the package stay quick? It adds under 0.3 seconds to importing pandas.

And what an editor completes first after ``rer.EventStudy(`` takes under 2 seconds, read anew.

    python benchmarks/startup.py

Each line is the best of several fresh processes. Exit code 1 if a promise is broken.
"""

from __future__ import annotations

import subprocess
import sys
import time

RUNS = 7
PROMISED = 0.3  # seconds over pandas
COMPLETED = 2.0  # seconds
COMPLETE = """
import tempfile, jedi
with tempfile.TemporaryDirectory() as jedi.settings.cache_directory:
    jedi.Script("import rareearth_research as rer\\nrer.EventStudy(").complete()
"""
STARTS = {
    "import pandas": ["-c", "import pandas"],
    "import pandas, rareearth_research": ["-c", "import pandas, rareearth_research"],
    "... and use events and EventStudy": [
        "-c",
        "import pandas, rareearth_research as rer; rer.load_events(); rer.EventStudy",
    ],
    "rareearth --help": ["-m", "rareearth_research.cli", "--help"],
    "complete rer.EventStudy(": ["-c", COMPLETE],
}


def seconds(arguments: list[str]) -> float:
    """Return how long a fresh Python takes."""
    start = time.perf_counter()
    subprocess.run([sys.executable, *arguments], check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - start


def main() -> int:
    """Print a row per start; return 1 if a promise is broken."""
    # in turns, so that a busy machine disturbs all of them alike
    rounds = [[seconds(arguments) for arguments in STARTS.values()] for _ in range(RUNS)]
    found = dict(zip(STARTS, map(min, zip(*rounds, strict=True)), strict=True))
    pandas, package, *_, completed = found.values()
    for name, value in found.items():
        print(f"{name:<36} {value:6.3f} s  {value - pandas:+6.3f} s")
    return int(package - pandas > PROMISED or completed > COMPLETED)


if __name__ == "__main__":
    sys.exit(main())
