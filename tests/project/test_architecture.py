"""`docs/architecture.md` says what is there; the linter of `make lint` holds the arrows."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs/architecture.md").read_text(encoding="utf-8")
PATHS = sorted(set(re.findall(r"`((?:rareearth_research|data|notebooks|benchmarks)/[^`]*)`", PAGE)))
ROOMS = sorted(path.parent for path in (ROOT / "rareearth_research").rglob("__init__.py"))
MOST = 12  # files of a room, from which on it answers two questions
LISTS = {"cleaning", "sources"}  # of like things, one file each
NEW = (
    "model", "test statistic", "question", "method on series", "command", "source",
    "cleaned table", "event", "study", "exchange",
)  # fmt: skip


def test_what_is_found_cannot_be_changed_afterwards() -> None:
    loose = re.compile(r"^@dataclass(?!.*frozen=True)", re.M)
    files = (ROOT / "rareearth_research").rglob("*.py")
    found = {path.name for path in files if loose.search(path.read_text("utf-8"))}
    assert found == {"http.py", "elsewhere.py"}  # a client counts, and a home is looked for once


@pytest.mark.parametrize("path", PATHS)
def test_what_the_page_names_is_there(path: str) -> None:
    assert (ROOT / path).exists()
    assert path.endswith("/") == (ROOT / path).is_dir()


@pytest.mark.parametrize("room", ROOMS, ids=lambda room: str(room.relative_to(ROOT)))
def test_every_room_is_on_the_page_and_says_its_question(room: Path) -> None:
    assert f"| `{room.relative_to(ROOT).as_posix()}/` |" in PAGE
    assert (room / "__init__.py").read_text(encoding="utf-8").startswith('"""')


@pytest.mark.parametrize("kind", NEW)
def test_each_new_thing_has_a_place_and_something_to_copy(kind: str) -> None:
    row = re.search(rf"^\| {kind} \|(.*)\|(.*)\|(.*)\|$", PAGE, re.M)
    assert row is not None
    assert all(cell.strip() for cell in row.groups())


@pytest.mark.parametrize(
    "room", [room for room in ROOMS if room.parent.name == "eventstudy" or room.name == "cli"],
    ids=lambda room: room.name,
)  # fmt: skip
def test_a_room_holds_no_more_than_about_twelve_files(room: Path) -> None:
    assert len([path for path in room.glob("*.py") if path.name != "__init__.py"]) <= MOST
