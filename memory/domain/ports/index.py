"""Vectors and terms, searched under one filter that only `VisibleSet` can express."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from memory.domain.ports.encoder import Vector
from memory.domain.retrieval import Narrowing, Plan, Scored, VisibleSet


@dataclass(frozen=True, slots=True)
class PointFacts:
    """What a caller may narrow by. `attributes` are `key=value` strings, `labels` sensitivity and categories."""

    source: str
    media_type: str
    labels: tuple[str, ...]
    language: str | None
    modified_at: datetime
    attributes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PointState:
    """Everything on a point that can change without touching its vectors."""

    id: str
    compartment: int
    valid_from: datetime
    valid_to: datetime | None
    facts: PointFacts


@dataclass(frozen=True, slots=True)
class IndexPoint:
    """A point as it is published. `terms` is the masked text that BM25 reads; it is not stored as text."""

    state: PointState
    vector: Vector
    terms: str


class Index(Protocol):
    """The search engine. It is derived from the catalogue, holds no text, and can be rebuilt at any time.

    Writes are idempotent and durable on return. Every method may raise `IndexUnavailable`. Searches return at most
    `limit` points, best first, ties in any order; a point outside `visible` influences neither which points return nor
    their scores: BM25's document frequencies count the visible points (before narrowing) alone.
    """

    def search_dense(
        self, vector: Vector, *, visible: VisibleSet, narrowing: Narrowing, plan: Plan, limit: int
    ) -> list[Scored]:
        """Return the nearest points by cosine."""
        ...

    def search_sparse(
        self, query: str, *, visible: VisibleSet, narrowing: Narrowing, plan: Plan, limit: int
    ) -> list[Scored]:
        """Return the best points by BM25; a point that shares no term with `query` is not returned."""
        ...

    def publish(self, points: Sequence[IndexPoint]) -> None:
        """Add the points, or replace those with the same id."""
        ...

    def govern(self, states: Sequence[PointState]) -> None:
        """Bring compartment, validity and facts of existing points up to date; ids it does not know are skipped."""
        ...

    def remove(self, point_ids: Sequence[str]) -> None:
        """Delete the points; ids it does not know are skipped."""
        ...

    def states(self) -> Iterator[tuple[str, PointState | None]]:
        """Yield id and state of every point, ordered by id, for reconciliation; None where what is held is no state."""
        ...

    def count(self) -> int:
        """Return the number of points."""
        ...

    def clear(self) -> None:
        """Remove every point: the first step of a rebuild."""
        ...

    def optimize(self) -> None:
        """Build what makes searches fast (graphs, merged segments); searches go on meanwhile where the engine can."""
        ...

    def close(self) -> None:
        """Flush and release the engine."""
        ...
