"""One study of files of one's own: the numbers of those files, and nothing left behind."""

from __future__ import annotations

import os
import re
from pathlib import Path

import numpy as np
import pytest

import rareearth_research as rer
from rareearth_research.cli.remedies import in_shell
from rareearth_research.datasets.own.description import describe
from rareearth_research.datasets.own.layers import files_of
from rareearth_research.errors import DataError, SpecificationError
from rareearth_research.numerals import interval, per_cent
from rareearth_research.reports import check_parameters
from rareearth_research.studies.own_files import about_files
from rareearth_research.workspace.making import make_workspace
from tests.support.own_study import EVENT, EVENTS, paris_prices

STUDIES = ("event_study", "anticipation", "robustness")
OCTOBER = "cn-2025-10-no61-no62"


@pytest.fixture
def files(tmp_path, monkeypatch):
    """Two files beside the working directory, as the arguments of a study."""
    monkeypatch.chdir(tmp_path)
    Path("événements.csv").write_text(EVENTS, encoding="utf-8")
    paris_prices().to_csv("cours.csv", sep=";", decimal=",", date_format="%d.%m.%Y")
    return {"events_file": "événements.csv", "prices_file": "cours.csv", "exchanges": "XPAR"}


def test_a_study_of_files_gives_the_numbers_of_an_event_study_of_them(files):
    found = rer.studies.event_study(**files)
    returns = np.log(paris_prices()).diff().iloc[1:]
    events = rer.read_events(files["events_file"], show=False)
    options = {"windows": [(0, 1), (-1, 5)], "estimation": (-260, -11), "exchanges": "XPAR"}
    by_hand = rer.EventStudy(returns, events, "^FCHI", **options).fit().car
    keys = ["event_id", "security", "window"]
    both = found.result.car.merge(by_hand, on=keys, suffixes=("", "_by_hand"))
    assert len(both) == len(by_hand) == 12
    for name in ("car", "variance", "scar"):
        np.testing.assert_allclose(both[name], both[f"{name}_by_hand"], rtol=1e-9)


def test_what_is_studied_is_in_the_files_unless_something_else_was_chosen(files):
    found = rer.studies.event_study(**files)
    assert found.events["event_id"].tolist() == [EVENT, "fr-2025-03-arrete"]
    assert found.securities.index.tolist() == ["LVMH", "OR.PA", "RMS.PA"]
    assert set(found.attrition["origin"]) == set(found.ledger["origin"]) == {"yours"}
    for table in (found.announced, found.sessions, found.left_out):
        assert set(table["origin"]) == {"yours"}
    assert found.limits[1].startswith("Yours: 2 of 2 events and 3 of 3 securities")
    assert found.limits[1].endswith("No list of news of single firms holds any of yours.")
    one = rer.studies.event_study(**files, event_ids=EVENT, securities=["LVMH", "OR.PA"])
    assert "around the announcement of 5 June 2024" in one.finding
    assert one.attrition[["event_id", "security"]].to_numpy().tolist() == [
        [EVENT, "LVMH"], [EVENT, "OR.PA"],
    ]  # fmt: skip


def test_the_first_limit_says_which_session_was_studied_and_what_the_other_gives(files):
    Path("événements.csv").write_text(EVENTS + "loose;Jour seul;2024-10-16;;easing;\n")
    found = rer.studies.event_study(**files).limits[0]
    assert "Two sessions are possible for the announcement of 5 June 2024 (5 June 2024 or" in found
    assert "Only the day is known of the announcement of 16 October 2024 (16 October" in found
    early = rer.studies.event_study(**files, timing="earliest", checks=False)
    Path("événements.csv").write_text(EVENTS + "loose;Jour seul;2024-10-17;;easing;\n")
    later = rer.studies.event_study(**files, checks=False)
    for other, name in (
        (early, "earliest possible session"),
        (later, "session after the day named"),
    ):
        finding = other.result.findings[0]
        mean, ends = np.expm1(finding.caar), np.expm1([finding.lower, finding.upper])
        said = f"{per_cent(mean)} (95 % interval {interval(*ends)}), “"
        assert f"With the {name} the window gives {said}" in found


@pytest.fixture
def with_market(files):
    """The same files, and a fund of the whole market among the prices."""
    paris_prices(("SPY", "LVMH", "RMS.PA", "OR.PA")).to_csv("cours.csv")
    return files | {"exchanges": {"SPY": "XNYS", "LVMH": "XPAR"}}


