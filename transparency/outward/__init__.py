"""Speaking to others: which addresses we may send to or read from, whoever asked for it. Knows no room."""
