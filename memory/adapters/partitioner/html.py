"""HTML: the canonical text is the text of its elements."""

from unstructured.partition.html import partition_html

from memory.adapters.partitioner.decoding import decode
from memory.adapters.partitioner.limits import Limits
from memory.adapters.partitioner.pieces import NO_LANGUAGE, PARSER, PARSER_VERSION, joined, pieces
from memory.domain.documents import PartitionedText


def partition(content: bytes, limits: Limits) -> PartitionedText:
    """Read an HTML page. Raises `Refused`."""
    source, notes = decode(content)
    found = pieces(partition_html(text=source, languages=NO_LANGUAGE))
    return joined(found, parser=PARSER, parser_version=PARSER_VERSION, notes=notes)
