"""No character of a text file is lost, whatever it looks like and whatever the parser makes of it."""

from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from memory.adapters.partitioner import Limits, SandboxedPartitioner
from memory.adapters.partitioner.anchoring import anchored
from memory.adapters.partitioner.pieces import Piece
from memory.domain.documents import ElementKind, PartitionedText
from memory.domain.errors import Unreadable
from memory.domain.ports.partitioner import Partitioner
from memory.testing.partitioner_contract import assert_whole

FRAGMENTS = (
    *(
        "# ",
        "## Title",
        "\n",
        "\n\n",
        "\r\n",
        "word",
        "two words",
        "- item",
        "1. ",
        "```",
        "```python\n",
        "| a | b |\n",
    ),
    *("|---|---|\n", "> ", "[link](http://x.y)", "&amp;", "<b>", "</b>", "<!-- ", "-->", "***", "---\n", "=====\n"),
    *("\ufeff", "\t", "    ", "é", "東京", "\\", "![", "_a_", "<details>", "\x0b", "\x85", "\u2028", "[x]: y\n"),
)
fragments = st.sampled_from(FRAGMENTS)
markdown = st.lists(fragments | st.text(max_size=5), max_size=40).map("".join)
found = st.lists(st.builds(Piece, st.sampled_from(ElementKind), st.text(max_size=12) | fragments), max_size=8)


@given(markdown, found, st.booleans())
def test_anchoring_loses_nothing_whatever_was_found(source: str, pieces: list[Piece], markup: bool) -> None:  # noqa: FBT001 - drawn by Hypothesis
    assert_whole(PartitionedText(source, anchored(source, pieces, markup=markup), "", ""))


@pytest.fixture(scope="module")
def partitioner() -> Iterator[Partitioner]:
    with SandboxedPartitioner(Limits()) as partitioner:
        yield partitioner


@given(markdown, st.sampled_from(["text/markdown", "text/plain"]))
@settings(max_examples=300, deadline=None)
def test_texts_are_read_whole_and_to_the_code_point(partitioner: Partitioner, source: str, media_type: str) -> None:
    """Fails when `anchored` yields only what the parser found."""
    content = source.encode("utf-8", "ignore")
    if not source.replace("\ufeff", "").strip() or b"\0" in content:
        with pytest.raises(Unreadable, match=r"no text|binary"):
            partitioner.partition(content, media_type, "")
    else:
        partitioned = partitioner.partition(content, media_type, "")
        assert partitioned.text.encode() == content
        assert_whole(partitioned)
