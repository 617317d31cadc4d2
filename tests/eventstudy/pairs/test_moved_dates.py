"""Where dates go when they are moved, session by session on two calendars. Synthetic."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

import rareearth_research as rer
from rareearth_research.eventstudy.chance.dates import (
    Pairs,
    blocked,
    linked_dates,
    places,
    separate_dates,
)
from rareearth_research.eventstudy.chance.draws import (
    Draws,
    distinct,
    kind_of,
    moved_sums,
    statistic_of,
)
from rareearth_research.eventstudy.chance.placebo import FEWEST, SPLIT, _note
from rareearth_research.eventstudy.inputs.shipped import shipped_notes
from rareearth_research.eventstudy.questions.dating.curve import _sessions

DAYS = pd.bdate_range("2024-01-01", periods=40)
OFF = [3, 11, 12, 25]
CALENDARS = (DAYS, DAYS.delete(OFF))
# event, market, row and day of session 0
ROWS = [(0, 0, 0, 10), (0, 0, 1, 10), (0, 1, 0, 13), (1, 1, 2, 15), (2, 0, 0, 20), (2, 1, 2, 20),
        (3, 0, 2, 33)]  # fmt: skip


def pairs(rows: list[tuple[int, int, int, int]] = ROWS) -> Pairs:
    event, market, row, day = map(np.array, zip(*rows, strict=True))
    position = [CALENDARS[m].get_loc(DAYS[d]) for m, d in zip(market, day, strict=True)]
    return Pairs(CALENDARS, event, market, row, np.array(position))


def test_sessions_are_places_in_the_union_and_an_event_has_its_first() -> None:
    found = pairs()
    assert found.union.equals(DAYS)
    assert found.anchors.tolist() == [row[3] for row in ROWS]
    assert separate_dates(found).tolist() == [10, 10, 10, 15, 20, 20, 33]


@pytest.mark.parametrize("offset", [0, 3])
def test_a_session_moves_to_the_one_at_or_after_its_day_and_not_beyond_the_end(offset: int) -> None:
    for sessions in CALENDARS:
        known = [DAYS.get_loc(day) for day in sessions]
        found = places(sessions, DAYS, offset)
        for day, at in enumerate(found):
            later = [i for i, d in enumerate(known) if d >= day + offset]
            assert at == (later[0] if later and day + offset < 40 else -1)
    assert places(DAYS[:30], DAYS, 0)[29:32].tolist() == [29, -1, -1]


@pytest.mark.parametrize("reach", [(0, 0), (0, 2), (-1, 5), (-9, 9)])
def test_dates_whose_windows_meet_in_a_market_move_together(reach: tuple[int, int]) -> None:
    found, width = pairs(), reach[1] - reach[0]
    first = {event: min(r[3] for r in ROWS if r[0] == event) for event in range(4)}
    joined = []  # stretches of dates that are linked
    for one in range(len(ROWS)):
        for other in range(one):
            a, b = ROWS[one], ROWS[other]
            apart = abs(int(found.position[one]) - int(found.position[other]))
            if a[1] == b[1] and apart <= width:
                joined.append(sorted((first[a[0]], first[b[0]])))
    expected = []
    for event, *_ in ROWS:
        begin = first[event]
        while earlier := [low for low, high in joined if low < begin <= high]:
            begin = min(earlier)
        expected.append(begin)
    assert linked_dates(found, reach).tolist() == expected


@pytest.mark.parametrize("avoided", [False, True])
@pytest.mark.parametrize(("reach", "avoid_reach"), [((0, 0), (0, 0)), ((-1, 2), (0, 4))])
def test_a_group_is_blocked_where_its_windows_would_meet_an_event(
    reach: tuple[int, int], avoid_reach: tuple[int, int], avoided: bool
) -> None:
    found, here = pairs(), np.array([0, 1, 2])  # event 0, first date 10
    avoid = [np.array([[1, -1, 2], [30, 2, 25]]), np.array([[0, 2], [28, 8]])]
    met = blocked(found, here, 10, reach, avoid if avoided else None, avoid_reach)
    for day in range(40):
        expected = False
        for i in here:
            m, row = ROWS[i][1], ROWS[i][2]
            offset = ROWS[i][3] - 10
            mates = [ROWS[j][2] for j in here if ROWS[j][1] == m and ROWS[j][3] - 10 == offset]
            at = places(CALENDARS[m], DAYS, offset)[day]
            at = len(CALENDARS[m]) if at < 0 else at
            own = [
                int(found.position[j]) for j in range(7) if ROWS[j][1] == m and ROWS[j][2] in mates
            ]
            theirs = [int(s) for r, s in avoid[m].T if avoided and (r < 0 or r in mates)]
            for events, around in ((own, reach), (theirs, avoid_reach)):
                for session in events:
                    clear = (
                        at + reach[1] < session + around[0] or session + around[1] < at + reach[0]
                    )
                    expected |= not clear
            assert row in mates
        beyond = [places(CALENDARS[m], DAYS, o)[day] < 0 for m, o in ((0, 0), (1, 3))]
        if not any(beyond):
            assert met[day] == expected


@pytest.mark.parametrize(
    "use", [None, np.array([[1, 1], [1, 0], [1, 1], *[[1, 1]] * 4], dtype=bool)]
)
def test_values_are_added_up_wherever_a_date_is_moved(use: Any) -> None:
    rng, found, here = np.random.default_rng(1), pairs(), np.array([0, 1, 2])
    values = [rng.normal(size=(2, 3, 40)), rng.normal(size=(2, 3, 36))]
    values[0][:, 1, 5:9] = np.nan
    sums, enough = moved_sums(found, values, here, 10, 0.8, use)
    for day in range(40):
        counts = []
        for w in range(2):
            x = []
            for i in here:
                at = places(CALENDARS[ROWS[i][1]], DAYS, ROWS[i][3] - 10)[day]
                if at >= 0 and (use is None or use[i, w]):
                    x.append(values[ROWS[i][1]][w, ROWS[i][2], at])
            known = [one for one in x if np.isfinite(one)]
            expected = [len(known), sum(known), sum(one * one for one in known)]
            np.testing.assert_allclose(sums[:, day, w], expected, atol=1e-12)
            asked = 3 if use is None else int(use[here, w].sum())
            counts.append(len(known) >= max(min(1, asked), 0.8 * asked))
        assert enough[day] == all(counts)
    none, any_day = moved_sums(found, values, here, 10, 0.8, np.zeros((7, 2), dtype=bool))
    assert not none.any()
    assert any_day.all()  # none is asked for


def test_a_set_of_sessions_counts_once_in_any_order_of_like_groups() -> None:
    chosen = [np.array([1, 2, 1, 3, 2]), np.array([2, 1, 2, 3, 1])]
    assert distinct(chosen, ["a", "b"]).tolist() == [0, 1, 3]
    assert distinct(chosen, ["a", "a"]).tolist() == [0, 3]
    found = pairs()
    assert kind_of(found, np.array([1, 0, 2]), 10) == ((0, 0, 0), (0, 1, 0), (1, 0, 3))


def test_statistics_of_sums_are_those_of_their_values() -> None:
    x = np.array([0.5, 1.5, -0.2, 0.9])
    sums = np.array([4.0, x.sum(), (x**2).sum()])
    assert statistic_of(sums, "caar") == pytest.approx(x.mean())
    assert statistic_of(sums, "scar") == pytest.approx(x.sum() / 2)
    assert statistic_of(sums, "bmp") == pytest.approx(2 * x.mean() / x.std(ddof=1))
    alike = np.array([3.0, 0.9, 0.27])
    assert np.isnan(statistic_of(alike, "bmp"))
    assert np.isnan(statistic_of(np.array([1.0, 0.5, 0.25]), "bmp"))
    assert np.isnan([statistic_of(np.zeros(3), name) for name in ("bmp", "scar", "caar")]).all()


def test_what_limits_a_placebo_is_noted() -> None:
    drawn = Draws(np.array([1.0]), np.array([5]), np.zeros((9, 1)), None, np.zeros(5, int),
                  (np.arange(9),), True)  # fmt: skip
    two = replace(drawn, pools=(np.arange(9), np.arange(0)))
    assert _note(drawn, "bmp", 99, 99, 1) == ""
    rough = "rejects too often if the event itself raises the variance"
    for statistic, given, count, common, windows, said in (
        ("bmp", replace(drawn, n=np.array([4])), 99, 99, 1, "N = 4: little power"),
        ("caar", drawn, 99, 99, 1, f"not studentized: {rough}"),
        ("scar", drawn, 99, 99, 1, f"studentized by forecast error only: {rough}"),
        ("bmp", two, 0, 0, 1, "no admissible placebo session for 1 of 2 groups of event dates"),
        ("bmp", two, 99, 99, 1, "2 groups of event dates moved independently"),
        ("bmp", drawn, FEWEST, FEWEST, 1, ""),
        ("bmp", drawn, 18, 18, 1, "only 18 placebo sessions: the smallest possible p is 0.05"),
        ("bmp", drawn, 99, 0, 2, "not corrected over the windows: no session is admissible for"),
        ("bmp", drawn, 99, 50, 2, "corrected over the 50 draws that serve every window"),
        ("bmp", drawn, 99, 99, 2, ""),
        ("bmp", replace(drawn, split=True), 99, 99, 1, SPLIT),
        ("bmp", replace(drawn, observed=np.array([np.nan])), 99, 99, 1, "not defined: the stat"),
    ):  # fmt: skip
        note = _note(given, statistic, count, common, windows)
        assert note.startswith(said)
        assert bool(note) == bool(said)


@pytest.mark.parametrize("exposure", [False, True])
@pytest.mark.parametrize("known", [False, True])
def test_what_differs_from_the_project_s_own_study_is_said_of_its_securities_alone(
    exposure: bool, known: bool
) -> None:
    table = rer.load_securities()
    name = table.index[table["exposure_from"].notna()][0]
    before = pd.DatetimeIndex([table.loc[name, "exposure_from"] - pd.Timedelta(days=400)])
    options = {"security": [name], "session": before, "exposure": exposure, "known_events": known}
    notes = shipped_notes([name], **options)
    assert any("1 of 1 pairs lie outside them" in note for note in notes) == (not exposure)
    assert any("known_events" in note for note in notes) == (not known)
    later = pd.DatetimeIndex([table.loc[name, "exposure_from"]])
    within = shipped_notes([name], **options | {"session": later})
    assert not any("lie outside them" in note for note in within)
    assert shipped_notes([name, "OWN"], **options) == []


def test_shifts_have_the_sessions_of_the_exchange_that_saw_the_event_first() -> None:
    steps = np.array([-40, -2, 0, 1, 29, 30])
    one: Any = SimpleNamespace(pairs=pairs([(0, 1, 0, 13), (0, 0, 1, 10), (0, 0, 0, 10)]))
    expected = [None, DAYS[8], DAYS[10], DAYS[11], DAYS[39], None]
    assert [None if pd.isna(day) else day for day in _sessions(one, steps)] == expected
    several: Any = SimpleNamespace(pairs=pairs())
    assert _sessions(several, steps).isna().all()
