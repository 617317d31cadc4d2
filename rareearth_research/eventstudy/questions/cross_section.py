"""Which securities moved more, and is the difference more than noise?

Regress cumulative abnormal returns on what securities and events are: exposure, material class,
size, scope of the measure. Returns of one date share its shocks, so standard errors are clustered
by event or by date; with few clusters their reference is t(G − 1), and the table says how many
there were.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np
import pandas as pd

from rareearth_research.arguments import check_choice, check_frame, check_names
from rareearth_research.errors import SpecificationError, did_you_mean, shown
from rareearth_research.eventstudy.questions.formula import read_formula
from rareearth_research.eventstudy.questions.formula_values import design as regressors
from rareearth_research.eventstudy.questions.regression_rows import car_frame, joined, one_window
from rareearth_research.summary import Drawn, Summary

_FEW_CLUSTERS = 10
_ALIKE = 1e-7  # smallest singular value of terms of one size: below, their products are rounding
_FARTHEST = 1e12  # condition of the regressors: four digits are left, and at 1e15 none


@dataclass(frozen=True, repr=False)
class CrossSection(Drawn):
    """A regression of CARs on characteristics.

    Attributes
    ----------
    table : DataFrame
        One row per term: ``term, coefficient, std_error, statistic, p_value, lower, upper`` (95 %
        interval).
    fit : statsmodels results
        The fitted regression itself.
    window, formula, weights, cluster : str
        What was regressed, and how.
    n, n_clusters : int
        Rows; clusters, of the coarser of two columns.
    dropped : int
        Rows left out because a characteristic or the CAR was missing.
    note : str
        What limits the inference, in words; empty if nothing does.
    """

    picture: ClassVar[str] = "plot_cross_section"
    table: pd.DataFrame
    fit: Any
    window: str
    formula: str
    weights: str
    cluster: str
    n: int
    n_clusters: int
    dropped: int
    note: str

    def summary(self) -> Summary:
        """Return what was regressed, the coefficients, and what limits the inference."""
        head = (
            f"CAR{self.window} ~ {self.formula}; {self.n} rows, {self.dropped} dropped;"
            f" weights: {self.weights}; errors: {self.cluster} ({self.n_clusters} clusters)"
        )
        return Summary(head, self.table, (self.note,) if self.note else ())


def cross_section(
    car: Any,
    characteristics: pd.DataFrame,
    formula: str,
    *,
    window: str | None = None,
    weights: Literal["equal", "variance"] = "equal",
    cluster: str | Sequence[str] | None = "event_id",
) -> CrossSection:
    """Regress CARs on characteristics with clustered standard errors.

    Parameters
    ----------
    car : EventStudyResults or DataFrame
        A fitted study, or its ``car`` frame: ``event_id, security, window, car, variance``.
    characteristics : DataFrame
        One row per security, per event, or per both; joined on those of the columns (or index
        levels) ``security`` (or ``ticker``) and ``event_id`` that it has.
    formula : str
        Right-hand side, as in ``"exposure + C(material_class) + log(size)"``; a left-hand side
        ``CAR ~`` may stand before it. It may hold columns, ``Q("name")`` for a name that is no
        identifier, ``+ - * / : ** ( )``, numbers, ``C, I, log, exp, sqrt, center`` and
        ``standardize``; it is read and never run as code. Text is taken as classes.
    window : str, optional
        Window of `car` to use, as in ``"[-1, 1]"``; may be left out if there is only one.
    weights : {"equal", "variance"}
        ``variance`` weights each CAR by the inverse of its forecast variance (WLS).
    cluster : str or two of them, optional
        Column to cluster on: ``"event_id"``, a date column, ``"security"``; two for errors that
        are clustered both ways; None for heteroskedasticity-robust errors (HC1).

    Returns
    -------
    CrossSection

    Raises
    ------
    SpecificationError
        Unknown window, column or weighting; a formula that holds anything else; fewer than two
        clusters; collinear terms, or of sizes too far apart; no rows to spare over terms.
    DataError
        Characteristics that list a key twice; CARs or variances that cannot be.

    Notes
    -----
    b = (X'ΩX)⁻¹X'Ωy with Ω = I or diag(1/Var(CAR)). With clusters g = 1…G, Var(b) is the sandwich
    over Σ_g X_g'u_g u_g'X_g, times G/(G−1)·(n−1)/(n−k), against t(G − 1). Clustered both ways it
    is the sum of the two less that of their intersection (Cameron, Gelbach & Miller 2011), with G
    the smaller number of clusters.

    References
    ----------
    Liang, K.-Y. and Zeger, S. (1986). Longitudinal data analysis using generalized linear
    models. Biometrika 73, 13-22.
    Cameron, A. C., Gelbach, J. B. and Miller, D. L. (2011). Robust inference with multiway
    clustering. Journal of Business and Economic Statistics 29, 238-249.
    Cameron, A. C. and Miller, D. L. (2015). A practitioner's guide to cluster-robust inference.
    Journal of Human Resources 50, 317-372.
    """
    check_choice("weights", weights, ("equal", "variance"))
    clusters = [] if cluster is None else check_names("cluster", cluster)
    if len(set(clusters)) != len(clusters) or len(clusters) > 2:
        raise SpecificationError(
            f"cluster={shown(cluster)} must be one column, two different ones, or None"
        )
    weighted = weights == "variance"
    rows, label = one_window(car_frame(car, weighted), window)
    rows, clash = joined(rows, check_frame("characteristics", characteristics))
    for name in clusters:
        if name not in rows.columns:
            raise SpecificationError(
                f"cluster column {shown(name)} is not there{did_you_mean(name, rows.columns)}; "
                f"choose from {shown(', '.join(map(str, rows.columns)), 200)}"
            )
    asked = read_formula(formula, [c for c in rows.columns if isinstance(c, str) and c != "car"])
    for name in asked.columns:
        if name in clash:
            raise SpecificationError(
                f"column {shown(name)} is in the characteristics and in the study; rename it in "
                "the characteristics"
            )
    formula = asked.text
    needed = dict.fromkeys(["car", *clusters, *asked.columns, *(["variance"] if weighted else [])])
    usable = rows.dropna(subset=list(needed))
    if usable.empty:
        blank = rows[list(needed)].isna().sum()
        raise SpecificationError(
            f"no row is complete: {blank.idxmax()!r} is missing in {blank.max()} of {len(rows)}; "
            "fill it in, or leave it out of the regression"
        )

    import statsmodels.api as sm

    design = regressors(asked.terms, asked.factors, usable)
    _refuse_unfittable(design, formula)
    outcome = usable["car"].rename("CAR")
    model = sm.OLS(outcome, design)
    if weighted:
        model = sm.WLS(outcome, design, weights=1 / usable["variance"])
    n_clusters, notes = len(usable), []
    by = " and ".join(clusters)
    if not clusters:
        fit = model.fit(cov_type="HC1", use_t=True)
    else:
        groups = np.column_stack([pd.factorize(usable[name])[0] for name in clusters])
        n_clusters = int(groups.max(axis=0).min()) + 1
        if n_clusters < 2:
            raise SpecificationError(
                f"all rows share one {by}: errors cannot be clustered by it; add events or"
                " cluster by 'security'"
            )
        kinds = {"groups": groups.squeeze()}
        fit = model.fit(cov_type="cluster", cov_kwds=kinds, use_t=True)
        if not np.isfinite(np.asarray(fit.bse)).all():
            raise SpecificationError(
                f"clustered by {by} a variance is negative, which happens with few clusters; "
                f"cluster by {clusters[0]!r} alone"
            )
        if n_clusters < _FEW_CLUSTERS:
            notes.append(
                f"only {n_clusters} clusters by {by}: clustered errors tend to be too small"
            )
    if clusters in ([], ["security"]) and usable["event_id"].nunique() < len(usable):
        notes.append("securities of one event are treated as independent: their shared shocks"
                     " make these errors too small")  # fmt: skip
    interval = np.asarray(fit.conf_int())
    table = pd.DataFrame(
        {
            "term": list(design.columns),
            "coefficient": np.asarray(fit.params),
            "std_error": np.asarray(fit.bse),
            "statistic": np.asarray(fit.tvalues),
            "p_value": np.asarray(fit.pvalues),
            "lower": interval[:, 0],
            "upper": interval[:, 1],
        }
    )
    return CrossSection(
        table=table,
        fit=fit,
        window=label,
        formula=formula,
        weights=weights,
        cluster=by or "none (HC1)",
        n=len(usable),
        n_clusters=n_clusters,
        dropped=len(rows) - len(usable),
        note="; ".join(notes),
    )


def _refuse_unfittable(design: pd.DataFrame, formula: str) -> None:
    n, k = design.shape
    if n <= k:
        raise SpecificationError(
            f"{n} complete rows cannot carry {k} terms of {shown(formula)}; add events or drop "
            "terms"
        )
    values = design.to_numpy()
    constant = [c for c in design.columns if c != "Intercept" and design[c].nunique() == 1]
    norms = np.sqrt((values**2).sum(axis=0))
    rank = np.linalg.matrix_rank(values / np.where(norms > 0, norms, 1.0), rtol=_ALIKE)
    if rank < k:
        listed = shown(", ".join(design.columns), 200)
        why = f"; {shown(constant[0])} is the same in all {n} rows" if constant else ""
        raise SpecificationError(
            f"the {k} terms of {shown(formula)} are collinear (rank {rank}): {listed}{why}"
        )
    if np.linalg.cond(values) > _FARTHEST:
        small, large = (shown(design.columns[at]) for at in (norms.argmin(), norms.argmax()))
        raise SpecificationError(
            f"the terms of {shown(formula)} differ so much in size, {small} from {large}, that "
            "rounding swallows the smaller; multiply or divide one, as in I(x / 1e9), or take logs"
        )
