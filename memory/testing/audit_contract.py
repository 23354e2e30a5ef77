"""What every audit log must do. A test class inherits `AuditLogContract` and gives the fixture `log`."""

import threading
from collections import Counter

import pytest

from memory.audit import merkle
from memory.audit.checkpoints import Checkpoint, parse
from memory.domain.errors import AuditUnavailable, Conflict
from memory.domain.ports.audit import AuditLog, LogLine


class AuditLogContract:
    """The contract of `memory.domain.ports.audit.AuditLog`."""

    def test_a_new_log_is_empty(self, log: AuditLog) -> None:
        """Nothing is on record before something was recorded."""
        assert (log.size(), list(log.lines()), log.checkpoints()) == (0, [], [])

    def test_sequences_start_at_zero_and_leave_no_gap(self, log: AuditLog) -> None:
        """A gap would be indistinguishable from a removed entry."""
        assert [log.append(b"{}", key=None, private=None) for _ in range(20)] == list(range(20))

    def test_entries_are_read_back_in_order_from_any_start(self, log: AuditLog) -> None:
        """The bytes come back as they were given; their hash depends on it."""
        leaves = [b'{"n":%d}' % number for number in range(7)]
        for leaf in leaves:
            log.append(leaf, key=None, private=None)
        expected = [LogLine(number, leaf) for number, leaf in enumerate(leaves)]
        assert list(log.lines()) == expected
        assert list(log.lines(start=5)) == expected[5:]
        assert list(log.lines(start=7)) == []

    def test_an_entry_is_found_by_its_key_alone(self, log: AuditLog) -> None:
        """A receipt id leads to its entry."""
        log.append(b"{}", key=None, private=None)
        log.append(b'{"a":1}', key="a", private=None)
        assert log.find("a") == LogLine(1, b'{"a":1}')
        assert log.find("b") is None

    def test_a_key_is_used_once_and_a_refused_entry_leaves_no_gap(self, log: AuditLog) -> None:
        """Two receipts under one id would let one hide the other."""
        log.append(b"{}", key="a", private=b"first")
        with pytest.raises(Conflict):
            log.append(b'{"again":true}', key="a", private=b"second")
        assert log.append(b"{}", key="b", private=None) == 1
        assert (log.find("a"), log.private("a")) == (LogLine(0, b"{}"), b"first")

    def test_entries_that_belong_together_follow_each_other(self, log: AuditLog) -> None:
        """Fails when an append of many leaves one out, mixes them up, or cannot be followed by others."""
        assert log.append_many([]) == []
        log.append(b"{}", key=None, private=None)
        leaves = [b'{"n":%d}' % number for number in range(5)]
        assert log.append_many(leaves) == [1, 2, 3, 4, 5]
        assert log.append(b"{}", key=None, private=None) == 6
        assert [line.leaf for line in log.lines(start=1)] == [*leaves, b"{}"]

    def test_threads_that_append_many_do_not_get_between_each_other(self, log: AuditLog) -> None:
        """Fails when entries that belong together are queued one by one."""
        learned: dict[int, list[int]] = {}

        def append(worker: int) -> None:
            learned[worker] = log.append_many([b'"%d"' % worker] * 20)

        threads = [threading.Thread(target=append, args=(worker,)) for worker in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert all(found == list(range(found[0], found[0] + 20)) for found in learned.values())
        assert sorted(sequence for found in learned.values() for sequence in found) == list(range(160))

    def test_private_bytes_come_back_until_they_are_erased(self, log: AuditLog) -> None:
        """Erasure takes the private bytes and leaves the entry."""
        log.append(b"{}", key="a", private=b"what was asked")
        log.append(b"{}", key="b", private=b"what others asked")
        assert log.private("a") == b"what was asked"
        assert log.erase("a") is True
        assert log.private("a") is None
        assert log.private("b") == b"what others asked"
        assert log.find("a") is not None

    def test_erasing_what_was_never_kept_says_so(self, log: AuditLog) -> None:
        """An erasure report must not claim what it did not do."""
        log.append(b"{}", key="a", private=None)
        assert (log.private("a"), log.erase("a"), log.erase("unknown")) == (None, False, False)

    def test_private_bytes_without_a_key_are_refused(self, log: AuditLog) -> None:
        """Nobody could find them again, so nobody could erase them."""
        with pytest.raises(ValueError, match="key"):
            log.append(b"{}", key=None, private=b"lost")
        assert log.size() == 0

    def test_a_checkpoint_signs_the_root_over_all_entries(self, log: AuditLog) -> None:
        """Fails when the signed tree and the entries part ways."""
        leaves = [b'{"n":%d}' % number for number in range(11)]
        for leaf in leaves:
            log.append(leaf, key=None, private=None)
        signed = log.checkpoint()
        checkpoint, signatures = parse(signed.note)
        tree = merkle.Frontier.read(11, merkle.nodes_of([merkle.leaf_hash(leaf) for leaf in leaves]))
        assert (signed.size, signed.root) == (11, tree.root())
        assert checkpoint == Checkpoint(checkpoint.origin, 11, tree.root())
        assert len(signatures) == 1

    def test_checkpoints_are_kept_and_one_head_is_signed_once(self, log: AuditLog) -> None:
        """An idle log does not fill up with equal checkpoints."""
        log.append(b"{}", key=None, private=None)
        first = log.checkpoint()
        assert log.checkpoint() == first
        log.append(b"{}", key=None, private=None)
        assert log.checkpoints() == [first]
        second = log.checkpoint()
        assert log.checkpoints() == [first, second]

    def test_an_entry_is_proven_from_the_stored_nodes(self, log: AuditLog) -> None:
        """Fails when the nodes kept beside the entries are not those of the tree."""
        for number in range(13):
            log.append(b'{"n":%d}' % number, key=None, private=None)
        signed = log.checkpoint()
        log.append(b"{}", key=None, private=None)
        for line in list(log.lines())[: signed.size]:
            proof = merkle.inclusion_proof(line.sequence, signed.size, log.node)
            assert merkle.verify_inclusion(merkle.leaf_hash(line.leaf), line.sequence, signed.size, proof, signed.root)

    def test_a_node_that_is_not_there_is_refused(self, log: AuditLog) -> None:
        """A proof over a node that is not complete would prove nothing."""
        log.append(b"{}", key=None, private=None)
        for level, position in ((0, 1), (1, 0)):
            with pytest.raises(AuditUnavailable):
                log.node(level, position)

    def test_threads_append_without_gap_and_each_learns_its_own_sequence(self, log: AuditLog) -> None:
        """Fails when threads that share a commit get each other's outcome."""
        learned: dict[int, str] = {}

        def append(worker: int) -> None:
            for number in range(25):
                key = f"{worker}/{number}"
                learned[log.append(f'"{key}"'.encode(), key=key, private=key.encode())] = key

        threads = [threading.Thread(target=append, args=(worker,)) for worker in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(learned) == list(range(200))
        assert {line.sequence: line.leaf.decode().strip('"') for line in log.lines()} == learned
        assert Counter(log.private(key) for key in learned.values()) == Counter(map(str.encode, learned.values()))

    def test_one_refused_key_does_not_fail_those_who_share_its_commit(self, log: AuditLog) -> None:
        """Fails when a conflict rolls back the whole commit."""
        outcomes: list[str] = []

        def append(number: int) -> None:
            try:
                log.append(b"{}", key=f"key {number // 2}", private=None)
                outcomes.append("kept")
            except Conflict:
                outcomes.append("refused")

        threads = [threading.Thread(target=append, args=(number,)) for number in range(16)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert Counter(outcomes) == {"kept": 8, "refused": 8}
        assert log.size() == 8

    def test_a_closed_log_refuses_everything(self, log: AuditLog) -> None:
        """What cannot be recorded must fail, so that nothing is released."""
        log.append(b"{}", key="a", private=b"p")
        log.close()
        for call in (log.size, log.checkpoint, log.checkpoints, lambda: log.find("a"), lambda: list(log.lines())):
            with pytest.raises(AuditUnavailable):
                call()
        with pytest.raises(AuditUnavailable):
            log.append(b"{}", key=None, private=None)
        with pytest.raises(AuditUnavailable):
            log.append_many([b"{}"])
