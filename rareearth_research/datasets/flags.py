"""The flags a price can carry, what they mean, and which of them leave a return missing."""

from __future__ import annotations

__all__ = ["BREAKS", "FLAGS"]

FLAGS: dict[str, str] = {
    "multi_session": "the return spans `value` sessions: the security was not priced in between",
    "halt": "first of `value` sessions without a price: halt, suspension or no trade",
    "limit_up": "close at the upper daily price limit (`value`): the return is truncated",
    "limit_down": "close at the lower daily price limit (`value`): the return is truncated",
    "stale": "close unchanged for `value` sessions without known volume: probably not traded",
    "outlier": "simple return (`value`) beyond ±25 %; the note is the reviewer's verdict",
    "consolidation": "`value` shares became one; earlier prices and volumes are rescaled",
    "source_join": "last session of the earlier source; returns after it are of the next source",
    "demerger": "value left the share (`value` is the raw return); the return is missing",
    "rights_issue": "ex-rights session (`value` is the raw return); the return is missing",
    "suspect_corporate_action": (
        "price ratio (`value` is the raw return) that looks like an unrecorded corporate action "
        "or an error; the return is missing"
    ),
}

# A return over such a session mixes a price change with something else, so it is not served.
BREAKS = frozenset({"demerger", "rights_issue", "suspect_corporate_action"})
