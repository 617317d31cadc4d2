"""From an announcement to the sessions that could price it, and back.

`map_sessions` and `event_session` turn announcement intervals into sessions per exchange,
`event_clock` orders exchanges by the hour at which they could react, and `overlaps`,
`clean_events` and `confounders` say which events the data cannot tell apart.
"""

from rareearth_research.lazy import lazy

__getattr__, __dir__, __all__ = lazy(
    __name__,
    {
        "clock": ("BenchmarkClock", "benchmark_clock", "date_conventions", "event_clock",
                  "timing_summary"),
        "confounding": ("POLICIES", "confounders"),
        "exchanges": ("EXCHANGES", "LISTED", "Exchange", "exchange_of", "sessions_of"),
        "overlap": ("Overlaps", "clean_events", "overlaps"),
        "sessions": ("PHASES", "RULES", "map_sessions"),
        "single": ("EventSession", "event_session"),
    },
)  # fmt: skip
