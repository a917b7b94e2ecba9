"""The transparency log: nothing said or chosen can be rewritten unnoticed. Knows bytes and hashes, not the domain."""
