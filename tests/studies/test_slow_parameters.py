"""Prices, tonnages, counterfactuals with other parameters: each speaks of what was asked."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

import rareearth_research as rer
from rareearth_research.numerals import sentences
from rareearth_research.reports.page.headline import verdict_of
from rareearth_research.studies.slow.judged import Judged, ends, survival, tried

GALLIUM, GRAPHITE = "cn-2023-07-ga-ge-controls", "cn-2023-10-graphite"
ANTIMONY = "cn-2024-08-antimony"
APRIL, OCTOBER, BAN = "cn-2025-04-no18-seven-ree", "cn-2025-10-no61-no62", "cn-2024-12-ban-to-us"
SHOWN = {"moved": "moved", "unsettled": "unsettled", "none_larger": "no average move larger than",
         "cannot_tell": "cannot tell"}  # fmt: skip
CASES: dict[str, list[tuple[dict[str, Any], tuple[str, ...], tuple[str, ...]]]] = {
    # parameters; names that the sentence must hold; names of the defaults that it must not
    "price_dynamics": [
        ({"series": ["Nickel", "Tin"], "event_ids": ["wto-2016-07-ds508-request", ANTIMONY],
          "horizon": 3},
         ("two prices", "both announcements", "Nickel rose within three months of them"),
         ("Carbonate", "six")),
        ({"series": "Nickel", "event_ids": [GRAPHITE], "horizon": 0, "window": [-1, 1],
          "max_breaks": 2},
         ("of Nickel", "Nickel fell in the month of it"), ("Carbonate", "prices")),
        ({"series": ["LYC.AX", "UUUU"], "event_ids": [APRIL, OCTOBER, BAN], "horizon": 12,
          "seed": 3},
         ("both announcements", "Lynas Rare Earths rose within twelve months of them"),
         ("Carbonate",)),
        ({"series": ["X_VANADIUM_PENTOXIDE"], "around": "cn-2014-12-quota-abolished", "horizon": 4,
          "event_ids": [GALLIUM, "cn-2019-05-ndrc-threat"]},
         ("two announcements", "Vanadium Pentoxide CIF NWE fell within four months"),
         ("Carbonate",)),
        ({"prices_file": "closes.csv", "events_file": "three.csv", "exchanges": "XPAR"},
         ("two prices", "three announcements", "AAA"), ("Carbonate",)),
    ],
    "trade_response": [
        ({"event_id": GALLIUM, "series": "artificial graphite",
          "drawn": ["gacc_gallium_exports"], "marked": [GALLIUM]},
         ("artificial graphite", "took effect on 1 August 2023"), ("natural", "December 2023")),
        ({"event_id": "cn-2021-12-china-rare-earth-group", "series": ["artificial graphite"]},
         ("the announcement of 23 December 2021",), ("natural", "effect", "2023")),
        ({"event_id": GRAPHITE, "series": "natural graphite", "trend": False, "seasonality": False},
         ("natural graphite", "took effect on 1 December 2023"), ("artificial",)),
        ({"event_id": "cn-2020-10-export-control-law"},
         ("natural graphite", "artificial graphite", "took effect on 1 December 2020"), ("2023",)),
        ({"prices_file": "tonnes.csv", "events_file": "one.csv", "seasonality": False,
          "trend": False},
         ("Mine were", "the announcement of 6 November 2023"), ("graphite", "effect")),
    ],
    "counterfactual": [
        ({"unit": "MP", "before": 60, "after": 4},
         ("over the four weeks from 9 October 2025 MP Materials was",), ("Energy Fuels",)),
        ({"event_id": GRAPHITE, "unit": ["WWR", "NMG"], "donors": ["controls", "TSLA"],
          "before": 80, "after": 6, "controls": ["SPY"]},
         ("six weeks from 20 October 2023", "Westwater Resources and Nouveau Monde Graphite were"),
         ("MP Materials", "2025")),
        ({"event_id": ANTIMONY, "unit": ["UAMY", "PPTA"], "every": "session", "before": 60,
          "after": 5},
         ("five sessions from 15 August 2024", "United States Antimony"), ("MP ", "week")),
        ({"event_id": APRIL, "unit": "LYC.AX", "controls": ["XJO.AX"], "before": 60, "after": 6,
          "donors": ["ARU.AX", "BHP.AX", "ILU.AX", "IXR.AX", "NTU.AX", "RIO.AX"]},
         ("six weeks from 7 April 2025 Lynas Rare Earths was",), ("MP ", "Energy Fuels")),
        ({"prices_file": "shares.csv", "events_file": "one.csv", "exchanges": "XNYS",
          "unit": ["AAA"], "donors": ["BBB", "CCC", "DDD"], "controls": ["EEE"],
          "before": 60, "after": 5},
         ("five weeks from 6 November 2023 AAA was",), ("MP ", "2025")),
    ],
}  # fmt: skip
ALL = [(name, i) for name, cases in CASES.items() for i in range(len(cases))]


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Files of one's own: synthetic tonnage that falls by half, synthetic walks, and dates."""
    folder = tmp_path_factory.mktemp("own")
    months = pd.date_range("2017-01-01", periods=96, freq="MS")
    rng = np.random.default_rng(0)
    tonnes = 100 * np.exp(rng.normal(0, 0.1, 96) - 0.5 * (months >= "2023-11-01"))
    mine = pd.DataFrame({"date": months, "mine": tonnes.round(3)})
    mine.to_csv(folder / "tonnes.csv", index=False)
    days = pd.bdate_range("2019-01-02", "2024-06-28")
    walks = 50 * np.exp(rng.normal(0, 0.02, (len(days), 5)).cumsum(axis=0))
    frame = pd.DataFrame(walks.round(4), columns=["AAA", "BBB", "CCC", "DDD", "EEE"])
    frame.insert(0, "date", days)
    frame.to_csv(folder / "shares.csv", index=False)
    frame[["date", "AAA", "BBB"]].to_csv(folder / "closes.csv", index=False)
    (folder / "one.csv").write_text("event_id,date\nmine,2023-11-06\n")
    (folder / "three.csv").write_text("event_id,date\na,2020-03-02\nb,2021-11-08\nc,2023-02-06\n")
    return folder


