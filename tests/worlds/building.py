"""Builds small worlds: a real home in main memory, everything in it real except what is slow or not repeatable.

Real are the catalogue, the index, the default policy pack, the audit log, both walks and the API. Made for tests are
the encoder (words hashed), the partitioner (paragraphs), the classifier (three patterns), the clock and chance.
"""

import atexit
import shutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from unittest import mock

from memory.adapters.identity.issuer import TokenIssuer
from memory.adapters.languages import LinguaLanguageDetector
from memory.api.app import create_app
from memory.domain.documents import Provenance, SourceDeletion, SourceDocument, SourceEvent
from memory.domain.governance import Source
from memory.domain.identity import LOCAL_ISSUER, Principal, PrincipalKind, PrincipalToken, Role
from memory.domain.permissions import Acl
from memory.founding import found
from memory.ingest.permissions import within_ceiling
from memory.ingest.pipeline import ingest
from memory.ingest.rooms import Outcome
from memory.settings import Settings
from memory.testing.classifier_fake import PatternClassifier
from memory.testing.encoder_fake import HashEncoder
from memory.testing.index_world import quick_folder
from memory.testing.partitioner_fake import PlainPartitioner
from memory.testing.surroundings import FrozenClock, SeededRandomness
from memory.wiring import Ports, Services, build
from tests.worlds.asgi import Client, Response

LANGUAGES = LinguaLanguageDetector()
"""The real one, for all worlds together: it keeps nothing it was asked, and takes a fifth of a second to load."""

REGION = "DE"
PURPOSE = "support"
EMPLOYEES = PrincipalToken.parse("group:employees")
WINDOW = 64
"""Tokens in a chunk of these worlds: small, so that short documents have several."""


@dataclass(frozen=True)
class World:
    """An open home with its API."""

    services: Services
    client: Client
    clock: FrozenClock
    randomness: SeededRandomness

    def person(self, name: str, *groups: str, **facts: Any) -> PrincipalToken:
        """Put somebody into the directory and into groups; facts are those of `Principal`, German unless they say."""
        token = PrincipalToken.parse(name if ":" in name else f"user:{name}")
        with self.services.catalogue.write() as session:
            session.access.put_principal(Principal(token, token.id, **{"country": REGION, **facts}))
        for group in groups:
            self.group(group, token)
        return token

    def group(self, name: str, *joining: PrincipalToken) -> PrincipalToken:
        """Add members to a group."""
        group = PrincipalToken(LOCAL_ISSUER, PrincipalKind.GROUP, name)
        with self.services.catalogue.write() as session:
            session.access.set_members(group, {*session.access.members(group), *joining})
        return group

    def source(self, name: str, *allow: str, team: str = "owners", active: bool = True) -> Source:
        """Register a source whose ceiling and own permission are these tokens."""
        source = Source(
            name, "push", "", team, frozenset(str(PrincipalToken.parse(a)) for a in allow), "{}", None, active
        )
        with self.services.catalogue.write() as session:
            session.sources.put(source)
        self.permit(source, "", Acl.of(map(PrincipalToken.parse, allow)))
        return source

    def suspend(self, source: Source) -> None:
        with self.services.catalogue.write() as session:
            session.sources.put(replace(source, active=False))

    def permit(self, source: Source, key: str, acl: Acl) -> None:
        """Put a permission in force, as the source would tell it."""
        with self.services.catalogue.write() as session:
            session.access.set_acl(source.name, key, within_ceiling(acl, source), self.clock.now())

    def bring(self, source: Source, *events: SourceEvent, publish: bool = True) -> list[Outcome]:
        """Ingest, and let the index follow unless told not to."""
        outcomes = ingest(events, source, self.services.writing)
        if publish:
            self.services.relay.drain()
        return outcomes

    def document_id(self, source: str, external_id: str) -> str:
        return self.services.writing.naming.document(source, external_id)

    def token(
        self,
        subject: PrincipalToken,
        *,
        through: PrincipalToken | None = None,
        roles: Iterable[Role] = (),
        writes: str | None = None,
        application: str = "cli",
        lifetime: timedelta = timedelta(hours=24),
        name: str = "token",
    ) -> str:
        """Return a token, the same for the same arguments in every world with the same keys."""
        with mock.patch("memory.adapters.identity.issuer.secrets.token_urlsafe", return_value=name):
            return TokenIssuer(self.services.settings.keys).issue(
                subject,
                application=application,
                roles=frozenset(roles) | ({Role.WRITER} if writes else set()),
                writes=writes,
                actor=through,
                lifetime=lifetime,
                now=self.clock.now(),
            )

    def retrieve(self, token: str | None, query: str, **body: Any) -> Response:
        return self.client.post("/retrieve", token, {"query": query, "purpose": PURPOSE, **body})

    def passages(self, token: str, query: str, **body: Any) -> list[dict[str, Any]]:
        """Return the passages of an answer that must be one."""
        answer = self.retrieve(token, query, **body)
        assert answer.status == 200, answer.body
        return list(answer.json()["passages"])

    def found(self, token: str, query: str, **body: Any) -> set[str]:
        """Return the ids of the documents that an answer cites."""
        return {passage["citation"]["document"] for passage in self.passages(token, query, top_k=100, **body)}

    def listed(self, token: str, *, limit: int = 2) -> list[str]:
        """Return the ids of all pages of the list."""
        ids: list[str] = []
        cursor = None
        while True:
            page = self.client.get("/documents", token, purpose=PURPOSE, limit=limit, cursor=cursor)
            assert page.status == 200, page.body
            ids += [item["id"] for item in page.json()["items"]]
            cursor = page.json()["next"]
            if cursor is None:
                return ids

    def leaves(self) -> bytes:
        """Return everything in the audit log."""
        return b"\n".join(line.leaf for line in self.services.log.lines())


