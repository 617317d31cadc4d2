"""A card says before any price what would be unusual, and nothing later changes it."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import rareearth_research as rer
from rareearth_research.datasets.catalog import data_dir, manifest
from rareearth_research.errors import DataError, SpecificationError, TimingError
from rareearth_research.eventstudy.chance.dates import Pairs
from rareearth_research.studies.cards import marks
from rareearth_research.studies.cards.marks import LEVEL, MEMORY, Ordinary, marked, ordinary
from rareearth_research.studies.cards.words import command, lasting
from rareearth_research.timing import map_sessions

TITLE = "China adds controls on rare earths (No. 61 and 62)"
AT = "2025-10-09T09:00+08:00/2025-10-09T09:29+08:00"
UNTIL = "2025-10-08"
FIRST_KNOWN = {"measure_status": "announced"}  # where a row is known since, if not since its date


def october(**more: object) -> rer.studies.AnnouncementCard:
    given = {"materials": ["Dy", "Tb"], "until": UNTIL} | more
    return rer.announcement_card(TITLE, AT, **given)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def card() -> rer.studies.AnnouncementCard:
    return october()


def other_data(folder: Path, later: str) -> Path:
    """Copy the data; drop what became known after the day, or put another figure there."""
    root = shutil.copytree(data_dir(), folder / "data", ignore=shutil.ignore_patterns("raw"))
    record = json.loads((root / "datapackage.json").read_text(encoding="utf-8"))
    for resource in record["resources"]:
        path = root / resource["path"]
        table = pd.read_csv(path, dtype=str, keep_default_na=False)
        column = FIRST_KNOWN.get(resource["name"], "date")
        if column not in table or resource["name"] == "calendar_corrections":
            continue
        known = table[column] <= UNTIL
        if later == "cut":
            table = table[known]
        elif resource["name"].startswith("prices"):
            figures = table.columns.drop("date")
            table.loc[~known, figures] = table.loc[~known, figures].where(
                table.loc[~known, figures] == "", "77.7"
            )
        elif resource["name"] == "policy_events":
            table.loc[~known, "direction"] = "easing"
        table.to_csv(path, index=False, lineterminator="\n")
        resource["hash"] = "sha256:" + hashlib.sha256(path.read_bytes()).hexdigest()
    (root / "datapackage.json").write_text(json.dumps(record), encoding="utf-8")
    return root


@pytest.mark.parametrize("later", ["cut", "changed"])
def test_nothing_that_became_known_later_changes_a_byte_of_a_card(
    later: str, card: rer.studies.AnnouncementCard, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    moment = pd.Timestamp("2026-11-26T06:00Z")
    monkeypatch.setattr(pd.Timestamp, "now", lambda zone: moment)
    card.save(tmp_path / "full")
    monkeypatch.setenv("RAREEARTH_DATA", str(other_data(tmp_path, later)))
    if later == "cut":
        assert rer.load_prices(["MP"]).index[-1] <= pd.Timestamp(UNTIL)
    assert manifest()["resources"]
    october().save(tmp_path / "other")
    for name in ("card.json", "index.html"):
        assert (tmp_path / "other" / name).read_bytes() == (tmp_path / "full" / name).read_bytes()


def test_without_a_day_marks_rest_on_the_day_before_all_the_same(
    card: rer.studies.AnnouncementCard,
) -> None:
    today = october(until=None)
    pd.testing.assert_frame_equal(today.table, card.table)
    assert today.hash == card.hash
    assert "us-2025-10-trump-threat" in set(today.news["id"])
    assert card.news.empty


def test_the_first_sessions_are_those_of_map_sessions_in_order_of_their_close(
    card: rer.studies.AnnouncementCard,
) -> None:
    mics = list(card.sessions["exchange"])
    mapped = map_sessions(card.asked.event, mics)["session"]
    assert card.sessions["session"].tolist() == mapped.tolist()
    assert card.sessions["closes"].is_monotonic_increasing
    assert "16:00 (05:00 UTC), in 3 h 31 min" in card.finding  # Sydney, from 09:29 in Shanghai


def test_hours_can_be_counted_from_another_moment() -> None:
    later = october(now="2025-10-09T06:00Z")
    assert "The next close of a first session is Shenzhen's" in later.finding
    assert "in 1 h 0 min" in later.finding


def test_while_a_first_session_is_still_to_close_hours_are_counted_from_the_clock(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock = pd.Timestamp("2025-10-09T04:30:31Z")
    monkeypatch.setattr(pd.Timestamp, "now", lambda zone: clock)
    card = october()
    assert "16:00 (05:00 UTC), in 30 min" in card.finding
    assert card.now == pd.Timestamp("2025-10-09T04:30Z")


def test_a_card_of_the_past_says_when_it_was_saved(
    card: rer.studies.AnnouncementCard, tmp_path: Path
) -> None:
    page = card.save(tmp_path).read_text(encoding="utf-8")
    saved = json.loads((tmp_path / "card.json").read_text(encoding="utf-8"))["saved"]
    assert pd.Timestamp(saved) > card.sessions["ends"].max()
    assert f"Card as of 9 October 2025, 01:29 UTC, saved {pd.Timestamp(saved).day} " in page


def test_only_measures_that_stood_and_are_on_the_materials_are_shown(
    card: rer.studies.AnnouncementCard,
) -> None:
    assert set(card.measures["status"]) <= {"in_force", "suspended", "announced_not_in_force"}
    assert "cn-2025-04-no18-seven-ree" in set(card.measures["event_id"])
    assert "cn-2023-07-ga-ge-controls" not in set(card.measures["event_id"])


def test_earlier_events_agree_with_what_is_known_of_this_one() -> None:
    card = october(direction="tightening", instrument="licence")
    events = rer.load_events(event_ids=list(card.earlier["event_id"]))
    assert set(events["direction"]) == {"tightening"}
    assert set(events["instrument_type"]) == {"licence"}
    assert (events["date"] <= UNTIL).all()


def test_the_move_at_an_earlier_event_is_the_mean_of_the_study_of_that_event(
    card: rer.studies.AnnouncementCard,
) -> None:
    event = "cn-2025-04-no18-seven-ree"
    study = rer.studies.event_study(
        event_ids=[event], securities=list(card.table.index[1:]), windows=[(0, 1)]
    )
    row = card.earlier.set_index("event_id").loc[event]
    assert row["move"] == pytest.approx(study.result.car["car"].mean(), abs=1e-9)
    assert row["securities"] == len(study.result.car)


def by_hand(ticker: str, index: str, last: str) -> tuple[np.ndarray, float]:
    """Market model and CAR[0, 1] at every session by `lstsq`, and the marks' units of them."""
    returns = rer.load_returns([ticker, index], until=last)
    days = pd.DatetimeIndex(rer.timing.sessions_of("XNYS").dates)
    days = days[(days >= returns.index[0]) & (days <= last)]
    y, m = returns.reindex(days).to_numpy().T
    x = np.full(len(days), np.nan)
    for t in range(260, len(days) - 1):
        past = slice(t - 260, t - 10)
        known = np.isfinite(y[past]) & np.isfinite(m[past])
        if known.sum() < 125 or not np.isfinite(y[t + 1]):
            continue
        design = np.column_stack([np.ones(known.sum()), m[past][known]])
        a, b = np.linalg.lstsq(design, y[past][known], rcond=None)[0]
        x[t] = np.nansum(y[t : t + 2] - a - b * m[t : t + 2])
    events = rer.load_events(until=UNTIL)
    mapped = map_sessions(events, "XNYS")["session"].dropna()
    near = {int(days.searchsorted(day)) for day in mapped if days[0] <= day}
    seen, units = np.flatnonzero(np.isfinite(x)), []
    for t in seen:
        before = seen[seen <= t - 2][-MEMORY:]
        if len(before) == MEMORY and not {t - 1, t, t + 1} & near and t + 2 < len(days) + 1:
            units.append(x[t] / np.sqrt(np.mean(x[before] ** 2)))
    return np.array(units), float(np.sqrt(np.mean(x[seen][-MEMORY:] ** 2)))


