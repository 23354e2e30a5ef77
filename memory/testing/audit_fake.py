"""An audit log in memory, for tests of whatever records; it passes the same contract as the real one.

Set `available` to False, and everything raises `AuditUnavailable`: nothing may be released then.
"""

import hashlib
import threading
from collections.abc import Iterator, Sequence

from memory.audit import merkle
from memory.audit.checkpoints import Checkpoint, VerifierKey, sign
from memory.domain.errors import AuditUnavailable, Conflict
from memory.domain.ports.audit import LogLine, SignedCheckpoint


class DigestSigner:
    """Signs with a hash that anybody can compute: enough to see that something was signed, worthless as a proof."""

    key = VerifierKey("test.example/audit", bytes(32))

    def sign(self, message: bytes) -> bytes:
        """Return SHA-512 over key and message."""
        return hashlib.sha512(self.key.public_key + message).digest()

    @staticmethod
    def verify(public_key: bytes, message: bytes, signature: bytes) -> bool:
        """Say whether `sign` made this signature."""
        return hashlib.sha512(public_key + message).digest() == signature


class InMemoryAuditLog:
    """`memory.domain.ports.audit.AuditLog` without durability."""

    def __init__(self) -> None:
        self.available = True
        self._signer = DigestSigner()
        self._lock = threading.RLock()
        self._leaves: list[bytes] = []
        self._keys: dict[str, int] = {}
        self._private: dict[str, bytes] = {}
        self._tree = merkle.Frontier()
        self._nodes: dict[tuple[int, int], bytes] = {}
        self._checkpoints: dict[int, SignedCheckpoint] = {}

    def append(self, leaf: bytes, *, key: str | None, private: bytes | None) -> int:
        """Keep an entry."""
        with self._lock:
            self._require_available()
            if private is not None and key is None:
                raise ValueError("private bytes are found again by a key")
            if key in self._keys:
                raise Conflict("The audit log has an entry with this key already.")
            sequence = len(self._leaves)
            self._leaves.append(leaf)
            self._tree, nodes = self._tree.append(merkle.leaf_hash(leaf))
            self._nodes |= {(level, position): found for level, position, found in nodes}
            if key is not None:
                self._keys[key] = sequence
                self._private |= {} if private is None else {key: private}
            return sequence

    def append_many(self, leaves: Sequence[bytes]) -> list[int]:
        """Keep entries, one after the other."""
        with self._lock:
            return [self.append(leaf, key=None, private=None) for leaf in leaves]

    def find(self, key: str) -> LogLine | None:
        """Return the entry stored under `key`."""
        self._require_available()
        sequence = self._keys.get(key)
        return None if sequence is None else LogLine(sequence, self._leaves[sequence])

    def private(self, key: str) -> bytes | None:
        """Return what is kept aside for `key`."""
        self._require_available()
        return self._private.get(key)

    def erase(self, key: str) -> bool:
        """Forget what is kept aside for `key`."""
        self._require_available()
        return self._private.pop(key, None) is not None

    def lines(self, *, start: int = 0) -> Iterator[LogLine]:
        """Yield entries in order."""
        self._require_available()
        for sequence in range(start, len(self._leaves)):
            yield LogLine(sequence, self._leaves[sequence])

    def size(self) -> int:
        """Return the number of entries."""
        self._require_available()
        return len(self._leaves)

    def node(self, level: int, position: int) -> bytes:
        """Return the hash of a complete subtree."""
        self._require_available()
        try:
            return self._nodes[level, position]
        except KeyError as error:
            raise AuditUnavailable from error

    def checkpoint(self) -> SignedCheckpoint:
        """Sign the present tree head."""
        with self._lock:
            self._require_available()
            size, root = self._tree.size, self._tree.root()
            note = sign(Checkpoint(self._signer.key.name, size, root), self._signer)
            return self._checkpoints.setdefault(size, SignedCheckpoint(size, root, note))

    def checkpoints(self) -> list[SignedCheckpoint]:
        """Return the kept checkpoints, oldest first."""
        self._require_available()
        return list(self._checkpoints.values())

    def close(self) -> None:
        """Refuse everything from now on."""
        self.available = False

    def _require_available(self) -> None:
        if not self.available:
            raise AuditUnavailable
