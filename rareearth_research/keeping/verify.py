"""Does the headline follow from the files of this bundle? Needs numpy and pandas, nothing else.

    python verify.py

Every file is held against its sha256. Then mean, 95 % interval, test statistics and p-values are
computed anew from the cumulative abnormal returns of `verify/pairs.csv`, and held against
`verify/headline.json`; where `verify/returns.csv` is here, the abnormal returns themselves are
estimated anew from returns. The exit code is 1 if anything differs by more than 1e-9.
"""

from __future__ import annotations

import hashlib
import io
import json
import math
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

HERE = Path(__file__).resolve().parent
CLOSE = 1e-9


def read(name: str) -> pd.DataFrame:
    """Return a table; numbers are read by Python, to the last bit, whatever pandas does."""
    frame = pd.read_csv(HERE / "verify" / name, dtype=str, keep_default_na=False)
    for column in frame.columns.difference(["sample", "event_id", "security", "date", "part"]):
        frame[column] = [float(text or "nan") for text in frame[column]]
    return frame


def damaged() -> list[str]:
    """Return the files that are not as the bundle was made."""
    lines = (HERE / "SHA256SUMS").read_text(encoding="utf-8").splitlines()
    sums = {line[66:]: line[:64] for line in lines}

    def digest(path: Path) -> str:
        return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "missing"

    return [name for name, known in sums.items() if digest(HERE / name) != known]


def student_p(t: float, df: float) -> float:
    """Return the two-sided p-value of Student's t: the regularised incomplete beta function."""
    if not (math.isfinite(t) and df > 0):
        return math.nan
    x, a, b = df / (df + t * t), df / 2, 0.5
    if x > (a + 1) / (a + b + 2):  # where its continued fraction converges slowly, the mirror image
        return 1 - _beta(b, a, 1 - x)
    return _beta(a, b, x)


def _beta(a: float, b: float, x: float) -> float:
    """Return I_x(a, b) by Lentz's continued fraction (Press et al. 2007, section 6.4)."""
    if x <= 0:
        return 0.0
    log = math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b)
    front = math.exp(log + a * math.log(x) + b * math.log1p(-x))
    c, d = 1.0, 1 / (1 - (a + b) * x / (a + 1))
    found = d
    for m in range(1, 1000):
        for step in (
            m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
            -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)),
        ):
            d, c = 1 / (1 + step * d), 1 + step / c
            found *= c * d
        if abs(c * d - 1) < 1e-16:
            break
    return front * found / a


def student_quantile(share: float, df: float) -> float:
    """Return the t that a share of the distribution lies below, by bisection; share > 0.5."""
    low, high = 0.0, 1e4
    for _ in range(200):
        middle = (low + high) / 2
        low, high = (middle, high) if student_p(middle, df) > 2 * (1 - share) else (low, middle)
    return (low + high) / 2


def headline(pairs: pd.DataFrame, r: pd.Series, known: dict[str, Any]) -> dict[str, float]:
    """Return mean, interval, leading test and the t over dates, from one row per pair.

    Kolari and Pynnönen (2010): t = mean(SCAR)·√N/sd(SCAR)·√((1 − r̄)/(1 + (N − 1)r̄)), t(N − 1). Over
    C ≥ 3 clusters of announcements: t = √C·mean(m)/sd(m), t(C − 1). The wider of the two 95 %
    intervals, around the mean over pairs, or over announcements where each counts once.
    """
    used = pairs[pairs["used"] == 1]
    car, n = used["car"].to_numpy(), len(used)
    if n > 1:
        factor = kp_factor(n, mean_correlation(used, r, known)) if known["clustered"] else 1.0
        scar = car / np.sqrt(used["variance"].to_numpy())
        statistic, df = scar.mean() * math.sqrt(n) / scar.std(ddof=1) * factor, n - 1.0
        views = [(car.std(ddof=1) / math.sqrt(n) / factor, df)]
    else:
        error = math.sqrt(used["variance"].iloc[0])
        statistic, df = car[0] / error, used["n_estimation"].iloc[0] - known["estimated"]
        views = [(error, df)]
    clusters = used.groupby("cluster")["car"].mean().to_numpy()
    if len(clusters) >= 3:
        views.append((clusters.std(ddof=1) / math.sqrt(len(clusters)), len(clusters) - 1.0))
    half = max(student_quantile(0.975, free) * error for error, free in views)
    once = known["each announcement once"]
    means = used.groupby("event_id")["car"].mean().to_numpy() if once else clusters
    mean, over_dates = means.mean() if once else car.mean(), math.nan
    if len(means) >= 3:
        over_dates = means.mean() / (means.std(ddof=1) / math.sqrt(len(means)))
    return {
        "mean": mean,
        "lower": mean - half,
        "upper": mean + half,
        "statistic": statistic,
        "p": student_p(statistic, df),
        "t over dates": over_dates,
        "p over dates": student_p(over_dates, len(means) - 1),
    }


