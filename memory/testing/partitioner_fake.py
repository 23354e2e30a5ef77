"""A partitioner for fast tests: paragraphs and Markdown headings of UTF-8 text, in process."""

import re

from memory.domain.documents import Element, ElementKind, PartitionedText, Span
from memory.domain.errors import Unreadable

_BLOCK = re.compile(r"(?:#{1,6}[^\S\n].*)|(?:(?!#{1,6}[^\S\n]).*\S.*(?:\n(?!#{1,6}[^\S\n]).*\S.*)*)")


class PlainPartitioner:
    """Splits text at blank lines; a line that starts with `#` is a title."""

    def partition(self, content: bytes, media_type: str, name: str) -> PartitionedText:
        """Return the decoded text and its paragraphs. Raises `Unreadable` for whatever is not text."""
        if not media_type.startswith("text/"):
            raise Unreadable(
                f"{media_type} is not a format this deployment reads; leave it out, or save it in another one."
            )
        try:
            text = content.decode()
        except UnicodeDecodeError as error:
            raise Unreadable("The content is not UTF-8.") from error
        if "\0" in text:
            raise Unreadable("The content is binary, not text.")
        if not text.strip():
            raise Unreadable("The document contains no text.")
        return PartitionedText(text, tuple(map(_element, _BLOCK.finditer(text))), "plain", "1")


def _element(match: re.Match[str]) -> Element:
    block = match[0]
    start = match.start() + len(block) - len(block.lstrip())
    depth = len(block) - len(block.lstrip("#"))
    kind = ElementKind.TITLE if depth else ElementKind.TEXT
    return Element(kind, Span(start, start + len(block.strip())), depth)
