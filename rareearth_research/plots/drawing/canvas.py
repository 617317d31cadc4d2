"""What pictures of notebooks are drawn on: laid out once, drawn once."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.text import Text


class Canvas(FigureCanvasAgg):
    """Draws a picture as `finish` has laid it out, which is from edge to edge.

    Notebooks want pictures "tight", for which matplotlib lays them out again, measures them, and
    draws at another size, where every text is measured anew. That is left for pictures that were
    not laid out, have changed since, or have a text that runs over the edge.
    """

    def print_figure(self, filename: Any, dpi: Any = None, *look: Any, **options: Any) -> Any:
        """Draw as matplotlib does, and a tight picture as it is laid out."""
        figure, engine = self.figure, self.figure.get_layout_engine()
        if options.get("bbox_inches") != "tight" or not self._holds_all():
            return super().print_figure(filename, dpi, *look, **options)
        figure.set_layout_engine(None)
        try:
            whole = options | {"bbox_inches": None}
            return super().print_figure(filename, dpi, *look, **whole)
        finally:
            figure.set_layout_engine(engine)
            figure.stale = False  # only its resolution was another for a while

    def print_png(  # type: ignore[override]
        self, filename: Any, *, metadata: Any = None, pil_kwargs: Any = None, **_: Any
    ) -> None:
        """Draw as matplotlib does, which has given the figure the other options; packed sooner."""
        quick = {"compress_level": 3} | (pil_kwargs or {})
        super().print_png(filename, metadata=metadata, pil_kwargs=quick)

    def _holds_all(self) -> bool:
        figure, renderer = self.figure, self.get_renderer()
        outward = np.array([-1, -1, 1, 1])
        if not isinstance(figure.get_layout_engine(), ConstrainedLayoutEngine):  # placed by hand
            boxes = np.array(figure.get_tightbbox(renderer).extents) * figure.dpi
        elif figure.stale:
            return False
        else:  # the layout makes room for everything but these
            own = [
                a for x in figure.axes for a in (x.xaxis.label, x.yaxis.label, *x.get_children())
            ]
            texts = [a for a in (*figure.texts, *own) if isinstance(a, Text) and a.get_text()]
            found = [text.get_window_extent(renderer).extents for text in texts]
            boxes = np.array(found).reshape(-1, 4)  # of no text at all, too
        return bool((boxes * outward <= np.array(figure.bbox.extents) * outward).all())
