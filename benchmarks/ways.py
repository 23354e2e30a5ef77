"""Three ways to the same passages: the legs alone, a twin without governance, and the product.

All three ask the same engine through the same filter, mode and corpus of document frequencies, in one process. The
first is what a search costs whoever asks; the second is an ordinary service round it.
"""

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from fastapi import FastAPI
from fastapi.responses import Response
from pydantic import BaseModel
from starlette.types import ASGIApp, Message

from benchmarks.large import reader
from memory.adapters.identity.issuer import TokenIssuer
from memory.domain.identity import Caller
from memory.domain.ports.encoder import Encoder
from memory.domain.ports.index import Index
from memory.domain.retrieval import Narrowing, Plan, Question, VisibleSet
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
    """What one caller may look at, and how it is searched: worked out once, for the ways that do not decide."""

    visible: VisibleSet
    plan: Plan


def sight(cell: str, services: Services) -> Sight:
    """Decide for the caller of a cell, as the product does for every request."""
    rooms, caller = services.reading, Caller(reader(cell), None, APPLICATION, frozenset(), None, "bench")
    now, question = rooms.clock.now(), _question("")
    with rooms.catalogue.read() as session:
        state = rooms.access.state(session)
        context = circumstances(question, caller, rooms.registrations, state, now)
        decision = rooms.visible.decide(entitle(caller, rooms.access, state, now), context, None, state, session)
    return Sight(decision.visible, plan(question, decision.visible, rooms.bounds))


def legs(seen: Sight, encoder: Encoder, index: Index) -> Way:
    """Embed the query and ask both legs for as many candidates as the product does; nothing else."""
    limit = seen.plan.depth + MARGIN

    def ask(query: str) -> None:
        vector = encoder.encode_query(query)
        index.search_dense(vector, visible=seen.visible, narrowing=UNNARROWED, plan=seen.plan, limit=limit)
        index.search_sparse(query, visible=seen.visible, narrowing=UNNARROWED, plan=seen.plan, limit=limit)

    return ask


class TwinRequest(BaseModel):
    """What the twin is asked."""

    query: str
    top_k: int = TOP_K


def twin(seen: Sight, encoder: Encoder, index: Index, services: Services) -> FastAPI:
    """Return a service that trusts everybody: HTTP, embedding, legs, fusion, and the text of the best passages.

    No token, entitlement, policy, re-check, redaction or receipt. It knows what a citation needs, and reads it and the
    text from the same catalogue.
    """
    app = FastAPI(openapi_url=None)

    @app.post("/retrieve")
    def retrieve(request: TwinRequest) -> Response:
        question = _question(request.query)
        candidates = search(question, encoder.encode_query(request.query), seen.visible, seen.plan, index)
        with services.catalogue.read() as session:
            hits = session.documents.hits([best.point_id for best in candidates[: request.top_k]], moment=None)
            found = list(hits.values())
            places = [(hit.document.id, hit.version.text_hash or "", hit.occurrence.span) for hit in found]
            texts = session.documents.slices(places)
        body = [
            {"text": text, "title": hit.version.title, "uri": hit.version.provenance.uri}
            for hit, text in zip(found, texts, strict=True)
        ]
        return Response(json.dumps({"passages": body}, ensure_ascii=False), media_type="application/json")

    return app


class Direct:
    """Calls an application in this process without any client: no sockets, no parsing, one event loop."""

    def __init__(self, app: ASGIApp, token: str = "") -> None:
        self._app = app
        self._loop = asyncio.new_event_loop()
        self._headers = [(b"content-type", b"application/json"), (b"authorization", f"Bearer {token}".encode())]

    def ask(self, query: str) -> bytes:
        """Return the body of the answer; anything but 200 is an error."""
        return self._loop.run_until_complete(self._post(asked(query)))

    def close(self) -> None:
        """End the loop."""
        self._loop.close()

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
