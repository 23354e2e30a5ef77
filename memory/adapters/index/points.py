"""Our points in the engine's form: the payload that filters read, and the fields it is indexed by.

A point carries ids, a compartment, an interval and what a caller may narrow by; it never carries text. Times are
microseconds since 1970, the resolution of a datetime, so that half-open intervals meet exactly.
"""

import struct
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from qdrant_edge import IntegerIndexParams, KeywordIndexParams, Point, SparseVector

from memory.adapters.index.terms import document_terms
from memory.domain.errors import IndexUnavailable
from memory.domain.ports.encoder import Vector
from memory.domain.ports.index import IndexPoint, PointFacts, PointState

DENSE, SPARSE = "dense", "bm25"
CURRENT, COMPARTMENT, FROM, TO = "current", "compartment", "from", "to"
SOURCE, TYPE, LABELS, LANGUAGE = "source", "type", "labels", "language"
MODIFIED, ATTRIBUTES = "modified", "attributes"

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def field_indexes() -> dict[str, Any]:
    """Return the payload index of each field.

    Without edges in the graph (`enable_hnsw`): compartments are too many and too small to earn any, and a 15,000-point
    optimize takes 12 s with them, 4.9 s without. Compartments need ranges too, for the bound of a complement.
    """
    compartment = IntegerIndexParams(lookup=True, range=True, enable_hnsw=False)
    moment = IntegerIndexParams(lookup=False, range=True, enable_hnsw=False)
    keyword = KeywordIndexParams(enable_hnsw=False)
    return (
        dict.fromkeys((CURRENT, COMPARTMENT), compartment)
        | dict.fromkeys((FROM, TO, MODIFIED), moment)
        | dict.fromkeys((SOURCE, TYPE, LABELS, LANGUAGE, ATTRIBUTES), keyword)
    )


def payload(state: PointState) -> dict[str, Any]:
    """Return everything on a point beside its vectors. An open interval has `current` and no `to`, a closed one not."""
    facts = state.facts
    body: dict[str, Any] = {
        COMPARTMENT: state.compartment,
        FROM: microseconds(state.valid_from),
        SOURCE: facts.source,
        TYPE: facts.media_type,
        LABELS: list(facts.labels),
        MODIFIED: microseconds(facts.modified_at),
        ATTRIBUTES: list(facts.attributes),
    }
    if facts.language is not None:
        body[LANGUAGE] = facts.language
    if state.valid_to is None:
        body[CURRENT] = state.compartment
    else:
        body[TO] = microseconds(state.valid_to)
    return body


def state(point_id: str, body: Mapping[str, Any]) -> PointState | None:
    """Return the state that a payload stands for; None when none makes exactly this payload, as after damage."""
    try:
        facts = PointFacts(
            source=body[SOURCE],
            media_type=body[TYPE],
            labels=tuple(body[LABELS]),
            language=body.get(LANGUAGE),
            modified_at=_moment(body[MODIFIED]),
            attributes=tuple(body[ATTRIBUTES]),
        )
        until = None if TO not in body else _moment(body[TO])
        read = PointState(point_id, body[COMPARTMENT], _moment(body[FROM]), until, facts)
        return read if payload(read) == body else None
    except (KeyError, TypeError, OverflowError):
        return None


def engine_point(point: IndexPoint, dimension: int) -> Any:
    """Return a point as the engine takes it. Raises `IndexUnavailable` when its vector has another dimension."""
    terms = document_terms(point.terms, point.state.facts.language)
    vectors: dict[str, Any] = {
        DENSE: numbers(point.vector, dimension),
        SPARSE: SparseVector(list(terms), list(terms.values())),
    }
    return Point(canonical(point.state.id), vectors, payload(point.state))


def numbers(vector: Vector, dimension: int) -> list[float]:
    """Return a vector's numbers. Raises `IndexUnavailable` when there are not `dimension` of them."""
    if len(vector) != 4 * dimension:
        raise IndexUnavailable("A vector has another dimension than the index; run `memory reindex`.")
    return list(struct.unpack(f"<{dimension}f", vector))  # the engine reads a numpy array half as fast as a list


def canonical(point_id: object) -> str:
    """Return a point id as a lowercase hyphenated UUID. Raises ValueError when it is none."""
    return str(point_id if isinstance(point_id, uuid.UUID) else uuid.UUID(str(point_id)))


def microseconds(moment: datetime) -> int:
    """Return whole microseconds since 1970-01-01 UTC."""
    return (moment - _EPOCH) // timedelta(microseconds=1)


def _moment(microseconds: int) -> datetime:
    return _EPOCH + timedelta(microseconds=microseconds)
