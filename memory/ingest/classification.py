"""The second room: what is sensitive in a text, and what that makes of its document.

Enters: a whole canonical text, before it is cut. Leaves: findings and labels. A scan that is incomplete keeps the
document out of retrieval: what could not be looked at is not assumed to be harmless. Titles and addresses are shown
with every passage, and attributes can be searched for, by readers of any clearance, so that values in them are masked
for good.
"""

from collections.abc import Mapping
from dataclasses import replace
from itertools import accumulate

from memory.domain.documents import PartitionedText, Provenance, SourceDocument, Span
from memory.domain.errors import Unreadable
from memory.domain.governance import Analysis, Labels
from memory.domain.ports.classifier import Classifier
from memory.ingest.flags import flags
from memory.ingest.masking import Masker, mask
from memory.ingest.rooms import Rooms


def classify(partitioned: PartitionedText, rooms: Rooms) -> tuple[Analysis, Labels]:
    """Return findings and labels. Raises `Unreadable` when any recognizer failed or ran out of time."""
    analysis = _analyse(partitioned.text, rooms.classifier)
    labels = rooms.labeller.label(analysis.findings)
    return analysis, replace(labels, categories=labels.categories | frozenset(flags(partitioned)))


def presentable(item: SourceDocument, classifier: Classifier) -> SourceDocument:
    """Return the item with values masked in what it says besides its text. Raises `Unreadable` as `classify` does."""
    title = _masked(item.title, classifier)
    return replace(item, title=title, provenance=_presentable(item.provenance, classifier))


def _presentable(provenance: Provenance, classifier: Classifier) -> Provenance:
    """The path is kept as it is for lineage, and shown to operators alone; the address of a commit holds the path."""
    provenance = replace(provenance, attributes=_masked_attributes(provenance.attributes, classifier))
    if provenance.path is None:
        return replace(provenance, uri=_masked(provenance.uri, classifier))
    return replace(provenance, uri=provenance.uri.replace(provenance.path, _masked(provenance.path, classifier)))


def _masked_attributes(attributes: Mapping[str, str], classifier: Classifier) -> Mapping[str, str]:
    """Mask names and values; they are looked at together, because a name often says what its value is."""
    lines = [f"{name}: {value}" for name, value in attributes.items()]
    text = "\n".join(lines)
    findings = _analyse(text, classifier).findings if lines else ()
    masker = Masker(text, findings)
    starts = accumulate((len(line) + 1 for line in lines), initial=0)
    masked = {}
    for (name, value), start in zip(attributes.items(), starts, strict=False):
        end = start + len(name) + 2 + len(value)
        shown = masker.mask(Span(start, start + len(name)))
        masked[shown] = masker.mask(Span(end - len(value), end))
    return masked


def _masked(text: str, classifier: Classifier) -> str:
    return mask(text, Span(0, len(text)), _analyse(text, classifier).findings)


def _analyse(text: str, classifier: Classifier) -> Analysis:
    analysis = classifier.analyse(text)
    if not analysis.complete:
        raise Unreadable(f"The document could not be scanned for sensitive data: {analysis.reason or 'unknown reason'}")
    return analysis
