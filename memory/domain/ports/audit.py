"""The append-only log. It lives in a database of its own and is written before an answer leaves."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class LogLine:
    """One entry: its gap-free position from 0, and the canonical JSON bytes that the Merkle tree hashes."""

    sequence: int
    leaf: bytes


@dataclass(frozen=True, slots=True)
class SignedCheckpoint:
    """A signed tree head in C2SP tlog-checkpoint form: `note` is its full text, signature lines included."""

    size: int
    root: bytes
    note: str


class AuditLog(Protocol):
    """Keeps what happened. Every method may raise `AuditUnavailable`."""

    def append(self, leaf: bytes, *, key: str | None, private: bytes | None) -> int:
        """Store an entry durably and return its sequence; concurrent calls share a commit.

        `key` finds the entry again (a receipt id); `private` goes, encrypted, into the erasable side store. Raises
        `Conflict` when the key is taken.
        """
        ...

    def append_many(self, leaves: Sequence[bytes]) -> list[int]:
        """Store entries durably, all or none, in one commit and without another between them; return their sequences.

        They have no key.
        """
        ...

    def find(self, key: str) -> LogLine | None:
        """Return the entry stored under `key`."""
        ...

    def private(self, key: str) -> bytes | None:
        """Return what the side store holds for `key`, None when it never held it or it was erased."""
        ...

    def erase(self, key: str) -> bool:
        """Remove what the side store holds for `key` so that its bytes are gone from the files; say if it held any."""
        ...

    def lines(self, *, start: int = 0) -> Iterator[LogLine]:
        """Yield entries in order."""
        ...

    def size(self) -> int:
        """Return the number of entries."""
        ...

    def node(self, level: int, position: int) -> bytes:
        """Return the hash of a complete subtree, as `memory.audit.merkle` names it; proofs are made from these."""
        ...

    def checkpoint(self) -> SignedCheckpoint:
        """Sign the present tree head, keep it, and return it; without new entries, the one kept last."""
        ...

    def checkpoints(self) -> list[SignedCheckpoint]:
        """Return the kept checkpoints, oldest first."""
        ...

    def close(self) -> None:
        """Finish pending appends and release the database."""
        ...
