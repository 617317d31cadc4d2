"""One way of running for all tests: the same draws every time, no windows, no user settings."""

from __future__ import annotations

import matplotlib as mpl
from hypothesis import HealthCheck, settings

# Set here and not in the environment: kernels that tests start must keep the inline backend.
mpl.rcParams["backend"] = "Agg"

settings.register_profile(
    "repeatable",
    derandomize=True,
    database=None,
    deadline=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("repeatable")
