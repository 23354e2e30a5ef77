"""The one collection of a Qdrant server that holds our points: how it is made, and every call that goes to it.

It makes itself when it is first used, field indexes before the first point, and refuses to serve points that another
version of this software or another model wrote. Every failure of the client or the server becomes `IndexUnavailable`
here; what either of them says is kept as the cause alone.
"""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Lock
from typing import Any

import grpc
from qdrant_client import QdrantClient, models
from qdrant_client.common.client_exceptions import QdrantException
from qdrant_client.http.exceptions import ApiException, UnexpectedResponse

from memory.adapters.index import points as form
from memory.adapters.index.generations import FORMAT
from memory.adapters.index.server_words import field_indexes
from memory.adapters.index.shard import BATCH
from memory.domain.errors import IndexUnavailable

CLOSED = "The index is closed; start the service again."
ANOTHER = "The index was written for another model or version; run `memory reindex`."

OPTIMIZING_S = 3600
"""How long `settle` waits for the server's own optimizers: an hour builds the graphs of some millions of points."""

POLL_S = 0.5
EXISTS = 409


@dataclass(frozen=True, slots=True)
class Shape:
    """What a collection is made as. `replicas` copies of each of `shards` parts, spread by the cluster."""

    name: str
    dimension: int
    shards: int = 1
    replicas: int = 1

    def creation(self) -> dict[str, Any]:
        """Return the arguments of its creation.

        A write counts when every replica has it, because any of them may answer the next question and an outbox entry
        is dropped on the strength of it. Strict mode refuses filters over fields without an index and oversized
        batches; a search may be exact, since the small ones are.
        """
        return {
            "vectors_config": {form.DENSE: models.VectorParams(size=self.dimension, distance=models.Distance.COSINE)},
            "sparse_vectors_config": {form.SPARSE: models.SparseVectorParams(modifier=models.Modifier.IDF)},
            "shard_number": self.shards,
            "replication_factor": self.replicas,
            "write_consistency_factor": self.replicas,
            # Any deleted point is worth a rewrite: a deletion is soft until then, and an erasure must not be.
            "optimizers_config": models.OptimizersConfigDiff(deleted_threshold=1e-9, vacuum_min_vector_number=100),
            "strict_mode_config": models.StrictModeConfig(
                enabled=True,
                unindexed_filtering_retrieve=False,
                unindexed_filtering_update=False,
                search_allow_exact=True,
                upsert_max_batchsize=BATCH,
            ),
            "metadata": self.mark,
        }

    @property
    def mark(self) -> dict[str, Any]:
        """What the collection says about its points, so that nobody reads them for something else."""
        return {"format": FORMAT, "dimension": self.dimension}


class Collection:
    """A collection that is spoken to in our way; safe from any number of threads."""

    def __init__(self, client: QdrantClient, shape: Shape) -> None:
        self._client = client
        self._shape = shape
        self._preparing = Lock()
        self._prepared = False
        self._closed = False

    @contextmanager
    def calling(self, doing: str, *, prepare: bool = True) -> Iterator[QdrantClient]:
        """Lend the client, once the collection is there. Raises `IndexUnavailable` for whatever goes wrong."""
        with server_errors(doing):
            if self._closed:
                raise IndexUnavailable(CLOSED)
            if prepare and not self._prepared:
                self._prepare()
            yield self._client

    def clear(self) -> None:
        """Make the collection anew, whatever became of the one before."""
        with self._preparing, self.calling("while it was cleared", prepare=False) as client:
            client.delete_collection(self._shape.name)
            self._create()
            self._prepared = True

    def settle(self) -> None:
        """Wait until the server's optimizers have nothing left to do. Raises `IndexUnavailable` when they fail."""
        until = time.monotonic() + OPTIMIZING_S
        while time.monotonic() < until:
            with self.calling("while it was optimised") as client:
                status = client.get_collection(self._shape.name).status
            if status == models.CollectionStatus.GREEN:
                return
            if status == models.CollectionStatus.RED:
                raise IndexUnavailable("The optimizers of the index have failed; look into the server's log.")
            time.sleep(POLL_S)

    def close(self) -> None:
        """Release the connections. Doing it twice is harmless."""
        if not self._closed:
            self._closed = True
            self._client.close()

    def _prepare(self) -> None:
        with self._preparing:
            if not self._prepared:
                if not self._client.collection_exists(self._shape.name):
                    self._create()
                self._require_ours()
                self._prepared = True

    def _create(self) -> None:
        try:
            self._client.create_collection(self._shape.name, **self._shape.creation())
        except UnexpectedResponse as error:
            if error.status_code != EXISTS:  # another process was first, and makes the same
                raise
        except grpc.RpcError as error:
            if error.code() is not grpc.StatusCode.ALREADY_EXISTS:
                raise
        for field, parameters in field_indexes().items():
            self._client.create_payload_index(self._shape.name, field, parameters, wait=True)

    def _require_ours(self) -> None:
        found = self._client.get_collection(self._shape.name)
        if found.config.metadata != self._shape.mark:
            raise IndexUnavailable(ANOTHER)
        for field in field_indexes().keys() - found.payload_schema.keys():
            self._client.create_payload_index(self._shape.name, field, field_indexes()[field], wait=True)


@contextmanager
def server_errors(doing: str) -> Iterator[None]:
    """Translate whatever the client raises while `doing` something."""
    try:
        yield
    except (ApiException, QdrantException, grpc.RpcError, OSError, ValueError, RuntimeError) as error:
        raise IndexUnavailable(f"The index failed {doing}; try again, or look into the server's log.") from error


def batches(items: Sequence[Any]) -> Iterator[list[Any]]:
    """Cut a list into pieces that one request may carry."""
    return (list(items[start : start + BATCH]) for start in range(0, len(items), BATCH))
