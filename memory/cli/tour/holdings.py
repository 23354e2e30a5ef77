"""What a catalogue holds, counted: the summary after everything was brought in."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any

from memory.domain.documents import Document, DocumentState
from memory.domain.governance import Finding
from memory.domain.ports.catalogue import Catalogue, Reading

PAGE = 1_000


@dataclass(slots=True)
class Holdings:
    """Documents that can be retrieved, with their versions; and those in quarantine, each with the reason.

    `formats` are suffixes of file names; None among `languages` counts documents of which nobody knows. `countries`
    count documents that hold numbers of a country's people, `values` what was found in the current versions.
    """

    documents: int = 0
    versions: int = 0
    formats: Counter[str] = field(default_factory=Counter)
    languages: Counter[str | None] = field(default_factory=Counter)
    countries: Counter[str] = field(default_factory=Counter)
    labels: Counter[str] = field(default_factory=Counter)
    values: Counter[str] = field(default_factory=Counter)
    quarantined: dict[str, str] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """Return it for machines."""
        languages = {name or "": count for name, count in self.languages.items()}
        counts = {name: dict(getattr(self, name)) for name in ("formats", "countries", "labels", "values")}
        known = {"documents": self.documents, "versions": self.versions, "languages": languages}
        return {**known, **counts, "quarantined": self.quarantined}


def holdings(catalogue: Catalogue) -> Holdings:
    """Count what a small catalogue holds."""
    held = Holdings()
    with catalogue.read() as session:
        for document in sorted(_all(session), key=lambda one: one.external_id):
            if document.state is DocumentState.READY:
                _count(document, session, held)
            elif document.state is DocumentState.QUARANTINED:
                held.quarantined[document.external_id] = document.reason or "no reason is known"
    for counter in (held.formats, held.languages, held.countries):
        _sort(counter)
    return held


def _count(document: Document, session: Reading, held: Holdings) -> None:
    held.documents += 1
    held.versions += len(session.documents.versions(document.id))
    held.formats[PurePosixPath(document.external_id).suffix.removeprefix(".")] += 1
    held.languages[document.language] += 1
    labels = session.documents.labels(document.id, document.current_version)
    if labels is not None:
        held.countries.update(labels.jurisdictions)
        held.labels[str(labels.sensitivity)] += 1
    held.values.update(finding.entity_type for finding in _findings(document, session))


def _findings(document: Document, session: Reading) -> Iterator[Finding]:
    version = session.documents.version(document.id, document.current_version)
    if version is not None and version.text_hash is not None:
        (found,) = session.documents.findings([(document.id, version.text_hash, None)])
        yield from found


def _all(session: Reading) -> Iterator[Document]:
    after = ""
    while page := session.documents.page(after=after, limit=PAGE):
        yield from page
        after = page[-1].id


def _sort(counter: Counter[Any]) -> None:
    """Bring the most frequent to the front."""
    ordered = counter.most_common()
    counter.clear()
    counter.update(dict(ordered))