def kp_factor(n: int, r: float) -> float:
    return math.sqrt((1 - r) / (1 + (n - 1) * r))


def mean_correlation(used: pd.DataFrame, r: pd.Series, known: dict[str, Any]) -> float:
    """Return r̄: correlations within dates over all pairs, and what windows of two dates share."""
    n, sizes = len(used), used.groupby("block").size().to_numpy()
    within = r.mean() * (sizes * (sizes - 1)).sum() / (n * (n - 1)) if len(r) else 0.0
    return float(known["kept"] * (within + known["between"]))


def estimated(
    pairs: pd.DataFrame, returns: pd.DataFrame, together: pd.DataFrame, known: dict[str, Any]
) -> dict[str, float]:
    """Return how far CAR, variance and correlations lie from those estimated anew from returns."""
    off, residuals = {"CAR": 0.0, "variance": 0.0}, {}
    for pair in returns["pair"].unique():
        rows = returns[returns["pair"] == pair]
        before, event = (rows[rows["part"] == part] for part in ("estimation", "event"))
        y, x = (before[name].to_numpy() for name in ("return", "benchmark"))
        one = np.ones((len(event), 1))
        if known["model"] in ("market", "mean"):
            design, at = np.ones((len(y), 1)), one
            if known["model"] == "market":
                design = np.column_stack([design, x])
                at = np.column_stack([one, event["benchmark"]])
            solved = np.linalg.lstsq(design, y, rcond=None)[0]
            u, abnormal = y - design @ solved, event["return"].to_numpy() - at @ solved
            spread = at @ np.linalg.inv(design.T @ design) @ at.T + np.eye(len(event))
            variance = u @ u / (len(y) - design.shape[1]) * spread.sum()
        else:
            fixed = 1.0 if known["model"] == "market_adjusted" else 0.0
            u = y - fixed * np.nan_to_num(x)
            abnormal = event["return"].to_numpy() - fixed * np.nan_to_num(event["benchmark"])
            variance = u @ u / len(u) * len(event)
        row = pairs.iloc[int(pair)]
        off["CAR"] = max(off["CAR"], abs(abnormal.sum() - row["car"]))
        off["variance"] = max(off["variance"], abs(variance - row["variance"]))
        residuals[pair] = pd.Series(u, before["date"])
    frame, off["correlation"] = pd.DataFrame(residuals), 0.0
    for i, j, r in together[["i", "j", "r"]].to_numpy():
        both = frame[[i, j]].dropna().to_numpy()
        off["correlation"] = max(off["correlation"], abs(np.corrcoef(both.T)[0, 1] - r))
    return off


def main() -> int:
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # a console may lack a sign of the finding
    if wrong := damaged():
        print("Not as the bundle was made:", *wrong, sep="\n  ")
        return 1
    print("Every file is as the bundle was made.")
    known = json.loads((HERE / "verify/headline.json").read_text(encoding="utf-8"))
    print(known["finding"], "\n")
    if not known["samples"]:
        print("This study rests on no event study: its files are checked, no more.")
        return 0
    every = {name: read(name) for name in ("pairs.csv", "correlations.csv")}
    whole = (HERE / "verify/returns.csv").is_file()
    if whole:
        every["returns.csv"] = read("returns.csv")
    largest = 0.0
    for name, sample in known["samples"].items():
        pairs, together, *returns = (t[t["sample"] == name] for t in every.values())
        print(name or "headline", sample["window"])
        for what, found in headline(pairs, together["r"], sample).items():
            said = sample["quantities"][what]
            if said is not None or math.isfinite(found):
                off = math.inf if said is None else abs(found - said)
                largest = max(largest, off if math.isfinite(off) else math.inf)
                print(f"  {what:14} {found:+.12f}  differs by {off:.1e}")
        for what, off in estimated(pairs, returns[0], together, sample).items() if returns else ():
            largest = max(largest, off)
            print(f"  {what + ' from returns':24} differs by {off:.1e} at most")
    if not whole:
        print("Returns are not in this bundle (see README.md): abnormal returns are as given.")
    met = largest <= CLOSE
    print(f"\nThe headline is {'met' if met else 'NOT met'}: {largest:.1e}, limit {CLOSE:.0e}.")
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
