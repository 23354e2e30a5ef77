"""What the embedded index does beyond the port: ownership, generations, damage, and work in another process."""

import os
import signal
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from memory.adapters.index.edge import EdgeIndex, open_edge_index
from memory.domain.errors import IndexOwnedElsewhere, IndexUnavailable
from memory.testing.index_world import (
    DIMENSION,
    EVERYTHING,
    PLAN,
    dense,
    found,
    numbers,
    point,
    point_id,
    quick_folder,
    seeing,
    sparse,
    state,
    vector,
)

WRITER = """
import sys
from pathlib import Path
from memory.adapters.index.edge import open_edge_index
from memory.testing.index_world import DIMENSION, point, point_id, state

index = open_edge_index(Path(sys.argv[1]), DIMENSION)
for batch in range(int(sys.argv[2]), 100_000):
    index.publish([point(batch * 10 + number, 1) for number in range(10)])
    index.govern([state(batch * 10 + number, 2) for number in range(5)])
    index.remove([point_id(batch * 10 + 9)])
    print(batch, flush=True)
"""

OPTIMIZER = """
import sys
from pathlib import Path
from memory.adapters.index.edge import open_edge_index
from memory.testing.index_world import DIMENSION, point

index = open_edge_index(Path(sys.argv[1]), DIMENSION)
index.publish([point(number) for number in range(10)])
print("ready", flush=True)
while True:
    index.optimize()
"""


@pytest.fixture
def folder() -> Iterator[Path]:
    with quick_folder() as folder:
        yield folder / "index"


@pytest.fixture
def index(folder: Path) -> Iterator[EdgeIndex]:
    index = open_edge_index(folder, DIMENSION, graph_from=1)
    yield index
    index.close()


def running(program: str, *arguments: str) -> "subprocess.Popen[bytes]":
    """Start a program of this file in another process."""
    return subprocess.Popen([sys.executable, "-c", program, *arguments], stdout=subprocess.PIPE)  # noqa: S603


def generations(folder: Path) -> list[Path]:
    return sorted(folder.glob("generation-*"))


def until(condition: Callable[[], object], *, timeout_s: float = 20) -> None:
    deadline = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.005)


def in_background(work: Callable[[], None]) -> tuple[threading.Thread, list[BaseException]]:
    failures: list[BaseException] = []

    def run() -> None:
        try:
            work()
        except BaseException as error:  # noqa: BLE001 - handed to the test
            failures.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    return thread, failures


def holding(folder: Path, content: bytes) -> list[str]:
    """Return the files under `folder` that hold these bytes."""
    return [
        str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file() and content in path.read_bytes()
    ]


# --- ownership ---------------------------------------------------------------------------------------------------


def test_a_second_owner_is_refused_and_told_who_the_first_is(index: EdgeIndex, folder: Path) -> None:
    with pytest.raises(IndexOwnedElsewhere, match=rf"{folder}.*process {os.getpid()}"):
        open_edge_index(folder, DIMENSION)
    assert index.count() == 0


def test_a_closed_index_can_be_owned_again(index: EdgeIndex, folder: Path) -> None:
    index.publish([point(1)])
    index.close()
    again = open_edge_index(folder, DIMENSION)
    assert again.count() == 1
    again.close()


def test_another_process_is_refused_until_the_owner_dies(folder: Path) -> None:
    """Fails when the lock is a file with a process id in it: that outlives a killed owner."""
    with running(WRITER, str(folder), "0") as owner:
        assert owner.stdout is not None
        owner.stdout.readline()
        with pytest.raises(IndexOwnedElsewhere, match=f"process {owner.pid}"):
            open_edge_index(folder, DIMENSION)
        owner.send_signal(signal.SIGKILL)
    index = open_edge_index(folder, DIMENSION)
    assert index.count() > 0
    index.close()


# --- durability --------------------------------------------------------------------------------------------------


