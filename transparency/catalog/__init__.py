"""What is done: data flows observed in the lineage catalog."""
