"""One right call of every function that takes values, on a made-up market."""

from __future__ import annotations

import atexit
import inspect
import re
import tempfile
from collections.abc import Iterator
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

import rareearth_research as rer
from bad_input.entry import Entry, Given


# A made-up market: a year and a half of New York's sessions, four securities and a benchmark.
@cache
def returns() -> pd.DataFrame:
    from rareearth_research.timing import sessions_of

    days = pd.DatetimeIndex(sessions_of("XNYS").dates, name="date")
    days = days[(days >= "2023-01-03") & (days <= "2024-06-28")]
    rng = np.random.default_rng(8)
    market = rng.normal(0.0003, 0.01, len(days))
    values = market[:, None] * [0.8, 1.0, 1.2, 0.9] + rng.normal(0, 0.02, (len(days), 4))
    frame = pd.DataFrame(values, days, ["AAA", "BBB", "CCC", "DDD"]).assign(MKT=market)
    frame.iloc[100:130, 1] = np.nan  # without which `coverage` would not matter
    return frame


def days(*places: int) -> list[str]:
    return [f"{day:%Y-%m-%d}" for day in returns().index[list(places)]]


FIRST, SECOND = 293, 318  # 5 March and 10 April 2024: days that can be read in either order


def dated() -> pd.DataFrame:
    return pd.DataFrame({"event_id": ["one", "two"], "date": pd.DatetimeIndex(days(FIRST, SECOND))})


def paired() -> pd.DataFrame:
    return dated().iloc[[0, 0, 1]].reset_index(drop=True).assign(security=["AAA", "BBB", "CCC"])


def announced() -> pd.DataFrame:
    at = dated()["date"].dt.tz_localize("America/New_York") + pd.Timedelta(hours=10)
    later = dated()["date"] + pd.Timedelta(days=2)
    return dated()[["event_id"]].assign(
        announced_earliest=at, announced_latest=at + pd.Timedelta(hours=1), effective_date=later
    )


def known() -> pd.DataFrame:
    return pd.DataFrame({"event_id": ["three"], "date": pd.DatetimeIndex(days(FIRST - 1))})


def side_tables() -> dict[str, Given]:
    """What must be set for an argument of EventStudy to matter."""
    rng = np.random.default_rng(10)
    factors = pd.DataFrame({"mkt_rf": returns()["MKT"]})
    factors = factors.assign(smb=rng.normal(0, 0.005, len(factors)), rf=0.0002)
    day, tickers = pd.DatetimeIndex(days(FIRST + 1, SECOND + 1)), ["AAA", "CCC"]
    flags = pd.DataFrame({"date": day, "ticker": tickers, "flag": ["limit_up", "limit_down"]})
    start, end = (pd.DatetimeIndex(days(*pair)) for pair in ((FIRST - 1, 10), (370, FIRST - 1)))
    exposure = pd.DataFrame({"exposure_from": start, "exposure_until": end})
    weights = pd.Series([3.0, 1.0, 2.0, 1.0], returns().columns[:4])
    limits = {"price_flags": flags, "limit_days": "extend"}
    return {
        "tests": {"tests": ["kp"]},
        "min_obs": {"min_obs": 150},
        "matters": {"matters": 0.02},
        "factors": FACTORS | {"factors": factors},
        "donors": MIXTURE | {"donors": returns()[["CCC", "DDD", "MKT"]].iloc[:, [0, 1]]},
        "leads_lags": {"leads_lags": 1, "model": "dimson"},
        "known_events": {"known_events": known()},
        "leave_out": {"leave_out": known()},
        "price_flags": limits,
        "limit_days": limits,
        "exposure": {"exposure": exposure.set_index(pd.Index(["AAA", "BBB"], name="ticker"))},
        "weights": {"weights": weights, "tests": ["portfolio"]},
        "timing": {"events": announced()},
        "exchanges": {"exchanges": {"AAA": "XNYS"}},
    }


MIXTURE = {"model": "synthetic", "benchmark": None}
FACTORS = {"model": "factors", "benchmark": None, "return_type": "simple"}
ASKED = {"benchmark": "MKT", "estimation": (-200, -11), "windows": [(-1, 1)]}


def fit(**given: Any) -> Any:
    return rer.EventStudy(**given).fit()


