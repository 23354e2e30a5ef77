"""The ports of the read walk, and what it keeps between requests."""

from dataclasses import dataclass

from memory.access.decisions import PolicyDecisions
from memory.access.freshness import FreshnessTokens
from memory.domain.ports.audit import AuditLog
from memory.domain.ports.catalogue import Catalogue
from memory.domain.ports.differ import LineDiffer
from memory.domain.ports.encoder import Encoder
from memory.domain.ports.index import Index
from memory.domain.ports.languages import LanguageDetector
from memory.domain.ports.surroundings import Clock, Randomness
from memory.domain.registrations import Registrations
from memory.domain.usage import Meter
from memory.retrieval.entitling import CurrentAccess
from memory.retrieval.planning import PlannerBounds
from memory.retrieval.visibility import VisibleSets


@dataclass(frozen=True, slots=True)
class Rooms:
    """Everything a question passes through."""

    catalogue: Catalogue
    index: Index
    encoder: Encoder
    languages: LanguageDetector
    differ: LineDiffer
    access: CurrentAccess
    freshness: FreshnessTokens
    decisions: PolicyDecisions
    visible: VisibleSets
    registrations: Registrations
    log: AuditLog
    clock: Clock
    randomness: Randomness
    bounds: PlannerBounds
    commitment_key: bytes
    meter: Meter
