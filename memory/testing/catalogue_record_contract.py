"""The half of the catalogue's contract that concerns the record: documents, texts, points, cache, outbox, sources."""
# ruff: noqa: D102 # the name of a test is its sentence, and a transaction is one block

from collections.abc import Iterable
from dataclasses import replace

import pytest

from memory.domain.documents import DocumentState, Span
from memory.domain.errors import Conflict, NotFound
from memory.domain.governance import Compartment, Value
from memory.domain.ports.catalogue import Catalogue, OutboxEntry, OutboxKind
from memory.domain.ports.encoder import Model
from memory.testing.catalogue_story import (
    LABELS,
    PROFILE,
    compartment,
    day,
    document,
    finding,
    history,
    interval,
    position,
    source,
    stands,
    version,
)

MODEL = Model("mini", "r1", 2, 256)


class RecordContract:
    """What every catalogue does with what it keeps; `CatalogueContract` inherits it."""

    def test_documents_come_back_as_they_were_put(self, catalogue: Catalogue) -> None:
        with catalogue.write() as session:
            added = document(session)
            renamed = replace(added, title="Ärger\n", language=None, current_version=7, reason="why")
            session.documents.put(renamed)
        with catalogue.read() as session:
            assert session.documents.get("d1") == session.documents.find("wiki", "x-d1") == renamed
            assert session.documents.get("d2") is session.documents.find("mail", "x-d1") is None

    def test_documents_beneath_a_prefix_are_found_whatever_their_state(self, catalogue: Catalogue) -> None:
        with catalogue.write() as session:
            added = document(session)
            names = ["a.zip!/1", "a.zip!/\U0001f600", "a.zip!/b.zip!/%", "a.zip", "a.zip!", "a_zip!/1", "b"]
            for number, name in enumerate(names):
                state = DocumentState.DELETED if number == 1 else DocumentState.READY
                session.documents.put(replace(added, id=f"n{number}", external_id=name, state=state))
        with catalogue.read() as session:
            found = [one.external_id for one in session.documents.beneath("wiki", "a.zip!/")]
            assert sorted(found) == sorted(names[:3])
            assert found == sorted(found)
            assert session.documents.beneath("mail", "a.zip!/") == []

    def test_versions_come_back_exactly(self, catalogue: Catalogue) -> None:
        unread = replace(version(2, 1), text_hash=None, parser=None, state=DocumentState.QUARANTINED, reason="pdf")
        with catalogue.write() as session:
            document(session)
            session.documents.add_version(version(1, 0))
            session.documents.add_version(unread)
            session.documents.supersede("d1", 1, day(1))
        with catalogue.read() as session:
            assert session.documents.versions("d1") == [version(1, 0, 1), unread]
            assert session.documents.version("d1", 2) == unread
            assert session.documents.version("d1", 3) is None

    def test_pages_of_documents_are_bounded_by_source_and_scopes(self, catalogue: Catalogue) -> None:
        with catalogue.write() as session:
            ids = [document(session, f"d{number}", f"s{number % 2}").id for number in range(6)]
            even = session.access.scope("wiki", "s0")
            assert even is not None

        def page(
            after: str = "", limit: int = 9, source: str | None = None, scopes: Iterable[int] | None = None
        ) -> list[str]:
            bound = None if scopes is None else frozenset(scopes)
            with catalogue.read() as session:
                found = session.documents.page(after=after, limit=limit, source=source, scopes=bound)
            return [one.id for one in found]

        assert page() == ids
        assert page(after="d1", limit=2) == ["d2", "d3"]
        assert page(source="mail") == []
        assert page(source="wiki", scopes=[even.id, *range(1_000, 13_000)]) == ["d0", "d2", "d4"]
        assert page(scopes=[]) == []

    def test_the_documents_of_compartments_are_those_with_something_open_in_them(self, catalogue: Catalogue) -> None:
        with catalogue.write() as session:
            here, there = compartment(session, "here"), compartment(session, "there")
            for name, where, until in (("d1", here, None), ("d2", there, None), ("d3", here, 1), ("d4", here, None)):
                document(session, name)
                session.documents.open_intervals([interval(name, where, 0, until, name)])
            session.documents.set_state("d4", DocumentState.QUARANTINED, "unread")

        def visible(*compartments: int, after: str = "", limit: int = 9) -> list[str]:
            with catalogue.read() as session:
                return [one.id for one in session.documents.visible(compartments, after=after, limit=limit)]

        assert visible(here) == ["d1"]
        assert visible(here, there, *range(1_000, 13_000)) == ["d1", "d2"]
        assert visible(here, there, after="d1") == ["d2"]
        assert visible(here, there, limit=1) == ["d1"]
        assert visible() == []

    def test_occurrences_come_back_by_ordinal(self, catalogue: Catalogue) -> None:
        history(catalogue)
        with catalogue.read() as session:
            assert session.documents.occurrences("d1", 2) == [stands("c", 2, 0), stands("a", 2, 1)]
            assert session.documents.occurrences("d1", 9) == []

    def test_what_governs_a_version_is_told_when_all_of_it_is_governed(self, catalogue: Catalogue) -> None:
        where = history(catalogue)
        with catalogue.write() as session:
            clear = compartment(session, profile=replace(PROFILE, clear_types=frozenset({"PERSON"})))
            session.documents.open_intervals(
                [replace(interval("a", clear, 0), point_id="p-a-clear", clear_types=frozenset({"PERSON"}))]
            )
            other = compartment(session, "other")
            session.documents.move_intervals(["p-b"], other)
            session.documents.add_version(version(3, 20))
            session.documents.add_occurrences([stands("a", 3), stands("b", 3, 1)])  # b has no interval then
            session.documents.add_version(version(4, 30))
        asked = [("d1", number) for number in (1, 2, 3, 4, 9)] + [("d9", 1)]
        with catalogue.read() as session:
            found = session.documents.governed(asked * 100)
            assert session.documents.governed([]) == {}
        assert found == {("d1", 1): {where, other}, ("d1", 2): {where}}

    def test_neighbours_are_what_stands_at_some_ordinals_with_what_governs_it(self, catalogue: Catalogue) -> None:
        where = history(catalogue)
        with catalogue.write() as session:
            clear = compartment(session, profile=replace(PROFILE, clear_types=frozenset({"PERSON"})))
            session.documents.open_intervals(
                [replace(interval("a", clear, 0), point_id="p-a-clear", clear_types=frozenset({"PERSON"}))]
            )

        def neighbours(*wanted: tuple[str, int, range], at: float | None = None) -> list[tuple[str, int]]:
            with catalogue.read() as session:
                found = session.documents.neighbours(wanted, moment=None if at is None else day(at))
            return sorted((stood.chunk_id, governing) for stood, governing in found)

        assert neighbours(("d1", 2, range(9)), ("d1", 2, range(1, 2))) == [("c-a", where), ("c-c", where)]
        assert neighbours(("d1", 2, range(1, 2))) == [("c-a", where)]
        assert neighbours(("d1", 1, range(9)), at=9.9) == [("c-a", where), ("c-b", where)]
        assert neighbours(("d1", 1, range(9)), at=10) == neighbours(("d1", 1, range(9))) == [("c-a", where)]
        assert neighbours(("d1", 2, range(0)), ("d1", 9, range(9)), ("d9", 1, range(9))) == neighbours() == []
        with catalogue.read() as reading:
            ((stood, _),) = reading.documents.neighbours([("d1", 2, range(1))], moment=None)
        assert stood == stands("c", 2, 0)

    def test_notes_of_current_versions_are_kept_and_those_of_others_are_not_told(self, catalogue: Catalogue) -> None:
        """Fails when the notes of any version of a document are told for it."""
        with catalogue.write() as session:
            for name, current in (("a", 1), ("b", 2)):
                session.documents.put(replace(document(session, name), current_version=current))
                for number in (1, 2):
                    session.documents.add_version(version(number, number, document_id=name))
        with catalogue.read() as session:
            assert session.documents.version("a", 2) == version(2, 2, document_id="a")
            assert session.documents.current_notes(["a", "b", "c"]) == {"b": version(2, 2).notes}
            assert session.documents.current_notes([]) == {}

    def test_present_documents_are_those_that_are_no_tombstones(self, catalogue: Catalogue) -> None:
        with catalogue.write() as session:
            for name, state in zip("dcba", [*DocumentState, DocumentState.READY], strict=True):
                document(session, name)
                session.documents.set_state(name, state, None)
        with catalogue.read() as session:
            assert session.documents.present("wiki") == ["x-a", "x-c", "x-d"]
            assert session.documents.present("mail") == []

    def test_only_leaving_ready_advances_the_epoch(self, catalogue: Catalogue) -> None:
        with catalogue.write() as session:
            document(session)
        epochs = []
        for state in (DocumentState.QUARANTINED, DocumentState.DELETED, DocumentState.READY, DocumentState.DELETED):
            with catalogue.write() as session:
                session.documents.set_state("d1", state, "why")
            epochs.append(position(catalogue).epoch)
        assert epochs == [2, 2, 2, 3]
        with catalogue.read() as session:
            kept = session.documents.get("d1")
            assert kept is not None
            assert (kept.state, kept.reason) == (DocumentState.DELETED, "why")

    def test_labels_are_replaced_and_the_first_ones_advance_nothing(self, catalogue: Catalogue) -> None:
        history(catalogue)
        before = position(catalogue)
        stricter = replace(LABELS, jurisdictions=frozenset({"FR", "DE"}))
        for labels, epoch in ((LABELS, before.epoch), (LABELS, before.epoch), (stricter, before.epoch + 1)):
            with catalogue.write() as session:
                session.documents.set_labels("d1", 2, labels, "rules")
            assert position(catalogue).epoch == epoch
        with catalogue.read() as session:
            assert session.documents.labels("d1", 2) == stricter
            assert session.documents.labels("d1", 1) is None

    # Texts

    def test_texts_and_their_slices_are_exact(self, catalogue: Catalogue) -> None:
        text = "a\x00𝕫é\ud800\r\n" * 1_500
        spans = [
            Span(0, 3),
            Span(2_047, 2_050),
            Span(10, 10),
            Span(4_000, 9_999),
            Span(99_999, 99_999),
            Span(0, 10_500),
        ]
        with catalogue.write() as session:
            document(session)
            for _ in range(2):
                session.documents.add_text("d1", "t1", text)
            session.documents.add_text("d1", "t0", "")
        with catalogue.read() as session:
            assert session.documents.text("d1", "t1") == text
            assert session.documents.text("d1", "t0") == ""
            slices = session.documents.slices([("d1", "t1", span) for span in spans] + [("d1", "t0", Span(0, 1))])
            assert slices == [span.slice(text) for span in spans] + [""]

    def test_passages_are_slices_and_findings_in_one(self, catalogue: Catalogue) -> None:
        text = "a\x00𝕫é\ud800\r\n" * 1_500
        found = (finding(0, 5), finding(5, 9), finding(2_000, 7_000, "ADDRESS"), finding(9_000, 9_001))
        spans = [Span(0, 3), Span(2_047, 2_050), Span(10, 10), Span(4_000, 9_999), Span(99_999, 99_999)]
        with catalogue.write() as session:
            document(session)
            session.documents.add_text("d1", "t1", text)
            session.documents.add_text("d1", "t0", "")
            session.documents.add_findings("d1", "t1", found, "c1")
        around = [*spans, *(Span(0, span.end) for span in spans)]
        with catalogue.read() as session:
            read = session.documents.passages([("d1", "t1", *both) for both in zip(spans * 2, around, strict=True)])
            assert [text for text, _ in read] == session.documents.slices([("d1", "t1", span) for span in spans * 2])
            overlapping = session.documents.findings([("d1", "t1", span) for span in around])
            assert [found for _, found in read] == [
                tuple(Value(one.entity_type, one.span) for one in some) for some in overlapping
            ]
            assert session.documents.passages([("d1", "t0", Span(0, 1), Span(0, 1))]) == [("", ())]
            assert session.documents.passages([]) == []
        for missing in (("d1", "t2"), ("d2", "t1")):
            with catalogue.read() as session, pytest.raises(NotFound):
                session.documents.passages([("d1", "t1", Span(0, 1), Span(0, 1)), (*missing, Span(0, 0), Span(0, 0))])

    def test_a_text_that_is_not_there_is_not_found(self, catalogue: Catalogue) -> None:
        with catalogue.write() as session:
            document(session)
            session.documents.add_text("d1", "t1", "text")
        for missing in (("d1", "t2"), ("d2", "t1")):
            with catalogue.read() as session, pytest.raises(NotFound):
                session.documents.text(*missing)
            with catalogue.read() as session, pytest.raises(NotFound):
                session.documents.slices([("d1", "t1", Span(0, 1)), (*missing, Span(0, 0))])

    def test_findings_are_those_that_overlap(self, catalogue: Catalogue) -> None:
        found = (finding(0, 5), finding(5, 9), finding(2_000, 7_000, "ADDRESS"), finding(9_000, 9_001))
        with catalogue.write() as session:
            document(session)
            for name in ("t1", "t2"):
                session.documents.add_text("d1", name, "x" * 10_000)
            session.documents.add_findings("d1", "t1", [finding(0, 1)], "c1")
            session.documents.add_findings("d1", "t1", found, "c2")
        with catalogue.read() as session:
            spans = [Span(0, 5), Span(4, 6), Span(4_096, 4_097), None, Span(8_000, 9_000)]
            assert session.documents.findings([("d1", "t1", span) for span in spans]) == [
                found[:1], found[:2], found[2:3], found, (),
            ]  # fmt: skip
            assert session.documents.findings([("d1", "t2", None), ("d9", "t1", None)]) == [(), ()]
            assert session.documents.analysed_with("d1", "t1") == "c2"
            assert session.documents.analysed_with("d1", "t2") is None

    def test_findings_of_a_text_that_is_not_there_are_a_conflict(self, catalogue: Catalogue) -> None:
        with pytest.raises(Conflict), catalogue.write() as session:
            session.documents.add_findings("d1", "t1", [finding(0, 1)], "c1")

    # Points

    def test_hits_are_live_now(self, catalogue: Catalogue) -> None:
        where = history(catalogue)
        with catalogue.read() as session:
            hits = session.documents.hits(["p-a", "p-b", "p-c", "p-unknown"], moment=None)
            assert hits.keys() == {"p-a", "p-c"}
            assert hits["p-a"].interval == interval("a", where, 0)
            assert hits["p-a"].document == session.documents.get("d1")
            assert hits["p-a"].version == version(2, 10)
            assert hits["p-a"].occurrence == stands("a", 2, 1)

    def test_hits_of_a_moment_are_those_in_force_then(self, catalogue: Catalogue) -> None:
        history(catalogue)
        expected = {-0.1: {}, 0: {"p-a": 1, "p-b": 1}, 9.9: {"p-a": 1, "p-b": 1}, 10: {"p-a": 2, "p-c": 2}}
        with catalogue.read() as session:
            for moment, numbers in expected.items():
                hits = session.documents.hits(["p-a", "p-b", "p-c"], moment=day(moment))
                assert {point: hit.version.number for point, hit in hits.items()} == numbers
                assert all(hit.occurrence.version == hit.version.number for hit in hits.values())

    @pytest.mark.parametrize("state", [DocumentState.DELETED, DocumentState.QUARANTINED])
    def test_a_document_that_is_not_ready_has_no_hits_at_any_moment(
        self, catalogue: Catalogue, state: DocumentState
    ) -> None:
        """Would fail without the document's state in the condition of `hits`; the twin that permits is above."""
        history(catalogue)
        with catalogue.write() as session:
            session.documents.set_state("d1", state, None)
        with catalogue.read() as session:
            for moment in (None, day(5), day(15)):
                assert session.documents.hits(["p-a", "p-b", "p-c"], moment=moment) == {}

    def test_a_version_that_is_not_ready_has_no_hits(self, catalogue: Catalogue) -> None:
        """Would fail without the version's state in the condition of `hits`."""
        history(catalogue)
        with catalogue.write() as session:
            session.documents.supersede("d1", 2, day(20))
            session.documents.add_version(replace(version(3, 20), state=DocumentState.QUARANTINED))
            session.documents.add_occurrences([stands("a", 3)])
        with catalogue.read() as session:
            assert session.documents.hits(["p-a"], moment=day(21)) == {}
            assert session.documents.hits(["p-a"], moment=day(19)).keys() == {"p-a"}

    def test_a_superseded_version_has_no_hits_now(self, catalogue: Catalogue) -> None:
        history(catalogue)
        with catalogue.write() as session:
            session.documents.supersede("d1", 2, day(20))
        with catalogue.read() as session:
            assert session.documents.hits(["p-a"], moment=None) == {}
            assert session.documents.hits(["p-a"], moment=day(19)).keys() == {"p-a"}

    def test_counts_follow_intervals_as_they_open_close_and_move(self, catalogue: Catalogue) -> None:
        where = history(catalogue)
        with catalogue.write() as session:
            other = compartment(session, "other")

        def counts() -> dict[int, tuple[int, int]]:
            with catalogue.read() as session:
                return {one.id: (one.current, one.total) for one in session.access.changes(0).compartments}

        assert counts() == {where: (2, 3), other: (0, 0)}
        with catalogue.write() as session:
            session.documents.move_intervals(["p-a", "p-b"], other)
        assert counts() == {where: (1, 1), other: (1, 2)}
        with catalogue.write() as session:
            session.documents.close_intervals(["p-a", "p-b", "p-unknown"], day(20))
        assert counts() == {where: (1, 1), other: (0, 2)}

    def test_only_open_intervals_end(self, catalogue: Catalogue) -> None:
        history(catalogue)
        with catalogue.write() as session:
            session.documents.close_intervals(["p-a", "p-b", "p-unknown"], day(20))
        with catalogue.read() as session:
            ends = {one.point_id: one.valid_to for one in session.documents.intervals("d1", open_only=False)}
            assert ends == {"p-a": day(20), "p-b": day(10), "p-c": None}
            assert [one.point_id for one in session.documents.intervals("d1", open_only=True)] == ["p-c"]

    def test_counts_alone_advance_the_revision_and_not_the_epoch(self, catalogue: Catalogue) -> None:
        where = history(catalogue)
        before = position(catalogue)
        with catalogue.write() as session:
            session.documents.open_intervals([interval("x", where, 1)])
        after = position(catalogue)
        assert (after.epoch, after.revision) == (before.epoch, before.revision + 1)
        with catalogue.read() as session:
            (told,) = session.access.changes(before.revision).compartments
        assert told == Compartment(where, told.scope, told.profile, 3, 4)

    def test_a_point_cannot_move_to_a_compartment_that_is_not_there(self, catalogue: Catalogue) -> None:
        history(catalogue)
        with pytest.raises(Conflict), catalogue.write() as session:
            session.documents.move_intervals(["p-a"], 99)

    # Embeddings

    def test_vectors_belong_to_exactly_one_model(self, catalogue: Catalogue) -> None:
        other = replace(MODEL, revision="r2")
        with catalogue.write() as session:
            session.embeddings.put_vectors({"h1": b"12345678", "h2": b"\x00" * 8}, MODEL)
            session.embeddings.put_vectors({"h1": b"87654321"}, MODEL)  # kept already: changes nothing
            session.embeddings.put_vectors({"h1": b"abcdefgh"}, other)
        with catalogue.read() as session:
            assert session.embeddings.vectors(["h1", "h2", "h3"], MODEL) == {"h1": b"12345678", "h2": b"\x00" * 8}
            assert session.embeddings.vectors(["h1"], other) == {"h1": b"abcdefgh"}
            assert session.embeddings.vectors(["h1"], replace(MODEL, window=8)) == {}

    def test_embedded_texts_are_exact(self, catalogue: Catalogue) -> None:
        texts = {"h1": "a\x00𝕫\ud800", "h2": ""}
        with catalogue.write() as session:
            session.embeddings.put_texts(texts)
            session.embeddings.put_texts(texts)
        with catalogue.read() as session:
            assert session.embeddings.texts(["h1", "h2", "h3"]) == texts

    # Outbox

    def test_the_outbox_keeps_order_and_never_uses_a_sequence_twice(self, catalogue: Catalogue) -> None:
        where = history(catalogue)
        entries = [OutboxEntry("p-b", OutboxKind.PUBLISH), OutboxEntry("p-a", OutboxKind.GOVERN, where)]
        with catalogue.write() as session:
            session.outbox.enqueue([*entries, OutboxEntry("p-x", OutboxKind.REMOVE)])
        with catalogue.read() as session:
            pending = session.outbox.pending(9)
            assert [replace(entry, sequence=0) for entry in session.outbox.pending(2)] == entries
            assert session.outbox.newest() == pending[-1].sequence
            assert session.outbox.withdrawn() == [("p-a", where)]
        with catalogue.write() as session:
            session.outbox.drained(pending[-1].sequence)
            assert session.outbox.newest() == 0
            session.outbox.enqueue(entries[:1])
        with catalogue.read() as session:
            (left,) = session.outbox.pending(9)
            assert left.sequence > pending[-1].sequence
            assert session.outbox.withdrawn() == []

    def test_points_carry_the_facts_of_the_last_version_they_stood_in(self, catalogue: Catalogue) -> None:
        where = history(catalogue)
        with catalogue.write() as session:
            session.documents.set_labels("d1", 2, LABELS, "rules")
        with catalogue.read() as session:
            points = session.outbox.points(["p-a", "p-b", "p-unknown"])
        assert points.keys() == {"p-a", "p-b"}
        now, old = points["p-a"], points["p-b"]
        assert (now.embedded_hash, now.state.compartment, now.state.valid_to) == ("h-a", where, None)
        assert (now.state.facts.labels, now.state.facts.modified_at) == (("internal", "contract", "hr"), day(10))
        assert (now.state.facts.source, now.state.facts.media_type) == ("wiki", "text/plain")
        assert (now.state.facts.language, now.state.facts.attributes) == ("de", ("k=v",))
        assert (old.state.facts.labels, old.state.facts.modified_at) == ((), day(0))
        assert (old.state.valid_from, old.state.valid_to) == (day(0), day(10))

    def test_all_points_are_walked_in_order(self, catalogue: Catalogue) -> None:
        history(catalogue)
        with catalogue.read() as session:
            assert session.outbox.all_points(after="", limit=2) == ["p-a", "p-b"]
            assert session.outbox.all_points(after="p-b", limit=2) == ["p-c"]

    # Sources

    def test_sources_are_kept_with_their_checkpoints(self, catalogue: Catalogue) -> None:
        with catalogue.write() as session:
            session.sources.put(source())
            session.sources.put(source("mail"))
            session.sources.set_checkpoint("wiki", '{"at": 1}')
        with catalogue.read() as session:
            kept = replace(source(), checkpoint='{"at": 1}')
            assert session.sources.all() == [source("mail"), kept]
            assert session.sources.get("wiki") == kept
            assert session.sources.get("chat") is None
        with pytest.raises(Conflict), catalogue.write() as session:
            session.sources.set_checkpoint("chat", None)

    def test_an_idempotency_key_is_used_once_per_source(self, catalogue: Catalogue) -> None:
        with catalogue.write() as session:
            session.sources.remember("wiki", "k1", "digest", "{}")
            session.sources.remember("mail", "k1", "other", "[]")
        with catalogue.read() as session:
            assert session.sources.remembered("wiki", "k1") == ("digest", "{}")
            assert session.sources.remembered("wiki", "k2") is None
        with pytest.raises(Conflict), catalogue.write() as session:
            session.sources.remember("wiki", "k1", "digest", "{}")
