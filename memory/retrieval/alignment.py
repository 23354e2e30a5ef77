"""Which changed lines belong together: blocks that moved, lines that were edited, words within them.

What enters are the lines of two texts and the hunks between them; what leaves are pieces, each one kind of change.
"""

import re
from bisect import bisect_left
from collections import Counter, defaultdict, deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from memory.domain.ports.differ import Hunk, LineDiffer

Words = tuple[tuple[str, str], ...]
"""(kind, text) with kind equal, removed or added; without the added they spell the old lines, without the removed the
new ones, line ends included."""

MIN_MOVED_CHARACTERS = 20
"""A single line that is shorter says too little to be called the same line elsewhere."""

MAX_TOKENS = 100_000
"""Longer hunks are not compared by words: it takes a second for this many, and grows faster than they do."""

_END = "\n"
_TOKEN = re.compile(r"\n|[^\S\n]+|\w+|[^\w\s]")


@dataclass(frozen=True, slots=True)
class Piece:
    """Lines of one change. An empty range still says where its side stands."""

    old: range
    new: range
    moved: bool = False


def pieces(old: Sequence[str], new: Sequence[str], hunks: Sequence[Hunk], differ: LineDiffer) -> list[Piece]:
    """Return the changes in reading order; each line of a hunk is in exactly one."""
    found = _moved(old, new, hunks)
    moved_old = {line for piece in found for line in piece.old}
    moved_new = {line for piece in found for line in piece.new}
    for hunk in hunks:
        removed = [line for line in range(hunk.old_start, hunk.old_stop) if line not in moved_old]
        added = [line for line in range(hunk.new_start, hunk.new_stop) if line not in moved_new]
        edited = _edited(old, new, removed, added, differ)
        found.extend(edited)
        found.extend(_rest(hunk, removed, added, edited))
    return sorted(found, key=lambda piece: (piece.new.start, piece.new.stop, piece.old.start))


def words(old: str, new: str, differ: LineDiffer) -> Words:
    """Return how the words of one text became those of the other.

    Every token goes on a line of its own, as git's --word-diff does it, so that lines and words are compared alike.
    """
    before, after = _TOKEN.findall(old), _TOKEN.findall(new)
    found, at = [], 0
    for hunk in _fused(differ.hunks(_one_a_line(before), _one_a_line(after)), before):
        found.append(("equal", "".join(before[at : hunk.old_start])))
        found.append(("removed", "".join(before[hunk.old_start : hunk.old_stop])))
        found.append(("added", "".join(after[hunk.new_start : hunk.new_stop])))
        at = hunk.old_stop
    found.append(("equal", "".join(before[at:])))
    return tuple((kind, text) for kind, text in found if text)


def _moved(old: Sequence[str], new: Sequence[str], hunks: Sequence[Hunk]) -> list[Piece]:
    """Find removed blocks that were added elsewhere: from lines that are rare in both, outwards (Heckel 1978)."""
    removed = {line for hunk in hunks for line in range(hunk.old_start, hunk.old_stop)}
    added = {line for hunk in hunks for line in range(hunk.new_start, hunk.new_stop)}
    waiting: defaultdict[str, deque[int]] = defaultdict(deque)
    for line in sorted(added):
        waiting[new[line]].append(line)
    times = Counter(old[line] for line in removed)
    anchors = [line for line in sorted(removed) if old[line].strip() and old[line] in waiting]
    found = []
    for anchor in sorted(anchors, key=lambda line: times[old[line]] * len(waiting[old[line]])):
        places = waiting[old[anchor]]
        while places and places[0] not in added:
            places.popleft()
        if anchor not in removed or not places:
            continue
        block = _extended(anchor, places.popleft(), old, new, removed, added)
        if _says_enough([old[line] for line in block.old]):
            removed.difference_update(block.old)
            added.difference_update(block.new)
            found.append(block)
    return found


def _extended(
    old_line: int, new_line: int, old: Sequence[str], new: Sequence[str], removed: set[int], added: set[int]
) -> Piece:
    def same(step: int) -> bool:
        before, after = old_line + step, new_line + step
        return before in removed and after in added and old[before] == new[after]

    first, last = 0, 0
    while same(first - 1):
        first -= 1
    while same(last + 1):
        last += 1
    return Piece(range(old_line + first, old_line + last + 1), range(new_line + first, new_line + last + 1), moved=True)


