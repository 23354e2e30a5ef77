"""The redaction room: permitted text, with the values hidden that this caller may not read in clear.

Enters: `PermittedHit`s and the part of the text each stands for. Leaves: `RedactedHit`s, and the clearance they were
made with. Spans were stored when the document came in; reading only slices, and never looks for values again. A
finding of any type that policy does not clear is replaced by a mark of its type alone, so that the mark tells neither
length nor content.
"""

from collections.abc import Iterable, Mapping, Sequence, Set

from memory.access.decisions import Clearance, PolicyDecisions
from memory.domain.documents import Span
from memory.domain.errors import NotFound
from memory.domain.governance import Finding, Profile
from memory.domain.ports.catalogue import Reading
from memory.domain.ports.policy import PolicyContext
from memory.domain.retrieval import Decision, PermittedHit, RedactedHit, Redaction

AUTHOR_TYPE = "PERSON"
"""The entity type that the name of an author is."""

Kinds = set[tuple[Profile, str]]
"""Profiles and the entity types of values under them."""


def redact(
    hits: Sequence[PermittedHit],
    spans: Sequence[Span],
    decision: Decision,
    context: PolicyContext,
    decisions: PolicyDecisions,
    session: Reading,
) -> tuple[list[RedactedHit], Clearance]:
    """Return the text of each hit's span, redacted. Spans are in canonical coordinates, one per hit."""
    places = [(hit.document.id, _text_hash(hit), span) for hit, span in zip(hits, spans, strict=True)]
    texts = session.documents.slices(places)
    findings = session.documents.findings(places)
    wanted = {
        (profile, entity_type)
        for hit, found in zip(hits, findings, strict=True)
        for entity_type in {AUTHOR_TYPE, *(finding.entity_type for finding in found)}
        for profile in hit.profiles
    }
    clearance = decisions.clearance(decision.entitlements.parties, context, wanted)
    whole = _in_whole_versions(hits, session)
    entirely = decisions.clearance(decision.entitlements.parties, context, set().union(*whole))
    redacted = [
        _redacted(hit, span, text, found, clearance, all_clear=_all_clear(kinds, entirely))
        for hit, span, text, found, kinds in zip(hits, spans, texts, findings, whole, strict=True)
    ]
    return redacted, clearance


def redact_text(
    text: str, span: Span, findings: Sequence[Finding], masking: Mapping[str, str]
) -> tuple[str, tuple[Redaction, ...]]:
    """Return the canonical slice `text` at `span` with findings of the types in `masking` replaced by their marks.

    `masking` names for each masked type the policy that keeps it so. A finding that begins or ends outside the span is
    masked for its part.
    """
    pieces: list[str] = []
    redactions: list[Redaction] = []
    position, length = span.start, 0
    for finding in sorted(findings, key=lambda finding: finding.span):
        start, end = max(finding.span.start, position), min(finding.span.end, span.end)
        if start >= end or finding.entity_type not in masking:
            continue
        before, mark = text[position - span.start : start - span.start], mark_of(finding.entity_type)
        pieces += (before, mark)
        marked = Span(length + len(before), length + len(before) + len(mark))
        redactions.append(Redaction(marked, finding.entity_type, masking[finding.entity_type]))
        position, length = end, marked.end
    pieces.append(text[position - span.start :])
    return "".join(pieces), tuple(redactions)


def redacting(profiles: Iterable[Profile], entity_types: Set[str], clearance: Clearance) -> dict[str, str]:
    """Return the types that any of these profiles keeps redacted, each with the first of the policies that keep it."""
    kept: dict[str, str] = {}
    for profile in profiles:
        for name in entity_types:
            if (policy := clearance.redacted_by(profile, name)) is not None:
                kept[name] = min(policy, kept.get(name, policy))
    return kept


def mark_of(entity_type: str) -> str:
    """Return what stands for a hidden value: its type, and nothing of the value."""
    return f"[{entity_type}]"


def _in_whole_versions(hits: Sequence[PermittedHit], session: Reading) -> list[Kinds]:
    """Return what stands anywhere in each hit's version. A profile knows that of the version in force alone."""
    past = sorted({(hit.document.id, _text_hash(hit)) for hit in hits if hit.version.superseded_at is not None})
    found = session.documents.findings([(document, text_hash, None) for document, text_hash in past])
    types = {place: {finding.entity_type for finding in findings} for place, findings in zip(past, found, strict=True)}
    return [
        {
            (profile, name)
            for profile in hit.profiles
            for name in profile.entity_types | types.get((hit.document.id, _text_hash(hit)), set())
        }
        for hit in hits
    ]


def _all_clear(kinds: Kinds, clearance: Clearance) -> bool:
    return all(clearance.redacted_by(profile, entity_type) is None for profile, entity_type in kinds)


def _redacted(
    hit: PermittedHit, span: Span, text: str, findings: Sequence[Finding], clearance: Clearance, *, all_clear: bool
) -> RedactedHit:
    masking = redacting(hit.profiles, {finding.entity_type for finding in findings}, clearance)
    shown, redactions = redact_text(text, span, findings, masking)
    return RedactedHit(hit, shown, span, redactions, all_clear)


def _text_hash(hit: PermittedHit) -> str:
    if hit.version.text_hash is None:
        raise NotFound
    return hit.version.text_hash
