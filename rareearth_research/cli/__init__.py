"""The `rareearth` command: one file per group of commands, and `output` for how they speak.

`main` stands here too, because the installed script calls `rareearth_research.cli:main`.
"""

from rareearth_research.lazy import lazy

__getattr__, __dir__, __all__ = lazy(__name__, {"root": ("app",), "__main__": ("main",)})
