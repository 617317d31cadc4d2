"""Lists of events as people keep them, in the shape of EventStudy, or refused with a way."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from test_reading_layouts import LAYOUTS, ways

import rareearth_research as rer
from rareearth_research.errors import DataError

GOOD = "date,ticker,title\n2025-04-04,SYN,Licences\n2025-10-09,SYN,Suspension\n"
DAYS = [pd.Timestamp("2025-04-04"), pd.Timestamp("2025-10-09")]


def read(folder: Path, text: str, **given: Any) -> pd.DataFrame:
    (folder / "e.csv").write_text(text, encoding="utf-8")
    return rer.read_events(folder / "e.csv", show=False, **given)


def test_a_list_of_dates_is_events_named_by_their_days() -> None:
    events = rer.read_events(LAYOUTS / "events_list.txt", show=False)
    assert list(events) == ["event_id", "date"]
    assert list(events["event_id"]) == ["2025-04-04", "2025-10-09"]
    assert list(events["date"]) == DAYS


def test_chinese_headings_mean_date_and_security_and_others_are_carried_along() -> None:
    events = rer.read_events(LAYOUTS / "events_chinese.csv", show=False)
    assert list(events["security"]) == ["600001", "000001"]
    assert list(events["date"]) == DAYS
    assert events.attrs["read"]["columns carried along"] == ["标题"]
    assert list(events["标题"]) == ["出口管制公告", "暂停出口的公告"]


@pytest.mark.parametrize(
    ("name", "zone", "instants"),
    [
        ("events.xlsx", "Asia/Shanghai", ["2025-04-04T18:00+08:00", "2025-10-09T09:30+08:00"]),
        ("events_wrds.csv", "America/New_York",
         ["2025-04-04T18:00-04:00", "2025-10-09T07:30-04:00"]),
        ("events_german.csv", "Europe/Berlin", ["2025-04-14T18:00+02:00", None]),
    ],
)  # fmt: skip
def test_a_clock_time_needs_a_zone_and_has_it_then(
    name: str, zone: str, instants: list[str | None]
) -> None:
    with pytest.raises(DataError, match="has a clock time and no zone") as refused:
        rer.read_events(LAYOUTS / name, show=False)
    [way] = ways(str(refused.value))
    rer.read_events(LAYOUTS / name, show=False, **way)
    events = rer.read_events(LAYOUTS / name, timezone=zone, show=False)
    for got, right in zip(events["announced_earliest"], instants, strict=True):
        assert (got is pd.NaT) if right is None else got == pd.Timestamp(right)
    assert events["announced_latest"].equals(events["announced_earliest"])


def test_a_zone_of_each_row_and_of_the_text_itself_is_taken(tmp_path: Path) -> None:
    rows = "2025-04-04 18:00,SYN,Asia/Shanghai\n2025-10-09T12:00Z,SYN,\n2025-11-01,SYN,\n"
    events = read(tmp_path, "when,ticker,timezone\n" + rows, columns={"date": "when"})
    first, second, third = events["announced_earliest"]
    assert first == pd.Timestamp("2025-04-04T10:00Z")
    assert second == pd.Timestamp("2025-10-09T12:00Z")
    assert third is pd.NaT
    assert events["date"][2] == pd.Timestamp("2025-11-01")


MIXED = """event_id,date,announced_earliest,announced_latest,announced_tz
day,2024-06-05,,,Europe/Paris
instant,2024-07-08T09:00+08:00,,,
interval,,2025-03-11T05:00+08:00,2025-03-11T23:00+08:00,Asia/Shanghai
"""


def test_each_event_has_its_time_as_its_own_row_gives_it(tmp_path: Path) -> None:
    events = read(tmp_path, MIXED).set_index("event_id")
    assert events.loc["day", "date"] == pd.Timestamp("2024-06-05")
    assert events["date"].isna().tolist() == [False, True, True]
    assert events.loc["instant", "announced_latest"] == pd.Timestamp("2024-07-08T09:00+08:00")
    assert events.loc["interval", "announced_latest"] == "2025-03-11T23:00+08:00"
    assert events["announced_tz"].tolist() == ["Europe/Paris", "", "Asia/Shanghai"]
    mapped = rer.map_sessions(events.reset_index(), "XNYS").set_index("event_id")
    assert mapped["ambiguous"].tolist() == [True, False, False]


def test_a_row_with_two_times_or_half_of_one_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="row 3: 'date' has a clock time, and the columns"):
        read(tmp_path, MIXED.replace("+08:00,,,", "+08:00,2024-07-08T10:00Z,2024-07-08T11:00Z,"))
    half = MIXED.replace("2025-03-11T23:00+08:00", "")
    with pytest.raises(DataError, match="row 4: 'date' is blank; give the day or both announced_e"):
        read(tmp_path, half)
    assert len(read(tmp_path, half.replace("interval,,", "interval,2025-03-11,"))) == 3


def test_a_zone_is_kept_where_no_column_of_dates_stands(tmp_path: Path) -> None:
    rows = [",".join(line.split(",")[::2]) for line in MIXED.splitlines()]
    assert rows[0] == "event_id,announced_earliest,announced_tz"
    events = read(tmp_path, f"{rows[0]}\n{rows[3]}\n")
    assert events["announced_tz"].tolist() == ["Asia/Shanghai"]


def test_a_clock_of_twelve_hours_is_read(tmp_path: Path) -> None:
    text = GOOD.replace("2025-04-04", "04/25/2025 6:00 PM").replace("2025-10-09", "10/09/2025")
    events = read(tmp_path, text, timezone="America/New_York")
    assert events["announced_earliest"][0] == pd.Timestamp("2025-04-25T22:00Z")
    assert events["date"][1] == DAYS[1]


def test_securities_in_a_cell_are_a_row_each(tmp_path: Path) -> None:
    text = GOOD.replace("04,SYN", '04,"SYN; SYN.AX"').replace("09,SYN", '09,"SYN, SYNB"')
    events = read(tmp_path, text)
    assert list(events["security"]) == ["SYN", "SYN.AX", "SYN", "SYNB"]
    listed = pd.DataFrame({"announcement": DAYS, "Firm": [["SYN", "SYNB"], ["SYN"]]})
    assert list(rer.read_events(listed, show=False)["security"]) == ["SYN", "SYNB", "SYN"]


def test_a_time_with_its_zone_and_a_company_with_a_comma_are_read(tmp_path: Path) -> None:
    text = 'date,time,company\n2025-04-04,18:00+08:00,"SYN, Inc."\n2025-10-09,09:00Z,SYN B\n'
    events = read(tmp_path, text)
    assert [str(stamp)[-14:] for stamp in events["announced_latest"]] == [
        "18:00:00+08:00", "09:00:00+00:00"]  # fmt: skip
    assert list(events["security"]) == ["SYN, Inc.", "SYN B"]


def test_a_column_name_is_of_the_event_not_of_a_security(tmp_path: Path) -> None:
    events = read(tmp_path, GOOD.replace("ticker,title", "name,kind"))
    assert list(events) == ["event_id", "date", "name", "kind"]


REFUSED: list[tuple[str, dict[str, Any], str, tuple[tuple[str, str], ...]]] = [
    (GOOD.replace("04,SYN", "04,"), {}, "row 2: 'ticker' is blank; name the security",
     (("04,,", "04,SYN,"),)),
    (GOOD.replace("2025-10-09", ""), {}, "row 3: 'date' is blank; give the day, or remove the row",
     (("\n,", "\n2025-10-09,"),)),
    (GOOD.replace("date,", "event_date,announcement_date,").replace(",SYN", ",2025-01-02,SYN"), {},
     "several columns of dates, 'event_date', 'announcement_date'; say which", ()),
    (GOOD.replace("date,", "seen,filed,").replace(",SYN", ",2025-01-02,SYN"), {},
     "no column is known to hold the date of the event; name it", ()),
    (GOOD, {"columns": {"date": "Tag"}}, "no column 'Tag'; it has", (("date", "Tag"),)),
    (GOOD.replace("ticker", "id").replace("10-09,SYN", "10-09,"), {}, "'id' is blank; give each",
     (("10-09,,", "10-09,SYN2,"),)),
    (GOOD.replace("2025-10-09", "2025-04-04"), {}, "comes more than once; give each event an id",
     (("2025-04-04,SYN,Susp", "2025-10-09,SYN,Susp"),)),
    (GOOD.replace("04-04", "04-04 25:10"), {"timezone": "UTC"}, "a clock shows 00:00 to 23:59",
     ((" 25:10", "T18:00+08:00"),)),
    ("event,date\nA,2025-04-04\nB,\n", {}, "row 3: 'date' is blank; give the day, or remove the",
     (("B,\n", "B,2025-10-09\n"),)),
    ("date,time\n2025-04-04 18:00,18:00\n2025-10-09,\n", {"timezone": "UTC"},
     "both have a clock time; leave one of the two blank", ((":00,18:00", ":00,"),)),
    ("date,time\n2025-04-04,03:00-05:00\n2025-10-09,\n", {"timezone": "UTC"},
     "is no clock time in UTC .* write the instant with its offset",
     (("04,03:00-05:00", "04T03:00-05:00,"),)),
    (GOOD.replace("04-04", "04-04 18:00-20:00"), {}, "zone of another form; write it as in",
     ((" 18:00-20:00", "T18:00+08:00"),)),
    (GOOD.replace("04-04", "04-04 18:00 CST"), {}, "another form; write it as in '2025-04-04T18:00",
     ((" 18:00 CST", "T18:00+08:00"),)),
    (GOOD.replace("04-04", "03-09 02:30"), {"timezone": "America/New_York"},
     "is no clock time in America/New_York .* write the instant with its offset",
     ((" 02:30", "T03:30-04:00"),)),
]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "given", "says", "edits"), REFUSED, ids=[row[2][:40] for row in REFUSED]
)
def test_events_are_read_after_what_the_message_says(
    tmp_path: Path, text: str, given: dict[str, Any], says: str, edits: tuple[tuple[str, str], ...]
) -> None:
    with pytest.raises(DataError, match=says) as refused:
        read(tmp_path, text, **given)
    for old, new in edits:
        text = text.replace(old, new)
    for way in ways(str(refused.value)) if not edits else []:
        given = given | way
    assert len(read(tmp_path, text, **given)) == 2


def test_a_date_of_an_unknown_name_is_the_only_one_or_named(tmp_path: Path) -> None:
    assert list(read(tmp_path, GOOD.replace("date,", "when,"))["date"]) == DAYS


def test_a_zone_is_named_as_iana_does(tmp_path: Path) -> None:
    clocked = GOOD.replace("04-04", "04-04 18:00")
    with pytest.raises(
        DataError, match="no IANA name of a zone; write one such as 'Asia/Shanghai'"
    ):
        read(tmp_path, clocked, timezone="CST")
    first, _ = read(tmp_path, clocked, timezone="Asia/Shanghai")["announced_earliest"]
    assert first == pd.Timestamp("2025-04-04T10:00Z")


def test_carried_numbers_are_numbers_and_codes_stay_text(tmp_path: Path) -> None:
    text = GOOD.replace("title", "window_start,cik").replace("Licences", "-1,007")
    events = read(tmp_path, text.replace("Suspension", "2,012"))
    assert list(events["window_start"]) == [-1, 2]
    assert list(events["cik"]) == ["007", "012"]


def test_events_are_one_file(tmp_path: Path) -> None:
    for name in ("a.csv", "b.csv"):
        (tmp_path / name).write_text(GOOD, encoding="utf-8")
    with pytest.raises(DataError, match="is a folder; give the one file of events in it"):
        rer.read_events(tmp_path, show=False)
    assert len(rer.read_events(tmp_path / "a.csv", show=False)) == 2


def test_the_shipped_events_come_back_as_they_are(tmp_path: Path) -> None:
    shipped = rer.load_events().head(5)
    again = rer.read_events(shipped, show=False)
    pd.testing.assert_frame_equal(
        again[list(shipped)].astype(str), shipped.reset_index(drop=True).astype(str)
    )


def test_own_files_make_a_study_without_further_code(tmp_path: Path) -> None:
    rng = np.random.default_rng(4)
    days = pd.bdate_range("2024-06-03", "2025-12-31", name="Date").difference(
        pd.DatetimeIndex(rer.timing.sessions_of("XNYS").dates).symmetric_difference(
            pd.bdate_range("2024-06-03", "2025-12-31")
        )
    )
    moves = rng.normal(0, 0.01, (len(days), 3))
    prices = pd.DataFrame(50 * np.exp(moves.cumsum(axis=0)), days, ["SYN", "SYNB", "MKT"])
    prices.to_csv(tmp_path / "p.csv")
    returns = rer.read_returns(tmp_path / "p.csv", show=False)
    events = read(tmp_path, GOOD)
    result = rer.EventStudy(returns, events, benchmark="MKT", windows=[(0, 1)]).fit()
    assert np.allclose(returns.iloc[1:], moves[1:], atol=1e-9)
    assert len(result.table) > 0
