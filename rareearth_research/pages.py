"""What may run in a page? Its own scripts and style, by their hashes; nothing from a network."""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path

SHARED = Path(__file__).parent / "reports" / "templates"
"""Where the style and the switch of light and dark lie that all pages have in common."""


def policy(style: str, *scripts: str) -> str:
    """Return the Content-Security-Policy of a page with this `style` and these `scripts` alone."""
    return (
        f"default-src 'none'; script-src {' '.join(map(_hash, scripts))}; "
        f"style-src {_hash(style)}; img-src 'self' file: data:; base-uri 'none'; form-action 'none'"
    )


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
