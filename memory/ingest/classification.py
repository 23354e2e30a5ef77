"""The second room: what is sensitive in a text, and what that makes of its document.

Enters: a whole canonical text, before it is cut. Leaves: findings and labels. A scan that is incomplete keeps the
document out of retrieval: what could not be looked at is not assumed to be harmless.
"""

from memory.domain.documents import PartitionedText, SourceDocument
from memory.domain.errors import Unreadable
from memory.domain.governance import Analysis, Labels
from memory.ingest.rooms import Rooms


def classify(item: SourceDocument, partitioned: PartitionedText, rooms: Rooms) -> tuple[Analysis, Labels]:
    """Return findings and labels. Raises `Unreadable` when any recognizer failed or ran out of time."""
    analysis = rooms.classifier.analyse(partitioned.text)
    if not analysis.complete:
        raise Unreadable(f"The document could not be scanned for sensitive data: {analysis.reason or 'unknown reason'}")
    return analysis, rooms.labeller.label(analysis.findings)
