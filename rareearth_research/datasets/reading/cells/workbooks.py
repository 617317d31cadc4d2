"""How large is a workbook once it is read? Looked at before any reader sees it.

A reader fills the whole rectangle that the cells span: one cell in the last corner of a sheet makes
17 thousand million of them and ends the process, though the file has a few kilobytes. So the places
of the cells are read from the file itself first, and everything packed is unpacked once to be
counted, because the sizes that an archive claims need not be true.
"""

from __future__ import annotations

import io
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator

import numpy as np
import pandas as pd

from rareearth_research.errors import SourceError, shown

MAX_UNPACKED = 256 * 2**20  # bytes
MAX_CELLS = 10_000_000  # of a sheet, up to its last row and column
MAX_TEXT = 256 * 2**20  # letters of all cells; a text that many cells share is read for each
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
DAMAGED = (zipfile.BadZipFile, zlib.error, OSError, RuntimeError, ValueError, EOFError)

_TAG = re.compile(rb"""<(?:\w+:)?(row|c)(?=[\s/>])((?:[^>"']|"[^"]*"|'[^']*')*)>""")
_ATTRIBUTE = re.compile(rb"""([\w:]+)\s*=\s*(?:"([^"]*)"|'([^']*)')""")
_PLACE = re.compile(rb"([A-Za-z]{0,3})([0-9]{1,7})")
_ANY = re.compile(rb"<(?:\w+:)?(?:row|c)(?=[\s/>])")
_USUAL = re.compile(rb'<(?:row|c) r="([A-Z]{0,3})([0-9]{1,7})"')  # as every spreadsheet writes it
_SHARED = re.compile(rb"""\bt\s*=\s*["']s["'][^>]*>\s*<(?:\w+:)?v[^>]*>\s*([0-9]{1,9})""")
_SHARED_TEXT = re.compile(rb"<(?:\w+:)?si\b")
_CELLS = (0x0203, 0x0204, 0x0205, 0x0006, 0x00D6, 0x00FD, 0x027E, 0x00BD)  # records of old Excel
_MANY, _START, _SPAN, _EPOCH = 0x00BD, 0x0809, 0x0200, 0x0022
_LAST = 0xFFFFFFFA  # from here on numbers mean that there is no further sector


def sheet(content: bytes, name: str | int, title: str, *, as_it_is: bool = False) -> pd.DataFrame:
    """Read one sheet of a workbook (.xls or .xlsx), without header.

    `as_it_is` leaves texts such as ``NA`` what they are; else pandas takes them for nothing. The
    names of the other sheets are in ``attrs["other sheets"]``; whether
    its days are counted from 1904 in ``attrs["1904"]``.
    """
    check_workbook(content, title)
    try:
        with pd.ExcelFile(io.BytesIO(content), engine="calamine") as book:
            if isinstance(name, str) and name not in book.sheet_names and name.isdecimal():
                name = int(name)  # 0 is the first
            names = book.sheet_names
            if (name >= len(names)) if isinstance(name, int) else (name not in names):
                raise SourceError(
                    f"{title}: the workbook has no sheet {shown(name)}; it has "
                    f"{', '.join(map(repr, names))}, counted from 0"
                )
            table = pd.read_excel(
                book, sheet_name=name, header=None, keep_default_na=not as_it_is, na_values=[""]
            )
            table.attrs["1904"] = _from_1904(content)
            table.attrs["other sheets"] = [
                other for at, other in enumerate(names) if name not in (at, other)
            ]
            return table
    except SourceError:
        raise
    except ImportError:
        raise SourceError(
            f"reading {title} needs python-calamine: pip install python-calamine"
        ) from None
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:  # for a broken file the reader may even panic
        raise SourceError(
            f"{title} sent a workbook that cannot be read: {shown(str(error), 200)}"
        ) from None


def _from_1904(content: bytes) -> bool:
    """Return whether a workbook counts its days from 1904, as those of old Macintoshes do."""
    if content.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            name = next(name for name in archive.namelist() if name.lower() == "xl/workbook.xml")
            return re.search(rb"""date1904\s*=\s*["'](1|true)""", archive.read(name)) is not None
    return any(kind == _EPOCH and record[:1] == b"\1"
               for stream in _streams(content) for kind, record in _records(stream))  # fmt: skip


def check_workbook(content: bytes, title: str) -> None:
    """Refuse a workbook that is damaged, of another kind, or small and huge when read.

    Raises
    ------
    SourceError
        Beginning with `title`, with what to do.
    """
    if content.startswith(b"PK"):
        _check_xlsx(content, title)
    elif content.startswith(OLE):
        try:
            area = sum(area for stream in _streams(content) for area in _xls_areas(stream))
        except (struct.error, LookupError, ValueError):
            raise SourceError(f"{title} is a damaged workbook; save it again as .xlsx") from None
        _refuse_area(area, title)
    else:
        raise SourceError(
            f"{title} is no workbook; open it with a spreadsheet and save it as .xlsx, or give it "
            "the ending .csv if it is text"
        )


