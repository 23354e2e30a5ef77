"""Every request to a Qdrant server is one that its OpenAPI document describes.

A listener on loopback takes what the client sends over REST, judges path, method and body by the document, and answers
as little as the client needs. What goes over gRPC is converted by the client from the same models.
"""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any, ClassVar

import pytest
from jsonschema import Draft202012Validator

from memory.adapters.index.collection import Shape
from memory.adapters.index.points import field_indexes as edge_indexes
from memory.adapters.index.server import Address, ServerIndex, open_server_index
from memory.domain.errors import IndexUnavailable, Misconfigured
from memory.domain.retrieval import Narrowing, SearchMode
from memory.testing.index_world import DAY, DIMENSION, PLAN, START, point, point_id, seeing, state, vector

KEY = "made-up key"
SHAPE = Shape("memory", DIMENSION, shards=2, replicas=2)
SECTIONS = (
    Narrowing(),
    Narrowing(
        sources=frozenset({"wiki"}),
        media_types=frozenset({"text/plain"}),
        labels=frozenset({"internal"}),
        languages=frozenset({"de"}),
        modified_from=START,
        modified_to=START + DAY,
        attributes={"team": "law"},
    ),
)


@pytest.fixture(scope="module")
def document(test_data: Path) -> dict[str, Any]:
    path = test_data / "contracts" / "qdrant-openapi-1.19.json"
    if not path.is_file():
        pytest.skip("Qdrant's OpenAPI document is not among the test data")
    return json.loads(path.read_text())  # type: ignore[no-any-return]


class Judge:
    """Knows the document, and keeps what was sent."""

    def __init__(self, document: dict[str, Any]) -> None:
        self._document = document
        self.seen: list[tuple[str, str, Any]] = []
        self.wrong: list[str] = []
        self.keys: set[str | None] = set()
        self.status = 200

    def hear(self, method: str, path: str, body: Any, key: str | None) -> Any:
        """Judge a request and return the result to answer with."""
        operation = self._operation(method, path)
        self.keys.add(key)
        self.seen.append((method, operation, body))
        if body is not None and operation in self._document["paths"]:
            described = self._document["paths"][operation][method.lower()]["requestBody"]["content"]
            schema = {**described["application/json"]["schema"], "components": self._components()}
            self.wrong += [f"{method} {operation}: {e.message}" for e in Draft202012Validator(schema).iter_errors(body)]
        return ANSWERS.get((method, operation), {"operation_id": 1, "status": "completed"})

    def bodies(self, operation: str) -> list[Any]:
        return [body for _, path, body in self.seen if path == operation]

    def _operation(self, method: str, path: str) -> str:
        for template, methods in self._document["paths"].items():
            pattern = re.sub(r"\\{\w+\\}", "[^/]+", re.escape(template))
            if method.lower() in methods and re.fullmatch(pattern, path):
                return str(template)
        self.wrong.append(f"{method} {path} is not described")
        return path

    def _components(self) -> Any:
        """Return the schemas; `nullable` alone, an OpenAPI word, would allow anything beside null."""
        text = json.dumps(self._document["components"])
        return json.loads(re.sub(r'\{"nullable": true\}', '{"type": "null"}', text))


COLLECTION = {
    "status": "green",
    "optimizer_status": "ok",
    "segments_count": 1,
    "config": {
        "params": {},
        "hnsw_config": {"m": 16, "ef_construct": 100, "full_scan_threshold": 10},
        "optimizer_config": {
            "deleted_threshold": 0.1,
            "vacuum_min_vector_number": 1,
            "default_segment_number": 1,
            "flush_interval_sec": 5,
        },
        "metadata": SHAPE.mark,
    },
    "payload_schema": {},
}
ANSWERS: dict[tuple[str, str], Any] = {
    ("GET", "/collections/{collection_name}/exists"): {"exists": False},
    ("GET", "/collections/{collection_name}"): COLLECTION,
    ("PUT", "/collections/{collection_name}"): True,
    ("DELETE", "/collections/{collection_name}"): True,
    ("POST", "/collections/{collection_name}/points/query"): {"points": []},
    ("POST", "/collections/{collection_name}/points/scroll"): {"points": []},
    ("POST", "/collections/{collection_name}/points/count"): {"count": 0},
    ("POST", "/collections/{collection_name}/points"): [{"id": point_id(1)}],
    ("POST", "/collections/{collection_name}/points/batch"): [{"operation_id": 1, "status": "completed"}],
}


