"""What the engine may look at: a `VisibleSet`, and what the caller asks to leave out, as conditions of the engine.

The visible part bounds every leg and is also the corpus of the document frequencies; narrowing only bounds results.
There are two forms that say the same, and the shorter one is chosen: any of the visible compartments, or none of the
hidden ones. The complement closes what a bare negation would leave open: a point without the field, and a compartment
above `known_up_to`, which neither list could name. Both are always asked for, so the proof needs no state of the shard.

What is said is decided here, once; how an engine spells it is its `Words`.
"""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from threading import Lock
from typing import Any, Protocol

from memory.adapters.index import points
from memory.domain.retrieval import Narrowing, VisibleSet


class Words(Protocol):
    """How an engine spells conditions."""

    def among(self, field: str, values: Sequence[int] | Sequence[str]) -> Any:
        """Say that a field holds one of these values."""
        ...

    def between(self, field: str, **bounds: int | None) -> Any:
        """Say that a field holds a number within these bounds: `gt`, `gte`, `lt`, `lte`."""
        ...

    def absent(self, field: str) -> Any:
        """Say that a point does not have a field."""
        ...

    def named(self, point_ids: Sequence[str]) -> Any:
        """Say that a point is one of these."""
        ...

    def all_of(self, must: Sequence[Any], must_not: Sequence[Any]) -> Any:
        """Say that every one of `must` holds and none of `must_not`."""
        ...


@dataclass(frozen=True, slots=True)
class VisibleFilter:
    """The engine's form of one `VisibleSet`."""

    must: tuple[Any, ...]
    must_not: tuple[Any, ...]
    whole: Any
    words: Words

    def narrowed(self, narrowing: Narrowing) -> Any:
        """Return a filter for the visible points that the caller did not ask to leave out."""
        if narrowing.empty:
            return self.whole
        return self.words.all_of([*self.must, *_narrowing(narrowing, self.words)], self.must_not)


def visible_filter(visible: VisibleSet, words: Words) -> VisibleFilter | None:
    """Return the engine's form of what is visible, None when nothing is."""
    if not visible.compartments:
        return None
    field = points.CURRENT if visible.moment is None else points.COMPARTMENT
    must, must_not = _compartments(visible, field, words)
    if visible.moment is not None:
        moment = points.microseconds(visible.moment)
        must.append(words.between(points.FROM, lte=moment))
        must_not.append(words.between(points.TO, lte=moment))  # an open interval has no `to`
    if visible.withheld:
        must_not.append(words.named(sorted({points.canonical(point_id) for point_id in visible.withheld})))
    return VisibleFilter(tuple(must), tuple(must_not), words.all_of(must, must_not), words)


def _compartments(visible: VisibleSet, field: str, words: Words) -> tuple[list[Any], list[Any]]:
    if len(visible.compartments) <= len(visible.hidden):
        return [words.among(field, visible.compartments)], []
    # The bound as a negation: as a `must` the engine walks its whole range first (12 against 6 ms on 20,000 points).
    unknown = words.between(field, gt=visible.known_up_to)
    hidden = [words.among(field, visible.hidden)] if visible.hidden else []
    return [], [*hidden, words.absent(field), unknown]


def _narrowing(narrowing: Narrowing, words: Words) -> list[Any]:
    choices = {
        points.SOURCE: narrowing.sources,
        points.TYPE: narrowing.media_types,
        points.LABELS: narrowing.labels,
        points.LANGUAGE: narrowing.languages,
    }
    conditions = [words.among(field, sorted(wanted)) for field, wanted in choices.items() if wanted]
    conditions += _modified(narrowing, words)
    attributes = (f"{key}={value}" for key, value in sorted(narrowing.attributes.items()))
    return conditions + [words.among(points.ATTRIBUTES, [attribute]) for attribute in attributes]


def _modified(narrowing: Narrowing, words: Words) -> Sequence[Any]:
    since, until = narrowing.modified_from, narrowing.modified_to
    if since is None and until is None:
        return ()
    return (
        words.between(
            points.MODIFIED,
            gte=None if since is None else points.microseconds(since),
            lt=None if until is None else points.microseconds(until),
        ),
    )


class VisibleFilters:
    """Remembers the filters of the visible sets asked for last, so that both legs of a question share one.

    By identity: comparing ten thousand compartments would cost what building the filter does. The set is kept with its
    filter, so an identity cannot be reused while it is remembered.
    """

    def __init__(self, words: Words, size: int = 64) -> None:
        self._words = words
        self._size = size
        self._lock = Lock()
        self._known: OrderedDict[int, tuple[VisibleSet, VisibleFilter | None]] = OrderedDict()

    def of(self, visible: VisibleSet) -> VisibleFilter | None:
        """Return what `visible_filter` returns."""
        with self._lock:
            known = self._known.get(id(visible))
            if known is not None:
                self._known.move_to_end(id(visible))
                return known[1]
        built = visible_filter(visible, self._words)
        with self._lock:
            self._known[id(visible)] = (visible, built)
            while len(self._known) > self._size:
                self._known.popitem(last=False)
        return built
