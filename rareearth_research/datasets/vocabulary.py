"""Words that several tables share."""

from __future__ import annotations

__all__ = ["CONFIDENCE", "OTHER_SYMBOLS", "STATUS"]

CONFIDENCE = ("low", "medium", "high")  # in rising order
STATUS = (  # in falling order: how a fact is known
    "verified in archived page",
    "derived from verified figures",
    "read in public repository notes only, primary page not opened",
    "from general knowledge, unverified",
)

# Elements that events and measures name besides those of the materials table.
OTHER_SYMBOLS = {
    "Ag": "silver",
    "Al": "aluminium",
    "Co": "cobalt",
    "Cu": "copper",
    "Li": "lithium",
    "Mn": "manganese",
    "Ni": "nickel",
    "Pb": "lead",
    "Ta": "tantalum",
    "U": "uranium",
}
