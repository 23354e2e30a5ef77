"""Word documents: the canonical text is the text of their elements, headers and footers included."""

import io
import zipfile

from unstructured.partition.docx import partition_docx

from memory.adapters.partitioner.limits import Limits, Refusal, Refused
from memory.adapters.partitioner.pieces import NO_LANGUAGE, PARSER, PARSER_VERSION, joined, pieces
from memory.domain.documents import PartitionedText


def partition(content: bytes, limits: Limits) -> PartitionedText:
    """Read a DOCX file. Raises `Refused`."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        # The reader stops at the stated size of a member, so these sizes bound what is unpacked.
        if sum(member.file_size for member in archive.infolist()) > limits.expanded_bytes:
            raise Refused(Refusal.EXPANDS_TOO_FAR)
    found = pieces(partition_docx(file=io.BytesIO(content), languages=NO_LANGUAGE))
    return joined(found, parser=PARSER, parser_version=PARSER_VERSION)
