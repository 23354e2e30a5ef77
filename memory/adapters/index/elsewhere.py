"""The index of another process: whoever asks for it is told so, and staging goes on without it."""

from collections.abc import Iterator, Sequence
from typing import NoReturn

from memory.domain.errors import IndexOwnedElsewhere
from memory.domain.ports.encoder import Vector
from memory.domain.ports.index import IndexPoint, PointState
from memory.domain.retrieval import Narrowing, Plan, Scored, VisibleSet


class IndexElsewhere:
    """Implements `Index` by refusing: every use raises `IndexOwnedElsewhere`."""

    def search_dense(
        self, vector: Vector, *, visible: VisibleSet, narrowing: Narrowing, plan: Plan, limit: int
    ) -> list[Scored]:
        """Refuse."""
        _refuse(vector, visible, narrowing, plan, limit)

    def search_sparse(
        self, query: str, *, visible: VisibleSet, narrowing: Narrowing, plan: Plan, limit: int
    ) -> list[Scored]:
        """Refuse."""
        _refuse(query, visible, narrowing, plan, limit)

    def publish(self, points: Sequence[IndexPoint]) -> None:
        """Refuse."""
        _refuse(points)

    def govern(self, states: Sequence[PointState]) -> None:
        """Refuse."""
        _refuse(states)

    def remove(self, point_ids: Sequence[str]) -> None:
        """Refuse."""
        _refuse(point_ids)

    def states(self) -> Iterator[tuple[str, PointState | None]]:
        """Refuse."""
        _refuse()

    def count(self) -> int:
        """Refuse."""
        _refuse()

    def clear(self) -> None:
        """Refuse."""
        _refuse()

    def optimize(self) -> None:
        """Refuse."""
        _refuse()

    def close(self) -> None:
        """There is nothing to release."""


def _refuse(*_: object) -> NoReturn:
    raise IndexOwnedElsewhere
