"""Driving the write walk: a connector's stream becomes batches, and batches become progress.

Enters: events of one source. Leaves: one `Outcome` per item, as soon as its batch is durable, so that an interrupted
sync has lost nothing that it reported. While a batch commits, the next one is told by the connector and prepared, in a
thread; should the connector fail, what it told before is committed first.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from threading import Event

from memory.domain.documents import SourceCheckpoint, SourceDocument, SourceEvent
from memory.domain.governance import Source
from memory.domain.identity import OPERATING, PrincipalToken
from memory.ingest.ahead import ahead
from memory.ingest.pipeline import Finish, commit, prepare
from memory.ingest.rooms import Outcome, PreparedBatch, Rooms

BATCH_DOCUMENTS = 64
"""Enough to fill the encoder's batches and to make commits cheap, few enough that progress is seen."""

BATCH_BYTES = 8 * 1024 * 1024
"""Bounds what a batch holds in memory."""


def sync(
    events: Iterable[SourceEvent],
    source: Source,
    rooms: Rooms,
    *,
    publish: Callable[[], None],
    actor: PrincipalToken = OPERATING,
    finish: Finish = lambda _events, _outcomes, _session: None,
    given_up: Event | None = None,
) -> Iterator[Outcome]:
    """Ingest a stream of events in batches, as asked for by `actor`.

    `finish` commits with each batch, and `publish` lets the index follow it. `given_up` is set when the sync ends, for
    whoever tells `events` from a thread that nobody waits for any more.
    """
    given_up = given_up or Event()
    with closing(ahead(_prepared(events, source, rooms, given_up), given_up)) as prepared:
        for batch in prepared:
            outcomes = commit(batch, source, rooms, actor=actor, finish=finish)
            publish()
            yield from outcomes


def _prepared(events: Iterable[SourceEvent], source: Source, rooms: Rooms, given_up: Event) -> Iterator[PreparedBatch]:
    """Yield the batches of a stream, prepared."""
    before = None
    for batch in _batches(events):
        before = prepare(batch, source, rooms, before=before, given_up=given_up)
        yield before


def _batches(events: Iterable[SourceEvent]) -> Iterator[list[SourceEvent]]:
    """Cut the stream where a batch is full or a checkpoint covers what came before."""
    batch: list[SourceEvent] = []
    size = 0
    for event in events:
        batch.append(event)
        if isinstance(event, SourceDocument):
            size += len(event.content)
        full = len(batch) >= BATCH_DOCUMENTS or size >= BATCH_BYTES
        if full or isinstance(event, SourceCheckpoint):
            yield batch
            batch, size = [], 0
    if batch:
        yield batch
