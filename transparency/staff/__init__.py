"""Door for compliance staff."""
