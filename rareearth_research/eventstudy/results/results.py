"""What did the study find? Frozen results: tidy frames, built when first looked at."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from rareearth_research.arguments import check_keywords
from rareearth_research.eventstudy.models.estimate import Fitted, Windows, standardised_car
from rareearth_research.eventstudy.pairs.markets import Market
from rareearth_research.eventstudy.pairs.screen import Screen
from rareearth_research.eventstudy.pairs.sessions import PairList
from rareearth_research.eventstudy.results import frames
from rareearth_research.eventstudy.results import words as render
from rareearth_research.eventstudy.statistics.correlation import Dependence

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from rareearth_research.eventstudy.study import EventStudy

__all__ = ["EventStudyResults", "Specification"]


@dataclass(frozen=True)
class Specification:
    """How the study was run, for titles and footers."""

    model: str
    benchmark: str
    estimation: tuple[int, int]
    windows: tuple[tuple[int, int], ...]
    labels: tuple[str, ...]
    tests: tuple[str, ...]
    convention: str
    return_type: str
    estimated: int
    names: tuple[str, ...]
    min_obs: int
    timing: str
    gaps: str
    policies: tuple[str, str]
    weighted: bool = False  # whether the portfolio test weighs securities
    exposure: bool = False  # whether exposure dates were given
    known_events: bool = False  # whether further events were
    rule: str = "next"
    max_shift: int = 10
    notes: tuple[str, ...] = ()  # on what was given and not used

    @classmethod
    def of(cls, study: EventStudy) -> Specification:
        """Return the specification of a study."""
        shown = tuple(f"[{a}, {b}]" for a, b in study.windows)
        return cls(
            model=study.model,
            benchmark=", ".join(study.regressor_names),
            estimation=study.estimation,
            windows=study.windows,
            labels=("own",) if study.own_windows else shown,
            tests=study.tests,
            convention=study.convention,
            return_type=study.return_type,
            estimated=study.estimated,
            names=tuple(study.names),
            min_obs=study.min_obs,
            timing=study.timing,
            gaps=study.gaps,
            policies=(study.confounders, study.overlap),
            weighted=study.weights is not None,
            exposure=study.exposure is not None,
            known_events=study.known_events is not None,
            rule=study.rule,
            max_shift=study.max_shift,
            notes=study.notes,
        )


@dataclass(frozen=True, repr=False)
class EventStudyResults:
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
    diagnostics : Series
        ``n_pairs, n_asked, n_events, n_securities, mean_correlation`` (r̄ over all pairs, as the
        Kolari–Pynnönen test of the first window uses it), ``mean_correlation_within_dates,
        n_effective, shared_dates, n_dates, mixed_calendars, confounded, overlapping,
        ambiguous_sessions, multi_session_returns, pairs_with_gaps, exact_fits``.
    dependences : tuple of Dependence
        r̄ of each window; they differ where windows of different dates overlap.
    abnormal, car, params, aar, attrition : DataFrame
        Built from arrays when first read; see each property.
    """

    specification: Specification
    table: pd.DataFrame
    diagnostics: pd.Series
    dependences: tuple[Dependence, ...]
    pairs: PairList
    markets: tuple[Market, ...]
    screened: Screen
    flags: dict[str, NDArray[np.bool_]]
    keep: NDArray[np.int64]
    fitted: Fitted
    windows: Windows

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
        deviation) ``, r_squared`` (of models fitted by least squares) ``, n_estimation``.
        """
        return frames.params(self)

    @cached_property
    def aar(self) -> pd.DataFrame:
        """One row per event session: averages, their path and its 95 % band.

        ``relative_session, aar, caar, lower, upper, n, patell, bmp, kp``. The band is
        CAAR ± t(N − 1) · sd(CAR)/√N · √((1 + (N − 1)r̄)/(1 − r̄)), the Kolari–Pynnönen standard
        error with the largest r̄ of the windows; for one pair, its forecast standard error and
        t(L − k).
        """
        return frames.average(self)

    @cached_property
    def attrition(self) -> pd.DataFrame:
        """One row per event–security pair asked for.

        ``event_id, security, status`` (kept or dropped) ``, reason, n_estimation, session,
        flags``.
        """
        return frames.attrition(self)

    @property
    def notes(self) -> tuple[str, ...]:
        """Sentences on what was given and not used; `summary` ends with them."""
        return self.specification.notes

    @property
    def headline(self) -> pd.Series:
        """The row of `table` that leads, for the first window."""
        return self.table[self.table["headline"]].iloc[0]

    def summary(self) -> render.Summary:
        """Return the headline in a sentence and a small table (text and HTML)."""
        return render.summary(self)

    def plot(self, **options: Any) -> Figure:
        """Draw the average cumulative abnormal return with its band; see `plots.plot_caar`."""
        from rareearth_research.plots import plot_caar

        check_keywords(plot_caar, options, "plot", skip=("result",))
        return plot_caar(self, **options)

    def to_csv(self, folder: str | Path) -> list[Path]:
        """Write table, car, aar, params, abnormal and attrition as CSV; return the paths."""
        return render.to_csv(self, Path(folder))

    def to_html(self, path: str | Path | None = None) -> str:
        """Return the summary as HTML, and write it to `path` if given."""
        return render.written(self.summary()._repr_html_(), path)

    def to_latex(self, path: str | Path | None = None) -> str:
        """Return the summary table as LaTeX (booktabs), and write it to `path` if given."""
        return render.written(render.latex(self), path)

    def __repr__(self) -> str:
        return str(self.summary())

    def _repr_html_(self) -> str:
        return self.summary()._repr_html_()

    def scar(self, window: int = 0) -> NDArray[np.float64]:
        """Return SCAR of each kept pair, (K,); NaN where the model explains a pair exactly."""
        return standardised_car(self.fitted)[:, window]
