"""Collecting and fusing: one ranking, whatever order the engine gives its points in and however it cuts ties."""

from collections.abc import Callable

from hypothesis import given
from hypothesis import strategies as st

from memory.domain.retrieval import Scored
from memory.retrieval.fusion import MARGIN, collect, fuse, rounded

ids = st.integers(0, 60).map(lambda number: f"{number:04}")
scores = st.sampled_from([0.0, 0.25, 0.5, 0.5000001, 1.0, -1.0, 3.75]) | st.floats(-5, 5, width=32)
legs = st.dictionaries(ids, scores, max_size=60).map(lambda found: [Scored(*one) for one in found.items()])
weights = st.sampled_from([0.0, 0.5, 1.0, 2.0])


def engine(points: list[Scored], shuffled: list[Scored]) -> Callable[[int], list[Scored]]:
    """Return a leg that gives its best points first and equal ones in the order of `shuffled`."""
    assert sorted(map(str, points)) == sorted(map(str, shuffled))
    return lambda limit: sorted(shuffled, key=lambda found: -found.score)[:limit]


@given(legs, st.randoms(use_true_random=False), st.integers(1, 20))
def test_a_leg_is_its_best_points_by_rounded_score_and_id(points: list[Scored], random: object, depth: int) -> None:
    """Fails when ties at the cut are decided by the engine. Tried: taking the first `depth` of one call."""
    shuffled = list(points)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    everything = sorted((Scored(one.point_id, rounded(one.score)) for one in points), key=order)
    assert collect(engine(points, shuffled), depth) == everything[:depth]


@given(st.integers(1, 30), st.integers(0, 200))
def test_a_leg_reads_on_until_no_point_can_tie_with_the_last(depth: int, ties: int) -> None:
    """Fails when the margin is taken for enough: there may be more equal points than it holds."""
    points = [Scored(f"{number:04}", 1.0) for number in range(ties + depth + MARGIN)]
    reverse = list(reversed(points))
    assert collect(engine(points, reverse), depth) == points[:depth]


@given(st.lists(st.tuples(weights, legs), max_size=2), st.randoms(use_true_random=False))
def test_fusing_does_not_depend_on_the_order_of_points(found: list[tuple[float, list[Scored]]], random: object) -> None:
    """Fails when a score depends on the points that stood before it. Two legs add up alike in either order."""
    shuffled = [(weight, list(leg)) for weight, leg in found]
    for _, leg in shuffled:
        random.shuffle(leg)  # type: ignore[attr-defined]
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert fuse(found) == fuse(shuffled)


@given(st.lists(st.tuples(weights, legs), max_size=3))
def test_fused_points_are_in_total_order_and_each_is_there_once(found: list[tuple[float, list[Scored]]]) -> None:
    fused = fuse(found)
    assert {one.point_id for one in fused} == {one.point_id for _, leg in found for one in leg}
    assert len(fused) == len({one.point_id for one in fused})
    assert fused == sorted(fused, key=lambda one: (-one.score, one.point_id))


@given(legs, st.sampled_from([0.5, 1.0, 2.0]))
def test_one_leg_keeps_its_order(leg: list[Scored], weight: float) -> None:
    fused = {one.point_id: place for place, one in enumerate(fuse([(weight, leg)]))}
    for first in leg:
        for second in leg:
            if rounded(first.score) > rounded(second.score) + 0.01:
                assert fused[first.point_id] < fused[second.point_id]


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_rounding_twice_changes_nothing(score: float) -> None:
    assert rounded(rounded(score)) == rounded(score)


def order(one: Scored) -> tuple[float, str]:
    return -one.score, one.point_id


def test_noise_of_float32_sums_orders_nothing() -> None:
    """Fails when scores are compared closer than the engine computes them: sums in another order differ in the last
    bits, and would swap passages whose scores are the same. Tried: scores as they come."""
    in_one_order, in_another = 0.5, 0.5 * (1 + 2**-22)
    ranked = [
        [found.point_id for found in collect(lambda _, pair=pair: [Scored("a", pair[0]), Scored("b", pair[1])], 2)]
        for pair in ((in_one_order, in_another), (in_another, in_one_order))
    ]
    assert ranked == [["a", "b"], ["a", "b"]]
