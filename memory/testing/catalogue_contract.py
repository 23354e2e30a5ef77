"""The contract suite of the catalogue port: what every database must do, whatever it is.

Inherit `CatalogueContract` and give it one fixture, `catalogue`: an empty catalogue with an up-to-date schema. Nothing
here looks behind the port.
"""
# ruff: noqa: D102, PT012 # the name of a test is its sentence, and a transaction is one block

from collections.abc import Callable
from dataclasses import replace
from threading import Barrier, Thread

import pytest

from memory.domain.documents import DocumentState
from memory.domain.errors import Conflict
from memory.domain.identity import EVERYONE, Principal
from memory.domain.permissions import UNKNOWN_ACL, Acl
from memory.domain.ports.catalogue import Catalogue, Membership, Position, Writing
from memory.testing.catalogue_record_contract import RecordContract
from memory.testing.catalogue_story import (
    ANNA,
    BEN,
    DAY_0,
    LABELS,
    LAWYERS,
    PROFILE,
    STAFF,
    compartment,
    day,
    document,
    history,
    position,
    source,
    stands,
    version,
)
from memory.testing.catalogue_sync_contract import SyncContract


class CatalogueContract(RecordContract, SyncContract):
    """What every catalogue does."""

    def test_a_new_catalogue_is_empty_and_stands_at_nought(self, catalogue: Catalogue) -> None:
        with catalogue.read() as session:
            delta = session.access.changes(0)
        assert delta.position == Position(0, 0)
        assert (delta.acls, delta.profiles, delta.compartments) == ((), (), ())

    # Sessions

    def test_a_block_that_raises_leaves_nothing_behind(self, catalogue: Catalogue) -> None:
        with pytest.raises(RuntimeError), catalogue.write() as session:
            compartment(session)
            document(session)
            raise RuntimeError
        with catalogue.read() as session:
            assert session.documents.get("d1") is None
            assert session.access.changes(0).acls == ()
        assert position(catalogue) == Position(0, 0)

    def test_a_write_session_sees_its_own_writes_and_counters(self, catalogue: Catalogue) -> None:
        with catalogue.write() as session:
            added = document(session)
            assert session.documents.get("d1") == added
            assert session.access.position() == Position(1, 1)

    def test_a_read_session_does_not_see_what_is_committed_while_it_is_open(self, catalogue: Catalogue) -> None:
        with catalogue.read() as before:
            assert before.documents.get("d1") is None
            with catalogue.write() as session:
                document(session)
            assert before.documents.get("d1") is None
            assert before.access.position() == Position(0, 0)
        with catalogue.read() as after:
            assert after.documents.get("d1") is not None

    def test_writers_follow_one_another_and_lose_no_update(self, catalogue: Catalogue) -> None:
        start = Barrier(4)

        def work(name: str) -> None:
            start.wait()
            for turn in range(5):
                with catalogue.write() as session:
                    session.access.set_acl("wiki", f"{name}-{turn}", Acl.of([ANNA]), DAY_0)

        threads = [Thread(target=work, args=(str(number),)) for number in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert position(catalogue) == Position(20, 20)

    def test_what_contradicts_the_record_is_a_conflict_and_leaves_nothing(self, catalogue: Catalogue) -> None:
        history(catalogue)
        with pytest.raises(Conflict), catalogue.write() as session:
            session.sources.put(source())
            session.documents.add_version(version(2, 10))
        with pytest.raises(Conflict), catalogue.write() as session:
            session.documents.add_occurrences([stands("a", 1, 7)])
        with pytest.raises(Conflict), catalogue.write() as session:
            session.documents.put(replace(document(session, "d2"), id="d3"))
        with catalogue.read() as session:
            assert session.sources.get("wiki") is None
            assert len(session.documents.versions("d1")) == 2

    # Access

    def test_changes_of_one_transaction_share_one_epoch(self, catalogue: Catalogue) -> None:
        with catalogue.write() as session:
            session.access.set_acl("wiki", "a", Acl.of([ANNA]), DAY_0)
            session.access.set_members(STAFF, [ANNA])
            compartment(session, "b")
        assert position(catalogue) == Position(1, 1)

    def test_equal_facts_change_nothing(self, catalogue: Catalogue) -> None:
        for _ in range(2):
            with catalogue.write() as session:
                session.access.put_principal(Principal(ANNA, "Anna", "DE"))
                session.access.set_members(STAFF, [BEN, ANNA, BEN])
                compartment(session)
                session.sources.put(source())
        assert position(catalogue) == Position(1, 1)

    def test_every_change_of_visibility_advances_the_epoch(self, catalogue: Catalogue) -> None:
        """Fails when any of these changes, a state that leaves `ready` say, commits without a new epoch."""
        where = history(catalogue)
        with catalogue.write() as session:
            session.documents.set_labels("d1", 2, LABELS, "rules")
            other = compartment(session, "other")
        changes: list[Callable[[Writing], object]] = [
            lambda session: session.access.put_principal(Principal(ANNA, "Anna")),
            lambda session: session.access.set_members(STAFF, [ANNA]),
            lambda session: session.access.set_members(STAFF, []),
            lambda session: session.access.set_acl("wiki", "folder", UNKNOWN_ACL, day(1)),
            lambda session: session.access.set_acl("wiki", "new", UNKNOWN_ACL, day(1)),
            lambda session: session.access.compartment(1, session.access.profile(replace(PROFILE, hold=True))),
            lambda session: session.documents.move_intervals(["p-a"], other),
            lambda session: session.documents.set_labels("d1", 2, replace(LABELS, categories=frozenset()), "ann"),
            lambda session: session.documents.set_state("d1", DocumentState.DELETED, None),
            lambda session: session.sources.put(replace(source(), active=False)),
            lambda session: session.sources.put(source()),
        ]
        for change in changes:
            before = position(catalogue)
            with catalogue.write() as session:
                change(session)
            assert position(catalogue) == Position(before.epoch + 1, before.revision + 1)
        assert where != other

    def test_an_equal_acl_only_renews_when_it_was_seen(self, catalogue: Catalogue) -> None:
        with catalogue.write() as session:
            scope = session.access.set_acl("wiki", "a", Acl.of([ANNA]), day(0))
        with catalogue.write() as session:
            assert session.access.set_acl("wiki", "a", Acl.of([ANNA]), day(1)) == scope
        assert position(catalogue) == Position(1, 2)
        with catalogue.read() as session:
            (renewed,) = session.access.changes(1).acls
            assert (renewed.acl, renewed.observed_at, renewed.source) == (Acl.of([ANNA]), day(1), "wiki")

    def test_the_scopes_of_a_source_are_listed_by_key(self, catalogue: Catalogue) -> None:
        with catalogue.write() as session:
            made = [session.access.set_acl("wiki", key, UNKNOWN_ACL, DAY_0) for key in ("b", "a")]
            session.access.set_acl("other", "c", UNKNOWN_ACL, DAY_0)
            assert session.access.scopes("wiki") == [made[1], made[0]]
            assert session.access.scopes("nothing") == []

    def test_an_acl_can_be_asked_for_at_every_epoch_it_held(self, catalogue: Catalogue) -> None:
        acls = [Acl.of([ANNA]), Acl.of([BEN], deny=[ANNA]), UNKNOWN_ACL]
        for acl in acls:
            with catalogue.write() as session:
                session.access.set_acl("wiki", "a", Acl.of([STAFF]), DAY_0)  # never in force: replaced at once
                session.access.set_acl("wiki", "a", acl, DAY_0)
        with catalogue.read() as session:
            scope = session.access.scope("wiki", "a")
            assert scope is not None
            held = [session.access.scope_acl(scope.id, epoch) for epoch in (1, 2, 3)]
            now, before, nowhere = (session.access.scope_acl(*asked) for asked in ((scope.id,), (scope.id, 0), (99,)))
        assert [found and found.acl for found in held] == acls
        assert now == held[-1]
        assert before is nowhere is None

    def test_a_delta_carries_what_changed_and_nothing_else(self, catalogue: Catalogue) -> None:
        with catalogue.write() as session:
            session.access.put_principal(Principal(ANNA, "Anna", "DE", guest=True, agent=True, active=False))
            session.access.set_members(STAFF, [ANNA])
            first = compartment(session, "a")
        since = position(catalogue).revision
        with catalogue.write() as session:
            second = compartment(session, "b")
        with catalogue.read() as session:
            all_, delta = session.access.changes(0), session.access.changes(since)
        assert [found.id for found in delta.compartments] == [second]
        assert [found.id for found in all_.compartments] == [first, second]
        assert (len(delta.acls), delta.profiles, delta.principals, delta.memberships) == (1, (), None, None)
        assert all_.memberships == (Membership(STAFF, ANNA),)
        assert all_.principals == (Principal(ANNA, "Anna", "DE", guest=True, agent=True, active=False),)
        assert [profile for _, profile in all_.profiles] == [PROFILE]

    def test_groups_lose_and_regain_members(self, catalogue: Catalogue) -> None:
        for members in ([ANNA, LAWYERS], [BEN], [], [ANNA]):
            since = position(catalogue).revision
            with catalogue.write() as session:
                session.access.set_members(STAFF, [*members, EVERYONE])
                session.access.set_members(STAFF, members)  # in one transaction, only the last word counts
            with catalogue.read() as session:
                assert session.access.members(STAFF) == sorted(members)
                told = session.access.changes(since).memberships
                assert told is not None
                assert {membership.member for membership in told} == set(members)

    def test_principals_are_found_and_replaced(self, catalogue: Catalogue) -> None:
        for principal in (Principal(BEN, "Ben"), Principal(ANNA, "A"), Principal(ANNA, "Anna", "FR", guest=True)):
            with catalogue.write() as session:
                session.access.put_principal(principal)
        with catalogue.read() as session:
            assert session.access.principals() == [Principal(ANNA, "Anna", "FR", guest=True), Principal(BEN, "Ben")]
            assert session.access.principal(BEN) == Principal(BEN, "Ben")
            assert session.access.principal(STAFF) is None

    def test_scopes_profiles_and_compartments_are_found_again(self, catalogue: Catalogue) -> None:
        with catalogue.write() as session:
            known = compartment(session)
            assert compartment(session) == known
            assert compartment(session, profile=replace(PROFILE, hold=True)) != known
            scope = session.access.scope("wiki", "folder")
            assert scope is not None
            assert session.access.scope("other", "folder") is None
            assert session.access.compartments([known, 99]) == {known: (scope.id, session.access.profile(PROFILE))}

    def test_a_suspended_source_is_in_every_delta_until_it_returns(self, catalogue: Catalogue) -> None:
        """Fails when a delta leaves the suspended sources out: readers would go on."""
        for active, told in ((False, {"wiki"}), (True, set())):
            with catalogue.write() as session:
                session.sources.put(replace(source(), active=active))
            now = position(catalogue)
            with catalogue.read() as session:
                assert session.access.changes(now.revision).suspended_sources == told