def test_a_market_among_ones_prices_is_measured_against_and_not_studied(with_market):
    read = rer.read_prices("cours.csv", show=False).attrs["read"]
    assert read["markets"] == "SPY: to measure against; not studied unless named"
    asked = with_market | {"benchmark": "SPY"}
    shares = ["LVMH", "OR.PA", "RMS.PA"]
    found = rer.studies.event_study(**asked, checks=False)
    assert list(found.securities.index) == shares
    named = rer.studies.event_study(
        **with_market, securities=["SPY", "LVMH", "OR.PA"], model="mean", checks=False
    )
    assert set(named.result.car["security"]) == {"SPY", "LVMH", "OR.PA"}
    with files_of(asked):
        given = {"prices_file": "cours.csv", "events_file": "", "unit": ("MP",), "group": "planned"}
        chosen = about_files(given, {"unit": ("MP",), "group": "planned"})
    assert chosen == {"group": "yours", "unit": ["LVMH", "RMS.PA", "OR.PA"]}
    paris_prices(("SPY",)).to_csv("cours.csv")
    alone = with_market | {"exchanges": "XNYS", "model": "mean", "checks": False}
    with pytest.raises(SpecificationError, match=r"securities=\['SPY'\]"):
        rer.studies.event_study(**alone)
    told = rer.studies.event_study(**alone, securities=["SPY"])
    assert set(told.result.car["security"]) == {"SPY"}
    with pytest.raises(SpecificationError, match="unit and controls both name 'SPY'"):
        rer.studies.counterfactual(unit="SPY")


def test_a_cell_without_a_figure_is_read_or_what_the_shell_advises_reads_it(files):
    text = (
        "Date;A\n2024-01-02;10,5\n2024-01-03;n.v.\n2024-01-04;k.A.\n2024-01-05;#NV\n2024-01-08;-\n"
    )
    Path("cours.csv").write_text(text)
    assert rer.read_prices("cours.csv", show=False)["A"].count() == 1
    Path("cours.csv").write_text(text + "2024-01-09;halted\n2024-01-10;10,7\n")
    with pytest.raises(DataError, match=r"row 7: 'halted' in 'A' .* empty the cell") as caught:
        rer.studies.event_study(**files)
    said = in_shell(str(caught.value))
    line = re.search(r"{(missing: .*?)}; .* after `events:` or `prices:`; `rareearth new", said)[1]
    folder = make_workspace("étude neuve")
    Path("cours.csv").rename(folder / "prices/cours.csv")
    written = (folder / "study.yaml").read_text(encoding="utf-8")
    (folder / "study.yaml").write_text(f"{written}\nprices: {{{line}}}\nexchanges: XPAR\n", "utf-8")
    assert describe(folder).prices == {"missing": ["halted"]}
    os.chdir(folder)
    assert rer.load_prices("A")["A"].count() == 2
    os.chdir("..")
    emptied = text + "2024-01-09;\n2024-01-10;10,7\n"
    Path("cours.csv").write_text(emptied)
    assert rer.read_prices("cours.csv", show=False)["A"].count() == 2


def test_an_event_of_ones_own_is_studied_on_shipped_securities(files):
    found = rer.studies.event_study(events_file=files["events_file"], group="antimony")
    assert set(found.securities["origin"]) == {"shipped"}
    assert set(found.attrition["origin"]) == {"yours"}


def test_a_shipped_event_is_studied_on_prices_of_ones_own(files):
    del files["events_file"]
    found = rer.studies.event_study(**files)
    assert found.events["event_id"].tolist() == [OCTOBER]
    assert found.result.diagnostics["n_pairs"] == 3


@pytest.mark.parametrize("name", ["anticipation", "robustness"])
def test_the_other_studies_read_files_alike(files, name):
    few = {"leads": 3, "lags": 3} if name == "anticipation" else {"windows": [[0, 1]]}
    found = getattr(rer.studies, name)(**files, **few)
    assert set(found.attrition["origin"]) == {"yours"}
    assert "(5 June 2024 or 6 June 2024 in Paris)" in "".join(found.limits)
    assert found.parameters["events_file"] == files["events_file"]
    if name == "anticipation":
        for table in (found.dates, found.single):
            assert set(table["origin"]) == {"yours"}
        assert found.finding.startswith(
            "While one of the two events fell together with other listed events, three securities "
            "listed outside China moved"
        )
        assert "around two policy events" in found.title
        assert "beforehand" not in found.finding
        assert len(found.tried().table) > 9  # the files are read again


