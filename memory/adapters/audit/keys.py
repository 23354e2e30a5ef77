"""The secrets of the audit log: files in the keys folder become `AuditKeys`.

`audit-signing.key` (Ed25519, PKCS 8 PEM) signs checkpoints; its public half, `audit-signing.pub`, is what auditors get.
`audit-private.key` (32 bytes, base64) is the root from which two keys are derived with HKDF-SHA-256: one encrypts the
side store, the other commits to queries. Losing it loses the side store, never the log. Both are 0600, and a key that
others can read stops the service.
"""

import base64
import binascii
import os
import stat
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from memory.audit.checkpoints import VerifierKey
from memory.domain.errors import AuditUnavailable, Conflict, Misconfigured

SIGNING_KEY = "audit-signing.key"
PUBLIC_KEY = "audit-signing.pub"
PRIVATE_KEY = "audit-private.key"


@dataclass(frozen=True, slots=True)
class AuditKeys:
    """The keys in use. `commitment` is for `memory.audit.receipts.commit_to_query`."""

    key: VerifierKey
    commitment: bytes = field(repr=False)
    _signing: Ed25519PrivateKey = field(repr=False)
    _side_store: AESGCM = field(repr=False)

    def sign(self, message: bytes) -> bytes:
        """Return the Ed25519 signature of a checkpoint."""
        return self._signing.sign(message)

    def seal(self, key: str, content: bytes) -> bytes:
        """Encrypt for the side store (AES-256-GCM): a fresh nonce of 12 bytes, then the ciphertext bound to `key`."""
        nonce = os.urandom(12)
        return nonce + self._side_store.encrypt(nonce, content, key.encode())

    def open(self, key: str, sealed: bytes) -> bytes:
        """Decrypt what `seal` made for `key`. Raises `AuditUnavailable` when it was altered or another key made it."""
        try:
            return self._side_store.decrypt(sealed[:12], sealed[12:], key.encode())
        except (InvalidTag, ValueError) as error:
            raise AuditUnavailable("The side store does not open with this key; check audit-private.key.") from error


def create_audit_keys(folder: Path) -> AuditKeys:
    """Make the keys of a new log and return them. Raises `Conflict` when there are any: keys are never overwritten."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if any((folder / name).exists() for name in (SIGNING_KEY, PUBLIC_KEY, PRIVATE_KEY)):
        raise Conflict("There are audit keys already; they are never overwritten.")
    signing = Ed25519PrivateKey.generate()
    pem = signing.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    _write_new(folder / PRIVATE_KEY, base64.b64encode(os.urandom(32)) + b"\n", 0o600)
    _write_new(folder / PUBLIC_KEY, f"{_verifier_key(signing)}\n".encode(), 0o644)
    _write_new(folder / SIGNING_KEY, pem, 0o600)
    return load_audit_keys(folder)


def load_audit_keys(folder: Path) -> AuditKeys:
    """Read the keys. Raises `Misconfigured` when one is missing, malformed, or readable by others."""
    try:
        signing = serialization.load_pem_private_key(_read_secret(folder / SIGNING_KEY), password=None)
        root = base64.b64decode(_read_secret(folder / PRIVATE_KEY), validate=False)
    except (OSError, ValueError, TypeError, binascii.Error) as error:
        raise Misconfigured("The audit keys cannot be read; `memory init` makes them, a backup has them.") from error
    if not isinstance(signing, Ed25519PrivateKey) or len(root) != 32:
        raise Misconfigured(f"{SIGNING_KEY} must hold an Ed25519 key and {PRIVATE_KEY} 32 bytes; restore them.")
    return AuditKeys(
        _verifier_key(signing), _derive(root, b"query commitment"), signing, AESGCM(_derive(root, b"side store"))
    )


def ed25519_verify(public_key: bytes, message: bytes, signature: bytes) -> bool:
    """Say whether the signature is genuine: what verification of checkpoints is given."""
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


def _verifier_key(signing: Ed25519PrivateKey) -> VerifierKey:
    """Return the public half under the log's name, which follows from the key and needs no register to be unique."""
    public = signing.public_key().public_bytes_raw()
    digest = hashes.Hash(hashes.SHA256())
    digest.update(public)
    return VerifierKey(f"enterprise-memory/audit/{digest.finalize().hex()[:16]}", public)


def _derive(root: bytes, purpose: bytes) -> bytes:
    return HKDF(hashes.SHA256(), length=32, salt=None, info=b"enterprise-memory audit " + purpose).derive(root)


def _write_new(path: Path, content: bytes, mode: int) -> None:
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    except FileExistsError as error:
        raise Conflict("There are audit keys already; they are never overwritten.") from error
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(descriptor)


def _read_secret(path: Path) -> bytes:
    with path.open("rb") as file:
        if stat.S_IMODE(os.fstat(file.fileno()).st_mode) & 0o077:
            raise Misconfigured(f"{path.name} can be read by others; `chmod 600` it, and replace it if it leaked.")
        return file.read()
