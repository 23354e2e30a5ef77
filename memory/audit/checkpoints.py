"""Signed tree heads as text that other tools read: C2SP tlog-checkpoint, which is a C2SP signed-note.

    enterprise-memory/audit/8c3f…     origin: names this log, equal to the key's name
    20852163                          number of entries
    CsUYapGGPo4dkMgIAUqom/Xajj7h2…=   root, standard base64

    — enterprise-memory/audit/8c3f… Az3grl…=      key id (4 bytes) and Ed25519 signature over the text above, base64

What enters is a `Checkpoint` and a `Signer`, what leaves is a note, and back. No cryptography is imported: signing and
verifying are callables of the adapters. Stricter than the specification on purpose: base64 must be canonical, so that
no bit of a note can change unnoticed, and extension lines are refused, which the specification discourages.
Source: c2sp.org/signed-note, c2sp.org/tlog-checkpoint.
"""

import base64
import binascii
import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, Self

_ED25519 = b"\x01"

VerifySignature = Callable[[bytes, bytes, bytes], bool]
"""Says whether (Ed25519 public key of 32 bytes, message, signature) belong together."""


class Signer(Protocol):
    """Holds the private key of a log."""

    @property
    def key(self) -> "VerifierKey":
        """The public half, and the name under which it signs."""
        ...

    def sign(self, message: bytes) -> bytes:
        """Return the Ed25519 signature, 64 bytes."""
        ...


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """What a verifier must be given by other means than the log itself: the log's name and Ed25519 public key.

    Raises `ValueError` for a name that a signed note cannot carry.
    """

    name: str
    public_key: bytes

    def __post_init__(self) -> None:
        if not self.name.isprintable() or "+" in self.name or self.name.split() != [self.name]:
            raise ValueError("the name of a log's key has no spaces and no plus")
        if len(self.public_key) != 32:
            raise ValueError("an Ed25519 public key has 32 bytes")

    @property
    def key_id(self) -> bytes:
        """The four bytes that tie a signature line to this key."""
        return hashlib.sha256(self.name.encode() + b"\n" + _ED25519 + self.public_key).digest()[:4]

    def __str__(self) -> str:
        return f"{self.name}+{self.key_id.hex()}+{base64.b64encode(_ED25519 + self.public_key).decode()}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `name+key id+base64`, the text form that signed-note tools exchange. Raises `ValueError`."""
        parts = text.strip().split("+", 2)
        material = _unbase64(parts[-1])
        if len(parts) != 3 or material[:1] != _ED25519:
            raise ValueError("not an Ed25519 verifier key: name+id+base64")
        key = cls(parts[0], material[1:])
        if key.key_id.hex() != parts[1]:
            raise ValueError("the key id does not belong to this verifier key")
        return key


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A tree head: the root over the first `size` entries of the log called `origin`."""

    origin: str
    size: int
    root: bytes

    @property
    def text(self) -> str:
        """What is signed."""
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a note's text. Raises `ValueError`; no other text means the same checkpoint."""
        lines = text.split("\n")
        if len(lines) != 4 or not lines[0] or not (lines[1].isascii() and lines[1].isdecimal()):
            raise ValueError("not a checkpoint: origin, size, root")
        checkpoint = cls(lines[0], int(lines[1]), _unbase64(lines[2]))
        if checkpoint.text != text or len(checkpoint.root) != 32:
            raise ValueError("not a checkpoint: origin, size, root")
        return checkpoint


def sign(checkpoint: Checkpoint, signer: Signer) -> str:
    """Return the signed note."""
    signature = signer.key.key_id + signer.sign(checkpoint.text.encode())
    return f"{checkpoint.text}\n— {signer.key.name} {base64.b64encode(signature).decode()}\n"


def parse(note: str) -> tuple[Checkpoint, dict[tuple[str, bytes], bytes]]:
    """Return the checkpoint and its signatures by (key name, key id). Nothing is verified. Raises `ValueError`."""
    text, separator, lines = note.rpartition("\n\n")
    if not separator or not lines.endswith("\n"):
        raise ValueError("not a signed note: no signature lines")
    signatures = [_signature(line) for line in lines[:-1].split("\n")]
    if len(dict(signatures)) != len(signatures):
        raise ValueError("not a signed note: one key signs twice")
    return Checkpoint.parse(text + "\n"), dict(signatures)


def verify(note: str, key: VerifierKey, verify_signature: VerifySignature) -> Checkpoint:
    """Return the checkpoint of a note that `key` signed for its own log; signatures of other keys are ignored.

    Raises `ValueError` when the note is malformed, of another log, unsigned by this key, or wrongly signed.
    """
    checkpoint, signatures = parse(note)
    signature = signatures.get((key.name, key.key_id))
    if checkpoint.origin != key.name or signature is None:
        raise ValueError("the checkpoint is not signed by this log's key")
    if not verify_signature(key.public_key, checkpoint.text.encode(), signature):
        raise ValueError("the signature of the checkpoint does not verify")
    return checkpoint


def _signature(line: str) -> tuple[tuple[str, bytes], bytes]:
    parts = line.split(" ")
    if len(parts) != 3 or parts[0] != "—":
        raise ValueError("not a signed note: a malformed signature line")
    material = _unbase64(parts[2])
    return (parts[1], material[:4]), material[4:]


def _unbase64(text: str) -> bytes:
    try:
        material = base64.b64decode(text.encode(), validate=True)
    except binascii.Error as error:
        raise ValueError("not base64") from error
    if base64.b64encode(material).decode() != text:
        raise ValueError("not canonical base64")
    return material
