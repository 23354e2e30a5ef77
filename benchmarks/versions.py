"""Two real repositories through the connector and the write walk, and every version of them judged by git itself."""

import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.editing import edited
from benchmarks.judge import Place, Repository
from benchmarks.places import temporary_home, test_data
from benchmarks.reading import admit, ask
from benchmarks.report import Report, Row, at_most, exactly
from benchmarks.spending import spending
from memory.domain.documents import Document, DocumentState, Version
from memory.domain.governance import Source
from memory.domain.identity import OPERATING
from memory.domain.ports.catalogue import Reading
from memory.ingest.registering import register, source_of
from memory.ingest.syncing import sync
from memory.retrieval.diffing import difference
from memory.wiring import Services, build, line_differ

BUNDLES = ("site-policy", "basecamp-policies")
PARTITIONED = (".pdf",)
"""Files whose canonical text is not the file itself; a document may have been one before and be text today."""

AS_BYTES = ("utf-8", "surrogateescape")
AGAIN_S = 5.0
MOMENTS = 12
QUERY = 300
"""Characters of a deleted document that are asked for."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """A document as the catalogue has it, with its versions."""

    document: Document
    versions: list[Version]

    @property
    def places(self) -> list[Place]:
        """Commit and path of each version."""
        return [(version.provenance.commit or "", version.provenance.path or "") for version in self.versions]


def run() -> Report:
    """Bring both repositories in, judge them, bring them in again, and edit a long document."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="bench-versions-")))
        services = stack.enter_context(build(stack.enter_context(temporary_home())))
        admit(services)
        bundles = {name: test_data() / "versions" / f"{name}.bundle" for name in BUNDLES}
        first = _bring_in(bundles, services)
        rows = [Row("first ingest of both, seconds", "", f"{first:.0f}")]
        for name, bundle in bundles.items():
            rows += _judged(name, Repository(bundle, folder), services)
        rows += _again(bundles, services)
        rows += edited(services)
    return Report(tuple(rows))


def _bring_in(bundles: dict[str, Path], services: Services, *, anew: bool = False) -> float:
    """Ingest as `memory ingest` does and return the seconds; `anew` forgets how far the last sync came."""
    begin = time.perf_counter()
    for name, bundle in bundles.items():
        source = _registered(name, bundle, services)
        connector = services.connector(source)
        resumed = source.checkpoint is not None and not anew
        events = connector.incremental(source.checkpoint or "") if resumed else connector.full()
        for _ in sync(events, source, services.writing, publish=services.publish):
            pass
    return time.perf_counter() - begin


def _registered(name: str, bundle: Path, services: Services) -> Source:
    settings = {"allow": ["everyone"]}
    wanted = source_of(name, "git", str(bundle.resolve()), "legal", settings)
    return register(wanted, OPERATING, services.writing)[0]


def _judged(name: str, repository: Repository, services: Services) -> Iterator[Row]:
    with services.catalogue.read() as session:
        recorded = _recorded(name, session)
        histories = [one.places for one in recorded]
        places = [place for history in histories for place in history]
        yield exactly(f"{name}: versions", len(places), sum(map(len, repository.histories)))
        odd = set(map(tuple, histories)) ^ set(map(tuple, repository.histories))
        yield exactly(f"{name}: documents whose history is not git's", len(odd), 0)
        yield from _contents(name, recorded, repository.contents(places), session, services)
        yield from _differences(name, recorded, repository, session)
    yield from _deletions(name, recorded, repository, services)


def _recorded(name: str, session: Reading) -> list[Recorded]:
    documents = session.documents.page(after="", limit=10_000, source=name)
    return [Recorded(document, session.documents.versions(document.id)) for document in documents]


def _contents(
    name: str, recorded: Sequence[Recorded], shown: dict[Place, bytes], session: Reading, services: Services
) -> Iterator[Row]:
    texts = raws = wrong_texts = wrong_raws = 0
    for one in recorded:
        for version, place in zip(one.versions, one.places, strict=True):
            raws += 1
            wrong_raws += services.writing.raw.get(name, version.content_hash) != shown[place]
            if _is_text(version, place):
                texts += 1
                wrong_texts += _text(one.document, version, session) != shown[place]
    yield exactly(f"{name}: versions whose text is not `git show`'s, of {texts:,}", wrong_texts, 0)
    yield exactly(f"{name}: versions whose bytes are not `git show`'s, of {raws:,}", wrong_raws, 0)


