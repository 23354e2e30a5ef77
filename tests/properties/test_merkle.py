"""The tree against a naive recursion written from RFC 9162, and against the vectors of RFC 6962's reference."""

import hashlib
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from memory.audit import merkle

LEAVES = st.lists(st.binary(max_size=4), max_size=70)

VECTORS = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


def naive_root(leaves: list[bytes]) -> bytes:
    if not leaves:
        return hashlib.sha256().digest()
    if len(leaves) == 1:
        return hashlib.sha256(b"\x00" + leaves[0]).digest()
    k = next(2**i for i in reversed(range(10)) if 2**i < len(leaves))
    return hashlib.sha256(b"\x01" + naive_root(leaves[:k]) + naive_root(leaves[k:])).digest()


def naive_path(m: int, leaves: list[bytes]) -> list[bytes]:
    if len(leaves) == 1:
        return []
    k = next(2**i for i in reversed(range(10)) if 2**i < len(leaves))
    if m < k:
        return [*naive_path(m, leaves[:k]), naive_root(leaves[k:])]
    return [*naive_path(m - k, leaves[k:]), naive_root(leaves[:k])]


def naive_subproof(m: int, leaves: list[bytes], *, whole: bool) -> list[bytes]:
    if m == len(leaves):
        return [] if whole else [naive_root(leaves)]
    k = next(2**i for i in reversed(range(10)) if 2**i < len(leaves))
    if m <= k:
        return [*naive_subproof(m, leaves[:k], whole=whole), naive_root(leaves[k:])]
    return [*naive_subproof(m - k, leaves[k:], whole=False), naive_root(leaves[:k])]


def hashes(leaves: list[bytes]) -> list[bytes]:
    return [merkle.leaf_hash(leaf) for leaf in leaves]


def grow(leaves: list[bytes]) -> list[merkle.Frontier]:
    trees = [merkle.Frontier()]
    for leaf in hashes(leaves):
        trees.append(trees[-1].append(leaf)[0])
    return trees


@pytest.mark.parametrize("size", range(1, 9))
def test_roots_equal_the_published_vectors(size: int) -> None:
    leaves = [bytes.fromhex(vector) for vector in VECTORS[:size]]
    assert grow(leaves)[-1].root().hex() == ROOTS[size - 1]


@settings(deadline=None)
@given(LEAVES)
def test_the_frontier_has_the_root_of_the_recursion_at_every_size(leaves: list[bytes]) -> None:
    for size, tree in enumerate(grow(leaves)):
        assert tree.size == size
        assert tree.root() == naive_root(leaves[:size])
        assert len(tree.peaks) == size.bit_count()


@settings(deadline=None)
@given(LEAVES)
def test_a_frontier_read_from_stored_nodes_is_the_one_that_wrote_them(leaves: list[bytes]) -> None:
    node = merkle.nodes_of(hashes(leaves))
    assert [merkle.Frontier.read(size, node) for size in range(len(leaves) + 1)] == grow(leaves)


@settings(deadline=None)
@given(LEAVES.filter(bool), st.data())
def test_inclusion_proofs_equal_the_recursion_and_verify(leaves: list[bytes], data: st.DataObject) -> None:
    size = data.draw(st.integers(1, len(leaves)))
    index = data.draw(st.integers(0, size - 1))
    proof = merkle.inclusion_proof(index, size, merkle.nodes_of(hashes(leaves)))
    assert proof == naive_path(index, leaves[:size])
    assert merkle.verify_inclusion(merkle.leaf_hash(leaves[index]), index, size, proof, naive_root(leaves[:size]))


