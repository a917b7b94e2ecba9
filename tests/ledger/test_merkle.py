"""Roots and proofs, against the definition and the published vectors."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.ledger.trees import INPUTS, definition, numbered, subtrees
from transparency.ledger import merkle
from transparency.ledger.merkle import BadProof, check_consistency, check_inclusion, leaf_hash

SIZES = st.integers(1, 70)
EVERY_SIZE = range(1, 40)


def proven(index, size):
    leaves = numbered(size)
    return leaf_hash(leaves[index]), merkle.inclusion(index, size, subtrees(leaves)), definition(leaves)


def grown(old, new):
    leaves = numbered(new)
    return definition(leaves[:old]), definition(leaves), merkle.consistency(old, new, subtrees(leaves))


def flipped(data, bit):
    changed = bytearray(data)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)


@pytest.mark.parametrize(
    ("size", "root"),
    [
        (0, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        (1, "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"),
        (8, "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"),
    ],
)
def test_roots_are_the_published_ones(size, root):
    assert merkle.root(size, subtrees(INPUTS)).hex() == root


def test_a_leaf_is_never_taken_for_a_node():
    assert leaf_hash(b"N123" + b"N456") != merkle.node_hash(b"N123", b"N456")
    assert leaf_hash(b"L123456").hex().startswith("395aa064")
    assert merkle.node_hash(b"N123", b"N456").hex().startswith("aa217fe8")


@given(SIZES)
def test_a_root_is_what_the_definition_says(size):
    assert merkle.root(size, subtrees(numbered(size))) == definition(numbered(size))


@given(SIZES)
def test_all_subtrees_at_once_are_the_subtrees_one_by_one(size):
    leaves = numbered(size)
    at_once = merkle.subtrees_of([leaf_hash(leaf) for leaf in leaves])
    assert merkle.root(size, at_once) == definition(leaves)


@pytest.mark.parametrize("size", EVERY_SIZE)
def test_every_leaf_is_proven_in_every_tree(size):
    for index in range(size):
        leaf, proof, root = proven(index, size)
        check_inclusion(leaf, index, size, proof, root)


@pytest.mark.parametrize("new", EVERY_SIZE)
def test_every_tree_is_proven_in_every_larger_one(new):
    for old in range(1, new + 1):
        before, after, proof = grown(old, new)
        check_consistency(old, before, new, after, proof)


@given(st.data(), SIZES)
def test_a_proof_with_one_bit_changed_shows_nothing(data, size):
    index = data.draw(st.integers(0, size - 1))
    leaf, proof, root = proven(index, size)
    everything = flipped(leaf + b"".join(proof), data.draw(st.integers(0, 256 * (len(proof) + 1) - 1)))
    parts = [everything[at : at + 32] for at in range(0, len(everything), 32)]
    with pytest.raises(BadProof):
        check_inclusion(parts[0], index, size, parts[1:], root)


@given(st.data(), st.integers(2, 70))
def test_a_proof_of_growth_with_one_bit_changed_shows_nothing(data, new):
    old = data.draw(st.integers(1, new - 1))
    before, after, proof = grown(old, new)
    everything = flipped(before + after + b"".join(proof), data.draw(st.integers(0, 256 * (len(proof) + 2) - 1)))
    parts = [everything[at : at + 32] for at in range(0, len(everything), 32)]
    with pytest.raises(BadProof):
        check_consistency(old, parts[0], new, parts[1], parts[2:])


@given(st.data(), st.integers(2, 70))
def test_a_proof_is_of_its_own_place_only(data, size):
    index, other = data.draw(st.lists(st.integers(0, size - 1), min_size=2, max_size=2, unique=True))
    leaf, proof, root = proven(index, size)
    with pytest.raises(BadProof):
        check_inclusion(leaf, other, size, proof, root)


@pytest.mark.parametrize("length", [-1, 1])
def test_a_proof_of_another_length_shows_nothing(length):
    leaf, proof, root = proven(5, 20)
    with pytest.raises(BadProof):
        check_inclusion(leaf, 5, 20, [*proof, leaf][: len(proof) + length], root)


@pytest.mark.parametrize(("old", "new"), [(0, 5), (6, 5), (-1, 5), (2**63, 5)])
def test_sizes_that_cannot_follow_each_other_are_refused(old, new):
    with pytest.raises(BadProof):
        check_consistency(old, b"", new, b"", [])


@pytest.mark.parametrize(("index", "size"), [(5, 5), (-1, 5), (0, 0), (2**63, 5)])
def test_a_place_outside_the_tree_is_refused(index, size):
    with pytest.raises(BadProof):
        check_inclusion(b"", index, size, [], b"")


def test_two_trees_of_one_size_are_the_same_tree():
    with pytest.raises(BadProof, match="different roots"):
        check_consistency(5, definition(numbered(5)), 5, definition(numbered(6)), [])
