"""Three ways to the same passages: the legs alone, a twin without governance, and the product.

All three ask the same engine through the same filter, mode and corpus of document frequencies, in one process. The
first is what a search costs whoever asks: the query is embedded, then one leg after the other is asked. The second is
the product's own service without governance: the same checks of a request, the same search, re-ranking and citations in
the same shape.
"""

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from fastapi import FastAPI
from fastapi.responses import Response
from starlette.types import ASGIApp, Message

from benchmarks.large import reader
from memory.adapters.identity.issuer import TokenIssuer
from memory.api.limits import BodyLimit
from memory.api.schemas.retrieve import RetrieveRequest, passage_body
from memory.domain.identity import Caller
from memory.domain.ports.encoder import Encoder
from memory.domain.ports.index import Index
from memory.domain.retrieval import (
    Citation,
    Freshness,
    Narrowing,
    Passage,
    Plan,
    Question,
    StoredHit,
    VisibleSet,
)
from memory.retrieval.circumstances import circumstances
from memory.retrieval.entitling import entitle
from memory.retrieval.fusion import MARGIN
from memory.retrieval.planning import plan
from memory.retrieval.search import search
from memory.settings import Settings
from memory.wiring import Services

PURPOSE = "support"
TOP_K = 8
APPLICATION = "cli"
UNNARROWED = Narrowing()
Way = Callable[[str], object]


@dataclass(frozen=True, slots=True)
class Sight:
    """What one caller may look at, and how each query is searched: worked out once, for ways that do not decide."""

    visible: VisibleSet
    plans: Mapping[str, Plan]

    @property
    def mode(self) -> str:
        """How the caller's searches walk the vectors."""
        return " ".join({str(plan.mode) for plan in self.plans.values()})


def sight(cell: str, queries: Sequence[str], services: Services) -> Sight:
    """Decide for the caller of a cell, as the product does for every request."""
    rooms, caller = services.reading, Caller(reader(cell), None, APPLICATION, frozenset(), None, "bench")
    now, question = rooms.clock.now(), _question("")
    with rooms.catalogue.read() as session:
        state = rooms.access.state(session)
        context = circumstances(question, caller, rooms.registrations, state, now)
        decision = rooms.visible.decide(entitle(caller, rooms.access, state, now), context, None, state, session)
    plans = {query: plan(_question(query), decision.visible, rooms.bounds, rooms.languages) for query in queries}
    return Sight(decision.visible, plans)


def legs(seen: Sight, encoder: Encoder, index: Index) -> Way:
    """Embed the query and ask both legs for as many candidates as the product does; nothing else."""

    def ask(query: str) -> None:
        steps, vector = seen.plans[query], encoder.encode_query(query)
        limit = steps.depth + MARGIN
        index.search_dense(vector, visible=seen.visible, narrowing=UNNARROWED, plan=steps, limit=limit)
        index.search_sparse(query, visible=seen.visible, narrowing=UNNARROWED, plan=steps, limit=limit)

    return ask


def twin(seen: Sight, encoder: Encoder, index: Index, services: Services) -> FastAPI:
    """Return a service that trusts everybody: HTTP, embedding, legs, fusion, and the text of the best passages.

    No token, entitlement, policy, re-check, redaction or receipt. Requests are validated and planned as the product
    does, and passages have the product's shape; what they cite and say is read from the same catalogue.
    """
    app = FastAPI(openapi_url=None)

    @app.post("/retrieve")
    def retrieve(request: RetrieveRequest) -> Response:
        question = request.question()
        with encoder.encoding(question.query) as vector:
            steps = plan(question, seen.visible, services.reading.bounds, services.reading.languages)
            candidates = search(question, vector, seen.visible, steps, index)
        with services.catalogue.read() as session:
            hits = session.documents.hits([best.point_id for best in candidates[: question.top_k]], moment=None)
            found = list(hits.values())
            places = [(hit.document.id, hit.version.text_hash or "", hit.occurrence.span) for hit in found]
            texts = session.documents.slices(places)
        passages = [passage_body(_passage(hit, text)) for hit, text in zip(found, texts, strict=True)]
        return Response(json.dumps({"passages": passages}, ensure_ascii=False), media_type="application/json")

    app.add_middleware(BodyLimit, limit=services.settings.max_body_bytes)
    return app


def _passage(hit: StoredHit, text: str) -> Passage:
    version = hit.version
    return Passage(
        chunk_id=hit.occurrence.chunk_id,
        text=text,
        citation=Citation(
            document_id=hit.document.id,
            version=version.number,
            title=version.title,
            uri=version.provenance.uri,
            source=hit.document.source,
            section=hit.occurrence.section,
            author=version.provenance.author,
            modified_at=version.modified_at,
            span=hit.occurrence.span,
            content_hash=version.content_hash,
            commit=version.provenance.commit,
        ),
        labels=(),
        redactions=(),
        freshness=Freshness("current", 0, 0),
    )


class Direct:
    """Calls an application in this process without any client: no sockets, no parsing, one event loop.

    As in a server, one task lives as long as the loop: worker threads of the application end with the task that began
    them, and a new one for every request would cost a tenth of a millisecond.
    """

    def __init__(self, app: ASGIApp, token: str = "") -> None:
        self._app = app
        self._loop = asyncio.new_event_loop()
        self._headers = [(b"content-type", b"application/json"), (b"authorization", f"Bearer {token}".encode())]
        self._asked: asyncio.Queue[tuple[bytes, asyncio.Future[bytes]]] = asyncio.Queue()
        self._serving = self._loop.create_task(self._serve())

    def ask(self, query: str) -> bytes:
        """Return the body of the answer; anything but 200 is an error."""
        reply: asyncio.Future[bytes] = self._loop.create_future()
        self._asked.put_nowait((asked(query), reply))
        return self._loop.run_until_complete(reply)

    def close(self) -> None:
        """End the loop."""
        self._serving.cancel()
        self._loop.run_until_complete(asyncio.gather(self._serving, return_exceptions=True))
        self._loop.close()

    async def _serve(self) -> None:
        while True:
            body, reply = await self._asked.get()
            try:
                reply.set_result(await self._post(body))
            except Exception as error:  # noqa: BLE001 - it belongs to whoever asked
                reply.set_exception(error)

    async def _post(self, body: bytes) -> bytes:
        sent: list[Message] = []

        async def receive() -> Message:
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: Message) -> None:
            sent.append(message)

        headers = [*self._headers, (b"content-length", str(len(body)).encode())]
        await self._app(_scope(headers), receive, send)
        if sent[0]["status"] != 200:
            raise RuntimeError(f"answered {sent[0]['status']}")
        return b"".join(message.get("body", b"") for message in sent[1:])


def asked(query: str) -> bytes:
    """Return the body of a request."""
    return json.dumps({"query": query, "purpose": PURPOSE, "top_k": TOP_K}).encode()


def token_of(cell: str, settings: Settings) -> str:
    """Return a token of the caller of a cell."""
    return TokenIssuer(settings.keys).issue(
        reader(cell),
        application=APPLICATION,
        roles=frozenset(),
        writes=None,
        actor=None,
        lifetime=timedelta(hours=6),
        now=datetime.now(UTC),
    )


def _question(query: str) -> Question:
    return Question(query, PURPOSE, TOP_K, UNNARROWED)


def _scope(headers: list[tuple[bytes, bytes]]) -> dict[str, Any]:
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "POST",
        "scheme": "http",
        "path": "/retrieve",
        "raw_path": b"/retrieve",
        "query_string": b"",
        "root_path": "",
        "headers": headers,
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 80),
    }
