"""Does the index say what the catalogue says? Every difference is found, and mended through the outbox.

The catalogue is right by definition. A difference can only cost recall, since every hit is checked against the
catalogue before it is read; this is how it is found and mended without a rebuild.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from memory.domain.ports.catalogue import Catalogue, OutboxEntry, OutboxKind
from memory.domain.ports.index import Index, PointState

PAGE = 5_000


@dataclass(frozen=True, slots=True)
class Differences:
    """Point ids by what is wrong: not in the index, in another state there, or unknown to the catalogue.

    A state is all that the index filters by: compartment, validity, and the facts that callers narrow by.
    """

    missing: tuple[str, ...]
    different: tuple[str, ...]
    surplus: tuple[str, ...]

    @property
    def count(self) -> int:
        """How many points are not as they should be."""
        return len(self.missing) + len(self.different) + len(self.surplus)


def differences(catalogue: Catalogue, index: Index) -> Differences:
    """Compare every point; call when the outbox is drained, else what is pending counts as a difference."""
    indexed = dict(index.states())
    missing, different = [], []
    for point_id, state in _catalogued(catalogue):
        if point_id not in indexed:
            missing.append(point_id)
        elif indexed.pop(point_id) != state:
            different.append(point_id)
    return Differences(tuple(missing), tuple(different), tuple(sorted(indexed)))


def mend(found: Differences, catalogue: Catalogue) -> None:
    """Put what the index has to do about the differences into the outbox; the relay does it, without one inference."""
    entries = [OutboxEntry(point_id, OutboxKind.PUBLISH) for point_id in (*found.missing, *found.different)]
    entries += [OutboxEntry(point_id, OutboxKind.REMOVE) for point_id in found.surplus]
    with catalogue.write() as session:
        session.outbox.enqueue(entries)


def _catalogued(catalogue: Catalogue) -> Iterator[tuple[str, PointState]]:
    after = ""
    with catalogue.read() as session:
        while page := session.outbox.all_points(after=after, limit=PAGE):
            for point_id, record in session.outbox.points(page).items():
                yield point_id, record.state
            after = page[-1]
