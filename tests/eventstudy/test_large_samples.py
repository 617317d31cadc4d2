"""Of very many pairs most residuals are made again and not kept. Synthetic returns."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from rareearth_research.errors import SpecificationError
from rareearth_research.eventstudy import EventStudy
from rareearth_research.eventstudy.models import estimate
from rareearth_research.eventstudy.statistics.verdicts import TESTS
from tests.support.eventstudy_cases import pair_events, synthetic_returns


@pytest.mark.parametrize(
    ("model", "most"),
    [("market", 0), ("market", 8 * 250 * 450), ("mean", 0), ("scholes_williams", 0)],
)
def test_residuals_made_again_give_what_kept_ones_give(model, most, monkeypatch) -> None:
    returns = synthetic_returns(900, 40)
    gaps = np.random.default_rng(0).random(returns.shape) < 0.0005
    returns = returns.mask(gaps & (returns.columns != "MKT")).assign(S1=returns["MKT"])
    events = pair_events(returns, 600)  # S1 among them, which the market explains exactly
    study = EventStudy(returns, events, "MKT", model, windows=[(0, 2)], tests=list(TESTS))
    kept = study.fit()
    monkeypatch.setattr(estimate, "MOST", most)
    again = study.fit()
    assert isinstance(again.fitted.residuals, estimate.Refitted)
    for name in ("table", "verdict", "abnormal", "car", "params", "aar", "attrition"):
        pd.testing.assert_frame_equal(getattr(again, name), getattr(kept, name), check_exact=True)
    assert again.diagnostics.equals(kept.diagnostics)


def test_models_that_are_iterated_keep_their_residuals(monkeypatch) -> None:
    returns = synthetic_returns(320, 6)
    monkeypatch.setattr(estimate, "MOST", 0)
    study = EventStudy(returns, [returns.index[300]], model="synthetic", donors=["S1", "S2", "S3"])
    assert isinstance(study.fit().fitted.residuals, np.ndarray)


def test_progress_is_yes_or_no() -> None:
    returns = synthetic_returns(320, 2)
    with pytest.raises(SpecificationError, match="progress must be True or False"):
        EventStudy(returns, [returns.index[300]], "MKT").fit(progress="no")