def test_a_killed_writer_loses_nothing_that_was_acknowledged(folder: Path) -> None:
    """Also that payloads and filters still agree.

    Fails now and then without the engine's log: a kill inside a write then leaves the payload and its field index in
    disagreement.
    """
    done = -1
    for patience_s in (0.3, 0.5):
        with running(WRITER, str(folder), str(done + 1)) as writer:
            assert writer.stdout is not None
            done = int(writer.stdout.readline())
            time.sleep(patience_s)
            writer.send_signal(signal.SIGKILL)
            done = max([done, *map(int, writer.stdout.read().split())])
        index = open_edge_index(folder, DIMENSION)
        states = {name: told and told.compartment for name, told in index.states()}
        for batch in range(done + 1):
            assert [states.get(point_id(batch * 10 + number)) for number in range(10)] == [2] * 5 + [1] * 4 + [None]
        for compartment in (1, 2):
            hits = index.search_dense(
                vector(1.0),
                visible=seeing(compartment),
                narrowing=EVERYTHING,
                plan=PLAN,
                limit=len(states) + 1,
            )
            assert {hit.point_id for hit in hits} == {name for name, place in states.items() if place == compartment}
        index.close()


def test_an_owner_killed_while_optimizing_leaves_one_whole_generation(folder: Path) -> None:
    """Its child may go on for a while; nothing that it writes counts."""
    with running(OPTIMIZER, str(folder)) as owner:
        assert owner.stdout is not None
        owner.stdout.readline()
        until(lambda: len(generations(folder)) == 2)
        owner.send_signal(signal.SIGKILL)
    index = open_edge_index(folder, DIMENSION)
    assert index.count() == 10
    assert found(index, seeing(1)) == numbers(*range(10))
    index.close()


# --- damage ------------------------------------------------------------------------------------------------------


def damage_current(folder: Path) -> None:
    (folder / "CURRENT").write_text("not JSON")


def damage_generation_gone(folder: Path) -> None:
    generations(folder)[0].rename(folder / "elsewhere")


def damage_segment(folder: Path) -> None:
    next(folder.rglob("segment.json")).write_text("not JSON")


def damage_version(folder: Path) -> None:
    """The engine skips a segment without this file, and would open an empty shard."""
    next(folder.rglob("version.info")).unlink()


@pytest.mark.parametrize("damage", [damage_current, damage_generation_gone, damage_segment, damage_version])
def test_a_damaged_index_says_so_and_can_be_rebuilt(folder: Path, damage: Callable[[Path], None]) -> None:
    index = open_edge_index(folder, DIMENSION)
    index.publish([point(1)])
    index.close()
    damage(folder)
    index = open_edge_index(folder, DIMENSION)
    for call in (index.count, lambda: dense(index, seeing(1)), lambda: index.publish([point(1)]), index.optimize):
        with pytest.raises(IndexUnavailable, match="memory reindex"):
            call()
    index.clear()
    index.publish([point(2)])
    assert found(index, seeing(1)) == numbers(2)
    index.close()
    assert len(generations(folder)) == 1


def test_an_index_of_another_model_says_so(index: EdgeIndex, folder: Path) -> None:
    index.close()
    other = open_edge_index(folder, DIMENSION * 2)
    with pytest.raises(IndexUnavailable, match="another release or model; run `memory reindex`"):
        other.count()
    other.clear()
    assert other.count() == 0
    other.close()


def test_a_vector_of_another_dimension_says_so(index: EdgeIndex) -> None:
    wrong = struct.pack("<2f", 1, 0)
    with pytest.raises(IndexUnavailable, match="memory reindex"):
        index.publish([point(1), point(2, direction=wrong)])
    with pytest.raises(IndexUnavailable, match="memory reindex"):
        index.search_dense(wrong, visible=seeing(1), narrowing=EVERYTHING, plan=PLAN, limit=1)
    assert index.count() == 0


def test_damage_that_loading_does_not_notice_is_told_in_our_words(folder: Path) -> None:
    """Without the engine's words: they can hold ids and paths."""
    index = open_edge_index(folder, DIMENSION)
    index.publish([point(1)])
    index.close()
    next(folder.rglob("chunk_0.mmap")).unlink()
    index = open_edge_index(folder, DIMENSION)
    with pytest.raises(IndexUnavailable, match=r"^The index failed during a search; .*`memory reindex`\.$"):
        dense(index, seeing(1))
    index.clear()
    assert dense(index, seeing(1)) == []
    index.close()


