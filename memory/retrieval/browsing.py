"""Looking at documents themselves: lists, versions, texts and differences, under the same rules as search.

Enters: a caller and a purpose. Leaves: documents that the same decision as for `/retrieve` makes visible, with the same
values redacted. What is invisible does not exist: asking for it by id raises `NotFound`, like an id never given.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from memory.access.directory import AccessState
from memory.audit.events import AuditEvent, EventName
from memory.domain.documents import Document, DocumentState, Interval, Span, Version
from memory.domain.errors import NotFound
from memory.domain.governance import Finding, Profile
from memory.domain.identity import Caller
from memory.domain.ports.catalogue import Reading
from memory.domain.ports.policy import PolicyContext
from memory.domain.retrieval import Decision, Narrowing, Question, Redaction
from memory.retrieval.circumstances import circumstances
from memory.retrieval.diffing import Difference, difference
from memory.retrieval.entitling import entitle
from memory.retrieval.redaction import redact_text
from memory.retrieval.rooms import Rooms


@dataclass(frozen=True, slots=True)
class ShownText:
    """The canonical text of a version as this caller may read it."""

    version: Version
    text: str
    redactions: tuple[Redaction, ...]


@dataclass(frozen=True, slots=True)
class View:
    """What one caller may look at, at one epoch, for one purpose. `history` includes points no longer in force."""

    caller: Caller
    context: PolicyContext
    decision: Decision
    history: Decision
    state: AccessState
    session: Reading
    rooms: Rooms
    now: datetime

    def documents(self, *, after: str, limit: int) -> list[Document]:
        """Return visible documents with an id above `after`, by id."""
        page = self.session.documents.visible(self.decision.visible.compartments, after=after, limit=limit)
        self._record(EventName.DOCUMENTS_LISTED, {"documents": [document.id for document in page]})
        return page

    def document(self, document_id: str) -> Document:
        """Return a visible document. Raises `NotFound`."""
        document = self._visible(document_id)
        self._record(EventName.DOCUMENTS_LISTED, {"documents": [document.id]})
        return document

    def versions(self, document_id: str) -> list[Version]:
        """Return the versions of a visible document whose text this caller may read, oldest first. Raises `NotFound`.

        The others do not exist: their titles and times are as closed as what they say.
        """
        document = self._visible(document_id)
        self._record(EventName.DOCUMENTS_LISTED, {"documents": [document.id]})
        return [version for version in self.session.documents.versions(document.id) if self._governing(version)]

    def content_hash(self, version: Version) -> str | None:
        """Return the hash of a version from `versions`, to those who may read every value in it (see `Citation`)."""
        findings = self._findings(version)
        return None if self._masking(self._governing(version), findings) else version.content_hash

    def text(self, document_id: str, number: int) -> ShownText:
        """Return one version's text, redacted. Raises `NotFound`."""
        document = self._visible(document_id)
        shown = self._shown(document, number)
        self._record(EventName.TEXT_SHOWN, {"document": document.id, "version": number})
        return shown

    def difference(self, document_id: str, old: int, new: int) -> Difference:
        """Return what changed between two versions, both redacted first. Raises `NotFound`."""
        document = self._visible(document_id)
        before, after = self._shown(document, old), self._shown(document, new)
        for number in (old, new):
            self._record(EventName.TEXT_SHOWN, {"document": document.id, "version": number})
        return difference(before.text, after.text, self.rooms.differ)

    def _visible(self, document_id: str) -> Document:
        """The catalogue alone decides: what a lagging index withholds from searches can be looked at all the same."""
        visible = frozenset(self.decision.visible.compartments)
        intervals = self.session.documents.intervals(document_id, open_only=True)
        document = self.session.documents.get(document_id)
        if (
            document is None
            or document.state is not DocumentState.READY
            or not any(interval.compartment in visible for interval in intervals)
        ):
            raise NotFound
        return document

    def _shown(self, document: Document, number: int) -> ShownText:
        version = self.session.documents.version(document.id, number)
        profiles = frozenset[Profile]() if version is None else self._governing(version)
        if version is None or version.text_hash is None or not profiles:
            raise NotFound
        text = self.session.documents.text(document.id, version.text_hash)
        findings = self._findings(version)
        shown, redactions = redact_text(text, Span(0, len(text)), findings, self._masking(profiles, findings))
        return ShownText(version, shown, redactions)

    def _findings(self, version: Version) -> Sequence[Finding]:
        if version.text_hash is None:
            return ()
        (findings,) = self.session.documents.findings([(version.document_id, version.text_hash, None)])
        return findings

    def _masking(self, profiles: frozenset[Profile], findings: Sequence[Finding]) -> dict[str, str]:
        """Return the entity types that any of these profiles keeps redacted, and the policies that keep them so."""
        wanted = {(profile, finding.entity_type) for profile in profiles for finding in findings}
        clearance = self.rooms.decisions.clearance(self.decision.entitlements.parties, self.context, wanted)
        return {
            entity_type: policy
            for profile, entity_type in wanted
            if (policy := clearance.redacted_by(profile, entity_type)) is not None
        }

    def _governing(self, version: Version) -> frozenset[Profile]:
        """Return what governs the chunks of a version now: nothing if any of them is out of sight, or there are none.

        Text that only an old version holds keeps the profile it had: a document that became harmless does not open
        what it said before.
        """
        chunks = {one.chunk_id for one in self.session.documents.occurrences(version.document_id, version.number)}
        governed = [
            interval
            for interval in self.session.documents.intervals(version.document_id, open_only=False)
            if interval.chunk_id in chunks and not interval.clear_types and _through(interval, version)
        ]
        compartments = {interval.compartment for interval in governed}
        visible = frozenset(self.history.visible.compartments)
        if {interval.chunk_id for interval in governed} != chunks or not compartments <= visible:
            return frozenset()
        return frozenset(map(self.state.profile_of, compartments))

    def _record(self, name: EventName, body: dict[str, object]) -> None:
        """Nothing leaves without a record, metadata included."""
        event = AuditEvent(name, self.now, self.caller.actor or self.caller.subject, body)
        self.rooms.log.append(event.leaf(), key=None, private=None)


def _through(interval: Interval, version: Version) -> bool:
    """Say whether an interval lasts from the beginning of a version to its end."""
    if interval.valid_from > version.effective_from:
        return False
    ended, superseded = interval.valid_to, version.superseded_at
    return ended is None or (superseded is not None and superseded <= ended)


@contextmanager
def view(caller: Caller, purpose: str, rooms: Rooms) -> Iterator[View]:
    """Open what this caller may look at. Raises what `retrieve` raises."""
    now = rooms.clock.now()
    asking = Question(query="", purpose=purpose, top_k=1, narrowing=Narrowing())
    with rooms.catalogue.read() as session:
        state = rooms.access.state(session)
        context = circumstances(asking, caller, rooms.registrations, state, now)
        entitlements = entitle(caller, rooms.access, state, now)
        decision = rooms.visible.recorded(entitlements, context, None, state)
        history = rooms.visible.recorded(entitlements, context, now, state)
        yield View(caller, context, decision, history, state, session, rooms, now)
