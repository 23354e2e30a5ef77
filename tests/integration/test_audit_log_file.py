"""The log as files: what refuses to change, what erasure leaves, what happens when the disk does not play along."""

import os
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from memory.adapters.audit import AuditKeys, SqliteAuditLog, create_audit_keys, ed25519_verify, load_audit_keys
from memory.audit.checkpoints import VerifierKey
from memory.audit.checkpoints import verify as verify_note
from memory.audit.export import export
from memory.audit.merkle import leaf_hash
from memory.audit.verification import verify
from memory.domain.errors import AuditUnavailable, Conflict, Misconfigured


@pytest.fixture
def keys(tmp_path: Path) -> AuditKeys:
    return create_audit_keys(tmp_path / "keys")


@pytest.fixture
def log(tmp_path: Path, keys: AuditKeys) -> Iterator[SqliteAuditLog]:
    log = SqliteAuditLog(tmp_path / "audit.db", keys, timeout_s=0.1)
    yield log
    log.close()


def files(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.iterdir() if path.name.startswith("audit.db"))


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE entries SET leaf = x'00' WHERE sequence = 1",
        "DELETE FROM entries WHERE sequence = 2",
        "DELETE FROM entries",
        "INSERT INTO entries VALUES (7, x'00', x'00', NULL)",
        "INSERT OR REPLACE INTO entries VALUES (1, x'00', x'00', NULL)",
        "INSERT OR REPLACE INTO entries VALUES (3, x'00', x'00', 'key 1')",
        "UPDATE nodes SET hash = x'00'",
        "DELETE FROM nodes",
        "INSERT OR REPLACE INTO nodes VALUES (1, 0, x'00')",
        "UPDATE checkpoints SET note = ''",
        "DELETE FROM checkpoints",
        "INSERT OR REPLACE INTO checkpoints VALUES (3, '')",
    ],
)
def test_the_database_itself_refuses_to_change_what_was_recorded(
    log: SqliteAuditLog, tmp_path: Path, statement: str
) -> None:
    """Fails when a trigger is missing; each statement comes from a connection that is not ours."""
    for number in range(3):
        log.append(b"{}", key=f"key {number}", private=None)
    log.checkpoint()
    other = sqlite3.connect(tmp_path / "audit.db")
    before = list(other.iterdump())
    with pytest.raises(sqlite3.IntegrityError):
        other.execute(statement)
    other.rollback()
    assert list(other.iterdump()) == before
    other.close()


def test_private_bytes_are_encrypted_in_the_files(log: SqliteAuditLog, tmp_path: Path) -> None:
    log.append(b"{}", key="a", private=b"CANARY of a query")
    assert b"CANARY" not in files(tmp_path)
    assert log.private("a") == b"CANARY of a query"


def test_erased_bytes_are_gone_from_every_file_of_the_log(log: SqliteAuditLog, tmp_path: Path) -> None:
    """Fails without `secure_delete` or without emptying the write-ahead log (the sealed bytes are searched for)."""
    other = sqlite3.connect(tmp_path / "audit.db")
    sealed = {}
    for number in range(40):
        log.append(b"{}", key=f"key {number}", private=os.urandom(50 + number * 300))
        (sealed[number],) = other.execute("SELECT sealed FROM private WHERE key = ?", (f"key {number}",)).fetchone()
    other.close()
    assert all(sealed[number][:32] in files(tmp_path) for number in sealed)
    assert all(log.erase(f"key {number}") for number in range(0, 40, 2))
    content = files(tmp_path)
    for number, bytes_ in sealed.items():
        found = [bytes_[at : at + 32] in content for at in range(0, len(bytes_) - 32, 32)]
        assert any(found) is bool(number % 2)
        assert (log.private(f"key {number}") is not None) is bool(number % 2)
    assert log.size() == 40


