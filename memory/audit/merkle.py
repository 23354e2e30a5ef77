"""The Merkle tree of RFC 9162, section 2.1: SHA-256, leaves prefixed with 0x00 and nodes with 0x01.

A log appends through a `Frontier` (the roots of the complete subtrees that tile the tree, O(log n)) and keeps the hash
of every complete subtree by (level, position): level 0 are the leaf hashes, and the node at (l, p) covers the leaves
[p * 2^l, (p + 1) * 2^l). Proofs read those nodes. All functions are pure; hashes are 32 bytes.
"""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass

Node = Callable[[int, int], bytes]
"""Gives the hash of a complete subtree by (level, position)."""

EMPTY_ROOT = hashlib.sha256(b"").digest()


def leaf_hash(leaf: bytes) -> bytes:
    """Return the hash of one entry."""
    return hashlib.sha256(b"\x00" + leaf).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of an inner node."""
    return hashlib.sha256(b"\x01" + left + right).digest()


@dataclass(frozen=True, slots=True)
class Frontier:
    """A tree of `size` leaves as its complete subtrees, largest first: one for each bit that is set in `size`."""

    size: int = 0
    peaks: tuple[bytes, ...] = ()

    def append(self, leaf: bytes) -> tuple["Frontier", list[tuple[int, int, bytes]]]:
        """Return the tree with one more leaf hash, and the (level, position, hash) of every node that it completed.

        The first node is the leaf itself. Amortised two hashes.
        """
        peaks, nodes = list(self.peaks), [(0, self.size, leaf)]
        level, position = 0, self.size
        while position & 1:
            leaf = node_hash(peaks.pop(), leaf)
            level, position = level + 1, position >> 1
            nodes.append((level, position, leaf))
        return Frontier(self.size + 1, (*peaks, leaf)), nodes

    def root(self) -> bytes:
        """Return the tree's root."""
        if not self.peaks:
            return EMPTY_ROOT
        *rest, root = self.peaks
        for peak in reversed(rest):
            root = node_hash(peak, root)
        return root

    @classmethod
    def read(cls, size: int, node: Node) -> "Frontier":
        """Return the frontier of the first `size` leaves of a stored tree."""
        levels = [level for level in reversed(range(size.bit_length())) if size >> level & 1]
        return cls(size, tuple(node(level, (size >> level) - 1) for level in levels))


def inclusion_proof(index: int, size: int, node: Node) -> list[bytes]:
    """Return the path from leaf `index` to the root of the first `size` leaves, lowest first (RFC 9162, 2.1.3.1).

    Raises `ValueError` when the leaf is not in that tree.
    """
    if not 0 <= index < size:
        raise ValueError(f"no leaf {index} in a tree of {size}")
    path, start, end = [], 0, size
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            path.append(_range_hash(middle, end, node))
            end = middle
        else:
            path.append(_range_hash(start, middle, node))
            start = middle
    return path[::-1]


def verify_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> bool:
    """Say whether the leaf hash stands at `index` in the tree of `size` leaves with `root` (RFC 9162, 2.1.3.2)."""
    if not 0 <= index < size:
        return False
    first, last, found = index, size - 1, leaf
    for step in proof:
        if last == 0:
            return False
        if first & 1 or first == last:
            found = node_hash(step, found)
            first, last = _strip_zeros(first, last)
        else:
            found = node_hash(found, step)
        first, last = first >> 1, last >> 1
    return last == 0 and found == root


def consistency_proof(old: int, new: int, node: Node) -> list[bytes]:
    """Return the proof that the first `old` leaves are a prefix of the first `new` (RFC 9162, 2.1.4.1).

    Raises `ValueError` unless 0 < old <= new.
    """
    if not 0 < old <= new:
        raise ValueError(f"no consistency proof from {old} to {new}")
    path, start, end, whole = [], 0, new, True
    while end != old:
        middle = start + _split(end - start)
        if old <= middle:
            path.append(_range_hash(middle, end, node))
            end = middle
        else:
            path.append(_range_hash(start, middle, node))
            start, whole = middle, False
    if not whole:
        path.append(_range_hash(start, end, node))
    return path[::-1]


def verify_consistency(old: int, new: int, old_root: bytes, new_root: bytes, proof: Sequence[bytes]) -> bool:
    """Say whether the tree of `old` leaves is a prefix of the tree of `new` leaves (RFC 9162, 2.1.4.2)."""
    if not 0 < old <= new:
        return False
    if old == new:
        return not proof and old_root == new_root
    steps = [old_root, *proof] if old & (old - 1) == 0 else list(proof)
    if not steps:
        return False
    first, last = old - 1, new - 1
    while first & 1:
        first, last = first >> 1, last >> 1
    found_old = found_new = steps[0]
    for step in steps[1:]:
        if last == 0:
            return False
        if first & 1 or first == last:
            found_old, found_new = node_hash(step, found_old), node_hash(step, found_new)
            first, last = _strip_zeros(first, last)
        else:
            found_new = node_hash(found_new, step)
        first, last = first >> 1, last >> 1
    return last == 0 and found_old == old_root and found_new == new_root


def nodes_of(leaves: Sequence[bytes]) -> Node:
    """Return the complete subtrees over a list of leaf hashes, for proofs without a store. O(n) once."""
    frontier, stored = Frontier(), dict[tuple[int, int], bytes]()
    for leaf in leaves:
        frontier, nodes = frontier.append(leaf)
        stored.update({(level, position): found for level, position, found in nodes})
    return lambda level, position: stored[level, position]


def _split(size: int) -> int:
    """Return the largest power of two below `size` (`size` > 1)."""
    return 1 << (size - 1).bit_length() - 1


def _range_hash(start: int, end: int, node: Node) -> bytes:
    """Return the root over [start, end), where `start` is a multiple of the next power of two of the length."""
    size = end - start
    if size & (size - 1) == 0:
        level = size.bit_length() - 1
        return node(level, start >> level)
    middle = start + _split(size)
    return node_hash(node(_split(size).bit_length() - 1, start // _split(size)), _range_hash(middle, end, node))


def _strip_zeros(first: int, last: int) -> tuple[int, int]:
    """Climb to where `first` is a right child, or to the top: there the path joins the next step."""
    while first and not first & 1:
        first, last = first >> 1, last >> 1
    return first, last
