"""How Sphinx makes the documentation; `scripts/docs.py` puts its sources together first."""

from __future__ import annotations

from typing import Any

from docutils.nodes import SkipNode
from docutils.utils.math.latex2mathml import tex2mathml
from sphinx.application import Sphinx

import rareearth_research

project = "rareearth_research"
author = "the authors of rareearth_research"
version = release = rareearth_research.__version__

extensions = ["myst_nb", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
root_doc = "index"
exclude_patterns = ["**/.ipynb_checkpoints"]

html_theme = "furo"
html_title = "rareearth_research"
html_static_path = ["_static"]
html_css_files = ["pages.css"]
html_copy_source = False
html_show_sphinx = False
html_show_copyright = False
html_theme_options = {"top_of_page_buttons": []}
html_math_renderer = "mathml"

myst_enable_extensions = ["dollarmath", "attrs_inline"]
myst_heading_anchors = 4
nb_execution_mode = "off"  # notebooks are shown as they were run
nb_number_source_lines = False
nb_merge_streams = True

suppress_warnings = ["ref.python"]  # a type in a docstring is words, of which some are names too
autodoc_typehints = "none"  # docstrings say each type in words
autodoc_member_order = "bysource"
napoleon_google_docstring = False
napoleon_use_rtype = False
napoleon_use_ivar = True  # fields are listed once, where the class is described


def setup(app: Sphinx) -> None:
    """Let formulas be MathML, which browsers show by themselves: no script, no address."""
    app.add_html_math_renderer("mathml", (formula, None), (formula, None))


def formula(writer: Any, node: Any) -> None:
    """Write one formula, in the text or as a block."""
    writer.body.append(tex2mathml(node.astext(), as_block=node.tagname == "math_block"))
    raise SkipNode
