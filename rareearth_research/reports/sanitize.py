"""Markup from outside, reduced to what may stand in a page: nothing in it runs or loads.

Cleaned by nh3, which parses as browsers do. A page's Content-Security-Policy is the second lock:
it allows one script, ours, and nothing from any network.
"""

from __future__ import annotations

import base64
import hashlib
import re

import nh3

__all__ = ["clean_html", "policy"]

_TAGS = nh3.ALLOWED_TAGS - {"map", "area", "nav"} | {"input", "select", "option", "section"}
_ATTRIBUTES = {
    "*": {"class", "style", "id", "title", "aria-label", "dir", "lang"},
    "a": {"href"},
    "img": {"src", "alt", "width", "height"},
    "input": {"type", "placeholder"},  # of a table that can be searched; there are no forms
    "select": {"data-column"},
    "option": {"value"},
    "ol": {"start"},
    "col": {"span"},
    "colgroup": {"span"},
    "td": {"colspan", "rowspan", "headers", "align"},
    "th": {"colspan", "rowspan", "headers", "align", "scope"},
    "details": {"open"},
}
_STYLES = {
    "background-color", "border", "border-bottom", "border-collapse", "border-left", "border-right",
    "border-top", "color", "display", "font-family", "font-size", "font-style", "font-weight",
    "height", "line-height", "list-style", "margin", "margin-bottom", "margin-left", "margin-right",
    "margin-top", "max-height", "max-width", "min-width", "opacity", "overflow", "overflow-x",
    "overflow-y", "padding", "padding-left", "padding-right", "text-align", "text-decoration",
    "vertical-align", "white-space", "width",
}  # fmt: skip
_PICTURE = re.compile(r"data:image/(png|jpeg|gif|webp|svg\+xml);base64,[A-Za-z0-9+/=\s]+")


def clean_html(html: str) -> str:
    """Return `html` without scripts, event handlers, frames, forms, styles and foreign schemes.

    Links keep ``http``, ``https``, ``mailto`` and relative addresses; pictures only travel inside
    the page, as ``data:image/…;base64``.
    """
    return nh3.clean(
        html,
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        attribute_filter=_kept,
        url_schemes={"http", "https", "mailto", "data"},
        filter_style_properties=_STYLES,
        clean_content_tags={"script", "style", "template", "iframe", "object", "noscript"},
    )


def policy(*scripts: str) -> str:
    """Return the Content-Security-Policy of a page whose only scripts are `scripts`."""
    digests = (hashlib.sha256(script.encode()).digest() for script in scripts)
    hashes = " ".join(f"'sha256-{base64.b64encode(digest).decode()}'" for digest in digests)
    return (
        f"default-src 'none'; script-src {hashes or chr(39) + 'none' + chr(39)}; "
        "style-src 'unsafe-inline'; img-src 'self' file: data:; base-uri 'none'; form-action 'none'"
    )


def _kept(tag: str, attribute: str, value: str) -> str | None:
    if attribute == "src":
        return value if _PICTURE.fullmatch(value) else None
    if attribute == "href" and re.match(r"\s*data:", value, re.I):
        return None
    return value