@contextmanager
def listening(judge: Judge) -> Iterator[ServerIndex]:
    """Run the listener and open an index on it."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version: ClassVar[str] = "HTTP/1.1"

        def answer(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(length)) if length else None
            result = judge.hear(self.command, self.path.partition("?")[0], body, self.headers.get("api-key"))
            reply = json.dumps({"result": result, "status": "ok", "time": 0.0}).encode()
            self.send_response(judge.status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(reply)))
            self.end_headers()
            self.wfile.write(reply)

        do_GET = do_PUT = do_POST = do_DELETE = answer  # noqa: N815 - the names that the base class asks for

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        index = open_server_index(Address(f"http://127.0.0.1:{server.server_port}", 0, KEY), SHAPE)
        try:
            yield index
        finally:
            index.close()
            server.shutdown()
            thread.join()


def use(index: ServerIndex) -> None:
    """Send every kind of request once, searches in every form."""
    index.publish([point(1), point(2, until=START + DAY)])
    index.govern([state(1, 2)])
    index.remove([point_id(1)])
    for hidden in ((), (3, 4, 5)):
        for moment in (None, START):
            visible = seeing(1, 2, hidden=hidden, moment=moment, withheld=[point_id(7)])
            for narrowing in SECTIONS:
                for mode in SearchMode:
                    plan = replace(PLAN, mode=mode, ef=64)
                    index.search_dense(vector(1.0), visible=visible, narrowing=narrowing, plan=plan, limit=5)
                index.search_sparse("leave", visible=visible, narrowing=narrowing, plan=PLAN, limit=5)
    list(index.states())
    index.count()
    index.optimize()
    index.clear()


def test_every_request_is_described_by_the_openapi_document(document: dict[str, Any]) -> None:
    """Would fail for a misspelled field, a wrong type or an unknown path; its twin below sees that it does."""
    judge = Judge(document)
    with listening(judge) as index:
        use(index)
    assert judge.wrong == []
    assert len(judge.bodies("/collections/{collection_name}/points/query")) == 2 * 2 * 2 * 4
    assert judge.keys == {KEY}


def test_a_request_that_is_not_described_is_noticed(document: dict[str, Any]) -> None:
    judge = Judge(document)
    judge.hear("PUT", "/collections/memory/points", {"points": [{"id": "no uuid"}]}, None)
    judge.hear("POST", "/collections/memory/points/query", {"limit": "five"}, None)
    judge.hear("POST", "/collections/memory/points/qery", {}, None)
    assert len(judge.wrong) >= 3


def test_fields_are_indexed_before_the_first_point(document: dict[str, Any]) -> None:
    """Would fail if a collection took points while its fields are not indexed: strict mode would refuse its filters."""
    judge = Judge(document)
    with listening(judge) as index:
        index.publish([point(1)])
    written = [path for method, path, _ in judge.seen if method == "PUT"]
    assert written[0] == "/collections/{collection_name}"
    assert written[-1] == "/collections/{collection_name}/points"
    assert set(written[1:-1]) == {"/collections/{collection_name}/index"}
    indexed = {body["field_name"] for body in judge.bodies("/collections/{collection_name}/index")}
    assert indexed == edge_indexes().keys()


def test_a_collection_is_made_for_a_cluster_and_in_strict_mode(document: dict[str, Any]) -> None:
    """Would fail if a write could be acknowledged by fewer replicas than may answer the next question."""
    judge = Judge(document)
    with listening(judge) as index:
        index.count()
    (body,) = [one for method, path, one in judge.seen if (method, path) == ("PUT", "/collections/{collection_name}")]
    assert (body["shard_number"], body["replication_factor"], body["write_consistency_factor"]) == (2, 2, 2)
    strict = body["strict_mode_config"]
    assert strict["enabled"]
    assert not strict["unindexed_filtering_retrieve"]
    assert not strict["unindexed_filtering_update"]


def test_the_corpus_of_document_frequencies_is_what_is_visible(document: dict[str, Any]) -> None:
    """Would fail if BM25 counted the whole collection, or what is left after narrowing."""
    judge = Judge(document)
    with listening(judge) as index:
        index.search_sparse("leave", visible=seeing(1), narrowing=SECTIONS[1], plan=PLAN, limit=5)
        index.search_sparse("leave", visible=seeing(1), narrowing=SECTIONS[0], plan=PLAN, limit=5)
    narrow, wide = judge.bodies("/collections/{collection_name}/points/query")
    assert narrow["params"]["idf"]["corpus"] == wide["params"]["idf"]["corpus"] == wide["filter"]
    assert narrow["filter"] != wide["filter"]


@pytest.mark.parametrize("status", [401, 404, 429, 500])
def test_whatever_the_server_refuses_is_unavailable(document: dict[str, Any], status: int) -> None:
    judge = Judge(document)
    with listening(judge) as index:
        index.count()
        judge.status = status
        with pytest.raises(IndexUnavailable):
            index.count()
        judge.status = 200
        assert index.count() == 0


def test_points_of_another_model_are_not_served(document: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """Would fail without the mark of the collection; a rebuild begins it anew."""
    judge = Judge(document)
    monkeypatch.setitem(COLLECTION["config"], "metadata", {"format": 0, "dimension": DIMENSION})  # type: ignore[arg-type]
    monkeypatch.setitem(ANSWERS, ("GET", "/collections/{collection_name}/exists"), {"exists": True})
    with listening(judge) as index:
        with pytest.raises(IndexUnavailable, match="reindex"):
            index.count()
        index.clear()
        assert index.count() == 0


def test_a_server_that_is_not_there_is_unavailable() -> None:
    for port in (0, 1):
        index = open_server_index(Address("http://127.0.0.1:1", grpc_port=port), SHAPE)
        with pytest.raises(IndexUnavailable):
            index.count()
        index.close()


@pytest.mark.parametrize(
    "url", ["http://qdrant.example:6333", "http://10.0.0.7", "http://127.0.0.1.example", "qdrant:6333", "https://k@h"]
)
def test_beyond_this_machine_a_server_is_reached_by_tls_alone(url: str) -> None:
    """Would fail if the scheme were not looked at; a key in the URL would end up in logs."""
    with pytest.raises(Misconfigured):
        open_server_index(Address(url), SHAPE)


@pytest.mark.parametrize("url", ["https://qdrant.example:6333", "http://localhost:6333", "http://[::1]:6333"])
def test_tls_or_this_machine_will_do(url: str) -> None:
    open_server_index(Address(url), SHAPE).close()
