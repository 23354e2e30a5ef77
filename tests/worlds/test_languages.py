"""A company that writes in two languages: what search finds, what the filter leaves, what documents say of themselves.

The detector is the real one; what hidden documents could do to an answer is asked with it.
"""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from memory.domain.documents import SourceDocument
from memory.testing.surroundings import NOON
from tests.worlds.building import World, a_world, document

GERMAN = "Die Kündigungen der Verträge müssen schriftlich erfolgen, und die Fristen stehen in jedem Vertrag."
ENGLISH = "Contracts are terminated in writing, and the periods of notice are written in every single contract."
BOTH = f"# Recht\n\n{GERMAN}\n\n# Law\n\n{ENGLISH}\n\n# Noch etwas\n\n{GERMAN.replace('schriftlich', 'immer')}"
NAMES = {"german": GERMAN, "english": ENGLISH, "both": BOTH, "short": "Basecamp 4711"}


def brought(name: str, text: str, *, days: int = 1, scope: str = "") -> SourceDocument:
    return document(name, text, NOON - timedelta(days=days), scope=scope)


class Office:
    """A world with one reader and one source everybody reads."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.token = world.token(world.person("ana", "employees"), name="ana")
        self.source = world.source("handbook", "everyone")
        world.bring(self.source, *(brought(name, text) for name, text in NAMES.items()))
        self.names = {world.document_id("handbook", name): name for name in NAMES}

    def texts(self, query: str, *languages: str) -> list[str]:
        passages = self.world.passages(self.token, query, top_k=20, filters={"languages": list(languages)})
        return [passage["text"] for passage in passages]

    def language(self, name: str) -> str | None:
        page = self.world.client.get(
            f"/documents/{self.world.document_id('handbook', name)}", self.token, purpose="support"
        )
        assert page.status == 200
        told: str | None = page.json()["language"]
        return told


@pytest.fixture(scope="module")
def office() -> Iterator[Office]:
    with a_world() as world:
        yield Office(world)


@pytest.mark.parametrize(("name", "language"), [("german", "de"), ("english", "en"), ("both", "de"), ("short", None)])
def test_a_document_says_its_language(office: Office, name: str, language: str | None) -> None:
    assert office.language(name) == language


def test_the_filter_leaves_the_chunks_of_its_languages(office: Office) -> None:
    """The chunk decides, not its document: half of one document is English."""
    german, english = office.texts("Vertrag contract", "de"), office.texts("Vertrag contract", "en")
    assert len(german) == 3
    assert all("Vert" in text for text in german)
    assert len(english) == 2
    assert all("ontract" in text for text in english)
    assert sorted(office.texts("Vertrag contract", "de", "en")) == sorted(german + english)


def test_a_language_that_nothing_is_written_in_finds_nothing(office: Office) -> None:
    assert office.texts("Vertrag contract", "fr") == []


def test_no_filter_leaves_what_is_of_unknown_language(office: Office) -> None:
    assert any("4711" in text for text in office.texts("Basecamp"))
    assert office.texts("Basecamp", "de", "en")[:1] != ["Basecamp 4711"]


@pytest.mark.parametrize(
    ("query", "best"),
    [
        ("Wie wird eine Kündigung geschrieben?", "Kündigungen"),
        ("Kündigung", "Kündigungen"),
        ("terminating a contract", "terminated"),
    ],
)
def test_a_question_meets_other_forms_of_its_words(office: Office, query: str, best: str) -> None:
    """The encoder of these worlds knows words as written alone, so that BM25 stems find these. Fails when the query is
    asked in the forms of one language whatever it is in."""
    assert best in office.texts(query)[0]


def test_a_chunk_that_survives_keeps_its_language_and_what_hid_beside_it_is_not_heard() -> None:
    """Fails when a chunk's language depends on its document: here the first version, whose neighbours nobody in the
    house may read, is German in one world and English in the other."""
    answers = []
    for hidden in (GERMAN, ENGLISH):
        with a_world() as world:
            reader = world.token(world.person("ana", "employees"), name="ana")
            source = world.source("handbook", "everyone")
            world.bring(
                source, brought("d", f"# Basecamp\n\nBasecamp 4711\n\n# More\n\n{hidden} DE89 3704 0044 0532 0130 00")
            )
            world.bring(source, brought("d", f"# Basecamp\n\nBasecamp 4711\n\n# More\n\n{ENGLISH}", days=0))
            bodies = [
                world.passages(reader, "Basecamp", top_k=20, filters={"languages": languages})
                for languages in ([], ["de"], ["en"])
            ]
            answers.append([[passage["text"] for passage in passages] for passages in bodies])
    assert answers[0] == answers[1]
