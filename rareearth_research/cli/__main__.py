"""``python -m rareearth_research.cli`` is the `rareearth` command."""

from rareearth_research.cli.start import main

if __name__ == "__main__":
    main()
