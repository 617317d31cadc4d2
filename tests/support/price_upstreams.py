"""Yahoo, Sina and Stooq with the closes of our own tables and made-up later sessions."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote

import numpy as np
import pandas as pd

from rareearth_research.datasets.cleaning.prices.checks import exchange_sessions
from tests.support import upstream_formats as formats
from tests.support.local_upstream import Request, Upstream

FIRST, LAST = "2024-01-02", "2026-11-24"
MARKETS = {
    "us": ("XNYS", "America/New_York"),
    "au": ("XASX", "Australia/Sydney"),
    "cn": ("XSHG", "Asia/Shanghai"),
}
Closes = dict[str, pd.Series]


def symbols(root: Path) -> pd.DataFrame:
    return pd.read_csv(
        root / "raw/price_symbols.csv", dtype=str, keep_default_na=False, index_col="ticker"
    )


def known(root: Path) -> dict[str, Closes]:
    """The clean closes of each market's securities since 2024, by date as text."""
    found = {}
    for market in MARKETS:
        wide = pd.read_csv(root / f"clean/prices_{market}.csv", index_col="date").loc[FIRST:]
        found[market] = {t: wide[t].dropna() for t in wide if t != "MCP" and wide[t].notna().any()}
    return found


def longer(root: Path, last: str = LAST) -> dict[str, Closes]:
    """The same closes, and made-up ones (a seeded walk of one per cent) on sessions to `last`."""
    found = known(root)
    for market, (exchange, _) in MARKETS.items():
        file = "calendar_corrections.csv"
        table = pd.read_csv(root / "raw" / file, dtype=str, keep_default_na=False)
        days = exchange_sessions(exchange, {file: table})
        days = days[days <= last].strftime("%Y-%m-%d")
        for place, (ticker, closes) in enumerate(found[market].items()):
            later = days[days > closes.index[-1]]
            steps = np.random.default_rng(place).normal(0, 0.01, len(later))
            walk = closes.iloc[-1] * np.exp(np.cumsum(steps))
            found[market][ticker] = pd.concat([closes, pd.Series(walk, index=later)])
    return found


def serve_yahoo(server: Upstream, root: Path, markets: dict[str, Closes]) -> None:
    """Charts as yfinance asks for them; unknown symbols get Yahoo's own refusal."""
    names = symbols(root)["yahoo"]
    server.serve("/", b"", "text/html")
    server.serve("/v1/test/getcrumb", b"crumb")
    for market, closes in markets.items():
        for ticker, series in closes.items():
            chart = formats.yahoo_chart(names[ticker], MARKETS[market][1], series, {})
            server.serve(f"/v8/finance/chart/{quote(names[ticker])}", chart)


def serve_sina(server: Upstream, root: Path, closes: Closes) -> None:
    """Closes as traded, which double on the first ex-day, and the factor that undoes it."""
    names = symbols(root)["sina"]
    ex_day, bodies = "2026-08-20", {}
    for ticker, series in closes.items():
        factor = np.where((series.index < ex_day) & (ticker != "000300.SS"), 2.0, 1.0)
        bodies[names[ticker]] = formats.sina_closes(
            [(day, close, 1200) for day, close in (series * factor).items()]
        )
        steps = [(ex_day, 1.0), ("1900-01-01", 2.0)]
        file = formats.sina_factors(names[ticker], steps)
        server.serve(f"/realstock/company/{names[ticker]}/qfq.js", file)

    def answer(request: Request) -> bytes:
        return bodies.get(request.query["symbol"][0], b"null")

    server.serve("/cn/api/json_v2.php/CN_MarketDataService.getKLineData", answer)


def serve_stooq(server: Upstream, root: Path, closes: Closes) -> None:
    names = symbols(root)["stooq"]
    bodies = {
        names[ticker]: formats.stooq([(d, c, c, c, c, 900) for d, c in series.items()])
        for ticker, series in closes.items()
    }
    server.serve("/q/d/l/", lambda r: bodies.get(r.query["s"][0], b"No data"))
