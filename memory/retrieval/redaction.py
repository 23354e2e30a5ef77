"""The redaction room: permitted text, with the values hidden that this caller may not read in clear.

Enters: `PermittedHit`s and the part of the text each stands for. Leaves: `RedactedHit`s, and the clearance they were
made with. Spans were stored when the document came in; reading only slices, and never looks for values again. A
finding of any type that policy does not clear is replaced by a mark of its type alone, so that the mark tells neither
length nor content. Nor does the span that is cited: to whoever may not read every value of a version it says where the
passage stands in the version as that reader reads it.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set

from memory.access.decisions import Clearance, PolicyDecisions
from memory.domain.documents import Span
from memory.domain.errors import NotFound
from memory.domain.governance import Finding, Profile, Value
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
    parties = decision.entitlements.parties
    whole = _in_whole_versions(hits, session)
    authors = {(profile, AUTHOR_TYPE) for hit in hits for profile in hit.profiles}
    entirely = decisions.clearance(parties, context, authors.union(*whole))
    clear = [_all_clear(kinds, entirely) for kinds in whole]
    places = [(hit.document.id, _text_hash(hit), span) for hit, span in zip(hits, spans, strict=True)]
    read = session.documents.passages(list(map(_looked_at, places, clear)))
    shown = {
        (profile, entity_type)
        for hit, span, (_, found) in zip(hits, spans, read, strict=True)
        for entity_type in _types(found, span)
        for profile in hit.profiles
    }
    clearance = entirely.of(authors | shown)
    redacted = [
        _redacted(hit, span, text, found, clearance, None if all_clear else entirely)
        for hit, span, (text, found), all_clear in zip(hits, spans, read, clear, strict=True)
    ]
    return redacted, clearance


def redact_text(
    text: str, span: Span, findings: Sequence[Finding | Value], masking: Mapping[str, str]
) -> tuple[str, tuple[Redaction, ...]]:
    """Return the canonical slice `text` at `span` with findings of the types in `masking` replaced by their marks.

    `masking` names for each masked type the policy that keeps it so. A finding that begins or ends outside the span is
    masked for its part.
    """
    pieces: list[str] = []
    redactions: list[Redaction] = []
    position, length = span.start, 0
    for hidden, entity_type in _hidden(span, findings, masking):
        before, mark = text[position - span.start : hidden.start - span.start], mark_of(entity_type)
        pieces += (before, mark)
        marked = Span(length + len(before), length + len(before) + len(mark))
        redactions.append(Redaction(marked, entity_type, masking[entity_type]))
        position, length = hidden.end, marked.end
    pieces.append(text[position - span.start :])
    return "".join(pieces), tuple(redactions)


def shown_span(span: Span, findings: Sequence[Finding | Value], masking: Mapping[str, str]) -> Span:
    """Return where the passage at a canonical span stands in its whole text with the types in `masking` redacted.

    `findings` are all that begin before the end of the span. What is read up to there ends with the passage: a value
    across an end of the span has its mark in the passage too, whole.
    """
    end = _shown_length(Span(0, span.end), findings, masking)
    return Span(end - _shown_length(span, findings, masking), end)


def _shown_length(span: Span, findings: Sequence[Finding | Value], masking: Mapping[str, str]) -> int:
    hidden = _hidden(span, findings, masking)
    return span.end - span.start + sum(len(mark_of(name)) - (part.end - part.start) for part, name in hidden)


def _hidden(span: Span, findings: Sequence[Finding | Value], masking: Mapping[str, str]) -> Iterator[tuple[Span, str]]:
    """Yield the parts of a span that marks stand for, in order; where findings overlap, the first takes it all."""
    position = span.start
    for finding in sorted(findings, key=lambda finding: finding.span):
        start, end = max(finding.span.start, position), min(finding.span.end, span.end)
        if start < end and finding.entity_type in masking:
            yield Span(start, end), finding.entity_type
            position = end


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
    found = session.documents.findings([(document, text_hash, None) for document, text_hash in past]) if past else []
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


def _looked_at(place: tuple[str, str, Span], all_clear: bool) -> tuple[str, str, Span, Span]:  # noqa: FBT001 - for map
    """Add where findings are needed: where a mark may stand before the passage, from the beginning of the text."""
    document_id, text_hash, span = place
    return document_id, text_hash, span, span if all_clear else Span(0, span.end)


def _types(findings: Sequence[Finding | Value], span: Span) -> set[str]:
    return {finding.entity_type for finding in findings if finding.span.overlaps(span)}


def _redacted(
    hit: PermittedHit,
    span: Span,
    text: str,
    findings: Sequence[Finding | Value],
    clearance: Clearance,
    before: Clearance | None,
) -> RedactedHit:
    """Return one hit as its reader gets it. `before` clears what stands before it; None: every value there is clear."""
    shown, redactions = redact_text(text, span, findings, redacting(hit.profiles, _types(findings, span), clearance))
    if before is None:
        return RedactedHit(hit, shown, span, redactions, all_clear=True)
    masking = redacting(hit.profiles, {finding.entity_type for finding in findings}, before)
    return RedactedHit(hit, shown, shown_span(span, findings, masking), redactions, all_clear=False)


def _text_hash(hit: PermittedHit) -> str:
    if hit.version.text_hash is None:
        raise NotFound
    return hit.version.text_hash
