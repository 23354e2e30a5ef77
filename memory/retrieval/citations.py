"""The citation room: redacted text becomes passages that say where they come from.

Enters: `RedactedHit`s. Leaves: `Passage`s. Titles and sections were masked when the document came in; an author is a
name, and is shown to whoever may read names in clear.
"""

from collections.abc import Sequence
from datetime import datetime

from memory.access.decisions import Clearance
from memory.access.directory import AccessState
from memory.domain.retrieval import Citation, Freshness, Passage, PermittedHit, RedactedHit
from memory.retrieval.redaction import AUTHOR_TYPE, redacting


def cite(hits: Sequence[RedactedHit], clearance: Clearance, state: AccessState, now: datetime) -> tuple[Passage, ...]:
    """Return one passage per hit, in order."""
    return tuple(_passage(hit, clearance, state, now) for hit in hits)


def _passage(redacted: RedactedHit, clearance: Clearance, state: AccessState, now: datetime) -> Passage:
    hit = redacted.hit
    return Passage(
        chunk_id=hit.occurrence.chunk_id,
        text=redacted.text,
        citation=_citation(redacted, clearance),
        labels=(str(hit.profile.sensitivity), *sorted(hit.profile.categories)),
        redactions=redacted.redactions,
        freshness=_freshness(hit, state, now),
    )


def _citation(redacted: RedactedHit, clearance: Clearance) -> Citation:
    hit = redacted.hit
    version = hit.version
    return Citation(
        document_id=hit.document.id,
        version=version.number,
        title=version.title,
        uri=version.provenance.uri,
        source=hit.document.source,
        section=hit.occurrence.section,
        author=_author(hit, clearance),
        modified_at=version.modified_at,
        span=redacted.span,
        content_hash=version.content_hash if redacted.all_clear else None,
        commit=version.provenance.commit,
    )


def _author(hit: PermittedHit, clearance: Clearance) -> str | None:
    """Return the name without its address, to those who may read names."""
    author = hit.version.provenance.author
    if author is None or redacting(hit.profiles, {AUTHOR_TYPE}, clearance):
        return None
    name = author.partition("<")[0].strip()
    return name if name and "@" not in name else None


def _freshness(hit: PermittedHit, state: AccessState, now: datetime) -> Freshness:
    superseded = hit.version.superseded_at is not None
    return Freshness(
        state="superseded" if superseded else "current",
        content_age_s=_age(hit.version.modified_at, now),
        acl_age_s=_age(state.observed_at(hit.document.scope), now),
    )


def _age(then: datetime, now: datetime) -> int:
    return max(0, int((now - then).total_seconds()))