def studies() -> Iterator[Entry]:
    base = ASKED | {"returns": returns(), "events": paired()}
    yield Entry("EventStudy", "EventStudy", fit, base, side_tables(), of=rer.EventStudy)
    dates = days(FIRST, SECOND)
    own = {"events": paired().assign(window_start=-1, window_end=2), "windows": "events"}
    bounded = paired().assign(estimation_start=-200, estimation_end=-11)
    bounds = {"events": bounded, "estimation": "events"}
    wide = pd.DataFrame(1.0, returns().index, ["AAA", "BBB", "CCC"]) * [3.0, 1.0, 2.0]
    for name, argument, more in (
        ("announced", "events", {"events": announced()}),
        ("one date", "events", {"events": dates[0]}),
        ("dates", "events", {"events": dates}),
        ("own windows", "events", own),
        ("own estimation", "events", bounds),
        ("named factors", "factors", FACTORS | {"factors": ["mkt_rf"]}),
        ("named donors", "donors", MIXTURE | {"events": dates, "donors": ["CCC", "MKT"]}),
        ("benchmark series", "benchmark", {"benchmark": returns()["MKT"]}),
        ("benchmark mapping", "benchmark", {"benchmark": {"XNYS": "MKT"}}),
        ("benchmark ticker", "benchmark", {"benchmark": "SPY"}),
        ("weights by date", "weights", {"weights": wide, "tests": ["portfolio"]}),
        ("simple", "returns", {"return_type": "simple"}),
    ):
        yield Entry(f"EventStudy, {name}", "EventStudy", fit, base | more, only=(argument,),
                    of=rer.EventStudy)  # fmt: skip
    yield suspects()
    curve = {"benchmarks": ["MKT"], "models": ["market"], "progress": False}
    curve |= {k: v for k, v in base.items() if k != "benchmark"}
    yield Entry("specification_curve", "questions", rer.specification_curve, curve,
                {"samples": {"samples": {"first": ["AAA", "BBB", "CCC"]}}})  # fmt: skip


def own_t(sample: Any) -> float:
    """Be a test of the user's own."""
    return 2 * float(stats.norm.sf(abs(sample.scar.sum()) / len(sample.scar) ** 0.5))


def suspects() -> Entry:
    doubtful = returns().iloc[:, :4].copy()
    doubtful.iloc[200:206, 0], doubtful.iloc[210, 1] = 0.0, np.log(1.1)
    base = {"returns": doubtful, "exchanges": {"BBB": "XSHE"}}
    return Entry("flag_returns", "EventStudy", rer.flag_returns, base)


