"""A stand-in for a Qdrant server: the REST interface on loopback, answered by the local mode of Qdrant's own client.

Any number of processes share it as they share a server. What they send over the wire is what a server gets; what local
mode leaves out is what it lacks as well: graphs, field indexes, strict mode, replicas and durability.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from typing import Any, ClassVar

from pydantic import BaseModel
from qdrant_client import QdrantClient, models

Answer = Callable[[QdrantClient, str, Any], Any]


@contextmanager
def qdrant_stand_in() -> Iterator[str]:
    """Serve an empty instance until the block ends; yield its URL. Tests ignore the warnings of local mode."""
    client = QdrantClient(":memory:")
    with ThreadingHTTPServer(("127.0.0.1", 0), _handler(client)) as server:
        thread = Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()
    client.close()


def _handler(client: QdrantClient) -> type[BaseHTTPRequestHandler]:
    lock = Lock()  # local mode is no friend of threads

    class Handler(BaseHTTPRequestHandler):
        protocol_version: ClassVar[str] = "HTTP/1.1"
        disable_nagle_algorithm: ClassVar[bool] = True

        def answer(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(length)) if length else {}
            with lock:
                status, result = _answered(client, self.command, self.path.partition("?")[0], body)
            reply = json.dumps({"result": result, "status": "ok", "time": 0.0}).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(reply)))
            self.end_headers()
            self.wfile.write(reply)

        do_GET = do_PUT = do_POST = do_DELETE = answer  # noqa: N815 - the names that the base class asks for

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    return Handler


def _answered(client: QdrantClient, method: str, path: str, body: Any) -> tuple[HTTPStatus, Any]:
    _, collections, name, *rest = path.split("/")
    answer = _ANSWERS.get((method, "/".join(rest)))
    if collections != "collections" or answer is None:
        return HTTPStatus.NOT_FOUND, None
    if rest != ["exists"] and (method, rest) != ("PUT", []) and not client.collection_exists(name):
        return HTTPStatus.NOT_FOUND, None
    try:
        return HTTPStatus.OK, _plain(answer(client, name, body))
    except _ExistsAlready:
        return HTTPStatus.CONFLICT, None


class _ExistsAlready(Exception):  # noqa: N818 - an answer, no error
    """A collection of this name is there."""


def _plain(result: Any) -> Any:
    """Return what JSON can say."""
    if isinstance(result, list):
        return [_plain(one) for one in result]
    return result.model_dump(mode="json") if isinstance(result, BaseModel) else result


def _create(client: QdrantClient, name: str, body: Any) -> bool:
    if client.collection_exists(name):
        raise _ExistsAlready
    asked = models.CreateCollection.model_validate(body)
    return client.create_collection(
        name,
        vectors_config=asked.vectors,
        sparse_vectors_config=asked.sparse_vectors,
        metadata=asked.metadata,
    )


def _upsert(client: QdrantClient, name: str, body: Any) -> Any:
    return client.upsert(name, models.PointsList.model_validate(body).points)


def _retrieve(client: QdrantClient, name: str, body: Any) -> Any:
    return client.retrieve(name, body["ids"], with_payload=body["with_payload"], with_vectors=body["with_vector"])


def _query(client: QdrantClient, name: str, body: Any) -> Any:
    asked = models.QueryRequest.model_validate(body)
    return client.query_points(
        name,
        query=asked.query,
        using=asked.using,
        query_filter=asked.filter,
        search_params=asked.params,
        limit=asked.limit or 10,
        with_payload=False,
    )


def _scroll(client: QdrantClient, name: str, body: Any) -> Any:
    asked = models.ScrollRequest.model_validate(body)
    page, after = client.scroll(name, asked.filter, asked.limit or 10, offset=asked.offset, with_payload=True)
    return {"points": _plain(page), "next_page_offset": after}


def _count(client: QdrantClient, name: str, body: Any) -> Any:
    return client.count(name, models.CountRequest.model_validate(body).filter)


def _delete(client: QdrantClient, name: str, body: Any) -> Any:
    return client.delete(name, models.PointIdsList.model_validate(body))


def _batch(client: QdrantClient, name: str, body: Any) -> Any:
    return client.batch_update_points(name, models.UpdateOperations.model_validate(body).operations)


_ANSWERS: dict[tuple[str, str], Answer] = {
    ("GET", "exists"): lambda client, name, _: {"exists": client.collection_exists(name)},
    ("GET", ""): lambda client, name, _: client.get_collection(name),
    ("PUT", ""): _create,
    ("DELETE", ""): lambda client, name, _: client.delete_collection(name),
    ("PUT", "index"): lambda *_: {"operation_id": 0, "status": "completed"},
    ("PUT", "points"): _upsert,
    ("POST", "points"): _retrieve,
    ("POST", "points/query"): _query,
    ("POST", "points/scroll"): _scroll,
    ("POST", "points/count"): _count,
    ("POST", "points/delete"): _delete,
    ("POST", "points/batch"): _batch,
}
