"""Which numbers an argument may have, as the refusal of another one says."""

from __future__ import annotations

import re
from typing import Any

import pytest

import rareearth_research as rer
from rareearth_research.errors import SpecificationError
from tests.dynamics.test_leads import pair
from tests.dynamics.test_synthetic_control import synthetic_panel
from tests.dynamics.test_variance_and_leads import EVENTS, synthetic
from tests.support.break_series import synthetic_shift

SHIFTED, PANEL = synthetic_shift(), (synthetic_panel(units=6), "D0", None, "2020-01-01")


@pytest.mark.parametrize(
    ("function", "given", "argument", "says"),
    [
        (rer.find_breaks, [SHIFTED], "max_breaks", "from 1 to 10"),
        (rer.find_breaks, [SHIFTED], "trim", "from 0.05 to 0.4"),
        (rer.find_breaks, [SHIFTED], "seed", ", 0 or more"),
        (rer.lead_lag, pair(), "max_lag", "from 1 to 250"),
        (rer.lead_lag, pair(), "lags", "from 1 to 50"),
        (rer.lead_lag, pair(), "block", "from 1 to 120"),
        (rer.lead_lag, pair(), "draws", "from 99 to 100,000"),
        (rer.lead_lag, pair(), "seed", ", 0 or more"),
        (rer.local_projection, [SHIFTED, ["2018-01"]], "horizons", "from 0 to 500"),
        (rer.local_projection, [SHIFTED, ["2018-01"]], "lags", "from 0 to 100"),
        (rer.local_projection, [SHIFTED, ["2018-01"]], "seed", ", 0 or more"),
        (rer.interrupted, [SHIFTED, "2018-01"], "lags", "from 0 to 159"),
        (rer.brown_forsythe, [synthetic(), EVENTS], "seed", ", 0 or more"),
        (rer.synthetic_control, PANEL, "seed", ", 0 or more"),
        (rer.synthetic_did, PANEL, "draws", "from 20 to 10,000"),
        (rer.synthetic_did, PANEL, "seed", "from 0 to 4,294,967,295"),
    ],
)
def test_limits_are_named(function: Any, given: Any, argument: str, says: str) -> None:
    with pytest.raises(SpecificationError, match=re.escape(f"{argument} must be a ") + f".*{says}"):
        function(*given, **{argument: -1})