def questions() -> Iterator[Entry]:
    study = rer.EventStudy(returns(), paired(), **ASKED)
    draws = {"study": study, "n": 49, "seed": 3}
    chosen = {"exclude_near": {"exclude_near": known()}, "statistic": {"statistic": "bmp"},
              "windows": {"windows": [(0, 1), (0, 3)]}, "window": {"window": (0, 1)},
              "until": {"until": 3}}  # fmt: skip
    rng = np.random.default_rng(9)
    traded = np.exp(rng.normal(13, 0.4, (len(returns()), 4))).round()
    volumes = {"volumes": pd.DataFrame(traded, returns().index, returns().columns[:4])}
    for name, more in (
        ("placebo", {}), ("abnormal_volatility", {}), ("abnormal_volume", volumes),
        ("anticipation", {"leads": 5}), ("timing_curve", {"shifts": (-3, 3)}),
    ):  # fmt: skip
        yield Entry(name, "questions", getattr(rer, name), draws | more, chosen)
    yield Entry("leave_one_out", "questions", rer.leave_one_out, {"result": study.fit()})
    parts = {"by": {"first": ["AAA", "BBB"], "second": ["CCC", "DDD"]}}
    of_whole = {"chance": {"chance": rer.placebo(study)}}
    yield Entry("split", "questions", rer.split, {"result": study.fit(), "window": 0} | parts,
                of_whole)  # fmt: skip
    judged = {"result": study.fit(), "family": {"[-1, 1]": 0.04}, "who": "four firms"}
    given = {"chance": {"chance": rer.placebo(study)}, "around": {"around": "eight events"}}
    yield Entry("verdict", "questions", rer.verdict, judged, given)
    measured = {"function": own_t, "designs": ["independent_3"], "replications": 20,
                "progress": False}  # fmt: skip
    yield Entry("size_of", "questions", rer.size_of, measured)
    pairs = [(f"e{e}", s, "[-1, 1]") for e in range(8) for s in ("AAA", "BBB", "CCC", "DDD")]
    cars = pd.DataFrame(pairs, columns=["event_id", "security", "window"])
    cars = cars.assign(car=rng.normal(0, 0.03, 32), variance=rng.uniform(1, 2, 32) * 1e-4)
    traits = pd.DataFrame({"security": ["AAA", "BBB", "CCC", "DDD"], "size": [1.0, 2.5, 2.0, 4.0],
                           "kind": ["light", "heavy", "light", "heavy"]})  # fmt: skip
    regression = {"car": cars, "characteristics": traits, "formula": "size + C(kind)",
                  "window": "[-1, 1]"}  # fmt: skip
    yield Entry("cross_section", "questions", rer.cross_section, regression)
    yield Entry("adjust", "questions", rer.adjust, {"p": [0.01, 0.04, 0.2]},
                {"family": {"family": ["a", "a", "b"]}})  # fmt: skip
    series = {"p": pd.Series([0.01, 0.04, 0.2], ["a", "b", "c"])}
    yield Entry("adjust, Series", "questions", rer.adjust, series, only=("p",))
    joint = {"p": [0.01, 0.3], "statistics": np.array([2.5, 1.0]), "method": "romano_wolf",
             "draws": rng.normal(size=(99, 2))}  # fmt: skip
    yield Entry("adjust, Romano-Wolf", "questions", rer.adjust, joint, only=("statistics", "draws"))


@cache
def prices() -> pd.DataFrame:
    rng = np.random.default_rng(11)
    months = pd.date_range("2020-01-01", periods=60, freq="MS")
    values = 100 + rng.normal(size=(60, 2)).cumsum(axis=0) @ rng.uniform(0.5, 1.5, (2, 5))
    return pd.DataFrame(
        values + rng.normal(0, 0.3, (60, 5)), months, ["AAA", "BBB", "CCC", "DDD", "EEE"]
    )


def counterfactuals() -> Iterator[Entry]:
    donors = {"donors": ["CCC", "DDD", "EEE"]}
    panel = {"wide": prices(), "unit": "AAA", "date": "2024-05-03", **donors}
    several = {"seed": {"unit": ["AAA", "BBB"], "donors": ["CCC", "DDD", "EEE"]}}
    yield Entry("synthetic_control", "dynamics", rer.synthetic_control, panel, several)
    yield Entry("synthetic_did", "dynamics", rer.synthetic_did, panel | {"draws": 20})
    series = {"series": prices()["AAA"], "date": "2024-05-03", "controls": prices()[["BBB", "CCC"]]}
    yield Entry("state_space_impact", "dynamics", rer.state_space_impact, series)


FILTERS: dict[str, Given] = {
    "load_events": {"event_ids": ["cn-2025-10-no61-no62"], "actor": "CN", "usable": True,
                    "tier": "core_cn_ree", "direction": "tightening", "materials": ["Ga"],
                    "scope": "all", "min_confidence": "medium", "precision": "day",
                    "status": "occurred", "search": "rare",
                    "min_status": "verified in archived page"},
    "load_measures": {"materials": ["Ga"], "event_ids": ["cn-2024-12-ban-to-us"], "actor": "CN",
                      "target": "US", "status": "suspended"},
    "measures": {"on": "2024-03-05", "materials": ["Ga"], "actor": "CN", "target": "US",
                 "status": "in_force"},
    "load_measure_codes": {"materials": ["Ga"], "event_ids": ["cn-2023-07-ga-ge-controls"]},
    "load_entity_lists": {"event_ids": ["cn-2026-04-eu-entities"]},
    "load_firm_news": {"securities": ["MP"], "direction": "positive", "near_events":
                       ["cn-2025-10-no61-no62"], "min_status": "verified in archived page"},
    "load_event_sources": {"event_id": "cn-2025-10-no61-no62"},
    "cite": {"what": "vix", "out": "reports"},
    "load_series": {"name": "Nickel"},
    "load_metal_spot": {"elements": "Nd"}, "load_indicators": {"frequency": "monthly"},
    "load_materials": {"symbols": ["Nd"], "rare_earths": True}, "load_trade": {"kind": "month"},
    "load_price_flags": {"flag": "limit_up"}, "load_volumes": {"tickers": ["MCP"]},
    "load_size_table": {"level": 0.05}, "load_power_table": {"level": 0.05},
    "load_returns": {"kind": "simple"},
    "": {"tickers": ["MP"], "group": "rare_earth_producers", "exchange": "XNYS",
         "since": "2024-01-08", "until": "2024-03-05", "known_by": "2024-01-08"},
}  # fmt: skip
COLUMNS = {"commodities": "commodity", "codes": "code", "series": "series_id"}


