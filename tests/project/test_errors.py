"""Hints name what was probably meant."""

from __future__ import annotations

from rareearth_research.errors import did_you_mean


def test_a_slip_of_the_keyboard_gets_the_nearest_name() -> None:
    assert did_you_mean("tigthening", ["tightening", "talks"]) == "; nearest: 'tightening'"


def test_names_that_begin_with_what_was_typed_come_first_and_the_shortest_of_them() -> None:
    known = ["cn-2025-10-no55-58", "cn-2025-04-no18-seven-ree", "cn-2025-04-entities-no22"]
    assert did_you_mean("cn-2025-04", known, n=2) == (
        "; nearest: 'cn-2025-04-entities-no22', 'cn-2025-04-no18-seven-ree'"
    )


def test_nothing_near_gives_no_hint() -> None:
    assert did_you_mean("XYZ", ["easing"]) == ""
