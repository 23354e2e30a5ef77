"""Somebody who asks: an employee in every role group, so that nothing but permission and time hides a passage."""

from datetime import datetime

from memory.domain.identity import Caller, Principal, PrincipalToken
from memory.domain.retrieval import Narrowing, Passage, Question
from memory.retrieval.pipeline import retrieve
from memory.wiring import Services

PURPOSE = "analysis"
READER = PrincipalToken.parse("user:reader")
ROLES = ("employees", "security", "health-readers", "pii-readers", "finance-readers")
CALLER = Caller(READER, None, "cli", frozenset(), None, "benchmark")
TOP_K = 20


def admit(services: Services) -> None:
    """Put the reader into the directory."""
    with services.catalogue.write() as session:
        session.access.put_principal(Principal(READER, "Reader", "US"))
        for role in ROLES:
            session.access.set_members(PrincipalToken.parse(f"group:{role}"), [READER])


def ask(query: str, services: Services, *, source: str, as_of: datetime | None = None) -> tuple[Passage, ...]:
    """Return what `/retrieve` answers the reader about one source."""
    narrowing = Narrowing(sources=frozenset({source}))
    return retrieve(Question(query, PURPOSE, TOP_K, narrowing, as_of=as_of), CALLER, services.reading).passages