# --- optimizing --------------------------------------------------------------------------------------------------


def test_searches_and_writes_go_on_while_the_index_is_optimized(index: EdgeIndex, folder: Path) -> None:
    """What was written meanwhile is there afterwards, and after reopening. Fails when the journal is not replayed."""
    index.publish([point(number, 1) for number in range(50)])
    before = generations(folder)
    thread, failures = in_background(index.optimize)
    until(lambda: index._journal is not None)
    index.publish([point(50, 1)])
    index.govern([state(0, 2)])
    index.remove([point_id(1)])
    assert generations(folder) != before
    assert found(index, seeing(1)) == numbers(*range(2, 51))
    thread.join()
    assert failures == []
    assert len(generations(folder)) == 1
    assert generations(folder) != before
    for _ in range(2):
        assert found(index, seeing(1)) == numbers(*range(2, 51))
        assert found(index, seeing(2)) == numbers(0)
        index.close()
        index = open_edge_index(folder, DIMENSION)
    index.close()


def test_a_search_inside_the_old_shard_finishes_when_another_takes_over(index: EdgeIndex, folder: Path) -> None:
    """Fails when the old shard is closed under its last reader."""
    index.publish([point(1)])
    with index._serving.shard() as old:
        thread, failures = in_background(index.clear)
        until(lambda: index._serving._shard is not old)
        assert old.count() == 1
        assert thread.is_alive()
    thread.join()
    assert (failures, index.count(), len(generations(folder))) == ([], 0, 1)


def test_clearing_while_optimizing_wins(index: EdgeIndex, folder: Path) -> None:
    """Fails when the optimised copy of what was cleared takes over."""
    index.publish([point(1)])
    thread, failures = in_background(index.optimize)
    until(lambda: index._journal is not None)
    index.clear()
    thread.join()
    assert (failures, index.count(), len(generations(folder))) == ([], 0, 1)


def test_closing_while_optimizing_does_not_wait_for_the_child(index: EdgeIndex, folder: Path) -> None:
    index.publish([point(1)])
    thread, failures = in_background(index.optimize)
    until(lambda: index._journal is not None)
    index.close()
    thread.join()
    again = open_edge_index(folder, DIMENSION)
    assert (failures, again.count(), len(generations(folder))) == ([], 1, 1)
    again.close()


def test_many_threads_may_use_and_close_the_index(index: EdgeIndex) -> None:
    """Every call either answers or says that the index is closed."""
    index.publish([point(number) for number in range(20)])
    answers: list[int] = []

    def ask() -> None:
        while True:
            answers.append(len(dense(index, seeing(1))))

    callers = [in_background(ask) for _ in range(6)]
    until(lambda: len(answers) > 100)
    index.close()
    for thread, failures in callers:
        thread.join()
        assert [type(failure) for failure in failures] == [IndexUnavailable]
    assert set(answers) == {20}


# --- what is on the disk -----------------------------------------------------------------------------------------


def test_no_text_is_on_the_disk(index: EdgeIndex, folder: Path) -> None:
    index.publish([point(1, terms="Jabberwock")])
    assert len(sparse(index, seeing(1), query="Jabberwock")) == 1
    index.optimize()
    assert holding(folder, b"abberwock") == []
    assert holding(folder, b"handbook") != []  # the search itself finds what is there


def test_a_removed_point_leaves_the_segments_with_the_next_optimize(index: EdgeIndex, folder: Path) -> None:
    """Deletions are soft until then. The engine's log still holds it: an erasure has to clear and publish again."""
    direction = vector(0.6, 0.8)
    index.publish([point(number) for number in range(20)])
    index.publish([point(20, direction=direction)])
    index.remove([point_id(20)])
    assert any("segments" in path for path in holding(folder, direction))
    index.optimize()
    assert [path for path in holding(folder, direction) if "segments" in path] == []
    index.clear()
    index.publish([point(number) for number in range(20)])
    assert holding(folder, direction) == []
