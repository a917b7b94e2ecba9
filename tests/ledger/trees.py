"""Trees whose every leaf is known, worked out as the definition says: by splitting, not by tiles."""

import hashlib

from transparency.ledger.merkle import leaf_hash, node_hash

# The eight leaves of the test vectors that implementations of RFC 6962 share.
INPUTS = [bytes.fromhex(text) for text in (
    "", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f",
)]  # fmt: skip


def definition(leaves):
    """MTH of RFC 6962, section 2.1, word by word."""
    if not leaves:
        return hashlib.sha256().digest()
    if len(leaves) == 1:
        return leaf_hash(leaves[0])
    middle = max(2**power for power in range(len(leaves).bit_length()) if 2**power < len(leaves))
    return node_hash(definition(leaves[:middle]), definition(leaves[middle:]))


def numbered(count):
    return [b"%d" % number for number in range(count)]


def subtrees(leaves):
    """The full subtrees of these leaves, each worked out anew."""
    return lambda level, index: definition(leaves[index << level : (index + 1) << level])
