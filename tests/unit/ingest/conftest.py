"""What tests of syncs stand on."""

import subprocess
import sys
from collections.abc import Iterator

import pytest

from tests.unit.ingest.staged_source import Stage
from tests.worlds.building import a_world


@pytest.fixture
def stage() -> Iterator[Stage]:
    with a_world() as world:
        made = Stage(world)
        made.register("everyone")
        yield made


@pytest.fixture(scope="module")
def gone() -> int:
    """Return the id of a process that has ended."""
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid
