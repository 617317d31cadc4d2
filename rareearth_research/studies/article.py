"""Did China ease its rare-earth controls in June 2025? The article that started the project."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import pandas as pd

from rareearth_research.arguments import check_names
from rareearth_research.choices import FirmNews, Group
from rareearth_research.datasets import (
    check_article_claims,
    load_article_claims,
    load_event_sources,
    load_events,
    load_securities,
)
from rareearth_research.eventstudy import EventStudy, placebo
from rareearth_research.eventstudy.chance.placebo import PlaceboResult
from rareearth_research.eventstudy.results.results import EventStudyResults
from rareearth_research.labels import LOG_WORDS
from rareearth_research.numerals import capital
from rareearth_research.studies import sample
from rareearth_research.studies.across.attempts import survived, usual_changes
from rareearth_research.studies.answer import Notes, Said, StudyAnswer, unmeasured_words
from rareearth_research.studies.composition import composition_words, detail_words, judged, titled
from rareearth_research.studies.own_news import OwnNews, by_own_news
from rareearth_research.studies.planned.measure import Measured
from rareearth_research.studies.words import article as words
from rareearth_research.summary import Summary, options_of
from rareearth_research.timing import event_clock, overlaps

if TYPE_CHECKING:
    from matplotlib.figure import Figure

STATEMENT = "cn-2025-06-mofcom-approvals-statement"
CONTROL = "cn-2025-02-no10-w-te-bi-mo-in"
BETWEEN = "cn-2025-04-no18-seven-ree"  # the control that the article leaves out
APRIL = (
    "The April control, the thing that was said to be eased, was announced together with a tariff "
    "of 34 % on a day when the S&P 500 fell by 6 %."
)
NEAR = 2  # sessions within which events cannot be told apart


@dataclass(frozen=True, repr=False)
class ArticleStudy(StudyAnswer):
    """Result of `origin_article`; `table` holds the claims, as `check_article_claims` gives them.

    Attributes
    ----------
    events : DataFrame
        The two announcements; with the statement behind the article also the control of April 2025.
    statement, control : str
        The two announcements in words: ``"the statement of 7 June 2025"``.
    timing : str
        When markets could price the statement, and whether it stands alone.
    neighbours : DataFrame
        The set of events that cannot be told apart from the statement; no row if it stands alone.
    clock : DataFrame
        As `event_clock` gives it.
    after_statement, after_control : EventStudyResults
    placebos : tuple of PlaceboResult
        After the statement and after the control; sessions near any listed event are left out.
    titles : tuple of str
        The verdict after each in a line; without the securities left out for news of their own.
    verdicts : DataFrame
        One row per announcement and window, as `verdict` gives it.
    """

    events: pd.DataFrame
    statement: str
    control: str
    timing: str
    neighbours: pd.DataFrame
    clock: pd.DataFrame
    after_statement: EventStudyResults
    after_control: EventStudyResults
    placebos: tuple[PlaceboResult, PlaceboResult]
    titles: tuple[str, ...]
    verdicts: pd.DataFrame

    @property
    def shown(self) -> pd.DataFrame:
        """The verdict after each announcement, for reading."""
        columns = ["announcement", "window", "verdict", "caar", "lower", "upper", "detectable",
                   "matters", "p_value", "placebo_p"]  # fmt: skip
        return self.verdicts[columns]

    @property
    def sources(self) -> pd.DataFrame:
        """The events that each claim is held against, with their sources and what these are."""
        claims = load_article_claims()
        named = claims["event_ids"].str.split(";").explode()
        pairs = claims[["claim_id"]].join(named.rename("event_id")).dropna()
        pairs = pairs[pairs["event_id"] != ""]
        return pairs.merge(load_event_sources(), on="event_id", how="left")

    def tried(self) -> Summary:
        """Answer again, after each announcement, with one thing changed at a time."""
        asked, parts = self.parameters, []
        for name, event, group in (
            (self.statement, asked["event_id"], asked["group"]),
            (self.control, asked["control_event_id"], asked["control_group"]),
        ):
            returns = sample.group_returns(group)
            again = partial(
                _again, returns, load_events(event_ids=event), sample.numbered(asked["windows"])
            )
            measured = again()
            said = self.verdicts.loc[self.verdicts["announcement"] == name, "verdict"].iloc[0]
            changes = usual_changes(measured, again, "market", "local")
            found = survived(measured, changes, said)
            parts.append((f"After {name}: {found.headline}", found.table.assign(announcement=name)))
        table = pd.concat([table for _, table in parts], ignore_index=True)
        table.insert(0, "announcement", table.pop("announcement"))
        return Summary(" ".join(said for said, _ in parts), table.drop(columns="clusters"))

    @options_of("plot_caar")
    def plot(self, **options: Any) -> Figure:
        """Draw the average path after the statement."""
        return self.after_statement.plot(**{"title": self.titles[0]} | options)

    @options_of("plot_event_clock", "name")
    def plot_clock(self, **options: Any) -> Figure:
        """Draw which exchange could react to the statement first."""
        from rareearth_research.plots import plot_event_clock

        return plot_event_clock(self.clock, name=self.statement, **options)

    @options_of("plot_car", "names")
    def plot_car(self, **options: Any) -> Figure:
        """Draw the cumulative abnormal return of each security after the control."""
        from rareearth_research.plots import plot_car

        named = {"title": titled(self.after_control, self.titles[1], options)}
        return plot_car(self.after_control, names=load_securities()["name"], **named | options)


def origin_article(
    event_id: str = STATEMENT,
    control_event_id: str = CONTROL,
    group: Group | str = "rare_earths",
    control_group: Group | str = "controlled_metals",
    windows: Sequence[Sequence[int]] = ((0, 1), (-3, 5)),
    firm_news: FirmNews = "flag",
) -> ArticleStudy:
    """Hold the article against the data, and ask what markets did at two announcements.

    Parameters
    ----------
    event_id, control_event_id : str
        The statement behind the article, and the control that it mixes up with rare earths.
    group, control_group : str
        Groups of securities for each, see `load_groups`.
    windows : sequence of (int, int)
        Event windows in sessions; the first is the headline.
    firm_news : {"flag", "drop"}
        As in `event_study`.

    Returns
    -------
    ArticleStudy

    Raises
    ------
    DataError, SpecificationError, TimingError
        For unknown events or groups, an event without clock time, and as `EventStudy`.
    """
    asked = dict(locals())
    windows = sample.numbered(windows)
    everything = load_events()
    ids = check_names("event_id and control_event_id", [control_event_id, event_id])
    events = load_events(event_ids=[*ids, *[BETWEEN] * (event_id == STATEMENT)])
    statement, control = (events[events["event_id"] == name] for name in (event_id, ids[0]))
    clock, near = event_clock(statement), _neighbours(everything, event_id)
    near_statement = _measured(statement, group, windows, firm_news)
    near_control = _measured(control, control_group, windows, firm_news)
    (first, first_chance), (second, second_chance) = (
        (news.shown, chances[0]) for news, chances in (near_statement, near_control)
    )
    named = [sample.event_words(frame.iloc[0]) for frame in (statement, control)]
    verdicts = [
        judged(news.every, event, chance=chances[1])
        for (news, chances), event in ((near_statement, statement), (near_control, control))
    ]
    both = list(zip(verdicts, (near_statement[0], near_control[0]), strict=True))
    claims = check_article_claims()
    together = near["sentence"].iloc[0] if len(near) else ""
    return ArticleStudy(
        parameters=asked,
        finding=" ".join(
            [
                words.claims(claims),
                *(
                    f"{found['words'].iloc[0]}{news.dropped * f' {news.title}.'}"
                    for found, news in both
                ),
            ]
        ),
        detail=" ".join(
            f"{capital(name)}: {detail_words(news.every, found, 'local')}"
            for name, (found, news) in zip(named, both, strict=True)
        ),
        titles=tuple(news.titled(found) for found, news in both),
        verdicts=pd.concat(verdicts, keys=named, names=["announcement"]).reset_index(0),
        limits=Notes(
            [
                f"Whatever prices did after {named[0]} cannot be given to it alone. {together}"
                if together
                else "",
                APRIL if event_id == STATEMENT else "",
                "Verdicts rest on archived pages; each row says which were not verified.",
                LOG_WORDS,
                *(
                    f"After {name}. {' '.join(_limits(news, event))}"
                    for name, news, event in zip(
                        named,
                        (near_statement[0], near_control[0]),
                        (statement, control),
                        strict=True,
                    )
                ),
                sample.prices_end(first, second),
            ]
        ),
        table=claims,
        events=events,
        statement=named[0],
        control=named[1],
        timing=Said(
            f"{words.timing(statement.iloc[0], clock)} "
            f"{together or f'No other listed event lies within {NEAR} sessions in New York.'}"
        ),
        neighbours=near,
        clock=clock,
        after_statement=first,
        after_control=second,
        placebos=(first_chance, second_chance),
    )


def _limits(news: OwnNews, event: pd.DataFrame) -> Notes:
    """Say of whom a study of one announcement speaks, and of whom not."""
    shown = news.shown
    measured = unmeasured_words(shown.attrition, event)
    return Notes([composition_words(shown), measured, news.words, sample.shared_words(news.every)])


def _measured(
    event: pd.DataFrame, group: str, windows: Sequence[Sequence[int]], firm_news: FirmNews
) -> tuple[OwnNews, tuple[PlaceboResult, PlaceboResult]]:
    """Study one event against each exchange's own index, and at other sessions: shown, and all."""
    returns = sample.group_returns(group)
    shared = sample.conditions(returns)
    news = by_own_news(returns, event, firm_news, "local", windows=windows, **shared)
    every = placebo(news.every, exclude_near=load_events())
    shown = placebo(news.shown, exclude_near=load_events()) if news.dropped else every
    return news, (shown, every)


def _again(
    returns: pd.DataFrame,
    event: pd.DataFrame,
    windows: Any,
    *,
    benchmark: str = "local",
    **changed: Any,
) -> Measured:
    """Study one event in another way."""
    options = {"windows": windows, **sample.conditions(returns), **changed}
    result = EventStudy(returns, event, benchmark, **options).fit()
    return Measured(result, result.attrition)


def _neighbours(everything: pd.DataFrame, event_id: str) -> pd.DataFrame:
    found = overlaps(everything, sessions=NEAR)
    own = found.events.loc[found.events["event_id"] == event_id, "cluster"]
    columns = ["n", "sentence", "event_ids"]
    return found.clusters.loc[found.clusters["cluster"].isin(own), columns]
