"""How is an answer laid beside others, kept, cited, and handed on to who checks it?"""

from rareearth_research.lazy import lazy

_HOMES = {
    "bundle": ("bundle_run",),
    "citation": ("Citation", "cite"),
    "comparison": ("Comparison", "compare"),
    "stored": ("load_result", "save_result"),
}

__getattr__, __dir__, __all__ = lazy(__name__, _HOMES)
