"""Documents, their versions, where chunks stand in them, and the labels in force."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import and_, bindparam, select, update

from memory.adapters.catalogue import tables
from memory.adapters.catalogue.intervals import IntervalReader, IntervalWriter
from memory.adapters.catalogue.prepared import Prepared
from memory.adapters.catalogue.standing import StandingReader
from memory.adapters.catalogue.tables import documents
from memory.adapters.catalogue.texts import TextReader, TextWriter
from memory.adapters.catalogue.transaction import batches
from memory.domain.documents import Document, DocumentState, Occurrence, Span, Version
from memory.domain.errors import Conflict
from memory.domain.governance import Labels, ReviewState, Sensitivity

_VERSION = tables.versions.c
_LABEL = tables.labels.c
_STANDS = tables.occurrences.c
_OPEN = tables.intervals.c
_SHOWN = select(_OPEN.document_id).where(
    _OPEN.compartment.in_(bindparam("compartments", expanding=True)),
    _OPEN.valid_to.is_(None),
    _OPEN.document_id > bindparam("after"),
)
_GET = Prepared(select(documents).where(documents.c.id == bindparam("document_id")))
_FIND = Prepared(
    select(documents).where(
        documents.c.source == bindparam("source"), documents.c.external_id == bindparam("external_id")
    )
)
_ONE_VERSION = Prepared(
    select(tables.versions).where(
        _VERSION.document_id == bindparam("document_id"), _VERSION.number == bindparam("number")
    )
)
_LABELS_IN_FORCE = Prepared(
    select(tables.labels).where(
        _LABEL.document_id == bindparam("document_id"),
        _LABEL.version == bindparam("version"),
        _LABEL.epoch_to.is_(None),
    )
)
_VISIBLE = (
    select(documents)
    .where(documents.c.id.in_(_SHOWN), documents.c.state == DocumentState.READY)
    .order_by(documents.c.id)
)


class _LabelsRow(NamedTuple):
    """A row of labels, column by column."""

    document_id: str
    version: int
    sensitivity: Sensitivity
    categories: frozenset[str]
    jurisdictions: frozenset[str]
    review: ReviewState
    origin: str
    epoch_from: int
    epoch_to: int | None


class SqlDocumentReader(TextReader, IntervalReader, StandingReader):
    """Reads of documents and everything below them."""

    def get(self, document_id: str) -> Document | None:
        """Return a document by id."""
        row = _GET.one(self._connection, document_id=document_id)
        return None if row is None else Document(*row)

    def find(self, source: str, external_id: str) -> Document | None:
        """Return a document by its source's id."""
        row = _FIND.one(self._connection, source=source, external_id=external_id)
        return None if row is None else Document(*row)

    def page(
        self, *, after: str, limit: int, source: str | None = None, scopes: frozenset[int] | None = None
    ) -> list[Document]:
        """Return documents with an id above `after`, ordered by id; `scopes`, where given, bounds them."""
        statement = select(documents).where(documents.c.id > after).order_by(documents.c.id).limit(limit)
        if source is not None:
            statement = statement.where(documents.c.source == source)
        if scopes is None:
            return [Document(*row) for row in self._connection.execute(statement)]
        # The first of the whole are among the first of each batch of scopes.
        bounded = (statement.where(documents.c.scope.in_(batch)) for batch in batches(sorted(scopes)))
        found = (Document(*row) for one in bounded for row in self._connection.execute(one))
        return sorted(found, key=lambda document: document.id)[:limit]

    def visible(self, compartments: Sequence[int], *, after: str, limit: int) -> list[Document]:
        """Return ready documents with an open interval in one of these compartments and an id above `after`, by id."""
        found: dict[str, Document] = {}
        for batch in batches(compartments):
            rows = self._connection.execute(_VISIBLE.limit(limit), {"compartments": batch, "after": after})
            found.update((row.id, Document(*row)) for row in rows)
        return [found[document_id] for document_id in sorted(found)[:limit]]

    def beneath(self, source: str, prefix: str) -> list[Document]:
        """Return a source's documents whose external id begins with `prefix`, ordered by it; tombstones too."""
        # As a range, which the unique index answers; what has the prefix lies together in any order of code points.
        there = (documents.c.source == source) & (documents.c.external_id >= prefix)
        there &= documents.c.external_id < prefix + "\U0010ffff"
        rows = self._connection.execute(select(documents).where(there).order_by(documents.c.external_id))
        return [document for document in (Document(*row) for row in rows) if document.external_id.startswith(prefix)]

    def present(self, source: str) -> list[str]:
        """Return the external ids of a source's documents that are not tombstones, ordered."""
        there = (documents.c.source == source) & (documents.c.state != DocumentState.DELETED)
        return list(self._connection.scalars(select(documents.c.external_id).where(there).order_by("external_id")))

    def versions(self, document_id: str, *, after: int = 0, limit: int | None = None) -> list[Version]:
        """Return the versions with a number above `after`, oldest first; `limit` of them, or all (None)."""
        these = (_VERSION.document_id == document_id) & (_VERSION.number > after)
        statement = select(tables.versions).where(these).order_by(_VERSION.number).limit(limit)
        return [Version(*row) for row in self._connection.execute(statement)]

    def version(self, document_id: str, number: int) -> Version | None:
        """Return one version."""
        row = _ONE_VERSION.one(self._connection, document_id=document_id, number=number)
        return None if row is None else Version(*row)

    def current_notes(self, document_ids: Sequence[str]) -> dict[str, tuple[str, ...]]:
        """Return what was noted of the current versions of these documents; those without notes are left out."""
        current = (documents.c.id == _VERSION.document_id) & (documents.c.current_version == _VERSION.number)
        noted = select(_VERSION.document_id, _VERSION.notes).join(documents, current).where(_VERSION.notes != ())
        found: dict[str, tuple[str, ...]] = {}
        for batch in batches(document_ids):
            rows = self._connection.execute(noted.where(_VERSION.document_id.in_(batch)))
            found.update((document_id, notes) for document_id, notes in rows)
        return found

    def occurrences(self, document_id: str, version: int) -> list[Occurrence]:
        """Return where the chunks of a version stand, by ordinal."""
        this = (_STANDS.document_id == document_id) & (_STANDS.version == version)
        rows = self._connection.execute(select(tables.occurrences).where(this).order_by(_STANDS.ordinal))
        return [
            Occurrence(document, number, chunk, ordinal, Span(start, end), section)
            for document, number, chunk, ordinal, start, end, section in rows
        ]

    def labels(self, document_id: str, version: int) -> Labels | None:
        """Return the labels in force on a version."""
        row = self._labels(document_id, version)
        return None if row is None else _labels(row)

    def _labels(self, document_id: str, version: int) -> _LabelsRow | None:
        row = _LABELS_IN_FORCE.one(self._connection, document_id=document_id, version=version)
        return None if row is None else _LabelsRow(*row)


