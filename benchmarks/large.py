"""Homes of a hundred thousand chunks, written through the catalogue's own sessions and published by the relay.

Nothing is parsed, classified or embedded here: texts and vectors are those of `synthetic`. A home is made once, kept
under `.cache/bench`, and made anew when the code that shapes it has changed; a benchmark works on a copy of it.
"""

import shutil
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks import layouts, synthetic
from benchmarks.layouts import CELLS, Folder
from benchmarks.places import CACHE, settings_for, version_of
from benchmarks.synthetic import Passages, as_bytes, real_passages, synthetic_passages
from memory.adapters.catalogue import tables
from memory.adapters.index import points, shard, terms
from memory.domain.documents import Document, DocumentState, Interval, Occurrence, Provenance, Span, Version
from memory.domain.governance import Finding, Labels, ScoreBand
from memory.domain.identity import Principal, PrincipalToken
from memory.domain.permissions import Acl
from memory.domain.ports.catalogue import OutboxEntry, OutboxKind, Writing
from memory.founding import found
from memory.ingest.masking import mask
from memory.ingest.naming import Naming, fingerprint
from memory.settings import Settings
from memory.wiring import Services, build

SOURCE = "bench"
CHUNKS = 100_000
DOCUMENTS_PER_COMMIT = 2_000
DAY = datetime(2026, 1, 1, tzinfo=UTC)
MEDIA_TYPE = "text/plain"
BETWEEN = "\n\n"
PLACES = {"PERSON": 2, "CREDIT_CARD": 6}
"""Which word of a chunk is taken for a value of a type."""


@contextmanager
def large_home(name: str, folders: Iterable[Folder], *, graph: bool) -> Iterator[Settings]:
    """Lend a copy of the prepared home `name`; `graph` says whether its index is optimised."""
    kept = CACHE / f"{name}-{version_of(sys.modules[__name__], layouts, synthetic, tables, points, shard, terms)}"
    if not kept.exists():
        _prepare(kept, folders, graph=graph)
    with TemporaryDirectory(prefix=f"{name}-", dir=CACHE) as folder:
        home = Path(folder) / "home"
        shutil.copytree(kept, home)
        yield settings_for(home)


def reader(cell: str) -> PrincipalToken:
    """Return who sees what a cell says."""
    return PrincipalToken.parse(f"user:{cell}")


def group(cell: str) -> PrincipalToken:
    """Return the group whose members see what a cell says."""
    return PrincipalToken.parse(f"group:{cell}")


def _prepare(kept: Path, folders: Iterable[Folder], *, graph: bool) -> None:
    """Make the home beside its place and move it there when it is complete."""
    print(f"preparing {kept.name}, once", flush=True)
    CACHE.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix="preparing-", dir=CACHE) as folder:
        settings = settings_for(Path(folder) / "home")
        found(settings)
        with build(settings) as services:
            fill(folders, CHUNKS, services)
            if graph:
                services.index.optimize()
        settings.home.rename(kept)


def fill(folders: Iterable[Folder], chunks: int, services: Services) -> None:
    """Write folders of `chunks` chunks into an empty home, with the callers of all cells, and publish them."""
    _people(services)
    _write(folders, synthetic_passages(real_passages(services.encoder), chunks, seed=3), services)
    services.relay.drain()


def _people(services: Services) -> None:
    with services.catalogue.write() as session:
        for cell in CELLS:
            session.access.put_principal(Principal(reader(cell.name), cell.name, "US"))
            session.access.set_members(group(cell.name), [reader(cell.name)])
        employees = PrincipalToken.parse("group:employees")
        session.access.set_members(employees, [reader(cell.name) for cell in CELLS])


@dataclass(frozen=True, slots=True)
class _Chunk:
    """A passage as it stands in its document."""

    id: str
    text: str
    span: Span
    findings: tuple[Finding, ...]
    masked: str
    masked_hash: str
    vector: bytes


@dataclass(frozen=True, slots=True)
class _Document:
    """A document of a folder, and its chunks in order."""

    id: str
    folder: Folder
    chunks: list[_Chunk]


def _write(folders: Iterable[Folder], passages: Passages, services: Services) -> None:
    documents = _documents(folders, passages, services.writing.naming)
    places: dict[str, tuple[int, int]] = {}
    while batch := list(islice(documents, DOCUMENTS_PER_COMMIT)):
        with services.catalogue.write() as session:
            for document in batch:
                if document.folder.key not in places:
                    places[document.folder.key] = _open_folder(document.folder, session)
                _write_document(document, places[document.folder.key][0], session)
            _write_chunks(batch, {key: compartment for key, (_, compartment) in places.items()}, services, session)


