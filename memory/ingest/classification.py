"""The second room: what is sensitive in a text, and what that makes of its document.

Enters: a whole canonical text, before it is cut. Leaves: findings and labels. A scan that is incomplete keeps the
document out of retrieval: what could not be looked at is not assumed to be harmless. Titles and addresses are shown
with every passage, and attributes can be searched for, by readers of any clearance, so that values in them are masked
for good.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from memory.domain.documents import PartitionedText, SourceDocument, Span
from memory.domain.errors import Unreadable
from memory.domain.governance import Analysis, Labels
from memory.domain.ports.classifier import Classifier
from memory.ingest.flags import flags
from memory.ingest.masking import Masker
from memory.ingest.rooms import Rooms


def classify(partitioned: PartitionedText, rooms: Rooms) -> tuple[Analysis, Labels]:
    """Return findings and labels. Raises `Unreadable` when any recognizer failed or ran out of time."""
    analysis = _analyse(partitioned.text, rooms.classifier)
    labels = rooms.labeller.label(analysis.findings)
    return analysis, replace(labels, categories=labels.categories | frozenset(flags(partitioned)))


def presentable(item: SourceDocument, classifier: Classifier) -> SourceDocument:
    """Return the item with values masked in what it says besides its text. Raises `Unreadable` as `classify` does.

    Title, address and attributes are looked at together, because one often says what another is. The path is kept as
    it is for lineage, and shown to operators alone; the address of a commit holds the path.
    """
    made = item.provenance
    place = made.uri if made.path is None else made.path
    attributes = (
        (part, after) for pair in made.attributes.items() for part, after in zip(pair, (": ", "\n"), strict=True)
    )
    title, shown, *parts = _masked([(item.title, "\n"), (place, "\n"), *attributes], classifier)
    provenance = replace(
        made, uri=made.uri.replace(place, shown), attributes=dict(zip(parts[::2], parts[1::2], strict=True))
    )
    return replace(item, title=title, provenance=provenance)


def _masked(parts: Sequence[tuple[str, str]], classifier: Classifier) -> Iterator[str]:
    """Yield texts with their values masked; each comes with what stands between it and the next."""
    text = "".join(part + after for part, after in parts)
    masker = Masker(text, _analyse(text, classifier).findings)
    start = 0
    for part, after in parts:
        yield masker.mask(Span(start, start + len(part)))
        start += len(part) + len(after)


def _analyse(text: str, classifier: Classifier) -> Analysis:
    analysis = classifier.analyse(text)
    if not analysis.complete:
        raise Unreadable(f"The document could not be scanned for sensitive data: {analysis.reason or 'unknown reason'}")
    return analysis