def test_units_and_scale_are_those_computed_by_hand() -> None:
    asked = october(securities=["MP"], materials=[]).asked
    found = marked(asked, pd.DataFrame()).securities["MP"]
    units, scale = by_hand("MP", "SPY", UNTIL)
    assert found.scale == pytest.approx(scale, abs=1e-9)
    np.testing.assert_allclose(found.units, units, atol=1e-9)


@pytest.mark.parametrize("side", [0, 1, -1])
@pytest.mark.parametrize("n", [19, 20, 38, 39, 500])
def test_a_move_beyond_the_mark_has_a_placebo_p_value_of_at_most_five_per_cent(
    side: int, n: int
) -> None:
    own = Ordinary(np.random.default_rng(n).normal(size=n), 0.02, side)
    for size in (own.mark * 1.001, own.mark * 0.999):
        p = (1 + own.as_unusual((side or 1) * size)) / (1 + n)
        assert (p <= LEVEL) == (size > own.mark)


def test_fewer_sessions_than_nineteen_give_no_mark() -> None:
    assert np.isnan(Ordinary(np.zeros(18), 0.02, 0).mark)


def test_a_shift_of_the_detectable_size_passes_the_mark_four_times_in_five() -> None:
    own = Ordinary(np.random.default_rng(1).standard_t(4, size=4000), 0.02, 1)
    shifted = own.units * own.scale + own.detectable
    assert (shifted > own.mark).mean() == pytest.approx(0.8, abs=0.001)


