"""Does the index say what the catalogue says? Every difference is found, and mended through the outbox.

The catalogue is right by definition. A difference can only cost recall, since every hit is checked against the
catalogue before it is read; this is how it is found and mended without a rebuild.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from memory.domain.ports.catalogue import Catalogue, OutboxEntry, OutboxKind
from memory.domain.ports.index import Index

PAGE = 5_000


@dataclass(frozen=True, slots=True)
class Differences:
    """Point ids by what is wrong: not in the index, in another state there, or unknown to the catalogue."""

    missing: tuple[str, ...]
    different: tuple[str, ...]
    surplus: tuple[str, ...]

    @property
    def count(self) -> int:
        """How many points are not as they should be."""
        return len(self.missing) + len(self.different) + len(self.surplus)


def differences(catalogue: Catalogue, index: Index) -> Differences:
    """Compare every point; call when the outbox is drained, else what is pending counts as a difference."""
    indexed = {point_id: (compartment, current) for point_id, compartment, current in index.states()}
    missing, different = [], []
    for point_id, state in _catalogued(catalogue):
        found = indexed.pop(point_id, None)
        if found is None:
            missing.append(point_id)
        elif found != state:
            different.append(point_id)
    return Differences(tuple(missing), tuple(different), tuple(sorted(indexed)))


def mend(found: Differences, catalogue: Catalogue) -> None:
    """Put what the index has to do about the differences into the outbox."""
    entries = [OutboxEntry(point_id, OutboxKind.PUBLISH) for point_id in (*found.missing, *found.different)]
    entries += [OutboxEntry(point_id, OutboxKind.REMOVE) for point_id in found.surplus]
    with catalogue.write() as session:
        session.outbox.enqueue(entries)


def _catalogued(catalogue: Catalogue) -> Iterator[tuple[str, tuple[int, bool]]]:
    after = ""
    with catalogue.read() as session:
        while page := session.outbox.all_points(after=after, limit=PAGE):
            for point_id, record in session.outbox.points(page).items():
                yield point_id, (record.state.compartment, record.state.valid_to is None)
            after = page[-1]
