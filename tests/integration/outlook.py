"""Writes a mail as Outlook keeps it: properties in streams of a compound file.

Source: [MS-CFB] and [MS-OXMSG], of which this is as much as a small mail needs. No stream may hold 4,096 bytes or more,
so that all of them lie in the mini stream, and one sector of the allocation table reaches all sectors.
"""

import struct
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

SECTOR, MINI, LARGEST = 512, 64, 4096
FREE, LAST, TABLE, NOBODY = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD, 0xFFFFFFFF
ROOT, STORAGE, STREAM = 5, 1, 2
INTEGER, TEXT, BINARY = 0x0003, 0x001F, 0x0102
UTF_8 = 65001
BY_VALUE = 1

Tree = Mapping[str, "bytes | Tree"]
Property = tuple[int, int, bytes]
"""An identifier, a type, and the value as it is written."""


def outlook(subject: str, sender: str, page: str, attached: Mapping[str, bytes]) -> bytes:
    """Return a mail with an HTML body and attachments."""
    properties = [
        text(0x001A, "IPM.Note"),
        text(0x0037, subject),
        text(0x0C1F, sender),
        (0x1013, BINARY, page.encode()),
        (0x3FDE, INTEGER, struct.pack("<Q", UTF_8)),
    ]
    storages = {
        f"__attach_version1.0_#{number:08X}": stored(
            struct.pack("<8x"),
            [
                (0x3705, INTEGER, struct.pack("<Q", BY_VALUE)),
                text(0x3707, name),
                (0x3701, BINARY, content),
            ],
        )
        for number, (name, content) in enumerate(attached.items())
    }
    head = struct.pack("<8x4I8x", 0, len(attached), 0, len(attached))
    return compound({**stored(head, properties), **storages})


def text(identifier: int, value: str) -> Property:
    return identifier, TEXT, value.encode("utf-16-le")


def stored(head: bytes, properties: Sequence[Property]) -> Tree:
    """Return the streams of properties: one that lists them all, and one for each value of its own length."""
    listed = b"".join(
        struct.pack("<HHI", kind, identifier, 6) + (value if kind == INTEGER else struct.pack("<II", len(value), 0))
        for identifier, kind, value in properties
    )
    values = {f"__substg1.0_{one:04X}{kind:04X}": value for one, kind, value in properties if kind != INTEGER}
    return {"__properties_version1.0": head + listed, **values}


@dataclass
class Entry:
    """An entry of the directory, and where others of it stand."""

    name: str
    kind: int
    content: bytes = b""
    following: int = NOBODY
    first_below: int = NOBODY
    start: int = 0


def compound(tree: Tree) -> bytes:
    """Return a compound file of the third version."""
    entries = [Entry("Root Entry", ROOT)]
    entries[0].first_below = below(tree, entries)
    mini, chains = b"", []
    for entry in (one for one in entries if one.kind == STREAM):
        assert 0 < len(entry.content) < LARGEST
        entry.start = len(mini) // MINI
        mini += padded(entry.content, MINI)
        chains += chain(entry.start, len(mini) // MINI)
    entries[0].content = mini
    directory_at, minis_at = 1, 1 + sectors(128 * len(entries))
    entries[0].start = minis_at + sectors(4 * len(chains))
    end = entries[0].start + sectors(len(mini))
    pieces = ((directory_at, minis_at), (minis_at, entries[0].start), (entries[0].start, end))
    table = [TABLE, *(link for start, stop in pieces for link in chain(start, stop))]
    assert end <= SECTOR // 4
    head = struct.pack(
        "<8s16xHHHHH6xIIIIIIIIII", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", 0x3E, 3, 0xFFFE, 9, 6,
        0, 1, directory_at, 0, LARGEST, minis_at, entries[0].start - minis_at, LAST, 0, 0,
    )  # fmt: skip
    parts = (numbers(table), b"".join(map(written, entries)), numbers(chains), mini)
    return head.ljust(SECTOR, b"\xff") + b"".join(
        padded(part, SECTOR, b"\xff" if part is parts[0] or part is parts[2] else b"\0") for part in parts
    )


def below(tree: Tree, entries: list[Entry]) -> int:
    """Add what a storage holds to the directory, as a list in the order of names; return where it begins."""
    first, previous = NOBODY, None
    for name in sorted(tree, key=lambda name: (len(name), name.upper())):
        content = tree[name]
        entry = Entry(name, STREAM, content) if isinstance(content, bytes) else Entry(name, STORAGE)
        place = len(entries)
        entries.append(entry)
        if isinstance(content, Mapping):
            entry.first_below = below(content, entries)
        if previous is None:
            first = place
        else:
            previous.following = place
        previous = entry
    return first


def written(entry: Entry) -> bytes:
    name = entry.name.encode("utf-16-le")
    links = (NOBODY, entry.following, entry.first_below)
    return struct.pack(
        "<64sHBB3I36xIQ", name, len(name) + 2, entry.kind, 1, *links, entry.start, len(entry.content)
    )  # fmt: skip


def chain(start: int, stop: int) -> Iterator[int]:
    """Yield for each place of a run the one after it."""
    yield from range(start + 1, stop)
    yield LAST


def numbers(values: Sequence[int]) -> bytes:
    return struct.pack(f"<{len(values)}I", *values)


def padded(content: bytes, size: int, filling: bytes = b"\0") -> bytes:
    return content + filling * (-len(content) % size)


def sectors(size: int) -> int:
    return -(-size // SECTOR)