@pytest.mark.simulation
def test_one_session_in_twenty_is_beyond_its_mark_where_volatility_comes_in_waves() -> None:
    rng, beyond, runs, length = np.random.default_rng(12), 0, 1500, 500
    days = pd.bdate_range("2020-01-01", periods=length)
    one = np.zeros(1, dtype=np.int64)
    pairs = Pairs((days,), one, one, one, np.array([length - 1]))
    for phase in rng.uniform(0, 377, runs):
        waves = np.exp(0.7 * np.sin((np.arange(length) + phase) / 60))  # synthetic: 1 calm, 4 wild
        x = rng.standard_t(5, length) * waves
        last, x[-1] = x[-1], np.nan
        own = ordinary(pairs, [x[None, None]], [np.empty((2, 0), dtype=np.int64)], (0, 0), 0)
        beyond += abs(last) > own.mark
    assert 0.035 < beyond / runs < 0.065


def test_a_direction_that_is_known_leaves_one_side() -> None:
    up, down = october(direction="tightening"), october(direction="easing")
    assert up.table["fall"].isna().all()
    assert down.table["rise"].isna().all()
    assert " rose on average more than" in up.finding
    assert " fell on average more than" in down.finding
    assert up.table["rise"].iloc[0] < october().table["rise"].iloc[0]


def test_what_came_is_measured_by_the_study_and_the_marks_of_the_card(
    card: rer.studies.AnnouncementCard,
) -> None:
    after = card.after("2025-10-14T00:00Z")
    study = rer.studies.event_study(
        event_ids=["cn-2025-10-no61-no62"],
        securities=list(card.table.index[1:]),
        windows=[(0, 1)],
    )
    theirs = study.result.car.set_index("security")["car"]
    ours = after.table["move"].iloc[1:].dropna()
    pd.testing.assert_series_equal(ours, theirs, check_names=False, check_like=True, atol=1e-9)
    assert after.table["rise"].equals(card.table["rise"])
    assert after.table.loc["sample", "move"] == pytest.approx(ours.mean())
    assert after.finding.startswith("While other listed events fell into the same days")
    mark, rule = after.limits[-2:]
    assert re.search(r"of [\d,]+ earlier sessions, .* how volatile .*, \d+ moved as far\.$", mark)
    assert rule.startswith("The rule of all studies also asks how far securities agree, and counts")
    assert sum("other sessions looked" in words for words in after.limits) == 1


def test_what_came_does_not_change_with_the_years(card: rer.studies.AnnouncementCard) -> None:
    soon, late = card.after("2025-10-11T00:00Z"), card.after("2026-10-09T00:00Z")
    pd.testing.assert_frame_equal(soon.table, late.table)
    assert soon.finding == late.finding
    assert list(soon.limits) == list(late.limits)