def check_archive(content: bytes, title: str) -> None:
    """Refuse an archive that is damaged, or small packed and huge unpacked."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = archive.infolist()
            size = sum(member.file_size for member in members)
            if size <= MAX_UNPACKED:
                for member in members:  # a wrong size ends in a wrong checksum
                    with archive.open(member) as file:
                        while file.read(2**20):
                            pass
                return
    except DAMAGED as error:
        raise SourceError(f"{title} sent a damaged archive: {error}") from None
    raise SourceError(f"{title} sent an archive of {size:,} bytes unpacked; refused")


def _check_xlsx(content: bytes, title: str) -> None:
    check_archive(content, title)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        parts = {name.lower(): name for name in archive.namelist()}
        if "xl/workbook.xml" not in parts:
            raise SourceError(
                f"{title} is not an .xlsx workbook; open it with a spreadsheet and save it as one"
            )
        common = parts.pop("xl/sharedstrings.xml", None)
        texts = _SHARED_TEXT.split(archive.read(common))[1:] if common else []
        lengths = np.array([len(text) for text in texts], dtype="int64")
        for name in (name for part, name in parts.items() if part.endswith(".xml")):
            sheet = archive.read(name)
            if _most(sheet) > MAX_CELLS:
                _refuse_area(_area(_places(sheet)), title)
            used = np.array([int(number) for number in _SHARED.findall(sheet)], dtype="int64")
            if lengths[used[used < len(lengths)]].sum() > MAX_TEXT:
                raise SourceError(
                    f"{title}: its cells hold more than {MAX_TEXT:,} letters; save the table as "
                    "CSV and give that"
                )


def _most(sheet: bytes) -> float:
    """Return the cells up to the last row and column named, quickly; infinity if some are not."""
    usual = _USUAL.findall(sheet)
    if len(usual) != len(_ANY.findall(sheet)):
        return float("inf")
    columns = {letters for letters, _ in usual}
    rows = {number for _, number in usual}
    return max(map(_column, columns), default=0) * max(map(int, rows), default=0)


def _places(sheet: bytes) -> Iterator[tuple[int, int]]:
    """Yield row and column of each cell that is not empty."""
    row = column = 0
    for tag in _TAG.finditer(sheet):
        named = [a[2] or a[3] or b"" for a in _ATTRIBUTE.finditer(tag[2]) if a[1] == b"r"]
        place = _PLACE.fullmatch(named[0]) if named else None
        if tag[1] == b"row":
            row, column = int(place[2]) if place else row + 1, 0
            continue
        column += 1
        if place and place[1]:
            row, column = int(place[2]), _column(place[1])
        if not tag[2].endswith(b"/"):
            yield row, column


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - 64
    return number


def _area(places: Iterator[tuple[int, int]]) -> int:
    """Return the cells from the first corner of a sheet to the last row and column used."""
    found = np.array([(0, 0), *places], dtype="int64")
    return int(found.max(axis=0).prod())


def _refuse_area(area: int, title: str) -> None:
    if area > MAX_CELLS:
        raise SourceError(
            f"{title}: its sheet reaches over {area:,} cells, so one lies far from the table; "
            "delete what is below and to the right of it, or save the table as CSV"
        )


def _xls_areas(stream: bytes) -> Iterator[int]:
    """Yield the area of each sheet of an .xls workbook; all of them are read."""
    places: list[tuple[int, int]] = []
    for kind, record in _records(stream):
        if kind == _START:
            yield _area(iter(places))
            places = []
        elif kind == _SPAN and len(record) >= 14:
            top, bottom, left, right = struct.unpack_from("<IIHH", record)
            if bottom > 2**16 or right > 2**8 or top > bottom or left > right:
                raise ValueError("no such sheet")
        elif kind in _CELLS and len(record) >= 6:
            row, column = struct.unpack_from("<HH", record)
            places.append((row + 1, column + 1))
            if kind == _MANY:
                places.append((row + 1, struct.unpack("<H", record[-2:])[0] + 1))
    yield _area(iter(places))


def _records(stream: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield kind and content of each record of an .xls workbook."""
    at = 0
    while at + 4 <= len(stream):
        kind, length = struct.unpack_from("<HH", stream, at)
        yield kind, stream[at + 4 : at + 4 + length]
        at += 4 + length


def _streams(file: bytes) -> Iterator[bytes]:
    """Yield the records of an .xls file, which is a small file system of linked sectors."""
    shift, mini_shift = struct.unpack_from("<HH", file, 30)
    if shift not in (9, 12) or mini_shift != 6:
        raise ValueError("no such sectors")
    size, numbers = 1 << shift, f"<{(1 << shift) // 4}I"

    def sector(number: int) -> bytes:
        return file[(number + 1) * size : (number + 2) * size]

    [directory] = struct.unpack_from("<I", file, 48)
    small, mini, more = struct.unpack_from("<II4xI", file, 56)
    tables = list(struct.unpack_from("<109I", file, 76))
    for _ in range(len(file) // size):
        if more < _LAST:
            *further, more = struct.unpack(numbers, sector(more))
            tables += further
    links = [link for t in tables if t < _LAST for link in struct.unpack(numbers, sector(t))]

    def read(start: int) -> bytes:
        return b"".join(sector(number) for number in _chain(start, links))

    entries = read(directory)
    inner = read(struct.unpack_from("<I", entries, 116)[0])  # of streams smaller than a sector
    packed = read(mini)
    inner_links = list(struct.unpack(f"<{len(packed) // 4}I", packed))
    for at in range(0, len(entries), 128):
        length, start, bytes_ = struct.unpack_from("<H50xII", entries, at + 64)
        name = entries[at : at + max(length - 2, 0)].decode("utf-16-le", "replace")
        if name.lower() in ("workbook", "book"):
            whole = read(start) if bytes_ >= small else b"".join(
                inner[number * 64 : (number + 1) * 64] for number in _chain(start, inner_links)
            )  # fmt: skip
            yield whole[:bytes_]


def _chain(start: int, links: list[int]) -> Iterator[int]:
    for _ in range(len(links) + 1):
        if start >= _LAST:
            return
        yield start
        start = links[start]
    raise ValueError("sectors that lead to themselves")
