"""What a refresh leaves for a person to judge, and what its guide says."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from rareearth_research.datasets import sources
from rareearth_research.datasets.refreshing.refresh import refresh
from rareearth_research.errors import SourceError
from tests.support import refresh_root, upstream_formats
from tests.support.local_upstream import FAST, Upstream, running


def search_results(documents: list[dict[str, Any]], server: Upstream) -> None:
    server.serve("/api/v1/documents.json", upstream_formats.federal_register(documents))


def test_federal_register_hits_wait_for_a_person_and_rebuild_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("build", "verify"):
        place = f"rareearth_research.datasets.building.{module}.all_tables"
        monkeypatch.setattr(place, refresh_root.two_tables)
    root = refresh_root.make(tmp_path / "data")
    with running() as server:
        monkeypatch.setenv("RAREEARTH_SOURCE_BASE_FEDERAL_REGISTER", server.url)
        before = refresh_root.contents(root)
        day = str(pd.Timestamp.now("UTC").date())
        first = upstream_formats.register_document("2026-001", day, "Investigation of minerals")
        search_results([first], server)
        refresh("federal_register", root=root, progress=False, limits=FAST)
        file = root / "candidates/federal_register.csv"
        table = pd.read_csv(file, dtype=str, keep_default_na=False)
        assert table["status"].tolist() == ["unverified"]
        table.assign(status="rejected", note="routine").to_csv(file, index=False)
        second = upstream_formats.register_document("2026-002", day, "Tariffs on magnets")
        search_results([second, first], server)
        report = refresh("federal_register", root=root, progress=False, limits=FAST)
        assert report.table["added"].tolist() == [1]
        after = pd.read_csv(file, dtype=str, keep_default_na=False).set_index("document_number")
        assert after["status"].to_dict() == {"2026-001": "rejected", "2026-002": "unverified"}
        changed = {k for k, v in refresh_root.contents(root).items() if before.get(k) != v}
        assert all(path.startswith(("candidates/", "snapshots/")) for path in changed)


def test_the_guide_describes_every_source_its_key_and_its_files() -> None:
    guide = (Path(__file__).resolve().parents[3] / "docs/refreshing.md").read_text("utf-8")
    for name, source in sources.available().items():
        assert f"| `{name}" in guide
        assert source.key is None or f"`{source.key}`" in guide
        assert all(feed.name in guide for feed in source.feeds)


def test_an_answer_that_counts_documents_and_sends_none_is_no_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = "rareearth_research.datasets.building.build.all_tables"
    monkeypatch.setattr(place, refresh_root.two_tables)
    root = refresh_root.make(tmp_path / "data")
    with running() as server:
        monkeypatch.setenv("RAREEARTH_SOURCE_BASE_FEDERAL_REGISTER", server.url)
        server.serve("/api/v1/documents.json", b'{"count": 3, "results": []}')
        with pytest.raises(SourceError, match="sent none of 3 documents; try again"):
            refresh("federal_register", root=root, progress=False, limits=FAST)
