"""What is known about what is known: findings, labels, profiles and compartments."""

import hashlib
import json
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NamedTuple

from memory.domain.documents import Span

HIDDEN_TEXT = "HIDDEN_TEXT"
"""The entity type of characters that nobody sees. No policy clears it, and nothing of it is embedded or shown."""


class ScoreBand(StrEnum):
    """How sure a recognizer is, in words that rules and people use."""

    POSSIBLE = "possible"
    LIKELY = "likely"
    CERTAIN = "certain"


@dataclass(frozen=True, slots=True)
class Finding:
    """A sensitive value in a canonical text. `validated` means that a checksum confirmed it.

    In a table, `table` is its number in the text, counted from 1, and `column` its heading as the document has it.
    """

    entity_type: str
    span: Span
    band: ScoreBand
    recognizer: str
    recognizer_version: str
    explanation: str
    validated: bool
    table: int | None = None
    column: str | None = None


class Value(NamedTuple):
    """What redaction needs of a finding: its type, and where it stands in the canonical text."""

    entity_type: str
    span: Span


@dataclass(frozen=True, slots=True)
class Analysis:
    """Everything the classifier found in one text. An incomplete analysis keeps the document out of retrieval."""

    findings: tuple[Finding, ...]
    complete: bool
    reason: str | None = None


class Sensitivity(StrEnum):
    """How far a document may travel, least first."""

    PUBLIC = "public"
    INTERNAL = "internal"
    CONFIDENTIAL = "confidential"
    RESTRICTED = "restricted"

    @property
    def rank(self) -> int:
        """Position in the order of protection, 0 the least protected."""
        return list(Sensitivity).index(self)


class ReviewState(StrEnum):
    """Where a person stands on the labels of a document."""

    SUGGESTED = "suggested"
    CONFIRMED = "confirmed"


@dataclass(frozen=True, slots=True)
class Labels:
    """What rules or people say of a document. Jurisdictions are ISO 3166-1 alpha-2 codes of the data subjects' law."""

    sensitivity: Sensitivity
    categories: frozenset[str]
    jurisdictions: frozenset[str]
    review: ReviewState


@dataclass(frozen=True, slots=True)
class Profile:
    """The distinct set of governance facts that policies read; they number in the hundreds.

    `clear_types` is non-empty on the profile of points that hold those entity types in clear: whoever reads through
    it must hold `read_clear` for each.
    """

    sensitivity: Sensitivity
    categories: frozenset[str]
    entity_types: frozenset[str]
    jurisdictions: frozenset[str]
    owner_team: str
    review: ReviewState
    origin: str
    hold: bool = False
    clear_types: frozenset[str] = frozenset()

    def to_json(self) -> dict[str, Any]:
        """Return the canonical form: sets sorted."""
        return {
            "sensitivity": str(self.sensitivity),
            "categories": sorted(self.categories),
            "entity_types": sorted(self.entity_types),
            "jurisdictions": sorted(self.jurisdictions),
            "owner_team": self.owner_team,
            "review": str(self.review),
            "origin": self.origin,
            "hold": self.hold,
            "clear_types": sorted(self.clear_types),
        }

    @classmethod
    def from_json(cls, body: dict[str, Any]) -> "Profile":
        """Read what `to_json` wrote."""
        return cls(
            sensitivity=Sensitivity(body["sensitivity"]),
            categories=frozenset(body["categories"]),
            entity_types=frozenset(body["entity_types"]),
            jurisdictions=frozenset(body["jurisdictions"]),
            owner_team=body["owner_team"],
            review=ReviewState(body["review"]),
            origin=body["origin"],
            hold=body["hold"],
            clear_types=frozenset(body["clear_types"]),
        )

    @property
    def digest(self) -> str:
        """SHA-256 of the canonical form, hex."""
        return hashlib.sha256(json.dumps(self.to_json(), sort_keys=True).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Compartment:
    """A distinct (scope, profile) pair: the only access datum on a point of the index.

    `current` counts its points in force now, `total` all of them, closed intervals included.
    """

    id: int
    scope: int
    profile: int
    current: int
    total: int


class SuspensionReason(StrEnum):
    """Why a source is suspended, in closed words: the audit log, which keeps the reason, holds no text."""

    PERMISSIONS = "permissions"
    CONTENT = "content"
    SECURITY = "security"
    LEGAL = "legal"
    OWNER = "owner"
    MAINTENANCE = "maintenance"


@dataclass(frozen=True, slots=True)
class Source:
    """A place that documents come from, as it was registered.

    `ceiling` bounds the audiences that the source may claim; empty means the audience given at registration alone.
    `settings` is the connector's configuration as JSON text and holds no secret.
    """

    name: str
    connector: str
    location: str
    owner_team: str
    ceiling: frozenset[str]
    settings: str
    checkpoint: str | None
    active: bool = True
