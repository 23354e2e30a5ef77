"""The append-only log: entries enter from any number of threads, and return once they are durable.

Group commit without a thread of its own: whoever finds no commit under way becomes the leader and commits everything
that is queued; who comes meanwhile waits and is in the next commit. So a lone append costs one commit and no hand-over
between threads, and a hundred at once cost two or three. Any number of processes may write: each transaction takes the
database's write lock first and reads the tree anew if somebody else has appended.
"""

import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from memory.adapters.audit import database
from memory.adapters.audit.keys import AuditKeys
from memory.audit import checkpoints, merkle
from memory.domain.errors import AuditUnavailable, Conflict
from memory.domain.ports.audit import LogLine, SignedCheckpoint

_PAGE = 500


@dataclass(slots=True, eq=False)
class _Pending:
    """An append on its way. Once `done`, it failed or has its sequence."""

    leaf: bytes
    hash: bytes
    key: str | None
    sealed: bytes | None
    sequence: int = -1
    failure: Exception | None = None
    done: bool = False


class SqliteAuditLog:
    """`memory.domain.ports.audit.AuditLog` in one SQLite file.

    `export_folder` gets a copy of every checkpoint; it should lie on another machine. `timeout_s` bounds the wait for
    another process that writes. Raises `AuditUnavailable` when the file cannot be opened.
    """

    def __init__(
        self, path: Path, keys: AuditKeys, *, export_folder: Path | None = None, timeout_s: float = 5.0
    ) -> None:
        self._keys = keys
        self._export_folder = export_folder
        self._writer = database.open_for_writing(path, timeout_s=timeout_s)
        self._reader = database.open_for_reading(path, timeout_s=timeout_s)
        self._writing = threading.Lock()
        self._reading = threading.Lock()
        self._tree = merkle.Frontier()
        self._turn = threading.Condition()
        self._queue: list[_Pending] = []
        self._leading = False
        self._closed = False

    def append(self, leaf: bytes, *, key: str | None, private: bytes | None) -> int:
        """Store an entry durably and return its sequence.

        Raises `Conflict` for a key that is taken, `ValueError` for private bytes without a key, and `AuditUnavailable`.
        """
        if private is not None and key is None:
            raise ValueError("private bytes are found again by a key")
        sealed = None if private is None or key is None else self._keys.seal(key, private)
        (sequence,) = self._store([_Pending(leaf, merkle.leaf_hash(leaf), key, sealed)])
        return sequence

    def append_many(self, leaves: Sequence[bytes]) -> list[int]:
        """Store entries durably, all or none, in one commit; return their sequences. Raises `AuditUnavailable`."""
        return self._store([_Pending(leaf, merkle.leaf_hash(leaf), None, None) for leaf in leaves])

    def find(self, key: str) -> LogLine | None:
        """Return the entry stored under `key`."""
        with self._read() as connection:
            return database.find(connection, key)

    def private(self, key: str) -> bytes | None:
        """Return what the side store holds for `key`, decrypted."""
        with self._read() as connection:
            sealed = database.private(connection, key)
        return None if sealed is None else self._keys.open(key, sealed)

    def erase(self, key: str) -> bool:
        """Remove what the side store holds for `key`: overwrite its pages, then empty the write-ahead log.

        Raises `AuditUnavailable` while a reader in another process keeps old pages alive; then run it again.
        """
        with self._reading, self._write() as connection:
            erased, clean = database.erase(connection, key)
        if not clean:
            raise AuditUnavailable("Somebody reads the audit log, so erased bytes linger; run the erasure again.")
        return erased

    def lines(self, *, start: int = 0) -> Iterator[LogLine]:
        """Yield entries in order, those included that are appended meanwhile."""
        while page := self._page(start):
            yield from page
            start = page[-1].sequence + 1

    def size(self) -> int:
        """Return the number of entries."""
        with self._read() as connection:
            return database.size(connection)

    def node(self, level: int, position: int) -> bytes:
        """Return the hash of a complete subtree; one that the log does not hold raises `AuditUnavailable`."""
        with self._read() as connection:
            return database.node(connection, level, position)

    def checkpoint(self) -> SignedCheckpoint:
        """Sign the present tree head, keep it and copy it to the export folder.

        Raises `AuditUnavailable`, also rather than sign a tree that contradicts the last checkpoint.
        """
        with self._write() as connection:
            with database.transaction(connection):
                signed = self._sign(connection)
            self._copy(signed)
        return signed

    def checkpoints(self) -> list[SignedCheckpoint]:
        """Return the kept checkpoints, oldest first."""
        with self._read() as connection:
            return database.checkpoints(connection)

    def close(self) -> None:
        """Finish pending appends and release the database; later calls raise `AuditUnavailable`."""
        with self._turn:
            self._closed = True
            self._turn.wait_for(lambda: not self._leading)
            batch = self._take_lead()
        self._lead(batch)
        with self._writing, self._reading:
            self._reader.close()
            self._writer.close()

    def _store(self, together: list[_Pending]) -> list[int]:
        if together:
            self._lead(self._wait_or_lead(together))
        for failure in (pending.failure for pending in together if pending.failure is not None):
            if isinstance(failure, Conflict):
                raise failure
            raise AuditUnavailable from failure
        return [pending.sequence for pending in together]

    def _wait_or_lead(self, together: list[_Pending]) -> list[_Pending]:
        """Queue what belongs into one commit; return nothing once it is done, or all that is to be committed here."""
        with self._turn:
            if self._closed:
                raise AuditUnavailable
            self._queue += together
            self._turn.wait_for(lambda: together[-1].done or not self._leading)
            return [] if together[-1].done else self._take_lead()

    def _take_lead(self) -> list[_Pending]:
        batch, self._queue = self._queue, []
        self._leading = bool(batch)
        return batch

    def _lead(self, batch: list[_Pending]) -> None:
        """Commit a batch, and tell everybody in it how that ended, whatever happens."""
        if not batch:
            return
        ended: Exception | None = AuditUnavailable()
        try:
            self._commit(batch)
            ended = None
        except Exception as error:  # noqa: BLE001 each caller raises it as its own
            ended = error
        finally:
            with self._turn:
                for pending in batch:
                    pending.failure, pending.done = ended or pending.failure, True
                self._leading = False
                self._turn.notify_all()

    def _commit(self, batch: list[_Pending]) -> None:
        with self._write() as connection:
            if len(batch) == 1 and self._committed_alone(batch[0], connection):
                return
            with database.transaction(connection):
                tree = self._present_tree(connection)
                for pending in batch:
                    if pending.key is not None and database.taken(connection, pending.key):
                        pending.failure = Conflict("The audit log has an entry with this key already.")
                        continue
                    pending.sequence = tree.size
                    tree, nodes = tree.append(pending.hash)
                    line = LogLine(pending.sequence, pending.leaf)
                    database.add(connection, line, pending.hash, nodes[1:], key=pending.key, sealed=pending.sealed)
            self._tree = tree

    def _committed_alone(self, pending: _Pending, connection: sqlite3.Connection) -> bool:
        """Append an entry onto the tree in memory; say whether that is how the log stood, and the key was free."""
        tree, nodes = self._tree.append(pending.hash)
        line = LogLine(self._tree.size, pending.leaf)
        if not database.append(connection, line, pending.hash, nodes[1:], key=pending.key, sealed=pending.sealed):
            return False
        pending.sequence, self._tree = line.sequence, tree
        return True

    def _present_tree(self, connection: sqlite3.Connection) -> merkle.Frontier:
        """Return the tree as it is stored; it differs from the one in memory when another process appended."""
        size = database.size(connection)
        if size == self._tree.size:
            return self._tree
        return merkle.Frontier.read(size, partial(database.node, connection))

    def _sign(self, connection: sqlite3.Connection) -> SignedCheckpoint:
        node = partial(database.node, connection)
        tree = merkle.Frontier.read(database.size(connection), node)
        last = database.last_checkpoint(connection)
        if last is not None:
            if last.size > tree.size or merkle.Frontier.read(last.size, node).root() != last.root:
                raise AuditUnavailable("The audit log contradicts its last checkpoint; run `memory audit verify`.")
            if last.size == tree.size:
                return last
        head = checkpoints.Checkpoint(self._keys.key.name, tree.size, tree.root())
        signed = SignedCheckpoint(head.size, head.root, checkpoints.sign(head, self._keys))
        database.add_checkpoint(connection, signed)
        return signed

    def _copy(self, signed: SignedCheckpoint) -> None:
        if self._export_folder is None:
            return
        target = self._export_folder / f"checkpoint-{signed.size:012}.txt"
        try:
            self._export_folder.mkdir(parents=True, exist_ok=True)
            if not target.exists():
                draft = target.with_suffix(".part")
                draft.write_text(signed.note, encoding="utf-8")
                draft.replace(target)
        except OSError as error:
            raise AuditUnavailable(
                "The checkpoint cannot be copied to its export folder; see to the folder."
            ) from error

    def _page(self, start: int) -> list[LogLine]:
        with self._read() as connection:
            return database.page(connection, start, _PAGE)

    @contextmanager
    def _write(self) -> Iterator[sqlite3.Connection]:
        with self._writing, database.translated():
            yield self._writer

    @contextmanager
    def _read(self) -> Iterator[sqlite3.Connection]:
        with self._reading, database.translated():
            yield self._reader
