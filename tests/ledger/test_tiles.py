"""Tiles: addresses, contents, and trees read from them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.ledger.trees import definition, numbered
from transparency.ledger.merkle import inclusion, leaf_hash, root
from transparency.ledger.shelf import Sixteens
from transparency.ledger.tiles import WIDTH, Tile, TiledTree, bundle, entries_path, folded, tiles_of, unbundle


def shelf(size):
    """Every tile of the tree with this many numbered leaves, by its address."""
    level, found = [leaf_hash(leaf) for leaf in numbered(size)], {}
    for number in range(4):
        for at in range(0, len(level), WIDTH):
            part = level[at : at + WIDTH]
            found[Tile(number, at // WIDTH, len(part)).path] = b"".join(part)
        level = [folded(b"".join(level[at : at + WIDTH])) for at in range(0, len(level) - WIDTH + 1, WIDTH)]
    return found


@pytest.mark.parametrize(
    ("tile", "path"),
    [
        (Tile(0, 0), "tile/0/000"),
        (Tile(0, 0, 1), "tile/0/000.p/1"),
        (Tile(1, 1234067), "tile/1/x001/x234/067"),
        (Tile(2, 999), "tile/2/999"),
        (Tile(2, 1000, 8), "tile/2/x001/000.p/8"),
    ],
)
def test_a_tile_has_the_address_that_the_format_gives_it(tile, path):
    assert tile.path == path


def test_the_entries_of_a_tile_have_an_address():
    assert entries_path(1234067, 8) == "tile/entries/x001/x234/067.p/8"


def test_a_tree_of_seventy_thousand_has_the_tiles_of_the_formats_own_example():
    tiles = list(tiles_of(70_000))
    assert len([tile for tile in tiles if tile.level == 0 and tile.width == WIDTH]) == 273
    assert tiles[273] == Tile(0, 273, 112)
    assert tiles[274:] == [Tile(1, 0), Tile(1, 1, 17), Tile(2, 0, 1)]


def test_a_tree_that_fills_a_tile_has_one_hash_above_it():
    assert list(tiles_of(256)) == [Tile(0, 0), Tile(1, 0, 1)]


@given(st.integers(0, 70_000), st.integers(0, 70_000))
def test_growing_in_steps_makes_every_tile_of_the_larger_tree(one, other):
    small, large = sorted((one, other))
    made = {*tiles_of(small), *tiles_of(large, since=small)}
    assert {*tiles_of(large)} <= made


@pytest.mark.parametrize("size", [1, 2, 255, 256, 257, 700])
def test_a_tree_read_from_tiles_has_the_root_that_the_definition_gives(size):
    tiles = shelf(size)
    assert root(size, TiledTree(size, lambda tile: tiles[tile.path])) == definition(numbered(size))


def test_a_tile_that_is_cut_short_is_refused():
    with pytest.raises(ValueError, match="A tile of 3 hashes has 95 bytes"):
        root(3, TiledTree(3, lambda tile: b"x" * 95))


@given(st.lists(st.binary(max_size=300), max_size=300))
def test_entries_come_back_from_a_file_as_they_were(entries):
    assert unbundle(bundle(entries)) == entries


def test_an_entry_that_is_too_long_is_refused():
    with pytest.raises(ValueError, match="65,535"):
        bundle([b"x" * 65_536])


@pytest.mark.parametrize("data", [b"\0", b"\0\2x", bundle([b"a", b"bc"])[:-1]])
def test_a_file_of_entries_that_is_cut_short_is_refused(data):
    with pytest.raises(ValueError, match="cut short"):
        unbundle(data)


@given(st.integers(1, 2_000), st.data())
def test_a_proof_is_the_same_with_the_sixteens_and_without(size, data):
    index, files = data.draw(st.integers(0, size - 1)), shelf(size)
    sixteens = {
        Tile(0, at): (files[Tile(0, at).path], b"", b"", b"", folded(files[Tile(0, at).path], 16))
        for at in range(size // WIDTH)
    }
    quick = TiledTree(size, lambda tile: files[tile.path], sixteens.get)
    assert inclusion(index, size, quick) == inclusion(index, size, TiledTree(size, lambda tile: files[tile.path]))


def test_what_is_not_known_of_a_tile_is_worked_out(tmp_path):
    roots = Sixteens(tmp_path / "sixteens")
    assert roots.get(0) is None
    roots.put(2, b"x" * 512)
    assert [roots.get(index) for index in range(4)] == [None, None, b"x" * 512, None]
