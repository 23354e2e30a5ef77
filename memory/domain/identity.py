"""Who acts: principals, the tokens that name them in permissions, and the caller of one request."""

import unicodedata
from dataclasses import dataclass
from enum import StrEnum

from memory.domain.errors import InvalidRequest

LOCAL_ISSUER = "local"


class PrincipalKind(StrEnum):
    """The closed list of kinds a permission can name."""

    USER = "user"
    GROUP = "group"
    DOMAIN = "domain"
    EVERYONE = "everyone"
    EVERYONE_EXCEPT_GUESTS = "everyone-except-guests"
    SERVICE = "service"


@dataclass(frozen=True, slots=True, order=True)
class PrincipalToken:
    """One name in a permission: `issuer|kind|id`, compared exactly after Unicode NFC.

    The issuer says which directory or source gave the id, so that equal names of two systems never meet. The id may
    contain `|`; the issuer may not. Case is kept: a source without case sensitivity normalises before it gets here.
    """

    issuer: str
    kind: PrincipalKind
    id: str

    def __post_init__(self) -> None:
        for name in ("issuer", "id"):
            value = unicodedata.normalize("NFC", getattr(self, name))
            if not value or value != value.strip() or not value.isprintable():
                raise InvalidRequest(f"The {name} of a principal must be printable, without space around it.")
            object.__setattr__(self, name, value)
        if "|" in self.issuer:
            raise InvalidRequest("The issuer of a principal must not contain '|'.")

    def __str__(self) -> str:
        return f"{self.issuer}|{self.kind}|{self.id}"

    @classmethod
    def parse(cls, text: str) -> "PrincipalToken":
        """Read `issuer|kind|id`, or a short form: `everyone`, `user:NAME`, `group:NAME`, `service:NAME`, `domain:NAME`.

        Short forms belong to the built-in directory (`local`). Raises `InvalidRequest`.
        """
        if text in (PrincipalKind.EVERYONE, PrincipalKind.EVERYONE_EXCEPT_GUESTS):
            return cls(LOCAL_ISSUER, PrincipalKind(text), "*")
        issuer, kind, name = LOCAL_ISSUER, "", ""
        if text.count("|") >= 2:
            issuer, kind, name = text.split("|", 2)
        elif ":" in text:
            kind, name = text.split(":", 1)
        try:
            return cls(issuer, PrincipalKind(kind), name)
        except ValueError:
            raise InvalidRequest(
                "A principal is written everyone, user:NAME, group:NAME, service:NAME or issuer|kind|id."
            ) from None


EVERYONE = PrincipalToken(LOCAL_ISSUER, PrincipalKind.EVERYONE, "*")
EVERYONE_EXCEPT_GUESTS = PrincipalToken(LOCAL_ISSUER, PrincipalKind.EVERYONE_EXCEPT_GUESTS, "*")
OPERATING = PrincipalToken(LOCAL_ISSUER, PrincipalKind.SERVICE, "memory")
"""The service itself, where it acts for nobody."""


@dataclass(frozen=True, slots=True)
class Principal:
    """A person, service or agent as the directory knows them.

    `country` is ISO 3166-1 alpha-2, or None when the directory does not say; policies treat None as unknown.
    """

    token: PrincipalToken
    name: str
    country: str | None = None
    guest: bool = False
    agent: bool = False
    active: bool = True


class Role(StrEnum):
    """What a token may do besides asking; carried by signed tokens only."""

    OPERATOR = "operator"
    AUDITOR = "auditor"
    WRITER = "writer"


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks, taken from the signed token alone.

    `subject` is the person or service whose rights apply; `actor` is the agent or application that acts for them, and
    then both are decided and the answer is the intersection. `writes` names the one source this token may push to.
    """

    subject: PrincipalToken
    actor: PrincipalToken | None
    application: str
    roles: frozenset[Role]
    writes: str | None
    token_id: str

    @property
    def parties(self) -> tuple[PrincipalToken, ...]:
        """Everybody whose rights bound this request, the subject first."""
        return (self.subject,) if self.actor is None else (self.subject, self.actor)
