"""What a sync reads of its source.

Enters: a connector, the sync that was asked for, and what the catalogue holds of the source. Leaves: the events to
ingest, in order. Deletions are held back until the walk has ended, with the checkpoints behind them, so that a walk
that misses too much has hidden nothing. Of a history they cannot be: a document may go and return in it, each at its
time. It is walked once ahead, to see who is gone in the end.
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

from memory.domain.documents import SourceCheckpoint, SourceDeletion, SourceEvent, SourcePermission
from memory.domain.errors import InvalidRequest
from memory.domain.ports.connector import Capabilities, Connector, Permissions
from memory.domain.ports.surroundings import Clock
from memory.domain.syncs import SyncMode, SyncRun
from memory.ingest.departures import Census, DeletionCap

Event = TypeVar("Event", bound=SourceEvent)


@dataclass(frozen=True, slots=True)
class Walk:
    """One reading of one source. `present` looks up the ids of its documents that are not tombstones.

    `go_on` is called at each event that the connector tells, and raises when nobody wants more of them.
    """

    connector: Connector
    checkpoint: str | None
    run: SyncRun
    cap: DeletionCap
    present: Callable[[], Collection[str]]
    clock: Clock
    go_on: Callable[[], None] = lambda: None

    def events(self) -> Iterator[SourceEvent]:
        """Look whether the source can be read, then tell what the sync was asked for.

        Raises `SourceFailed` or `Misconfigured`, `InvalidRequest` for permissions of a source that tells none, and
        `Conflict` when too many documents are gone and nobody confirmed it.
        """
        self.connector.validate()
        if self.run.mode is SyncMode.PERMISSIONS:
            yield from self._permissions()
            return
        if self._promises.history and not self.run.deletions_confirmed:
            self._look_ahead()
        yield from self._settled()

    @property
    def _promises(self) -> Capabilities:
        return self.connector.capabilities

    @property
    def _whole(self) -> bool:
        return self.run.mode is SyncMode.FULL or self.checkpoint is None or not self._promises.incremental

    def _permissions(self) -> Iterator[SourcePermission]:
        if self._promises.acl is Permissions.NONE:
            raise InvalidRequest("This source tells no permissions; sync its documents instead.")
        return self._wanted(self.connector.permissions())

    def _told(self) -> Iterator[SourceEvent]:
        if self._whole or self.checkpoint is None:
            return self._wanted(self.connector.full())
        return self._wanted(self.connector.incremental(self.checkpoint))

    def _wanted(self, events: Iterator[Event]) -> Iterator[Event]:
        for event in events:
            self.go_on()
            yield event

    def _look_ahead(self) -> None:
        present = self.present()
        if len(present) <= self.cap.documents:
            return  # too few to lose
        census = Census(self._promises, self._whole)
        for event in self._told():
            census.take(event)
        self._require_few(census.departures(present, self.clock.now()), present)

    def _settled(self) -> Iterator[SourceEvent]:
        census = Census(self._promises, self._whole)
        holding = self._whole and bool(self.present())
        held: SourceCheckpoint | None = None
        for event in self._told():
            census.take(event)
            if isinstance(event, SourceCheckpoint) and holding:
                held = event  # it covers what is held back
            elif isinstance(event, SourceDeletion) and not self._at_its_time(event):
                holding = True
            else:
                if isinstance(event, SourceDeletion):
                    census.settle(event)
                yield event
        if holding:
            yield from self._departures(census)
        if held is not None:
            yield held

    def _at_its_time(self, deletion: SourceDeletion) -> bool:
        return deletion.explicit and self._promises.history

    def _departures(self, census: Census) -> Sequence[SourceDeletion]:
        present = self.present()
        departures = census.departures(present, self.clock.now())
        self._require_few(departures, present)
        return departures

    def _require_few(self, departures: Sequence[SourceDeletion], present: Collection[str]) -> None:
        if not self.run.deletions_confirmed:
            known = set(present)
            self.cap.require_within(sum(one.external_id in known for one in departures), len(known))
