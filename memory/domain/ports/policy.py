"""Who may do what, for which purpose and where."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from memory.domain.governance import Profile
from memory.domain.retrieval import Obligation, Party


class Action(StrEnum):
    """What can be asked of the policy engine about documents; everything is denied unless a policy permits it."""

    DISCOVER = "discover"
    READ = "read"
    READ_CLEAR = "read_clear"
    EXPORT = "export"
    REQUEST_ACCESS = "request_access"


@dataclass(frozen=True, slots=True)
class PolicyContext:
    """The circumstances of one request. A country or region of None is unknown, and unknown never permits.

    `caller_country` is that of the one party whom a question is about. `declared_*` are the caller's own words;
    policies may only narrow on them.
    """

    purpose: str
    caller_country: str | None
    processing_region: str | None
    declared_recipient: str | None
    declared_recipient_country: str | None
    through_agent: bool
    roster_stale: bool
    at: datetime

    def of(self, party: Party) -> "PolicyContext":
        """Return the circumstances of one party of the request: each is where the directory says that it is."""
        return replace(self, caller_country=party.principal.country)


@dataclass(frozen=True, slots=True)
class PolicyQuestion:
    """May this party do this to documents of this profile? `entity_type` is set for `read_clear` alone."""

    party: Party
    action: Action
    profile: Profile
    context: PolicyContext
    entity_type: str | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """The answer and why: ids of the policies that decided. An evaluation error is a denial with `error` set."""

    permitted: bool
    policies: tuple[str, ...]
    obligations: tuple[Obligation, ...] = ()
    error: str | None = None


class PolicyEngine(Protocol):
    """Decides by written, versioned policies."""

    @property
    def revision(self) -> str:
        """Names the exact policies, schema and facts in force."""
        ...

    def decide(self, questions: Sequence[PolicyQuestion]) -> list[Verdict]:
        """Return one verdict per question, in order. Raises `PolicyUnavailable`; never permits on an error."""
        ...
