# Written by scripts/public_names.py.

from .clock import BenchmarkClock as BenchmarkClock
from .clock import benchmark_clock as benchmark_clock
from .clock import date_conventions as date_conventions
from .clock import event_clock as event_clock
from .clock import timing_summary as timing_summary
from .confounding import POLICIES as POLICIES
from .confounding import confounders as confounders
from .exchanges import EXCHANGES as EXCHANGES
from .exchanges import LISTED as LISTED
from .exchanges import Exchange as Exchange
from .exchanges import exchange_of as exchange_of
from .exchanges import sessions_of as sessions_of
from .overlap import Overlaps as Overlaps
from .overlap import clean_events as clean_events
from .overlap import overlaps as overlaps
from .sessions import PHASES as PHASES
from .sessions import RULES as RULES
from .sessions import map_sessions as map_sessions
from .single import EventSession as EventSession
from .single import event_session as event_session
