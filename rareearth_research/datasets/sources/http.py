"""One careful HTTP client for every source.

Upstreams time out, throttle, cut answers short, and send error pages with status 200. Whatever is
not the upstream's data becomes a `SourceError` that says what came instead; keys come from the
environment only and never reach a message, a log or a snapshot: they are taken out of every answer
at the door, and of every text before it is cut (`redaction`).
"""

from __future__ import annotations

import hashlib
import html
import json
import os
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Generic, Literal, TypeVar
from urllib.parse import urljoin, urlsplit, urlunsplit

from rareearth_research.datasets.sources.redaction import redact, redact_answer
from rareearth_research.datasets.sources.transport import (
    THROTTLED,
    Limits,
    Throttled,
    Upstream,
    open_session,
    quiet,
)
from rareearth_research.errors import SourceError

if TYPE_CHECKING:
    import requests

U = TypeVar("U", bound=Upstream)
Kind = Literal["json", "csv", "js", "html", "zip", "xls", "xlsx"]
MAX_REDIRECTS = 5
SAMPLE = 20_000  # bytes of an answer that are looked at for a message
MAGIC = {"zip": b"PK\x03\x04", "xlsx": b"PK\x03\x04", "xls": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"}


@dataclass(frozen=True)
class Download:
    """One answer: its bytes, and where and when they came from (without any key)."""

    url: str
    content: bytes
    retrieved: datetime
    kind: str

    @property
    def sha256(self) -> str:
        """The hash of the bytes."""
        return hashlib.sha256(self.content).hexdigest()

    def json(self) -> Any:
        """The parsed answer of a ``json`` request."""
        return json.loads(self.content)


@dataclass
class Client(Generic[U]):
    """Fetches for one source, within its hosts and limits, and keeps every answer.

    ``RAREEARTH_SOURCE_BASE_<NAME>`` sends all requests of source ``<name>`` to another server; it
    exists for tests and mirrors, and is the only way to leave https. ``troubles`` says by ticker
    why a security was left out, ``told`` how a file was read.
    """

    source: U
    limits: Limits = field(default_factory=Limits)
    seen: Callable[[Download], None] | None = None
    downloads: list[Download] = field(default_factory=list)
    troubles: dict[str, str] = field(default_factory=dict)
    told: list[str] = field(default_factory=list)

    @property
    def base(self) -> str | None:
        """The overriding server, if any."""
        return os.environ.get(f"RAREEARTH_SOURCE_BASE_{self.source.name.upper()}")

    @property
    def key(self) -> str | None:
        """The user's key from the environment; a `SourceError` if it is required and absent."""
        if not self.source.key:
            return None
        key = os.environ.get(self.source.key, "").strip()
        if not key and self.source.key_required:
            raise SourceError(
                f"{self.source.title} needs a key: set the environment variable "
                f"{self.source.key}. {self.source.key_help}"
            )
        return key or None

    def get(
        self,
        url: str,
        kind: Kind,
        params: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Download:
        """Fetch `url` and check that the answer is of `kind`.

        Raises
        ------
        SourceError
            If anything but a complete answer of that kind arrives.
        """
        import requests
        import urllib3

        with quiet(self.redact), open_session(self.limits) as session:
            try:
                response = self._follow(session, self.target(url), params, headers)
                with response:
                    content = self._body(response)
            except (requests.exceptions.RequestException, urllib3.exceptions.HTTPError) as error:
                raise SourceError(self._explain(error)) from None
        content = self.clean(content)
        self.refuse_status(response.status_code, content)
        self.check(content, kind, response.headers.get("Content-Type", ""))
        return self.keep(response.url, content, kind)

    def keep(self, url: str, content: bytes, kind: str) -> Download:
        """Remember an answer for the snapshot, and tell whoever watches."""
        download = Download(self.redact(url), self.clean(content), datetime.now(UTC), kind)
        self.downloads.append(download)
        if self.seen:
            self.seen(download)
        return download

    def check(self, content: bytes, kind: Kind, content_type: str = "") -> None:
        """Refuse content that is not of `kind`, whatever the server called it."""
        start = content[:2048].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
        is_page = start.startswith((b"<!doctype", b"<html", b"<head", b"<?xml", b"<script"))
        if not content.strip():
            raise SourceError(f"{self.source.title} sent an empty answer; try again later")
        if kind == "html":
            if not is_page:
                raise SourceError(f"{self.source.title} sent {self._sample(content)}, not a page")
        elif is_page:
            raise SourceError(
                f"{self.source.title} sent a web page instead of data: {self._page(content)}"
            )
        elif kind in MAGIC and not content.startswith(MAGIC[kind]):
            called = self._quoted(content_type) or "something"
            raise SourceError(
                f"{self.source.title} sent {called} that is not a {kind} file: "
                f"{self._sample(content)}"
            )
        elif kind == "json":
            try:
                json.loads(content)
            except (ValueError, RecursionError) as error:
                raise SourceError(
                    f"{self.source.title} sent broken JSON ({self.redact(str(error))}): "
                    f"{self._sample(content)}"
                ) from None

    def redact(self, text: str) -> str:
        """Blank the key: whole, in part, and as it looks in a URL."""
        return redact(text, self._secret)

    def clean(self, content: bytes) -> bytes:
        """Return an answer without the key."""
        return redact_answer(content, self._secret)

    @property
    def _secret(self) -> str:
        return os.environ.get(self.source.key, "").strip() if self.source.key else ""

    def target(self, url: str) -> str:
        """Return the URL to ask: https, unless sent to another server on purpose."""
        if self.base:
            base, asked = urlsplit(self.base), urlsplit(url)
            return urlunsplit((base.scheme, base.netloc, asked.path, asked.query, ""))
        self.refuse_host(url)
        return url

    def _follow(
        self,
        session: requests.Session,
        url: str,
        params: Mapping[str, Any] | None,
        headers: Mapping[str, str] | None,
    ) -> requests.Response:
        timeout = (self.limits.connect, self.limits.read)
        for _ in range(MAX_REDIRECTS + 1):
            response = session.get(
                url,
                params=params,
                headers=dict(headers or {}),
                timeout=timeout,
                stream=True,
                allow_redirects=False,
            )
            if not response.is_redirect:
                return response
            response.close()
            # The new address is complete; sending the parameters again could send a key elsewhere.
            url, params = urljoin(url, response.headers["Location"]), None
            self.refuse_host(url)
        raise SourceError(f"{self.source.title} redirects without end: {self._quoted(url)}")

    def refuse_host(self, url: str) -> None:
        """Refuse an address outside the source's hosts, or not https."""
        parts = urlsplit(url)
        allowed = (urlsplit(self.base).netloc,) if self.base else self.source.hosts
        where = parts.netloc if self.base else (parts.hostname or "")
        if where not in allowed:
            raise SourceError(
                f"{self.source.title} points to another host, {self._quoted(where)}; expected "
                f"{self.redact(' or '.join(allowed))}. Nothing was fetched from there"
            )
        if parts.scheme != "https" and not self.base:
            raise SourceError(f"{self.source.title}: {self._quoted(url)} is not https; refused")

    def _body(self, response: requests.Response) -> bytes:
        limit, started = self.limits, time.monotonic()
        chunks, size = [], 0
        # read1 returns what has come: a server that drips cannot hold us beyond the total time.
        while chunk := response.raw.read1(64 * 1024, decode_content=True):
            size += len(chunk)
            if size > limit.max_bytes:
                raise SourceError(
                    f"{self.source.title} sent more than {limit.max_bytes:,} bytes; stopped reading"
                )
            if time.monotonic() - started > limit.total:
                raise SourceError(
                    f"{self.source.title} was still sending after {limit.total:g} s; gave up"
                )
            chunks.append(chunk)
        return b"".join(chunks)

    def refuse_status(self, status: int, content: bytes) -> None:
        """Refuse an answer whose status says that it is not data."""
        if status < 400:
            return
        advice = {
            401: f"check the key in {self.source.key}" if self.source.key else "access is refused",
            403: f"check the key in {self.source.key}" if self.source.key else "access is refused",
            404: "the address may have moved",
            **dict.fromkeys(THROTTLED, "too many requests; wait and try again"),
        }.get(status, "try again later" if status >= 500 else "the request was not understood")
        raise (Throttled if status in THROTTLED else SourceError)(
            f"{self.source.title} answered HTTP {status}: {advice}. It said: "
            f"{self._sample(content)}"
        )

    def _explain(self, error: Exception) -> str:
        import requests
        import urllib3

        text = self.redact(str(error))
        kinds = (
            (urllib3.exceptions.DecodeError, "the answer's compression is broken"),
            (urllib3.exceptions.TimeoutError, "no answer in time"),
            (urllib3.exceptions.ProtocolError, "the answer was cut short"),
            (requests.exceptions.Timeout, "no answer in time"),
            (requests.exceptions.SSLError, "the certificate is not valid"),
            (requests.exceptions.ConnectionError, "the connection failed or broke"),
        )
        what = next((said for kind, said in kinds if isinstance(error, kind)), "the request failed")
        if "timed out" in text.lower():  # after its retries requests calls it a ConnectionError
            what = "no answer in time"
        return f"{self.source.title}: {what} ({text[:300]}); try again later"

    def _sample(self, content: bytes) -> str:
        if re.search(rb"<html|<!doctype", content[:2048], re.IGNORECASE):
            return self._page(content)
        text = content[:SAMPLE].decode("utf-8", errors="replace")
        text = re.sub(r"[\x00-\x1f\ufffd]+", " ", text).strip()
        return self._quoted(text) or "nothing readable"

    def _page(self, content: bytes) -> str:
        text = content[:SAMPLE].decode("utf-8", errors="replace")
        text = re.sub(r"(?is)<(script|style).*?</\1>", " ", text)
        text = re.sub(r"<[^>]*>", " ", text)
        return self._quoted(html.unescape(text)) or "a page without text"

    def _quoted(self, text: str) -> str:
        """Quote what an upstream said: without the key, on one line, and short."""
        text = " ".join(self.redact(text).split())
        return repr(text[:160]) if text else ""
