"""Where the `rareearth` command begins, also as ``python -m rareearth_research.cli``."""

from __future__ import annotations


def main() -> None:
    """Run the command line; Ctrl-C is no traceback, from its first import on."""
    try:
        from rareearth_research.cli.root import run

        run()
    except KeyboardInterrupt:
        raise SystemExit(130) from None


if __name__ == "__main__":
    main()
