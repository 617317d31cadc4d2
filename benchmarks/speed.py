"""Is the engine fast? Its promises against bare numpy and scipy, side by side in one run.

    python benchmarks/speed.py            # ratios, peak memory, and the picture of linear cost
    python benchmarks/speed.py --no-plot
    python benchmarks/speed.py --large    # 1,000,000 events of 5,000 securities alone

1. 10,000 single-security events with all tests but the bootstrap: at most 2.5 times a bare
   vectorised fit with Patell and BMP only, under 300 MiB.
2. The market model at every session of 1,000 securities by 2,500 sessions: at most twice a bare
   pass of prefix sums.

3. The weights of 30 donors over 250 sessions for 100 pairs: in no more time than a loop of scipy's
   `nnls`.

4. 1,000,000 single-security events of 5,000 securities, placed, fitted and tested, with verdict:
   time in proportion to the events, and at most 2 GiB above the input.

Exit code 1 if a promise is broken. Times are the best of several alternating runs, so that a busy
machine disturbs both sides alike.
"""

from __future__ import annotations

import argparse
import sys
import time
import tracemalloc
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.optimize import nnls

from rareearth_research.arrays import slices
from rareearth_research.eventstudy import EventStudy, placebo
from rareearth_research.eventstudy.chance.rolling import RollingStudy, rolling_study
from rareearth_research.eventstudy.models.synthetic import fit_synthetic
from rareearth_research.simplex import simplex_weights

Floats = NDArray[np.float64]

RESULTS = Path(__file__).parent / "results"
ESTIMATION, WINDOW = (-290, -41), (-10, 10)  # 250 sessions, gap of 30, ±10
MIB = 2**20


