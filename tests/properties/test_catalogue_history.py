"""Whatever happens to a catalogue: counts are those of its rows, deltas compose, texts and moments are exact."""

import shutil
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from memory.adapters.catalogue import SqlCatalogue, migrate, open_catalogue
from memory.domain.documents import DocumentState, Span
from memory.domain.identity import Principal, PrincipalToken
from memory.domain.permissions import Acl
from memory.domain.ports.catalogue import AccessDelta, Position
from memory.testing.catalogue_story import (
    ANNA,
    BEN,
    LABELS,
    LAWYERS,
    PROFILE,
    STAFF,
    compartment,
    day,
    document,
    finding,
    interval,
    position,
    stands,
    version,
)


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return an empty catalogue to copy, so that an example does not pay for the migration."""
    path = tmp_path_factory.mktemp("catalogue") / "empty.db"
    migrate(f"sqlite:///{path}")
    return path


@contextmanager
def fresh(template: Path) -> Iterator[SqlCatalogue]:
    with TemporaryDirectory() as folder:
        copied = shutil.copy(template, folder)
        catalogue = open_catalogue(f"sqlite:///{copied}")
        yield catalogue
        catalogue.close()


@dataclass
class Follower:
    """Someone who keeps the facts of visibility by adding up deltas."""

    at: Position = field(default_factory=lambda: Position(0, 0))
    acls: dict[int, Any] = field(default_factory=dict)
    profiles: dict[int, Any] = field(default_factory=dict)
    compartments: dict[int, Any] = field(default_factory=dict)
    memberships: frozenset[Any] = frozenset()
    principals: tuple[Principal, ...] = ()

    def follow(self, delta: AccessDelta) -> "Follower":
        self.at = delta.position
        self.acls.update((one.scope, one) for one in delta.acls)
        self.profiles.update(delta.profiles)
        self.compartments.update((one.id, one) for one in delta.compartments)
        self.memberships = self.memberships if delta.memberships is None else frozenset(delta.memberships)
        self.principals = self.principals if delta.principals is None else delta.principals
        return self


tokens = st.sampled_from([ANNA, BEN, STAFF, LAWYERS])
points = st.lists(st.sampled_from("abcdef"), max_size=4, unique=True)
places = st.sampled_from(["k1", "k2", "k3"])
steps = st.one_of(
    st.tuples(st.just("acl"), places, st.frozensets(tokens, max_size=2), st.integers(0, 3)),
    st.tuples(st.just("members"), st.sampled_from([STAFF, LAWYERS]), st.frozensets(tokens, max_size=3)),
    st.tuples(st.just("principal"), tokens, st.booleans()),
    st.tuples(st.just("open"), points, places, st.booleans()),
    st.tuples(st.just("close"), points),
    st.tuples(st.just("move"), points, places, st.booleans()),
    st.tuples(st.just("state"), st.sampled_from(DocumentState)),
    st.tuples(st.just("labels"), st.booleans()),
)


def act(session: Any, step: tuple[Any, ...], opened: set[str]) -> None:
    match step:
        case "acl", key, allow, seen:
            session.access.set_acl("wiki", key, Acl.of(allow), day(seen))
        case "members", group, members:
            session.access.set_members(group, members)
        case "principal", token, guest:
            session.access.put_principal(Principal(token, "name", guest=guest))
        case "open", names, key, ended:
            new = [name for name in names if name not in opened]
            where = compartment(session, key)
            session.documents.open_intervals([interval(name, where, 0, 1 if ended else None) for name in new])
            opened.update(new)
        case "close", names:
            session.documents.close_intervals([f"p-{name}" for name in names], day(2))
        case "move", names, key, hold:
            target = compartment(session, key, replace(PROFILE, hold=hold))
            session.documents.move_intervals([f"p-{name}" for name in names], target)
        case "state", state:
            session.documents.set_state("d1", state, None)
        case "labels", many:
            session.documents.set_labels("d1", 1, replace(LABELS, categories=frozenset("ab" if many else "")), "rules")


class AbandonedError(Exception):
    """A transaction that its author gives up."""


def commit(catalogue: SqlCatalogue, steps: list[tuple[Any, ...]], opened: set[str], *, abandon: bool) -> None:
    tentative = set(opened)
    try:
        with catalogue.write() as session:
            for step in steps:
                act(session, step, tentative)
            if abandon:
                raise AbandonedError
    except AbandonedError:
        return
    opened.update(tentative)


@given(
    story=st.lists(st.tuples(st.lists(steps, max_size=4), st.booleans(), st.booleans()), max_size=8),
)
@settings(max_examples=25, deadline=None)
def test_counts_deltas_and_counters_agree_after_any_story(
    template: Path, story: list[tuple[list[tuple[Any, ...]], bool, bool]]
) -> None:
    """Would fail if a count were not maintained, a changed row not stamped, or a counter advanced twice."""
    opened: set[str] = set()
    follower = Follower()
    with fresh(template) as catalogue:
        with catalogue.write() as session:
            document(session)
            session.documents.add_version(version(1, 0))
        for taken, abandon, look in story:
            before = position(catalogue)
            commit(catalogue, taken, opened, abandon=abandon)
            after = position(catalogue)
            assert 0 <= after.epoch - before.epoch <= after.revision - before.revision <= 1
            assert not abandon or after == before
            if look:
                with catalogue.read() as session:
                    follower.follow(session.access.changes(follower.at.revision))
        with catalogue.read() as session:
            follower.follow(session.access.changes(follower.at.revision))
            assert follower == Follower().follow(session.access.changes(0))
            intervals = session.documents.intervals("d1", open_only=False)
    total = Counter(one.compartment for one in intervals)
    current = Counter(one.compartment for one in intervals if one.valid_to is None)
    for one in follower.compartments.values():
        assert (one.current, one.total) == (current[one.id], total[one.id])


@given(
    story=st.lists(st.tuples(st.integers(0, 3), st.frozensets(st.sampled_from("abcd"))), min_size=1, max_size=6),
    deleted=st.booleans(),
)
@settings(max_examples=25, deadline=None)
def test_hits_at_any_moment_are_the_chunks_of_the_version_in_force(
    template: Path, story: list[tuple[int, frozenset[str]]], *, deleted: bool
) -> None:
    """Would fail if a bound of an interval or a version were taken on the wrong side."""
    begins = [sum(step for step, _ in story[: number + 1]) for number in range(len(story))]
    end = begins[-1] + 1
    with fresh(template) as catalogue, catalogue.write() as session:
        where = compartment(session)
        session.documents.put(replace(document(session), current_version=len(story)))
        live: dict[str, str] = {}
        for number, (begin, (_, chunks)) in enumerate(zip(begins, story, strict=True), 1):
            if number > 1:
                session.documents.supersede("d1", number - 1, day(begin))
            session.documents.add_version(version(number, begin))
            session.documents.add_occurrences([stands(chunk, number, n) for n, chunk in enumerate(sorted(chunks))])
            session.documents.close_intervals(
                [live.pop(chunk) for chunk in sorted(live) if chunk not in chunks], day(begin)
            )
            new = [replace(interval(c, where, begin), point_id=f"{c}{number}") for c in sorted(chunks - live.keys())]
            session.documents.open_intervals(new)
            live.update((one.chunk_id.removeprefix("c-"), one.point_id) for one in new)
        if deleted:
            session.documents.supersede("d1", len(story), day(end))
            session.documents.close_intervals(sorted(live.values()), day(end))
        everything = session.outbox.all_points(after="", limit=99)

        def found(moment: float | None) -> set[str]:
            hits = session.documents.hits(everything, moment=None if moment is None else day(moment))
            return {hit.interval.chunk_id.removeprefix("c-") for hit in hits.values()}

        for moment in {at + shift for at in [*begins, end] for shift in (-0.5, 0, 0.5)}:
            in_force = [chunks for begin, (_, chunks) in zip(begins, story, strict=True) if begin <= moment]
            gone = not in_force or (deleted and moment >= end)
            assert found(moment) == (set() if gone else in_force[-1])
        assert found(None) == (set() if deleted else story[-1][1])
        assert set(session.outbox.points(everything)) == set(everything)


@given(
    piece=st.text(st.characters(), min_size=1, max_size=40),
    times=st.integers(1, 600),
    spans=st.lists(st.tuples(st.integers(0, 7_000), st.integers(0, 5_000)), max_size=6),
)
@settings(max_examples=25, deadline=None)
def test_texts_slices_and_findings_are_exact_by_code_point(
    template: Path, piece: str, times: int, spans: list[tuple[int, int]]
) -> None:
    """`st.characters()` brings NUL, combining characters, astral planes; would fail on a slice by bytes or units."""
    text = f"{piece}\0" * times
    wanted = [Span(start, start + length) for start, length in spans]
    found = [finding(start, start + length // 7) for start, length in spans]
    with fresh(template) as catalogue, catalogue.write() as session:
        document(session)
        session.documents.add_text("d1", "t", text)
        session.documents.add_findings("d1", "t", found, "c")
        assert session.documents.text("d1", "t") == text
        assert session.documents.slices([("d1", "t", span) for span in wanted]) == [span.slice(text) for span in wanted]
        overlapping = [tuple(one for one in found if one.span.overlaps(span)) for span in wanted]
        assert session.documents.findings([("d1", "t", span) for span in wanted]) == overlapping


@given(microseconds=st.integers(-(10**16), 2 * 10**17), name=st.text(min_size=1).map(str.strip).filter(str.isprintable))
@settings(max_examples=25, deadline=None)
def test_times_and_names_come_back_equal(template: Path, microseconds: int, name: str) -> None:
    moment = day(0) + timedelta(microseconds=microseconds)
    token = PrincipalToken("issuer", STAFF.kind, name or "x|y")
    with fresh(template) as catalogue, catalogue.write() as session:
        scope = session.access.set_acl("wiki", name, Acl.of([token]), moment)
        session.access.set_members(STAFF, [token])
        held = session.access.scope_acl(scope.id)
        assert held is not None
        assert (held.acl, held.observed_at) == (Acl.of([token]), moment)
        assert session.access.members(STAFF) == [token]
