"""Hold every large return against the package's other figures, and write down what they say.

    python scripts/review_outliers.py

Rows of data/raw/outliers_reviewed.csv that nobody has looked at by hand get a verdict by rule:
borne out where the benchmark, peers or volume moved too; doubtful where nothing did and the next
session undid the move; else neither. No document is looked at and no cause is claimed. Run
`make data` afterwards.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd

import rareearth_research as rer

FILE = Path(__file__).resolve().parents[1] / "data" / "raw" / "outliers_reviewed.csv"
BY_HAND = "kept, confirmed"
KEPT = ("first price", "same session", "no claim", "entered by")  # parts of a reason that stay
UNSEEN = "no document was looked at"
MARKET, PEERS, VOLUME, UNDONE = 0.03, 0.05, 3.0, 0.8


def main() -> None:
    table = review(pd.read_csv(FILE, dtype=str, keep_default_na=False))
    part = FILE.with_suffix(".csv.part")
    table.to_csv(part, index=False, lineterminator="\n")
    part.replace(FILE)
    print(table["verdict"].value_counts().to_string())


def review(table: pd.DataFrame) -> pd.DataFrame:
    """Return the table with verdict and reason written anew, except where made by hand."""
    table, evidence = table.copy(), Evidence()
    for row in table.index[~table["verdict"].str.startswith(BY_HAND)]:
        entry = table.loc[row]
        said = evidence.of(entry["ticker"], pd.Timestamp(entry["date"]))
        known = [part for part in entry["reason"].split("; ") if part.startswith(KEPT)]
        if said.keys() - {"undone"}:
            verdict = "borne out by other figures"
        elif said:
            verdict = "doubtful: the next session undid it"
        else:
            verdict = "nothing else speaks for or against it"
        table.loc[row, "verdict"] = f"kept as published, {verdict}"
        table.loc[row, "reason"] = "; ".join([*known, *said.values(), UNSEEN])
    return table


class Evidence:
    """What else is known of a security's session."""

    def __init__(self) -> None:
        self.securities = rer.load_securities()
        self.returns = rer.load_returns(kind="simple")
        self.volumes = rer.load_volumes()

    def of(self, ticker: str, day: pd.Timestamp) -> dict[str, str]:
        own = self.returns[ticker].dropna()
        if day not in own.index:  # left out of the returns by a correction
            return {}
        move, after = own[day], own[own.index > day].head(1)
        said = {}
        benchmark = self.securities.loc[ticker, "benchmark"]
        market = self.returns.loc[day].get(benchmark, float("nan"))
        if market * move > 0 and abs(market) >= MARKET:
            said["market"] = f"its benchmark moved {market:+.1%}"
        peers = self.returns.loc[day, self.peers(ticker)].dropna()
        along = int((peers * (1 if move > 0 else -1) >= PEERS).sum())
        if along >= 2:
            said["peers"] = f"{along} of {len(peers)} peers moved the same way by 5 % or more"
        if ticker in self.volumes:
            volume = self.volumes[ticker].dropna()
            usual = volume[volume.index < day].tail(60).median()
            if usual > 0 and day in volume.index and volume[day] / usual >= VOLUME:
                said["volume"] = f"volume {volume[day] / usual:.1f} times the median of 60 sessions"
        if len(after) and after.iloc[0] * move < 0:
            back = -((1 + move) * (1 + after.iloc[0]) - 1 - move) / move
            if back >= UNDONE:
                said["undone"] = f"the next session undid {back:.0%} of it"
        return said

    def peers(self, ticker: str) -> list[str]:
        """Return companies of the same groups on the same exchange."""
        me = self.securities.loc[ticker]
        groups = set(str(me["groups"]).split(";")) - {""}
        same = self.securities["groups"].map(lambda g: bool(groups & set(str(g).split(";"))))
        chosen = self.securities.index[same & (self.securities["exchange"] == me["exchange"])]
        return [name for name in chosen if name != ticker]


if __name__ == "__main__":
    main()