class SqlDocumentWriter(SqlDocumentReader, TextWriter, IntervalWriter):
    """Additions to the record."""

    def put(self, document: Document) -> None:
        """Add a document or replace its changeable facts; source and external id are not among them (`Conflict`)."""
        values = {name: getattr(document, name) for name in Document.__slots__}
        if self._add_missing(documents, [values]):
            return
        known = self.get(document.id)
        if known is None or (known.source, known.external_id) != (document.source, document.external_id):
            raise Conflict("This id belongs to another document; a document keeps its source and its external id.")
        self._note_departure(known, document.state)
        self._connection.execute(update(documents).where(documents.c.id == document.id).values(values))

    def set_state(self, document_id: str, state: DocumentState, reason: str | None) -> None:
        """Change the state; leaving `ready` advances the epoch. Raises `Conflict` for an unknown document."""
        known = self.get(document_id)
        if known is None:
            raise Conflict("This document is not recorded; add it before changing its state.")
        self._note_departure(known, state)
        changed = update(documents).where(documents.c.id == document_id).values(state=state, reason=reason)
        self._connection.execute(changed)

    def add_version(self, version: Version) -> None:
        """Add the next version; one that exists is a `Conflict`."""
        self._add(tables.versions, [{name: getattr(version, name) for name in Version.__slots__}])

    def supersede(self, document_id: str, number: int, at: datetime) -> None:
        """End a version at `at`. Raises `Conflict` for an unknown version."""
        this = (_VERSION.document_id == document_id) & (_VERSION.number == number)
        if self._connection.execute(update(tables.versions).where(this).values(superseded_at=at)).rowcount == 0:
            raise Conflict("This version is not recorded; add it before ending it.")

    def add_occurrences(self, occurrences: Sequence[Occurrence]) -> None:
        """Record where chunks stand in one version; a chunk stands in it once (`Conflict`)."""
        self._add(tables.occurrences, [_occurrence_row(occurrence) for occurrence in occurrences])

    def set_labels(self, document_id: str, version: int, labels: Labels, origin: str) -> None:
        """Put labels in force; `origin` names the rule set or the person.

        The first labels of a version advance nothing, since nobody has seen it before; other labels advance the epoch.
        """
        row = self._labels(document_id, version)
        if row is not None and (_labels(row), row.origin) == (labels, origin):
            return
        values = {name: getattr(labels, name) for name in Labels.__slots__} | {"origin": origin}
        if row is None:
            self._add_labels(document_id, version, self._counters.current_epoch, values)
        else:
            self._replace_labels(row, self._counters.epoch("label"), values)

    def _note_departure(self, known: Document, state: DocumentState) -> None:
        if known.state is DocumentState.READY and state is not DocumentState.READY:
            self._counters.epoch(str(state))

    def _replace_labels(self, row: _LabelsRow, epoch: int, values: dict[str, Any]) -> None:
        held = and_(
            _LABEL.document_id == row.document_id, _LABEL.version == row.version, _LABEL.epoch_from == row.epoch_from
        )
        if row.epoch_from == epoch:  # the earlier ones were never in force for anybody
            self._connection.execute(update(tables.labels).where(held).values(values))
            return
        self._connection.execute(update(tables.labels).where(held).values(epoch_to=epoch))
        self._add_labels(row.document_id, row.version, epoch, values)

    def _add_labels(self, document_id: str, version: int, epoch: int, values: dict[str, Any]) -> None:
        self._add(tables.labels, [{"document_id": document_id, "version": version, "epoch_from": epoch, **values}])


def _labels(row: _LabelsRow) -> Labels:
    return Labels(row.sensitivity, row.categories, row.jurisdictions, row.review)


def _occurrence_row(occurrence: Occurrence) -> dict[str, Any]:
    return {
        "document_id": occurrence.document_id,
        "version": occurrence.version,
        "chunk_id": occurrence.chunk_id,
        "ordinal": occurrence.ordinal,
        "span_start": occurrence.span.start,
        "span_end": occurrence.span.end,
        "section": occurrence.section,
    }
