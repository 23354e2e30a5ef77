"""Conditions, points and searches as a Qdrant server takes them, in the models of its client."""

from collections.abc import Sequence
from typing import Any, cast

from qdrant_client import models

from memory.adapters.index import points as form
from memory.adapters.index.terms import document_terms
from memory.domain.ports.index import IndexPoint
from memory.domain.retrieval import Plan, SearchMode


class ServerWords:
    """The `Words` of a server."""

    def among(self, field: str, values: Sequence[int] | Sequence[str]) -> Any:
        """Say that a field holds one of these values."""
        # Not checked one by one: they are ours, and a caller may see ten thousand compartments.
        match = models.MatchAny.model_construct(any=cast("list[str]", list(values)))
        return models.FieldCondition.model_construct(key=field, match=match, _fields_set={"key", "match"})

    def between(self, field: str, **bounds: int | None) -> Any:
        """Say that a field holds a number within these bounds: `gt`, `gte`, `lt`, `lte`."""
        return models.FieldCondition(key=field, range=models.Range(**bounds))

    def absent(self, field: str) -> Any:
        """Say that a point does not have a field."""
        return models.IsEmptyCondition(is_empty=models.PayloadField(key=field))

    def named(self, point_ids: Sequence[str]) -> Any:
        """Say that a point is one of these."""
        return models.HasIdCondition(has_id=list(point_ids))

    def all_of(self, must: Sequence[Any], must_not: Sequence[Any]) -> Any:
        """Say that every one of `must` holds and none of `must_not`."""
        return models.Filter(must=list(must), must_not=list(must_not))


def field_indexes() -> dict[str, models.PayloadSchemaType | Any]:
    """Return the payload index of each field; why they are as they are is said in `points.field_indexes`."""
    number = models.IntegerIndexType.INTEGER
    compartment = models.IntegerIndexParams(type=number, lookup=True, range=True, enable_hnsw=False)
    moment = models.IntegerIndexParams(type=number, lookup=False, range=True, enable_hnsw=False)
    keyword = models.KeywordIndexParams(type=models.KeywordIndexType.KEYWORD, enable_hnsw=False)
    return (
        dict.fromkeys((form.CURRENT, form.COMPARTMENT), compartment)
        | dict.fromkeys((form.FROM, form.TO, form.MODIFIED), moment)
        | dict.fromkeys((form.SOURCE, form.TYPE, form.LABELS, form.LANGUAGE, form.ATTRIBUTES), keyword)
    )


def server_point(point: IndexPoint, dimension: int) -> models.PointStruct:
    """Return a point as the server takes it. Raises `IndexUnavailable` when its vector has another dimension."""
    terms = document_terms(point.terms, point.state.facts.language)
    vectors: dict[str, Any] = {
        form.DENSE: form.numbers(point.vector, dimension),
        form.SPARSE: models.SparseVector(indices=list(terms), values=list(terms.values())),
    }
    return models.PointStruct(id=form.canonical(point.state.id), vector=vectors, payload=form.payload(point.state))


def walk(plan: Plan) -> models.SearchParams:
    """Return how the dense leg is to be searched."""
    if plan.mode is SearchMode.EXACT:
        return models.SearchParams(exact=True)
    # As on Edge: the engine's estimate of what a union of small values lets through is poor, so ACORN always serves.
    acorn = models.AcornSearchParams(enable=True, max_selectivity=1.0) if plan.mode is SearchMode.ACORN else None
    return models.SearchParams(hnsw_ef=plan.ef, acorn=acorn)


def counted_over(corpus: Any) -> models.SearchParams:
    """Return how the sparse leg is to be searched: document frequencies counted over `corpus` alone."""
    return models.SearchParams(idf=models.IdfCorpusParams(corpus=corpus))
