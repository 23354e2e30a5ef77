import json
import os
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from memory.adapters.partitioner import wire
from memory.adapters.partitioner.limits import Refusal
from memory.domain.documents import Cell, Element, ElementKind, Member, PartitionedText, Span, TableRow

ROW = TableRow(0, False, (Cell(0, Span(7, 9)), Cell(2, Span(9, 11))))  # noqa: FBT003
TABLE = PartitionedText("Title\n\nText", (Element(ElementKind.TABLE, Span(7, 11), row=ROW),), "p", "1")
TEXT = PartitionedText("Title\n\nText 😀", (Element(ElementKind.TITLE, Span(0, 5), 1, 3),), "p", "1", ("a note",))


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    ends = os.pipe()
    yield ends
    for end in ends:
        os.close(end)


def test_a_text_survives_the_border() -> None:
    assert wire.from_json(wire.to_json(TEXT), 100) == TEXT


def test_a_row_of_a_table_survives_the_border() -> None:
    assert wire.from_json(wire.to_json(TABLE), 100) == TABLE


@pytest.mark.parametrize(
    "row",
    [
        [0, False, [[0, 6, 9]]],
        [0, False, [[0, 9, 12]]],
        [0, False, [[0, 7, 9], [0, 9, 11]]],
        [0, False, [[0, 7, 9], [1, 8, 11]]],
        [0, False, [[0, 7, 7]]],
        [0, 1, []],
        [0.5, False, []],
        [0],
    ],
)
def test_a_cell_outside_its_row_is_not_believed(row: list[Any]) -> None:
    """Fails when a check of `_table_row` is dropped."""
    body = json.loads(wire.to_json(TABLE))
    body["elements"][0][5] = row
    with pytest.raises(wire.BrokenFrame):
        wire.from_json(json.dumps(body).encode(), 100)


def test_members_are_announced_by_name_type_and_size() -> None:
    body = wire.to_json(replace(TEXT, members=(Member("a.txt", "text/plain", b"12"),)))
    assert wire.members_of(body, 1, 2) == [("a.txt", "text/plain", 2)]


@pytest.mark.parametrize(
    "members",
    [[["../a", "", 1]], [["a", "", -1]], [["a", "", 1.0]], [["a", "", 1], ["a", "", 1]], [["a", 7, 1]], 7, [["a"]]],
)
def test_members_that_cannot_be_are_not_believed(members: Any) -> None:
    """Fails when names, sizes or repetitions are taken as the child says them."""
    with pytest.raises(wire.BrokenFrame):
        wire.members_of(json.dumps({"members": members}).encode(), 9, 9)


@pytest.mark.parametrize(("most", "most_bytes"), [(1, 9), (9, 3)])
def test_more_members_than_allowed_are_not_waited_for(most: int, most_bytes: int) -> None:
    body = json.dumps({"members": [["a", "", 2], ["b", "", 2]]}).encode()
    with pytest.raises(wire.Oversized):
        wire.members_of(body, most, most_bytes)


def test_a_refusal_survives_the_border_by_its_name() -> None:
    assert wire.from_json(b'{"refusal": "EMPTY"}', 100) is Refusal.EMPTY


def test_more_text_than_allowed_is_refused() -> None:
    assert wire.from_json(wire.to_json(TEXT), 5) is Refusal.OUTPUT_TOO_LARGE


@pytest.mark.parametrize(
    "change",
    [
        {"elements": [["title", 0, 99, 1, None, None]]},
        {"elements": [["title", 5, 2, 1, None, None]]},
        {"elements": [["title", 0, 3, 1, None, None], ["text", 2, 4, 0, None, None]]},
        {"elements": [["title", 0, 0, 1, None, None]]},
        {"elements": [["weapon", 0, 1, 1, None, None]]},
        {"elements": [["title", 0.5, 1, 1, None, None]]},
        {"elements": [["title", 0, 1, "1", None, None]]},
        {"elements": [["title", 0, 1]]},
        {"elements": 7},
        {"text": None},
        {"text": "\ud800"},
        {"notes": None},
        {"notes": [1]},
        {"refusal": "NOT_ONE"},
    ],
)
def test_an_answer_that_is_none_is_not_believed(change: dict[str, Any]) -> None:
    """Fails when a check of `from_json` is dropped: the child is untrusted."""
    body = json.loads(wire.to_json(TEXT)) | change
    with pytest.raises(wire.BrokenFrame):
        wire.from_json(json.dumps(body).encode(), 100)


@pytest.mark.parametrize("body", [b"", b"[]", b"7", b"\xff", b"[" * 100_000, b'{"text": "a"}'])
def test_bytes_that_are_no_answer_are_not_believed(body: bytes) -> None:
    with pytest.raises(wire.BrokenFrame):
        wire.from_json(body, 100)


def test_a_frame_comes_out_as_it_went_in(pipe: tuple[int, int]) -> None:
    wire.send(pipe[1], b"body", wire.Deadline(1))
    assert wire.receive(pipe[0], 4, wire.Deadline(1)) == b"body"


def test_a_frame_over_the_limit_is_not_read(pipe: tuple[int, int]) -> None:
    wire.send(pipe[1], b"body", wire.Deadline(1))
    with pytest.raises(wire.Oversized):
        wire.receive(pipe[0], 3, wire.Deadline(1))


def test_waiting_ends_at_the_deadline(pipe: tuple[int, int]) -> None:
    with pytest.raises(TimeoutError):
        wire.receive(pipe[0], 3, wire.Deadline(0.01))
