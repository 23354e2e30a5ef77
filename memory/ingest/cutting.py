"""The third room: a text becomes chunks whose values are masked.

Enters: structure and findings. Leaves: `ClassifiedChunk`s. Lengths are measured on the masked text, because a value
must not move a chunk's boundary: where it ends would otherwise tell how long the hidden value is.
"""

from memory.domain.documents import Chunk, PartitionedText, Span
from memory.domain.governance import Analysis
from memory.domain.ports.encoder import Encoder
from memory.ingest.chunking import chunk
from memory.ingest.masking import mask
from memory.ingest.naming import fingerprint
from memory.ingest.rooms import ClassifiedChunk


def cut(partitioned: PartitionedText, analysis: Analysis, encoder: Encoder) -> tuple[ClassifiedChunk, ...]:
    """Return the chunks of a document, in order."""
    text, findings = partitioned.text, analysis.findings

    def measure(span: Span) -> int:
        return encoder.count_tokens(mask(text, span, findings))

    def classified(piece: Chunk) -> ClassifiedChunk:
        masked = mask(text, piece.span, findings)
        inside = tuple(finding for finding in findings if finding.span.overlaps(piece.span))
        return ClassifiedChunk(piece, inside, masked, fingerprint(masked))

    pieces = chunk(partitioned, findings, measure=measure, window=encoder.model.window)
    return tuple(map(classified, pieces))