def document(
    external_id: str,
    text: str | bytes,
    at: datetime,
    *,
    scope: str = "",
    title: str | None = None,
    author: str | None = None,
    media_type: str = "text/markdown",
    attributes: Mapping[str, str] | None = None,
) -> SourceDocument:
    """Return a document as a source hands it over."""
    return SourceDocument(
        external_id=external_id,
        title=title or external_id,
        content=text if isinstance(text, bytes) else text.encode(),
        media_type=media_type,
        scope_key=scope,
        modified_at=at,
        provenance=Provenance(f"https://source.example/{external_id}", author=author, attributes=attributes or {}),
    )


def deletion(external_id: str, at: datetime) -> SourceDeletion:
    return SourceDeletion(external_id, at)


def unreadable(external_id: str, at: datetime, *, scope: str = "") -> SourceDocument:
    """Return a document that no partitioner reads."""
    return document(external_id, b"\x00\xff", at, scope=scope)


def writes(world: World, source: Source, publisher: str = "service:publisher") -> str:
    """Return the token of a system that may push to one source."""
    return world.token(world.person(publisher), writes=source.name, name="writer")


@contextmanager
def open_world(
    home: Path,
    *,
    like: Path | None = None,
    depth: int | None = None,
    config: Mapping[str, str] | None = None,
    **ports: Any,
) -> Iterator[World]:
    """Open a world in a folder that does not exist yet; all worlds of one run have the same keys.

    `like` is the closed home of another world, without documents, to begin as a copy of; `depth` is how far each leg of
    a search is read, so that a small world has a cut as well; `config` replaces files of the pack by path; `ports`
    replace parts as in `wiring.build`.
    """
    shutil.copytree(like or _founded(), home, ignore=shutil.ignore_patterns("index"))  # an empty one is quicker made
    for path, text in (config or {}).items():
        (home / "config" / path).write_text(text)
    clock, randomness = FrozenClock(), SeededRandomness()
    given: Ports = {
        "clock": clock,
        "randomness": randomness,
        "encoder": HashEncoder(window=WINDOW),
        "partitioner": PlainPartitioner(),
        "classifier": PatternClassifier(),
        "languages": LANGUAGES,
        **ports,  # type: ignore[typeddict-item]
    }
    with ExitStack() as stack:
        services = stack.enter_context(build(Settings(home=home, region=REGION), **given))
        bounds = services.reading.bounds
        bounds = bounds if depth is None else replace(bounds, depth=depth)
        services = replace(services, reading=replace(services.reading, bounds=bounds))
        client = stack.enter_context(Client(create_app(services)))
        yield World(services, client, clock, randomness)


@contextmanager
def a_world(**given: Any) -> Iterator[World]:
    """Open a world in a folder of its own."""
    with quick_folder() as folder, open_world(folder / "home", **given) as world:
        yield world


@cache
def _founded() -> Path:
    """Found one home, to be copied: keys and schema are made once."""
    kept = ExitStack()
    atexit.register(kept.close)
    home = kept.enter_context(quick_folder()) / "founded"
    found(Settings(home=home, region=REGION))
    return home
