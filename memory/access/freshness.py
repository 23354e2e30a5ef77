"""Consistency tokens: a write returns one, and a later question can ask that the write be reflected.

A token stands for an epoch and must not tell it: how often the epoch advanced would tell of everybody's changes. Nor
may two tokens tell whether it advanced between them. So the epoch is sealed together with a salt, under the stand-in
for a nonce of RFC 5297 (SIV), built from HMAC: opaque, of constant length, different for different salts, and
impossible to make without the key.
"""

import hmac
from dataclasses import dataclass

from memory.domain.errors import FreshnessNotReached

TAG_BYTES = 16
EPOCH_BYTES = 8
SALT_BYTES = 8


@dataclass(frozen=True, slots=True)
class FreshnessTokens:
    """Seals and opens consistency tokens under one secret of the home."""

    secret: bytes

    def seal(self, epoch: int, salt: bytes) -> str:
        """Return a token of an epoch, 64 hexadecimal digits. `salt`: `SALT_BYTES` that no other write uses."""
        plain = epoch.to_bytes(EPOCH_BYTES, "big") + salt
        tag = self._mac(b"freshness tag", plain)[:TAG_BYTES]
        return (tag + _xor(plain, self._mac(b"freshness stream", tag))).hex()

    def open(self, token: str) -> int:
        """Return the epoch. Raises `FreshnessNotReached` for anything that this deployment did not seal."""
        try:
            sealed = bytes.fromhex(token)
        except ValueError:
            raise FreshnessNotReached from None
        tag = sealed[:TAG_BYTES]
        plain = _xor(sealed[TAG_BYTES:], self._mac(b"freshness stream", tag))
        if len(sealed) != TAG_BYTES + EPOCH_BYTES + SALT_BYTES or not hmac.compare_digest(
            tag, self._mac(b"freshness tag", plain)[:TAG_BYTES]
        ):
            raise FreshnessNotReached
        return int.from_bytes(plain[:EPOCH_BYTES], "big")

    def _mac(self, purpose: bytes, message: bytes) -> bytes:
        return hmac.digest(self.secret, purpose + b"\0" + message, "sha256")


def _xor(left: bytes, right: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(left, right, strict=False))
