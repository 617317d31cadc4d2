"""A local server that speaks what the upstreams speak, and misbehaves when told to."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from rareearth_research.datasets.sources.transport import Limits

FAST = Limits(0.3, 0.3, total=1.0, max_bytes=2**20, retries=1, backoff=0.01, pause=0.0)
HTML = b"<!DOCTYPE html><html><head><title>x</title></head><body>Service notice</body></html>"


@dataclass
class Request:
    path: str
    query: dict[str, list[str]]
    headers: dict[str, str]


@dataclass
class Answer:
    """What the server does with one request."""

    content: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    delay: float = 0.0  # before anything is sent
    cut: bool = False  # promise the whole, send half
    repeat: int = 1  # send the content so often, without saying how long it is
    pause: float = 0.0  # after each of them


@dataclass
class Upstream:
    """Answers by path; `faults` are used up first, one a request."""

    url: str
    answers: dict[str, Any] = field(default_factory=dict)
    faults: list[Answer] = field(default_factory=list)
    requests: list[Request] = field(default_factory=list)

    def serve(self, path: str, content: Any, content_type: str = "text/plain") -> None:
        """Answer `path` with bytes, or with what a function of the request returns."""
        self.answers[path] = (content, content_type)

    def answer(self, request: Request) -> Answer:
        self.requests.append(request)
        if self.faults:
            return self.faults.pop(0)
        if request.path not in self.answers:
            return Answer(HTML, 404, {"Content-Type": "text/html"})
        content, kind = self.answers[request.path]
        if callable(content):
            content = content(request)
        if isinstance(content, Answer):
            return content
        return Answer(content, headers={"Content-Type": kind})


@contextmanager
def running() -> Iterator[Upstream]:
    """Run an upstream on a free port of this machine."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle(self) -> None:
            with suppress(ConnectionResetError):  # the client left between two requests
                super().handle()

        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            request = Request(parts.path, parse_qs(parts.query), dict(self.headers))
            answer = upstream.answer(request)
            time.sleep(answer.delay)
            with suppress(BrokenPipeError, ConnectionResetError):  # the client had enough
                self._send(answer)

        def _send(self, answer: Answer) -> None:
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            if answer.repeat == 1:
                self.send_header("Content-Length", str(len(answer.content)))
            else:
                self.send_header("Connection", "close")
            self.end_headers()
            half = len(answer.content) // 2
            for _ in range(answer.repeat):
                self.wfile.write(answer.content[:half] if answer.cut else answer.content)
                time.sleep(answer.pause)
            if answer.cut or answer.repeat > 1:
                self.close_connection = True

        def log_message(self, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    upstream = Upstream(f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield upstream
    finally:
        server.shutdown()
        server.server_close()
