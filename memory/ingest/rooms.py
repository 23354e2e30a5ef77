"""What the rooms of the write walk hand to each other, and the ports they work with."""

from collections.abc import Sequence
from dataclasses import dataclass

from memory.domain.documents import Chunk, PartitionedText, SourceDocument, SourceEvent
from memory.domain.governance import Analysis, Finding, Labels
from memory.domain.ports.audit import AuditLog
from memory.domain.ports.catalogue import Catalogue
from memory.domain.ports.classifier import Classifier, Labeller
from memory.domain.ports.encoder import EncodedPassages, Encoder, Vector
from memory.domain.ports.languages import LanguageDetector
from memory.domain.ports.partitioner import Partitioner
from memory.domain.ports.surroundings import Clock, RawFiles
from memory.ingest.naming import Naming


@dataclass(frozen=True, slots=True)
class Rooms:
    """The ports of the write walk."""

    catalogue: Catalogue
    partitioner: Partitioner
    classifier: Classifier
    labeller: Labeller
    languages: LanguageDetector
    encoder: Encoder
    raw: RawFiles
    log: AuditLog
    clock: Clock
    naming: Naming


@dataclass(frozen=True, slots=True)
class ClassifiedChunk:
    """A chunk, what was found in it, and its text with every redactable value masked to its type.

    `clear` is the same text once more with the values of `clear_types` left in, None where it holds none of them.
    `language` is ISO 639-1, None until it is told or where nobody knows.
    """

    chunk: Chunk
    findings: tuple[Finding, ...]
    masked: str
    masked_hash: str
    clear: "ClearText | None" = None
    language: str | None = None


@dataclass(frozen=True, slots=True)
class ClearText:
    """A chunk's text with values of some types in clear: searchable for those alone who may read all of these types."""

    text: str
    hash: str
    types: frozenset[str]


@dataclass(frozen=True, slots=True)
class ReadDocument:
    """A source document that was read: its text, findings, labels and chunks, and the documents found inside it."""

    item: SourceDocument
    content_hash: str
    partitioned: PartitionedText
    text_hash: str
    analysis: Analysis
    labels: Labels
    chunks: tuple[ClassifiedChunk, ...]
    members: tuple["ReadDocument | UnreadDocument | KnownDocument", ...] = ()


@dataclass(frozen=True, slots=True)
class UnreadDocument:
    """A source document that could not be read or scanned; it waits for a person, who is shown `reason`."""

    item: SourceDocument
    content_hash: str
    reason: str


@dataclass(frozen=True, slots=True)
class KnownDocument:
    """A source document that was on record as it is, when `version` was current: nothing has to be read again."""

    item: SourceDocument
    version: int


class Outdated(Exception):  # noqa: N818 - no error: the batch is prepared again
    """Documents that were on record as they are, and no longer are by the time that their batch commits."""

    def __init__(self, *known: KnownDocument) -> None:
        super().__init__()
        self.known = known


class GivenUp(Exception):  # noqa: N818 - no error: nobody wants the batch any more
    """A batch that was being prepared when its sync ended."""


Prepared = ReadDocument | UnreadDocument | KnownDocument


@dataclass(frozen=True, slots=True)
class EmbeddedBatch:
    """The prepared documents of a batch, the texts they embed by hash, and the vectors that are made for it.

    `missing` are the hashes of the texts that had none before, in the order of what `encoded` waits for.
    """

    documents: list[Prepared]
    texts: dict[str, str]
    missing: list[str]
    encoded: EncodedPassages

    def new_vectors(self) -> dict[str, Vector]:
        """Wait for the vectors that were not cached before, and return them by hash. Raises `EncoderUnavailable`."""
        return dict(zip(self.missing, self.encoded(), strict=True))


@dataclass(frozen=True, slots=True)
class PreparedBatch:
    """The events of a batch, in order, and what is known of its documents before its transaction begins."""

    events: Sequence[SourceEvent]
    embedded: EmbeddedBatch


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one item of a source.

    `change` is one of added, updated, unchanged, quarantined, deleted, absent (a deletion of what was never known) and
    failed. `content_hash` is that of the version which this item brought into force, None where it brought none;
    `notes` are what its parser noted.
    """

    external_id: str
    document_id: str | None
    version: int | None
    change: str
    reason: str | None = None
    chunks: int = 0
    embedded: int = 0
    published: int = 0
    content_hash: str | None = None
    notes: tuple[str, ...] = ()