def test_before_the_closes_it_is_said_what_is_still_to_come(
    card: rer.studies.AnnouncementCard,
) -> None:
    after = card.after("2025-10-09T05:30Z")
    states = after.sessions.set_index("city")["state"]
    assert states["Sydney"].startswith("first session closed; the window ends Fri 10 Oct 16:00")
    assert states["Shanghai"] == "closes Thu 9 Oct 15:00 (07:00 UTC), in 1 h 30 min"
    assert states["New York"].startswith("opens Thu 9 Oct 09:30 (13:30 UTC), in 8 h 0 min")
    assert after.waiting == "No last close yet: Sydney, Shenzhen, Shanghai and New York."
    assert after.table["move"].isna().all()
    assert after.verdict is None


def test_prices_that_have_not_come_in_name_the_one_command(
    card: rer.studies.AnnouncementCard,
) -> None:
    after = card.after("2025-10-14T00:00Z")  # two securities of Shenzhen end in August 2025
    assert "Prices not in: Shenzhen 2 of 6" in after.waiting
    assert after.waiting.endswith("rareearth data refresh yahoo")
    assert not after.complete


def test_a_mean_of_too_few_securities_is_not_compared(card: rer.studies.AnnouncementCard) -> None:
    after = card.after("2025-10-10T12:00Z")  # New York has not closed
    assert np.isnan(after.table.loc["sample", "move"])
    assert after.finding.startswith("Seven of eleven securities have their move")


def test_a_day_without_an_hour_says_what_that_costs() -> None:
    card = rer.announcement_card("Sunday news", "2025-10-09", materials=["Dy"], until=UNTIL)
    two = card.sessions.set_index("city").loc["Sydney"]
    assert two["session"] > two["session_earliest"]
    assert card.limits[0].startswith("Only the day is known: an interval of 1 d 0 h")
    assert "Sydney (9 October 2025 or 10 October 2025)" in card.limits[0]


def test_prices_that_ended_long_before_are_named() -> None:
    card = rer.announcement_card("Later", "2026-11-26T09:00+08:00", materials=["Dy", "Tb"])
    assert card.limits[0].startswith("Prices end in New York on 9 October 2026, Shenzhen on ")
    assert card.limits[0].endswith("before a card is made: rareearth data refresh yahoo")
    assert card.limits[1].startswith(
        "Left out for want of returns in the estimation window: Innuovo"
    )


def test_a_saved_card_comes_back_whole(card: rer.studies.AnnouncementCard, tmp_path: Path) -> None:
    card.save(tmp_path / "a card, gespeichert – 卡")
    again = rer.open_card(tmp_path / "a card, gespeichert – 卡")
    assert again.record() == card.record()
    assert again.after("2025-10-14T00:00Z").record() == card.after("2025-10-14T00:00Z").record()


def test_a_card_is_never_replaced_by_another(
    card: rer.studies.AnnouncementCard, tmp_path: Path
) -> None:
    card.save(tmp_path)
    before = (tmp_path / "card.json").read_bytes()
    with pytest.raises(DataError, match="another card, which is kept"):
        october(window=(0, 2)).save(tmp_path)
    card.save(tmp_path, card.after("2025-10-14T00:00Z"))
    assert (tmp_path / "card.json").read_bytes() == before
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "after.json", "card.json", "index.html",
    ]  # fmt: skip
    october(window=(0, 2)).save(tmp_path / "elsewhere")  # as the message says


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"kind": "other"}', "\ufeff{", "null"])
def test_a_damaged_card_is_said_to_be_one(content: str, tmp_path: Path) -> None:
    (tmp_path / "card.json").write_text(content, encoding="utf-8")
    with pytest.raises(DataError, match="is damaged"):
        rer.open_card(tmp_path)


def test_where_there_is_no_card_the_message_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"no card in .*; make one with rareearth today"):
        rer.open_card(tmp_path)


def test_words_of_a_title_are_no_markup(tmp_path: Path) -> None:
    card = rer.announcement_card("<script>alert(1)</script> & more", AT, materials=["Dy"])
    page = card.save(tmp_path).read_text(encoding="utf-8")
    assert "<script>alert" not in page
    assert "&lt;script&gt;" in page


