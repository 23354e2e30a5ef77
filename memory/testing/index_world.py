"""Points, visible sets and questions in few words, for tests of an index and of what stands on it.

The world is small: compartments 0 to 9, vectors of `DIMENSION`, every point near the first axis and saying «leave»
unless told otherwise.
"""

import shutil
import struct
import tempfile
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from memory.domain.ports.encoder import Vector
from memory.domain.ports.index import Index, IndexPoint, PointFacts, PointState
from memory.domain.retrieval import Narrowing, Plan, Scored, SearchMode, VisibleSet

DIMENSION = 4
ROOM_BYTES = 1 << 30
DAY = timedelta(days=1)
START = datetime(2024, 5, 1, tzinfo=UTC)
PLAN = Plan(SearchMode.EXACT, depth=10, ef=None, dense_weight=0.5, sparse_weight=0.5, languages=())
EVERYTHING = Narrowing()

FACTS = PointFacts(
    source="handbook",
    media_type="text/markdown",
    labels=("internal", "hr"),
    language="en",
    modified_at=START,
    attributes=("team=people", "status=final"),
)
"""Facts that each narrowing test matches or misses."""


@contextmanager
def quick_folder() -> Iterator[Path]:
    """Lend an empty folder in main memory where there is room, since an index syncs hundreds of files to begin one.

    It serves every test that kills processes; only the loss of the machine itself would tell it from a disk.
    """
    memory = Path("/dev/shm")  # noqa: S108 - the temporary folder in it has a name of its own
    roomy = memory.is_dir() and shutil.disk_usage(memory).free > ROOM_BYTES
    with tempfile.TemporaryDirectory(dir=memory if roomy else None) as folder:
        yield Path(folder)


def point_id(number: int) -> str:
    """Return the id of the point with this number; ids and numbers have the same order."""
    return str(uuid.UUID(int=number))


def vector(*numbers: float) -> Vector:
    """Return the bytes of a vector, zeros to `DIMENSION`."""
    return struct.pack(f"<{DIMENSION}f", *numbers, *[0.0] * (DIMENSION - len(numbers)))


def state(number: int, compartment: int = 1, *, until: datetime | None = None, facts: PointFacts = FACTS) -> PointState:
    """Return a state that holds from `START`."""
    return PointState(point_id(number), compartment, START, until, facts)


def point(
    number: int,
    compartment: int = 1,
    *,
    direction: Vector | None = None,
    terms: str = "leave",
    until: datetime | None = None,
    facts: PointFacts = FACTS,
) -> IndexPoint:
    """Return a point near every other one, that says «leave»."""
    direction = direction or vector(1.0, number / 1000)
    return IndexPoint(state(number, compartment, until=until, facts=facts), direction, terms)


def seeing(
    *compartments: int,
    hidden: Iterable[int] | None = None,
    known_up_to: int = 1000,
    withheld: Iterable[str] = (),
    moment: datetime | None = None,
) -> VisibleSet:
    """Return a visible set of a world with compartments 0 to 9, unless `hidden` says which others there are."""
    others = set(range(10)) - set(compartments) if hidden is None else hidden
    return VisibleSet(
        tuple(sorted(compartments)), tuple(sorted(others)), known_up_to, 0, 0, frozenset(withheld), moment
    )


def ids(hits: Iterable[Scored]) -> set[str]:
    """Return the ids of some hits."""
    return {hit.point_id for hit in hits}


def numbers(*of: int) -> set[str]:
    """Return the ids of some points."""
    return {point_id(number) for number in of}


def dense(index: Index, visible: VisibleSet, narrowing: Narrowing = EVERYTHING, *, plan: Plan = PLAN) -> list[Scored]:
    """Ask for everything near the first axis."""
    return index.search_dense(vector(1.0), visible=visible, narrowing=narrowing, plan=plan, limit=100)


def sparse(
    index: Index, visible: VisibleSet, narrowing: Narrowing = EVERYTHING, *, query: str = "leave"
) -> list[Scored]:
    """Ask for everything with the term."""
    return index.search_sparse(query, visible=visible, narrowing=narrowing, plan=PLAN, limit=100)


def found(index: Index, visible: VisibleSet, narrowing: Narrowing = EVERYTHING) -> set[str]:
    """Return what both legs find, which must be the same when every point has the asked direction and term."""
    by_vector, by_term = ids(dense(index, visible, narrowing)), ids(sparse(index, visible, narrowing))
    assert by_vector == by_term
    return by_vector
