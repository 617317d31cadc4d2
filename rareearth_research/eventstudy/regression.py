"""Which securities moved more, and is the difference more than noise?

Regress cumulative abnormal returns on what securities and events are: exposure, material class,
size, scope of the measure. Returns of one date share its shocks, so standard errors are clustered
by event or by date; with few clusters their reference is t(G − 1), and the table says how many
there were.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from rareearth_research.errors import DataError, SpecificationError, did_you_mean

__all__ = ["CrossSection", "cross_section"]

_FEW_CLUSTERS = 10


@dataclass(frozen=True, repr=False)
class CrossSection:
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
    dropped : int
        Rows left out because a characteristic or the CAR was missing.
    note : str
        What limits the inference, in words; empty if nothing does.
    """

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

    def summary(self) -> str:
        """Return the regression in text."""
        head = (
            f"CAR{self.window} ~ {self.formula}; {self.n} rows, {self.dropped} dropped;"
            f" weights: {self.weights}; errors: {self.cluster} ({self.n_clusters} clusters)"
        )
        lines = [head, self.table.to_string(index=False, float_format=lambda v: f"{v:.4f}")]
        return "\n".join([*lines, self.note] if self.note else lines)

    def __repr__(self) -> str:
        return self.summary()

    def _repr_html_(self) -> str:
        note = f"<p>{self.note}</p>" if self.note else ""
        head = f"CAR{self.window} on {self.formula}: {self.n} rows, {self.n_clusters} clusters"
        table = self.table.to_html(index=False, float_format="{:.4f}".format)
        return f"<p>{head} by {self.cluster}.</p>{table}{note}"


