"""What the steps of the tour share: an open home with a company in it, a voice, and claims that must hold."""

import textwrap
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from rich.console import Console

from memory.audit.recording import Answer
from memory.cli.company import Company
from memory.cli.options import printable
from memory.domain.identity import Caller, Principal, PrincipalToken
from memory.domain.retrieval import Narrowing, Passage, Question
from memory.retrieval.browsing import view
from memory.retrieval.pipeline import retrieve
from memory.wiring import Services

QUESTION = "Can I share this customer dataset with our partner for analysis?"
PURPOSE = "analysis"
TOP_K = 4
WIDTH = 112
"""Lines are wrapped and excerpts cut here, so that the tour fits a usual terminal."""


class ClaimError(Exception):
    """A sentence of the tour that did not hold."""


@dataclass(slots=True)
class Stage:
    """An open home with a company in it. `claims` are the sentences that held in the present step."""

    services: Services
    company: Company
    operator: PrincipalToken
    console: Console
    claims: list[str] = field(default_factory=list)
    receipt_id: str = ""

    def tell(self, text: str, *, indent: int = 3) -> None:
        """Print a line. What documents say is data: no markup, no terminal control characters."""
        margin = " " * indent
        for line in textwrap.wrap(
            printable(text),
            WIDTH,
            initial_indent=margin,
            subsequent_indent=margin + "  ",
            break_long_words=False,
            break_on_hyphens=False,
        ):
            self.console.print(line, markup=False)

    def expect(self, condition: bool, sentence: str) -> None:  # noqa: FBT001 read like an assertion
        """Tell a claim that holds. Raises `ClaimError` for one that does not."""
        if not condition:
            raise ClaimError(sentence)
        self.claims.append(sentence)
        self.console.print(f"   ✓ {printable(sentence)}", markup=False, style="green")

    def principal(self, name: str) -> Principal:
        """Return who is called `name` in the company: `mira`, or `service:assistant`."""
        token = _token(name)
        return next(one for one in self.company.principals if one.token == token)

    def ask(self, name: str, *, through: str | None = None, as_of: datetime | None = None) -> Answer:
        """Ask the tour's question as somebody, for the tour's purpose."""
        question = Question(QUESTION, PURPOSE, TOP_K, Narrowing(), as_of=as_of)
        return retrieve(question, caller(name, through), self.services.reading)

    def titles(self, name: str, *, through: str | None = None) -> frozenset[str]:
        """Return the titles of all documents that somebody may look at."""
        with view(caller(name, through), PURPOSE, self.services.reading) as shown:
            return frozenset(document.title for document in shown.documents(after="", limit=100))

    def tell_answer(self, answer: Answer) -> None:
        """Print the best passage of each document, with its citation."""
        for number, passage in enumerate(best_of_each(answer), 1):
            self.tell(f"[{number}] {cited(passage)}")
            self.tell(excerpt(passage), indent=7)


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
    """Return one line of a passage: the one with the first redacted value, else its first sentences."""
    if passage.redactions:
        start = passage.text.rfind("\n", 0, passage.redactions[0].span.start) + 1
        shown = passage.text[start:].partition("\n")[0]
    else:
        shown = passage.text.partition("\n")[2] or passage.text  # a passage begins with its heading
    return textwrap.shorten(shown, WIDTH - 8, placeholder=" …")


def listed(names: Iterable[str]) -> str:
    """Return names in one line."""
    return ", ".join(names) or "nothing"


def _token(name: str) -> PrincipalToken:
    return PrincipalToken.parse(name if ":" in name else f"user:{name}")
