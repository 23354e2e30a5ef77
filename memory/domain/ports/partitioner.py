"""Source bytes to canonical text and structure."""

from typing import Protocol

from memory.domain.documents import PartitionedText


class Partitioner(Protocol):
    """Reads untrusted files without letting them out: limits on time, memory and output, no network."""

    def partition(self, content: bytes, media_type: str, name: str) -> PartitionedText:
        """Return the canonical text of `content` and its elements in reading order.

        For text formats the canonical text is the decoded file itself, to the code point. `name` is a file name and
        helps where the media type is vague. Raises `Unreadable`, whose message is the reason a person is shown.
        """
        ...
