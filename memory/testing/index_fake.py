"""An exact index in memory: every rule of the `Index` port in its plainest form, for tests of what stands on it.

It is also the oracle of the real ones: given the same terms, they must return the same points with the same scores.
"""

import math
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from threading import Lock
from uuid import UUID

import numpy as np

from memory.domain.errors import IndexUnavailable
from memory.domain.ports.encoder import Vector
from memory.domain.ports.index import IndexPoint, PointState
from memory.domain.retrieval import Narrowing, Plan, Scored, VisibleSet

DocumentTerms = Callable[[str, str | None], Mapping[int, float]]
"""(text, its language) to {term id: weight}."""

QueryTerms = Callable[[str, Sequence[str]], Mapping[int, float]]
"""(text, languages it may be in) to {term id: weight}."""


def written_words(text: str, languages: object) -> Mapping[int, float]:
    """Return the words of a text as written, lowercase, each with weight 1, in whatever language."""
    del languages
    return dict.fromkeys((int.from_bytes(word.encode()) for word in text.lower().split()), 1.0)


@dataclass(frozen=True, slots=True)
class _Stored:
    state: PointState
    vector: Vector
    terms: Mapping[int, float]


class ExactIndex:
    """Keeps points in a dictionary and looks at each for every question."""

    def __init__(self, document_terms: DocumentTerms = written_words, query_terms: QueryTerms = written_words) -> None:
        self._document_terms = document_terms
        self._query_terms = query_terms
        self._points: dict[str, _Stored] = {}
        self._writing = Lock()
        self._closed = False

    def search_dense(
        self, vector: Vector, *, visible: VisibleSet, narrowing: Narrowing, plan: Plan, limit: int
    ) -> list[Scored]:
        """Return the nearest points by cosine, in float64."""
        del plan
        asked = _unit(vector)
        found = [stored for stored in self._visible(visible) if _wanted(stored.state, narrowing)]
        return _best(((stored.state.id, float(asked @ _unit(stored.vector))) for stored in found), limit)

    def search_sparse(
        self, query: str, *, visible: VisibleSet, narrowing: Narrowing, plan: Plan, limit: int
    ) -> list[Scored]:
        """Return the best points by BM25; inverse document frequency is ln(1 + (n - df + 0.5) / (df + 0.5))."""
        asked = self._query_terms(query, plan.languages)
        corpus = self._visible(visible)
        frequencies = Counter(term for stored in corpus for term in asked.keys() & stored.terms.keys())
        weights = {term: math.log1p((len(corpus) - count + 0.5) / (count + 0.5)) for term, count in frequencies.items()}
        found = [stored for stored in corpus if asked.keys() & stored.terms.keys()]
        scores = (
            (stored.state.id, sum(stored.terms[term] * weights[term] for term in asked.keys() & stored.terms.keys()))
            for stored in found
            if _wanted(stored.state, narrowing)
        )
        return _best(scores, limit)

    def publish(self, points: Sequence[IndexPoint]) -> None:
        """Add or replace points."""
        stored = {
            str(UUID(point.state.id)): _Stored(
                replace(point.state, id=str(UUID(point.state.id))),
                point.vector,
                self._document_terms(point.terms, point.state.facts.language),
            )
            for point in points
        }
        with self._writing:
            self._points = self._open() | stored

    def govern(self, states: Sequence[PointState]) -> None:
        """Replace the state of known points."""
        with self._writing:
            known = self._open()
            canonical = [replace(state, id=str(UUID(state.id))) for state in states]
            self._points = known | {
                state.id: replace(known[state.id], state=state) for state in canonical if state.id in known
            }

    def remove(self, point_ids: Sequence[str]) -> None:
        """Delete points."""
        gone = {str(UUID(point_id)) for point_id in point_ids}
        with self._writing:
            self._points = {point_id: stored for point_id, stored in self._open().items() if point_id not in gone}

    def states(self) -> Iterator[tuple[str, PointState | None]]:
        """Yield the state of every point, ordered by id."""
        for point_id, stored in sorted(self._open().items()):
            yield point_id, stored.state

    def count(self) -> int:
        """Return the number of points."""
        return len(self._open())

    def clear(self) -> None:
        """Forget every point."""
        with self._writing:
            self._open()
            self._points = {}

    def optimize(self) -> None:
        """Do nothing: there is nothing to gain."""
        self._open()

    def close(self) -> None:
        """Refuse every call from now on."""
        self._closed = True

    def _open(self) -> dict[str, _Stored]:
        if self._closed:
            raise IndexUnavailable("The index is closed; start the service again.")
        return self._points

    def _visible(self, visible: VisibleSet) -> list[_Stored]:
        compartments = set(visible.compartments)
        withheld = {str(UUID(point_id)) for point_id in visible.withheld}
        return [
            stored
            for point_id, stored in self._open().items()
            if stored.state.compartment in compartments
            and point_id not in withheld
            and _in_force(stored.state, visible.moment)
        ]


def _in_force(state: PointState, moment: datetime | None) -> bool:
    if moment is None:
        return state.valid_to is None
    return state.valid_from <= moment and (state.valid_to is None or moment < state.valid_to)


def _wanted(state: PointState, narrowing: Narrowing) -> bool:
    facts = state.facts
    return (
        (not narrowing.sources or facts.source in narrowing.sources)
        and (not narrowing.media_types or facts.media_type in narrowing.media_types)
        and (not narrowing.labels or bool(narrowing.labels & set(facts.labels)))
        and (not narrowing.languages or facts.language in narrowing.languages)
        and (narrowing.modified_from is None or narrowing.modified_from <= facts.modified_at)
        and (narrowing.modified_to is None or facts.modified_at < narrowing.modified_to)
        and {f"{key}={value}" for key, value in narrowing.attributes.items()} <= set(facts.attributes)
    )


def _unit(vector: Vector) -> "np.ndarray[tuple[int], np.dtype[np.float64]]":
    numbers = np.frombuffer(vector, "<f4").astype(np.float64)
    return numbers / (float(np.linalg.norm(numbers)) or 1.0)


def _best(scores: Iterator[tuple[str, float]], limit: int) -> list[Scored]:
    ordered = sorted(scores, key=lambda pair: (-pair[1], pair[0]))
    return [Scored(point_id, score) for point_id, score in ordered[:limit]]
