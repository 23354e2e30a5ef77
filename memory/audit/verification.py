"""Says of an exported log whether it is what was recorded, offline, with nothing but the public key.

What a signature pins is a prefix: the root over the first `size` entries. Two lists can be held against the roots, the
leaf hashes computed from the entries and those exported beside them; the one that satisfies the larger checkpoint is
the measure for the other. From that follows how precisely tampering can be named:

- an entry changed, removed, added, moved or renumbered while the hashes beside it stayed: exactly that entry;
- hashes changed while the entries stayed: exactly those hashes, and the entries are cleared;
- both rewritten to fit (whoever can write the file can do that): the entries between the last checkpoint that still
  holds and the first that does not. Checkpoints every minute bound the loss to a minute; keep them elsewhere;
- the tail cut off together with its checkpoints: only against checkpoints kept elsewhere (`kept`), then exactly;
- rewritten from some entry on and signed anew: the new signatures do not verify, and nothing pins the new entries.

Entries beyond the last valid checkpoint are reported as not pinned, never passed over.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, zip_longest

from memory.audit import checkpoints
from memory.audit.alignment import Discrepancy, DiscrepancyKind, align
from memory.audit.checkpoints import Checkpoint, VerifierKey, VerifySignature
from memory.audit.export import Exported, read
from memory.audit.merkle import Frontier


@dataclass(frozen=True, slots=True)
class Report:
    """The verdict: `pinned` of `entries` entries are vouched for by one of `checkpoints` valid signatures."""

    entries: int
    pinned: int
    checkpoints: int
    discrepancies: tuple[Discrepancy, ...]

    @property
    def intact(self) -> bool:
        """Say whether this is the log that was recorded, all of it up to its last checkpoint."""
        return not self.discrepancies


def verify(
    lines: Iterable[bytes], *, key: VerifierKey, verify_signature: VerifySignature, kept: Iterable[str] = ()
) -> Report:
    """Judge an export; `kept` are notes that were kept apart from it. Never raises for what the export holds."""
    exported = read(lines)
    valid, refused = _open([*exported.notes, *kept], key, verify_signature)
    computed = [entry.hash for entry in exported.entries]
    measure = max(exported.hashes, computed, key=lambda hashes: _pinned(_satisfied(hashes, valid)))
    satisfied = _satisfied(measure, valid)
    discrepancies = (
        *_damage(exported, key),
        *refused,
        *align(exported.entries, measure),
        *_differing_hashes(exported.hashes, measure),
        *_unvouched(valid, satisfied, len(measure)),
    )
    return Report(len(exported.entries), _pinned(satisfied), len(valid), discrepancies)


def _open(
    notes: Sequence[str], key: VerifierKey, verify_signature: VerifySignature
) -> tuple[list[Checkpoint], list[Discrepancy]]:
    """Return the checkpoints whose signature verifies, smallest first, and what is wrong with the other notes."""
    valid: set[Checkpoint] = set()
    refused: list[Discrepancy] = []
    for number, note in enumerate(notes, 1):
        try:
            valid.add(checkpoints.verify(note, key, verify_signature))
        except ValueError as error:
            refused.append(Discrepancy(DiscrepancyKind.CHECKPOINT, -1, -1, f"checkpoint {number}: {error}"))
    return sorted(valid, key=lambda checkpoint: checkpoint.size), refused


def _satisfied(hashes: Sequence[bytes], valid: Sequence[Checkpoint]) -> list[Checkpoint]:
    """Return the checkpoints whose root these leaf hashes have."""
    frontier, satisfied = Frontier(), []
    for checkpoint in valid:
        for leaf in hashes[frontier.size : checkpoint.size]:
            frontier, _ = frontier.append(leaf)
        if (frontier.size, frontier.root()) == (checkpoint.size, checkpoint.root):
            satisfied.append(checkpoint)
    return satisfied


def _pinned(satisfied: Sequence[Checkpoint]) -> int:
    return satisfied[-1].size if satisfied else 0


def _damage(exported: Exported, key: VerifierKey) -> Iterator[Discrepancy]:
    if exported.keys != [str(key)]:
        yield Discrepancy(DiscrepancyKind.LINE, -1, -1, "the header does not name this log's key")
    for number in exported.damaged:
        yield Discrepancy(DiscrepancyKind.LINE, -1, -1, f"line {number} is not a line of an export")


def _differing_hashes(hashes: Sequence[bytes], measure: Sequence[bytes]) -> Iterator[Discrepancy]:
    """Yield runs of exported hashes that are missing, surplus or false, when the entries are the measure."""
    differing = [place for place, (one, other) in enumerate(zip_longest(hashes, measure)) if one != other]
    for first, last in _runs(differing):
        yield Discrepancy(DiscrepancyKind.HASHES, first, last, "the exported hashes differ; the entries are as signed")


def _unvouched(valid: Sequence[Checkpoint], satisfied: Sequence[Checkpoint], size: int) -> Iterator[Discrepancy]:
    """Yield what the checkpoints say was rewritten or removed, what contradicts them, and what lies beyond them."""
    pinned = _pinned(satisfied)
    failed = [checkpoint.size for checkpoint in valid if checkpoint not in satisfied]
    rewritten = [found for found in failed if pinned < found <= size]
    if any(found <= pinned for found in failed):
        yield Discrepancy(DiscrepancyKind.CHECKPOINT, -1, -1, "two signed checkpoints contradict each other")
    if rewritten:
        yield Discrepancy(DiscrepancyKind.REWRITTEN, pinned, rewritten[0] - 1, "do not have the root that was signed")
    if failed and failed[-1] > size:
        yield Discrepancy(DiscrepancyKind.REMOVED, size, failed[-1] - 1, "a signed checkpoint counts them")
    if (covered := max([pinned, *rewritten])) < size:
        yield Discrepancy(DiscrepancyKind.UNPINNED, covered, size - 1, "no checkpoint vouches for them")


def _runs(places: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Yield (first, last) of each run of consecutive numbers."""
    for _, group in groupby(enumerate(places), key=lambda pair: pair[1] - pair[0]):
        run = [place for _, place in group]
        yield run[0], run[-1]
