"""Words that several tables share; ``vocabulary.toml`` lists them and says what they mean."""

from __future__ import annotations

from pathlib import Path

from rareearth_research.facts import facts

WORDS = facts(Path(__file__).with_suffix(".toml"))
CONFIDENCE, STATUS = WORDS["confidence"], WORDS["status"]
OTHER_SYMBOLS, FLAGS = WORDS["symbols"], WORDS["flags"]

# A return over such a session mixes a price change with something else, so it is not served.
STALE = "stale"
BREAKS = frozenset({"demerger", "rights_issue", "suspect_corporate_action"})
