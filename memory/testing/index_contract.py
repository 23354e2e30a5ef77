"""What every index promises: subclass `IndexContract` in a test module and give it an `index` fixture.

The fixture returns an empty index for vectors of `index_world.DIMENSION`. An index that keeps its points subclasses
`DurableIndexContract` and also says how it is closed and opened again.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from memory.domain.errors import IndexUnavailable
from memory.domain.ports.index import Index, PointFacts
from memory.domain.retrieval import Narrowing, SearchMode, VisibleSet
from memory.testing.index_world import (
    DAY,
    EVERYTHING,
    FACTS,
    PLAN,
    START,
    dense,
    found,
    ids,
    numbers,
    point,
    point_id,
    seeing,
    sparse,
    state,
    vector,
)

# Two ways to say «compartments 1 and 2 of 1, 2, 3»: an adapter may write the second one as «not 3».
FORMS = [
    pytest.param(lambda **more: seeing(1, 2, hidden=(3, 4, 5), **more), id="any"),
    pytest.param(lambda **more: seeing(1, 2, hidden=(3,), **more), id="complement"),
]
Form = Callable[..., VisibleSet]

# What keeps a point with `FACTS`, and what drops it.
NARROWINGS = [
    (Narrowing(sources=frozenset({"handbook", "wiki"})), Narrowing(sources=frozenset({"wiki"}))),
    (Narrowing(media_types=frozenset({"text/markdown"})), Narrowing(media_types=frozenset({"text/plain"}))),
    (Narrowing(labels=frozenset({"hr", "finance"})), Narrowing(labels=frozenset({"finance"}))),
    (Narrowing(languages=frozenset({"en"})), Narrowing(languages=frozenset({"de"}))),
    (Narrowing(modified_from=START), Narrowing(modified_from=START + timedelta(microseconds=1))),
    (Narrowing(modified_to=START + timedelta(microseconds=1)), Narrowing(modified_to=START)),
    (Narrowing(modified_from=START, modified_to=START + DAY), Narrowing(modified_from=START - DAY, modified_to=START)),
    (Narrowing(attributes={"team": "people"}), Narrowing(attributes={"team": "final"})),
    (
        Narrowing(attributes={"team": "people", "status": "final"}),
        Narrowing(attributes={"team": "people", "status": "draft"}),
    ),
    (
        Narrowing(sources=frozenset({"handbook"}), labels=frozenset({"internal"}), languages=frozenset({"en"})),
        Narrowing(sources=frozenset({"handbook"}), labels=frozenset({"internal"}), languages=frozenset({"de"})),
    ),
]


class IndexContract:
    """The promises of the `Index` port."""

    @pytest.fixture
    def index(self) -> Index:
        """Return an empty index."""
        raise NotImplementedError("give the subclass an `index` fixture")

    def test_a_new_index_is_empty_and_answers(self, index: Index) -> None:
        """An empty index is no error."""
        assert index.count() == 0
        assert list(index.states()) == []
        assert found(index, seeing(1)) == set()

    def test_the_nearest_comes_first_with_its_cosine(self, index: Index) -> None:
        """Scores are cosines, whatever the length of the stored vector."""
        index.publish([point(1, direction=vector(0.0, 3.0)), point(2, direction=vector(2.0, 2.0))])
        index.publish([point(3, direction=vector(5.0))])
        hits = dense(index, seeing(1))
        assert [hit.point_id for hit in hits] == [point_id(3), point_id(2), point_id(1)]
        assert [hit.score for hit in hits] == pytest.approx([1.0, 0.5**0.5, 0.0], abs=1e-6)

    def test_the_rarer_term_weighs_more(self, index: Index) -> None:
        """BM25 orders by rarity among the visible points."""
        index.publish([point(number, terms="leave") for number in range(1, 6)])
        index.publish([point(6, terms="sabbatical"), point(7, terms="payroll")])
        hits = sparse(index, seeing(1), query="leave sabbatical")
        assert hits[0].point_id == point_id(6)
        assert ids(hits) == numbers(1, 2, 3, 4, 5, 6)

    def test_a_query_without_a_known_term_finds_nothing(self, index: Index) -> None:
        """Zero scores are no hits."""
        index.publish([point(1)])
        assert sparse(index, seeing(1), query="zeppelin") == []
        assert sparse(index, seeing(1), query="") == []

    def test_limit_keeps_the_best(self, index: Index) -> None:
        """At most `limit`, and not any: the best."""
        index.publish([point(number, direction=vector(1.0, number)) for number in range(1, 6)])
        hits = index.search_dense(vector(1.0), visible=seeing(1), narrowing=EVERYTHING, plan=PLAN, limit=2)
        assert [hit.point_id for hit in hits] == [point_id(1), point_id(2)]

    @pytest.mark.parametrize("mode", list(SearchMode))
    def test_every_mode_answers(self, index: Index, mode: SearchMode) -> None:
        """A small index gives the same answer in every mode."""
        index.publish([point(number, number % 3) for number in range(1, 30)])
        hits = dense(index, seeing(1), plan=replace(PLAN, mode=mode, ef=64))
        assert ids(hits) == {point_id(number) for number in range(1, 30) if number % 3 == 1}

    @pytest.mark.parametrize("form", FORMS)
    def test_only_visible_compartments_are_found(self, index: Index, form: Form) -> None:
        """Compartment 3 is hidden; its twin, the same points in compartment 2, is found."""
        index.publish([point(1, 1), point(2, 2), point(3, 3)])
        assert found(index, form()) == numbers(1, 2)
        index.govern([state(3, 2)])
        assert found(index, form()) == numbers(1, 2, 3)

    def test_nobody_sees_anything_without_a_compartment(self, index: Index) -> None:
        """An empty visible set is empty, also when nothing is hidden; the twin that names the compartment finds it."""
        index.publish([point(1)])
        assert found(index, seeing()) == set()
        assert found(index, seeing(hidden=())) == set()
        assert found(index, seeing(1)) == numbers(1)

    @pytest.mark.parametrize("form", FORMS)
    @pytest.mark.parametrize("moment", [None, START])
    def test_a_compartment_newer_than_the_visible_set_stays_out(
        self, index: Index, form: Form, moment: datetime | None
    ) -> None:
        """Fails when a complement has no upper bound; the twin knows compartment 10 and calls it visible."""
        index.publish([point(1, 1), point(2, 10)])
        assert found(index, form(known_up_to=9, moment=moment)) == numbers(1)
        assert found(index, seeing(1, 2, 10, hidden=(3,), known_up_to=10, moment=moment)) == numbers(1, 2)

    @pytest.mark.parametrize("form", FORMS)
    def test_a_superseded_point_is_found_at_its_time_only(self, index: Index, form: Form) -> None:
        """Intervals are half-open. Fails when a complement forgets that a closed point has no `current` field."""
        index.publish([point(1, 1, until=START + DAY), point(2, 2)])
        tick = timedelta(microseconds=1)
        assert found(index, form()) == numbers(2)
        assert found(index, form(moment=START - tick)) == set()
        assert found(index, form(moment=START)) == numbers(1, 2)
        assert found(index, form(moment=START + DAY - tick)) == numbers(1, 2)
        assert found(index, form(moment=START + DAY)) == numbers(2)

    def test_a_superseded_point_in_a_hidden_compartment_stays_hidden_at_its_time(self, index: Index) -> None:
        """Time travel does not change entitlements."""
        index.publish([point(1, 3, until=START + DAY)])
        assert found(index, seeing(1, 2, hidden=(3,), moment=START)) == set()
        assert found(index, seeing(1, 3, hidden=(2,), moment=START)) == numbers(1)

    @pytest.mark.parametrize("form", FORMS)
    @pytest.mark.parametrize("moment", [None, START])
    def test_withheld_points_are_found_by_nobody(self, index: Index, form: Form, moment: datetime | None) -> None:
        """Their twin, not withheld, is found; an id that the index does not know disturbs nothing."""
        index.publish([point(1, 1), point(2, 2)])
        assert found(index, form(moment=moment, withheld=[point_id(1), point_id(77)])) == numbers(2)
        assert found(index, form(moment=moment)) == numbers(1, 2)

    @pytest.mark.parametrize("form", FORMS)
    def test_hidden_and_withheld_points_do_not_move_a_score(self, index: Index, form: Form) -> None:
        """Fails when document frequencies are counted over more than the visible points.

        The same question before and after hidden points flood the index with one of its terms; the twin, flooded with
        visible points, does move.
        """
        index.publish([point(1, 1, terms="leave"), point(2, 2, terms="sabbatical"), point(3, 1, terms="payroll")])
        before = sparse(index, form(), query="leave sabbatical")
        index.publish([point(number, 3, terms="leave") for number in range(10, 20)])
        index.publish([point(number, 1, terms="leave") for number in range(20, 30)])
        index.publish([point(number, 1, terms="leave", until=START + DAY) for number in range(30, 40)])
        withheld = [point_id(number) for number in range(20, 30)]
        after = sparse(index, form(withheld=withheld), query="leave sabbatical")
        assert {hit.point_id: pytest.approx(hit.score, rel=1e-6) for hit in after} == {
            hit.point_id: hit.score for hit in before
        }
        flooded = {hit.point_id: hit.score for hit in sparse(index, form(), query="leave sabbatical")}
        assert flooded[point_id(1)] < min(hit.score for hit in before) * 0.9

    def test_narrowing_does_not_move_a_score(self, index: Index) -> None:
        """Document frequencies count the visible points before narrowing."""
        index.publish([point(number) for number in range(1, 6)])
        index.publish([point(6, facts=replace(FACTS, source="wiki"))])
        wide = {hit.point_id: hit.score for hit in sparse(index, seeing(1))}
        narrow = sparse(index, seeing(1), Narrowing(sources=frozenset({"wiki"})))
        assert ids(narrow) == numbers(6)
        assert narrow[0].score == pytest.approx(wide[point_id(6)])

    @pytest.mark.parametrize("form", FORMS)
    def test_narrowing_leaves_out_what_does_not_match(self, index: Index, form: Form) -> None:
        """Across fields all must hold, inside one any; narrowing never brings a hidden point in."""
        index.publish([point(1, 1), point(2, 3)])
        for kept, dropped in NARROWINGS:
            assert found(index, form(), kept) == numbers(1), kept
            assert found(index, form(), dropped) == set(), dropped

    def test_a_point_without_language_is_dropped_by_any_language(self, index: Index) -> None:
        """Unknown matches nothing that is asked for."""
        index.publish([point(1, facts=replace(FACTS, language=None, labels=(), attributes=()))])
        assert found(index, seeing(1), Narrowing(languages=frozenset({"en"}))) == set()
        assert found(index, seeing(1)) == numbers(1)

    def test_publishing_again_replaces(self, index: Index) -> None:
        """Idempotent, and everything on the point is replaced."""
        index.publish([point(1, 1), point(2, 1)])
        index.publish([point(1, 1), point(2, 1)])
        assert index.count() == 2
        index.publish([point(1, 2, terms="sabbatical", direction=vector(0.0, 1.0))])
        assert found(index, seeing(1)) == numbers(2)
        assert ids(sparse(index, seeing(2), query="sabbatical")) == numbers(1)
        assert dense(index, seeing(2))[0].score == pytest.approx(0.0, abs=1e-6)

    def test_governing_moves_closes_and_reopens_a_point(self, index: Index) -> None:
        """Payload changes alone; vectors and terms stay; doing it twice changes nothing more."""
        index.publish([point(1, 1)])
        for changed, visible in ((state(1, 2), seeing(2)), (state(1, 2, until=START + DAY), seeing(2, moment=START))):
            index.govern([changed])
            index.govern([changed])
            assert found(index, seeing(1)) == set()
            assert found(index, visible) == numbers(1)
        assert found(index, seeing(2)) == set()
        index.govern([state(1, 2, facts=replace(FACTS, language=None))])
        assert found(index, seeing(2)) == numbers(1)
        assert found(index, seeing(2), Narrowing(languages=frozenset({"en"}))) == set()

    def test_governing_skips_unknown_points_and_serves_the_others(self, index: Index) -> None:
        """An id that was removed meanwhile must not stop the batch, nor come to life."""
        index.publish([point(1, 1)])
        index.govern([state(77, 2), state(1, 2)])
        assert found(index, seeing(2)) == numbers(1)
        assert index.count() == 1

    def test_removed_points_are_gone_and_unknown_ones_skipped(self, index: Index) -> None:
        """Removal is idempotent; the rest stays."""
        index.publish([point(1), point(2)])
        index.remove([point_id(1), point_id(77)])
        index.remove([point_id(1)])
        assert found(index, seeing(1)) == numbers(2)
        assert index.count() == 1

    def test_removed_points_do_not_move_a_score(self, index: Index) -> None:
        """A deletion may be soft in the engine, not in the statistics."""
        index.publish([point(1, terms="leave"), point(2, terms="payroll")])
        before = sparse(index, seeing(1))
        index.publish([point(number, terms="leave") for number in range(3, 20)])
        index.remove([point_id(number) for number in range(3, 20)])
        assert [hit.score for hit in sparse(index, seeing(1))] == pytest.approx([hit.score for hit in before])

    def test_empty_writes_are_welcome(self, index: Index) -> None:
        """A batch may be empty."""
        index.publish([])
        index.govern([])
        index.remove([])
        assert index.count() == 0

    def test_point_ids_come_back_canonical(self, index: Index) -> None:
        """However an id was spelt, it comes back as a lowercase hyphenated UUID."""
        canonical = "ab54a98c-eb1f-4ad2-9bd1-82017773483f"
        shouted = replace(point(1), state=replace(state(1), id=canonical.upper()))
        index.publish([shouted])
        assert found(index, seeing(1)) == {canonical}
        assert [(name, found and found.id) for name, found in index.states()] == [(canonical, canonical)]
        assert found(index, seeing(1, withheld=[canonical.upper()])) == set()

    def test_states_tell_every_point_in_order(self, index: Index) -> None:
        """More than a page, published in another order."""
        states = [state(number, number % 7, until=START + DAY if number % 2 else None) for number in range(2500)]
        index.publish([replace(point(number), state=states[number]) for number in reversed(range(2500))])
        assert list(index.states()) == [(one.id, one) for one in states]
        assert index.count() == 2500

    def test_states_tell_everything_that_was_published_or_governed(self, index: Index) -> None:
        """Fails when reconciliation would overlook a fact that callers narrow by."""
        bare = PointFacts("wiki", "text/plain", (), None, START - timedelta(microseconds=1), ())
        index.publish([point(1), point(2, facts=bare), point(3)])
        others = (
            replace(FACTS, source="wiki"),
            replace(FACTS, media_type="text/plain"),
            replace(FACTS, labels=("public",)),
            replace(FACTS, language="de"),
            replace(FACTS, modified_at=START + DAY),
            replace(FACTS, attributes=()),
        )
        changed = [state(3, 4, until=START + timedelta(microseconds=7)), *(state(3, facts=facts) for facts in others)]
        for governed in changed:
            index.govern([governed])
            assert dict(index.states()) == {
                point_id(1): state(1),
                point_id(2): state(2, facts=bare),
                point_id(3): governed,
            }

    def test_clear_forgets_everything_and_begins_anew(self, index: Index) -> None:
        """The first step of a rebuild; the second one must work."""
        index.publish([point(1)])
        index.clear()
        assert (index.count(), found(index, seeing(1))) == (0, set())
        index.publish([point(2)])
        assert found(index, seeing(1)) == numbers(2)

    def test_optimizing_changes_no_answer(self, index: Index) -> None:
        """Also with deletions, changed payloads and closed intervals among the points."""
        index.publish([point(number, number % 3) for number in range(1, 40)])
        index.remove([point_id(1)])
        index.govern([state(2, 1), state(4, 2), state(5, 2, until=START + DAY)])
        visible = seeing(1, 2, hidden=(0,))
        before = dense(index, visible), sparse(index, visible), list(index.states())
        index.optimize()
        assert ids(dense(index, visible)) == ids(before[0])
        assert {hit.point_id: pytest.approx(hit.score) for hit in sparse(index, visible)} == {
            hit.point_id: hit.score for hit in before[1]
        }
        assert list(index.states()) == before[2]

    def test_a_closed_index_refuses(self, index: Index) -> None:
        """Nothing is used after it was released; closing twice is harmless."""
        index.publish([point(1)])
        index.close()
        index.close()
        for call in (
            lambda: dense(index, seeing(1)),
            lambda: sparse(index, seeing(1)),
            lambda: index.publish([point(2)]),
            lambda: index.govern([state(1)]),
            lambda: index.remove([point_id(1)]),
            lambda: list(index.states()),
            index.count,
            index.clear,
            index.optimize,
        ):
            with pytest.raises(IndexUnavailable):
                call()


class DurableIndexContract(IndexContract):
    """The promises of an index that outlives its process."""

    @pytest.fixture
    def reopen(self) -> Callable[[Index], Index]:
        """Return a function that closes an index and opens it again."""
        raise NotImplementedError("give the subclass a `reopen` fixture")

    def test_everything_is_there_after_reopening(self, index: Index, reopen: Callable[[Index], Index]) -> None:
        """Points, payload changes and removals; and it goes on from there."""
        index.publish([point(number) for number in range(1, 5)])
        index.govern([state(2, 2)])
        index.remove([point_id(3)])
        again = reopen(index)
        assert found(again, seeing(1)) == numbers(1, 4)
        assert found(again, seeing(2)) == numbers(2)
        again.govern([state(1, 2)])
        assert found(reopen(again), seeing(2)) == numbers(1, 2)

    def test_an_optimised_index_is_kept_and_goes_on(self, index: Index, reopen: Callable[[Index], Index]) -> None:
        """Fails when an optimised copy numbers its operations below those in its segments and skips them."""
        index.publish([point(number) for number in range(1, 5)])
        index.remove([point_id(4)])
        index.optimize()
        index.govern([state(1, 2)])
        index.remove([point_id(2)])
        again = reopen(index)
        assert list(again.states()) == [(point_id(1), state(1, 2)), (point_id(3), state(3))]

    def test_a_cleared_index_stays_cleared(self, index: Index, reopen: Callable[[Index], Index]) -> None:
        """What was cleared does not come back."""
        index.publish([point(1)])
        index.clear()
        assert reopen(index).count() == 0