def test_an_erasure_that_a_reader_holds_up_says_so(log: SqliteAuditLog, tmp_path: Path) -> None:
    log.append(b"{}", key="a", private=b"p")
    reader = sqlite3.connect(tmp_path / "audit.db", isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM entries").fetchone()
    with pytest.raises(AuditUnavailable, match="again"):
        log.erase("a")
    reader.close()
    assert log.erase("a") is False
    assert log.private("a") is None


def test_private_bytes_moved_under_another_key_do_not_open(log: SqliteAuditLog, tmp_path: Path) -> None:
    """Fails when the ciphertext is not bound to its entry."""
    log.append(b"{}", key="a", private=b"asked by a")
    log.append(b"{}", key="b", private=None)
    other = sqlite3.connect(tmp_path / "audit.db")
    other.execute("UPDATE private SET key = 'b'")
    other.commit()
    other.close()
    with pytest.raises(AuditUnavailable):
        log.private("b")


def test_another_writer_that_holds_the_lock_makes_the_log_unavailable(log: SqliteAuditLog, tmp_path: Path) -> None:
    log.append(b"{}", key=None, private=None)
    other = sqlite3.connect(tmp_path / "audit.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    for call in (lambda: log.append(b"{}", key=None, private=None), log.checkpoint, lambda: log.erase("a")):
        with pytest.raises(AuditUnavailable):
            call()
    other.close()
    assert log.append(b"{}", key=None, private=None) == 1


def test_a_full_disk_makes_the_log_unavailable_and_leaves_it_whole(
    log: SqliteAuditLog, tmp_path: Path, keys: AuditKeys
) -> None:
    """Fails when the tree in memory takes in what was not committed: another writer may fill that very place."""
    log.append(b"{}", key=None, private=None)
    (pages,) = log._writer.execute("PRAGMA page_count").fetchone()
    log._writer.execute(f"PRAGMA max_page_count = {pages + 1}")
    with pytest.raises(AuditUnavailable):
        log.append(b"x" * 100_000, key="big", private=b"p")
    log._writer.execute("PRAGMA max_page_count = 1000000")
    assert (log.find("big"), log.private("big"), log.size()) == (None, None, 1)
    beside = SqliteAuditLog(tmp_path / "audit.db", keys)
    assert beside.append(b'{"beside":true}', key=None, private=None) == 1
    beside.close()
    assert log.append(b"{}", key="big", private=None) == 2
    log.append(b"{}", key=None, private=None)
    assert verify(export(log, keys.key), key=keys.key, verify_signature=ed25519_verify).intact
    signed = log.checkpoint()
    assert log.node(2, 0) == signed.root


def test_a_disk_that_cannot_be_written_makes_the_log_unavailable(log: SqliteAuditLog) -> None:
    log._writer.execute("PRAGMA query_only = ON")
    with pytest.raises(AuditUnavailable):
        log.append(b"{}", key=None, private=None)
    assert log.size() == 0


def test_everybody_in_a_failed_commit_learns_of_it(log: SqliteAuditLog) -> None:
    """Fails when only the thread that committed raises: the others would release answers that are not on record."""
    log._writer.execute("PRAGMA query_only = ON")
    outcomes = []

    def append() -> None:
        try:
            outcomes.append(log.append(b"{}", key=None, private=None))
        except AuditUnavailable:
            outcomes.append("unavailable")

    threads = [threading.Thread(target=append) for _ in range(8)]
    with log._writing:
        for thread in threads:
            thread.start()
        time.sleep(0.05)
    for thread in threads:
        thread.join()
    assert outcomes == ["unavailable"] * 8


def test_concurrent_appends_share_commits(log: SqliteAuditLog) -> None:
    """Fails when each append commits alone."""
    commits = []
    log._writer.set_trace_callback(lambda statement: commits.append(statement) if _commits(statement) else None)
    threads = [
        threading.Thread(target=log.append, args=(b"{}",), kwargs={"key": None, "private": None}) for _ in range(20)
    ]
    with log._writing:
        for thread in threads:
            thread.start()
        time.sleep(0.05)
    for thread in threads:
        thread.join()
    assert log.size() == 20
    alone = {statement for statement in commits if statement != "COMMIT"}  # told again for what its trigger does
    assert len(alone) + commits.count("COMMIT") == 2  # the first thread alone, then everybody who came meanwhile


def _commits(statement: str) -> bool:
    return statement == "COMMIT" or statement.startswith("INSERT INTO appending")


def test_an_append_alone_is_one_statement(log: SqliteAuditLog) -> None:
    """Fails when it asks for the interpreter's turn more than once: each time it waits behind whatever computes."""
    log.append(b"{}", key="first", private=b"secret")
    statements: list[str] = []
    log._writer.set_trace_callback(statements.append)
    log.append(b"{}", key="second", private=b"secret")
    (statement,) = set(statements)
    assert statement.startswith("INSERT INTO appending")
    assert log.private("second") == b"secret"


def test_one_statement_and_a_transaction_write_the_same(tmp_path: Path, keys: AuditKeys) -> None:
    """Fails when inner nodes of the tree go astray on either way; seventeen leaves complete nodes of five levels."""
    rows = []
    for name, together in (("alone", False), ("together", True)):
        with closing(SqliteAuditLog(tmp_path / name, keys)) as log:
            leaves = [f'{{"n":{number}}}'.encode() for number in range(17)]
            if together:
                log.append_many(leaves)
            else:
                for leaf in leaves:
                    log.append(leaf, key=None, private=None)
        with closing(sqlite3.connect(tmp_path / name)) as connection:
            entries = connection.execute("SELECT * FROM entries").fetchall()
            rows.append((entries, connection.execute("SELECT * FROM nodes").fetchall()))
    assert rows[0] == rows[1]
    assert len(rows[0][1]) == 15


def test_closing_waits_for_appends_that_are_under_way(log: SqliteAuditLog, tmp_path: Path, keys: AuditKeys) -> None:
    threads = [
        threading.Thread(target=log.append, args=(b"{}",), kwargs={"key": None, "private": None}) for _ in range(5)
    ]
    with log._writing:
        for thread in threads:
            thread.start()
        time.sleep(0.05)
        closing = threading.Thread(target=log.close)
        closing.start()
    for thread in [*threads, closing]:
        thread.join()
    again = SqliteAuditLog(tmp_path / "audit.db", keys)
    assert again.size() == 5
    again.close()


@pytest.mark.parametrize("make", ["folder", "garbage"])
def test_a_file_that_is_no_log_is_refused(tmp_path: Path, keys: AuditKeys, make: str) -> None:
    path = tmp_path / "other.db"
    path.mkdir() if make == "folder" else path.write_bytes(b"CANARY" * 1000)
    with pytest.raises(AuditUnavailable) as caught:
        SqliteAuditLog(path, keys)
    assert "CANARY" not in str(caught.value)


def test_each_checkpoint_is_copied_out_and_verifies_there(tmp_path: Path, keys: AuditKeys) -> None:
    folder = tmp_path / "elsewhere"
    log = SqliteAuditLog(tmp_path / "audit.db", keys, export_folder=folder)
    for _ in range(2):
        log.append(b"{}", key=None, private=None)
        log.checkpoint()
    log.close()
    key = VerifierKey.parse((tmp_path / "keys" / "audit-signing.pub").read_text())
    notes = [path.read_text(encoding="utf-8") for path in sorted(folder.iterdir())]
    assert [verify_note(note, key, ed25519_verify).size for note in notes] == [1, 2]


def test_a_checkpoint_that_cannot_be_copied_out_is_an_error(tmp_path: Path, keys: AuditKeys) -> None:
    folder = tmp_path / "elsewhere"
    folder.write_text("a file stands where the folder should be")
    log = SqliteAuditLog(tmp_path / "audit.db", keys, export_folder=folder)
    log.append(b"{}", key=None, private=None)
    with pytest.raises(AuditUnavailable, match="export folder"):
        log.checkpoint()
    folder.unlink()
    log.checkpoint()
    assert [path.name for path in folder.iterdir()] == ["checkpoint-000000000001.txt"]
    log.close()


def test_no_tree_is_signed_that_contradicts_the_last_checkpoint(log: SqliteAuditLog, tmp_path: Path) -> None:
    """Fails when a checkpoint does not look back: the log would vouch for its own rewriting."""
    for _ in range(3):
        log.append(b"{}", key=None, private=None)
    log.checkpoint()
    other = sqlite3.connect(tmp_path / "audit.db")
    other.execute("DROP TRIGGER nodes_no_UPDATE")
    other.execute("UPDATE nodes SET hash = ?", (bytes(32),))
    other.commit()
    other.close()
    log.append(b"{}", key=None, private=None)
    with pytest.raises(AuditUnavailable, match="contradicts"):
        log.checkpoint()


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ("UPDATE entries SET leaf = :leaf WHERE sequence = 3", [("changed", 3, 3)]),
        ("UPDATE entries SET leaf = :leaf, hash = :hash WHERE sequence = 3", [("rewritten", 2, 3)]),
        ("DELETE FROM entries WHERE sequence = 5", [("removed", 5, 5)]),
    ],
)
def test_a_rewritten_database_is_found_out_by_its_export(
    log: SqliteAuditLog, tmp_path: Path, keys: AuditKeys, change: str, expected: list[tuple[str, int, int]]
) -> None:
    """Fails when an export computes its hashes from the entries instead of taking those stored with them."""
    notes = []
    for number in range(6):
        log.append(b'{"n":%d}' % number, key=None, private=None)
        notes += [log.checkpoint().note] if number % 2 else []
    lines = list(export(log, keys.key))
    other = sqlite3.connect(tmp_path / "audit.db")
    for table in ("entries", "checkpoints"):
        for trigger in ("UPDATE", "DELETE"):
            other.execute(f"DROP TRIGGER {table}_no_{trigger}")
    leaf = b'{"n":9}'
    other.execute(change, {"leaf": leaf, "hash": leaf_hash(leaf)})
    other.execute("DELETE FROM checkpoints WHERE size > (SELECT max(sequence) + 1 FROM entries)")
    other.commit()
    other.close()
    assert verify(lines, key=keys.key, verify_signature=ed25519_verify, kept=notes).intact
    report = verify(export(log, keys.key), key=keys.key, verify_signature=ed25519_verify, kept=notes)
    assert [(d.kind, d.first, d.last) for d in report.discrepancies] == expected