def cross_section(
    car: Any,
    characteristics: pd.DataFrame,
    formula: str,
    *,
    window: str | None = None,
    weights: str = "equal",
    cluster: str | None = "event_id",
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
        Right-hand side, as in ``"exposure + C(material_class) + np.log(size)"``; a left-hand side
        ``CAR ~`` may stand before it.
    window : str, optional
        Window of `car` to use, as in ``"[-1, 1]"``; may be left out if there is only one.
    weights : {"equal", "variance"}
        ``variance`` weights each CAR by the inverse of its forecast variance (WLS).
    cluster : str, optional
        Column to cluster on: ``"event_id"``, a date column, ``"security"``; None for
        heteroskedasticity-robust errors (HC1).

    Returns
    -------
    CrossSection

    Raises
    ------
    SpecificationError
        Unknown window, column or weighting; fewer than two clusters; collinear terms; no rows
        to spare over terms.
    DataError
        Characteristics that list a key twice.

    Notes
    -----
    b = (X'ΩX)⁻¹X'Ωy with Ω = I or diag(1/Var(CAR)). With clusters g = 1…G, Var(b) is the sandwich
    over Σ_g X_g'u_g u_g'X_g, times G/(G−1)·(n−1)/(n−k), against t(G − 1).

    References
    ----------
    Liang, K.-Y. and Zeger, S. (1986). Longitudinal data analysis using generalized linear
    models. Biometrika 73, 13-22.
    Cameron, A. C. and Miller, D. L. (2015). A practitioner's guide to cluster-robust inference.
    Journal of Human Resources 50, 317-372.
    """
    if weights not in ("equal", "variance"):
        raise SpecificationError(f"weights={weights!r} is not known; use 'equal' or 'variance'")
    frame = car if isinstance(car, pd.DataFrame) else getattr(car, "car", None)
    if not isinstance(frame, pd.DataFrame):
        raise SpecificationError("car must be a fitted study or its `car` frame")
    if not isinstance(characteristics, pd.DataFrame):
        raise SpecificationError(
            f"characteristics must be a DataFrame, got {type(characteristics).__name__}"
        )
    left, tilde, right = formula.partition("~")
    if tilde and left.strip().casefold() == "car":
        formula = right.strip()
    rows, label = _one_window(frame, window)
    rows = _joined(rows, characteristics)
    if cluster is not None and cluster not in rows.columns:
        raise SpecificationError(
            f"cluster column {cluster!r} is not there{did_you_mean(cluster, rows.columns)}"
        )
    rows = rows.rename(columns={"car": "CAR"})

    import statsmodels.formula.api as smf

    needed = ["CAR", *([cluster] if cluster else []), *(["variance"] if weights != "equal" else [])]
    usable = rows.dropna(subset=needed)
    try:
        trial = smf.ols(f"CAR ~ {formula}", data=usable, missing="drop")
    except Exception as error:  # the formula engine raises its own kinds
        raise SpecificationError(
            f"formula {formula!r} cannot be evaluated: {str(error).splitlines()[0]}. Columns: "
            f"{', '.join(map(str, usable.columns))}"
        ) from error
    usable = usable.loc[trial.data.row_labels]
    _refuse_unfittable(trial, formula)
    model = trial
    if weights == "variance":
        model = smf.wls(f"CAR ~ {formula}", data=usable, weights=1 / usable["variance"])
    n_clusters, notes = len(usable), []
    if cluster is None:
        fit = model.fit(cov_type="HC1", use_t=True)
    else:
        groups = pd.factorize(usable[cluster])[0]
        n_clusters = int(groups.max()) + 1
        if n_clusters < 2:
            raise SpecificationError(
                f"all rows share one {cluster}: errors cannot be clustered by it; add events or"
                " cluster by 'security'"
            )
        fit = model.fit(cov_type="cluster", cov_kwds={"groups": groups}, use_t=True)
        if n_clusters < _FEW_CLUSTERS:
            notes.append(
                f"only {n_clusters} clusters by {cluster}: clustered errors tend to be too small"
            )
    if cluster in (None, "security") and usable["event_id"].nunique() < len(usable):
        notes.append("securities of one event are treated as independent: their shared shocks"
                     " make these errors too small")  # fmt: skip
    interval = np.asarray(fit.conf_int())
    table = pd.DataFrame(
        {
            "term": list(trial.exog_names),
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
        cluster=cluster or "none (HC1)",
        n=len(usable),
        n_clusters=n_clusters,
        dropped=len(rows) - len(usable),
        note="; ".join(notes),
    )


def _one_window(car: pd.DataFrame, window: str | None) -> tuple[pd.DataFrame, str]:
    labels = list(car["window"].unique())
    if window is None and len(labels) > 1:
        raise SpecificationError(f"car has several windows; choose one of {', '.join(labels)}")
    label = labels[0] if window is None else str(window)
    if label not in labels:
        raise SpecificationError(f"window {label!r} is not among {', '.join(labels)}")
    return car[car["window"] == label].copy(), label


def _joined(rows: pd.DataFrame, characteristics: pd.DataFrame) -> pd.DataFrame:
    """Join characteristics on the keys they carry."""
    table = characteristics
    if any(name in ("security", "ticker", "event_id") for name in table.index.names):
        table = table.reset_index()
    if "security" not in table.columns:
        table = table.rename(columns={"ticker": "security"})
    keys = [key for key in ("event_id", "security") if key in table.columns]
    if not keys:
        raise SpecificationError(
            "characteristics need a column (or index) 'security' or 'event_id' to be joined on"
        )
    if table.duplicated(keys).any():
        first = table.loc[table.duplicated(keys), keys].iloc[0].to_dict()
        raise DataError(f"characteristics list {first} more than once; keep one row each")
    for key in keys:
        if not set(table[key]) & set(rows[key]):
            raise SpecificationError(
                f"no {key} of the characteristics is in the study: they have {table[key].iloc[0]!r}"
                f", the study {rows[key].iloc[0]!r}"
            )
    clash = [c for c in table.columns if c in rows.columns and c not in keys]
    return rows.merge(table.drop(columns=clash), on=keys, how="left")


def _refuse_unfittable(model: Any, formula: str) -> None:
    design = np.asarray(model.exog)
    n, k = design.shape
    if n <= k:
        raise SpecificationError(
            f"{n} complete rows cannot carry {k} terms of {formula!r}; add events or drop terms"
        )
    norms = np.sqrt((design**2).sum(axis=0))
    rank = np.linalg.matrix_rank(design / np.where(norms > 0, norms, 1.0))
    if rank < k:
        raise SpecificationError(
            f"the {k} terms of {formula!r} are collinear (rank {rank}):"
            f" {', '.join(model.exog_names)}"
        )
