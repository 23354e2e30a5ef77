"""What a token of the built-in issuer says: a `Caller` and a stretch of time, as JWT claims and back.

    iss, aud      `enterprise-memory`                  client_id   the application that asks
    sub           the person or service                roles       what the token may do besides asking
    act.sub       the agent that acts for them, if any writes      the one source it may push to, if any
    iat, nbf, exp whole seconds, at most 24 h apart    jti         names the token in receipts

There is one way to write a set of claims. Whatever else is signed, an unknown claim, a role that is not in the closed
list, a short form of a principal, is refused: what is not understood could have been meant to narrow the token.
Sources: RFC 9068 (JWT access tokens), RFC 8693 section 4.1 (`act`).
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from memory.domain.errors import InvalidRequest
from memory.domain.identity import Caller, PrincipalKind, PrincipalToken, Role

ISSUER = "enterprise-memory"
AUDIENCE = "enterprise-memory"
MAX_LIFETIME_S = 24 * 60 * 60

_CALLING_KINDS = frozenset({PrincipalKind.USER, PrincipalKind.SERVICE})


@dataclass(frozen=True, slots=True)
class Claims:
    """A caller and the time for which the token speaks for them, in whole seconds since 1970, `expires_at` excluded.

    Raises `InvalidRequest`.
    """

    caller: Caller
    issued_at: int
    expires_at: int

    def __post_init__(self) -> None:
        if any(party.kind not in _CALLING_KINDS for party in self.caller.parties):
            raise InvalidRequest("Only users and services can call; issue the token to one of them.")
        for name in ("application", "token_id", "writes"):
            value = getattr(self.caller, name)
            if not (_is_printable(value) or (name == "writes" and value is None)):
                raise InvalidRequest(f"The {name} of a token must be printable text; change it.")
        if type(self.issued_at) is not int or type(self.expires_at) is not int:
            raise InvalidRequest("The times of a token must be whole seconds.")
        if not 0 < self.expires_at - self.issued_at <= MAX_LIFETIME_S:
            raise InvalidRequest("A token lives between one second and 24 hours; ask for a shorter one.")

    def to_json(self) -> dict[str, Any]:
        """Return the JWT claims."""
        caller = self.caller
        claims: dict[str, Any] = {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "sub": str(caller.subject),
            "client_id": caller.application,
            "roles": sorted(caller.roles),
            "iat": self.issued_at,
            "nbf": self.issued_at,
            "exp": self.expires_at,
            "jti": caller.token_id,
        }
        if caller.actor is not None:
            claims["act"] = {"sub": str(caller.actor)}
        if caller.writes is not None:
            claims["writes"] = caller.writes
        return claims

    @classmethod
    def from_json(cls, claims: Mapping[str, Any]) -> "Claims":
        """Read exactly what `to_json` writes. Raises `InvalidRequest` for anything else."""
        try:
            caller = Caller(
                subject=PrincipalToken.parse(claims["sub"]),
                actor=PrincipalToken.parse(claims["act"]["sub"]) if "act" in claims else None,
                application=claims["client_id"],
                roles=frozenset(Role(role) for role in claims["roles"]),
                writes=claims.get("writes"),
                token_id=claims["jti"],
            )
            read = cls(caller, claims["iat"], claims["exp"])
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise InvalidRequest("A claim is missing or of another type.") from error
        if _canonical(read.to_json()) != _canonical(claims):
            raise InvalidRequest("A claim is unknown or written in another way.")
        return read


def _is_printable(value: object) -> bool:
    return isinstance(value, str) and value != "" and value.isprintable()


def _canonical(claims: Mapping[str, Any]) -> str:
    """Tell apart what Python calls equal: 1, 1.0 and true."""
    return json.dumps(claims, sort_keys=True)
