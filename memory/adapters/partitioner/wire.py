"""What crosses the border of the sandbox: frames of JSON and bytes, never pickles.

The child is untrusted: whatever it sends is checked here before it becomes a domain type. A frame is its length in
eight bytes, big-endian, and its body. Files found inside a document follow its answer, a frame each.
"""

import json
import math
import os
import select
import struct
import time
from typing import Any

from memory.adapters.partitioner.limits import Refusal
from memory.domain.documents import Cell, Element, ElementKind, PartitionedText, Span, TableRow
from memory.domain.members import member_name

_LENGTH = struct.Struct(">Q")
MAX_NOTES = 100
MAX_NOTE = 200


class BrokenFrame(Exception):  # noqa: N818 - names what it is about
    """The other side closed the pipe, sent too much, or sent what it may not."""


class Oversized(BrokenFrame):
    """The other side announced more than it may send."""


class Deadline:
    """A moment after which waiting ends with `TimeoutError`."""

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    def wait(self, descriptor: int, event: int) -> None:
        """Wait until `descriptor` is ready for `event` (`select.POLLIN` or `POLLOUT`)."""
        poller = select.poll()
        poller.register(descriptor, event)
        remaining = self._end - time.monotonic()
        timeout_ms = None if math.isinf(remaining) else remaining * 1000
        if remaining <= 0 or not poller.poll(timeout_ms):
            raise TimeoutError


def send(descriptor: int, body: bytes, deadline: Deadline) -> None:
    """Write one frame. Raises `BrokenFrame` and `TimeoutError`."""
    view = memoryview(_LENGTH.pack(len(body)) + body)
    try:
        while view:
            deadline.wait(descriptor, select.POLLOUT)
            view = view[os.write(descriptor, view[: 2**16]) :]
    except OSError as error:
        if isinstance(error, TimeoutError):
            raise
        raise BrokenFrame from error


def receive(descriptor: int, limit: int, deadline: Deadline) -> bytes:
    """Read one frame of at most `limit` bytes. Raises `Oversized`, `BrokenFrame`, `TimeoutError`."""
    (size,) = _LENGTH.unpack(_exactly(descriptor, _LENGTH.size, deadline))
    if size > limit:
        raise Oversized
    return _exactly(descriptor, size, deadline)


def _exactly(descriptor: int, size: int, deadline: Deadline) -> bytes:
    body = bytearray()
    while len(body) < size:
        deadline.wait(descriptor, select.POLLIN)
        part = os.read(descriptor, min(size - len(body), 2**20))
        if not part:
            raise BrokenFrame
        body += part
    return bytes(body)


def to_json(partitioned: PartitionedText) -> bytes:
    """Return the answer of a child that could read the document."""
    elements = [[str(e.kind), e.span.start, e.span.end, e.depth, e.page, _row(e.row)] for e in partitioned.elements]
    return json.dumps(
        {
            "text": partitioned.text,
            "elements": elements,
            "parser": partitioned.parser,
            "parser_version": partitioned.parser_version,
            "notes": partitioned.notes,
            "format": partitioned.format,
            "members": [[member.name, member.media_type, len(member.content)] for member in partitioned.members],
        },
        ensure_ascii=False,
    ).encode()


def _row(row: TableRow | None) -> list[Any] | None:
    if row is None:
        return None
    return [row.table, row.header, [[cell.column, cell.span.start, cell.span.end] for cell in row.cells]]


def members_of(body: bytes, most: int, most_bytes: int) -> list[tuple[str, str, int]]:
    """Return name, media type and size of the files that follow an answer. Raises `BrokenFrame`, `Oversized`."""
    try:
        rows = json.loads(body).get("members", [])
        members = [(_string(name), _string(media_type), size) for name, media_type, size in rows]
    except (ValueError, TypeError, AttributeError, RecursionError) as error:
        raise BrokenFrame from error
    if any(type(size) is not int or size < 0 or name != member_name(name) for name, _, size in members):
        raise BrokenFrame
    if len({name for name, _, _ in members}) < len(members):
        raise BrokenFrame
    if len(members) > most or sum(size for _, _, size in members) > most_bytes:
        raise Oversized
    return members


def from_json(body: bytes, max_characters: int) -> PartitionedText | Refusal:
    """Return what a child answered. Raises `BrokenFrame` for whatever is not an answer."""
    try:
        answer = json.loads(body)
        if "refusal" in answer:
            return Refusal[answer["refusal"]]
        text = _string(answer["text"])
        if len(text) > max_characters:
            return Refusal.OUTPUT_TOO_LARGE
        return PartitionedText(
            text=text,
            elements=_elements(answer["elements"], len(text)),
            parser=_string(answer["parser"])[:MAX_NOTE],
            parser_version=_string(answer["parser_version"])[:MAX_NOTE],
            notes=tuple(_string(note)[:MAX_NOTE] for note in answer["notes"][:MAX_NOTES]),
            format=_string(answer.get("format", ""))[:MAX_NOTE],
        )
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise BrokenFrame from error


def _elements(rows: list[Any], length: int) -> tuple[Element, ...]:
    """Return the elements; they must be ordered, disjoint and inside the text."""
    elements: list[Element] = []
    end = 0
    for kind, start, stop, depth, page, row in rows:
        if not (isinstance(start, int) and isinstance(stop, int) and end <= start < stop <= length):
            raise ValueError("an element outside its place")
        if not isinstance(depth, int) or not (page is None or isinstance(page, int)):
            raise TypeError("an element without a depth")
        elements.append(Element(ElementKind(kind), Span(start, stop), depth, page, _table_row(row, start, stop)))
        end = stop
    return tuple(elements)


def _table_row(told: list[Any] | None, start: int, stop: int) -> TableRow | None:
    """Return a row of a table; its cells must be ordered, disjoint and inside the element."""
    if told is None:
        return None
    table, header, cells = told
    if not (type(table) is int and type(header) is bool):
        raise TypeError("a row of no table")
    found: list[Cell] = []
    column = -1
    for number, begin, end in cells:
        if not (
            all(type(one) is int for one in (number, begin, end)) and column < number and start <= begin < end <= stop
        ):
            raise ValueError("a cell outside its row")
        found.append(Cell(number, Span(begin, end)))
        column, start = number, end
    return TableRow(table, header, tuple(found))


def _string(value: object) -> str:
    """Return a string that can be stored: no lone surrogates."""
    if not isinstance(value, str):
        raise TypeError("not a string")
    value.encode()
    return value
