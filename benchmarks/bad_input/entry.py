"""An entry point with one right call of it, and the cases that come of it.

The arguments are read from the signature, so a new one is corrupted without being named anywhere.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from bad_input.corruptions import corruptions

Given = dict[str, Any]
Case = tuple[str, str, str]  # entry point, argument, corruption


@dataclass(frozen=True)
class Entry:
    """A public function and one right call of it; `also` holds what makes an argument matter."""

    name: str
    area: str
    call: Callable[..., Any]
    base: Given
    also: dict[str, Given] = field(default_factory=dict)  # by argument
    only: tuple[str, ...] = ()  # the arguments to corrupt; all of the signature if empty
    of: Any = None  # whose signature, if not that of `call`
    place: str = ""  # a pattern of other words for where the fault is

    def arguments(self) -> list[str]:
        known = self.signature()
        return [*self.only] or [name for name, p in known.items() if p.kind is not p.VAR_KEYWORD]

    def signature(self) -> Any:
        return inspect.signature(self.of or self.call).parameters

    def right(self, argument: str) -> Given:
        return self.base | self.also.get(argument, {})

    def value(self, argument: str) -> Any:
        return self.right(argument).get(argument, self.default(argument))

    def default(self, argument: str) -> Any:
        known = self.signature()
        return known[argument].default if argument in known else inspect.Parameter.empty


def cases(entries: Iterable[Entry]) -> list[Case]:
    """Every argument times every corruption of its right value that is no right input itself."""
    return [
        (entry.name, argument, corruption)
        for entry in entries
        for argument in entry.arguments()
        for corruption, _ in corruptions(entry.value(argument))
        if not (corruption == "None" and entry.default(argument) is None)
        and not is_right(entry.name, argument, corruption)
    ]


def is_right(*case: str) -> bool:
    return any(all(map(re.fullmatch, rule, case)) for rule in RULES)


# What is another right question, or makes no difference: entry point, argument, corruption.
# NAME stands for any text that can be a label, EVENTS for arguments that hold events.
RIGHT = """
.* ; since|until|known_by ; year|quarter|month|period|month object
.* ; EVENTS ; event_id has (NAME)|effective_date .*|date all the same
.* ; EVENTS ; (window|estimation)_.* (all the same|has (an int|[+]900 %|negative|-99))
.* ; EVENTS ; announced_.* (has a year later|all the same)
.* ; EVENTS ; ((date|announced_.*) has )?(one is )?(zone|clock and zone)
.* ; coverage ; zero
.* ; seed ; zero|huge|10[*]{2}400|an int
.* ; n ; an int
.* ; max_shift|sessions|until|leads|lags ; zero|huge|10[*]{2}400|list of (ints|one)|[13]-d array
.* ; windows|window|shifts ; list of ints|pair range
METHOD ; SERIES ; in per cent|in basis points|a column in per cent|gross returns
METHOD ; SERIES ; column name.*|periods
METHOD ; controls|state ; column name.*|constant
local_projection.* ; shock|horizons|augment ; zero|True
local_projection ; shock|state ; holidays as zero rows|a cell [+]900 %
interrupted|local_projection.* ; SERIES ; prices|a column of prices
brown_forsythe ; series ; weeks
volatility ; series ; per-cent text
premium ; SERIES|fx ; an int|a float|prices|a column of prices|constant|a column constant
premium ; vat ; zero
did_it_move ; horizon ; zero
.* ; price_flags|exposure|known_events|exclude_near ; no rows|empty list|ticker all the same
find_breaks ; series|regressors ; in per cent|in basis points|a column in per cent
find_breaks ; series|regressors ; prices|a column of prices|gross returns|a cell [+]900 %
find_breaks ; series|regressors ; periods|no overlap|a decade later|holidays as zero rows
find_breaks ; trend ; True
nearest_policy ; events ; without event_id|event_id misspelt
map_.* ; events ; event_id all the same
run_study|check_run ; progress ; a class
check_run ; then ; True
cite ; out ; NAME
map_.*|overlaps.*|clean.* ; events|against ; no rows|a row twice
map_sessions ; calendar ; without open|open all (blank|the same)
event_session.* ; event_or_instant ; a date
flag_returns ; returns ; ten rows|no overlap|a decade later|constant|all (zero|the same column)
flag_returns ; returns ; a column (all .*|constant)
EventStudy ; price_flags ; a row twice|(date|flag) all the same|(flag|ticker) has (NAME)
EventStudy ; exposure ; .* has (None|NaN|empty text|text NaT|text nan)|.* all (blank|the same)
EventStudy.* ; weights ; gross returns|prices|a column (in per cent|of prices|constant|all zero)
EventStudy.* ; weights ; constant|all the same column|a cell ([+]900 %|1e308|zero)
EventStudy.* ; weights ; one label less|as text
abnormal_volume ; volumes ; gross returns|prices|in .*|a column (in per cent|of prices)
abnormal_volume ; volumes ; all the same column|a cell [+]900 %|holidays as zero rows
cross_section ; car ; (car|event_id|security) all the same|window has (NAME)|variance .*
cross_section ; car ; car has (an int|[+]900 %|negative)
cross_section ; characteristics ; kind has (NAME|object|list|True)|size all the same
cross_section ; characteristics ; size has (an int|[+]900 %|negative|-99|-9999|True)
load_materials ; symbols ; twice.*
load_events ; search ; NAME|text None|near name|NO of YAML
adjust ; family ; one is (NAME|a float|True|bytes|object|a class|inf|tuple of one|as bytes)
adjust.* ; p|statistics ; empty list|no rows|labels.*|row numbers|unknown labels|one label.*
adjust.* ; p|statistics ; a cell (zero|NaN)|all (zero|NaN)|list|array|list of (None|ints)
parameters.*|-p ; .* ; twice.*|joined by comma
parameters.*|-p ; since ; blanks around|datetime64|midnight
parameters.*|-p ; windows?|estimation ; pair word
parameters.*|-p ; actors|materials|directions|securities ; empty list
parameters of 02.*|-p ; event_ids ; empty list
sweep ; scheduler ; empty text|near name
sweep ; out ; NAME|near name
sweep ; workers|retries ; an int|zero|half|huge
run_study|check_run ; timeout|out ; half|huge|1e308|NAME|empty text|blank text
report_result|header|footer ; .* ; NAME
press_kit ; source|sample|folder ; NAME|empty text|blank text
press_kit ; locale ; NO of YAML
notebook file ; .* ; another digit|cells/0/source.*
data folder ; .* ; .*(title|description|version|publisher|licence|note|retrieved) is word
data folder ; .* ; .*(redistribution|unit|name|profile|path|url|id) is word
announcement_card ; title ; NAME
announcement_card ; at ; a date|year.*|month.*
announcement_card ; group|instrument|actor ; empty text
announcement_card ; securities|materials ; None|empty list|no rows
synthetic_.* ; donors ; None
synthetic_.* ; wide ; in per cent|in basis points|gross returns|prices|periods
synthetic_control ; demean ; True
state_.* ; series|controls ; in per cent|in basis points|gross returns|prices|column name.*
state_.* ; series|controls ; a column (in per cent|of prices)|lower-case columns
verdict ; who|around ; NAME|empty text|blank text
save_result ; path ; NAME
compare ; names ; one is (NAME)
local mapping.* ; title|licence ; (a float|True|.*bytes|set.*|3-d array|empty frame|object|NaN|NaT)
local mapping.* ; title|licence ; (inf|a class|array of one|series of one)
data folder ; .* ; resources/0/(loaders/0 .*|loaders is list|sources/0/path lost)
data folder ; table ; Windows line ends
local mapping.* ; title|licence ; NAME|empty text|blank text|None
(local file|file of read_events) ; (table|content) ; cut.*
refresh comtrade ; .* ; data/0 lost|data/0/netWgt is None
refresh federal_register ; .* ; another digit|results/0/document_number is word
refresh federal_register ; .* ; results/0/agencies(/0/name)? is (None|list)
refresh federal_register ; .* ; results/0/agencies/0(/name)? lost
refresh federal_register ; .* ; .*(title|abstract|name|type|description|url) is word
"""
NAME = (
    "a word|an int|near name|other case|blanks around|line break after|full width|a long text|"
    "zero-width mark|text None|path|joined by comma|NO of YAML|a date|numpy text"
)
EVENTS = "events|known_events|leave_out|exclude_near|against|car|event_or_instant|event"
METHOD = "local_projection.*|interrupted|volatility|brown_forsythe|lead_lag|premium|did_it_move"
SERIES = "y|series|series_or_study|first|second|shock|abroad|home|controls|donors|fx"
SHORT = {"NAME": NAME, "EVENTS": EVENTS, "METHOD": METHOD, "SERIES": SERIES}
RULES = [
    tuple(
        re.sub("|".join(SHORT), lambda short: SHORT[short[0]], part.strip())
        for part in line.split(";")
    )
    for line in RIGHT.strip().splitlines()
]
