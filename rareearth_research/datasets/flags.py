"""The flags a price can carry, what they mean, and which of them leave a return missing."""

from __future__ import annotations

__all__ = ["BREAKS", "FLAGS", "STALE"]

FLAGS: dict[str, str] = {
    "multi_session": "the return spans `value` sessions: the security was not priced in between",
    "halt": "first of `value` sessions without a price: halt, suspension or no trade",
    "limit_up": "close at the upper daily price limit (`value`): the return is truncated",
    "limit_down": "close at the lower daily price limit (`value`): the return is truncated",
    "stale": (
        "repeats the close before it in a run of `value`, without volume on the session or, where "
        "none is known, for five sessions or more while the benchmark moved; the return is missing"
    ),
    "coarse_tick": (
        "first of `value` sessions in which one step of the quotation is 1.5 % of the close or more"
    ),
    "typed": "first of `value` sessions whose figures were typed from the text of a copy",
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
STALE = "stale"
BREAKS = frozenset({"demerger", "rights_issue", "suspect_corporate_action"})
