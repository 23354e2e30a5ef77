"""The tables of the log: SQL and nothing else. What enters are hashed entries, what leaves are rows.

One file, WAL, `synchronous=FULL`: a commit that returned survives the loss of power. Triggers refuse every change to
what was recorded and every entry that would leave a gap, so that an accident is loud; against intent, the Merkle tree
and its signatures help, not triggers. Sealed side-store rows may be deleted, and `secure_delete` overwrites them.
"""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from memory.audit.checkpoints import parse
from memory.domain.errors import AuditUnavailable
from memory.domain.ports.audit import LogLine, SignedCheckpoint

_SCHEMA = (
    """CREATE TABLE IF NOT EXISTS entries
       (sequence INTEGER PRIMARY KEY, leaf BLOB NOT NULL, hash BLOB NOT NULL, key TEXT) STRICT""",
    "CREATE UNIQUE INDEX IF NOT EXISTS entries_key ON entries (key) WHERE key IS NOT NULL",
    """CREATE TABLE IF NOT EXISTS nodes
       (level INTEGER, position INTEGER, hash BLOB NOT NULL, PRIMARY KEY (level, position)) STRICT, WITHOUT ROWID""",
    "CREATE TABLE IF NOT EXISTS checkpoints (size INTEGER PRIMARY KEY, note TEXT NOT NULL) STRICT",
    "CREATE TABLE IF NOT EXISTS private (key TEXT PRIMARY KEY, sealed BLOB NOT NULL) STRICT",
    """CREATE TRIGGER IF NOT EXISTS entries_follow BEFORE INSERT ON entries
       WHEN NEW.sequence <> (SELECT ifnull(max(sequence) + 1, 0) FROM entries)
       BEGIN SELECT RAISE(ABORT, 'entries follow each other without a gap'); END""",
    """CREATE TRIGGER IF NOT EXISTS entries_keep_keys BEFORE INSERT ON entries
       WHEN EXISTS (SELECT 1 FROM entries WHERE key = NEW.key)
       BEGIN SELECT RAISE(ABORT, 'the key is taken'); END""",
    """CREATE TRIGGER IF NOT EXISTS nodes_keep BEFORE INSERT ON nodes
       WHEN EXISTS (SELECT 1 FROM nodes WHERE level = NEW.level AND position = NEW.position)
       BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END""",
    """CREATE TRIGGER IF NOT EXISTS checkpoints_follow BEFORE INSERT ON checkpoints
       WHEN NEW.size <= (SELECT max(size) FROM checkpoints)
       BEGIN SELECT RAISE(ABORT, 'checkpoints follow each other'); END""",
    *(
        f"""CREATE TRIGGER IF NOT EXISTS {table}_no_{change} BEFORE {change} ON {table}
            BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END"""
        for table in ("entries", "nodes", "checkpoints")
        for change in ("UPDATE", "DELETE")
    ),
)

# One statement that appends: of the connection, not of the file. Seven statements would ask for the interpreter's turn
# seven times, each behind whatever computes in this process. Inner nodes stand in `nodes` by level, from the first on.
_APPENDING = (
    "PRAGMA temp_store = MEMORY",
    "CREATE TEMP TABLE levels (level INTEGER PRIMARY KEY)",
    """CREATE TEMP VIEW appending AS
       SELECT 0 AS sequence, x'' AS leaf, x'' AS hash, '' AS key, x'' AS nodes, x'' AS sealed WHERE 0""",
    """CREATE TEMP TRIGGER append INSTEAD OF INSERT ON appending
       BEGIN
         INSERT INTO entries VALUES (NEW.sequence, NEW.leaf, NEW.hash, NEW.key);
         INSERT INTO nodes SELECT level, NEW.sequence >> level, substr(NEW.nodes, 32 * level - 31, 32)
           FROM levels WHERE level <= length(NEW.nodes) / 32;
         INSERT INTO private SELECT NEW.key, NEW.sealed WHERE NEW.sealed IS NOT NULL;
       END""",
)


@contextmanager
def translated() -> Iterator[None]:
    """Turn the engine's errors into `AuditUnavailable`, without its words: they could quote a statement."""
    try:
        yield
    except sqlite3.Error as error:
        raise AuditUnavailable from error


def open_for_writing(path: Path, *, timeout_s: float) -> sqlite3.Connection:
    """Open the log's database, making it if it is new. Raises `AuditUnavailable`."""
    with translated():
        connection = _connect(path, timeout_s, "journal_mode = WAL", "synchronous = FULL", "secure_delete = ON")
        with transaction(connection):
            for statement in _SCHEMA:
                connection.execute(statement)
        for statement in _APPENDING:
            connection.execute(statement)
        connection.executemany("INSERT INTO levels VALUES (?)", [(level,) for level in range(1, 64)])
    return connection


def open_for_reading(path: Path, *, timeout_s: float) -> sqlite3.Connection:
    """Open an existing database; this connection cannot write. Raises `AuditUnavailable`."""
    with translated():
        return _connect(path, timeout_s, "query_only = ON")