def loaders() -> Iterator[Entry]:
    for name in dir(rer):
        function = getattr(rer, name)
        if not re.match("load_(?!res)|list_|measures|cite|catalog|data_hash|check_article", name):
            continue
        arguments = inspect.signature(function).parameters
        filters = FILTERS[""] | FILTERS.get(name, {})
        also = {
            argument: {argument: filters[argument]} for argument in arguments if argument in filters
        }
        base = FILTERS[name] if name in {"cite", "load_series"} else {}
        for argument in set(arguments) - set(also):
            column, table = COLUMNS.get(argument, argument), function()
            if column in table.columns:
                also[argument] = {argument: str(table[column].iloc[0])}
        yield Entry(name, "loaders", function, base, also)


def corrections() -> pd.DataFrame:
    closed, late = days(FIRST, SECOND)
    rows = [["XNYS", closed, "closed", "", ""], ["XNYS", late, "session", "12:00", "13:00"]]
    return pd.DataFrame(rows, columns=["exchange", "date", "kind", "open", "close"])


def timing() -> Iterator[Entry]:
    def kept(**given: Any) -> list[Any]:
        return sorted(map(str, rer.clean_events(**given).iloc[:, 0]))  # of any name

    day = days(FIRST)[0]
    event = {"event_or_instant": day}
    own = {"calendar": {"calendar": corrections()}}
    yield Entry("event_session", "timing", rer.event_session, event, own)
    for name, value in (("instant", f"{day}T10:00-05:00"), ("frame", announced().iloc[:1]),
                        ("pair", (f"{day}T10:00-05:00", f"{day}T11:00-05:00"))):  # fmt: skip
        yield Entry(f"event_session, {name}", "timing", rer.event_session,
                    {"event_or_instant": value}, only=("event_or_instant",))  # fmt: skip
    yield Entry("event_clock", "timing", rer.event_clock, {"event": announced().iloc[:1]},
                {"exchanges": {"exchanges": ["XNYS"]}})  # fmt: skip
    for name, call, more in (
        ("map_sessions", rer.map_sessions, {"exchanges": ["XNYS"]}),
        ("overlaps", rer.overlaps, {}),
        ("clean_events", kept, {}),
    ):
        of, dates = getattr(rer, name), {"events": dated(), **more}
        also = {"against": {"against": known()}, **own}
        yield Entry(name, "timing", call, {"events": announced(), **more}, also, of=of)
        yield Entry(f"{name}, dates", "timing", call, dates, only=("events",), of=of)


@cache
def saved_card() -> str:
    """Return the folder of a card, which lasts as long as this process."""
    folder = tempfile.TemporaryDirectory()
    atexit.register(folder.cleanup)
    rer.announcement_card("News", CARD["at"], securities=["MP"]).save(folder.name)
    return folder.name


CARD: Given = {"title": "News", "at": "2025-10-09T09:00+08:00", "materials": ["Dy", "Tb"]}


def cards() -> Iterator[Entry]:
    given = {"direction": "tightening", "actor": "CN", "instrument": "licence", "window": (0, 1),
             "until": "2025-10-08", "now": "2025-10-09T10:00+08:00"}  # fmt: skip
    also = {name: {name: value} for name, value in given.items()}
    also["group"] = {"group": "rare_earth_producers"}
    also["securities"] = {"securities": ["MP", "LYC.AX"]}
    yield Entry("announcement_card", "cards", rer.announcement_card, CARD, also)
    yield Entry("open_card", "cards", rer.open_card, {"folder": saved_card()})
