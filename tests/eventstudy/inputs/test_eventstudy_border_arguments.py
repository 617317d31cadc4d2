"""Every argument is judged at the border, and what a message advises works."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from rareearth_research.errors import SpecificationError
from tests.support.border import (
    FLAGS,
    NAN,
    RETURNS,
    fit,
    refusal,
)

JUNK = [
    float("nan"), float("inf"), -1, 3.5, 10**30, "", "x" * 10**6, [], [1], [[1]], (None, None),
    {}, {1: [2]}, set(), b"a", object(), np.array(3), np.zeros((2, 2)), pd.Series(dtype=float),
    pd.Series(["a"]), pd.DataFrame(), pd.DataFrame({"a": [1]}), pd.NaT, pd.NA, len, range(3),
]  # fmt: skip
NEEDS: dict[str, dict[str, Any]] = {
    "factors": {"model": "factors"},
    "leads_lags": {"model": "dimson"},
    "limit_days": {"price_flags": FLAGS},
    "price_flags": {"limit_days": "flag"},
}
ARGUMENTS = (
    "returns", "events", "benchmark", "model", "estimation", "windows", "tests", "timing", "rule",
    "max_shift", "return_type", "convention", "min_obs", "factors", "confounders", "overlap",
    "known_events", "leave_out", "gaps", "leads_lags", "limit_days", "price_flags", "exposure",
    "weights",
)  # fmt: skip


@pytest.mark.parametrize("name", ARGUMENTS)
def test_every_argument_is_judged_at_the_border_and_named(name: str) -> None:
    for value in JUNK:
        said = refusal(**{**NEEDS.get(name, {}), name: value})
        assert name in said, value


def test_windows_beyond_the_data_are_refused() -> None:
    assert "windows: [0, 1000000]" in refusal(windows=[(0, 10**6)])
    assert "lower leads_lags" in refusal(model="dimson", leads_lags=1000)
    assert "lies before them" in refusal(estimation=(-(10**6), -(10**6) + 100))


def test_estimation_on_what_is_tested_is_refused() -> None:
    for run in (lambda pair: refusal(estimation=pair), together):
        assert "estimation: [1, 260] overlaps event window [-1, 1]" in run((1, 260))
        assert "estimation: [-100, 0] overlaps event window [-1, 1]" in run((-100, 0))


def together(pair: tuple[int, int]) -> str:
    from rareearth_research.reports.reading.meaning import check_together

    with pytest.raises(SpecificationError) as caught:
        check_together({"estimation": list(pair), "windows": [[-1, 1]]})
    return str(caught.value)


@pytest.mark.parametrize(
    ("change", "advice", "mend"),
    [
        (
            lambda r: r.astype(object).replace(r.iloc[9, 0], "C"),
            "'C' on 2019-01-14); returns.apply(pd.to_numeric, errors='coerce')",
            lambda r: r.apply(pd.to_numeric, errors="coerce"),
        ),
        (
            lambda r: r.set_axis(r.index.strftime("%Y%m%d").astype(int)),
            "pd.to_datetime(returns.index.astype(str), format='%Y%m%d')",
            lambda r: r.set_axis(pd.to_datetime(r.index.astype(str), format="%Y%m%d")),
        ),
        (
            lambda r: r.set_axis((r.index - pd.Timestamp("1899-12-30")).days),
            "pd.to_datetime(returns.index, unit='D', origin='1899-12-30')",
            lambda r: r.set_axis(pd.to_datetime(r.index, unit="D", origin="1899-12-30")),
        ),
        (
            lambda r: r.set_axis(r.index.strftime("%Y-%m-%d")),
            "returns.set_axis(pd.to_datetime(returns.index))",
            lambda r: r.set_axis(pd.to_datetime(r.index)),
        ),
        (
            lambda r: r.set_axis(r.index.strftime("%d.%m.%Y")),
            "returns.set_axis(pd.to_datetime(returns.index, format='%d.%m.%Y'))",
            lambda r: r.set_axis(pd.to_datetime(r.index, format="%d.%m.%Y")),
        ),
        (
            lambda r: r.tz_localize("Asia/Shanghai"),
            "returns.set_axis(returns.index.tz_localize(None).normalize())",
            lambda r: r.set_axis(r.index.tz_localize(None).normalize()),
        ),
        (
            lambda r: r.tz_localize("Asia/Shanghai").tz_convert("UTC"),
            "returns.index.tz_convert('Asia/Shanghai').tz_localize(None).normalize()",
            lambda r: r.set_axis(
                r.index.tz_convert("Asia/Shanghai").tz_localize(None).normalize()
            ),
        ),
        (
            lambda r: r.set_axis(r.index + pd.Timedelta(hours=16)),
            "returns.set_axis(returns.index.normalize())",
            lambda r: r.set_axis(r.index.normalize()),
        ),
        (
            lambda r: pd.concat([r / 2, (r / 2).set_axis(r.index + pd.Timedelta(hours=9))]),
            "returns.groupby(returns.index.normalize()).sum(min_count=1)",
            lambda r: r.groupby(r.index.normalize()).sum(min_count=1),
        ),
        (
            lambda r: pd.concat([r, r.iloc[:3]]),
            "returns[~returns.index.duplicated()]",
            lambda r: r[~r.index.duplicated()],
        ),
        (
            lambda r: r + 1,
            "lies around 1, as gross returns (1 + r) do; subtract 1",
            lambda r: r - 1,
        ),
        (
            lambda r: r.assign(S1=(r["S1"] * 100).astype(str) + "%"),
            "lambda c: c if c.dtype.kind == 'f' else c.str.rstrip('%').astype(float) / 100",
            lambda r: r.assign(S1=r["S1"].str.rstrip("%").astype(float) / 100),
        ),
        (
            lambda r: r.assign(comment="x"),
            "'x' on 2019-01-01); leave it out, with returns.drop(columns='comment')",
            lambda r: r.drop(columns="comment"),
        ),
        (
            lambda r: r.reindex(pd.date_range(r.index[0], r.index[-1])).ffill(),
            "repeats the row before on Saturday 2019-01-05 and every other day of a weekend",
            lambda r: r[r.index.day_of_week < 5],
        ),
        (
            lambda r: r.replace(r.iloc[9, 0], np.inf),
            "returns.replace([float('inf'), float('-inf')], float('nan'))",
            lambda r: r.replace([np.inf, -np.inf], NAN),
        ),
    ],
)  # fmt: skip
def test_what_a_message_advises_for_a_frame_gives_the_right_answer(
    change: Callable[[Any], Any], advice: str, mend: Callable[[Any], Any]
) -> None:
    bad = change(RETURNS)
    assert advice in refusal(bad)
    np.testing.assert_allclose(fit(mend(bad)).car["car"], fit().car["car"], rtol=1e-9)


@pytest.mark.parametrize(
    ("benchmark", "advice", "mended"),
    [
        (["MKT"], "write benchmark='MKT'", "MKT"),
        (RETURNS["MKT"].astype(str), "pd.to_numeric(benchmark, errors='coerce')", None),
        (RETURNS[["MKT", "S0"]], "one column name", "MKT"),
    ],
)
def test_what_a_message_advises_for_a_benchmark_gives_the_right_answer(
    benchmark: Any, advice: str, mended: Any
) -> None:
    assert advice in refusal(benchmark=benchmark)
    right = pd.to_numeric(benchmark, errors="coerce") if mended is None else mended
    np.testing.assert_allclose(fit(benchmark=right).car["car"], fit().car["car"], rtol=1e-12)
