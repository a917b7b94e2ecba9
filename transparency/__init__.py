"""A site on which members see which of their data feeds which AI feature."""
