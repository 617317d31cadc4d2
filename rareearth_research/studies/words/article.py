"""How is said what is wrong with an article, and when markets could price a statement?"""

from __future__ import annotations

import pandas as pd

from rareearth_research.errors import listed
from rareearth_research.numerals import capital, counted, numeral
from rareearth_research.studies.sample import event_words
from rareearth_research.timing.spoken import spoken


def claims(table: pd.DataFrame) -> str:
    """Say how much of an article is wrong, and how much of that the tables can test."""
    left_out = table["claim_id"].str.startswith("o")
    made, missing = table[~left_out], table[left_out]
    wrong = int(made["verdict"].str.contains("wrong|misleading").sum())
    said, unsaid = (part["agrees"].dropna() for part in (made, missing))
    agree = " and ".join(numeral(int(part.sum())) for part in (said, unsaid))
    support = f"support {agree} of these verdicts"
    if table["agrees"].fillna(value=True).all():
        support = "support the verdict on each"
    return (
        f"Of the article's {len(made)} claims {numeral(wrong)} are wrong in whole or part or "
        f"misleading. The tables can test {numeral(len(said))} of the claims and "
        f"{numeral(len(unsaid))} of the {counted(len(missing), 'fact')} it leaves out, and "
        f"{support}."
    )


def timing(event: pd.Series, clock: pd.DataFrame) -> str:
    """Say when the news came, and who could trade on it first and last."""
    local = clock.attrs["announced"][1].tz_convert(event["announced_tz"])
    who = listed(clock.loc[clock["order"] == 1, "city"])
    first, last = clock["hours_after"].iloc[0], clock.iloc[-1]
    soon = f"{first:.1f} hours later" if first >= 0.05 else "at once"
    what = event_words(event)
    return (
        f"{capital(what)} came out on a {local:%A}: "
        f"{spoken(clock.attrs['announced'], event['announced_tz'])}. {who} could trade on it "
        f"first, {soon}, and {last['city']} last, after "
        f"{last['hours_after']:.1f} hours."
    )
