"""One module an outside service."""
