"""Markup from outside, reduced to what may stand in a page: nothing in it runs or loads.

Cleaned by nh3, which parses as browsers do. A page's Content-Security-Policy is the second lock:
it allows our scripts and our style by their hashes, and nothing from any network.
"""

from __future__ import annotations

import re

import nh3

_TAGS = nh3.ALLOWED_TAGS - {"map", "area", "nav"} | {"input", "select", "option", "section"}
_ATTRIBUTES = {
    "*": {"class", "id", "title", "aria-label", "dir", "lang"},
    "a": {"href"},
    "img": {"src", "alt", "width", "height"},
    "input": {"type", "placeholder"},  # of a table that can be searched; there are no forms
    "select": {"data-column"},
    "option": {"value"},
    "ol": {"start"},
    "col": {"span"},
    "colgroup": {"span"},
    "td": {"colspan", "rowspan", "headers", "align"},
    "tr": {"align"},
    "th": {"colspan", "rowspan", "headers", "align", "scope"},
    "details": {"open"},
}
_ALIGNED = re.compile(r"""style=(["'])\s*text-align:\s*(left|right|center);?\s*\1""")
_PICTURE = re.compile(r"data:image/(png|jpeg|gif|webp|svg\+xml);base64,[A-Za-z0-9+/=\s]+")


def clean_html(html: str) -> str:
    """Return `html` without scripts, event handlers, frames, forms, styles and foreign schemes.

    Of styles the alignment of cells is kept, as an attribute: a page allows its own style alone.
    Links keep ``http``, ``https``, ``mailto`` and relative addresses; pictures only travel inside
    the page, as ``data:image/…;base64``.
    """
    return nh3.clean(
        _ALIGNED.sub(r'align="\2"', html),
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        attribute_filter=_kept,
        url_schemes={"http", "https", "mailto", "data"},
        clean_content_tags={"script", "style", "template", "iframe", "object", "noscript"},
    )


def _kept(tag: str, attribute: str, value: str) -> str | None:
    if attribute == "src":
        return value if _PICTURE.fullmatch(value) else None
    if attribute == "href" and re.match(r"\s*data:", value, re.I):
        return None
    return value
