"""What if the question were another? A study explored with widgets, before it is written down."""

from rareearth_research.lazy import lazy

__getattr__, __dir__, __all__ = lazy(__name__, {"explorer": ("Explorer", "explore")})
