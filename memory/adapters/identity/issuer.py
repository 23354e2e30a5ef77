"""The built-in token issuer: Ed25519-signed JWTs for development, tests and small deployments.

What enters is who a token is for, what leaves is the token; and back, from a token to its `Caller`. The algorithm is
pinned, the header is compared as a whole, and each token has one spelling (base64url without slack bits), so nothing
that a token says about how to check it is ever followed. Sources: RFC 7519, RFC 8037 (EdDSA), RFC 8725 (best practice).
"""

import hashlib
import os
import re
import secrets
import threading
from datetime import datetime, timedelta
from pathlib import Path

import jwt
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key
from jwt.types import Options

from memory.adapters.identity.claims import AUDIENCE, ISSUER, Claims
from memory.domain.errors import Conflict, InvalidRequest, Misconfigured, NotAuthenticated
from memory.domain.identity import Caller, PrincipalToken, Role

KEY_FILE = "token-issuer.pem"
CLOCK_SKEW_S = 30
"""How far in the future a token may begin, for machines whose clocks differ. The end of a token has no leeway."""

_ALGORITHM = "EdDSA"
_HEADER = {"alg": _ALGORITHM, "typ": "at+jwt"}
_MAX_LENGTH = 8192  # a web server's usual limit on a header line
# A signature of 64 bytes is 86 characters, of which the last carries two bits: any other spelling is a forgery's.
_TOKEN = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]{85}[AQgw]")
# Times are compared by us, with the caller's clock instead of PyJWT's own.
_CHECKED_HERE: Options = {"verify_exp": False, "verify_nbf": False, "verify_iat": False, "strict_aud": True}


def create_keys(folder: Path) -> None:
    """Make a signing key in `folder`, readable by this account alone from its first byte.

    Raises `Conflict` when there is one, which is never overwritten, and `Misconfigured` when others can read the folder
    or it cannot be written.
    """
    pem = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        _require_private(folder, folder.stat().st_mode)
        descriptor = os.open(folder / KEY_FILE, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(pem)
            file.flush()
            os.fsync(file.fileno())
    except FileExistsError as error:
        raise Conflict(f"There is already a signing key in {folder}; it stays as it is.") from error
    except OSError as error:
        raise Misconfigured(f"{folder} cannot be written; check its permissions.") from error


class TokenIssuer:
    """Signs tokens with the key in a folder. Raises `Misconfigured` for a missing, broken or readable key."""

    def __init__(self, folder: Path) -> None:
        self._key = _private_key(folder)

    def issue(
        self,
        subject: PrincipalToken,
        *,
        application: str,
        roles: frozenset[Role],
        writes: str | None,
        actor: PrincipalToken | None,
        lifetime: timedelta,
        now: datetime,
    ) -> str:
        """Return a token that speaks for `subject` from `now` on, for `lifetime`: whole seconds, at most 24 hours.

        Raises `InvalidRequest` when the subject cannot call or the lifetime is out of bounds.
        """
        caller = Caller(subject, actor, application, roles, writes, token_id=secrets.token_urlsafe(16))
        begin = int(_seconds(now))
        claims = Claims(caller, begin, begin + int(lifetime.total_seconds()))
        return jwt.encode(claims.to_json(), self._key, algorithm=_ALGORITHM, headers=_HEADER)


class TokenVerifier:
    """Turns tokens into callers, for any number of threads.

    Takes the issuer's folder or its public key. A signature is checked once and remembered by the token's SHA-256; the
    time is checked at every call. Raises `Misconfigured` as `TokenIssuer` does.
    """

    def __init__(self, key: Path | Ed25519PublicKey, *, max_remembered: int = 4096) -> None:
        self._key = _private_key(key).public_key() if isinstance(key, Path) else key
        self._max_remembered = max_remembered
        self._remembered: dict[bytes, Claims] = {}
        self._lock = threading.Lock()

    def verify(self, token: str, *, now: datetime) -> Caller:
        """Return who calls. Raises `NotAuthenticated`, with the same words whatever was wrong."""
        if len(token) > _MAX_LENGTH or not _TOKEN.fullmatch(token):
            raise NotAuthenticated(reason="not a token")
        digest = hashlib.sha256(token.encode()).digest()
        claims = self._remembered.get(digest)
        if claims is None:
            claims = self._checked(token)
            self._remember(digest, claims)
        moment = _seconds(now)
        if moment >= claims.expires_at:
            raise NotAuthenticated(reason="expired")
        if moment < claims.issued_at - CLOCK_SKEW_S:
            raise NotAuthenticated(reason="not yet valid")
        return claims.caller

    def _checked(self, token: str) -> Claims:
        """Check everything but the time."""
        try:
            parts = jwt.decode_complete(
                token, self._key, algorithms=[_ALGORITHM], audience=AUDIENCE, issuer=ISSUER, options=_CHECKED_HERE
            )
            if parts["header"] != _HEADER:
                raise NotAuthenticated(reason="unexpected header")
            return Claims.from_json(parts["payload"])
        except InvalidRequest as error:
            raise NotAuthenticated(reason="unexpected claims") from error
        except (jwt.PyJWTError, ValueError, TypeError, RecursionError) as error:
            # The class says enough; the message of a decoding error may quote the token.
            raise NotAuthenticated(reason=type(error).__name__) from None

    def _remember(self, digest: bytes, claims: Claims) -> None:
        with self._lock:
            self._remembered[digest] = claims
            while len(self._remembered) > self._max_remembered:
                del self._remembered[next(iter(self._remembered))]


def _private_key(folder: Path) -> Ed25519PrivateKey:
    path = folder / KEY_FILE
    try:
        with path.open("rb") as file:
            _require_private(path, os.fstat(file.fileno()).st_mode)
            key = load_pem_private_key(file.read(), password=None)
    except OSError as error:
        raise Misconfigured(f"There is no signing key at {path}; make one with `memory init`.") from error
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise Misconfigured(f"{path} is not a private key; restore it from a backup.") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise Misconfigured(f"{path} is not an Ed25519 key; restore it from a backup.")
    return key


def _require_private(path: Path, mode: int) -> None:
    if mode & 0o077:
        raise Misconfigured(f"Other accounts can reach {path}; take their permissions away (chmod go= {path}).")


def _seconds(now: datetime) -> float:
    if now.tzinfo is None:
        raise ValueError("a time without a zone names no moment")
    return now.timestamp()
