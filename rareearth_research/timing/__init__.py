"""From an announcement to the sessions that could price it, and back.

`map_sessions` and `event_session` turn announcement intervals into sessions per exchange,
`event_clock` orders exchanges by the hour at which they could react, and `overlaps`,
`clean_events` and `confounders` say which events the data cannot tell apart.
"""

from rareearth_research.timing.clock import (
    BenchmarkClock,
    benchmark_clock,
    date_conventions,
    event_clock,
)
from rareearth_research.timing.confounding import POLICIES, confounders
from rareearth_research.timing.exchanges import (
    EXCHANGES,
    LISTED,
    Exchange,
    exchange_of,
    sessions_of,
)
from rareearth_research.timing.overlap import Overlaps, clean_events, overlaps
from rareearth_research.timing.sessions import PHASES, RULES, map_sessions
from rareearth_research.timing.single import EventSession, event_session
from rareearth_research.timing.summary import timing_summary

__all__ = [
    "EXCHANGES",
    "LISTED",
    "PHASES",
    "POLICIES",
    "RULES",
    "BenchmarkClock",
    "EventSession",
    "Exchange",
    "Overlaps",
    "benchmark_clock",
    "clean_events",
    "confounders",
    "date_conventions",
    "event_clock",
    "event_session",
    "exchange_of",
    "map_sessions",
    "overlaps",
    "sessions_of",
    "timing_summary",
]