def _says_enough(lines: Iterable[str]) -> bool:
    said = [line.strip() for line in lines if line.strip()]
    return len(said) > 1 or any(len(line) >= MIN_MOVED_CHARACTERS for line in said)


def _edited(
    old: Sequence[str], new: Sequence[str], removed: list[int], added: list[int], differ: LineDiffer
) -> list[Piece]:
    """Group lines that share their words. A line that was split or joined belongs to one group with all its parts."""
    links = _shared_lines([old[line] for line in removed], [new[line] for line in added], differ)
    gone, come = set(removed), set(added)
    groups: list[Piece] = []
    for before, after in ((removed[i], added[j]) for i, j in links):
        last = groups[-1] if groups else None
        if last is None or (before not in last.old and after not in last.new):
            groups.append(Piece(range(before, before + 1), range(after, after + 1)))
        elif gone.issuperset(range(last.old.stop, before)) and come.issuperset(range(last.new.stop, after)):
            groups[-1] = Piece(range(last.old.start, before + 1), range(last.new.start, after + 1))
    return groups


def _shared_lines(old: Sequence[str], new: Sequence[str], differ: LineDiffer) -> list[tuple[int, int]]:
    """Return pairs of lines that share at least half the letters and digits of the shorter, in whole words, in order.

    One comparison of all words tells it, so the pairs never cross.
    """
    before, after = _tokens(old), _tokens(new)
    if not before or not after or len(before) + len(after) > MAX_TOKENS:
        return []
    shared: Counter[tuple[int, int]] = Counter()
    for i, j in _equal(before, after, differ):
        shared[before[i][1], after[j][1]] += _weight(before[i][0])
    old_weights, new_weights = list(map(_weight, old)), list(map(_weight, new))
    return sorted(
        (i, j) for (i, j), weight in shared.items() if weight and 2 * weight >= min(old_weights[i], new_weights[j])
    )


def _tokens(lines: Sequence[str]) -> list[tuple[str, int]]:
    return [(token, number) for number, line in enumerate(lines) for token in _TOKEN.findall(line)]


def _equal(
    before: Sequence[tuple[str, int]], after: Sequence[tuple[str, int]], differ: LineDiffer
) -> Iterator[tuple[int, int]]:
    old, new = (_one_a_line(token for token, _ in tokens) for tokens in (before, after))
    i = j = 0
    for hunk in differ.hunks(old, new):
        yield from zip(range(i, hunk.old_start), range(j, hunk.new_start), strict=True)
        i, j = hunk.old_stop, hunk.new_stop
    yield from zip(range(i, len(before)), range(j, len(after)), strict=True)


def _weight(text: str) -> int:
    return sum(map(str.isalnum, text))


def _one_a_line(tokens: Iterable[str]) -> str:
    return "".join(part if part == _END else part + _END for part in tokens)


def _fused(hunks: Iterable[Hunk], before: Sequence[str]) -> list[Hunk]:
    """Join hunks that only spaces part, so that several changed words in a row read as one change."""
    found: list[Hunk] = []
    for hunk in hunks:
        last = found[-1] if found else None
        if last and all(part.isspace() and part != _END for part in before[last.old_stop : hunk.old_start]):
            found[-1] = Hunk(
                last.old_start, hunk.old_stop - last.old_start, last.new_start, hunk.new_stop - last.new_start
            )
        else:
            found.append(hunk)
    return found


def _rest(hunk: Hunk, removed: list[int], added: list[int], edited: Iterable[Piece]) -> Iterator[Piece]:
    """Yield the lines of a hunk that stand between its edited lines, as removed and as added."""
    at_old, at_new = hunk.old_start, hunk.new_start
    end = Piece(range(hunk.old_stop, hunk.old_stop), range(hunk.new_stop, hunk.new_stop))
    for piece in (*edited, end):
        for run in _runs(_between(removed, at_old, piece.old.start)):
            yield Piece(run, range(at_new, at_new))
        for run in _runs(_between(added, at_new, piece.new.start)):
            yield Piece(range(at_old, at_old), run)
        at_old, at_new = piece.old.stop, piece.new.stop


def _between(lines: list[int], start: int, stop: int) -> list[int]:
    return lines[bisect_left(lines, start) : bisect_left(lines, stop)]


def _runs(lines: Iterable[int]) -> list[range]:
    runs: list[range] = []
    for line in lines:
        if runs and runs[-1].stop == line:
            runs[-1] = range(runs[-1].start, line + 1)
        else:
            runs.append(range(line, line + 1))
    return runs