def test_closes_of_ones_own_are_not_said_to_be_free_of_price_limits(files):
    paris_prices(("^SSEC", "600111.SS", "000831.SZ")).to_csv("cours.csv")
    found = rer.studies.event_study(**{**files, "exchanges": {"^SSEC": "XSHG"}})
    assert "which of your closes are at a limit is not known" in " ".join(found.limits)


@pytest.mark.parametrize("raises", [False, True])
def test_files_are_out_of_play_when_the_study_is_over(files, raises):
    try:
        rer.studies.event_study(**files, model="no model" if raises else "mean")
    except SpecificationError:
        assert raises
    assert "origin" not in rer.load_events()


# --- refused, with ways out that work ---


def test_an_exchange_without_an_index_is_refused_and_each_way_out_works(files):
    paris_prices(("MARKET", "LVMH", "OR.PA")).to_csv("cours.csv")
    with pytest.raises(SpecificationError, match=r"no index is known for .*XPAR.*model='mean'"):
        rer.studies.event_study(**files)
    for way in ({"benchmark": "MARKET"}, {"benchmark": "SPY"}, {"model": "mean"}):
        rer.studies.event_study(**files, **way)
    paris_prices(("^MARKET", "LVMH", "OR.PA")).to_csv("cours.csv")
    rer.studies.event_study(**files)


def test_an_index_whose_exchange_is_not_known_is_asked_about(files):
    paris_prices(("^A", "LVMH", "^B", "SIE.DE")).to_csv("cours.csv")
    files["exchanges"] = {"LVMH": "XPAR"}
    with pytest.raises(SpecificationError, match=r"say whose index \^A is, such as .*{\^A: XPAR}"):
        rer.studies.event_study(**files)
    files["exchanges"] |= {"^A": "XPAR", "^B": "XETR"}
    assert rer.studies.event_study(**files).securities["benchmark"].tolist() == ["^A", "^B"]


@pytest.mark.parametrize("name", STUDIES)
@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"events_file": "none.csv"}, "none.csv"),
        ({"prices_file": "none.csv"}, "none.csv"),
        ({"prices_file": "", "exchanges": "XPAR"}, "give prices_file too, or leave exchanges out"),
        ({"exchanges": "XPARI"}, "'XPARI'.* nearest: 'XPAR'"),
        ({"exchanges": {"LVHM": "XPAR"}}, "'LVHM', which is no column.* nearest: 'LVMH'"),
        ({"exchanges": ""}, r"exchange of LVMH is not known.*exchanges: {LVMH: XPAR}"),
        ({"event_ids": "fr-2024-06-decre"}, f"nearest: '{EVENT}'"),
        ({"group": "your"}, "nearest: 'yours'"),
    ],
)  # fmt: skip
def test_parameters_are_checked_before_a_kernel_starts(files, name, given, said):
    with pytest.raises((DataError, SpecificationError), match=said):
        check_parameters(name, {**files, **given})


@pytest.mark.parametrize("name", STUDIES)
def test_parameters_that_fit_are_handed_on_as_they_are(files, name):
    assert check_parameters(name, files) == files
    mapped = {**files, "exchanges": {"LVMH": "XPAR"}}
    assert check_parameters(name, mapped) == mapped


@pytest.mark.parametrize("value", [7, None, ["a.csv"], b"a.csv", Path("a.csv")])
@pytest.mark.parametrize("argument", ["events_file", "prices_file", "exchanges"])
def test_what_is_no_file_is_refused_in_python(files, argument, value):
    with pytest.raises(SpecificationError, match=argument):
        rer.studies.event_study(**{**files, argument: value})


def test_the_page_of_a_study_can_tell_two_files_apart(files, monkeypatch):
    shown = []
    monkeypatch.setattr("IPython.display.display", lambda page, **_: shown.append(page.data))
    for rows in (700, 699, 700):
        paris_prices().iloc[:rows].to_csv("cours.csv", sep=";", decimal=",")
        rer.footer("02_event_study", **files)
    assert shown[0] == shown[2] != shown[1]
