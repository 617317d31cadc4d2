"""The connection under the client: how long to wait, how often to try, what to keep out of logs.

Who is an upstream: its name, its terms, the hosts it answers from, and the key it wants.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rareearth_research.errors import SourceError

if TYPE_CHECKING:
    import requests

RETRIED = (429, 500, 502, 503, 504)
THROTTLED = (429, 456)  # Sina's own is the second
USER_AGENT = "rareearth-research/0.1 (research data refresh; python-requests)"


@dataclass(frozen=True, kw_only=True)
class Upstream:
    """What a request must know of where it goes, and a person of whose figures these are.

    Parameters
    ----------
    name : str
        What users type: ``rareearth data refresh NAME``.
    title, url, licence : str
        For people: what it is, where it is documented, what its terms allow.
    hosts : tuple of str
        Hosts it may talk to; a redirect to any other is refused.
    key : str, optional
        Environment variable of the key, if the upstream wants one.
    key_required : bool
        Whether nothing works without the key.
    key_help : str
        Where a user gets a key.
    """

    name: str
    title: str
    url: str
    licence: str
    hosts: tuple[str, ...] = ()
    key: str | None = None
    key_required: bool = False
    key_help: str = ""


class Throttled(SourceError):
    """The upstream wants no more requests for now: asking for the next thing would be rude."""


@dataclass(frozen=True)
class Limits:
    """How long to wait, how often to try, how much to accept.

    Parameters
    ----------
    connect, read
        Seconds to wait for a connection, and for the next bytes.
    total
        Seconds one answer may take from first to last byte.
    max_bytes
        Bytes accepted of one answer, after decompression.
    retries
        Further tries after 429, 5xx and broken connections.
    backoff
        Seconds before the second retry; doubles after each.
    longest_wait
        Seconds; an upstream that asks to wait longer (``Retry-After``) ends the refresh.
    pause
        Seconds between one security and the next where each is asked for by itself.
    """

    connect: float = 10.0
    read: float = 60.0
    total: float = 300.0
    max_bytes: int = 64 * 2**20
    retries: int = 4
    backoff: float = 1.0
    longest_wait: float = 120.0
    pause: float = 0.3


@contextmanager
def open_session(limits: Limits) -> Iterator[requests.Session]:
    import requests
    from requests.adapters import HTTPAdapter
    from urllib3.util.retry import Retry

    class ImpatientRetry(Retry):
        """Obeys ``Retry-After``, but gives up rather than wait for hours or come back early."""

        def parse_retry_after(self, retry_after: str) -> float:
            seconds = super().parse_retry_after(retry_after)
            if seconds > limits.longest_wait:
                raise Throttled(
                    f"the upstream asks to wait {seconds:.0f} s before the next request; "
                    "try again then"
                )
            return seconds

    retry = ImpatientRetry(
        total=limits.retries,
        status_forcelist=RETRIED,
        backoff_factor=limits.backoff,
        backoff_max=limits.longest_wait,
        raise_on_status=False,
    )
    with requests.Session() as session:
        session.mount("https://", HTTPAdapter(max_retries=retry))
        session.mount("http://", HTTPAdapter(max_retries=retry))
        session.headers["User-Agent"] = USER_AGENT
        yield session


@contextmanager
def quiet(redact: Callable[[str], str]) -> Iterator[None]:
    """Keep keys out of urllib3's own log lines, which show whole URLs."""

    def blank(record: logging.LogRecord) -> bool:
        record.msg, record.args = redact(record.getMessage()), ()
        return True

    loggers = [logging.getLogger(f"urllib3.{name}") for name in ("connectionpool", "util.retry")]
    for logger in loggers:
        logger.addFilter(blank)
    try:
        yield
    finally:
        for logger in loggers:
            logger.removeFilter(blank)
