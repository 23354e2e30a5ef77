"""Looking at documents themselves: lists, versions, texts and differences, under the same rules as search.

Enters: a caller and a purpose. Leaves: documents that the same decision as for `/retrieve` makes visible, with the same
values redacted. What is invisible does not exist: asking for it by id raises `NotFound`, like an id never given.
"""

from collections.abc import Container, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime

from memory.access.directory import AccessState
from memory.audit.events import AuditEvent, EventName
from memory.domain.documents import Document, DocumentState, Span, Version
from memory.domain.errors import NotFound
from memory.domain.governance import Finding, Profile
from memory.domain.identity import Caller
from memory.domain.ports.catalogue import Reading
from memory.domain.ports.policy import PolicyContext
from memory.domain.retrieval import Decision, Narrowing, Question, Redaction
from memory.retrieval.circumstances import circumstances
from memory.retrieval.diffing import Difference, difference
from memory.retrieval.entitling import entitle
from memory.retrieval.governing import VersionKey, governing
from memory.retrieval.redaction import redact_text, redacting
from memory.retrieval.rooms import Rooms


@dataclass(frozen=True, slots=True)
class ShownText:
    """The canonical text of a version as this caller may read it."""

    version: Version
    text: str
    redactions: tuple[Redaction, ...]


@dataclass(frozen=True, slots=True)
class ListedVersion:
    """A version as this caller may know it; the hash is for those who may read every value in it (see `Citation`)."""

    version: Version
    content_hash: str | None


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

    def versions(self, document_id: str, *, after: int, limit: int) -> list[ListedVersion]:
        """Return the first `limit` versions numbered above `after` whose text this caller may read, oldest first.

        The others do not exist: their titles and times are as closed as what they say, and so is when one of them took
        the place of a version that is listed. Raises `NotFound` unless the document is visible.
        """
        document = self._visible(document_id)
        self._record(EventName.DOCUMENTS_LISTED, {"documents": [document.id]})
        page: list[ListedVersion] = []
        while len(page) < limit and (some := self.session.documents.versions(document.id, after=after, limit=limit)):
            page += self._listed(some)
            after = some[-1].number
        return page[:limit]

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
        governed = {} if version is None else self._governing([version])
        if version is None or version.text_hash is None or _key(version) not in governed:
            raise NotFound
        text = self.session.documents.text(document.id, version.text_hash)
        findings = self._findings([version])[_key(version)]
        masking = self._masking(governed[_key(version)], findings)
        shown, redactions = redact_text(text, Span(0, len(text)), findings, masking)
        return ShownText(_as_known(version, governed), shown, redactions)

    def _listed(self, versions: Sequence[Version]) -> list[ListedVersion]:
        """Return those of some versions that are in sight; what they need is read once for all of them."""
        governed = self._governing(versions)
        seen = [version for version in versions if _key(version) in governed]
        findings = self._findings(seen)
        return [
            ListedVersion(
                _as_known(version, governed),
                None if self._masking(governed[_key(version)], findings[_key(version)]) else version.content_hash,
            )
            for version in seen
        ]

    def _findings(self, versions: Sequence[Version]) -> Mapping[VersionKey, Sequence[Finding]]:
        texts = [(one.document_id, one.text_hash, None) for one in versions if one.text_hash is not None]
        found = iter(self.session.documents.findings(texts) if texts else ())
        return {_key(version): () if version.text_hash is None else next(found) for version in versions}

    def _masking(self, profiles: Sequence[Profile], findings: Sequence[Finding]) -> dict[str, str]:
        """Return the entity types that any of these profiles keeps redacted, and the policies that keep them so."""
        types = {finding.entity_type for finding in findings}
        wanted = {(profile, entity_type) for profile in profiles for entity_type in types}
        clearance = self.rooms.decisions.clearance(self.decision.entitlements.parties, self.context, wanted)
        return redacting(profiles, types, clearance)

    def _governing(self, versions: Sequence[Version]) -> Mapping[VersionKey, tuple[Profile, ...]]:
        """Return what governs each of these versions, and each that follows one, if all of it is in sight."""
        wanted = dict.fromkeys(key for version in versions for key in (_key(version), _successor(version)))
        return governing(list(wanted), self.history.visible, self.state, self.session)

    def _record(self, name: EventName, body: dict[str, object]) -> None:
        """Nothing leaves without a record, metadata included."""
        event = AuditEvent(name, self.now, self.caller.actor or self.caller.subject, body)
        self.rooms.log.append(event.leaf(), key=None, private=None)


def _as_known(version: Version, governed: Container[VersionKey]) -> Version:
    """Leave out when a version ended if what took its place is out of sight."""
    return version if _successor(version) in governed else replace(version, superseded_at=None)


def _key(version: Version) -> VersionKey:
    return version.document_id, version.number


def _successor(version: Version) -> VersionKey:
    return version.document_id, version.number + 1


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
