"""Which form of a visible set the engine gets, and that building it is remembered."""

from dataclasses import replace

import pytest

from memory.adapters.index.edge_words import EdgeWords
from memory.adapters.index.filters import VisibleFilter, VisibleFilters
from memory.adapters.index.filters import visible_filter as translated
from memory.adapters.index.points import CURRENT
from memory.domain.retrieval import Narrowing, VisibleSet
from memory.testing.index_world import START, point_id, seeing


def visible_filter(visible: VisibleSet) -> VisibleFilter | None:
    return translated(visible, EdgeWords())


def fields(conditions: tuple[object, ...]) -> list[str]:
    return [getattr(condition, "key", "has_id") for condition in conditions]


def test_the_shorter_list_is_sent() -> None:
    few_visible = visible_filter(seeing(1, hidden=(2, 3)))
    few_hidden = visible_filter(seeing(1, 2, hidden=(3,)))
    assert few_visible is not None
    assert few_hidden is not None
    assert list(few_visible.must[0].match.value) == [1]
    assert list(few_hidden.must_not[0].match.value) == [3]


@pytest.mark.parametrize("hidden", [(), (3,)])
def test_a_complement_demands_the_field_and_a_bound(hidden: tuple[int, ...]) -> None:
    """The index contract shows what happens without either; here, that both are there whatever the shard holds."""
    complement = visible_filter(seeing(1, 2, hidden=hidden, known_up_to=9))
    assert complement is not None
    assert complement.must == ()
    assert [type(condition).__name__ for condition in complement.must_not[-2:]] == [
        "IsEmptyCondition",
        "FieldCondition",
    ]
    assert fields(complement.must_not[-2:]) == [CURRENT, CURRENT]
    assert complement.must_not[-1].range.gt == 9


def test_nothing_visible_makes_no_filter() -> None:
    assert visible_filter(seeing(hidden=())) is None
    assert visible_filter(seeing(hidden=(1, 2))) is None


def test_withheld_points_are_in_every_form() -> None:
    for hidden in ((), (3, 4, 5)):
        for moment in (None, START):
            built = visible_filter(seeing(1, 2, hidden=hidden, withheld=[point_id(7)], moment=moment))
            assert built is not None
            assert fields(built.must_not)[-1] == "has_id"


def test_a_visible_set_is_translated_once() -> None:
    filters, visible = VisibleFilters(EdgeWords()), seeing(1)
    assert filters.of(visible) is filters.of(visible)
    assert filters.of(visible) is not filters.of(replace(visible))


def test_no_more_filters_are_remembered_than_agreed() -> None:
    filters = VisibleFilters(EdgeWords(), size=2)
    oldest, other, newest = (seeing(number) for number in (1, 2, 3))
    first = filters.of(oldest)
    kept = filters.of(other)
    filters.of(newest)
    assert filters.of(other) is kept
    assert filters.of(oldest) is not first


def test_empty_narrowing_reuses_the_whole_filter() -> None:
    """Both legs then send the same object as filter and as corpus of the document frequencies."""
    built = visible_filter(seeing(1))
    assert built is not None
    assert built.narrowed(Narrowing()) is built.whole
    assert built.narrowed(Narrowing(sources=frozenset({"wiki"}))) is not built.whole
