"""Looking at documents themselves: lists, versions, texts and differences, under the same rules as search.

Enters: a caller and a purpose. Leaves: documents that the same decision as for `/retrieve` makes visible, with the same
values redacted. What is invisible does not exist: asking for it by id raises `NotFound`, like an id never given.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from memory.access.directory import AccessState
from memory.audit.events import AuditEvent, EventName
from memory.domain.documents import Document, Span, Version
from memory.domain.errors import NotFound
from memory.domain.governance import Profile
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
        """Return all versions of a visible document, oldest first. Raises `NotFound`."""
        document = self._visible(document_id)
        self._record(EventName.DOCUMENTS_LISTED, {"documents": [document.id]})
        return self.session.documents.versions(document.id)

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
        visible, withheld = frozenset(self.decision.visible.compartments), self.decision.visible.withheld
        intervals = self.session.documents.intervals(document_id, open_only=True)
        document = self.session.documents.get(document_id)
        if document is None or not any(
            interval.compartment in visible and interval.point_id not in withheld for interval in intervals
        ):
            raise NotFound
        return document

    def _shown(self, document: Document, number: int) -> ShownText:
        version = self.session.documents.version(document.id, number)
        if version is None or version.text_hash is None:
            raise NotFound
        profiles = self._profiles(document, number)
        text = self.session.documents.text(document.id, version.text_hash)
        (findings,) = self.session.documents.findings([(document.id, version.text_hash, None)])
        wanted = {(profile, finding.entity_type) for profile in profiles for finding in findings}
        clearance = self.rooms.decisions.clearance(self.decision.entitlements.parties, self.context, wanted)
        masking = {
            entity_type: policy
            for profile, entity_type in wanted
            if (policy := clearance.redacted_by(profile, entity_type)) is not None
        }
        shown, redactions = redact_text(text, Span(0, len(text)), findings, masking)
        return ShownText(version, shown, redactions)

    def _profiles(self, document: Document, number: int) -> frozenset[Profile]:
        """Return what governs the chunks of a version now. Raises `NotFound` if any of them is out of sight.

        Text that only an old version holds keeps the profile it had: a document that became harmless does not open
        what it said before.
        """
        chunks = {occurrence.chunk_id for occurrence in self.session.documents.occurrences(document.id, number)}
        compartments = {
            interval.compartment
            for interval in self.session.documents.intervals(document.id, open_only=False)
            if interval.chunk_id in chunks and not interval.clear_types
        }
        if not compartments <= frozenset(self.history.visible.compartments):
            raise NotFound
        return frozenset(map(self.state.profile_of, compartments))

    def _record(self, name: EventName, body: dict[str, object]) -> None:
        """Nothing leaves without a record, metadata included."""
        event = AuditEvent(name, self.now, self.caller.actor or self.caller.subject, body)
        self.rooms.log.append(event.leaf(), key=None, private=None)


@contextmanager
def view(caller: Caller, purpose: str, rooms: Rooms) -> Iterator[View]:
    """Open what this caller may look at. Raises what `retrieve` raises."""
    now = rooms.clock.now()
    asking = Question(query="", purpose=purpose, top_k=1, narrowing=Narrowing())
    with rooms.catalogue.read() as session:
        state = rooms.access.state(session)
        context = circumstances(asking, caller, rooms.registrations, state, now)
        entitlements = entitle(caller, rooms.access, state, now)
        decision = rooms.visible.decide(entitlements, context, None, state, session)
        history = rooms.visible.decide(entitlements, context, now, state, session)
        yield View(caller, context, decision, history, state, session, rooms, now)