def _differences(name: str, recorded: Sequence[Recorded], repository: Repository, session: Reading) -> Iterator[Row]:
    judged = wrong = 0
    for one in recorded:
        for (old, old_place), (new, new_place) in pairwise(zip(one.versions, one.places, strict=True)):
            if not (_is_text(old, old_place) and _is_text(new, new_place)):
                continue
            before, after = (_text(one.document, version, session) for version in (old, new))
            judged += 1
            wrong += _lines(before, after) != repository.difference(old_place, new_place)
    yield exactly(f"{name}: differences that are not `git diff`'s, of {judged:,}", wrong, 0)


def _lines(before: bytes, after: bytes) -> tuple[set[bytes], set[bytes]]:
    """Return the lines removed and added, as sets."""
    found = difference(before.decode(*AS_BYTES), after.decode(*AS_BYTES), line_differ())
    return {line.encode(*AS_BYTES) for line in found.removed}, {line.encode(*AS_BYTES) for line in found.added}


def _is_text(version: Version, place: Place) -> bool:
    return version.text_hash is not None and not place[1].lower().endswith(PARTITIONED)


def _text(document: Document, version: Version, session: Reading) -> bytes:
    text = session.documents.text(document.id, version.text_hash or "")
    return text.encode(*AS_BYTES)


def _deletions(name: str, recorded: Sequence[Recorded], repository: Repository, services: Services) -> Iterator[Row]:
    """Ask for what deleted documents said, now and at past moments; only what was in force then may come."""
    gone = [one for one in recorded if one.document.state is DocumentState.DELETED]
    with services.catalogue.read() as session:
        said = [
            _text(one.document, version, session).decode(errors="replace")[:QUERY]
            for one in gone
            for version in one.versions[-1:]
            if version.text_hash is not None
        ]
    deleted = {one.document.id for one in gone}
    passages = [passage for query in said for passage in ask(query, services, source=name)]
    leaked = sum(passage.citation.document_id in deleted for passage in passages)
    told = f"{name}: passages of deleted documents, of {len(passages):,} passages for {len(said)} questions"
    yield exactly(told, leaked, 0)
    places = {
        (one.document.id, version.number): place
        for one in recorded
        for version, place in zip(one.versions, one.places, strict=True)
    }
    judged = untimely = 0
    moments = _moments(repository)
    for commit, moment in moments:
        in_force = _in_force(commit, repository)
        for query in said:
            for passage in ask(query, services, source=name, as_of=moment):
                judged += 1
                untimely += places[passage.citation.document_id, passage.citation.version] not in in_force
    told = (
        f"{name}: passages not in force when asked for, of {judged:,} for {len(said)} questions at {len(moments)} times"
    )
    yield exactly(told, untimely, 0)


def _moments(repository: Repository) -> list[tuple[str, datetime]]:
    """Return commits, evenly spread, whose time parts all earlier commits from all later ones."""
    times = [seconds for _, seconds in repository.commits]
    parting = [
        at for at in range(len(times) - 1) if max(times[: at + 1]) == times[at] and min(times[at + 1 :]) > times[at]
    ]
    step = max(1, len(parting) // MOMENTS)
    return [(repository.commits[at][0], datetime.fromtimestamp(times[at], UTC)) for at in parting[::step]]


def _in_force(commit: str, repository: Repository) -> set[Place]:
    """Return the version of every path that stands in the tree of a commit."""
    order = {name: at for at, (name, _) in enumerate(repository.commits)}
    latest: dict[str, str] = {}
    for change in repository.changes:
        if change.letter != "D" and order[change.commit] <= order[commit]:
            latest[change.after] = change.commit
    return {(latest[path], path) for path in repository.standing(commit)}


def _again(bundles: dict[str, Path], services: Services) -> Iterator[Row]:
    """Sync once more as every sync does, then as if the checkpoint were lost, which replays each deletion."""
    with spending(services.meter) as spent:
        seconds = _bring_in(bundles, services)
    yield exactly("again: texts embedded", spent.items("encoder", "encode_passages"), 0)
    yield exactly("again: index writes", spent.index_writes, 0)
    yield at_most("again: seconds", seconds, AGAIN_S)
    with spending(services.meter) as spent:
        seconds = _bring_in(bundles, services, anew=True)
    yield exactly("again without a checkpoint: texts embedded", spent.items("encoder", "encode_passages"), 0)
    yield Row("again without a checkpoint: index writes", "", f"{spent.index_writes:,}")
    yield Row("again without a checkpoint: seconds", "", f"{seconds:.1f}")
