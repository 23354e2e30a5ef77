"""The third room: a text becomes chunks whose values are masked.

Enters: structure and findings. Leaves: `ClassifiedChunk`s. Lengths are measured on the masked text, because a value
must not move a chunk's boundary: where it ends would otherwise tell how long the hidden value is.
"""

from bisect import bisect_left, bisect_right

from memory.domain.documents import Chunk, PartitionedText
from memory.domain.governance import Analysis
from memory.domain.ports.encoder import Encoder
from memory.ingest.chunking import chunk
from memory.ingest.masking import Masker
from memory.ingest.naming import fingerprint
from memory.ingest.rooms import ClassifiedChunk


def cut(partitioned: PartitionedText, analysis: Analysis, encoder: Encoder) -> tuple[ClassifiedChunk, ...]:
    """Return the chunks of a document, in order."""
    masker = Masker(partitioned.text, analysis.findings)
    starts = [finding.span.start for finding in analysis.findings]
    ends = [finding.span.end for finding in analysis.findings]

    def classified(piece: Chunk) -> ClassifiedChunk:
        masked = masker.mask(piece.span)
        inside = analysis.findings[bisect_right(ends, piece.span.start) : bisect_left(starts, piece.span.end)]
        return ClassifiedChunk(piece, inside, masked, fingerprint(masked))

    measure = masker.measure(encoder.count_tokens)
    pieces = chunk(partitioned, analysis.findings, measure=measure, window=encoder.model.window)
    return tuple(map(classified, pieces))
