"""Chunks where they stand, with what governs them: whole versions, and the surroundings of a hit."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Integer, Text, and_, bindparam, or_, select

from memory.adapters.catalogue.columns import Instant
from memory.adapters.catalogue.prepared import Prepared, padded
from memory.adapters.catalogue.tables import intervals, occurrences, versions
from memory.adapters.catalogue.transaction import Reader, batches
from memory.domain.documents import Occurrence, Span

# Places in one statement, as many as SQLite's nesting of expressions allows with room to spare.
_PLACES = 256

_STANDS = occurrences.c
_INTERVAL = intervals.c
_MOMENT = bindparam("moment", type_=Instant)
_MASKED_POINT = and_(
    _INTERVAL.document_id == _STANDS.document_id,
    _INTERVAL.chunk_id == _STANDS.chunk_id,
    _INTERVAL.clear_types == frozenset(),
)


class StandingReader(Reader):
    """Reads of occurrences together with the intervals that govern them."""

    def governed(self, wanted: Sequence[tuple[str, int]]) -> dict[tuple[str, int], frozenset[int]]:
        """Return for each (document id, version) the compartments that govern its chunks now, by their masked points.

        Left out is a version without chunks, and one with a chunk that no interval holds from the version's beginning
        to its end.
        """
        found: defaultdict[tuple[str, int], set[int | None]] = defaultdict(set)
        for batch in batches(wanted, _PLACES):
            places = padded(batch)
            values = {name: part for n, place in enumerate(places) for name, part in zip(_of(n), place, strict=False)}
            for document, version, compartment in _governed(len(places)).rows(self._connection, values):
                found[document, version].add(compartment)
        return {
            version: frozenset(one for one in known if one is not None)
            for version, known in found.items()
            if None not in known
        }

    def neighbours(
        self, wanted: Sequence[tuple[str, int, range]], *, moment: datetime | None
    ) -> list[tuple[Occurrence, int]]:
        """Return what stands at these ordinals, given as (document id, version, ordinals), each once, in no order.

        With each comes the compartment of its masked point at `moment` (None: now); what had none then is left out.
        """
        at = {} if moment is None else {"moment": moment}
        found: dict[tuple[str, int, int], tuple[Occurrence, int]] = {}
        for batch in batches([_place(*one) for one in wanted if one[2]], _PLACES):
            places = padded(batch)
            values = {name: part for n, place in enumerate(places) for name, part in zip(_of(n), place, strict=True)}
            for row in _neighbours(len(places), now=moment is None).rows(self._connection, {**values, **at}):
                document, version, chunk, ordinal, start, end, section, compartment = row
                stands = Occurrence(document, version, chunk, ordinal, Span(start, end), section)
                found[document, version, ordinal] = stands, compartment
        return list(found.values())


@lru_cache
def _governed(count: int) -> Prepared:
    """Return the query of `count` versions: each with its compartments, and with null for a chunk that has none."""
    lasting = and_(
        _INTERVAL.valid_from <= versions.c.effective_from,
        or_(_INTERVAL.valid_to.is_(None), versions.c.superseded_at <= _INTERVAL.valid_to),
    )
    this = and_(versions.c.document_id == _STANDS.document_id, versions.c.number == _STANDS.version)
    return Prepared(
        select(_STANDS.document_id, _STANDS.version, _INTERVAL.compartment)
        .select_from(occurrences)
        .join(versions, this)
        .outerjoin(intervals, and_(_MASKED_POINT, lasting))
        .where(or_(*map(_at, range(count))))
        .distinct()
    )


@lru_cache
def _neighbours(count: int, *, now: bool) -> Prepared:
    """Return the query of `count` ranges of ordinals."""
    in_force = _INTERVAL.valid_to.is_(None)
    then = and_(_INTERVAL.valid_from <= _MOMENT, or_(_INTERVAL.valid_to.is_(None), _INTERVAL.valid_to > _MOMENT))
    return Prepared(
        select(occurrences, _INTERVAL.compartment)
        .join(intervals, and_(_MASKED_POINT, in_force if now else then))
        .where(or_(*map(_within, range(count))))
    )


def _at(number: int) -> ColumnElement[bool]:
    document, version, _, _ = _of(number)
    return and_(
        _STANDS.document_id == bindparam(document, type_=Text), _STANDS.version == bindparam(version, type_=Integer)
    )


def _within(number: int) -> ColumnElement[bool]:
    _, _, first, last = _of(number)
    return and_(_at(number), _STANDS.ordinal.between(bindparam(first, type_=Integer), bindparam(last, type_=Integer)))


def _of(number: int) -> tuple[str, str, str, str]:
    return f"document_{number}", f"version_{number}", f"first_{number}", f"last_{number}"


def _place(document_id: str, version: int, ordinals: range) -> tuple[Any, ...]:
    return document_id, version, ordinals[0], ordinals[-1]