def main(argv: list[str] | None = None) -> int:
    """Print the ratios and draw the picture."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=7)
    parser.add_argument("--no-plot", action="store_true")
    parser.add_argument("--large", action="store_true")
    args = parser.parse_args(argv)
    if args.large:
        return large()

    returns, market, row, position = events_problem(10_000)
    study = event_study(returns, market, row, position)
    fit, bare = alternate(
        study.fit, lambda: bare_events(returns, market, row, position), args.repeats
    )
    both = best(lambda: event_study(returns, market, row, position).fit(), args.repeats)
    memory = peak(study.fit)
    line = (
        "{:28} ours {:6.3f} s   bare numpy {:6.3f} s   ratio {:4.2f} (at most {})   peak {:.0f} MiB"
    )
    print(line.format("10,000 events, all tests", fit, bare, fit / bare, 2.5, memory))

    print(f"  construction and fit         {both:6.3f} s   ratio {both / bare:4.2f}")

    y, x = sessions_problem(1000)
    ours, prefix = alternate(lambda: every_session(y, x), lambda: bare_sessions(y, x), args.repeats)
    gappy = y.copy()
    gappy[np.random.default_rng(1).random(y.shape) < 0.02] = np.nan
    gaps = best(lambda: every_session(gappy, x), args.repeats)
    most = peak(lambda: every_session(y, x))
    print(line.format("2.2 million fits", ours, prefix, ours / prefix, 2.0, most))
    print(f"  with 2 % of returns missing  {gaps:6.3f} s")
    fitted = whole_placebo(y, x).fit()
    print(f"  placebo() of that study      {best(lambda: placebo(fitted), 3):6.3f} s")

    pairs, donors = mixtures_problem(100, 30)
    mixed, loop = alternate(
        lambda: mixtures(pairs, donors), lambda: scipy_mixtures(pairs, donors), args.repeats
    )
    print(
        f"{'100 mixtures of 30 donors':28} ours {mixed:6.3f} s   scipy loop {loop:6.3f} s   ratio "
        f"{mixed / loop:4.2f} (at most 1.0)"
    )
    print(f"  with returns and variance    {best(lambda: mixed_fit(pairs, donors), 5):6.3f} s")
    chance = mixed_placebo().fit()
    print(
        f"  placebo() of 10 pairs, 8 donors, 400 sessions  {best(lambda: placebo(chance), 3):.3f} s"
    )

    if not args.no_plot:
        plot_costs(args.repeats)
    slow = fit / bare > 2.5 or ours / prefix > 2.0 or mixed > loop
    return int(slow or memory > 300)


def large() -> int:
    """Print time of 100,000 to a million events, beside bare numpy in chunks, and the memory."""
    for n in (100_000, 250_000, 500_000, 1_000_000):
        problem = events_problem(n, 5000)
        bare = seconds(partial(bare_in_chunks, *problem))
        study = partial(fitted, event_study(*problem))
        before = time.process_time()
        ours = seconds(study)
        spent = time.process_time() - before
        print(
            f"{n:9,} events of 5,000 securities: ours {ours:5.1f} s   bare numpy {bare:5.1f} s   "
            f"ratio {ours / bare:.2f}   processor {1e6 * spent / n:4.1f} µs an event",
            flush=True,
        )
    memory = peak(study)
    print(f"peak {memory:.0f} MiB (at most 2048)")
    return int(memory > 2048)


def fitted(study: EventStudy) -> pd.DataFrame:
    """Fit and judge."""
    return study.fit(progress=False).verdict


def bare_in_chunks(
    returns: Floats, market: Floats, row: NDArray[np.int64], position: NDArray[np.int64]
) -> None:
    """Do the same as `bare_events`, in the memory that there is."""
    for some in slices(len(row), 1000):
        bare_events(returns, market, row[some], position[some])


def events_problem(
    n: int, securities: int = 500
) -> tuple[Floats, Floats, NDArray[np.int64], NDArray[np.int64]]:
    """Return returns (2600, securities), their market (2600,), row and position of n events."""
    rng = np.random.default_rng(0)
    market = rng.normal(0.0003, 0.01, 2600)
    returns = market[:, None] + rng.normal(0, 0.02, (2600, securities))
    cells = rng.choice(securities * 2250, n, replace=False)
    return returns, market, cells % securities, 300 + cells // securities


def event_study(
    returns: Floats, market: Floats, row: NDArray[np.int64], position: NDArray[np.int64]
) -> EventStudy:
    """State the problem as a user would."""
    index = pd.bdate_range("2010-01-04", periods=len(returns))
    frame = pd.DataFrame(returns, index=index, columns=[f"S{i}" for i in range(returns.shape[1])])
    events = pd.DataFrame(
        {
            "event_id": [f"E{i}" for i in range(len(row))],
            "date": index[position],
            "security": frame.columns[row],
        }
    )
    return EventStudy(
        frame.assign(MKT=market),
        events,
        benchmark="MKT",
        estimation=ESTIMATION,
        windows=[WINDOW],
    )


def bare_events(
    returns: Floats, market: Floats, row: NDArray[np.int64], position: NDArray[np.int64]
) -> tuple[float, float]:
    """Fit all events at once and compute Patell and BMP, with nothing checked or kept."""
    length, width = ESTIMATION[1] - ESTIMATION[0] + 1, WINDOW[1] - WINDOW[0] + 1
    past = position[:, None] + np.arange(ESTIMATION[0], ESTIMATION[1] + 1)
    event = position[:, None] + np.arange(WINDOW[0], WINDOW[1] + 1)
    y, x = returns[past, row[:, None]], market[past]
    y_event, x_event = returns[event, row[:, None]], market[event]
    x_mean, y_mean = x.mean(axis=1, keepdims=True), y.mean(axis=1, keepdims=True)
    dx = x - x_mean
    sxx = (dx * dx).sum(axis=1, keepdims=True)
    beta = (dx * (y - y_mean)).sum(axis=1, keepdims=True) / sxx
    alpha = y_mean - beta * x_mean
    residuals = y - alpha - beta * x
    sigma2 = (residuals**2).sum(axis=1, keepdims=True) / (length - 2)
    abnormal = y_event - alpha - beta * x_event
    dx_event = x_event - x_mean
    sar = abnormal / np.sqrt(sigma2 * (1 + 1 / length + dx_event**2 / sxx))
    car = abnormal.sum(axis=1)
    spread = width + width**2 / length + dx_event.sum(axis=1) ** 2 / sxx[:, 0]
    scar = car / np.sqrt(sigma2[:, 0] * spread)
    n = len(scar)
    patell = (sar.sum(axis=1) / np.sqrt(width)).sum() / np.sqrt(n * (length - 2) / (length - 4))
    return float(patell), float(np.sqrt(n) * scar.mean() / scar.std(ddof=1))


def sessions_problem(n: int) -> tuple[Floats, Floats]:
    """Return returns (2500, n) and their market (2500,)."""
    rng = np.random.default_rng(0)
    x = rng.normal(0.0003, 0.01, 2500)
    return x[:, None] + rng.normal(0, 0.02, (2500, n)), x


def bare_sessions(y: Floats, x: Floats) -> tuple[Floats, ...]:
    """Fit every session by differences of prefix sums, with no care for gaps or cancellation."""
    (first, last), (a, b), n_sessions = (-260, -11), (-1, 1), len(y)
    length, width = last - first + 1, b - a + 1

    def prefix(values: Floats) -> Floats:
        out = np.zeros((n_sessions + 1, *values.shape[1:]))
        np.cumsum(values, axis=0, out=out[1:])
        return out

    t = np.arange(-first, n_sessions - b)
    begin, end = t + first, t + last + 1
    cx, cy = prefix(x), prefix(y)
    sx, sxx, sy, syy, sxy = (
        c[end] - c[begin] for c in (cx, prefix(x * x), cy, prefix(y * y), prefix(x[:, None] * y))
    )
    x_mean = sx / length
    sxx = sxx - sx * x_mean
    sxy = sxy - x_mean[:, None] * sy
    beta = sxy / sxx[:, None]
    alpha = sy / length - beta * x_mean[:, None]
    sigma2 = (syy - sy * sy / length - beta * sxy) / (length - 2)
    m = cx[t + b + 1] - cx[t + a]
    car = cy[t + b + 1] - cy[t + a] - width * alpha - beta * m[:, None]
    spread = width + width**2 / length + (m - width * x_mean) ** 2 / sxx
    variance = sigma2 * spread[:, None]
    return alpha, beta, sigma2, car, variance, car / np.sqrt(variance)


def every_session(y: Floats, x: Floats) -> RollingStudy:
    """Fit the market model around every session: 250 sessions, half of which may lack a return."""
    return rolling_study(y, x, estimation=(-260, -11), windows=[(-1, 1)], min_obs=125)


def whole_placebo(y: Floats, x: Floats) -> EventStudy:
    """Return the study of one date whose placebo is the second promise as users meet it."""
    index = pd.bdate_range("2010-01-04", periods=len(y))
    frame = pd.DataFrame(y, index=index, columns=[f"S{i}" for i in range(y.shape[1])])
    return EventStudy(frame.assign(MKT=x), [index[2000]], benchmark="MKT", tests=["kp"])


def mixtures_problem(n: int, donors: int) -> tuple[Floats, Floats]:
    """Return returns (n, 260) of securities and (n, donors, 260) of donors, 10 of the event."""
    rng = np.random.default_rng(0)
    market = rng.normal(0, 0.01, (n, 1, 260))
    z = market * rng.uniform(0.5, 1.5, (n, donors, 1)) + rng.normal(0, 0.02, (n, donors, 260))
    return market[:, 0] + rng.normal(0, 0.02, (n, 260)), z


def mixtures(y: Floats, z: Floats) -> Floats:
    """Find the weights of all pairs."""
    apart = z[..., :250] - y[:, None, :250]
    return simplex_weights(apart @ apart.swapaxes(1, 2), np.ones(z.shape[:2], dtype=bool))[0]


def mixed_fit(y: Floats, z: Floats) -> Floats:
    """Fit all pairs as a study does."""
    event = slice(250, None)
    return fit_synthetic(y[:, :250], z[..., :250], y[:, event], z[..., event], np.ones((1, 10))).car


def scipy_mixtures(y: Floats, z: Floats) -> Floats:
    """Find the same weights one pair after the other."""
    weights = []
    for own, others in zip(y[:, :250], z[..., :250], strict=True):
        apart = (others - own).T / np.abs(own).mean()
        v, _ = nnls(np.vstack([apart, np.ones(len(others))]), np.append(np.zeros(250), 1.0))
        weights.append(v / v.sum())
    return np.array(weights)


def mixed_placebo() -> EventStudy:
    """Return a study of one date whose placebo fits 10 mixtures at each of some 400 sessions."""
    rng = np.random.default_rng(0)
    market = rng.normal(0, 0.01, (541, 1))
    index, names = pd.bdate_range("2010-01-04", periods=541), [f"S{i}" for i in range(18)]
    frame = pd.DataFrame(market + rng.normal(0, 0.02, (541, 18)), index, names)
    return EventStudy(frame, [index[500]], model="synthetic", donors=names[10:], tests=["kp"])


def alternate(
    ours: Callable[[], Any], bare: Callable[[], Any], repeats: int
) -> tuple[float, float]:
    """Return the best time of each, run in turns."""
    times = [(seconds(ours), seconds(bare)) for _ in range(repeats)]
    return min(t for t, _ in times), min(t for _, t in times)


def best(run: Callable[[], Any], repeats: int) -> float:
    """Return the best time of several runs."""
    return min(seconds(run) for _ in range(repeats))


def seconds(run: Callable[[], Any]) -> float:
    """Return how long a call takes."""
    started = time.perf_counter()
    run()
    return time.perf_counter() - started


def peak(run: Callable[[], Any]) -> float:
    """Return the most memory a call allocates at once, in MiB, on top of its inputs."""
    tracemalloc.start()
    run()
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return most / MIB


def plot_costs(repeats: int) -> None:
    """Draw time against events and against securities."""
    from rareearth_research.plots.drawing.style import figure

    fig, axes = figure(9.0, 4.0, ncols=2)
    counts = [1000, 2500, 5000, 7500, 10_000]
    curves = {"EventStudy.fit, all tests": [], "bare numpy, two tests": []}
    for n in counts:
        problem = events_problem(n)
        study = event_study(*problem)
        pair = alternate(study.fit, lambda p=problem: bare_events(*p), repeats)
        for curve, value in zip(curves.values(), pair, strict=True):
            curve.append(value)
    draw(axes[0], counts, curves, "single-security events")
    sizes = [100, 250, 500, 750, 1000]
    curves = {"rolling_study": [], "bare prefix sums": []}
    for n in sizes:
        y, x = sessions_problem(n)
        pair = alternate(
            lambda y=y, x=x: every_session(y, x), lambda y=y, x=x: bare_sessions(y, x), repeats
        )
        for curve, value in zip(curves.values(), pair, strict=True):
            curve.append(value)
    draw(axes[1], sizes, curves, "securities × 2,500 sessions")
    RESULTS.mkdir(exist_ok=True)
    fig.suptitle("Cost grows in proportion to events and to securities", x=0.02, ha="left")
    fig.savefig(RESULTS / "cost.png", dpi=130)
    print(f"wrote {RESULTS / 'cost.png'}")


def draw(axis: Any, x: list[int], curves: dict[str, list[float]], label: str) -> None:
    """Draw named curves with their names at the last point."""
    styles = (("#0072B2", (-6, 8), "right"), ("#777777", (10, -22), "left"))
    for (colour, offset, side), (name, y) in zip(styles, curves.items(), strict=True):
        axis.plot(x, y, marker="o", color=colour)
        at = -1 if side == "right" else 2  # ours over its end, the bare one under its middle
        place = {"xytext": offset, "textcoords": "offset points", "ha": side}
        axis.annotate(name, (x[at], y[at]), color=colour, **place)
    axis.set(xlabel=label, ylabel="seconds", xlim=(0, None), ylim=(0, None))


if __name__ == "__main__":
    sys.exit(main())
