"""A user's key reaches no message, log, snapshot or note, however an upstream sends it back."""

from __future__ import annotations

import html
import logging
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote

import pytest

from rareearth_research.datasets.building import build as build_module
from rareearth_research.datasets.refreshing.refresh import refresh
from rareearth_research.datasets.sources.redaction import redact, redact_answer
from rareearth_research.errors import RareEarthError, SourceError
from tests.support import refresh_root, upstream_formats
from tests.support.local_upstream import FAST, Answer, Upstream, running

KEY = "0123456789abcdef0123456789abcdef"
ODD = "ab+/=cd&ef gh12345<xyz"
FORMS: dict[str, Callable[[str], str]] = {
    "plain": str,
    "in capitals": str.upper,
    "percent-encoded": lambda key: quote(key, safe=""),
    "percent-encoded twice": lambda key: quote(quote(key, safe=""), safe=""),
    "every sign encoded": lambda key: "".join(f"%{ord(sign):02x}" for sign in key),
    "as HTML": html.escape,
    "cut": lambda key: key[:14],
    "its end": lambda key: key[-12:],
    "with a tag inside": lambda key: f"{key[:10]}</b>{key[10:]}",
    "over two lines": lambda key: f"{key[:11]}\n{key[11:]}",
}


def pieces(key: str) -> list[str]:
    plain = "".join(sign for sign in key if sign.isalnum()).lower()
    return [plain[i : i + 9] for i in range(len(plain) - 8)]


def leaks(text: str, key: str) -> bool:
    plain = "".join(sign for sign in text.lower() if sign.isalnum())
    return any(piece in plain for piece in pieces(key))


@pytest.mark.parametrize("key", [KEY, ODD])
@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_a_key_is_found_in_every_form(form: Callable[[str], str], key: str) -> None:
    text = redact(f"see https://api.example.org/?k={form(key)}&x=1", key)
    assert not leaks(text, key)
    assert text.startswith("see https://api.example.org/?k=")
    assert "***" in text


def test_what_is_no_key_stays() -> None:
    text = "Bad Request. The value for variable api_key is not registered. 2024-01-02, 0123456"
    assert redact(text, KEY) == text


def test_a_key_by_its_name_and_a_login_go_whosever_they_are() -> None:
    said = redact("http://me:pw@proxy/x?api_key=other&Ocp-Apim-Subscription-Key: abc crumb=x.y", "")
    assert said == "http://***@proxy/x?api_key=***&Ocp-Apim-Subscription-Key: *** crumb=***"


def test_an_answer_without_the_key_keeps_its_bytes() -> None:
    content = b"PK\x03\x04\xff%41 0123456789"
    assert redact_answer(content, KEY) is content


@pytest.fixture
def upstream(monkeypatch: pytest.MonkeyPatch) -> Iterator[Upstream]:
    with running() as server:
        for name, variable in (
            ("fred", "FRED_API_KEY"),
            ("comtrade", "COMTRADE_API_KEY"),
            ("stooq", "STOOQ_API_KEY"),
        ):
            monkeypatch.setenv(f"RAREEARTH_SOURCE_BASE_{name.upper()}", server.url)
            monkeypatch.setenv(variable, KEY)
        yield server


def echo(where: str, form: Callable[[str], str]) -> Answer:
    key = form(KEY)
    page = f"<!DOCTYPE html><html><body>Blocked: <b>{key}</b></body></html>".encode()
    return {
        "a page": Answer(page),
        "a refusal": Answer(page, 403),
        "plain text": Answer(b"x" * 135 + b" " + key.encode(), 400),
        "broken JSON": Answer(b'{"k": "' + key.encode()),
        "its type": Answer(b"\x00\x01", headers={"Content-Type": f"text/{quote(key)}"}),
        "another host": Answer(
            b"", 302, {"Location": f"http://{quote(key).replace('%', '-')}.example.org/"}
        ),
        "a login": Answer(b"", 302, {"Location": f"http://u:{quote(key)}@example.org/"}),
        "an error": Answer(b'{"data": [], "error": "no key %s"}' % repr(key)[1:-1].encode()),
    }[where]


WHERE = ["a page", "a refusal", "plain text", "broken JSON", "its type", "another host", "a login",
         "an error"]  # fmt: skip


@pytest.mark.parametrize("source", ["fred", "comtrade", "stooq"])
@pytest.mark.parametrize("where", WHERE)
def test_an_upstream_that_sends_the_key_back_does_not_show_it(
    upstream: Upstream, caplog: pytest.LogCaptureFixture, source: str, where: str
) -> None:
    caplog.set_level(logging.DEBUG)
    for form in FORMS.values():
        upstream.faults = [echo(where, form)] * 3
        with pytest.raises(SourceError) as refusal:
            refresh(source, dry_run=True, progress=False, limits=FAST)
        assert not leaks("".join(traceback.format_exception(refusal.value)), KEY)
    assert not leaks(caplog.text, KEY)


def test_neither_snapshot_nor_notes_hold_a_key_that_came_with_the_data(
    upstream: Upstream, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(build_module, "all_tables", refresh_root.two_tables)
    root = refresh_root.make(tmp_path / "data")
    bodies = {
        "DEXCHUS": [*refresh_root.rows_of("fx_usdcny_daily.csv"), ("2026-08-11", "6.7555")],
        "VIXCLS": refresh_root.rows_of("vix_daily.csv"),
    }
    upstream.serve(
        "/fred/series/observations",
        lambda r: (
            upstream_formats.fred(bodies[r.query["series_id"][0]])[:-1]
            + f', "asked": "?api_key={KEY}", "again": "{quote(KEY)}"}}'.encode()
        ),
    )
    report = refresh("fred", root=root, progress=False, limits=FAST)
    assert report.table["added"].tolist() == [1, 0]
    written = [path.read_bytes() for path in root.rglob("*") if path.is_file()]
    assert not any(KEY[:12].encode() in content for content in written)


def test_a_figure_that_is_the_key_is_refused_without_it(
    upstream: Upstream, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(build_module, "all_tables", refresh_root.two_tables)
    root = refresh_root.make(tmp_path / "data")
    upstream.serve(
        "/fred/series/observations", lambda r: upstream_formats.fred([("2026-08-11", KEY[:15])])
    )
    with pytest.raises(RareEarthError) as refusal:
        refresh("fred", root=root, progress=False, limits=FAST)
    assert not leaks("".join(traceback.format_exception(refusal.value)), KEY)