@pytest.fixture(scope="module")
def answered(files: Path) -> Callable[[str, int], Any]:
    known: dict[tuple[str, int], Any] = {}

    def answer(name: str, case: int) -> Any:
        if (name, case) not in known:
            asked = {
                key: str(files / value) if key.endswith("_file") else value
                for key, value in CASES[name][case][0].items()
            }
            known[name, case] = getattr(rer.studies, name)(**asked)
        return known[name, case]

    return answer


@pytest.mark.parametrize(("name", "case"), ALL)
def test_the_sentence_speaks_of_what_was_asked_and_of_nothing_else(answered, name, case):
    study = answered(name, case)
    _, held, absent = CASES[name][case]
    assert all(words in study.finding for words in held), study.finding
    assert not [words for words in absent if words in study.finding], study.finding


@pytest.mark.parametrize(("name", "case"), ALL)
def test_verdict_sentence_and_title_agree_on_one_of_the_four(answered, name, case, tmp_path):
    study = answered(name, case)
    study.told.to_csv(tmp_path / "verdict.csv")
    shown, sentence = verdict_of(f"Moved. {study.finding}", [tmp_path / "verdict.csv"])
    assert (shown.startswith(SHOWN[study.verdict]), sentence) == (True, sentences(study.finding)[0])
    assert study.verdict in SHOWN
    assert SHOWN[study.verdict] in verdict_of(study.finding)[0] or study.verdict == "moved"
    title = study.plot()._suptitle.get_text().replace("\n", " ")
    plt.close("all")
    assert SHOWN[study.verdict] in title
    said = [word for code, word in SHOWN.items() if code != study.verdict and word in title]
    assert not said


@pytest.mark.parametrize(("name", "case"), ALL)
def test_every_answer_says_what_it_would_find_and_whether_it_survives(answered, name, case):
    study = answered(name, case)
    said = study.survives if isinstance(study.survives, str) else " ".join(study.survives)
    assert "the sentence survives" in said or "the sentence does not survive" in said
    assert (
        "would miss" in study.finding
        or "would be found" in study.finding
        or (study.verdict != "cannot_tell")
    )
    assert (study.table["detectable"].dropna() > 0).all()


