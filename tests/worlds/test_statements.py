"""What a whole question, and a document brought in and published, cost the catalogue in statements.

The same few at either size of corpus and on either database. A number that changes here is a statement more or less on
a path that everybody takes: write the new one down only if it is worth it.
"""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest

from memory.adapters.catalogue import SqlCatalogue, open_catalogue
from memory.domain.documents import SourceDocument
from memory.domain.governance import Source
from memory.domain.identity import PrincipalToken
from memory.domain.permissions import Acl
from memory.testing.surroundings import NOON
from tests.databases import Databases
from tests.statements import statements
from tests.worlds.building import World, a_world, document

SMALL, LARGE = 20, 400
"""Documents of the two corpora."""

BATCH = 64
SCOPES = 5
EMPLOYEES, LAW = PrincipalToken.parse("group:employees"), PrincipalToken.parse("group:law")
QUESTION = "days of leave in office"

ASKED = {
    "as it is": ({}, 4),  # where the catalogue stands, withdrawals, hits, texts with their values
    "a hundred passages": ({"top_k": 100}, 4),
    "with what stands beside": ({"expand": 2}, 5),
    "as of an hour ago": ({"as_of": (NOON - timedelta(hours=1)).isoformat()}, 4),
}
"""Ways to ask, and what each costs when nothing has changed since the question before."""

LEARNING = {"a document": 5, "a permission": 6}
"""What the first question after a change costs more: the catalogue tells what changed, not what there is."""

READ_ONCE, PUBLISHED, EACH = 6, 7, 14
"""Of a batch, whatever is in it; of publishing it; and of each document in it, however many chunks that has."""

PROFILE, SCOPE = 1, 2
"""Of each distinct profile in a batch; of each scope, with its compartment."""

ALONE = READ_ONCE + EACH + PROFILE + SCOPE + PUBLISHED
"""Of a document in a batch of its own."""

VALUE = 3
"""Of a document with a value that some may search for, more: its findings, and a second profile and compartment."""

VERSION = 17
"""Of a document's next version, more: the one before is looked up and ended, a point closed, the others told."""

AGAIN = 9
"""Of a document that is on record as it is: it is looked up, and again in the transaction."""


@dataclass
class Corpus:
    """A world whose documents are in several scopes and compartments, and what its catalogue is asked."""

    world: World
    source: Source
    token: str
    seen: list[str]

    def asked(self, **body: object) -> int:
        """Put a question and return how many statements it took."""
        del self.seen[:]
        assert self.world.passages(self.token, QUESTION, **body) != []
        return len(self.seen)

    def brought(self, *documents: SourceDocument) -> int:
        """Bring documents in, let the index follow, and return how many statements that took."""
        del self.seen[:]
        outcomes = self.world.bring(self.source, *documents)
        assert {one.change for one in outcomes} <= {"added", "updated", "unchanged"}
        return len(self.seen)


def text(number: int, rules: int = 3) -> str:
    """Return a document of as many chunks as it has rules."""
    rest = "as was agreed with the works council and signed by those who were there, until further notice of the board"
    return "\n\n".join(
        [f"# Policy {number}"]
        + [
            f"Rule {number}.{rule}: everybody has {rule} days of leave in office {number}, {rest}."
            for rule in range(rules)
        ]
    )


def policy(number: int, *, rules: int = 3, more: str = "", at: datetime = NOON - timedelta(days=1)) -> SourceDocument:
    made = text(number, rules) + (f"\n\n{more}" if more else "")
    return document(f"policy-{number}", made, at, scope=f"folder-{number % SCOPES}")


@contextmanager
def corpus(size: int, catalogue: SqlCatalogue | None) -> Iterator[Corpus]:
    """Open a world with this many documents; every third holds a value, every fifth folder is of somebody else."""
    ports = {} if catalogue is None else {"catalogue": catalogue}
    with a_world(**ports) as world:
        source = world.source("wiki", str(EMPLOYEES), str(LAW))
        for number in range(SCOPES):
            world.permit(source, f"folder-{number}", Acl.of([EMPLOYEES if number else LAW]))
        documents = [policy(n, more="" if n % 3 else f"Write to person{n}@example.com.") for n in range(size)]
        for at in range(0, size, BATCH):
            world.bring(source, *documents[at : at + BATCH])
        opened = world.services.catalogue
        assert isinstance(opened, SqlCatalogue)
        with statements(opened) as seen:
            yield Corpus(world, source, world.token(world.person("ada", "employees")), seen)


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def grown(request: pytest.FixtureRequest) -> Iterator[list[Corpus]]:
    """Yield the two corpora on one database; tests add documents of their own."""
    if request.param == "sqlite":
        with corpus(SMALL, None) as small, corpus(LARGE, None) as large:
            yield [small, large]
        return
    databases: Databases = request.getfixturevalue("databases")
    with (
        databases.fresh() as one,
        databases.fresh() as other,
        closing(open_catalogue(one)) as first,
        closing(open_catalogue(other)) as second,
        corpus(SMALL, first) as small,
        corpus(LARGE, second) as large,
    ):
        yield [small, large]


@pytest.mark.parametrize(("body", "cost"), ASKED.values(), ids=list(ASKED))
def test_a_question_costs_the_same_few_statements_in_any_corpus(
    grown: list[Corpus], body: dict[str, object], cost: int
) -> None:
    """Fails for one query more, above all for one per passage: tried with the text of each hit read by itself."""
    for each in grown:
        each.asked()  # learns what other tests changed
        assert each.asked(**body) == cost, each.seen


def test_what_changed_is_learnt_in_a_few_statements_however_much_there_is(grown: list[Corpus]) -> None:
    """Fails when a change has the facts of every scope, person or compartment read one by one."""
    for each in grown:
        each.asked()
        each.brought(policy(1_001))
        assert each.asked() == ASKED["as it is"][1] + LEARNING["a document"], each.seen
        each.world.permit(each.source, "folder-1", Acl.of([EMPLOYEES, LAW, PrincipalToken.parse("group:board")]))
        assert each.asked() == ASKED["as it is"][1] + LEARNING["a permission"], each.seen


def test_a_document_costs_the_same_statements_in_any_corpus_and_however_long_it_is(grown: list[Corpus]) -> None:
    """Fails for one statement more per document, and for one per chunk: tried with outbox entries added one by one."""
    for each in grown:
        assert each.brought(policy(2_001)) == ALONE, each.seen
        assert each.brought(policy(2_002, rules=40)) == ALONE, each.seen
        with_value = policy(2_003, more="Write to somebody@example.com.")
        assert each.brought(with_value) == ALONE + VALUE, each.seen


def test_documents_share_what_a_batch_costs(grown: list[Corpus]) -> None:
    """Fails when what is done once for a batch is done for each of its documents: tried with the outbox as above."""
    for each in grown:
        several = [policy(3_000 + number) for number in range(8)]
        shared = PROFILE + SCOPES * SCOPE
        assert each.brought(*several) == READ_ONCE + 8 * EACH + shared + PUBLISHED, each.seen


def test_a_version_costs_the_same_however_many_were_before_it_and_one_that_is_known_next_to_nothing(
    grown: list[Corpus],
) -> None:
    """Fails for a statement per version on record; and for one more, tried with all versions read for the next one."""
    for each in grown:
        each.brought(policy(4_001, more="Edition 0."))
        for edition in range(1, 4):
            newer = policy(4_001, more=f"Edition {edition}.", at=NOON - timedelta(hours=9 - edition))
            assert each.brought(newer) == ALONE + VERSION, each.seen
            assert each.brought(newer) == AGAIN, each.seen
