"""What members choose: an append-only sequence of choices, and the one rule by which they count."""
