"""What every partitioner must do. A test class inherits `PartitionerContract` and gives the fixture `partitioner`."""

import pytest

from memory.domain.documents import ElementKind, PartitionedText
from memory.domain.errors import Unreadable
from memory.domain.ports.partitioner import Partitioner

POLICY = """# Travel policy

Flights are booked by the travel desk.

## Hotels

A room costs at most what the city allows;
ask before you book more.
"""


class PartitionerContract:
    """The contract of `memory.domain.ports.partitioner.Partitioner`."""

    @pytest.mark.parametrize("text", [POLICY, POLICY.replace("\n", "\r\n"), "Grüße, 東京 and 😀.\n"])
    @pytest.mark.parametrize(("media_type", "name"), [("text/markdown", "a.md"), ("text/plain", "a.txt")])
    def test_the_canonical_text_of_a_text_file_is_the_file(
        self, partitioner: Partitioner, text: str, media_type: str, name: str
    ) -> None:
        """Spans refer to the file itself, line ends and all."""
        assert partitioner.partition(text.encode(), media_type, name).text == text

    def test_elements_are_ordered_disjoint_and_trimmed_and_lose_nothing(self, partitioner: Partitioner) -> None:
        """A character that no element holds would be in no chunk and never be found."""
        assert_whole(partitioner.partition(POLICY.encode(), "text/markdown", "policy.md"))

    def test_headings_carry_their_depth(self, partitioner: Partitioner) -> None:
        """The path of headings is built from depths."""
        partitioned = partitioner.partition(POLICY.encode(), "text/markdown", "policy.md")
        titles = [e for e in partitioned.elements if e.kind is ElementKind.TITLE]
        assert [(e.depth, e.span.slice(POLICY)) for e in titles] == [(1, "# Travel policy"), (2, "## Hotels")]

    def test_a_parser_says_which_one_it_is(self, partitioner: Partitioner) -> None:
        """A better parser is a reason to read a document again."""
        partitioned = partitioner.partition(POLICY.encode(), "text/markdown", "policy.md")
        assert partitioned.parser
        assert partitioned.parser_version

    @pytest.mark.parametrize("content", [b"", b" \n\t\n"])
    def test_a_document_without_text_is_unreadable_and_not_empty(
        self, partitioner: Partitioner, content: bytes
    ) -> None:
        """An empty success would look like a document that was read."""
        with pytest.raises(Unreadable):
            partitioner.partition(content, "text/plain", "empty.txt")

    def test_binary_content_is_unreadable(self, partitioner: Partitioner) -> None:
        """Bytes that are no text must not be indexed as if they were."""
        with pytest.raises(Unreadable):
            partitioner.partition(b"a\0b", "text/plain", "data.txt")

    def test_an_unknown_format_is_unreadable_and_named(self, partitioner: Partitioner) -> None:
        """The reason is shown to the person who brought the file in."""
        with pytest.raises(Unreadable, match="video/mp4 is not a format this deployment reads"):
            partitioner.partition(b"....ftyp", "video/mp4", "film.mp4")


def assert_whole(partitioned: PartitionedText) -> None:
    """Assert that elements are ordered, disjoint, trimmed, and hold every character but white space."""
    cursor = 0
    for element in partitioned.elements:
        assert element.span.start >= cursor
        assert not partitioned.text[cursor : element.span.start].strip()
        text = element.span.slice(partitioned.text)
        assert text
        assert text == text.strip()
        cursor = element.span.end
    assert not partitioned.text[cursor:].strip()
