"""Retrieval quality on a collection, through the real walks, in a home of its own.

Every document is ingested like any other, every query passes entitlements, policy, plan, search and re-check; the
fused ranking is that of `/retrieve` itself. Passages count for their documents, the best first.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from statistics import fmean

from memory.domain.documents import Provenance, SourceDocument, SourceEvent, SourcePermission
from memory.domain.identity import EVERYONE, OPERATING, Caller, Principal, PrincipalKind, PrincipalToken
from memory.domain.permissions import Acl
from memory.domain.ports.catalogue import Reading
from memory.domain.retrieval import Decision, Narrowing, Question, Scored
from memory.evaluation.collections import Collection
from memory.evaluation.measures import ndcg, recall, reciprocal_rank
from memory.ingest.registering import register, source_of
from memory.ingest.syncing import sync
from memory.retrieval.circumstances import circumstances
from memory.retrieval.entitling import entitle
from memory.retrieval.pipeline import retrieve
from memory.retrieval.planning import plan
from memory.retrieval.search import dense, sparse
from memory.wiring import Services

SOURCE = "collection"
PURPOSE = "analysis"
EVALUATOR = PrincipalToken("local", PrincipalKind.USER, "evaluator")
EMPLOYEES = PrincipalToken("local", PrincipalKind.GROUP, "employees")
DEPTH = 50
"""Passages per query: enough for ten documents, though long ones have several."""

CALLER = Caller(EVALUATOR, None, "cli", frozenset(), None, "evaluation")
Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Quality:
    """Mean measures over all queries of one ranking."""

    ndcg: float
    recall: float
    mrr: float

    def to_json(self) -> dict[str, float]:
        """Return the measures under their usual names."""
        return {"ndcg@10": self.ndcg, "recall@10": self.recall, "mrr@10": self.mrr}


Runs = Mapping[str, Mapping[str, Sequence[str]]]
"""The documents that dense, sparse and fused search found for each query, best first."""


def evaluate(collection: Collection, services: Services, progress: Progress) -> dict[str, Quality]:
    """Ingest the collection into an empty home and return the quality of dense, sparse and fused search."""
    return qualities(rankings(collection, services, progress), collection)


def qualities(runs: Runs, collection: Collection) -> dict[str, Quality]:
    """Return the quality of each ranking."""
    return {leg: quality(run, collection.judgments) for leg, run in runs.items()}


def by_language(runs: Runs, collection: Collection, services: Services) -> dict[str, dict[str, Quality]]:
    """Return the quality of each ranking over the queries whose best document is in a language, by language.

    Queries whose document is of unknown language count for none.
    """
    best = {query: max(judged, key=judged.__getitem__) for query, judged in collection.judgments.items()}
    with services.catalogue.read() as session:
        found = {key: session.documents.find(SOURCE, key) for key in set(best.values())}
    spoken = {key: document.language for key, document in found.items() if document is not None}
    return {
        language: qualities({leg: _in(language, run, best, spoken) for leg, run in runs.items()}, collection)
        for language in sorted({spoken.get(best[query]) or "" for query in collection.queries} - {""})
    }


def rankings(collection: Collection, services: Services, progress: Progress) -> Runs:
    """Ingest the collection into an empty home and ask every query."""
    _ingest(collection, services, progress)
    # By name: the id of a document can look like a telephone number and then is masked wherever it is shown.
    names = {services.writing.naming.document(SOURCE, key): key for key, _, _ in collection.corpus()}
    runs: dict[str, dict[str, list[str]]] = {"dense": {}, "sparse": {}, "fused": {}}
    for number, (query_id, text) in enumerate(collection.queries.items(), 1):
        question = Question(text, PURPOSE, DEPTH, Narrowing())
        answer = retrieve(question, CALLER, services.reading)
        found = {**_legs(question, services), "fused": [passage.citation.document_id for passage in answer.passages]}
        for leg, documents in found.items():
            runs[leg][query_id] = [names[document] for document in dict.fromkeys(documents)]
        if number % 50 == 0:
            progress(f"{number} of {len(collection.queries)} queries")
    return runs


def quality(run: Mapping[str, Sequence[str]], judgments: Mapping[str, Mapping[str, int]]) -> Quality:
    """Return the mean measures of a run."""
    return Quality(
        fmean(ndcg(ranking, judgments[query]) for query, ranking in run.items()),
        fmean(recall(ranking, judgments[query]) for query, ranking in run.items()),
        fmean(reciprocal_rank(ranking, judgments[query]) for query, ranking in run.items()),
    )


def _in(
    language: str, run: Mapping[str, Sequence[str]], best: Mapping[str, str], spoken: Mapping[str, str | None]
) -> dict[str, Sequence[str]]:
    return {query: ranking for query, ranking in run.items() if spoken.get(best[query]) == language}


def _ingest(collection: Collection, services: Services, progress: Progress) -> None:
    with services.catalogue.write() as session:
        session.access.put_principal(Principal(EVALUATOR, "Evaluator"))
        session.access.set_members(EMPLOYEES, [EVALUATOR])
    wanted = source_of(SOURCE, "push", "", "evaluation", {"allow": ["everyone"]})
    source, _ = register(wanted, OPERATING, services.writing)
    outcomes = sync(_events(collection), source, services.writing, publish=services.publish)
    for number, _ in enumerate(outcomes, 1):
        if number % 500 == 0:
            progress(f"{number} documents")
    services.index.optimize()


def _events(collection: Collection) -> Iterator[SourceEvent]:
    yield SourcePermission("", Acl.of([EVERYONE]))
    now = datetime.now(UTC)
    for document_id, title, text in collection.corpus():
        content = f"{title}\n\n{text}" if title else text
        yield SourceDocument(
            external_id=document_id,
            title=title or document_id,
            content=content.encode(),
            media_type="text/plain",
            scope_key="",
            modified_at=now,
            provenance=Provenance(uri=document_id, connector="collection"),
        )


def _legs(question: Question, services: Services) -> dict[str, list[str]]:
    """Return for either leg alone the document of each passage, under the same decision and plan as the answer."""
    rooms = services.reading
    now = rooms.clock.now()
    with rooms.catalogue.read() as session:
        state = rooms.access.state(session)
        context = circumstances(question, CALLER, rooms.registrations, state, now)
        decision: Decision = rooms.visible.decide(
            entitle(CALLER, rooms.access, state, now), context, None, state, session
        )
        steps = plan(question, decision.visible, rooms.bounds, rooms.languages)
        vector = rooms.encoder.encode_query(question.query)
        legs = {
            "dense": dense(question, vector, decision.visible, steps, rooms.index),
            "sparse": sparse(question, decision.visible, steps, rooms.index),
        }
        return {name: _documents(leg, session) for name, leg in legs.items()}


def _documents(leg: Sequence[Scored], session: Reading) -> list[str]:
    hits = session.documents.hits([found.point_id for found in leg], moment=None)
    return [hits[found.point_id].document.id for found in leg if found.point_id in hits]
