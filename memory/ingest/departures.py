"""Which documents of a source are gone, and how many may go without a person.

Enters: the events of a walk, one by one. Leaves: the deletions that are believed. A document that was told, or that
failed, is there; what a connector missed counts only where its listing is complete; and a walk that misses more than a
cap allows is more likely to look at half a source than at a large clean-up.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import datetime

from memory.domain.documents import SourceDeletion, SourceDocument, SourceEvent, SourceFailure
from memory.domain.errors import Conflict
from memory.domain.ports.connector import Capabilities, Deletions, Listing


@dataclass(frozen=True, slots=True)
class DeletionCap:
    """How many of a source's documents may go in one sync: more than `documents` and than `ratio` of all is too many.

    Both have to be exceeded: five of eight are no alarm, and neither is a hundred of a million.
    """

    documents: int
    ratio: float

    def require_within(self, gone: int, present: int) -> None:
        """Raise `Conflict` when so many of the present documents cannot go without a person."""
        if gone > self.documents and gone > self.ratio * present:
            raise Conflict(
                f"{gone} of {present} documents are gone from this source, more than may go without a person, and none "
                "of them was hidden. See whether the source is whole; if they are meant to go, sync it again and "
                "confirm the deletions."
            )


@dataclass(slots=True)
class Census:
    """What a walk has told so far: who is there, who failed and who is gone. `whole` says that it names everybody."""

    promises: Capabilities
    whole: bool
    there: set[str] = field(default_factory=set)
    failed: set[str] = field(default_factory=set)
    gone: dict[str, SourceDeletion] = field(default_factory=dict)

    def take(self, event: SourceEvent) -> None:
        """Take note of one event; presence always resurrects."""
        match event:
            case SourceDocument():
                self.gone.pop(event.external_id, None)
                self._mention(event.external_id)
            case SourceFailure():
                self.gone.pop(event.external_id, None)
                self.failed.add(event.external_id)
            case SourceDeletion():
                self.gone[event.external_id] = event

    def settle(self, deletion: SourceDeletion) -> None:
        """Take note of a deletion that is followed at once: nothing more is to be said about it."""
        self.gone.pop(deletion.external_id, None)
        self._mention(deletion.external_id)

    def departures(self, present: Collection[str], at: datetime) -> list[SourceDeletion]:
        """Return the deletions to believe, given who the catalogue holds; those nobody told get the time `at`."""
        told = [one for one in self.gone.values() if one.explicit or self._missed(one.external_id)]
        if not self.whole:
            return told
        silent = sorted(set(present) - self.there - self.gone.keys())
        return told + [SourceDeletion(name, at, explicit=False) for name in silent if self._missed(name)]

    def _mention(self, external_id: str) -> None:
        if self.whole:
            self.there.add(external_id)

    def _missed(self, external_id: str) -> bool:
        """Say whether the absence of a document means that it is gone."""
        promises = self.promises
        if promises.listing is Listing.CAPPED or promises.deletes is Deletions.NONE:
            return False
        return self.failed.isdisjoint(_with_folders(external_id))


def _with_folders(external_id: str) -> Iterator[str]:
    """Yield an id and those of the folders it lies in."""
    yield external_id
    place = external_id.rfind("/")
    while place > 0:
        yield external_id[:place]
        place = external_id.rfind("/", 0, place)
