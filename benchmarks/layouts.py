"""Who sees what in the large homes: blocks of folders, and a caller for each cell of the measurement.

A folder is one scope with one profile: a compartment. The number of compartments that a caller sees and the share of
all chunks in them vary independently, so blocks hold few large folders, many small ones, or both.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from memory.domain.governance import Profile, ReviewState, Sensitivity

CHUNKS_PER_DOCUMENT = 10


@dataclass(frozen=True, slots=True)
class Block:
    """`folders` folders of `chunks` chunks each; `readers` are the cells that see them, with how many of them."""

    name: str
    folders: int
    chunks: int
    readers: dict[str, int]


@dataclass(frozen=True, slots=True)
class Cell:
    """A caller who sees `compartments` compartments with `share` of all chunks."""

    name: str
    compartments: int
    share: float


@dataclass(frozen=True, slots=True)
class Folder:
    """One scope of a home, the cells that see it, and how many chunks each of its documents has."""

    key: str
    readers: tuple[str, ...]
    profile: Profile
    documents: tuple[int, ...]


BLOCKS = (
    Block("a", 10, 5_000, {"10-50": 10, "1000-50": 8, "10000-50": 8}),
    Block("b", 10, 1_000, {"10-10": 10}),
    Block("c", 10, 100, {"10-1": 10}),
    Block("d", 1_000, 10, {"1000-10": 1_000, "1000-50": 992}),
    Block("e", 10_000, 1, {"10000-10": 10_000, "10000-50": 9_992, "1000-1": 1_000}),
    Block("f", 10, 1_900, {}),
)
EVERYTHING = "all-100"
CELLS = (
    Cell("10-1", 10, 0.01),
    Cell("10-10", 10, 0.1),
    Cell("10-50", 10, 0.5),
    Cell("1000-1", 1_000, 0.01),
    Cell("1000-10", 1_000, 0.1),
    Cell("1000-50", 1_000, 0.5),
    Cell("10000-10", 10_000, 0.1),
    Cell("10000-50", 10_000, 0.5),
    Cell(EVERYTHING, 11_040, 1.0),
)
"""10,000 compartments hold 10 % of 100,000 chunks at least, so there is no cell of 1 %. What everybody may see is one
cell: the engine's filter no longer names any compartment, so their number changes nothing there."""

TYPES: tuple[frozenset[str], ...] = (
    frozenset(),
    frozenset(),
    frozenset({"PERSON"}),
    frozenset({"CREDIT_CARD", "PERSON"}),
)
"""Which values the chunks of a folder hold, folder by folder: half hold none, an eighth of all chunks is redacted."""


def folders() -> Iterator[Folder]:
    """Yield the folders of the large home: 100,000 chunks in 11,040 compartments."""
    for block in BLOCKS:
        for number in range(block.folders):
            readers = (EVERYTHING, *(cell for cell, first in block.readers.items() if number < first))
            yield Folder(f"{block.name}-{number}", readers, _profile(number), _documents(block.chunks))


def small_folders(count: int) -> Iterator[Folder]:
    """Yield folders of one document each; one cell sees the first half of them, one sees all."""
    for number in range(count):
        readers = (EVERYTHING, "1000-50") if number < count // 2 else (EVERYTHING,)
        yield Folder(f"small-{number}", readers, _profile(number), (CHUNKS_PER_DOCUMENT,))


def one_folder(documents: int) -> Iterator[Folder]:
    """Yield a single folder with many documents of one chunk."""
    yield Folder("folder", (EVERYTHING,), _profile(0), (1,) * documents)


def _documents(chunks: int) -> tuple[int, ...]:
    whole, rest = divmod(chunks, CHUNKS_PER_DOCUMENT)
    return (CHUNKS_PER_DOCUMENT,) * whole + ((rest,) if rest else ())


def _profile(number: int) -> Profile:
    types = TYPES[number % len(TYPES)]
    categories = {"PERSON": "names", "CREDIT_CARD": "account_numbers"}
    return Profile(
        sensitivity=Sensitivity.CONFIDENTIAL if "CREDIT_CARD" in types else Sensitivity.INTERNAL,
        categories=frozenset(categories[entity_type] for entity_type in types),
        entity_types=types,
        jurisdictions=frozenset(),
        owner_team=f"team-{number % 2}",
        review=ReviewState.SUGGESTED,
        origin="bench",
    )
