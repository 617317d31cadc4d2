"""What others wrote: the article that started the project, and papers on the same questions.

Does the data bear out our verdict on each claim of the origin article?

The claims and verdicts are a table; the checks are code, so that a change of an event, a material
or a customs figure that contradicts a verdict is seen at once. A check says what the tables hold
and whether that agrees with the verdict; it never changes the verdict.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pandas as pd

from rareearth_research.datasets.catalog import held
from rareearth_research.datasets.loaders.events import load_events
from rareearth_research.datasets.loaders.filters import Names, choose
from rareearth_research.datasets.loaders.materials import load_materials
from rareearth_research.datasets.loaders.trade import load_trade

STATEMENT = "cn-2025-06-mofcom-approvals-statement"
NO10, NO18 = "cn-2025-02-no10-w-te-bi-mo-in", "cn-2025-04-no18-seven-ree"
CALL, REMARK = "talks-2025-06-trump-xi-call", "us-2025-06-trump-yes-he-did"
LICENCES, GREEN = "media-2025-06-auto-licences", "cn-2025-06-eu-green-channel"
LONDON, DONE = "talks-2025-06-london-framework", "us-2025-06-trump-deal-done"


def load_article_claims(kind: Names | None = None) -> pd.DataFrame:
    """Return the claims of the origin article with verdict, facts and events.

    Parameters
    ----------
    kind : str or list of str, optional
        ``"claim"`` or ``"omission"`` (what the article leaves out); both by default.

    Returns
    -------
    DataFrame
        In the order of the article; ``checkable`` claims can be tested on ``check_tables``.

    Raises
    ------
    DataError
        For another kind.
    """
    return choose(held("article_claims"), "", kind=("kind", kind))


def load_literature() -> pd.DataFrame:
    """Return what other authors found on the same questions, as far as it was read.

    Returns
    -------
    DataFrame
        One row per paper. ``read`` says what was read: ``"abstract"``, ``"report by others"`` or
        ``"no"``; ``their_number`` is empty unless it stood there.
    """
    return held("literature").reset_index(drop=True)


@dataclass(frozen=True)
class Tables:
    """What the checks look at: events by id, materials by symbol, customs tonnages."""

    events: pd.DataFrame
    materials: pd.DataFrame
    trade: pd.DataFrame

    def event(self, event_id: str, column: str) -> Any:
        return self.events.loc[event_id, column]

    def symbols(self, event_id: str) -> list[str]:
        return str(self.event(event_id, "materials")).split(";")

    def day(self, event_id: str) -> pd.Timestamp:
        return pd.Timestamp(self.event(event_id, "date"))

    def month(self, series: str, month: str, column: str) -> Any:
        rows = self.trade[
            (self.trade["series_id"] == series) & (self.trade["period_type"] == "month")
        ]
        return rows.set_index("period_start").loc[pd.Timestamp(f"{month}-01"), column]


Check = Callable[[Tables], tuple[bool, str]]


def check_article_claims() -> pd.DataFrame:
    """Hold every checkable claim of the origin article against the tables.

    Returns
    -------
    DataFrame
        One row per claim in the order of the article: ``claim_id, statement, verdict, data_say,
        agrees, status``. ``data_say`` is computed from the tables and ``agrees`` says whether it
        supports the verdict; both are empty (``""``, ``NA``) where the tables cannot tell.
    """
    claims = load_article_claims()
    tables = Tables(
        load_events().set_index("event_id"), load_materials().set_index("symbol"), load_trade()
    )
    found = [CHECKS[c](tables) if c in CHECKS else (pd.NA, "") for c in claims["claim_id"]]
    claims["agrees"] = pd.array([agrees for agrees, _ in found], dtype="boolean")
    claims["data_say"] = [sentence for _, sentence in found]
    return claims[["claim_id", "statement", "verdict", "data_say", "agrees", "status"]]


def _no_control_lifted(t: Tables) -> tuple[bool, str]:
    kind, end = t.event(STATEMENT, "instrument_type"), t.event(NO18, "effective_end_date")
    still = "has no recorded end" if pd.isna(end) else f"ended on {_day(end)}"
    return (
        kind == "statement" and bool(pd.isna(end)),
        f"The event of {_day(t.day(STATEMENT))} is a {kind}; Announcement No. 18 {still}.",
    )


def _list_was_public(t: Tables) -> tuple[bool, str]:
    flagged = t.materials.index[t.materials["in_cn_no18_2025"]]
    listed = t.symbols(NO18)
    return (
        set(flagged) == set(listed) and t.day(NO18) < t.day(STATEMENT),
        f"{len(listed)} elements were listed on {_day(t.day(NO18))}: {', '.join(listed)}.",
    )


def _remark_after_call(t: Tables) -> tuple[bool, str]:
    days = (t.day(REMARK) - t.day(CALL)).days
    actor = t.event(REMARK, "actor")
    agrees = actor == "US" and days == 1
    return agrees, f"The remark is on record as an act of {actor} alone, {days} day after the call."


def _five_metals(t: Tables) -> tuple[bool, str]:
    metals = t.symbols(NO10)
    rare = [m for m in metals if t.materials.loc[m, "is_rare_earth"]]
    days = (t.day(NO18) - t.day(NO10)).days
    names = ", ".join(metals)
    sentence = f"{len(rare)} of {names} are rare earths; No. 10 came {days} days before No. 18."
    return not rare and days > 0, sentence


def _february(t: Tables) -> tuple[bool, str]:
    start, end = (t.event(NO10, f"announced_{e}") for e in ("earliest", "latest"))
    local = [x.tz_convert("Asia/Shanghai") for x in (start, end)]
    chinese = t.events["actor"].str.contains("CN") & (t.events["tier"] != "confounder")
    rare = set(t.materials.index[t.materials["is_rare_earth"]])
    about_rare = t.events["materials"].map(lambda text: bool(rare & set(str(text).split(";"))))
    first = t.events.loc[chinese & about_rare, "date"].min()
    sentence = (
        f"No. 10 appeared on {_day(local[0])}, {local[0]:%H:%M} to {local[1]:%H:%M} Beijing; the "
        f"oldest Chinese measure on rare earths in the list is of {first.year}."
    )
    return local[0].month == 2 and first.year < 2025, sentence


def _licences_not_bans(t: Tables) -> tuple[bool, str]:
    kinds = t.events.loc[[NO10, NO18], "instrument_type"]
    return bool(
        (kinds == "licence").all()
    ), f"The instruments of No. 10 and No. 18: {', '.join(kinds.astype(str))}."


def _magnets_not_batteries(t: Tables) -> tuple[bool, str]:
    uses = t.materials.loc[t.symbols(NO18), "main_uses"].str.lower()
    magnets, batteries = (int(uses.str.contains(word).sum()) for word in ("magnet", "batter"))
    sentence = (
        f"Magnets are among the main uses of {magnets} of the {len(uses)} elements, batteries of "
        f"{batteries}."
    )
    return magnets > 0 and batteries == 0, sentence


def _london(t: Tables) -> tuple[bool, str]:
    local = [t.event(LONDON, f"announced_{e}") for e in ("earliest", "latest")]
    low, high = (x.tz_convert("Europe/London") for x in local)
    inside = pd.Timestamp("2025-06-08") <= t.day(LONDON) <= pd.Timestamp("2025-06-13")
    span = f"{low.day} {low:%B %H:%M} and {high.day} {high:%B %H:%M}"
    return inside, f"The framework was announced between {span}, London time."


def _tonnage_rose(t: Tables) -> tuple[bool, str]:
    parts, rose = [], True
    for series, label in (
        ("gacc_ree_exports", "rare earths"),
        ("gacc_ree_magnet_exports", "magnets"),
    ):
        may, june = (float(t.month(series, m, "tonnes")) for m in ("2025-05", "2025-06"))
        rose &= june > may
        parts.append(f"{label} {may:,.1f} t to {june:,.1f} t")
    return rose, f"Exports from May to June 2025: {'; '.join(parts)}."


def _all_destinations(t: Tables) -> tuple[bool, str]:
    scope = t.event(NO18, "target_scope")
    return scope == "all", f"The scope of No. 18 on record: {scope}."


def _same_saturday(t: Tables) -> tuple[bool, str]:
    both = t.day(GREEN), t.day(STATEMENT)
    return both[0] == both[1], f"Green channel {_day(both[0])}, statement {_day(both[1])}."


def _licences_before(t: Tables) -> tuple[bool, str]:
    story, statement = (
        t.event(LICENCES, "announced_latest"), t.event(STATEMENT, "announced_earliest"),
    )  # fmt: skip
    hours = (statement - story) / pd.Timedelta(hours=1)
    return hours > 0, f"The licence story was out at least {hours:.0f} hours before the statement."


def _customs_monday(t: Tables) -> tuple[bool, str]:
    released = t.month("gacc_ree_exports", "2025-05", "release_date")
    return released == pd.Timestamp("2025-06-09"), f"May figure released on {_day(released)}."


def _deal_done(t: Tables) -> tuple[bool, str]:
    day = t.day(DONE)
    return day == pd.Timestamp("2025-06-11"), f"On record for {_day(day)}."


def _day(date: pd.Timestamp) -> str:
    return f"{date.day} {date:%B %Y}"


CHECKS: dict[str, Check] = {
    "1": _no_control_lifted,
    "3": _list_was_public,
    "5": _remark_after_call,
    "6": _five_metals,
    "7": _february,
    "8a": _licences_not_bans,
    "9": _magnets_not_batteries,
    "10": _london,
    "11": _tonnage_rose,
    "o1": _all_destinations,
    "o2": _same_saturday,
    "o3": _licences_before,
    "o4": _customs_monday,
    "o5": _deal_done,
}
