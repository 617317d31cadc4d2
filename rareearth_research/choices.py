"""Between which words can an argument choose? Said once, for editors and for the checks.

An editor completes the words of a `Literal`; the tuples that a value is checked against are made
from it. Models, tests and groups are tables that hold more than names: a test keeps them to these.
"""

from __future__ import annotations

from typing import Literal

# of events and their dates
Direction = Literal["tightening", "easing", "neutral", "threat", "unknown"]
Precision = Literal["day", "month", "year"]
EventStatus = Literal["occurred", "reported_disputed", "scheduled_outcome_unknown", "superseded"]
Confidence = Literal["low", "medium", "high"]  # in rising order
FactStatus = Literal[  # in falling order: how a fact is known
    "verified in archived page",
    "derived from verified figures",
    "read in public repository notes only, primary page not opened",
    "from general knowledge, unverified",
]
Timing = Literal["latest", "earliest", "effective", "reported"]
Rule = Literal["next", "previous", "skip"]
Policy = Literal["flag", "drop", "leave_one_out"]
FirmNews = Literal["flag", "drop"]

# of securities and their returns
Group = Literal[
    "rare_earth_producers", "rare_earth_developers", "magnet_makers", "gallium_germanium",
    "antimony", "tungsten", "graphite", "other_minor_metals", "users_cars", "users_defence",
    "users_chips", "funds", "benchmarks", "controls", "rare_earths", "controlled_metals", "users",
]  # fmt: skip
Listing = Literal["XNYS", "XASX", "XSHG", "XSHE"]
ReturnType = Literal["log", "simple"]
Gaps = Literal["matched", "trade_to_trade"]
LimitDays = Literal["ignore", "flag", "extend"]

# of an event study
StudyModel = Literal[
    "raw", "mean", "market_adjusted", "market", "scholes_williams", "dimson", "synthetic",
    "synthetic_market",
]  # fmt: skip
ModelName = Literal[StudyModel, "factors", "garch"]
TestName = Literal[
    "kp", "date_t", "date_flip", "portfolio", "crude_dependence", "kp_patell", "rank", "grank",
    "bmp", "patell", "cross_sectional", "generalized_sign", "sign", "wilcoxon",
    "skewness_adjusted",
]  # fmt: skip
Convention = Literal["textbook", "eventstudy2"]
LeaveOut = Literal["nothing", "own_events", "all_events"]
Statistic = Literal["bmp", "scar", "caar"]
Sign = Literal["up", "down"]
Correction = Literal["holm", "bh", "romano_wolf"]

# of a series
Effects = Literal["unit", "both"]
Errors = Literal["hac", "glsar"]
Garch = Literal["garch", "gjr"]
QuoteStep = Literal["week", "month", "session"]
