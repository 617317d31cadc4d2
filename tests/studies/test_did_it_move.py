"""Methods side by side: each is the one it names, refusals are shown, and agreement is no vote."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pandas as pd
import pytest

import rareearth_research as rer
from rareearth_research.errors import DataError, SpecificationError
from rareearth_research.studies.side_by_side.moved import _agreement

DAYS = pd.bdate_range("2022-01-03", periods=300)
EVENT = DAYS[280]


def synthetic(jump: float = 0.0, seed: int = 6) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    steps = rng.normal(0, 0.004, (300, 1)) + rng.normal(0, 0.006, (300, 12))
    steps[280, 0] += jump
    return pd.DataFrame(np.exp(4 + steps.cumsum(axis=0)), DAYS, ["unit", *"abcdefghijk"])


def asked(jump: float = 0.0, **given: Any) -> Any:
    wide = synthetic(jump)
    return rer.did_it_move(wide["unit"], EVENT, donors=wide.drop(columns="unit"), **given)


def test_a_jump_is_seen_by_every_method_that_passes_its_check() -> None:
    found = asked(0.15)
    assert list(found.table["method"]) == [
        "event study", "break", "interrupted", "projection", "state space", "synthetic", "placebo",
    ]  # fmt: skip
    sure = found.table[found.table["guard"] & found.table["method"].ne("break")]
    assert len(sure) >= 4
    assert (sure["lower"] > 0).all()
    np.testing.assert_allclose(sure["effect"], 0.15, atol=0.06)
    assert " say up" in found.agreement


def test_where_nothing_happens_no_move_is_told() -> None:
    assert asked().agreement.endswith("tells a move from what happens without an event.")


def test_rows_are_the_answers_of_the_methods_themselves() -> None:
    table = asked(0.05).table.set_index("method")
    logs = np.log(synthetic(0.05))
    until = logs.iloc[:291]
    controls = logs.drop(columns="unit").mean(axis=1).to_frame("m").iloc[:291]
    impact = rer.state_space_impact(until["unit"], EVENT, controls)
    assert table.loc["state space", "effect"] == impact.table["effect"].iloc[0]
    assert table.loc["state space", "p_value"] == impact.placebo_p
    cut = rer.interrupted(until["unit"], EVENT)
    assert tuple(table.loc["interrupted", ["effect", "guard"]]) == (cut.effect, cut.guard)
    mixed = rer.synthetic_control(until, "unit", None, EVENT, demean=True).table.iloc[1]
    assert table.loc["synthetic", "p_value"] == mixed["p_value"]


def test_the_placebo_is_the_move_among_all_others() -> None:
    y = np.log(synthetic(0.05)["unit"].to_numpy())
    moves = {row: y[row + 10] - y[row - 1] for row in range(1, 290)}
    others = np.array([move for row, move in moves.items() if abs(row - 280) > 10])
    own, middle = moves[280], np.median(others)
    row = asked(0.05).table.set_index("method").loc["placebo"]
    assert row["effect"] == pytest.approx(own - middle, rel=1e-9)
    away = np.sort(np.abs(others - middle))[-int(0.1 * (1 + len(others)))]
    assert row["upper"] == pytest.approx(own - middle + away, rel=1e-9)
    as_far = (np.abs(others - middle) >= abs(own - middle)).sum()
    assert row["p_value"] == pytest.approx((1 + as_far) / (1 + len(others)), rel=1e-12)


def test_a_study_answers_with_its_own_fit_and_its_securities_mean_level() -> None:
    wide = np.log(synthetic(0.1)).diff().dropna()
    events = pd.DataFrame({"event_id": "news", "date": EVENT, "security": ["unit", "a"]})
    study = rer.EventStudy(wide, events, benchmark="b", windows=[(0, 8)])
    found = rer.did_it_move(study, "news", donors=["c", "d", "e"])
    rows = found.table.set_index("method")
    assert rows.loc["event study", "effect"] == study.fit().verdict["caar"].iloc[0]
    level = wide[["unit", "a"]].mean(axis=1).cumsum()
    own = level.iloc[287] - level.iloc[278]
    others = (level.shift(-8) - level.shift(1)).drop(level.index[271:288]).dropna()
    assert rows.loc["placebo", "effect"] == pytest.approx(own - others.median(), rel=1e-9)
    assert found.name == "the mean of 2 securities"


def test_a_day_on_which_one_market_is_closed_keeps_its_level_and_an_end_is_an_end() -> None:
    names = ["MP", "LYC.AX"]
    returns = rer.load_returns([*names, "SPY"], kind="simple").loc["2022":]
    study = rer.EventStudy(returns[names], ["2025-04-04"], model="mean", return_type="simple")
    found = rer.did_it_move(study, "2025-04-04", horizon=5).table.set_index("method")
    levels = np.log1p(returns[names]).cumsum()
    levels = levels[: levels["LYC.AX"].last_valid_index()].ffill().dropna().mean(axis=1)
    row = levels.index.searchsorted(pd.Timestamp("2025-04-04"))
    near = levels.iloc[max(row - 500, 0) : row + 501]
    moves = (near.shift(-5) - near.shift(1)).to_numpy()
    here = min(row, 500)
    others = np.delete(moves, np.arange(here - 5, here + 6))
    expected = moves[here] - np.nanmedian(others)
    assert found.loc["placebo", "effect"] == pytest.approx(expected, rel=1e-9)


def test_an_interval_of_a_study_has_the_level_asked_for() -> None:
    from scipy import stats

    study = rer.EventStudy(np.log(synthetic()).diff().dropna()[["unit", "a"]], [EVENT], "a",
                           windows=[(0, 3)])  # fmt: skip
    ends = study.fit().verdict.iloc[0]
    df = study.fit().headline["df"]
    row = rer.did_it_move(study, str(EVENT.date()), level=0.8).table.iloc[0]
    wide = stats.t.ppf(0.9, df) / stats.t.ppf(0.975, df)
    assert row["upper"] - row["effect"] == pytest.approx(
        (ends["upper"] - ends["caar"]) * wide, rel=1e-9
    )


def test_what_does_not_apply_is_named_with_why() -> None:
    months = pd.date_range("2012-01-01", periods=120, freq="MS")
    found = rer.did_it_move(synthetic()["unit"].iloc[:120].set_axis(months), "2020-03-11")
    why = found.not_applicable.set_index("method")["why"]
    assert why["event study"] == "it needs sessions, and a row here is a month."
    assert "donors=" in why["synthetic"]
    assert "synthetic: not applicable, because it needs two donors" in str(found).replace("\n ", "")


def test_an_event_of_the_list_is_asked_for_by_its_id() -> None:
    days = pd.bdate_range("2024-06-03", periods=300)
    series = synthetic()["unit"].set_axis(days)
    listed = rer.load_events(event_ids=["cn-2025-04-no18-seven-ree"])["date"].iloc[0]
    by_id, by_day = (
        rer.did_it_move(series, event) for event in ("cn-2025-04-no18-seven-ree", listed)
    )
    pd.testing.assert_frame_equal(by_id.table, by_day.table)


ROWS = pd.DataFrame({
    "method": list("abc"), "effect": [0.1, 0.2, -0.1], "lower": [0.05, 0.1, -0.2],
    "upper": [0.2, 0.3, -0.05], "p_value": 0.01, "guard": True,
})  # fmt: skip


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({}, "they disagree: OF three, a and b say up and c says down (-0.1 to +0.2)."),
        ({"guard": [True, True, False]}, "they agree: all OF two (one more objects to itself) say"),
        ({"upper": [0.2, 0.3, 0.05]}, "not all of them tell: OF three, a and b say"),
        ({"upper": [0.2, 0.1, 0.05], "lower": [0.1, -1, -1]}, "not all of them tell"),
        ({"p_value": 0.2}, "none OF three tells a move"),
        ({"guard": False}, "none of three methods passes its own check"),
    ],
)  # fmt: skip
def test_agreement_counts_only_methods_that_pass(change: dict[str, Any], says: str) -> None:
    said = _agreement(ROWS.assign(**change), 0.9).replace("-", "−")
    expected = re.sub(r"OF (\w+)", r"of \1 methods that pass their checks", says)
    assert said.startswith(expected.replace("-", "−"))


@pytest.mark.parametrize(
    ("change", "error", "says", "mended"),
    [
        ({"series_or_study": synthetic()}, DataError, "must be a Series",
         {"series_or_study": synthetic()["a"]}),
        ({"series_or_study": np.log(synthetic()["a"]) - 4}, DataError, "use logs=False",
         {"logs": False}),
        ({"event": "2030-01-01"}, SpecificationError, "outside of the series", {"event": EVENT}),
        ({"event": [DAYS[200], DAYS[220]]}, SpecificationError, "one at a time", {"event": EVENT}),
        ({"horizon": 40}, SpecificationError, "set it to 19 or less", {"horizon": 19}),
        ({"donors": synthetic()[["b", "c"]].iloc[5:]}, DataError, "no finite number of donors",
         {"donors": synthetic()[["b", "c"]]}),
        ({"level": 90}, SpecificationError, "between 0 and 1", {"level": 0.9}),
    ],
)  # fmt: skip
def test_what_cannot_be_asked_is_refused_with_a_way_out(
    change: dict[str, Any], error: type[Exception], says: str, mended: dict[str, Any]
) -> None:
    given = {"series_or_study": synthetic()["a"], "event": EVENT} | change
    with pytest.raises(error, match=says):
        rer.did_it_move(**given)
    rer.did_it_move(**(given | mended))


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"event": "olds"}, "it has 'news'"),
        ({"donors": ["a"]}, "is studied itself"),
        ({"donors": ["z"]}, "is not a column"),
        ({"logs": True}, "leave it"),
    ],
)
def test_what_a_study_does_not_hold_is_refused(change: dict[str, Any], says: str) -> None:
    wide = np.log(synthetic()).diff().dropna()
    events = pd.DataFrame({"event_id": "news", "date": EVENT, "security": ["unit", "a"]})
    study = rer.EventStudy(wide, events, benchmark="b")
    with pytest.raises(SpecificationError, match=says):
        rer.did_it_move(**({"series_or_study": study, "event": "news"} | change))