def test_keys_are_private_to_the_owner_and_read_back_the_same(tmp_path: Path, keys: AuditKeys) -> None:
    again = load_audit_keys(tmp_path / "keys")
    assert (again.key, again.commitment) == (keys.key, keys.commitment)
    assert again.open("a", keys.seal("a", b"p")) == b"p"
    assert [
        (tmp_path / "keys" / name).stat().st_mode & 0o777 for name in ("audit-signing.key", "audit-private.key")
    ] == [
        0o600,
        0o600,
    ]


def test_nothing_shows_the_keys(keys: AuditKeys) -> None:
    assert repr(keys) == f"AuditKeys(key={keys.key!r})"


def test_keys_are_never_overwritten(tmp_path: Path, keys: AuditKeys) -> None:
    before = {path.name: path.read_bytes() for path in (tmp_path / "keys").iterdir()}
    with pytest.raises(Conflict):
        create_audit_keys(tmp_path / "keys")
    (tmp_path / "keys" / "audit-signing.key").unlink()
    with pytest.raises(Conflict):
        create_audit_keys(tmp_path / "keys")
    del before["audit-signing.key"]
    assert {path.name: path.read_bytes() for path in (tmp_path / "keys").iterdir()} == before


@pytest.mark.parametrize("name", ["audit-signing.key", "audit-private.key"])
@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620])
def test_a_key_that_others_can_reach_stops_the_service(tmp_path: Path, keys: AuditKeys, name: str, mode: int) -> None:
    """Fails when the mode of a key file is not looked at."""
    (tmp_path / "keys" / name).chmod(mode)
    with pytest.raises(Misconfigured, match="chmod 600"):
        load_audit_keys(tmp_path / "keys")


@pytest.mark.parametrize("name", ["audit-signing.key", "audit-private.key"])
@pytest.mark.parametrize("content", [None, b"", b"garbage", b"QUJD\n"])
def test_a_key_that_is_missing_or_broken_stops_the_service(
    tmp_path: Path, keys: AuditKeys, name: str, content: bytes | None
) -> None:
    path = tmp_path / "keys" / name
    path.unlink() if content is None else path.write_bytes(content)
    with pytest.raises(Misconfigured):
        load_audit_keys(tmp_path / "keys")


def test_another_key_does_not_open_the_side_store(log: SqliteAuditLog, tmp_path: Path) -> None:
    log.append(b"{}", key="a", private=b"p")
    stranger = SqliteAuditLog(tmp_path / "audit.db", create_audit_keys(tmp_path / "others"))
    with pytest.raises(AuditUnavailable, match=r"audit-private\.key"):
        stranger.private("a")
    stranger.close()
