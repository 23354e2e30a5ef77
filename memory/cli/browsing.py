"""Looking into the catalogue as an operator: documents, versions, texts and differences.

Lists show nothing that a document could say: of what a parser noted, how much. Texts, differences and the words of
notes need a named operator and are recorded. Whoever parses a file is trusted with nothing; one that a file took over
could put a value of it into a note.
"""

from collections.abc import Iterator, Sequence
from typing import Annotated, Any

import typer

from memory.audit.events import EventName
from memory.cli.options import (
    AsJson,
    Home,
    Operator,
    console,
    operator_of,
    print_json,
    print_table,
    printable,
    progress,
    settings_of,
)
from memory.domain.documents import HIDDEN_NOTE, Document, Version
from memory.domain.errors import NotFound, Unreadable
from memory.domain.identity import PrincipalToken
from memory.domain.ports.catalogue import Reading
from memory.retrieval.diffing import difference
from memory.settings import Settings
from memory.wiring import catalogue_of, line_differ, open_log, record_in

PAGE = 1_000
DocumentId = Annotated[str, typer.Argument(help="A document's id, as memory documents shows it.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("documents")(documents)
    app.command("versions")(versions)
    app.command("diff")(diff)
    app.command("show")(show)


def documents(
    source: Annotated[str | None, typer.Option(help="Only this source.")] = None,
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """List all documents with their state, quarantined and deleted ones too, and how much was noted while reading."""
    with catalogue_of(settings_of(home)) as catalogue, catalogue.read() as session:
        listed = list(_all(session, source))
        notes = session.documents.current_notes([one.id for one in listed])
    if as_json:
        print_json({"items": [_document(document, notes.get(document.id, ())) for document in listed]})
        return
    rows = [
        (
            one.id,
            one.source,
            printable(one.external_id),
            one.current_version,
            one.state,
            one.reason or _remark(notes.get(one.id, ())),
        )
        for one in listed
    ]
    heads = ("id", "source", "external id", "version", "state", "reason or notes")
    print_table(heads, rows, empty="No documents yet.")


def versions(document_id: DocumentId, home: Home = None, as_json: AsJson = False) -> None:
    """List the versions of a document, oldest first; memory show tells what was noted of one."""
    with catalogue_of(settings_of(home)) as catalogue, catalogue.read() as session:
        _get(session, document_id)
        listed = session.documents.versions(document_id)
    if as_json:
        print_json({"items": [_version(version) for version in listed]})
        return
    noted = any(one.notes for one in listed)
    rows = [
        (
            one.number,
            (one.provenance.commit or "")[:12],
            one.provenance.path,
            one.provenance.author,
            one.modified_at,
            *([_remark(one.notes)] if noted else []),
        )
        for one in listed
    ]
    heads = ("version", "commit", "path", "author", "modified", *(["notes"] if noted else []))
    print_table(heads, rows, empty="No versions.")


def show(
    document_id: DocumentId,
    version: Annotated[int | None, typer.Option(help="Which version; default: the current one.")] = None,
    home: Home = None,
    operator: Operator = None,
    as_json: AsJson = False,
) -> None:
    """Print the canonical text of a version, byte for byte, and on stderr what was noted; that it was is recorded."""
    settings = settings_of(home)
    who = operator_of(operator, settings)
    with catalogue_of(settings) as catalogue, catalogue.read() as session:
        shown, text = _text(session, document_id, version)
    _record(settings, who, document_id, shown.number)
    if as_json:
        print_json({"document": document_id, **_version(shown), "notes": list(shown.notes), "text": text})
        return
    for note in shown.notes:
        progress.print(f"note: {printable(note)}", markup=False)
    typer.get_binary_stream("stdout").write(text.encode("utf-8", "surrogateescape"))


def diff(
    document_id: DocumentId,
    old: Annotated[int, typer.Option("--from", help="The older version.")],
    new: Annotated[int, typer.Option("--to", help="The newer version.")],
    home: Home = None,
    operator: Operator = None,
    as_json: AsJson = False,
) -> None:
    """Show what changed between two versions: added, removed, moved, and changed words."""
    settings = settings_of(home)
    who = operator_of(operator, settings)
    with catalogue_of(settings) as catalogue, catalogue.read() as session:
        texts = [_text(session, document_id, number)[1] for number in (old, new)]
    for number in (old, new):
        _record(settings, who, document_id, number)
    found = difference(texts[0], texts[1], line_differ())
    if as_json:
        print_json(found.to_json())
        return
    for line in found.lines():
        console.print(printable(line), markup=False)


def _all(session: Reading, source: str | None) -> Iterator[Document]:
    after = ""
    while page := session.documents.page(after=after, limit=PAGE, source=source):
        yield from page
        after = page[-1].id


def _get(session: Reading, document_id: str) -> Document:
    document = session.documents.get(document_id) if document_id.isascii() else None  # ids are
    if document is None:
        raise NotFound("There is no such document; memory documents lists them.")
    return document


def _text(session: Reading, document_id: str, number: int | None) -> tuple[Version, str]:
    """Return a version, the current one for None, and its text. Raises `NotFound` and `Unreadable`."""
    document = _get(session, document_id)
    wanted = document.current_version if number is None else number
    if wanted not in range(1, document.current_version + 1):
        raise NotFound(f"There is no such version; those of this document count from 1 to {document.current_version}.")
    version = session.documents.version(document_id, wanted)
    if version is None:
        raise NotFound("There is no such version; memory versions lists them.")
    if version.text_hash is None:
        raise Unreadable(f"This version could not be read: {version.reason}")
    return version, session.documents.text(document_id, version.text_hash)


def _record(settings: Settings, who: PrincipalToken, document_id: str, number: int) -> None:
    with open_log(settings) as log:
        record_in(log, EventName.TEXT_SHOWN, who, {"document": document_id, "version": number})


def _remark(notes: Sequence[str]) -> str:
    """Say how much was noted, and whether some of it is that hidden text was left out, which flags a document."""
    count = f"{len(notes)} note{'' if len(notes) == 1 else 's'}" if notes else ""
    return f"{count}: {HIDDEN_NOTE}" if HIDDEN_NOTE in notes else count


def _noted(notes: Sequence[str]) -> dict[str, Any]:
    return {"noted": len(notes), "hidden_text": HIDDEN_NOTE in notes}


def _document(document: Document, notes: Sequence[str]) -> dict[str, Any]:
    return {
        "id": document.id,
        "external_id": document.external_id,
        "source": document.source,
        "title": document.title,
        "version": document.current_version,
        "state": str(document.state),
        "reason": document.reason,
        **_noted(notes),
    }


def _version(version: Version) -> dict[str, Any]:
    return {
        "version": version.number,
        "commit": version.provenance.commit,
        "path": version.provenance.path,
        "author": version.provenance.author,
        "modified_at": version.modified_at.isoformat(),
        "content_hash": version.content_hash,
        **_noted(version.notes),
    }