def _documents(folders: Iterable[Folder], passages: Passages, naming: Naming) -> Iterator[_Document]:
    """Cut the passages into the documents of the folders."""
    pieces = zip(passages.texts, as_bytes(passages.vectors), strict=True)
    for folder in folders:
        for number, length in enumerate(folder.documents):
            document = _Document(naming.document(SOURCE, f"{folder.key}/{number}.txt"), folder, [])
            for text, vector in islice(pieces, length):
                start = document.chunks[-1].span.end + len(BETWEEN) if document.chunks else 0
                document.chunks.append(_chunk(document, start, text, vector, naming))
            yield document


def _chunk(document: _Document, start: int, text: str, vector: bytes, naming: Naming) -> _Chunk:
    span = Span(start, start + len(text))
    findings = tuple(_findings(text, start, document.folder))
    masked = mask(" " * start + text, span, findings)
    masked_hash = fingerprint(masked)
    chunk_id = naming.chunk(document.id, masked_hash, len(document.chunks))
    return _Chunk(chunk_id, text, span, findings, masked, masked_hash, vector)


def _findings(text: str, start: int, folder: Folder) -> Iterator[Finding]:
    words = text.split(" ")
    for entity_type in sorted(folder.profile.entity_types, key=lambda name: PLACES[name]):
        at = PLACES[entity_type]
        if at < len(words):
            begin = start + len(" ".join(words[:at])) + 1
            span = Span(begin, begin + len(words[at]))
            yield Finding(entity_type, span, ScoreBand.CERTAIN, "bench", "1", "placed", validated=True)


def _open_folder(folder: Folder, session: Writing) -> tuple[int, int]:
    """Return the scope of a new folder and its compartment."""
    scope = session.access.set_acl(SOURCE, folder.key, Acl.of([group(cell) for cell in folder.readers]), DAY)
    return scope.id, session.access.compartment(scope.id, session.access.profile(folder.profile))


def _write_document(document: _Document, scope: int, session: Writing) -> None:
    written, profile = session.documents, document.folder.profile
    text = BETWEEN.join(chunk.text for chunk in document.chunks)
    text_hash, title = fingerprint(text), f"Document {document.id[:8]}"
    written.put(
        Document(document.id, SOURCE, document.id, title, MEDIA_TYPE, scope, DocumentState.READY, None, 1, "en")
    )
    written.add_version(_version(document.id, title, text_hash))
    written.add_text(document.id, text_hash, text)
    findings = [finding for chunk in document.chunks for finding in chunk.findings]
    written.add_findings(document.id, text_hash, findings, "bench")
    labels = Labels(profile.sensitivity, profile.categories, profile.jurisdictions, profile.review)
    written.set_labels(document.id, 1, labels, "bench")


def _write_chunks(
    documents: Sequence[_Document], compartments: Mapping[str, int], services: Services, session: Writing
) -> None:
    placed = [(one, at, chunk) for one in documents for at, chunk in enumerate(one.chunks)]
    session.documents.add_occurrences(
        [Occurrence(one.id, 1, chunk.id, at, chunk.span, ()) for one, at, chunk in placed]
    )
    session.embeddings.put_texts({chunk.masked_hash: chunk.masked for _, _, chunk in placed})
    vectors = {chunk.masked_hash: chunk.vector for _, _, chunk in placed}
    session.embeddings.put_vectors(vectors, services.encoder.model)
    intervals = [
        Interval(
            point_id=services.writing.naming.point(chunk.id, 1, "masked"),
            chunk_id=chunk.id,
            document_id=one.id,
            compartment=compartments[one.folder.key],
            embedded_hash=chunk.masked_hash,
            language="en",
            valid_from=DAY,
            valid_to=None,
        )
        for one, _, chunk in placed
    ]
    session.documents.open_intervals(intervals)
    session.outbox.enqueue([OutboxEntry(interval.point_id, OutboxKind.PUBLISH) for interval in intervals])


def _version(document_id: str, title: str, text_hash: str) -> Version:
    return Version(
        document_id=document_id,
        number=1,
        title=title,
        content_hash=text_hash,
        text_hash=text_hash,
        provenance=Provenance(uri=f"bench:{document_id}", author="Ada Example <ada@example.com>", connector="bench"),
        parser="bench",
        parser_version="1",
        modified_at=DAY,
        effective_from=DAY,
        fetched_at=DAY,
        superseded_at=None,
        state=DocumentState.READY,
        reason=None,
    )
