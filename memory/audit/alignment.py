"""Names the entries that were changed, removed, added or moved, by laying entries beside the hashes they must have.

The hashes are trusted here; whether they may be is for `verification`. Entries whose hash is known keep their place if
they stand in order (the longest increasing subsequence); the others, as few as possible, moved. In each gap between two
kept entries, strangers and missing hashes are paired into changes, by the number the stranger claims where that fits;
what is left over was added or removed.
"""

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise, zip_longest


class DiscrepancyKind(StrEnum):
    """What is wrong with a range of entries, or with the material that vouches for them."""

    CHANGED = "changed"
    REMOVED = "removed"
    ADDED = "added"
    MOVED = "moved"
    REWRITTEN = "rewritten"
    UNPINNED = "unpinned"
    HASHES = "hashes"
    CHECKPOINT = "checkpoint"
    LINE = "line"


@dataclass(frozen=True, slots=True)
class Discrepancy:
    """Entries `first` to `last`, both included, that are not what was recorded; `detail` says how it shows.

    For `added` the range is the place before which the addition stands. Lines and checkpoints of which no entry can be
    named have -1.
    """

    kind: DiscrepancyKind
    first: int
    last: int
    detail: str


@dataclass(frozen=True, slots=True)
class FoundEntry:
    """An entry as it was found: the number it claims, and the leaf hash of what it holds."""

    sequence: int
    hash: bytes


def align(found: Sequence[FoundEntry], expected: Sequence[bytes]) -> Iterator[Discrepancy]:
    """Yield what distinguishes `found`, in the order in which it was found, from the hashes it must have."""
    places = _places(found, expected)
    kept = max(_increasing(_around_settled(places)), _increasing(places), key=len)
    yield from _misplaced(found, places, dict(kept))
    present = set(places)
    borders = [(-1, -1), *kept, (len(found), len(expected))]
    for (low, after), (high, before) in pairwise(borders):
        strangers = [found[index] for index in range(low + 1, high) if places[index] is None]
        missing = [place for place in range(after + 1, before) if place not in present]
        yield from _gap(strangers, missing, before)


def _places(found: Sequence[FoundEntry], expected: Sequence[bytes]) -> list[int | None]:
    """Return where each entry belongs by its hash; of equal entries, each takes the place that it claims if it can."""
    first = {hash_: place for place, hash_ in reversed(list(enumerate(expected)))}

    def place(entry: FoundEntry) -> int | None:
        if 0 <= entry.sequence < len(expected) and expected[entry.sequence] == entry.hash:
            return entry.sequence
        return first.get(entry.hash)

    return [place(entry) for entry in found]


def _around_settled(places: Sequence[int | None]) -> list[int | None]:
    """Return the places that agree with every entry that stands at its own number; the others become None.

    A longest increasing subsequence of these keeps all such entries. Where it is as long as any other, it is the one to
    tell people about: of two entries that were swapped, it names the two, not what lies between them.
    """
    settled = [index for index, place in enumerate(places) if place == index]
    taken = set(settled)

    def agrees(index: int, place: int) -> bool:
        return place not in taken and bisect_left(settled, index) == bisect_left(settled, place)

    return [
        place if place is not None and (place == index or agrees(index, place)) else None
        for index, place in enumerate(places)
    ]


def _increasing(places: Sequence[int | None]) -> list[tuple[int, int]]:
    """Return (index, place) along a longest strictly increasing subsequence (patience sorting, O(n log n))."""
    tails: list[int] = []
    ends: list[int] = []
    before: dict[int, int | None] = {}
    for index, place in enumerate(places):
        if place is None:
            continue
        pile = bisect_left(tails, place)
        before[index] = ends[pile - 1] if pile else None
        tails[pile : pile + 1] = [place]
        ends[pile : pile + 1] = [index]
    chain: list[tuple[int, int]] = []
    step = ends[-1] if ends else None
    while step is not None:
        chain.append((step, places[step] or 0))
        step = before[step]
    return chain[::-1]


def _misplaced(
    found: Sequence[FoundEntry], places: Sequence[int | None], kept: Mapping[int, int]
) -> Iterator[Discrepancy]:
    """Yield entries out of order, copies, and numbers that are neither the entry's own nor that of its line."""
    occupied = set(kept.values())
    for index, (entry, place) in enumerate(zip(found, places, strict=True)):
        if place is None:
            continue
        if index not in kept and place in occupied:
            yield Discrepancy(DiscrepancyKind.ADDED, index, index, f"a copy of entry {place}")
        elif index not in kept:
            yield Discrepancy(DiscrepancyKind.MOVED, place, place, f"stands where entry {index} belongs")
        elif entry.sequence not in (place, index):
            yield Discrepancy(DiscrepancyKind.CHANGED, place, place, f"claims to be entry {entry.sequence}")


def _gap(strangers: Sequence[FoundEntry], missing: Sequence[int], before: int) -> Iterator[Discrepancy]:
    unpaired = dict.fromkeys(missing)
    others: list[FoundEntry] = []
    for entry in strangers:
        if entry.sequence in unpaired:
            del unpaired[entry.sequence]
            yield _changed(entry.sequence)
        else:
            others.append(entry)
    for other, place in zip_longest(others, unpaired):
        if place is None:
            yield Discrepancy(DiscrepancyKind.ADDED, before, before, f"claims to be entry {other.sequence}")
        elif other is None:
            yield Discrepancy(DiscrepancyKind.REMOVED, place, place, "is not there")
        else:
            yield _changed(place)


def _changed(place: int) -> Discrepancy:
    return Discrepancy(DiscrepancyKind.CHANGED, place, place, "does not have the hash that was recorded")