@pytest.mark.parametrize(("name", "case"), ALL)
def test_interval_and_p_value_are_of_one_yardstick_and_what_they_do_not_decide_has_a_reason(
    answered, name, case
):
    study = answered(name, case)
    rows = study.table.rename(columns={"p_response": "p_value", "response": "effect"})
    for row in [*rows.to_dict("records"), *study.tried.dropna(subset="effect").to_dict("records")]:
        outside = row["lower"] > 0 or row["upper"] < 0
        assert outside == (row["p_value"] <= 0.05) or " around a gap at zero" in study.finding
    tells = rows[(rows["lower"] > 0) | (rows["upper"] < 0)]
    if study.verdict == "cannot_tell" and name == "counterfactual" and len(tells):
        assert "cannot tell, as " in study.finding


def test_words_say_why_where_p_value_and_interval_differ():
    assert Judged(0.2, -0.1, 0.5, 0.01, 0.1, 0.05, 5).words == (
        "unsettled, as its interval holds zero"
    )
    assert Judged(0.2, 0.1, 0.3, 0.2, 0.1, 0.05, 5).words == (
        "this study cannot tell, as other dates do as much"
    )


@pytest.mark.parametrize(
    ("lower", "upper", "said"),
    [
        (-0.1, 0.2, "−9.5 to +22.1 %"),
        (0.06, 238.0, "+6.2 % to beyond tenfold"),
        (-9.0, 0.1, "below a tenth to +10.5 %"),
        (-9.0, 9.0, "wider than to a tenth or tenfold"),
        (-np.inf, np.inf, "without ends"),
    ],
)
def test_ends_of_an_interval_are_said_as_far_as_per_cent_say_something(lower, upper, said):
    assert ends(lower, upper) == said


def test_the_four_verdicts_follow_one_rule():
    def judge(effect: float, half: float, p: float, cases: int = 3, *doubts: str) -> str:
        ends = effect - half, effect + half
        return Judged(effect, *ends, p, 1.0, 0.05, cases, doubts).verdict

    assert judge(0.2, 0.1, 0.01) == "moved"
    assert judge(0.2, 0.1, 0.01, 2) == "unsettled"
    assert judge(0.2, 0.1, 0.01, 3, "its check objects") == "unsettled"
    assert judge(0.2, 0.3, 0.05) == "unsettled"
    assert judge(0.01, 0.03, 0.5) == "none_larger"
    assert judge(0.01, 0.03, 0.5, 3, "its check objects") == "cannot_tell"
    assert judge(0.01, 0.06, 0.5) == "cannot_tell"
    assert judge(float("nan"), float("nan"), float("nan"), 0) == "cannot_tell"


def test_an_index_reads_each_verdict_out_of_its_words():
    for effect, p, cases in ((0.2, 0.01, 5), (0.2, 0.01, 1), (0.01, 0.5, 5), (0.1, 0.5, 5)):
        one = Judged(effect, effect - 0.04, effect + 0.04, p, 0.1, 0.06, cases)
        read = verdict_of(f"Of three breaks two are near (p = {p}): {one.words}. And more.")[0]
        assert SHOWN[one.verdict] in read


def test_a_sentence_that_another_way_breaks_says_by_what():
    def never() -> Judged:
        raise rer.SpecificationError("too short")

    sure = Judged(0.2, 0.1, 0.3, 0.01, 0.1, 0.05, 5)
    loose = Judged(0.1, -0.1, 0.3, 0.4, 0.1, 0.05, 5)
    ways = [("the same", lambda: sure), ("half the past", lambda: loose), ("none", never)]
    table = tried(sure, ways)
    assert list(table["same_verdict"]) == [True, True, False, None]
    assert table["why"].iloc[-1] == "too short"
    assert survival(table) == (
        "Asked in two other ways the sentence does not survive: one gives another verdict, half "
        "the past (cannot tell, p = 0.400)."
    )
    assert "the sentence survives" in survival(table[:2])
