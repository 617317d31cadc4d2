"""Where the `rareearth` command begins: before its first import Ctrl-C would be a traceback."""

from __future__ import annotations

__all__ = ["main"]


def main() -> None:
    """Run the command line."""
    try:
        from rareearth_research.cli.root import run

        run()
    except KeyboardInterrupt:
        raise SystemExit(130) from None
