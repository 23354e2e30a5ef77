"""Every index, real or fake, keeps the promises of the port."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from secrets import token_hex

import pytest
from qdrant_client import QdrantClient

from memory.adapters.index.collection import Collection, Shape
from memory.adapters.index.edge import EdgeIndex, open_edge_index
from memory.adapters.index.server import Address, ServerIndex, open_server_index
from memory.domain.ports.index import Index
from memory.testing.index_contract import DurableIndexContract, IndexContract
from memory.testing.index_fake import ExactIndex
from memory.testing.index_world import DIMENSION, quick_folder
from tests.integration.qdrant_stand_in import qdrant_stand_in


class TestExactIndex(IndexContract):
    @pytest.fixture
    def index(self) -> Index:
        return ExactIndex()


class TestEdgeIndex(DurableIndexContract):
    @pytest.fixture
    def opened(self, folder: Path) -> Iterator[list[EdgeIndex]]:
        assert folder.is_dir()  # outlives the indexes in it
        indexes: list[EdgeIndex] = []
        yield indexes
        for index in indexes:
            index.close()

    @pytest.fixture
    def folder(self) -> Iterator[Path]:
        with quick_folder() as folder:
            yield folder

    @pytest.fixture
    def reopen(self, folder: Path, opened: list[EdgeIndex]) -> Callable[[Index | None], Index]:
        def again(index: Index | None) -> Index:
            if index is not None:
                index.close()
            # a graph from the first point on, so that every search mode walks one after optimising
            opened.append(open_edge_index(folder, DIMENSION, graph_from=1))
            return opened[-1]

        return again

    @pytest.fixture
    def index(self, reopen: Callable[[Index | None], Index]) -> Index:
        return reopen(None)


@pytest.mark.filterwarnings("ignore:(Payload indexes have no effect|Local mode performs exact):UserWarning")
class TestServerIndexInLocalMode(IndexContract):
    """The client's local mode executes our requests without a server: no graphs, no field indexes, no strict mode."""

    @pytest.fixture
    def index(self) -> Iterator[Index]:
        shape = Shape("memory", DIMENSION)
        index = ServerIndex(Collection(QdrantClient(":memory:"), shape), shape)
        yield index
        index.close()


@pytest.mark.filterwarnings("ignore:Local mode performs exact:UserWarning")
class TestServerIndexOverRest(IndexContract):
    """The same behind a port: what goes over the wire, and what comes back, is read as on a server."""

    @pytest.fixture
    def index(self) -> Iterator[Index]:
        with qdrant_stand_in() as url:
            index = open_server_index(Address(url, grpc_port=0), Shape("memory", DIMENSION))
            yield index
            index.close()


@pytest.mark.skipif("MEMORY_TEST_QDRANT_URL" not in os.environ, reason="MEMORY_TEST_QDRANT_URL names no Qdrant server")
class TestServerIndex(DurableIndexContract):
    @pytest.fixture(params=[6334, 0], ids=["grpc", "rest"])
    def reopen(self, request: pytest.FixtureRequest) -> Iterator[Callable[[Index | None], Index]]:
        shape = Shape(f"test-{token_hex(4)}", DIMENSION)
        address = Address(os.environ["MEMORY_TEST_QDRANT_URL"], grpc_port=request.param)
        opened: list[ServerIndex] = []

        def again(index: Index | None) -> Index:
            if index is not None:
                index.close()
            opened.append(open_server_index(address, shape))
            return opened[-1]

        yield again
        for index in opened:
            index.close()
        client = QdrantClient(url=address.url, check_compatibility=False)
        client.delete_collection(shape.name)
        client.close()

    @pytest.fixture
    def index(self, reopen: Callable[[Index | None], Index]) -> Index:
        return reopen(None)