def _connect(path: Path, timeout_s: float, *settings: str) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=timeout_s, isolation_level=None, check_same_thread=False)
    for setting in settings:
        connection.execute(f"PRAGMA {setting}")
    return connection


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """Write alone, among processes too; durable when the block has ended, nothing remains of it after an error."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def size(connection: sqlite3.Connection) -> int:
    """Return the number of entries."""
    (found,) = connection.execute("SELECT ifnull(max(sequence) + 1, 0) FROM entries").fetchone()
    return int(found)


def node(connection: sqlite3.Connection, level: int, position: int) -> bytes:
    """Return the hash of a complete subtree. Raises `AuditUnavailable` when the log does not hold it."""
    if level == 0:
        found = connection.execute("SELECT hash FROM entries WHERE sequence = ?", (position,))
    else:
        found = connection.execute("SELECT hash FROM nodes WHERE level = ? AND position = ?", (level, position))
    row = found.fetchone()
    if row is None:
        raise AuditUnavailable("The audit log does not hold a node of its tree; run `memory audit verify`.")
    return bytes(row[0])


def add(
    connection: sqlite3.Connection,
    line: LogLine,
    leaf_hash: bytes,
    nodes: Sequence[tuple[int, int, bytes]],
    *,
    key: str | None,
    sealed: bytes | None,
) -> None:
    """Add an entry with the inner (level, position, hash) that it completes, and its sealed private bytes."""
    connection.execute("INSERT INTO entries VALUES (?, ?, ?, ?)", (line.sequence, line.leaf, leaf_hash, key))
    connection.executemany("INSERT INTO nodes VALUES (?, ?, ?)", nodes)
    if sealed is not None:
        connection.execute("INSERT INTO private VALUES (?, ?)", (key, sealed))


def append(
    connection: sqlite3.Connection,
    line: LogLine,
    leaf_hash: bytes,
    nodes: Sequence[tuple[int, int, bytes]],
    *,
    key: str | None,
    sealed: bytes | None,
) -> bool:
    """Do what `add` does in a transaction of its own, durably, in one statement.

    `nodes` are by level, from 1 on. Returns whether that could be: not where the entry does not follow the last one or
    its key is taken, and then nothing has changed.
    """
    inner = b"".join(hash_ for _, _, hash_ in nodes)
    try:
        connection.execute(
            "INSERT INTO appending VALUES (?, ?, ?, ?, ?, ?)", (line.sequence, line.leaf, leaf_hash, key, inner, sealed)
        )
    except sqlite3.IntegrityError:
        return False
    return True


def add_checkpoint(connection: sqlite3.Connection, signed: SignedCheckpoint) -> None:
    """Keep a signed checkpoint."""
    connection.execute("INSERT INTO checkpoints VALUES (?, ?)", (signed.size, signed.note))


def erase(connection: sqlite3.Connection, key: str) -> tuple[bool, bool]:
    """Delete sealed bytes; return whether there were any, and whether no copy is left in the write-ahead log."""
    with transaction(connection):
        erased = connection.execute("DELETE FROM private WHERE key = ?", (key,)).rowcount > 0
    (blocked, *_) = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    return erased, not blocked


def taken(connection: sqlite3.Connection, key: str) -> bool:
    """Say whether an entry has this key."""
    return connection.execute("SELECT 1 FROM entries WHERE key = ?", (key,)).fetchone() is not None


def find(connection: sqlite3.Connection, key: str) -> LogLine | None:
    """Return the entry with this key."""
    row = connection.execute("SELECT sequence, leaf FROM entries WHERE key = ?", (key,)).fetchone()
    return None if row is None else LogLine(*row)


def page(connection: sqlite3.Connection, start: int, limit: int) -> list[LogLine]:
    """Return up to `limit` entries from `start` on."""
    rows = connection.execute(
        "SELECT sequence, leaf FROM entries WHERE sequence >= ? ORDER BY sequence LIMIT ?", (start, limit)
    )
    return [LogLine(*row) for row in rows]


def private(connection: sqlite3.Connection, key: str) -> bytes | None:
    """Return the sealed bytes of the side store."""
    row = connection.execute("SELECT sealed FROM private WHERE key = ?", (key,)).fetchone()
    return None if row is None else bytes(row[0])


def checkpoints(connection: sqlite3.Connection) -> list[SignedCheckpoint]:
    """Return the kept checkpoints, oldest first. Raises `AuditUnavailable` when one is unreadable."""
    rows = connection.execute("SELECT note FROM checkpoints ORDER BY size").fetchall()
    return [_signed(note) for (note,) in rows]


def last_checkpoint(connection: sqlite3.Connection) -> SignedCheckpoint | None:
    """Return the checkpoint kept last."""
    row = connection.execute("SELECT note FROM checkpoints ORDER BY size DESC LIMIT 1").fetchone()
    return None if row is None else _signed(row[0])


def _signed(note: str) -> SignedCheckpoint:
    try:
        checkpoint, _ = parse(note)
    except ValueError as error:
        raise AuditUnavailable("A kept checkpoint is unreadable; run `memory audit verify`.") from error
    return SignedCheckpoint(checkpoint.size, checkpoint.root, note)
