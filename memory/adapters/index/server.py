"""The index on a Qdrant server or cluster, which any number of processes share.

Points and questions come in, ids and scores go out, over gRPC or REST. The server optimises by itself and goes on
answering meanwhile. Searches are never retried here: the question may be asked again.

What only a server or cluster shows, and the client's local mode does not: graphs and ACORN, field indexes, strict mode,
replicas. What several shards change: each counts document frequencies over its own visible points.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from qdrant_client import QdrantClient, models

from memory.adapters.index import points as form
from memory.adapters.index.collection import Collection, Shape, batches
from memory.adapters.index.filters import VisibleFilters
from memory.adapters.index.server_words import ServerWords, counted_over, server_point, walk
from memory.adapters.index.terms import query_terms
from memory.domain.errors import Misconfigured
from memory.domain.ports.encoder import Vector
from memory.domain.ports.index import IndexPoint, PointState
from memory.domain.retrieval import Narrowing, Plan, Scored, VisibleSet

PAGE = 1_000
TIMEOUT_S = 30
REST_PORT = 6333

# Through the permanent leader of each shard: two states of a point must reach every replica in one order.
ORDERING = models.WriteOrdering.STRONG


@dataclass(frozen=True, slots=True)
class Address:
    """Where a server is and how to speak to it. `grpc_port` 0 speaks REST; `authority` is a file, the CA to trust."""

    url: str
    grpc_port: int = 6334
    api_key: str | None = None
    authority: Path | None = None


def open_server_index(address: Address, shape: Shape) -> "ServerIndex":
    """Return the index on a server; it is reached when it is first used.

    Raises `Misconfigured` for a URL that cannot be read, or one beyond loopback without TLS.
    """
    return ServerIndex(Collection(_client(address), shape), shape)


class ServerIndex:
    """The `Index` of several processes; safe from any number of threads. Made by `open_server_index`."""

    def __init__(self, collection: Collection, shape: Shape) -> None:
        self._collection = collection
        self._name = shape.name
        self._dimension = shape.dimension
        self._filters = VisibleFilters(ServerWords())

    def search_dense(
        self, vector: Vector, *, visible: VisibleSet, narrowing: Narrowing, plan: Plan, limit: int
    ) -> list[Scored]:
        """Return the nearest points by cosine, walking the vectors as the plan says."""
        allowed = self._filters.of(visible)
        if allowed is None:
            return []
        numbers = form.numbers(vector, self._dimension)
        return self._search(form.DENSE, numbers, allowed.narrowed(narrowing), walk(plan), limit)

    def search_sparse(
        self, query: str, *, visible: VisibleSet, narrowing: Narrowing, plan: Plan, limit: int
    ) -> list[Scored]:
        """Return the best points by BM25, always exactly, in the languages of the plan."""
        allowed = self._filters.of(visible)
        terms = query_terms(query, plan.languages)
        if allowed is None or not terms:
            return []
        asked = models.SparseVector(indices=list(terms), values=list(terms.values()))
        return self._search(form.SPARSE, asked, allowed.narrowed(narrowing), counted_over(allowed.whole), limit)

    def _search(self, leg: str, query: Any, allowed: Any, params: models.SearchParams, limit: int) -> list[Scored]:
        with self._collection.calling("during a search") as client:
            found = client.query_points(
                self._name,
                query=query,
                using=leg,
                query_filter=allowed,
                search_params=params,
                limit=limit,
                with_payload=False,
                with_vectors=False,
            )
        return [Scored(form.canonical(hit.id), hit.score) for hit in found.points]

    def publish(self, points: Sequence[IndexPoint]) -> None:
        """Add or replace points; an empty sequence costs nothing."""
        server_points = [server_point(point, self._dimension) for point in points]
        with self._collection.calling("while points were published") as client:
            for batch in batches(server_points):
                client.upsert(self._name, batch, wait=True, ordering=ORDERING)

    def govern(self, states: Sequence[PointState]) -> None:
        """Replace what filters read on existing points; equal payloads travel together, vectors stay."""
        payloads: dict[str, tuple[dict[str, Any], list[Any]]] = {}
        latest = {form.canonical(state.id): state for state in states}
        with self._collection.calling("while points were governed") as client:
            # A request that names an unknown point fails after it changed the others.
            for point_id in self._known(client, list(latest)):
                body = form.payload(latest[point_id])
                payloads.setdefault(repr(body), (body, []))[1].append(point_id)
            for operations in batches([_overwriting(*one) for one in payloads.values()]):
                client.batch_update_points(self._name, operations, wait=True, ordering=ORDERING)

    def _known(self, client: QdrantClient, ids: Sequence[str]) -> Iterator[str]:
        for batch in batches(ids):
            for record in client.retrieve(self._name, batch, with_payload=False, with_vectors=False):
                yield form.canonical(record.id)

    def remove(self, point_ids: Sequence[str]) -> None:
        """Delete points; unknown ones are skipped by the server."""
        with self._collection.calling("while points were removed") as client:
            for batch in batches([form.canonical(point_id) for point_id in point_ids]):
                selected = models.PointIdsList(points=batch)
                client.delete(self._name, selected, wait=True, ordering=ORDERING)

    def states(self) -> Iterator[tuple[str, PointState | None]]:
        """Yield the state of every point by pages; points written meanwhile may or may not be among them."""
        after: Any = None
        while True:
            with self._collection.calling("while points were listed") as client:
                page, after = client.scroll(self._name, limit=PAGE, offset=after, with_payload=True, with_vectors=False)
            for record in page:
                point_id = form.canonical(record.id)
                yield point_id, form.state(point_id, record.payload or {})
            if after is None:
                return

    def count(self) -> int:
        """Return the number of points."""
        with self._collection.calling("while points were counted") as client:
            return client.count(self._name, exact=True).count

    def clear(self) -> None:
        """Begin an empty index, whatever became of the one before; searches of others fail for that moment."""
        self._collection.clear()

    def optimize(self) -> None:
        """Wait until the server has optimised by itself."""
        self._collection.settle()

    def close(self) -> None:
        """Release the connections. Doing it twice is harmless."""
        self._collection.close()


def _overwriting(payload: dict[str, Any], ids: list[Any]) -> models.OverwritePayloadOperation:
    return models.OverwritePayloadOperation(overwrite_payload=models.SetPayload(payload=payload, points=ids))


def _client(address: Address) -> QdrantClient:
    _require_safe(address.url)
    options: dict[str, Any] = {}
    if address.authority is not None:
        options = {"grpc_options": {"root_certificates": _read(address.authority)}, "verify": str(address.authority)}
    if address.api_key is not None:
        # As a header, because the client's own argument warns of loopback without TLS, which is allowed.
        options["headers"] = {"api-key": address.api_key}
    return QdrantClient(
        url=address.url,
        port=REST_PORT,
        grpc_port=address.grpc_port,
        prefer_grpc=address.grpc_port != 0,
        timeout=TIMEOUT_S,
        check_compatibility=False,  # asks over REST in a thread of its own; the first call tells as well
        **options,
    )


def _read(authority: Path) -> bytes:
    try:
        return authority.read_bytes()
    except OSError as error:
        raise Misconfigured(f"The authority in {authority} cannot be read; mend the file or its rights.") from error


def _require_safe(url: str) -> None:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username or parts.password:
        raise Misconfigured("The URL of the index cannot be read; write https://host:6333, the key elsewhere.")
    try:
        loopback = parts.hostname == "localhost" or ip_address(parts.hostname).is_loopback
    except ValueError:
        loopback = False
    if parts.scheme == "http" and not loopback:
        raise Misconfigured("Refusing to reach the index beyond this machine without TLS; write https:// in its URL.")
