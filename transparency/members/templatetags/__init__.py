"""Tags for pages."""
