"""What did the study find? The evidence, with the ways to look at it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import ClassVar

import pandas as pd

from rareearth_research.arrays import Floats
from rareearth_research.eventstudy.models.estimate import standardised_car
from rareearth_research.eventstudy.results import frames, words
from rareearth_research.eventstudy.results.evidence import Evidence
from rareearth_research.summary import Drawn, Summary


@dataclass(frozen=True, repr=False, kw_only=True)
class EventStudyResults(Drawn, Evidence):
    """Results of `EventStudy.fit`.

    Attributes
    ----------
    specification : Specification
    table : DataFrame
        One row per window and test: ``window, test, statistic, p_value, df, n, valid, headline,
        note``. `valid` is False where the test has no meaning here (its numbers are then NaN) or
        is known to reject a true null too often here; `note` says why. `headline` marks the one
        that leads by a rule fixed in advance: ``kp`` where dates are shared, ``bmp`` where they
        are not, ``portfolio`` for a single security, else the first valid one asked for.
    verdict : DataFrame
        What may be said of each window; see the property.
    diagnostics : Series
        Of the first window where they depend on one: ``n_pairs, n_asked, n_events, n_securities,
        n_clusters`` (clusters of announcements whose windows share sessions), ``mean_correlation``
        (r̄ over all pairs, as the Kolari–Pynnönen test uses it), ``mean_correlation_within_dates,
        n_effective, shared_dates`` (whether windows share sessions) ``, n_dates, mixed_calendars,
        confounded, overlapping, estimation_overlaps_event`` (pairs estimated on windows of other
        listed events) ``, estimation_left_out`` (pairs estimated without them)
        ``, suspect_returns`` (pairs with one in their windows that may be none) ``,
        ambiguous_sessions, multi_session_returns, pairs_with_gaps, exact_fits``, and against
        ordinary days (`statistics.dispersion`): ``variance_ratio`` (between securities of a date),
        ``heterogeneity`` (I², the share of it beyond ordinary days) and ``heterogeneity_p``,
        ``variance_ratio_between_dates`` with its ``_p``.
    dependences : tuple of Dependence
        r̄ of each window; they differ where windows of different dates overlap.
    findings : tuple of Finding
        The numbers that each verdict rests on.
    pairs, markets, screened, flags, keep, fitted, windows : object
        Arrays that the frames are made from.
    abnormal, car, params, aar, attrition : DataFrame
        Built from arrays when first read; see each property.
    """

    picture: ClassVar[str] = "plot_caar"

    @cached_property
    def abnormal(self) -> pd.DataFrame:
        """One row per event, security and event session.

        ``event_id, security, relative_session, session, return, expected_return,
        abnormal_return, variance, standardised`` (AR/√V_tt) ``, multi_session``. Returns are less
        the risk-free rate where the factors have one.
        """
        return frames.abnormal(self)

    @cached_property
    def car(self) -> pd.DataFrame:
        """One row per event, security and window.

        ``event_id, security, session, window, car, variance`` (1'V1) ``, scar`` (CAR/√variance)
        ``, p_value`` (t with L − k degrees of freedom) ``, bhar, n_estimation``.
        """
        return frames.car(self)

    @cached_property
    def params(self) -> pd.DataFrame:
        """One row per pair: ``event_id, security``, coefficients, ``sigma`` (residual standard
        deviation) ``, r_squared`` (of models fitted by least squares) ``, n_estimation``. Of
        ``synthetic``: the weight of each donor, NaN where it lacks a day; ``n_donors`` that could
        be used, ``n_positive`` of them with a weight, ``largest_weight``, and ``rmse``, the root
        of the mean squared residual.
        """
        return frames.params(self)

    @cached_property
    def aar(self) -> pd.DataFrame:
        """One row per event session: averages, their path and its 95 % band.

        ``relative_session, aar, caar, lower, upper, n, patell, bmp, kp``. The band is
        CAAR ± t(N − 1) · sd(CAR)/√N · √((1 + (N − 1)r̄)/(1 − r̄)), the Kolari–Pynnönen standard
        error with the largest r̄ of the windows, or that over three or more clusters of dates where
        it is wider, CAAR ± t(C − 1) · sd(m)/√C; for one pair, its forecast standard error and
        t(L − k).
        """
        return frames.average(self)

    @cached_property
    def other_news(self) -> pd.DataFrame:
        """One row per event, known event near it, and event session on which that could act.

        ``relative_session, event_id, other``; of `known_events`, over the sessions of `aar`.
        """
        return frames.other_news(self)

    @cached_property
    def attrition(self) -> pd.DataFrame:
        """One row per event–security pair asked for.

        ``event_id, security, status`` (kept or dropped) ``, reason, n_estimation, session,
        flags``.
        """
        return frames.attrition(self)

    @cached_property
    def verdict(self) -> pd.DataFrame:
        """One row per window: what may be said of it, by one rule; see `verdict` in the package.

        ``window, verdict, caar, lower, upper, detectable, matters, test, p_value, failed,
        placebo_p, words, title``; fractions, ``words`` the sentence, ``title`` a line.
        """
        from rareearth_research.eventstudy.chance.deciding import verdict  # looks up, as plot does

        return verdict(self)

    @property
    def notes(self) -> tuple[str, ...]:
        """Sentences on what was given and not used; `summary` ends with them."""
        return self.specification.notes

    @property
    def headline(self) -> pd.Series:
        """The row of `table` that leads, for the first window."""
        return self.table[self.table["headline"]].iloc[0]

    def summary(self) -> Summary:
        """Return the verdict in a sentence and a small table (text and HTML)."""
        return words.summary(self, self.verdict)

    def to_csv(self, folder: str | Path) -> list[Path]:
        """Write table, verdict, car, aar, params, abnormal, attrition as CSV; return the paths."""
        paths = []
        for name in ("table", "verdict", "car", "aar", "params", "abnormal", "attrition"):
            paths.append(Path(folder, f"{name}.csv"))
            words.written(getattr(self, name).to_csv(index=False, lineterminator="\n"), paths[-1])
        return paths

    def to_html(self, path: str | Path | None = None) -> str:
        """Return the summary as HTML, and write it to `path` if given."""
        return words.written(self.summary()._repr_html_(), path)

    def to_latex(self, path: str | Path | None = None) -> str:
        """Return the summary table as LaTeX (booktabs), and write it to `path` if given."""
        return words.written(words.latex(self, self.verdict), path)

    def scar(self, window: int = 0) -> Floats:
        """Return SCAR of each kept pair, (K,); NaN where the model explains a pair exactly."""
        return standardised_car(self.fitted)[:, window]
