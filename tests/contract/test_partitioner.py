"""The port `Partitioner`, on every implementation."""

from collections.abc import Iterator

import pytest

from memory.adapters.partitioner import Limits, SandboxedPartitioner
from memory.domain.ports.partitioner import Partitioner
from memory.testing.partitioner_contract import PartitionerContract
from memory.testing.partitioner_fake import PlainPartitioner


@pytest.fixture(scope="module")
def sandboxed() -> Iterator[Partitioner]:
    with SandboxedPartitioner(Limits()) as partitioner:
        yield partitioner


class TestSandboxedPartitioner(PartitionerContract):
    @pytest.fixture
    def partitioner(self, sandboxed: Partitioner) -> Partitioner:
        return sandboxed


class TestPlainPartitioner(PartitionerContract):
    @pytest.fixture
    def partitioner(self) -> Partitioner:
        return PlainPartitioner()
