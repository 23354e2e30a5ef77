"""Word documents: the canonical text is the text of their elements, headers and footers included."""

import io

from unstructured.partition.docx import partition_docx

from memory.adapters.partitioner.limits import Limits
from memory.adapters.partitioner.pieces import NO_LANGUAGE, PARSER, PARSER_VERSION, joined
from memory.adapters.partitioner.tables import Tables, with_rows
from memory.adapters.partitioner.wordml import plain
from memory.domain.documents import PartitionedText


def partition(content: bytes, limits: Limits) -> PartitionedText:
    """Read a DOCX file. Raises `Refused`."""
    package, notes = plain(content, limits)
    found = with_rows(partition_docx(file=io.BytesIO(package), languages=NO_LANGUAGE), Tables())
    return joined(found, parser=PARSER, parser_version=PARSER_VERSION, notes=notes)
