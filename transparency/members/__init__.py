"""Door for everyone."""
