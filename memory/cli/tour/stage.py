"""What the steps of the tour share: an open home with a company in it, a voice, and claims that must hold."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from memory.audit.recording import Answer
from memory.cli.company import Company, Place
from memory.cli.tour import by_hand
from memory.cli.tour.voice import Voice
from memory.domain.documents import Document
from memory.domain.identity import Caller, Principal, PrincipalToken
from memory.domain.retrieval import Narrowing, Passage, Question
from memory.retrieval.browsing import view
from memory.retrieval.pipeline import retrieve
from memory.wiring import Services

QUESTION = "Can I share this customer dataset with our partner for analysis?"
PURPOSE = "analysis"
TOP_K = 4
PAGE = 1_000
WORKSPACE = "sources"
"""Folder of the home in which the company's repositories are built."""


class ClaimError(Exception):
    """A sentence of the tour that did not hold."""


@dataclass(slots=True)
class Stage:
    """An open home with a company in it. `claims` are the sentences that held in the present step."""

    services: Services
    company: Company
    operator: PrincipalToken
    voice: Voice
    claims: list[str] = field(default_factory=list)
    receipt_id: str = ""

    @property
    def home(self) -> Path:
        """Return the folder of the home."""
        return self.services.settings.home.absolute()

    def expect(self, condition: bool, sentence: str) -> None:  # noqa: FBT001 read like an assertion
        """Tell a claim that holds. Raises `ClaimError` for one that does not."""
        if not condition:
            raise ClaimError(sentence)
        self.claims.append(sentence)
        self.voice.claim(sentence)

    def principal(self, name: str) -> Principal:
        """Return who is called `name` in the company: `mira`, or `service:assistant`."""
        token = _token(name)
        return next(one for one in self.company.principals if one.token == token)

    def place(self, name: str) -> Place:
        """Return the source of this name."""
        return next(one for one in self.company.places if one.name == name)

    def ask(
        self,
        name: str,
        query: str = QUESTION,
        *,
        through: str | None = None,
        as_of: datetime | None = None,
        fresh: str | None = None,
    ) -> Answer:
        """Ask as somebody, for the tour's purpose. Raises `FreshnessNotReached`."""
        question = Question(query, PURPOSE, TOP_K, Narrowing(), as_of=as_of, at_least_as_fresh=fresh)
        return retrieve(question, caller(name, through), self.services.reading)

    def shown_ask(
        self, name: str, query: str = QUESTION, *, through: str | None = None, as_of: datetime | None = None
    ) -> Answer:
        """Ask, and print the command that asks the same."""
        named = None if query == QUESTION else query
        self.voice.command(*by_hand.retrieve(named, f"user:{name}", PURPOSE, TOP_K, through, as_of))
        return self.ask(name, query, through=through, as_of=as_of)

    def titles(self, name: str, *, through: str | None = None) -> frozenset[str]:
        """Return the titles of all documents that somebody may look at."""
        with view(caller(name, through), PURPOSE, self.services.reading) as shown:
            return frozenset(document.title for document in shown.documents(after="", limit=PAGE))

    def document(self, source: str, external_id: str) -> Document:
        """Return a document as the catalogue knows it. Raises `ClaimError`."""
        with self.services.catalogue.read() as session:
            found = session.documents.find(source, external_id)
        if found is None:
            raise ClaimError(f"{external_id} of {source} is known.")
        return found

    def used(self, port: str, *operations: str) -> int:
        """Return how many items a port has been given so far: vectors written, texts embedded."""
        total = self.services.meter.total()
        return sum(one.items for one in total if one.port == port and one.operation in operations)

    def tell_answer(self, answer: Answer) -> None:
        """Print the best passage of each document, with its citation."""
        for number, passage in enumerate(best_of_each(answer), 1):
            self.voice.tell(f"[{number}] {cited(passage)}", hang=4)
            self.voice.tell(excerpt(passage), indent=7, hang=0)

    def tell_rows(self, rows: Mapping[str, str]) -> None:
        """Print facts below each other, each beside its name."""
        wide = max(map(len, rows)) + 2
        for name, text in rows.items():
            self.voice.tell(f"{name:<{wide}}{text}", hang=wide)


def caller(name: str, through: str | None = None) -> Caller:
    """Return who asks: a person through the command line, or an agent on their behalf."""
    actor = None if through is None else _token(through)
    application = "cli" if through is None else "assistant"
    return Caller(_token(name), actor, application, frozenset(), None, "demo")


def best_of_each(answer: Answer) -> list[Passage]:
    """Return the first passage of each document, best first."""
    first: dict[str, Passage] = {}
    for passage in answer.passages:
        first.setdefault(passage.citation.document_id, passage)
    return list(first.values())


def titles_of(answer: Answer) -> list[str]:
    """Return the titles of the documents that an answer cites, best first."""
    return [passage.citation.title for passage in best_of_each(answer)]


def text_of(answer: Answer) -> str:
    """Return everything that an answer says."""
    return "\n".join(passage.text for passage in answer.passages)


def cited(passage: Passage) -> str:
    """Return where a passage stands, in one line."""
    citation = passage.citation
    where = " › ".join([citation.title, *citation.section[1:]])
    return f"{where} ({citation.source}, version {citation.version})"


def excerpt(passage: Passage) -> str:
    """Return some of a passage: the line with the first redacted value, else what follows its heading."""
    if passage.redactions:
        return line_of(passage, passage.redactions[0].span.start)
    heading, _, rest = passage.text.partition("\n")
    return _sentence(rest.strip() or heading)


def line_of(passage: Passage, place: int) -> str:
    """Return the line of a passage in which a place lies."""
    start = passage.text.rfind("\n", 0, place) + 1
    return passage.text[start:].partition("\n")[0]


def _sentence(text: str) -> str:
    """Return the first sentence, which says what the excerpt is shown for."""
    return re.split(r"(?<=[.?!])\s", text, maxsplit=1)[0]


def _token(name: str) -> PrincipalToken:
    return PrincipalToken.parse(name if ":" in name else f"user:{name}")
