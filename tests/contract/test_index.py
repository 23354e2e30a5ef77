"""Every index, real or fake, keeps the promises of the port."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from memory.adapters.index.edge import EdgeIndex, open_edge_index
from memory.domain.ports.index import Index
from memory.testing.index_contract import DurableIndexContract, IndexContract
from memory.testing.index_fake import ExactIndex
from memory.testing.index_world import DIMENSION, quick_folder


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