def test_the_line_on_the_page_asks_for_the_same_card() -> None:
    card = october(direction="tightening", instrument="licence", window=(0, 2))
    line = command(card.asked)
    for part in ("--at 2025-10-09T01:00:00Z/2025-10-09T01:29:00Z", "--materials Dy,Tb",
                 "--direction tightening", "--window 0 2", f"--until {UNTIL}"):  # fmt: skip
        assert part in line


@pytest.mark.parametrize(
    ("given", "error", "said"),
    [
        ({"title": "  "}, SpecificationError, "title must say what was announced"),
        ({"at": "2025-10-09T09:00"}, TimingError, "no zone"),
        ({"at": "2025-10"}, TimingError, "at"),
        ({"at": "tomorrow"}, TimingError, r"or with time and zone as '2025-04-04T18:00\+08:00'"),
        ({"materials": ["Xx"]}, DataError, "materials: 'Xx'"),
        ({"materials": []}, SpecificationError, "materials, group and securities are all empty"),
        ({"materials": ["La"], "securities": ["MP"], "group": "antimony"}, SpecificationError,
         "both choose securities"),
        ({"securities": ["MP", "MP"]}, SpecificationError, "securities names 'MP' more than once"),
        ({"direction": "up"}, SpecificationError, "direction='up' is not known"),
        ({"actor": "Mars"}, DataError, "actor: 'Mars'"),
        ({"instrument": "bann"}, SpecificationError, "nearest: 'ban'"),
        ({"window": (-3, -1)}, SpecificationError, "ends before the first session"),
        ({"at": ("2025-10-09T09:00Z", "2025-10-09T08:00Z")}, TimingError, "swap the two"),
        ({"until": "2025-10-09"}, SpecificationError, "give 2025-10-08 or an earlier day"),
        ({"until": "2005-01-01"}, DataError, "no day"),
        ({"until": "2023-01-03"}, DataError, "cut at until=2023-01-03: name a later day, or leave"),
        ({"now": "2025-10-09"}, TimingError, "now"),
    ],
)  # fmt: skip
def test_what_has_no_meaning_is_refused_by_name(
    given: dict[str, object], error: type[Exception], said: str
) -> None:
    right: dict[str, object] = {"title": "News", "at": AT, "materials": ["Dy"]}
    with pytest.raises(error, match=said):
        rer.announcement_card(**right | given)  # type: ignore[arg-type]


def test_the_remedies_of_the_messages_work() -> None:
    rer.announcement_card("News", AT, group="rare_earths")
    rer.announcement_card("News", AT, securities=["MP"])
    rer.announcement_card("News", "2025-04-04T18:00+08:00", securities=["MP"])
    rer.announcement_card("News", "2025-10-09T09:00+08:00", materials=["Dy", "Tb"], window=(0, 1))
    assert october(until="2025-10-08").asked.until == pd.Timestamp("2025-10-08")


def test_the_card_of_one_share_speaks_of_one() -> None:
    card = october(materials=[], securities=["MP"])
    assert not any("looked at" in limit for limit in card.limits)
    assert card.after("2025-10-09T12:00Z").finding.startswith("MP Materials has no price in")
    assert "None of" not in card.after("2025-10-14T00:00Z").finding


def test_a_duration_is_said_in_its_largest_units() -> None:
    spans = ("12min", "4h 30min", "1D 3h 59min")
    assert [lasting(pd.Timedelta(span)) for span in spans] == ["12 min", "4 h 30 min", "1 d 3 h"]


def test_an_index_that_is_gone_is_not_taken_for_a_price_that_is_not_there_yet(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    card, load = october(materials=[], securities=["MP"]), marks.load_returns

    def without(names: list[str], **options: object) -> pd.DataFrame:
        returns = load(names, **options)  # type: ignore[arg-type]
        return returns.assign(SPY=returns["SPY"].where(returns.index < "2025-10-09"))

    monkeypatch.setattr(marks, "load_returns", without)
    with pytest.raises(SpecificationError, match="benchmark"):
        card.after("2025-10-14T00:00Z")