@settings(deadline=None)
@given(st.lists(st.binary(min_size=4, max_size=4), min_size=1, max_size=40, unique=True), st.data())
def test_a_changed_inclusion_proof_does_not_verify(leaves: list[bytes], data: st.DataObject) -> None:
    """Fails when verification leaves out the leaf, the index, the size, the length of the path or one of its steps."""
    index = data.draw(st.integers(0, len(leaves) - 1))
    leaf, size, root = merkle.leaf_hash(leaves[index]), len(leaves), naive_root(leaves)
    proof = merkle.inclusion_proof(index, size, merkle.nodes_of(hashes(leaves)))
    assert not merkle.verify_inclusion(merkle.leaf_hash(leaves[index] + b"!"), index, size, proof, root)
    assert not merkle.verify_inclusion(leaf, index, size, [*proof, root], root)
    assert not merkle.verify_inclusion(leaf, size, size, proof, root)
    for other in set(range(size)) - {index}:
        assert not merkle.verify_inclusion(leaf, other, size, proof, root)
    for at in range(len(proof)):
        assert not merkle.verify_inclusion(leaf, index, size, proof[:at] + proof[at + 1 :], root)
        assert not merkle.verify_inclusion(leaf, index, size, [*proof[:at], root, *proof[at + 1 :]], root)


@settings(deadline=None)
@given(LEAVES.filter(bool), st.data())
def test_consistency_proofs_equal_the_recursion_and_verify(leaves: list[bytes], data: st.DataObject) -> None:
    new = data.draw(st.integers(1, len(leaves)))
    old = data.draw(st.integers(1, new))
    proof = merkle.consistency_proof(old, new, merkle.nodes_of(hashes(leaves)))
    assert proof == naive_subproof(old, leaves[:new], whole=True)
    assert merkle.verify_consistency(old, new, naive_root(leaves[:old]), naive_root(leaves[:new]), proof)


@settings(deadline=None)
@given(st.lists(st.binary(min_size=4, max_size=4), min_size=2, max_size=40, unique=True), st.data())
def test_a_rewritten_past_has_no_consistency_proof(leaves: list[bytes], data: st.DataObject) -> None:
    """Fails when verification checks only one of the two roots."""
    new = data.draw(st.integers(2, len(leaves)))
    old = data.draw(st.integers(1, new - 1))
    changed = data.draw(st.integers(0, old - 1))
    rewritten = [*leaves[:changed], leaves[changed] + b"!", *leaves[changed + 1 :]]
    proof = merkle.consistency_proof(old, new, merkle.nodes_of(hashes(rewritten)))
    old_root, new_root = naive_root(leaves[:old]), naive_root(rewritten[:new])
    assert not merkle.verify_consistency(old, new, old_root, new_root, proof)
    true_proof = merkle.consistency_proof(old, new, merkle.nodes_of(hashes(leaves)))
    assert not merkle.verify_consistency(old, new, old_root, new_root, true_proof)
    assert not merkle.verify_consistency(old, new, old_root, naive_root(leaves[:new]), [*true_proof, old_root])
    assert not merkle.verify_consistency(old, new, old_root, naive_root(leaves[:new]), true_proof[:-1])
    assert not merkle.verify_consistency(old, new, old_root, naive_root(leaves[:new]), [])


def test_roots_of_growing_trees_differ() -> None:
    roots = [tree.root() for tree in grow([b"same"] * 30)]
    assert len(set(roots)) == len(roots)
    assert all(one != other for one, other in pairwise(roots))


@pytest.mark.parametrize(("index", "size"), [(0, 0), (-1, 3), (3, 3)])
def test_there_is_no_proof_for_a_leaf_outside_the_tree(index: int, size: int) -> None:
    with pytest.raises(ValueError, match="no leaf"):
        merkle.inclusion_proof(index, size, merkle.nodes_of([]))


@pytest.mark.parametrize(("old", "new"), [(0, 3), (4, 3)])
def test_there_is_no_consistency_from_nothing_or_from_more(old: int, new: int) -> None:
    with pytest.raises(ValueError, match="no consistency"):
        merkle.consistency_proof(old, new, merkle.nodes_of([]))
    assert not merkle.verify_consistency(old, new, bytes(32), bytes(32), [])
