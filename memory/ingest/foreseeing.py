"""What bringing a source in would make of each of its files, without writing anything.

Enters: events of one source. Leaves: one `Foreseen` per file, those inside other files too. Files are read and scanned
as they would be, in the same rooms; nothing is embedded, kept or recorded.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from memory.domain.documents import PartitionedText, SourceDocument, SourceEvent, SourceFailure
from memory.domain.errors import Unreadable, Unsupported
from memory.domain.governance import Source
from memory.ingest.classification import classify, presentable
from memory.ingest.containers import MAX_DEPTH, TOO_DEEP, as_told, members_of
from memory.ingest.reading import read, unchanged
from memory.ingest.rooms import Rooms


@dataclass(frozen=True, slots=True)
class Foreseen:
    """What would become of one file.

    `fate` is one of read, unchanged, quarantined, unsupported (quarantined, too, for its format) and failed. `format`
    is what it would be read as, or its media type where that is not known; `reason` also says what reading noted.
    """

    external_id: str
    format: str
    size: int | None
    fate: str
    reason: str | None = None


def foresee(events: Iterable[SourceEvent], source: Source, rooms: Rooms) -> Iterator[Foreseen]:
    """Yield what would become of each document, in the order of the source. A pushed deletion is no file."""
    for event in map(as_told, events):
        if isinstance(event, SourceFailure):
            yield Foreseen(event.external_id, "", None, "failed", event.reason)
        elif isinstance(event, SourceDocument):
            if unchanged([event], source, rooms):
                yield _foreseen(event, event.media_type, "unchanged")
            else:
                yield from _read(event, rooms, depth=0)


def _read(item: SourceDocument, rooms: Rooms, *, depth: int) -> Iterator[Foreseen]:
    try:
        partitioned = read(item, rooms.partitioner)
        classify(partitioned, rooms)
        presentable(item, rooms.classifier)
    except Unsupported as error:
        yield _foreseen(item, item.media_type, "unsupported", str(error))
    except Unreadable as error:
        yield _foreseen(item, item.media_type, "quarantined", str(error))
    else:
        yield from _with_members(item, partitioned, rooms, depth)


def _with_members(item: SourceDocument, partitioned: PartitionedText, rooms: Rooms, depth: int) -> Iterator[Foreseen]:
    if partitioned.members and depth == MAX_DEPTH:
        yield _foreseen(item, partitioned.format or item.media_type, "quarantined", TOO_DEEP)
        return
    yield _foreseen(item, partitioned.format or item.media_type, "read", "; ".join(partitioned.notes) or None)
    for member in members_of(item, partitioned.members):
        yield from _read(member, rooms, depth=depth + 1)


def _foreseen(item: SourceDocument, form: str, fate: str, reason: str | None = None) -> Foreseen:
    return Foreseen(item.external_id, form, len(item.content), fate, reason)
