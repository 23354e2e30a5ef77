import json
import os
from collections.abc import Iterator
from typing import Any

import pytest

from memory.adapters.partitioner import wire
from memory.adapters.partitioner.limits import Refusal
from memory.domain.documents import Element, ElementKind, PartitionedText, Span

TEXT = PartitionedText("Title\n\nText 😀", (Element(ElementKind.TITLE, Span(0, 5), 1, 3),), "p", "1", ("a note",))


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    ends = os.pipe()
    yield ends
    for end in ends:
        os.close(end)


def test_a_text_survives_the_border() -> None:
    assert wire.from_json(wire.to_json(TEXT), 100) == TEXT


def test_a_refusal_survives_the_border_by_its_name() -> None:
    assert wire.from_json(b'{"refusal": "EMPTY"}', 100) is Refusal.EMPTY


def test_more_text_than_allowed_is_refused() -> None:
    assert wire.from_json(wire.to_json(TEXT), 5) is Refusal.OUTPUT_TOO_LARGE


@pytest.mark.parametrize(
    "change",
    [
        {"elements": [["title", 0, 99, 1, None]]},
        {"elements": [["title", 5, 2, 1, None]]},
        {"elements": [["title", 0, 3, 1, None], ["text", 2, 4, 0, None]]},
        {"elements": [["title", 0, 0, 1, None]]},
        {"elements": [["weapon", 0, 1, 1, None]]},
        {"elements": [["title", 0.5, 1, 1, None]]},
        {"elements": [["title", 0, 1, "1", None]]},
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
