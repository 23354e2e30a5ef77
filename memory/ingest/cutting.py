"""The third room: a text becomes chunks whose values are masked.

Enters: structure and findings. Leaves: `ClassifiedChunk`s. Lengths are measured on the masked text, because a value
must not move a chunk's boundary: where it ends would otherwise tell how long the hidden value is.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence

from memory.domain.documents import Chunk, PartitionedText
from memory.domain.governance import Analysis, Finding
from memory.domain.ports.encoder import Encoder
from memory.ingest.chunking import chunk
from memory.ingest.masking import Masker, mask
from memory.ingest.naming import fingerprint
from memory.ingest.rooms import ClassifiedChunk, ClearText


def cut(
    partitioned: PartitionedText, analysis: Analysis, searchable: frozenset[str], encoder: Encoder
) -> tuple[ClassifiedChunk, ...]:
    """Return the chunks of a document, in order; values of `searchable` types are kept in a second text of theirs."""
    text = partitioned.text
    masker = Masker(text, analysis.findings)
    starts = [finding.span.start for finding in analysis.findings]
    ends = [finding.span.end for finding in analysis.findings]

    def classified(piece: Chunk) -> ClassifiedChunk:
        masked = masker.mask(piece.span)
        inside = analysis.findings[bisect_right(ends, piece.span.start) : bisect_left(starts, piece.span.end)]
        return ClassifiedChunk(piece, inside, masked, fingerprint(masked), _clear(text, piece, inside, searchable))

    measure = masker.measure(encoder.count_tokens)
    pieces = chunk(partitioned, analysis.findings, measure=measure, window=encoder.model.window)
    return tuple(map(classified, pieces))


def _clear(text: str, piece: Chunk, findings: Sequence[Finding], searchable: frozenset[str]) -> ClearText | None:
    types = searchable & {finding.entity_type for finding in findings}
    if not types:
        return None
    clear = mask(text, piece.span, findings, keep=types)
    return ClearText(clear, fingerprint(clear), types)
