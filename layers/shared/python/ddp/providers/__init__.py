"""One module per external service."""
