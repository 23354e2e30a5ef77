"""Documents, permissions and times that the tests of the catalogue tell their stories with."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from memory.domain.documents import Document, DocumentState, Interval, Occurrence, Provenance, Span, Version
from memory.domain.governance import Finding, Labels, Profile, ReviewState, ScoreBand, Sensitivity, Source
from memory.domain.identity import EVERYONE, PrincipalToken
from memory.domain.permissions import Acl
from memory.domain.ports.catalogue import Catalogue, Position, Writing

DAY_0 = datetime(2024, 2, 29, 23, 59, 59, 999_999, tzinfo=UTC)
ANNA, BEN = (PrincipalToken.parse(f"user:{name}") for name in ("anna", "ben"))
STAFF, LAWYERS = (PrincipalToken.parse(f"group:{name}") for name in ("staff", "lawyers"))
LABELS = Labels(Sensitivity.INTERNAL, frozenset({"hr", "contract"}), frozenset({"DE"}), ReviewState.SUGGESTED)
PROFILE = Profile(Sensitivity.INTERNAL, frozenset(), frozenset(), frozenset(), "legal", ReviewState.CONFIRMED, "wiki")


def day(number: float) -> datetime:
    """Return a moment `number` days into the story."""
    return DAY_0 + timedelta(days=number)


def compartment(session: Writing, key: str = "folder", profile: Profile = PROFILE) -> int:
    """Return the compartment of `profile` in the scope `key`, which everyone may read."""
    scope = session.access.scope("wiki", key) or session.access.set_acl("wiki", key, Acl.of([EVERYONE]), DAY_0)
    return session.access.compartment(scope.id, session.access.profile(profile))


def document(session: Writing, id_: str = "d1", key: str = "folder") -> Document:
    """Add and return a document without versions."""
    scope = session.access.scope("wiki", key) or session.access.set_acl("wiki", key, Acl.of([EVERYONE]), DAY_0)
    added = Document(id_, "wiki", f"x-{id_}", "Title", "text/plain", scope.id, DocumentState.READY, None, 1, "de")
    session.documents.put(added)
    return added


def version(number: int, since: float, until: float | None = None, document_id: str = "d1") -> Version:
    """Return a version in force from day `since` to day `until`."""
    return Version(
        document_id,
        number,
        title="Title",
        content_hash=f"content-{number}",
        text_hash=f"text-{number}",
        provenance=Provenance("https://wiki/1", "a/b.txt", "Ann", "c0ffee", "msg", "git", "1", {"k": "v"}),
        parser="md",
        parser_version="1",
        modified_at=day(since),
        effective_from=day(since),
        fetched_at=day(since),
        superseded_at=None if until is None else day(until),
        state=DocumentState.READY,
        reason=None,
        notes=() if number == 1 else (f"page {number}: no text layer", "Ünter"),
    )


def interval(point: str, where: int, since: float, until: float | None = None, document_id: str = "d1") -> Interval:
    """Return the interval of the point `p-…`, of the chunk `c-…`."""
    ended = None if until is None else day(until)
    return Interval(f"p-{point}", f"c-{point}", document_id, where, f"h-{point}", "de", day(since), ended)


def stands(point: str, number: int, ordinal: int = 0, document_id: str = "d1") -> Occurrence:
    """Return where the chunk `c-…` stands in a version."""
    return Occurrence(document_id, number, f"c-{point}", ordinal, Span(ordinal, ordinal + 1), ("Head", "Ünter"))


def finding(start: int, end: int, entity_type: str = "PERSON") -> Finding:
    """Return a finding over a span."""
    found = Finding(entity_type, Span(start, end), ScoreBand.LIKELY, "r", "1", "a name", validated=True)
    return replace(found, table=2, column="Näme") if entity_type == "PERSON" else found


def position(catalogue: Catalogue) -> Position:
    """Return where the catalogue stands."""
    with catalogue.read() as session:
        return session.access.position()


def history(catalogue: Catalogue) -> int:
    """Tell a document's life: v1 of day 0 holds a and b, v2 of day 10 holds a and c. Return its compartment."""
    with catalogue.write() as session:
        where = compartment(session)
        session.documents.put(replace(document(session), current_version=2))
        session.documents.add_version(version(1, 0, 10))
        session.documents.add_version(version(2, 10))
        standing = [stands("a", 1), stands("b", 1, 1), stands("a", 2, 1), stands("c", 2, 0)]
        session.documents.add_occurrences(standing)
        session.documents.open_intervals(
            [interval("a", where, 0), interval("b", where, 0, 10), interval("c", where, 10)]
        )
    return where


def source(name: str = "wiki") -> Source:
    """Return an active source."""
    return Source(name, "git", "/srv/wiki", "legal", frozenset({"local|everyone|*"}), "{}", None)
