"""What is said: numbered, immutable editions."""
