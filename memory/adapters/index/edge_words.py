"""Conditions as Qdrant Edge takes them."""

from collections.abc import Sequence
from typing import Any, cast

from qdrant_edge import FieldCondition, Filter, HasIdCondition, IsEmptyCondition, MatchAny, RangeFloat


class EdgeWords:
    """The `Words` of the embedded engine."""

    def among(self, field: str, values: Sequence[int] | Sequence[str]) -> Any:
        """Say that a field holds one of these values."""
        return FieldCondition(field, match=MatchAny(cast("list[str]", list(values))))

    def between(self, field: str, **bounds: int | None) -> Any:
        """Say that a field holds a number within these bounds: `gt`, `gte`, `lt`, `lte`."""
        return FieldCondition(field, range=RangeFloat(**bounds))

    def absent(self, field: str) -> Any:
        """Say that a point does not have a field."""
        return IsEmptyCondition(field)

    def named(self, point_ids: Sequence[str]) -> Any:
        """Say that a point is one of these."""
        return HasIdCondition(set(point_ids))

    def all_of(self, must: Sequence[Any], must_not: Sequence[Any]) -> Any:
        """Say that every one of `must` holds and none of `must_not`."""
        return Filter(must=list(must), must_not=list(must_not))
