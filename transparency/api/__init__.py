"""Door for machines."""
