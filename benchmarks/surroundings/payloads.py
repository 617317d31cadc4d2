"""What upstreams send when they are broken or hostile, for every source that can be refreshed."""

from __future__ import annotations

import gzip
import os
from collections.abc import Iterator
from pathlib import Path

from rareearth_research.datasets import sources
from rareearth_research.datasets.refreshing.refresh import refresh
from rareearth_research.errors import RareEarthError
from tests.datasets.refreshing.test_refresh_sources import SERVERS
from tests.support import price_upstreams as prices
from tests.support import upstream_formats as formats
from tests.support.local_upstream import FAST, HTML, Answer, Request, Upstream, running

BOMB = gzip.compress(b"0" * 2**26)
JSON = {"Content-Type": "application/json"}
PAYLOADS = {
    "nothing": Answer(b""),
    "a web page": Answer(HTML, headers={"Content-Type": "text/html"}),
    "an error": Answer(b"oops", 503),
    "promised, half sent": Answer(b"x" * 5000, cut=True),
    "without end": Answer(b"x" * 65536, repeat=64),
    "dripping": Answer(b" ", repeat=60, pause=0.05),
    "too late": Answer(delay=0.6),
    "packed, 64 MB unpacked": Answer(BOMB, headers={"Content-Encoding": "gzip"}),
    "no gzip": Answer(b"not gzip", headers={"Content-Encoding": "gzip"}),
    "signs of control": Answer(b"\x1b[2J\x00\x07" * 99),
    "no text": Answer(bytes(range(256)) * 40),
    "deep JSON": Answer(b"[" * 200_000, headers=JSON),
    "other JSON": Answer(b'{"observations": {"a": [1e999, null]}}', headers=JSON),
    "a number": Answer(b"1" * 10_000, headers=JSON),
    "a file of this machine": Answer(b"", 302, {"Location": "file:///etc/passwd"}),
    "another host": Answer(b"", 302, {"Location": "http://127.0.0.2:9/"}),
    "in a circle": Answer(b"", 302, {"Location": "/again"}),
    "a long header": Answer(b"1", headers={"X-Long": "x" * 70_000}),
}
SAMPLE = Path(__file__).resolve().parents[2] / "tests/data/gpr_daily.xls"
CUTS = (0.02, 0.3, 0.7, 0.97)
MARKET = {"sina": ("cn", prices.serve_sina), "stooq": ("us", prices.serve_stooq)}


def right_answers(name: str, server: Upstream, root: Path) -> bool:
    """Serve what the source sends when all is well; say whether that is known here."""
    server.answers.clear()
    if name in SERVERS:
        SERVERS[name](server, True)
    elif name in MARKET:
        market, serve = MARKET[name]
        serve(server, root, prices.longer(root)[market])
    elif name == "gpr":
        server.serve("/gpr_files/data_gpr_daily_recent.xls", SAMPLE.read_bytes())
    elif name == "federal_register":
        document = formats.register_document("2026-1", "2026-11-02", "Rare earth magnets")
        server.serve("/api/v1/documents.json", formats.federal_register([document]))
    else:
        return False
    return True


def cut(answers: dict[str, object], share: float) -> dict[str, object]:
    """Return answers that end early without a word, as a proxy sends them that broke down."""

    def ending(content: object) -> object:
        def answer(request: Request) -> object:
            whole = content(request) if callable(content) else content
            return whole[: int(len(whole) * share)] if isinstance(whole, bytes) else whole

        return answer

    return {path: (ending(content), kind) for path, (content, kind) in answers.items()}  # type: ignore[misc]


def judged_payloads(root: Path) -> Iterator[tuple[str, str, str]]:
    """Ask every source for each payload; yield source, payload and what is wrong, if anything.

    A refusal must be one of ours; a cut answer may also be read, and nothing is written then.
    """
    os.environ.update(FRED_API_KEY="secret-key", STOOQ_API_KEY="secret-key")
    os.environ.pop("COMTRADE_API_KEY", None)
    before = state(root)
    with running() as server:
        for name in sources.NAMES:
            os.environ[f"RAREEARTH_SOURCE_BASE_{name.upper()}"] = server.url
        for name in [n for n in sources.NAMES if n not in ("local", "yahoo")]:
            for payload, answer in PAYLOADS.items():
                server.answers = Always(answer)
                yield name, payload, wrong(name, root, must_fail=True) or lost(before, root)
            if right_answers(name, server, root):
                whole = dict(server.answers)
                for share in CUTS:
                    server.answers = cut(whole, share)
                    yield name, f"cut at {share:.0%}", wrong(name, root) or lost(before, root)


class Always(dict):  # type: ignore[type-arg]
    """The same answer whatever is asked for."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer

    def __contains__(self, path: object) -> bool:
        return True

    def __getitem__(self, path: str) -> tuple[object, str]:
        return (lambda request: self.answer), ""


def wrong(name: str, root: Path, *, must_fail: bool = False) -> str:
    try:
        refresh(name, root=root, progress=False, limits=FAST, dry_run=not must_fail)
    except RareEarthError as error:
        said = str(error)
        if "secret-key" in said or "\x1b" in said or len(said) > 2000:
            return f"unclear: {said[:300]!r}"
        return ""
    except Exception as error:
        return f"traceback: {type(error).__name__}: {error}"
    return "taken for figures" if must_fail else ""


def state(root: Path) -> dict[str, tuple[int, int]]:
    files = [path for path in root.rglob("*") if path.is_file() and path.name != "refresh.part"]
    return {str(path): (path.stat().st_size, path.stat().st_mtime_ns) for path in files}


def lost(before: dict[str, tuple[int, int]], root: Path) -> str:
    return "" if state(root) == before else "the data folder is another"
